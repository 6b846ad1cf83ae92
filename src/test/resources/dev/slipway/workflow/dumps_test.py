"""Tests of the workflow's functions: against moto's S3, with dumps that pg_dump made and such as it never would.

DumpFunctionsTest runs them, with the functions' folder on PYTHONPATH.
"""

import gzip
import hashlib
import io
import json
import os
import pathlib
import unittest
import zlib

os.environ.update(AWS_DEFAULT_REGION="us-east-1", AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test")

import boto3  # noqa: E402
from moto import mock_aws  # noqa: E402

import claim  # noqa: E402
import run  # noqa: E402
import stream  # noqa: E402
import validate  # noqa: E402
from refusal import DumpRefused  # noqa: E402

BUCKET = "dumps"
MADE_BY_PG_DUMP = pathlib.Path(__file__).parent / "dumps"
MIB = 1024 * 1024

SQL = """\
--
-- PostgreSQL database dump
--

-- Dumped from database version 16.4 (Debian 16.4-1)
-- Dumped by pg_dump version 16.4

SET client_encoding = 'UTF8';
{}

--
-- PostgreSQL database dump complete
--

"""


def sql(statements=""):
    return SQL.format(statements).encode()


class Writer:
    """Writes archives as pg_backup_archiver.c does, of any version, and as it never would."""

    def __init__(self, version=(1, 14), compression="gzip", form=1, server="16.4 (Debian)", client="16.4"):
        self.version, self.compression = version, compression
        self.out = io.BytesIO()
        self.out.write(b"PGDMP" + bytes([*version, 0, 4, 8, form]))
        if version >= (1, 15):
            self.out.write(bytes([{"none": 0, "gzip": 1, "lz4": 2, "zstd": 3}[compression]]))
        else:
            self.number({"none": 0, "gzip": -1}[compression])
        for part in (1, 2, 3, 4, 5, 126, 0):
            self.number(part)
        for text in ("app", server, client):
            self.text(text)
        self.entries, self.blocks = [], []

    def number(self, value):
        self.out.write(bytes([value < 0]) + abs(value).to_bytes(4, "little"))

    def text(self, value):
        if value is None:
            return self.number(-1)
        value = value if isinstance(value, bytes) else value.encode()
        self.number(len(value))
        self.out.write(value)

    def entry(self, number, kind, name, definition=None, data=None, depends=()):
        self.entries.append((number, kind, name, definition, data is not None, depends))
        if data is not None:
            self.blocks.append((number, 3 if kind == "BLOBS" else 1, data))
        return self

    def archive(self, offsets=True):
        contents = self._contents({})
        if offsets:
            # Where each block is, is known when the contents are written.
            places, at = {}, self.out.tell() + len(contents)
            for number, kind, data in self.blocks:
                places[number] = at
                at += len(self._block(number, kind, data))
            contents = self._contents(places)
        blocks = b"".join(self._block(*block) for block in self.blocks)
        return self.out.getvalue() + contents + blocks

    def _contents(self, places):
        header, self.out = self.out, io.BytesIO()
        self.number(len(self.entries))
        for number, kind, name, definition, has_data, depends in self.entries:
            self.number(number)
            self.number(int(has_data))
            self.text("1259")
            self.text(str(16384 + number))
            self.text(name)
            self.text(kind)
            self.number(3 if has_data else 2)
            self.text(definition)
            self.text(None)
            self.text(f"COPY {name} FROM stdin;\n" if kind == "TABLE DATA" else None)
            self.text("public")
            self.text(None)
            if self.version >= (1, 14):
                self.text("heap")
            if self.version >= (1, 16):
                self.number(ord("r"))
            self.text("owner")
            self.text("false")
            for each in depends:
                self.text(str(each))
            self.text(None)
            state = 3 if not has_data else 2 if number in places else 1
            self.out.write(bytes([state]) + places.get(number, 0).to_bytes(8, "little"))
        contents, self.out = self.out.getvalue(), header
        return contents

    def _block(self, number, kind, data):
        header, self.out = self.out, io.BytesIO()
        self.out.write(bytes([kind]))
        self.number(number)
        for large_object in data if kind == 3 else (None,):
            if large_object is not None:
                self.number(4711)
            packed = data if large_object is None else large_object
            if self.compression == "gzip":
                packed = zlib.compress(packed)
            for start in range(0, len(packed), 4096):
                self.number(len(packed[start : start + 4096]))
                self.out.write(packed[start : start + 4096])
            self.number(0)
        if kind == 3:
            self.number(0)
        block, self.out = self.out.getvalue(), header
        return block


def shop(**header):
    """A database with two tables, one of them with rows."""
    return (
        Writer(**header)
        .entry(1, "ENCODING", "ENCODING", "SET client_encoding = 'UTF8';\n")
        .entry(2, "DATABASE", "app", "CREATE DATABASE app;\n")
        .entry(3, "TABLE", "items", "CREATE TABLE public.items (id integer);\n")
        .entry(4, "TABLE", "empty", "CREATE TABLE public.empty (id integer);\n", depends=(3,))
        .entry(5, "TABLE DATA", "items", data=b"1\n2\n\\.\n\n\n", depends=(3,))
        .entry(6, "TABLE DATA", "empty", data=b"\\.\n\n\n", depends=(4,))
        .entry(7, "BLOBS", "BLOBS", data=[b"one", b"two" * 5000])
    )


class AwsTest(unittest.TestCase):
    def setUp(self):
        aws = mock_aws()
        aws.start()
        self.addCleanup(aws.stop)
        self.s3 = boto3.client("s3")
        self.s3.create_bucket(Bucket=BUCKET)
        self.s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})


