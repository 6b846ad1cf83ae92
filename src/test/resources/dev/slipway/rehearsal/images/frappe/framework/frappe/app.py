"""The web application that gunicorn serves: every site of the bench, told apart by the request's header."""

import json
import secrets
import traceback
from http.cookies import SimpleCookie
from urllib.parse import parse_qs, quote, unquote

import frappe
from frappe import assets, passwords, schema
from frappe.utils import now_datetime

STATUS = {
    200: "OK", 301: "Moved Permanently", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
    405: "Method Not Allowed", 500: "Internal Server Error", 503: "Service Unavailable",
}  # fmt: skip

LOGIN = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Login</title>
{styles}
</head><body><h1>Login to {site}</h1>
<form><input name="usr" autocomplete="username"><input name="pwd" type="password"><button>Login</button></form>
<output></output>
{scripts}
</body></html>
"""


CLOSED = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Updating</title>
<style>{style}</style></head>
<body><h1>Updating</h1><p>The system is being updated. Please refresh again after a few moments.</p></body></html>
"""

BROKEN = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Server Error</title></head><body><h1>Server Error</h1></body></html>
"""


class Closed(Exception):
    """The site is in maintenance mode, for readers too."""


class Refusal(Exception):
    def __init__(self, status, kind, message):
        super().__init__(message)
        self.status, self.kind = status, kind


class Request:
    def __init__(self, environ):
        self.method = environ["REQUEST_METHOD"]
        self.path = unquote(environ.get("PATH_INFO", "/"))
        self.site = environ.get("HTTP_X_FRAPPE_SITE_NAME") or environ.get("HTTP_HOST", "").split(":")[0]
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)).decode()
        self.values = _flat(environ.get("QUERY_STRING", ""))
        if environ.get("CONTENT_TYPE", "").startswith("application/json"):
            try:
                self.values.update(json.loads(body or "{}"))
            except ValueError as problem:
                raise Refusal(400, "JSONDecodeError", str(problem)) from None
        else:
            self.values.update(_flat(body))
        self.sid = SimpleCookie(environ.get("HTTP_COOKIE", "")).get("sid")
        self.headers = []

    def set_cookie(self, name, value):
        self.headers.append(("Set-Cookie", f"{name}={value}; Path=/; HttpOnly; SameSite=Lax"))


def application(environ, start_response):
    headers = []
    try:
        request = Request(environ)
        headers = request.headers
        status, kind, body = _answer(request)
    except Refusal as refusal:
        status, kind, body = refusal.status, "json", {"exc_type": refusal.kind, "message": str(refusal)}
    except Closed:
        status, kind, body = _closed(request)
    except Exception as problem:
        traceback.print_exc()
        status, kind, body = 500, "json", {"exc_type": type(problem).__name__, "exception": str(problem)}
    finally:
        frappe.destroy()
    if kind == "json":
        content, kind = json.dumps(body, default=str), "application/json"
    else:
        content, kind = body, "text/html; charset=utf-8"
    data = content.encode()
    start_response(
        f"{status} {STATUS[status]}", [("Content-Type", kind), ("Content-Length", str(len(data))), *headers]
    )
    return [data]


def _answer(request):
    try:
        frappe.init(request.site, cached=True)
    except frappe.SiteMissing as problem:
        raise Refusal(404, "IncorrectSitePath", str(problem)) from None
    _maintenance(request)
    frappe.connect()
    _resume(request)
    for method in frappe.get_hooks("before_request"):
        frappe.get_attr(method)()
    if request.path.startswith("/api/method/"):
        answer = _method(request, request.path.removeprefix("/api/method/"))
    elif request.path.startswith("/api/resource/"):
        answer = _resource(request, *request.path.removeprefix("/api/resource/").split("/", 1))
    elif request.path.startswith("/private/files/"):
        # The proxy in front sends the file itself.
        _need_login()
        request.headers.append(("X-Accel-Redirect", f"/protected{quote(request.path)}"))
        return 200, "html", ""
    elif request.path in ("/", "/login", "/app"):
        return 200, "html", _login_page()
    else:
        raise Refusal(404, "DoesNotExistError", f"{request.path} is not here")
    frappe.db.commit()
    return 200, "json", answer


def _maintenance(request):
    if not frappe.conf.get("maintenance_mode"):
        return
    if not frappe.conf.get("allow_reads_during_maintenance"):
        raise Closed
    if request.method not in ("GET", "HEAD", "OPTIONS"):
        raise Refusal(503, "InReadOnlyMode", "This site is in read only mode")


def _closed(request):
    """No JSON, whoever asks: a whole page with all of its style, and pages themselves fail over it."""
    if request.path.startswith("/api/"):
        return 503, "html", CLOSED.format(style=".indicator { color: orange; }\n" * 10_000)
    return 500, "html", BROKEN


def _resume(request):
    if request.sid:
        rows = frappe.db.sql("SELECT user FROM tabSessions WHERE sid = %s", [request.sid.value])
        if rows:
            frappe.local.session_user = rows[0]["user"]


def _method(request, method):
    if method == "ping":
        return {"message": frappe.ping()}
    if method == "login":
        return _login(request)
    if method == "logout":
        if request.sid:
            frappe.db.sql("DELETE FROM tabSessions WHERE sid = %s", [request.sid.value])
        return {}
    if method == "frappe.auth.get_logged_user":
        _need_login()
        return {"message": frappe.session_user}
    if method == "frappe.utils.change_log.get_versions":
        _need_login()
        return {"message": frappe.get_attr(method)()}
    if method == "frappe.desk.page.setup_wizard.setup_wizard.setup_complete":
        _need_login()
        return {"message": _complete_setup(request)}
    raise Refusal(403, "PermissionError", f"Function {method} is not whitelisted.")


def _complete_setup(request):
    """What the setup wizard ends with: from then on the site has its time zone, and its scheduler works."""
    answers = request.values.get("args") or "{}"
    answers = json.loads(answers) if isinstance(answers, str) else answers
    given = {"time_zone": answers.get("timezone", "UTC"), "enable_scheduler": 1, "setup_complete": 1}
    for field, value in given.items():
        frappe.db.set_single_value("System Settings", field, value)
    return {"status": "ok"}


def _login(request):
    user = request.values.get("usr", "")
    if not passwords.is_password(user, request.values.get("pwd", "")):
        raise Refusal(401, "AuthenticationError", "Invalid login credentials")
    sid = secrets.token_hex(28)
    frappe.db.insert("tabSessions", {"sid": sid, "user": user, "lastupdate": now_datetime()})
    request.set_cookie("sid", sid)
    return {"message": "Logged In", "home_page": "/app", "full_name": user}


def _need_login():
    if frappe.session_user == "Guest":
        raise Refusal(403, "PermissionError", "Login to access")


def _resource(request, doctype, name=None):
    """Reads and writes of documents; a doctype is a table, its fields are the columns."""
    _need_login()
    table = f"tab{doctype}"
    if doctype not in ("Note", "User", "File") or table not in frappe.db.tables():
        raise Refusal(404, "DoesNotExistError", f"DocType {doctype} not found")
    columns = [row["Field"] for row in frappe.db.sql(f"SHOW COLUMNS FROM `{table}`")]
    if request.method == "POST" and name is None:
        document = schema.document(owner=frappe.session_user)
        document.update({key: value for key, value in request.values.items() if key in columns})
        frappe.db.insert(table, document)
        return {"data": _read(table, document["name"])}
    if request.method == "GET" and name:
        return {"data": _read(table, name)}
    if request.method == "DELETE" and name:
        _read(table, name)
        frappe.db.sql(f"DELETE FROM `{table}` WHERE name = %s", [name])
        return {"message": "ok"}
    if request.method == "GET":
        return {"data": _list(table, columns, request.values)}
    raise Refusal(405, "MethodNotAllowed", f"{request.method} is not possible here")


def _read(table, name):
    rows = frappe.db.sql(f"SELECT * FROM `{table}` WHERE name = %s", [name])
    if not rows:
        raise Refusal(404, "DoesNotExistError", f"{name} not found")
    return rows[0]


def _list(table, columns, values):
    fields = json.loads(values.get("fields", '["name"]'))
    if fields == ["*"]:
        fields = columns
    for field in fields:
        if field not in columns:
            raise Refusal(400, "DataError", f"Field not permitted in query: {field}")
    length = int(values.get("limit_page_length", 20))
    limit = f" LIMIT {length}" if length else ""
    selected = ", ".join(f"`{field}`" for field in fields)
    return frappe.db.sql(f"SELECT {selected} FROM `{table}` ORDER BY modified DESC{limit}")


def _login_page():
    styles = ["login.bundle.css", *frappe.get_hooks("web_include_css")]
    scripts = ["login.bundle.js", *frappe.get_hooks("web_include_js")]
    return LOGIN.format(
        site=frappe.site,
        styles="\n".join(f'<link type="text/css" rel="stylesheet" href="{assets.url(each)}">' for each in styles),
        scripts="\n".join(f'<script type="text/javascript" src="{assets.url(each)}"></script>' for each in scripts),
    )


def _flat(encoded):
    return {key: values[-1] for key, values in parse_qs(encoded, keep_blank_values=True).items()}
