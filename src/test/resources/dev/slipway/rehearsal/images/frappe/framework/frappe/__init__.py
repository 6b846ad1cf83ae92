"""A stand-in for the Frappe framework.

It has the interfaces that a host's scripts, its smoke tests and a small application meet: sites with a real database,
patches, backups, background jobs, assets and a web application. None of it is Frappe's code.
"""

import importlib
import json
import threading

__version__ = "16.32.3"

local = threading.local()


class SiteMissing(Exception):
    """The bench has no site of that name."""


def __getattr__(name):
    """What depends on the site that is being worked on: `frappe.db`, `frappe.conf`, `frappe.session_user`."""
    if name in ("db", "conf", "site", "session_user"):
        return getattr(local, name, None)
    raise AttributeError(f"module 'frappe' has no attribute '{name}' (this is a stand-in)")


def init(site, sites_path=".", cached=False):
    """Makes `site` the one that this thread works on."""
    from frappe import config

    destroy()
    local.sites_path = sites_path
    local.site = site
    local.conf = config.site_config(site, sites_path, cached=cached)
    local.session_user = "Guest"


def connect(site=None):
    """Opens the site's database as `frappe.db`."""
    from frappe.database import Database

    if site:
        init(site)
    local.db = Database.of(local.conf)


def destroy():
    """Closes the database and forgets the site."""
    if db := getattr(local, "db", None):
        db.close()
    local.__dict__.clear()


def get_attr(path):
    """The function that a dotted path names."""
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module or "frappe"), name)


def get_all_apps():
    """The apps that this bench has, the framework first."""
    from frappe import config

    return config.bench_apps()


def get_installed_apps():
    """The apps that the current site has. `bench list-apps` reads another list."""
    return json.loads(local.db.get_global("installed_apps") or "[]")


def get_hooks(name, app=None):
    """What the installed apps (or one) say under a name in their hooks.py, as one list."""
    found = []
    for each in [app] if app else get_installed_apps():
        value = getattr(importlib.import_module(f"{each}.hooks"), name, [])
        found += value if isinstance(value, list) else [value]
    return found


def get_version(app):
    return importlib.import_module(app).__version__


def enqueue(method, queue="default", at_front=False, timeout=None, job_id=None, **kwargs):
    """Puts a job for the current site on a queue; its `get_status()` tells how it went."""
    from frappe import jobs

    return jobs.enqueue(method, queue=queue, at_front=at_front, timeout=timeout, job_id=job_id, **kwargs)


def ping():
    return "pong"
