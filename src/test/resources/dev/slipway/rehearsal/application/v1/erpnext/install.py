import frappe


def after_install():
    """What a new site begins with."""
    if not frappe.db.has_column("Note", "expires_on"):
        frappe.db.sql_ddl("ALTER TABLE tabNote ADD COLUMN expires_on DATE")
