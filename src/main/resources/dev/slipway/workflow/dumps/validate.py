"""Looks at a dump before anything is done with it: what it is called, how large it is, and all that is in it.

It only reads. A dump that isn't taken is an answer, {"refused": why}, and not an error of the function's.
"""

import os
import re

from archive import MAGIC, Archive
from refusal import DumpRefused, shown
from sql import Checker
from stream import Budget, Object, Reader, gunzip, size

GZIP = b"\x1f\x8b"
PREFIX = "db-dumps/"
MADE = PREFIX + "made/"
LONGEST_KEY = 200
SEGMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\.(dump|sql)(\.gz)?")
SHA256 = re.compile(r"[0-9a-f]{64}")
VERSION = re.compile(r"[A-Za-z0-9._-]{1,1024}")
MAJOR = re.compile(r"([0-9]{1,3})(?:[.]|\b)")

# What other programs write, by how it begins, and what to do about it.
OTHERS = (
    (b"PK\x03\x04", "is a zip file; pack it with gzip"),
    (b"BZh", "is packed with bzip2; pack it with gzip"),
    (b"\xfd7zXZ", "is packed with xz; pack it with gzip"),
    (b"\x28\xb5\x2f\xfd", "is packed with zstd; pack it with gzip"),
    (b"toc.dat", "is an archive of the format tar; make it with pg_dump --format=custom"),
)


def handler(event, context):
    """What Lambda calls, with S3's event from EventBridge."""
    import boto3

    def remaining():
        return context.get_remaining_time_in_millis() / 1000

    return answer(boto3.client("s3"), event, Limits.of(os.environ), remaining)


class Limits:
    """What the stack takes."""

    def __init__(self, bucket, major, most, most_unpacked):
        self.bucket = bucket
        self.major = major
        self.most = most
        self.most_unpacked = most_unpacked

    @classmethod
    def of(cls, environment):
        gib = 1024**3
        return cls(
            environment["DUMPS_BUCKET"],
            int(environment["SERVER_MAJOR"]),
            int(environment["MAX_GIB"]) * gib,
            int(environment["MAX_UNPACKED_GIB"]) * gib,
        )


def answer(s3, event, limits, remaining=None):
    """What the dump is, or why it isn't taken."""
    where = place(event)
    try:
        return {**where, **looked_at(s3, where, limits, remaining)}
    except DumpRefused as refusal:
        return {**where, "refused": f"{shown(where['key'])} {refusal}."}


def place(event):
    """Where the dump is, by S3's event."""
    thing = event["object"]
    return {"bucket": event["bucket"]["name"], "key": thing["key"], "version": thing.get("version-id", "")}


def looked_at(s3, where, limits, remaining):
    key = where["key"]
    check_key(key)
    if where["bucket"] != limits.bucket or not VERSION.fullmatch(where["version"]):
        raise DumpRefused("is not a version of an object in the bucket of this stack's dumps")
    try:
        head = s3.head_object(Bucket=where["bucket"], Key=key, VersionId=where["version"])
    except s3.exceptions.ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] in (404, 405):
            raise DumpRefused("is not there any more") from None
        raise
    length = head["ContentLength"]
    if length == 0:
        raise DumpRefused("is empty")
    if length > limits.most:
        raise DumpRefused(f"has {size(length)}, and dumps.maxGiB takes {size(limits.most)}")
    asked = head.get("Metadata", {})
    promote = asked.get("promote", "no")
    if promote not in ("yes", "no"):
        raise DumpRefused(f'has promote: "{shown(promote)}" in its metadata; say yes, or leave it out')
    expected = asked.get("sha256", "").lower()
    if expected and not SHA256.fullmatch(expected):
        raise DumpRefused(f'has sha256: "{shown(expected)}" in its metadata, which is no check sum of SHA-256')

    budget = Budget(limits.most_unpacked, remaining)
    thing = Object(s3, where["bucket"], key, where["version"], length, budget)
    found = read(thing.pieces(), budget, limits.major)
    sha256 = thing.digest.hexdigest()
    if expected and expected != sha256:
        raise DumpRefused(f"has the SHA-256 {sha256}, and its metadata says {expected}: what arrived is not what was sent")
    made = key.startswith(MADE)
    return {
        "id": sha256[:12],
        "sha256": sha256,
        "bytes": length,
        **found,
        "promote": promote == "yes" and not made,
        "made": made,
    }


def check_key(key):
    """Only names that are safe wherever they are written."""
    folders, _, name = key.removeprefix(PREFIX).rpartition("/")
    if not key.startswith(PREFIX):
        raise DumpRefused(f"is not below {PREFIX}")
    if len(key) > LONGEST_KEY:
        raise DumpRefused(f"has a name of {len(key)} letters, and {LONGEST_KEY} are taken")
    if not NAME.fullmatch(name) or not all(SEGMENT.fullmatch(part) for part in folders.split("/") if folders):
        raise DumpRefused(
            "has a name that is not taken: use letters, digits, dots, hyphens and underscores, none of the last three"
            " first, and .dump or .sql at its end, with .gz behind it where it is packed"
        )


def read(pieces, budget, major):
    """Reads a dump to its end, whatever it is."""
    reader = Reader(pieces)
    packed = reader.peek(2) == GZIP
    if packed:
        reader = Reader(gunzip(reader.rest(), budget))
    start = reader.peek(8)
    for magic, what in OTHERS:
        if start.startswith(magic):
            raise DumpRefused(what)
    if start.startswith(GZIP):
        raise DumpRefused("is packed twice; pack it once")
    if start.startswith(MAGIC):
        archive = Archive(reader, budget)
        check_engine(archive.server, archive.client, major)
        archive.read_contents()
        archive.read_data()
        form, server, tables = "custom", archive.server, archive.tables()
    else:
        checker = Checker()
        for piece in reader.rest():
            checker.feed(piece)
            budget.look()
        checker.finish()
        check_engine(checker.server, checker.client, major)
        form, server, tables = "sql", checker.server, checker.tables
    return {"format": form, "gzip": packed, "engine": server.split(" ")[0], "tables": tables}


def check_engine(server, client, major):
    """Neither the database nor the program that it was dumped with is newer than what restores it."""
    for version, what in ((server, "comes from PostgreSQL"), (client, "was made by pg_dump")):
        match = MAJOR.match(version)
        if not match:
            raise DumpRefused(f"doesn't say from which PostgreSQL it {'comes' if what.startswith('comes') else 'was made'}")
        if int(match[1]) > major:
            raise DumpRefused(f"{what} {shown(version)}, and the database is PostgreSQL {major}, which is older")
