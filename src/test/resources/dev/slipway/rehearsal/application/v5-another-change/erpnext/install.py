import frappe


def after_install():
    """What a new site begins with."""
    add_column("expires_on", "DATE")
    add_column("priority", "VARCHAR(20) NOT NULL DEFAULT 'Normal'")
    add_column("times_read", "INT NOT NULL DEFAULT 0")


def add_column(name, kind):
    if not frappe.db.has_column("Note", name):
        frappe.db.sql_ddl(f"ALTER TABLE tabNote ADD COLUMN {name} {kind}")
