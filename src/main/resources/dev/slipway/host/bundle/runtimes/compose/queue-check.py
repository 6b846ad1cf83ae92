"""Puts a job into a queue of its own, as the application would, and has a worker of its own do it.

Ordinary workers need not run for it, and what else is queued is neither waited for nor done. Read by the bench's own
Python from standard input, in the folder of the sites: python - SITE SECONDS
"""

import sys

import frappe
from frappe.utils.background_jobs import execute_job, generate_qname, get_redis_conn
from rq import Queue, Worker

site, seconds = sys.argv[1], int(sys.argv[2])
frappe.init(site=site)
try:
    connection = get_redis_conn()
    queue = Queue(generate_qname("slipway-check"), connection=connection)
    # What an earlier check left that was killed.
    queue.empty()
    job = queue.enqueue_call(
        execute_job,
        kwargs={
            "site": site,
            "user": "Administrator",
            "method": "frappe.ping",
            "event": None,
            "job_name": "frappe.ping",
            "is_async": True,
            "kwargs": {},
        },
        timeout=seconds,
        result_ttl=60,
        failure_ttl=60,
    )
    Worker([queue], connection=connection).work(burst=True, logging_level="WARNING")
    state = job.get_status()
    status = str(getattr(state, "value", state))
    if status != "finished":
        reason = (getattr(job, "exc_info", None) or "").strip().splitlines()[-1:]
        sys.exit(f"{site}: the queued job is '{status}', and should be done: {' '.join(reason) or 'no reason is given'}")
finally:
    frappe.destroy()
