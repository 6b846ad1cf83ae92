"""What `bench` does inside a bench, beside making one: the commands that hosts and images use."""

import ast
import importlib
import json
import os
import sys
import traceback
from pathlib import Path

import click

import frappe
from frappe import assets, cache, config

for_one_site_or_all = click.pass_obj


@click.group()
@click.option("--site", help="A site's name, or `all`.")
@click.option("--verbose", is_flag=True)
@click.pass_context
def bench(context, site, verbose):
    """A stand-in for bench: real databases, backups, migrations and jobs; none of upstream's code."""
    os.chdir(config.SITES)
    context.obj = site


def each_site(chosen):
    """The sites that `--site` means, each made current in turn."""
    names = config.sites() if chosen == "all" else [chosen or config.default_site()]
    if names == [None]:
        fail("Please specify --site sitename")
    for name in names:
        try:
            frappe.init(name)
        except frappe.SiteMissing:
            fail(f"Site {name} does not exist!")
        yield name
        frappe.destroy()


def fail(message):
    click.secho(message, fg="red", err=True)
    sys.exit(1)


def root_options(command):
    for option in (
        click.option("--db-root-username", "--mariadb-root-username", "root_user", default="root"),
        click.option("--db-root-password", "--mariadb-root-password", "root_password"),
    ):
        command = option(command)
    return command


def user_host_options(command):
    for option in (
        click.option("--mariadb-user-host-login-scope", "user_host", default="%"),
        click.option("--no-mariadb-socket", is_flag=True, help="Accepted; this is always so here."),
    ):
        command = option(command)
    return command


# --- sites -------------------------------------------------------------------


@bench.command("new-site")
@click.argument("site")
@root_options
@user_host_options
@click.option("--db-name")
@click.option("--db-password")
@click.option("--db-type", type=click.Choice(["mariadb"]), default="mariadb")
@click.option("--admin-password")
@click.option("--install-app", "apps", multiple=True)
@click.option("--set-default", is_flag=True)
@click.option("--force", is_flag=True)
def new_site(site, root_user, root_password, user_host, no_mariadb_socket, db_type, set_default, **options):
    """Make a site. Passwords that are not given are asked for: root's, then the administrator's twice."""
    from frappe import installer

    installer.new_site(site, root_user=root_user, root_password=root_password, user_host=user_host, **options)
    from frappe import jobs

    click.echo(f"*** Scheduler is {'disabled' if jobs.is_scheduler_disabled() else 'enabled'} ***")
    if set_default or len(config.sites()) == 1:
        (config.SITES / "currentsite.txt").write_text(site)
        click.echo(f"Current Site set to {site}")


@bench.command("drop-site")
@click.argument("site")
@root_options
@click.option("--archived-sites-path", type=Path, default=config.BENCH / "archived" / "sites")
@click.option("--no-backup", is_flag=True)
@click.option("--force", is_flag=True)
def drop_site(site, root_user, root_password, archived_sites_path, no_backup, force):
    from frappe import backup
    from frappe import installer

    for name in each_site(site):
        if not no_backup:
            backup.backup(name)
        installer.drop_site(name, root_user=root_user, root_password=root_password, archive=archived_sites_path)


@bench.command("install-app")
@click.argument("apps", nargs=-1, required=True)
@click.option("--force", is_flag=True)
@for_one_site_or_all
def install_app(site, apps, force):
    from frappe import installer

    for _ in each_site(site):
        frappe.connect(frappe.site)
        for app in apps:
            installer.install_app(app, force=force)


@bench.command("list-apps")
@click.option("--format", "-f", "form", type=click.Choice(["text", "json"]), default="text")
@for_one_site_or_all
def list_apps(site, form):
    found = {}
    for name in each_site(site):
        frappe.connect(name)
        rows = frappe.db.sql("SELECT app_name, app_version FROM `tabInstalled Application` ORDER BY idx")
        found[name] = {row["app_name"]: row["app_version"] for row in rows}
    if form == "json":
        click.echo(json.dumps({name: list(apps) for name, apps in found.items()}, indent=1, sort_keys=True))
        return
    for name, apps in found.items():
        if len(found) > 1:
            click.secho(name, fg="green")
        for app, version in apps.items():
            click.echo(f"{app:<10} {version}")


