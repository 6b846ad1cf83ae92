"""MariaDB, as sites use it."""

import os
import subprocess
import tempfile
from contextlib import contextmanager

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


@contextmanager
def client_options(conf):
    """A file with which MariaDB's own programs connect, so that no password is in a command line."""
    host, port = address(conf)
    password = conf["db_password"].replace("\\", "\\\\").replace('"', '\\"')
    with tempfile.NamedTemporaryFile("w", prefix="client-", suffix=".cnf") as file:
        file.write(f'[client]\nhost={host}\nport={port}\nuser={conf["db_name"]}\npassword="{password}"\n')
        file.flush()
        yield f"--defaults-extra-file={file.name}"


def dump(conf, target):
    """mariadb-dump, compressed; a failure of either program is one."""
    with client_options(conf) as options, open(target, "wb") as out:
        dumping = subprocess.Popen(
            ["mariadb-dump", options, "--single-transaction", "--quick", "--lock-tables=false", conf["db_name"]],
            stdout=subprocess.PIPE,
        )
        zipping = subprocess.Popen(["gzip"], stdin=dumping.stdout, stdout=out)
        dumping.stdout.close()
        if zipping.wait() | dumping.wait():
            raise RuntimeError(f"mariadb-dump of {conf['db_name']} failed; {target} is not complete")


def load(conf, source):
    """Feeds a dump (.sql or .sql.gz) to the site's database."""
    with client_options(conf) as options:
        reading = subprocess.Popen(["gzip", "-dcf", source], stdout=subprocess.PIPE)
        loading = subprocess.run(["mariadb", options, conf["db_name"]], stdin=reading.stdout)
        reading.stdout.close()
        if reading.wait() | loading.returncode:
            raise RuntimeError(f"{source} could not be restored")


def open_client(conf, arguments):
    """Becomes an interactive client."""
    with client_options(conf) as options:
        os.set_inheritable(0, True)
        return subprocess.call(["mariadb", options, conf["db_name"], *arguments])
