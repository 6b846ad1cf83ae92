"""Background jobs by RQ, one set of queues for the whole bench."""

import os
import threading

import frappe
from frappe import cache, config

TIMEOUT = {"short": 300, "default": 300, "long": 1500}


def _queue(name):
    from rq import Queue

    if name not in TIMEOUT:
        raise ValueError(f"queue: one of {', '.join(TIMEOUT)} is needed, given: {name}")
    return Queue(f"{str(config.BENCH).strip('/').replace('/', '-')}:{name}", connection=cache.connection("redis_queue"))


def enqueue(method, queue, at_front, timeout, job_id, **kwargs):
    return _queue(queue).enqueue_call(
        run,
        kwargs={"site": frappe.site, "method": method, "kwargs": kwargs},
        timeout=timeout or TIMEOUT[queue],
        at_front=at_front,
        job_id=job_id,
        result_ttl=600,
        failure_ttl=86400,
    )


def run(site, method, kwargs):
    """What a worker does with a job."""
    frappe.init(site, sites_path=str(config.SITES))
    frappe.connect()
    try:
        result = frappe.get_attr(method)(**kwargs)
        frappe.db.commit()
        return result
    finally:
        frappe.destroy()


def work(queues):
    from rq import Worker

    chosen = [_queue(name) for name in queues]
    Worker(chosen, connection=chosen[0].connection, log_job_description=False).work(logging_level="INFO")


def schedule(seconds=60):
    """Gives every site's hourly hooks to the workers, as often as asked; ends on SIGTERM."""
    import signal

    end = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: end.set())
    while not end.wait(seconds):
        for site in config.sites():
            conf = config.site_config(site)
            if conf.get("maintenance_mode") or conf.get("pause_scheduler"):
                continue
            try:
                frappe.init(site, sites_path=str(config.SITES))
                frappe.connect()
                for method in frappe.get_hooks("scheduler_events"):
                    frappe.enqueue(method, queue="long")
            except Exception as problem:  # one site's trouble is not another's
                print(f"scheduler: {site}: {problem}", flush=True)
            finally:
                frappe.destroy()
    os._exit(0)
