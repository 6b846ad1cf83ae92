"""The queues of the bench, as they are reached from the outside."""

import frappe
from frappe import cache, config

TIMEOUT = {"short": 300, "default": 300, "long": 1500}


def get_redis_conn():
    return cache.connection("redis_queue")


def generate_qname(qtype):
    """A queue's name in Redis, which several benches may share."""
    return f"{str(config.BENCH).strip('/').replace('/', '-')}:{qtype}"


def get_queue(qtype):
    from rq import Queue

    return Queue(generate_qname(qtype), connection=get_redis_conn())


def get_queues(connection=None):
    """The queues of this bench that there are, its own kinds alone."""
    from rq import Queue

    own = {generate_qname(qtype) for qtype in TIMEOUT}
    return [queue for queue in Queue.all(connection=connection or get_redis_conn()) if queue.name in own]


def execute_job(site, method, event, job_name, kwargs, user=None, is_async=True, retry=0):
    """What a worker does with a job."""
    frappe.init(site, sites_path=str(config.SITES))
    frappe.connect()
    frappe.local.session_user = user or "Administrator"
    try:
        if isinstance(method, str):
            method = frappe.get_attr(method)
        result = method(**kwargs)
        frappe.db.commit()
        return result
    finally:
        frappe.destroy()