@bench.command("use")
@click.argument("site")
def use(site):
    (config.SITES / "currentsite.txt").write_text(site)
    click.echo(f"Current Site set to {site}")


# --- releases ----------------------------------------------------------------


@bench.command("migrate")
@click.option("--skip-search-index", is_flag=True, help="Accepted; there is none here.")
@click.option("--skip-failing", is_flag=True, hidden=True)
@for_one_site_or_all
def migrate(site, skip_search_index, skip_failing):
    from frappe import patches

    if skip_failing:
        fail("--skip-failing is not something that this stand-in does")
    for name in each_site(site):
        click.secho(f"Migrating {name}", fg="green")
        try:
            patches.migrate(name)
        finally:
            # A failure's traceback goes to standard error, and so comes before what waits in this one's buffer.
            print()


@bench.command("set-maintenance-mode")
@click.argument("state", type=click.Choice(["on", "off"]))
@for_one_site_or_all
def set_maintenance_mode(site, state):
    for name in each_site(site):
        config.update_config(config.SITES / name / "site_config.json", {"maintenance_mode": int(state == "on")})


@bench.command("clear-cache")
@for_one_site_or_all
def clear_cache(site):
    for _ in each_site(site):
        cache.clear_site(frappe.conf["db_name"])


@bench.command("clear-website-cache")
@for_one_site_or_all
def clear_website_cache(site):
    for _ in each_site(site):
        cache.clear_site(frappe.conf["db_name"] + "|website")


@bench.command("build")
@click.option("--production", is_flag=True)
def build(production):
    for bundle, url in assets.build(frappe.get_all_apps()).items():
        click.echo(f"{bundle:<32} {url}")


@bench.command("version")
@click.option("--format", "-f", "form", type=click.Choice(["plain", "json", "legacy"]), default="legacy")
def version(form):
    apps = {app: frappe.get_version(app) for app in sorted(frappe.get_all_apps())}
    if form == "json":
        # Images have no repositories in them, which would say more.
        rows = [{"commit": "", "app": app, "branch": "", "version": each} for app, each in apps.items()]
        click.echo(json.dumps(rows, indent=4))
        return
    for app, each in apps.items():
        click.echo(f"{app} {each}")


# --- backups -----------------------------------------------------------------


@bench.command("backup")
@click.option("--with-files", is_flag=True)
@click.option("--verbose", is_flag=True)
@for_one_site_or_all
def backup(site, with_files, verbose):
    from frappe import backup as backups

    failed = False
    # Every folder that has a site_config.json, whether anything else of a site is there or not.
    for name in config.sites() if site == "all" else [site or config.default_site()]:
        try:
            frappe.connect(name)
            made = backups.backup(name, with_files)
        except Exception as problem:
            frappe.destroy()
            click.secho(
                f"Backup failed for Site {name}. Database or site_config.json may be corrupted", fg="red", err=True
            )
            click.echo(str(problem), err=True)
            failed = True
            continue
        click.echo(backups.summary(name, made))
        files = " with files" if with_files else ""
        click.secho(f"Backup for Site {name} has been successfully completed{files}", fg="green")
        frappe.destroy()
    sys.exit(int(failed))


@bench.command("restore")
@click.argument("dump", type=click.Path(exists=True, path_type=Path))
@root_options
@user_host_options
@click.option("--with-public-files", type=click.Path(exists=True, path_type=Path))
@click.option("--with-private-files", type=click.Path(exists=True, path_type=Path))
@click.option("--admin-password")
@click.option("--force", is_flag=True, help="Restore over newer apps' data, too.")
@for_one_site_or_all
def restore(
    site, dump, root_user, root_password, user_host, no_mariadb_socket, with_public_files, with_private_files,
    admin_password, force,
):  # fmt: skip
    """Replace the site's database and, where given, its files."""
    from frappe import backup as backups
    from frappe import database, passwords
    from frappe import installer

    for name in each_site(site):
        installer.empty_database(name, root_user=root_user, root_password=root_password, user_host=user_host)
        database.load(frappe.conf, dump.resolve())
        for archive in filter(None, (with_public_files, with_private_files)):
            backups.restore_files(name, archive.resolve())
        if admin_password:
            frappe.connect(name)
            passwords.set_password("Administrator", admin_password)
        click.echo(f"Site {name} has been restored{' with files' if with_public_files else ''}")


