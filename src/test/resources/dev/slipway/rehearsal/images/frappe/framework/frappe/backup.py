"""Backups of a site into its own private/backups, and the way back."""

import shutil
import subprocess

from frappe import config, database
from frappe.utils import now_datetime


def backup(site, with_files=False):
    """The dump, the configuration and, if asked for, both folders of files; gives the paths by kind."""
    conf = config.site_config(site)
    target = config.SITES / site / "private" / "backups"
    target.mkdir(parents=True, exist_ok=True)
    prefix = f"{now_datetime():%Y%m%d_%H%M%S}-{site.replace('.', '_')}"
    made = {
        "Config": target / f"{prefix}-site_config_backup.json",
        "Database": target / f"{prefix}-database.sql.gz",
    }
    shutil.copyfile(config.SITES / site / "site_config.json", made["Config"])
    if with_files:
        for kind, part, name in (("Public", "public", "files"), ("Private", "private", "private-files")):
            made[kind] = target / f"{prefix}-{name}.tar"
            subprocess.run(
                ["tar", "--create", "--file", made[kind], f"./{site}/{part}/files"], cwd=config.SITES, check=True
            )
    database.dump(conf, made["Database"])
    return made


def summary(site, made):
    lines = [f"Backup Summary for {site} at {now_datetime()}"]
    for kind, path in made.items():
        lines.append(f"{kind:<8}: ./{path.relative_to(config.SITES)} {_size(path)}")
    return "\n".join(lines)


def restore_files(site, archive):
    """Unpacks a tar of files over the site's; members begin with ./SITE/, whatever the site was called then."""
    subprocess.run(
        ["tar", "--extract", "--file", archive, "--strip-components=2", "--directory", config.SITES / site], check=True
    )


def _size(path):
    size = float(path.stat().st_size)
    for unit in ("B", "KiB", "MiB"):
        if size < 1024:
            return f"{size:.1f}{unit}"
        size /= 1024
    return f"{size:.1f}GiB"
