"""MariaDB, as sites use it."""

import os
import shlex
import shutil
import subprocess

import pymysql
import pymysql.cursors


class Database:
    """One connection; rows come as dictionaries."""

    def __init__(self, host, port, user, password, database=None):
        self.name = database
        self._connection = pymysql.connect(
            host=host,
            port=int(port),
            user=user,
            password=password,
            database=database,
            charset="utf8mb4",
            connect_timeout=10,
            cursorclass=pymysql.cursors.DictCursor,
        )

    @classmethod
    def of(cls, conf):
        """The database of a site, as its own user."""
        name = conf["db_name"]
        return cls(*address(conf), conf.get("db_user", name), conf["db_password"], name)

    def sql(self, query, values=None):
        with self._connection.cursor() as cursor:
            cursor.execute(query, values)
            return list(cursor.fetchall())

    def sql_ddl(self, query):
        """A change of the schema, which MariaDB commits by itself."""
        self.commit()
        return self.sql(query)

    def insert(self, table, row):
        columns = ", ".join(f"`{column}`" for column in row)
        self.sql(f"INSERT INTO `{table}` ({columns}) VALUES ({', '.join(['%s'] * len(row))})", list(row.values()))

    def get_single_value(self, doctype, field):
        rows = self.sql("SELECT value FROM tabSingles WHERE doctype = %s AND field = %s", [doctype, field])
        return rows[0]["value"] if rows else None

    def set_single_value(self, doctype, field, value):
        self.sql("DELETE FROM tabSingles WHERE doctype = %s AND field = %s", [doctype, field])
        self.insert("tabSingles", {"doctype": doctype, "field": field, "value": str(value)})

    def get_global(self, key):
        rows = self.sql("SELECT defvalue FROM tabDefaultValue WHERE parent = '__global' AND defkey = %s", [key])
        return rows[0]["defvalue"] if rows else None

    def set_global(self, key, value):
        from frappe import schema

        self.sql("DELETE FROM tabDefaultValue WHERE parent = '__global' AND defkey = %s", [key])
        self.insert("tabDefaultValue", schema.document(parent="__global", defkey=key, defvalue=value))

    def has_column(self, doctype, column):
        return bool(self.sql(f"SHOW COLUMNS FROM `tab{doctype}` LIKE %s", [column]))

    def tables(self):
        return [next(iter(row.values())) for row in self.sql("SHOW TABLES")]

    def commit(self):
        self._connection.commit()

    def rollback(self):
        self._connection.rollback()

    def close(self):
        self._connection.close()


def address(conf):
    return conf.get("db_host") or "127.0.0.1", int(conf.get("db_port") or 3306)


def connecting(conf):
    """The arguments with which MariaDB's own programs connect, the password among them: all on the machine can read it."""
    host, port = address(conf)
    name = conf["db_name"]
    given = {"user": conf.get("db_user", name), "host": host, "port": port, "password": conf["db_password"]}
    return [*(f"--{key}={value}" for key, value in given.items()), name]


def dump(conf, target):
    """mariadb-dump, compressed, by a shell; a failure of either program is one."""
    program = next(filter(shutil.which, ("mariadb-dump", "mysqldump")), "mariadb-dump")
    options = ["--single-transaction", "--quick", "--lock-tables=false"]
    command = f"{shlex.join([program, *options, *connecting(conf)])} | gzip >> {shlex.quote(str(target))}"
    if subprocess.run(["bash", "-c", f"set -o pipefail; {command}"]).returncode:
        raise RuntimeError(f"mariadb-dump of {conf['db_name']} failed; {target} is not complete")


def load(conf, source):
    """Feeds a dump (.sql or .sql.gz) to the site's database."""
    reading = subprocess.Popen(["gzip", "-dcf", source], stdout=subprocess.PIPE)
    loading = subprocess.run(["mariadb", *connecting(conf)], stdin=reading.stdout)
    reading.stdout.close()
    if reading.wait() | loading.returncode:
        raise RuntimeError(f"{source} could not be restored")


def execute_file(conf, statements):
    """Runs SQL by MariaDB's own client, as a new site's first tables are made."""
    if subprocess.run(["mariadb", *connecting(conf)], input=statements.encode()).returncode:
        raise RuntimeError(f"the first tables of {conf['db_name']} could not be made")


def open_client(conf, arguments):
    """Becomes an interactive client."""
    os.set_inheritable(0, True)
    return subprocess.call(["mariadb", *connecting(conf), *arguments])
