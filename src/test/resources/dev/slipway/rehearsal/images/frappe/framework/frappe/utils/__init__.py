"""What the rest and small applications need now and then."""

import sys
from datetime import datetime
from zoneinfo import ZoneInfo

import frappe

# Of a site until somebody goes through its setup wizard.
FIRST_TIME_ZONE = "Asia/Kolkata"


def get_system_timezone():
    """The current site's, as its setup wizard was told."""
    return frappe.db.get_single_value("System Settings", "time_zone") or FIRST_TIME_ZONE


def now_datetime():
    """The time of day where the site is, which is not the machine's; names of backups begin with it."""
    return datetime.now(ZoneInfo(get_system_timezone())).replace(tzinfo=None)


def update_progress_bar(text, done, of):
    """One step of a bar: it is written over the one before, as on a terminal, whoever reads it."""
    share = (done + 1) / of
    sys.stdout.write(f"\r{text:<36}: [{'=' * int(share * 40):<40}] {int(share * 100)}%")
    sys.stdout.flush()
