"""Sites: made, given apps, and taken away."""

import getpass
import hashlib
import json
import secrets
import shutil
import string

import frappe
from frappe import config, passwords, patches, schema
from frappe.database import Database, address, execute_file

# In common_site_config.json: `bench list-apps` knows of no app before the first migration, as until Frappe 15.55.
LATE_LIST = "stand_in_list_apps_late"

# What a site's user gets where `rds_db` is set: the master of RDS cannot grant all.
RIGHTS_OF_RDS = (
    "SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, INDEX, ALTER, CREATE TEMPORARY TABLES, CREATE VIEW, EVENT, TRIGGER,"
    " SHOW VIEW, CREATE ROUTINE, ALTER ROUTINE, EXECUTE, LOCK TABLES"
)


class Refused(Exception):
    """Something that a person can put right; shown without a stack trace."""


def folder(site):
    return config.SITES / site


def new_site(site, *, root_user, root_password, admin_password, apps, user_host, db_name, db_password, force):
    # A folder is enough: a site that was begun and not finished is never gone on with.
    if folder(site).exists() and not force:
        raise Refused(f"Site {site} already exists")
    conf = {
        "db_name": db_name or "_" + hashlib.sha1(site.encode()).hexdigest()[:16],
        "db_password": db_password or _random(16),
        "db_type": "mariadb",
    }
    root = _root(root_user, root_password)
    _create_database(root, conf, user_host, force)
    for path in ("public/files", "private/files", "private/backups", "locks", "logs", "task-logs"):
        (folder(site) / path).mkdir(parents=True, exist_ok=True)
    # Its encryption key is made when something is first encrypted with it.
    config.update_config(folder(site) / "site_config.json", conf)

    execute_file(config.site_config(site), ";\n".join(schema.statements()) + ";\n")
    frappe.connect(site)
    schema.fill(frappe.db)
    passwords.set_password("Administrator", admin_password or _new_administrator_password())
    install_app("frappe")
    for app in apps:
        install_app(app)


def install_app(app, force=False):
    """Installs an app on the current site; its patches count as run, because its schema is today's."""
    if app not in frappe.get_all_apps():
        raise Refused(f"App {app} is not in this bench; there are: {', '.join(frappe.get_all_apps())}")
    installed = frappe.get_installed_apps()
    if app in installed:
        if not force:
            print(f"App {app} already installed")
            return
        installed.remove(app)
    print(f"\nInstalling {app}...")
    patches.sync_for(app)
    frappe.db.set_global("installed_apps", json.dumps([*installed, app]))
    if not frappe.conf.get(LATE_LIST):
        patches.update_versions()
    for method in frappe.get_hooks("after_install", app):
        frappe.get_attr(method)()
    for patch in patches.listed(app):
        patches.update_patch_log(patch)
    frappe.db.commit()


def drop_site(site, *, root_user, root_password, archive):
    """Drops the database and its user, and moves the site's folder away."""
    conf = config.site_config(site)
    root = _root(root_user, root_password)
    _drop_database(root, conf["db_name"])
    archive.mkdir(parents=True, exist_ok=True)
    target = archive / site
    while target.exists():
        target = target.with_name(target.name + "1")
    shutil.move(folder(site), target)


def empty_database(site, *, root_user, root_password, user_host):
    """The site's database and user, made anew under the names and the password of its configuration."""
    _create_database(_root(root_user, root_password), config.site_config(site), user_host, force=True)


def _root(user, password):
    user = user or "root"
    if password is None:
        password = getpass.getpass(f"Enter mysql super user [{user}] password: ")
    return Database(*address(config.common_config()), user, password)


def _new_administrator_password():
    while True:
        first = getpass.getpass("Set Administrator password: ")
        if first == getpass.getpass("Re-enter Administrator password: "):
            return first
        print("\nPasswords do not match, try again")


def _create_database(root, conf, user_host, force):
    name = conf["db_name"]
    if root.sql("SELECT 1 FROM information_schema.schemata WHERE schema_name = %s", [name]):
        if not force:
            raise Refused(f"Database {name} already exists, use `--force` to overwrite it")
        _drop_database(root, name)
    root.sql("DROP USER IF EXISTS %s@%s", [name, user_host])
    root.sql("CREATE USER %s@%s IDENTIFIED BY %s", [name, user_host, conf["db_password"]])
    root.sql(f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci")
    rights = RIGHTS_OF_RDS if config.common_config().get("rds_db") else "ALL PRIVILEGES"
    root.sql(f"GRANT {rights} ON `{name}`.* TO %s@%s", [name, user_host])
    root.commit()


def _drop_database(root, name):
    root.sql(f"DROP DATABASE IF EXISTS `{name}`")
    for row in root.sql("SELECT host FROM mysql.user WHERE user = %s", [name]):
        root.sql("DROP USER %s@%s", [name, next(iter(row.values()))])


def _random(length):
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(length))
