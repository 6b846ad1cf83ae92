"""Changes of schema and data that an app brings, each run once in a site."""

import importlib
import time

import frappe
from frappe import cache, config, schema
from frappe.utils import update_progress_bar

SECTIONS = ("pre_model_sync", "post_model_sync")

# How many tables an app has to look at, in a migration of the real one.
DOCTYPES = {"frappe": 260}

SERVICES = """
Cannot run bench migrate without the services running.
If you are running bench in development mode, make sure that bench is running:

$ bench start

Otherwise, check the server logs and ensure that all the required services are running.
"""


class PatchError(Exception):
    """A patches.txt that cannot be read."""


def listed(app, section=None):
    """An app's patches.txt in its order: each line is a patch's name, all of it; those of one section, or all."""
    path = config.BENCH / "apps" / app / app / "patches.txt"
    lines = path.read_text().splitlines() if path.exists() else []
    found, here = {each: [] for each in SECTIONS}, None
    for line in filter(None, (line.strip() for line in lines)):
        if line.startswith("["):
            here = line.strip("[]")
        elif line[0] not in "#;":
            found.setdefault(here or SECTIONS[0], []).append(line)
    missing = [each for each in SECTIONS if here and f"[{each}]" not in lines]
    if missing:
        raise PatchError(f"Patch type {missing[0]} not found in patches.txt")
    return found[section] if section else [line for each in found.values() for line in each]


def update_patch_log(patch):
    frappe.db.insert("tabPatch Log", schema.document(patch=patch))


def executed(patch):
    return bool(frappe.db.sql("SELECT 1 FROM `tabPatch Log` WHERE patch = %s AND skipped = 0", [patch]))


def update_versions():
    """The list that `bench list-apps` reads."""
    frappe.db.sql("DELETE FROM `tabInstalled Application`")
    for number, app in enumerate(frappe.get_installed_apps(), 1):
        frappe.db.insert(
            "tabInstalled Application", schema.document(app_name=app, app_version=frappe.get_version(app), idx=number)
        )


def sync_for(app):
    """Brings the tables to what the app's code says; here there is nothing to bring, but for what it prints."""
    tables = DOCTYPES.get(app, 430)
    for number in range(tables):
        update_progress_bar(f"Updating DocTypes for {app}", number, tables)
    print()


def migrate(site):
    """Runs what the site's patch log doesn't have yet; the first failure ends it, and what ran before stays."""
    frappe.connect(site)
    if not cache.answers():
        print("Service redis_cache is not running.")
        print(SERVICES)
        raise SystemExit(1)
    with config.locked(config.SITES / site / "locks" / "bench_migrate.lock", seconds=1):
        try:
            _migrate()
        finally:
            print(f"Queued rebuilding of search index for {site}")
            frappe.enqueue("frappe.jobs.build_index_for_all_routes", queue="long")


def _migrate():
    for method in frappe.get_hooks("before_migrate"):
        frappe.get_attr(method)()
    schema.create(frappe.db)
    for section in SECTIONS:
        for app in frappe.get_installed_apps():
            for patch in listed(app, section):
                if not executed(patch):
                    _run(patch)
        if section == SECTIONS[0]:
            for app in frappe.get_installed_apps():
                sync_for(app)
    update_versions()
    for method in frappe.get_hooks("after_migrate"):
        frappe.get_attr(method)()
    frappe.db.commit()


def _run(patch):
    print(f"Executing {patch} in {frappe.site} ({frappe.db.name})")
    start = time.monotonic()
    try:
        importlib.import_module(patch.split()[0]).execute()
        update_patch_log(patch)
        frappe.db.commit()
    except Exception:
        frappe.db.rollback()
        raise
    print(f"Success: Done in {time.monotonic() - start:.3f}s")
