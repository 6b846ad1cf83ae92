"""Asks a site's patch log for a patch, or has it say that the patch ran.

Read by the bench's own Python from standard input, in the folder of the sites: python - SITE state|skip PATCH
PATCH is a whole line of a patches.txt. Prints executed, pending or skipped.
"""

import sys

import frappe
from frappe.modules.patch_handler import executed, update_patch_log

site, action, patch = sys.argv[1:]
frappe.init(site=site)
frappe.connect()
try:
    if executed(patch):
        print("executed")
    elif action == "skip":
        update_patch_log(patch)
        frappe.db.commit()
        print("skipped")
    else:
        print("pending")
finally:
    frappe.destroy()
