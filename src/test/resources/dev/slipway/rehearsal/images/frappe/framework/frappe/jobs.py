"""Background jobs by RQ, one set of queues for the whole bench."""

import time

import frappe
from frappe import config
from frappe.utils.background_jobs import TIMEOUT, execute_job, get_queue


def _queue(name):
    if name not in TIMEOUT:
        raise ValueError(f"queue: one of {', '.join(TIMEOUT)} is needed, given: {name}")
    return get_queue(name)


def enqueue(method, queue, at_front, timeout, job_id, **kwargs):
    return _queue(queue).enqueue_call(
        execute_job,
        kwargs={
            "site": frappe.site,
            "user": "Administrator",
            "method": method,
            "event": None,
            "job_name": method,
            "is_async": True,
            "kwargs": kwargs,
        },
        timeout=timeout or TIMEOUT[queue],
        at_front=at_front,
        job_id=job_id,
        result_ttl=600,
        failure_ttl=86400,
    )


def work(queues):
    from rq import Worker

    chosen = [_queue(name) for name in queues]
    Worker(chosen, connection=chosen[0].connection, log_job_description=False).work(logging_level="INFO")


def build_index_for_all_routes():
    """What every migration leaves to the workers."""
    time.sleep(1)


def schedule():
    """Gives every site's hourly hooks to the workers.

    It listens to no signal, and a container's first process that doesn't is never ended by one: `docker stop` waits as
    long as it may, and kills it.
    """
    while True:
        time.sleep(int(config.common_config().get("scheduler_tick_interval") or 60))
        for site in config.sites():
            try:
                frappe.init(site, sites_path=str(config.SITES))
                frappe.connect()
                if is_scheduler_inactive():
                    continue
                for method in frappe.get_hooks("scheduler_events"):
                    frappe.enqueue(method, queue="long")
            except Exception as problem:  # one site's trouble is not another's
                print(f"scheduler: {site}: {problem}", flush=True)
            finally:
                frappe.destroy()


def is_scheduler_inactive():
    conf = frappe.conf
    return bool(conf.get("maintenance_mode") or conf.get("pause_scheduler")) or is_scheduler_disabled()


def is_scheduler_disabled():
    """So it is until the setup wizard has been gone through."""
    enabled = frappe.db.get_single_value("System Settings", "enable_scheduler")
    return bool(frappe.conf.get("disable_scheduler")) or not int(enabled or 0)
