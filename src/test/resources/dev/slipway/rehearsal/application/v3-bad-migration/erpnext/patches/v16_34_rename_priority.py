import frappe


def execute():
    """Half of it works, and is written, before the other half fails: what a rollback must undo."""
    frappe.db.sql("UPDATE tabNote SET title = CONCAT(title, ' BROKEN')")
    frappe.db.commit()
    frappe.db.sql_ddl("ALTER TABLE tabNote CHANGE COLUMN importance urgency VARCHAR(20)")
