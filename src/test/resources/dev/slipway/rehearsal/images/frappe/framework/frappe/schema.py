"""The tables that every site has, and the rows that a fresh one begins with."""

import secrets

from frappe.utils import now_datetime

_DOCUMENT = """
  name VARCHAR(140) NOT NULL PRIMARY KEY,
  creation DATETIME(6), modified DATETIME(6), owner VARCHAR(140), idx INT NOT NULL DEFAULT 0,
"""

TABLES = {
    "tabUser": _DOCUMENT + "full_name VARCHAR(140), enabled INT NOT NULL DEFAULT 1",
    "__Auth": "name VARCHAR(140) NOT NULL PRIMARY KEY, salt VARCHAR(64) NOT NULL, password VARCHAR(140) NOT NULL",
    "tabSessions": "sid VARCHAR(140) NOT NULL PRIMARY KEY, user VARCHAR(140), lastupdate DATETIME(6)",
    "tabInstalled Application": _DOCUMENT + "app_name VARCHAR(140), app_version VARCHAR(140)",
    "tabPatch Log": _DOCUMENT + "patch TEXT, skipped INT NOT NULL DEFAULT 0, traceback LONGTEXT",
    "tabSingles": "doctype VARCHAR(255), field VARCHAR(255), value LONGTEXT, KEY singles (doctype, field)",
    "tabDefaultValue": _DOCUMENT + "parent VARCHAR(140), defkey VARCHAR(140), defvalue TEXT",
    "tabFile": _DOCUMENT + "file_name VARCHAR(255), file_url TEXT, is_private INT NOT NULL DEFAULT 0",
    "tabNote": _DOCUMENT + "title VARCHAR(140), content LONGTEXT, public INT NOT NULL DEFAULT 0",
}


def document(**fields):
    """A row with the columns that every document has."""
    now = now_datetime()
    return {"name": secrets.token_hex(5), "creation": now, "modified": now, "owner": "Administrator", **fields}


def statements():
    return [
        f"CREATE TABLE IF NOT EXISTS `{table}` ({columns}) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4"
        for table, columns in TABLES.items()
    ]


def create(db):
    for statement in statements():
        db.sql_ddl(statement)


def fill(db):
    db.insert("tabUser", document(name="Administrator", full_name="Administrator"))
    db.insert("tabUser", document(name="Guest", full_name="Guest"))
    # What the setup wizard asks for is not there before it: a time zone, and the scheduler that it turns on.
    db.set_single_value("System Settings", "enable_scheduler", 0)
    db.set_single_value("System Settings", "setup_complete", 0)
    for key, value in {"language": "en", "desktop:home_page": "setup-wizard"}.items():
        db.insert("tabDefaultValue", document(parent="__default", defkey=key, defvalue=value))
    db.commit()
