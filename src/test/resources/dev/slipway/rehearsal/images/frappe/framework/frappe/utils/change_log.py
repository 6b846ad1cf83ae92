"""Which versions a site runs."""

import frappe


def get_versions():
    return {app: {"title": app, "version": frappe.get_version(app)} for app in frappe.get_installed_apps()}
