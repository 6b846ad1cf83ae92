"""Passwords of users, hashed."""

import hashlib
import hmac
import secrets

import frappe


def _hash(password, salt):
    return hashlib.pbkdf2_hmac("sha256", password.encode(), bytes.fromhex(salt), 29_000).hex()


def set_password(user, password):
    salt = secrets.token_hex(16)
    frappe.db.sql("REPLACE INTO `__Auth` (name, salt, password) VALUES (%s, %s, %s)", [user, salt, _hash(password, salt)])
    frappe.db.commit()


def is_password(user, password):
    rows = frappe.db.sql("SELECT salt, password FROM `__Auth` WHERE name = %s", [user])
    return bool(rows) and hmac.compare_digest(_hash(password, rows[0]["salt"]), rows[0]["password"])
