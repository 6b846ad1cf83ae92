"""The patch log, as it is reached from the outside."""

from frappe.patches import executed, update_patch_log

__all__ = ["executed", "update_patch_log"]