class ValidateTest(AwsTest):
    def answer(self, content, key="db-dumps/shop.dump", metadata=None, major=16, most=64 * MIB, most_unpacked=512 * MIB):
        put = self.s3.put_object(Bucket=BUCKET, Key=key, Body=content, Metadata=metadata or {})
        return self.asked(key, put["VersionId"], major, most, most_unpacked)

    def asked(self, key, version, major=16, most=64 * MIB, most_unpacked=512 * MIB, remaining=None):
        event = {"bucket": {"name": BUCKET}, "object": {"key": key, "version-id": version, "size": 1}}
        return validate.answer(self.s3, event, validate.Limits(BUCKET, major, most, most_unpacked), remaining)

    def assert_refused(self, answer, why):
        self.assertIn("refused", answer, answer)
        self.assertIn(why, answer["refused"])
        self.assertRegex(answer["refused"], r"\A[ -~]+[.]\Z")
        self.assertNotIn("id", answer)

    # --- what is taken ------------------------------------------------------------------------------------------

    def test_takes_what_pg_dump_makes(self):
        for name, form, packed in (
            ("shop.dump", "custom", False),
            ("shop-uncompressed.dump", "custom", False),
            ("shop-piped.dump", "custom", False),
            ("shop.sql", "sql", False),
            ("shop-inserts.sql", "sql", False),
        ):
            with self.subTest(name):
                content = (MADE_BY_PG_DUMP / name).read_bytes()
                answer = self.answer(content, f"db-dumps/{name}")
                self.assertNotIn("refused", answer)
                self.assertEqual(answer["sha256"], hashlib.sha256(content).hexdigest())
                self.assertEqual(answer["id"], answer["sha256"][:12])
                self.assertEqual(answer["bytes"], len(content))
                self.assertEqual((answer["format"], answer["gzip"]), (form, packed))
                self.assertEqual(answer["tables"], 3)
                self.assertRegex(answer["engine"], r"\A15\.[0-9]+\Z")
                self.assertEqual((answer["promote"], answer["made"]), (False, False))
                answer = self.answer(gzip.compress(content), f"db-dumps/{name}.gz")
                self.assertEqual((answer.get("format"), answer.get("gzip")), (form, True), answer)

    def test_takes_every_version_of_the_archive(self):
        for version in ((1, 12), (1, 13), (1, 14), (1, 15), (1, 16)):
            for compression in ("none", "gzip"):
                for offsets in (True, False):
                    with self.subTest(version=version, compression=compression, offsets=offsets):
                        answer = self.answer(shop(version=version, compression=compression).archive(offsets))
                        self.assertEqual((answer.get("format"), answer.get("tables")), ("custom", 2), answer)

    def test_takes_a_member_of_gzip_after_the_other(self):
        content = sql("SELECT 1;")
        answer = self.answer(gzip.compress(content[:50]) + gzip.compress(content[50:]), "db-dumps/x.sql.gz")
        self.assertEqual(answer.get("format"), "sql", answer)

    def test_reads_by_ranges_and_says_the_same(self):
        content = shop().archive()
        for length in (1, 7, 1000):
            stream.RANGE, before = length * 13, stream.RANGE
            stream.PIECE, piece = length, stream.PIECE
            try:
                self.assertEqual(self.answer(content).get("tables"), 2)
                self.assertEqual(self.answer(gzip.compress(content)).get("tables"), 2)
            finally:
                stream.RANGE, stream.PIECE = before, piece

    def test_promotes_only_when_the_metadata_says_yes(self):
        self.assertTrue(self.answer(sql(), metadata={"promote": "yes"})["promote"])
        self.assertFalse(self.answer(sql(), metadata={"promote": "no"})["promote"])
        self.assert_refused(self.answer(sql(), metadata={"promote": "true"}), "say yes, or leave it out")

    def test_never_promotes_what_the_stack_made(self):
        answer = self.answer(shop().archive(), "db-dumps/made/20261201T031700Z.dump", {"promote": "yes"})
        self.assertEqual((answer["made"], answer["promote"]), (True, False))

    # --- its name, size and sum ---------------------------------------------------------------------------------

    def test_refuses_names_that_are_not_safe_everywhere(self):
        for key in (
            "db-dumps/../lock.json.dump",
            "db-dumps/a/../b.dump",
            "db-dumps/.hidden.dump",
            "db-dumps/a//b.dump",
            "db-dumps/$(reboot).dump",
            "db-dumps/a b.dump",
            "db-dumps/a'b.sql",
            "db-dumps/-rf.dump",
            "db-dumps/ümlaut.dump",
            "db-dumps/a\nb.dump",
            "db-dumps/notes.txt",
            "db-dumps/.dump",
            "db-dumps/",
        ):
            with self.subTest(key):
                with self.assertRaisesRegex(DumpRefused, "has a name that is not taken"):
                    validate.check_key(key)
        with self.assertRaisesRegex(DumpRefused, "is not below db-dumps/"):
            validate.check_key("manifests/x.dump")
        with self.assertRaisesRegex(DumpRefused, "has a name of 209 letters, and 200 are taken"):
            validate.check_key("db-dumps/" + "a" * 195 + ".dump")
        for key in ("db-dumps/a.dump", "db-dumps/2026/shop_1-2.sql.gz", "db-dumps/made/x.dump"):
            validate.check_key(key)

    def test_refuses_another_bucket(self):
        event = {"bucket": {"name": "other"}, "object": {"key": "db-dumps/a.dump", "version-id": "1"}}
        self.assert_refused(validate.answer(self.s3, event, validate.Limits(BUCKET, 16, 1, 1)), "bucket of this stack")

    def test_refuses_what_is_gone_or_empty_or_too_large(self):
        put = self.s3.put_object(Bucket=BUCKET, Key="db-dumps/a.dump", Body=b"x")
        self.s3.delete_object(Bucket=BUCKET, Key="db-dumps/a.dump", VersionId=put["VersionId"])
        self.assert_refused(self.asked("db-dumps/a.dump", put["VersionId"]), "is not there any more")
        self.assert_refused(self.answer(b""), "is empty")
        self.assert_refused(self.answer(b"x" * 3 * MIB, most=2 * MIB), "has 3 MiB, and dumps.maxGiB takes 2 MiB")

    def test_reads_the_version_that_was_uploaded_and_no_later_one(self):
        first = self.s3.put_object(Bucket=BUCKET, Key="db-dumps/a.sql", Body=sql())
        self.s3.put_object(Bucket=BUCKET, Key="db-dumps/a.sql", Body=b"something else")
        self.assertEqual(self.asked("db-dumps/a.sql", first["VersionId"])["sha256"], hashlib.sha256(sql()).hexdigest())

    def test_compares_the_sum_that_was_sent_with_it(self):
        right = hashlib.sha256(sql()).hexdigest()
        self.assertEqual(self.answer(sql(), metadata={"sha256": right.upper()})["sha256"], right)
        self.assert_refused(self.answer(sql(), metadata={"sha256": "0" * 64}), "what arrived is not what was sent")
        self.assert_refused(self.answer(sql(), metadata={"sha256": "abc"}), "which is no check sum of SHA-256")

    def test_refuses_what_comes_from_a_newer_server_or_program(self):
        self.assert_refused(
            self.answer(shop(server="17.2").archive()),
            "comes from PostgreSQL 17.2, and the database is PostgreSQL 16, which is older",
        )
        self.assert_refused(self.answer(shop(client="17.2").archive()), "was made by pg_dump 17.2")
        self.assert_refused(self.answer(sql(), major=15), "comes from PostgreSQL 16.4")
        self.assert_refused(
            self.answer(sql().replace(b"-- Dumped from", b"-- from")), "doesn't say from which PostgreSQL it comes"
        )
        self.assertNotIn("refused", self.answer(shop(server="9.6.24", client="16.4").archive()))

    # --- what is damaged, cut off, or a bomb --------------------------------------------------------------------

    def test_finds_every_archive_that_is_cut_off(self):
        whole = (MADE_BY_PG_DUMP / "shop.dump").read_bytes()
        budget = stream.Budget(512 * MIB)
        for length in range(8, len(whole), 11):
            with self.assertRaisesRegex(DumpRefused, "is cut off|is damaged"):
                validate.read([whole[:length]], budget, 16)

    def test_finds_every_sql_that_is_cut_off(self):
        whole = (MADE_BY_PG_DUMP / "shop.sql").read_bytes()
        whole = whole[: whole.index(b"-- PostgreSQL database dump complete")]
        budget = stream.Budget(512 * MIB)
        for length in range(200, len(whole), 23):
            # What is cut off may look like something else that isn't taken.
            with self.assertRaises(DumpRefused):
                validate.read([whole[:length]], budget, 16)

    def test_finds_gzip_that_is_cut_off_or_damaged(self):
        packed = gzip.compress(sql("-- " + "x" * 5000))
        for length in (20, len(packed) // 2, len(packed) - 1):
            self.assert_refused(self.answer(packed[:length], "db-dumps/a.sql.gz"), "is cut off")
        wrong_sum = packed[:-8] + bytes(4) + packed[-4:]
        self.assert_refused(self.answer(wrong_sum, "db-dumps/a.sql.gz"), "is not what gzip writes")
        self.assert_refused(self.answer(packed + b"more", "db-dumps/a.sql.gz"), "is not what gzip writes")

    def test_refuses_a_zip_bomb_by_its_ratio_and_by_its_size(self):
        bomb = gzip.compress(sql(" " * 80 * MIB))
        self.assertLess(len(bomb), MIB)
        self.assert_refused(self.answer(bomb, "db-dumps/a.sql.gz"), "it is a zip bomb")
        self.assert_refused(
            self.answer(bomb, "db-dumps/a.sql.gz", most_unpacked=10 * MIB), "unpacks to more than 10 MiB"
        )

    def test_refuses_a_zip_bomb_within_an_archive(self):
        bomb = Writer().entry(1, "TABLE DATA", "items", data=b"0" * 80 * MIB).archive()
        self.assert_refused(self.answer(bomb), "it is a zip bomb")

    def test_refuses_damaged_archives(self):
        good = shop().archive()
        self.assert_refused(self.answer(good.replace(b"PGDMP\x01\x0e", b"PGDMP\x01\x11")), "of version 1.17")
        self.assert_refused(self.answer(good.replace(b"PGDMP\x01\x0e", b"PGDMP\x01\x0a")), "of version 1.10")
        self.assert_refused(self.answer(shop(form=3).archive()), "of the format tar")
        self.assert_refused(self.answer(shop(form=5).archive()), "of the format directory")
        self.assert_refused(self.answer(good + b"\x01more"), "is damaged")
        twice = shop().entry(7, "TABLE", "again").archive()
        self.assert_refused(self.answer(twice), "two entries with the number 7")
        nowhere = shop()
        nowhere.blocks.append((99, 1, b"x"))
        self.assert_refused(self.answer(nowhere.archive()), "belongs to the entry 99")
        missing = shop()
        del missing.blocks[1]
        self.assert_refused(self.answer(missing.archive(False)), "first of TABLE DATA empty")
        huge = shop()
        huge.out.seek(0)
        content = huge.out.getvalue() + bytes([0]) + (2**31 - 1).to_bytes(4, "little")
        self.assert_refused(self.answer(content), "not to be trusted: 2147483647 entries")
        self.assert_refused(self.answer(shop(version=(1, 15), compression="none").archive().replace(
            b"PGDMP\x01\x0f\x00\x04\x08\x01\x00", b"PGDMP\x01\x0f\x00\x04\x08\x01\x03")), "is compressed with zstd")
        for at in range(0, len(good), 5):
            changed = bytearray(good)
            changed[at] ^= 0x55
            try:
                validate.read([bytes(changed)], stream.Budget(512 * MIB), 16)
            except DumpRefused:
                pass  # and no other error

    def test_refuses_what_other_programs_pack(self):
        for start, what in ((b"PK\x03\x04", "zip"), (b"BZh9", "bzip2"), (b"\x28\xb5\x2f\xfd", "zstd"), (b"toc.dat", "tar")):
            self.assert_refused(self.answer(start + bytes(100)), what)
        self.assert_refused(self.answer(gzip.compress(gzip.compress(sql()))), "is packed twice")
        self.assert_refused(self.answer(bytes(100)), "is neither an archive of pg_dump nor plain SQL")

    def test_stops_before_its_time_is_over(self):
        put = self.s3.put_object(Bucket=BUCKET, Key="db-dumps/a.dump", Body=shop().archive())
        answer = self.asked("db-dumps/a.dump", put["VersionId"], remaining=lambda: 19)
        self.assert_refused(answer, "takes longer to read than a function may run")

    def test_an_error_of_s3_is_no_refusal(self):
        put = self.s3.put_object(Bucket=BUCKET, Key="db-dumps/a.dump", Body=shop().archive())

        def lost(**_):
            raise OSError("connection lost")

        self.s3.get_object = lost
        with self.assertRaisesRegex(OSError, "connection lost"):
            self.asked("db-dumps/a.dump", put["VersionId"])

    # --- what SQL may not have ----------------------------------------------------------------------------------

    def test_refuses_statements_that_reach_beyond_the_database(self):
        for statement, why in (
            ("DROP DATABASE app;", "has DROP DATABASE"),
            ("drop /* x */ database if exists app;", "has DROP DATABASE"),
            ("CREATE DATABASE other;", "has CREATE DATABASE"),
            ("ALTER DATABASE app RENAME TO gone;", "has ALTER DATABASE"),
            ("ALTER SYSTEM SET archive_command = 'x';", "has ALTER SYSTEM"),
            ("CREATE ROLE root SUPERUSER;", "has CREATE ROLE"),
            ("ALTER USER slipway PASSWORD 'x';", "has ALTER USER"),
            ("COPY items FROM PROGRAM 'curl example.com';", "has COPY with PROGRAM"),
            ("COPY items TO PROGRAM 'sh';", "has COPY with PROGRAM"),
            ("COPY items FROM '/etc/passwd';", "is not FROM stdin"),
            ("CREATE FUNCTION f() RETURNS int LANGUAGE c AS '/lib/x', 'y';", "in the language c"),
            ("CREATE FUNCTION f() RETURNS int AS $$ import os $$ LANGUAGE plpython3u;", "in the language plpython3u"),
            ("DO LANGUAGE 'plperlu' $$ system('x') $$;", "in the language plperlu"),
            ("CREATE EXTENSION x; CREATE LANGUAGE plsh;", "in the language plsh"),
        ):
            with self.subTest(statement):
                self.assert_refused(self.answer(sql(statement), "db-dumps/a.sql"), why)
                archive = Writer().entry(1, "TABLE", "x", statement).archive()
                self.assert_refused(self.answer(archive), why)

    def test_refuses_every_command_of_psql_but_restrict(self):
        for text in (
            "\\! reboot\n",
            "\\connect app\n",
            "SELECT 1 \\g |sh\n",
            "SELECT 'a\\'; \\! reboot\n",
            "SELECT E'a\\\\'; \\! reboot\n",
            "-- a comment\r\\! reboot\n",
            "/* a /* nested */ comment */ \\! reboot\n",
            "COPY t FROM stdin;\n1\n\\.\n\\! reboot\n",
            "COPY t FROM stdin;\n\\.\n\\! reboot\n",
            "( ; COPY t FROM stdin;\n\\! reboot\n\\.\n);",
            'CREATE "x" FUNCTION begin; COPY t FROM stdin;\n\\! reboot\n\\.\n',
            "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC; COPY t FROM stdin;\n\\! reboot\n\\.\nEND;",
            "SELECT $a$ $b$ $a$; \\! reboot\n",
            "SELECT 1 \\restrict abc\n",
            "\\restrict a;b\n",
            "\\ir /etc/passwd\n",
        ):
            with self.subTest(text):
                self.assert_refused(self.answer(sql(text), "db-dumps/a.sql"), "no command of psql but \\restrict is run")
        self.assertNotIn("refused", self.answer(sql("\\restrict aB3\nSELECT 1;\n\\unrestrict aB3\n"), "db-dumps/a.sql"))

    def test_takes_what_only_looks_bad(self):
        for statement in (
            "INSERT INTO notes VALUES ('DROP DATABASE app; \\! reboot');",
            "INSERT INTO notes VALUES (E'it\\'s \\\\! fine');",
            "INSERT INTO notes VALUES ('a'\n'b');",
            "COPY notes (t) FROM stdin;\nDROP DATABASE app;\n\\\\! reboot\n\\N\n\\.\n",
            "CREATE TABLE t (language text, \"DROP DATABASE\" int, database int);",
            "CREATE FUNCTION f(language text) RETURNS text LANGUAGE plpgsql AS $_$ BEGIN RETURN '\\!'; END $_$;",
            "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; END;",
            "CREATE USER MAPPING FOR x SERVER y;",
            "COMMENT ON DATABASE app IS 'x'; GRANT CONNECT ON DATABASE app TO x;",
            "SELECT 1.5e-05, .5, $1;",
            "-- \\! reboot\n",
        ):
            with self.subTest(statement):
                self.assertNotIn("refused", self.answer(sql(statement), "db-dumps/a.sql"))

    def test_refuses_what_changes_where_strings_end(self):
        for statement in (
            "SET standard_conforming_strings = off;",
            "SELECT set_config('standard_conforming_strings', 'off', false);",
            "SET client_encoding = 'SJIS';",
            "SELECT 1E'a\\'; \\! reboot --';",
        ):
            with self.subTest(statement):
                self.assertIn("refused", self.answer(sql(statement), "db-dumps/a.sql"))

    def test_says_the_line(self):
        self.assert_refused(self.answer(sql("SELECT 1;\nDROP DATABASE app;"), "db-dumps/a.sql"), "in line 10")


class ClaimTest(AwsTest):
    ONE, OTHER = "arn:aws:states:us-east-1:1:execution:dumps:one", "arn:aws:states:us-east-1:1:execution:dumps:other"

    def setUp(self):
        super().setUp()
        self.running = {self.ONE, self.OTHER}
        self.claims = claim.Claims(self.s3, self, BUCKET)

    # Step Functions, as far as it is asked.
    class exceptions:
        class ExecutionDoesNotExist(Exception):
            pass

    def describe_execution(self, executionArn):
        if executionArn not in self.running and "gone" in executionArn:
            raise self.exceptions.ExecutionDoesNotExist
        return {"status": "RUNNING" if executionArn in self.running else "ABORTED"}

    def dump(self, sha256="a" * 64, **more):
        return {"id": sha256[:12], "sha256": sha256, "key": "db-dumps/a.dump", "version": "1", "promote": False, **more}

    def content(self, key):
        return json.loads(self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read())

    def test_one_restore_at_a_time(self):
        self.assertEqual(self.claims.claim(self.ONE, self.dump())["outcome"], "claimed")
        self.assertEqual(self.claims.claim(self.OTHER, self.dump("b" * 64)), {"outcome": "held", "by": self.ONE})
        self.assertEqual(self.claims.unlock(self.ONE, self.dump(verified={}))["outcome"], "restored")
        self.assertEqual(self.claims.claim(self.OTHER, self.dump("b" * 64))["outcome"], "claimed")

    def test_the_same_step_again_is_the_same(self):
        for _ in range(2):
            self.assertEqual(self.claims.claim(self.ONE, self.dump())["outcome"], "claimed")
        self.assertEqual(self.claims.unlock(self.ONE, self.dump(verified={}))["outcome"], "restored")
        self.assertEqual(self.claims.unlock(self.ONE, self.dump(verified={}))["outcome"], "not held")
        self.assertEqual(self.content("lock.json"), {})

    def test_takes_over_the_lock_of_what_does_not_run_any_more(self):
        self.claims.claim(self.ONE, self.dump())
        self.running.remove(self.ONE)
        self.assertEqual(self.claims.claim(self.OTHER, self.dump())["outcome"], "claimed")
        self.assertEqual(self.claims.unlock(self.ONE, self.dump())["outcome"], "not held")
        self.assertEqual(self.content("lock.json")["execution"], self.OTHER)

    def test_takes_over_the_lock_of_what_nobody_knows_any_more(self):
        self.claims.claim("arn:gone", self.dump())
        self.assertEqual(self.claims.claim(self.ONE, self.dump())["outcome"], "claimed")

    def test_of_two_at_once_one_gets_the_lock(self):
        reads = claim.Claims(self.s3, self, BUCKET)
        real = reads._read

        def meanwhile(key):
            found = real(key)
            if key == "lock.json":
                reads._read = real
                self.claims.claim(self.OTHER, self.dump("b" * 64))
            return found

        reads._read = meanwhile
        with self.assertRaises(claim.Changed):
            reads.claim(self.ONE, self.dump())
        self.assertEqual(reads.claim(self.ONE, self.dump()), {"outcome": "held", "by": self.OTHER})

    def test_the_same_content_is_restored_once(self):
        self.claims.claim(self.ONE, self.dump())
        self.claims.unlock(self.ONE, self.dump(verified={}))
        again = self.claims.claim(self.OTHER, self.dump(key="db-dumps/b.dump"))
        self.assertEqual(again, {"outcome": "done", "by": self.ONE})
        self.assertEqual(self.content("lock.json"), {})

    def test_what_was_restored_can_be_promoted_later_once(self):
        self.claims.claim(self.ONE, self.dump())
        self.claims.unlock(self.ONE, self.dump(verified={}))
        self.assertEqual(self.claims.claim(self.OTHER, self.dump(promote=True))["outcome"], "restored")
        self.claims.unlock(self.OTHER, self.dump(promote=True, verified={}, promoted={"former": "x"}))
        self.assertEqual(self.claims.claim(self.ONE, self.dump(promote=True))["outcome"], "done")

    def test_what_failed_is_tried_again(self):
        self.claims.claim(self.ONE, self.dump())
        failed = self.dump(error={"Error": "RestoreFailed", "Cause": "syntax error"})
        self.assertEqual(self.claims.unlock(self.ONE, failed)["outcome"], "failed")
        self.assertEqual(self.claims.claim(self.OTHER, self.dump())["outcome"], "claimed")

    def test_writes_down_how_it_ended(self):
        self.claims.claim(self.ONE, self.dump())
        self.claims.unlock(self.ONE, self.dump(verified={"tables": 3}))
        result = self.content("results/aaaaaaaaaaaa.json")
        self.assertEqual((result["outcome"], result["execution"]), ("restored", self.ONE))
        self.assertEqual(result["verified"], {"tables": 3})

    def test_a_database_that_was_discarded_by_hand_is_restored_again(self):
        self.claims.claim(self.ONE, self.dump())
        self.claims.unlock(self.ONE, self.dump(verified={}))
        self.s3.delete_object(Bucket=BUCKET, Key="claims/aaaaaaaaaaaa.json")
        self.assertEqual(self.claims.claim(self.OTHER, self.dump())["outcome"], "claimed")


class RunTest(unittest.TestCase):
    EXECUTION = "arn:aws:states:us-east-1:1:execution:dumps:0f1e"

    def setUp(self):
        self.hosts, self.unknown, self.sent = ["i-1", "i-2", "i-3"], set(), []

    class exceptions:
        class InvalidInstanceId(Exception):
            pass

    # Systems Manager, in pages of two.
    def describe_instance_information(self, Filters, NextToken="0"):
        self.assertEqual(
            Filters,
            [{"Key": "tag:slipway:stack", "Values": ["grocery-dev"]}, {"Key": "PingStatus", "Values": ["Online"]}],
        )
        start = int(NextToken)
        page = [{"InstanceId": host, "PingStatus": "Online"} for host in self.hosts[start : start + 2]]
        more = {"NextToken": str(start + 2)} if start + 2 < len(self.hosts) else {}
        return {"InstanceInformationList": page, **more}

    def send_command(self, **call):
        if call["InstanceIds"][0] in self.unknown:
            raise self.exceptions.InvalidInstanceId
        self.sent.append(call)
        return {"Command": {"CommandId": "c-1"}}

    def send(self, **event):
        return run.send(self, "grocery-dev", "doc", {"step": "restore", "execution": self.EXECUTION, "token": "t", **event})

    def test_another_host_at_each_try(self):
        tried = [self.send(retry=turn)["host"] for turn in range(3)]
        self.assertEqual(sorted(tried), self.hosts)

    def test_goes_on_to_the_next_host_where_one_is_not_known_any_more(self):
        first = self.send()["host"]
        self.unknown = {first}
        self.assertNotEqual(self.send()["host"], first)

    def test_says_when_no_host_is_online(self):
        self.hosts = []
        with self.assertRaisesRegex(run.NoHostOnline, "no host of grocery-dev is online"):
            self.send()
        self.hosts = ["i-1"]
        self.unknown = {"i-1"}
        with self.assertRaisesRegex(run.NoHostOnline, "i-1"):
            self.send()

    def test_hands_over_what_the_step_needs(self):
        dump = {"id": "a" * 12, "key": "db-dumps/a.dump", "version": "v", "sha256": "a" * 64, "format": "sql", "gzip": True}
        self.send(dump=dump)
        self.assertEqual(
            self.sent[0]["Parameters"],
            {
                "step": ["restore"],
                "id": ["a" * 12],
                "key": ["db-dumps/a.dump"],
                "version": ["v"],
                "sha256": ["a" * 64],
                "format": ["sql"],
                "gzip": ["true"],
                "taskToken": ["t"],
                "actor": ["execution 0f1e"],
            },
        )

    def test_says_why_a_dump_is_made(self):
        self.send(step="make", reason="scheduled")
        self.assertEqual(
            self.sent[0]["Parameters"],
            {"step": ["make"], "reason": ["scheduled"], "taskToken": ["t"], "actor": ["execution 0f1e"]},
        )


if __name__ == "__main__":
    unittest.main()
