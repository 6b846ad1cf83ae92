"""Puts a job into the site's queue as the application would and waits until one of the workers has done it.

Read by the bench's own Python from standard input, in the folder of the sites: python - SITE SECONDS
"""

import sys
import time

import frappe

site, seconds = sys.argv[1], int(sys.argv[2])
frappe.init(site=site)
frappe.connect()
try:
    job = frappe.enqueue("frappe.ping", queue="short", at_front=True)
    deadline = time.monotonic() + seconds
    status = ""
    while time.monotonic() < deadline:
        state = job.get_status()
        status = str(getattr(state, "value", state))
        if status in ("finished", "failed"):
            break
        time.sleep(0.5)
    if status != "finished":
        sys.exit(f"the queued job is '{status}' after {seconds} s: no worker took it, or it failed")
finally:
    frappe.destroy()
