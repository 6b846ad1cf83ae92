"""Changes of schema and data that an app brings, each run once in a site."""

import importlib
import time

import frappe
from frappe import config, schema


def listed(app):
    """An app's patches.txt in its order: dotted module names; sections in brackets and comments left out."""
    path = config.BENCH / "apps" / app / app / "patches.txt"
    lines = path.read_text().splitlines() if path.exists() else []
    return [line.split("#")[0].strip() for line in lines if line.strip() and line[0] not in "#["]


def log(patch):
    frappe.db.insert("tabPatch Log", schema.document(patch=patch))


def migrate(site):
    """Runs what the site's patch log doesn't have yet; the first failure ends it, and what ran before stays."""
    with config.locked(config.SITES / site / "locks" / "bench_migrate.lock"):
        print(f"Migrating {site}", flush=True)
        frappe.connect(site)
        schema.create(frappe.db)
        done = {row["patch"] for row in frappe.db.sql("SELECT patch FROM `tabPatch Log`")}
        for app in frappe.get_installed_apps():
            for patch in listed(app):
                if patch not in done:
                    _run(patch)
            print(f"Updating DocTypes for {app:<20}: [{'=' * 40}] 100%", flush=True)
            frappe.db.sql(
                "UPDATE `tabInstalled Application` SET app_version = %s WHERE app_name = %s",
                [frappe.get_version(app), app],
            )
        for method in frappe.get_hooks("after_migrate"):
            frappe.get_attr(method)()
        frappe.db.commit()


def _run(patch):
    print(f"Executing {patch} in {frappe.site} ({frappe.db.name})", flush=True)
    start = time.monotonic()
    try:
        importlib.import_module(patch).execute()
        log(patch)
        frappe.db.commit()
    except Exception:
        frappe.db.rollback()
        raise
    print(f"Success: Done in {time.monotonic() - start:.3f}s", flush=True)
