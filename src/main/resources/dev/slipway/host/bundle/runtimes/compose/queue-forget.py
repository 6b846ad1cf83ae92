"""Takes jobs out of the bench's queues that were put there since a time: the data that they are about is no more.

Read by the bench's own Python from standard input, in the folder of the sites: python - 2026-11-21T02:17:00Z
"""

import sys
from datetime import datetime, timezone

import frappe
from frappe.utils.background_jobs import get_queues

since = datetime.fromisoformat(sys.argv[1].replace("Z", "+00:00"))
frappe.init(site="")
try:
    forgotten = 0
    for queue in get_queues():
        for job in queue.jobs:
            created = job.created_at
            if created.tzinfo is None:
                created = created.replace(tzinfo=timezone.utc)
            if created >= since:
                queue.remove(job)
                job.delete()
                forgotten += 1
    if forgotten:
        print(f"{forgotten} jobs that were queued meanwhile are taken back")
finally:
    frappe.destroy()
