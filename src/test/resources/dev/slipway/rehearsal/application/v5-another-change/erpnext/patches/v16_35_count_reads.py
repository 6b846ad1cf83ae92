import frappe
from erpnext.install import add_column


def execute():
    """Harmless, and slow, as patches are on much data: there is time to interrupt it."""
    frappe.db.sql("SELECT SLEEP(5)")
    add_column("times_read", "INT NOT NULL DEFAULT 0")