# --- configuration, jobs and looking inside ----------------------------------


@bench.command("set-config")
@click.argument("key")
@click.argument("value")
@click.option("--global", "-g", "everywhere", is_flag=True)
@click.option("--parse", "-p", is_flag=True, help="Take the value as a Python literal.")
@for_one_site_or_all
def set_config(site, key, value, everywhere, parse):
    if parse:
        value = ast.literal_eval(value)
    if isinstance(value, str):
        value = {"0": 0, "1": 1, "true": True, "false": False, "None": None}.get(value, value)
    if everywhere:
        config.update_config(config.SITES / config.COMMON, {key: value})
        return
    for name in each_site(site):
        config.update_config(config.SITES / name / "site_config.json", {key: value})


@bench.command("show-config")
@for_one_site_or_all
def show_config(site):
    for name in each_site(site):
        for key, value in sorted(frappe.conf.items()):
            click.echo(f"{name} {key} {'********' if 'password' in key or 'key' in key else value}")


@bench.command("set-admin-password")
@click.argument("password", required=False)
@for_one_site_or_all
def set_admin_password(site, password):
    import getpass

    from frappe import passwords

    for name in each_site(site):
        frappe.connect(name)
        passwords.set_password("Administrator", password or getpass.getpass(f"Administrator's password for {name}: "))


@bench.command("worker")
@click.option("--queue", default="short,default,long")
@click.option("--burst", is_flag=True, hidden=True)
def worker(queue, burst):
    from frappe import jobs

    jobs.work(queue.split(","))


@bench.command("schedule")
def schedule():
    from frappe import jobs

    jobs.schedule()


@bench.command("enable-scheduler")
@for_one_site_or_all
def enable_scheduler(site):
    _set_scheduler(site, 1)


@bench.command("disable-scheduler")
@for_one_site_or_all
def disable_scheduler(site):
    _set_scheduler(site, 0)


def _set_scheduler(site, on):
    for name in each_site(site):
        frappe.connect(name)
        frappe.db.set_single_value("System Settings", "enable_scheduler", on)
        frappe.db.commit()
        click.echo(f"{'Enabled' if on else 'Disabled'} for {name}")


@bench.command("execute")
@click.argument("method")
@click.option("--args", "positional", default="[]")
@click.option("--kwargs", "named", default="{}")
@for_one_site_or_all
def execute(site, method, positional, named):
    for name in each_site(site):
        frappe.connect(name)
        result = frappe.get_attr(method)(*ast.literal_eval(positional), **ast.literal_eval(named))
        frappe.db.commit()
        if result is not None:
            click.echo(json.dumps(result, default=str))


@bench.command("mariadb", context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@for_one_site_or_all
def mariadb(site, arguments):
    from frappe import database

    for _ in each_site(site):
        sys.exit(database.open_client(frappe.conf, arguments))


@bench.command("console")
@for_one_site_or_all
def console(site):
    import code

    for name in each_site(site):
        frappe.connect(name)
        code.interact(banner=f"Apps in this namespace: {', '.join(frappe.get_all_apps())}", local={"frappe": frappe})


def main():
    importlib.import_module("frappe")
    try:
        bench.main(prog_name="bench", standalone_mode=True)
    except Exception as problem:
        from frappe.installer import Refused

        if isinstance(problem, Refused):
            fail(str(problem))
        traceback.print_exc()
        sys.exit(1)
    finally:
        frappe.destroy()


if __name__ == "__main__":
    main()
