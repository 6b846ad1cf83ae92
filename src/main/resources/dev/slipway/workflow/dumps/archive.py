"""Reads PostgreSQL's archives in the custom format, as pg_dump --format=custom writes them.

The format is that of src/bin/pg_dump/pg_backup_archiver.c and pg_backup_custom.c of PostgreSQL: a header, a table of
contents, and a block of data for each table, in any order. Everything is read once, from the beginning to the end.
"""

import zlib

from refusal import DumpRefused, shown
from sql import Checker
from stream import PIECE

MAGIC = b"PGDMP"

# 9.0 wrote 1.12, 17 writes 1.16; each change of the format in between has its number below.
OLDEST, NEWEST = (1, 12), (1, 16)
TABLE_ACCESS_METHOD = (1, 14)
COMPRESSION_BY_NAME = (1, 15)
RELATION_KIND = (1, 16)

CUSTOM = 1
FORMATS = {2: "files", 3: "tar", 4: "null", 5: "directory"}
COMPRESSIONS = {0: "none", 1: "gzip", 2: "lz4", 3: "zstd"}

OFFSET_NOT_SET, OFFSET_SET, NO_DATA = 1, 2, 3
DATA_BLOCK, BLOBS_BLOCK = 1, 3

MOST_ENTRIES = 200_000
MOST_CONTENTS = 64 * 1024 * 1024

# What pg_restore leaves out unless it is called with --create.
OF_DATABASE = ("DATABASE", "DATABASE PROPERTIES")


class Entry:
    """A line of the table of contents."""

    __slots__ = ("id", "has_data", "name", "type", "schema", "statements", "depends", "state", "offset")


class Archive:
    """An archive, read as far as it has been asked."""

    def __init__(self, reader, budget):
        self.reader = reader
        self.budget = budget
        self.entries = []
        self._header()

    # --- the pieces that it is made of --------------------------------------------------------------------------

    def _byte(self, what):
        return self.reader.exact(1, what)[0]

    def _int(self, what):
        sign = self._byte(what)
        if sign not in (0, 1):
            raise DumpRefused(f"is damaged: a number in {what} has no sign")
        number = int.from_bytes(self.reader.exact(self.int_size, what), "little")
        return -number if sign else number

    def _text(self, what):
        length = self._int(what)
        if length < 0:
            return None
        if length > MOST_CONTENTS:
            raise DumpRefused(f"is damaged, or not to be trusted: {what} has a text of {length} bytes")
        return self.reader.exact(length, what)

    # --- its parts ----------------------------------------------------------------------------------------------

    def _header(self):
        what = "its header"
        if self.reader.exact(5, what) != MAGIC:
            raise DumpRefused("is no archive of pg_dump")
        self.version = tuple(self.reader.exact(3, what))
        if not OLDEST <= self.version[:2] <= NEWEST:
            number = ".".join(map(str, self.version[:2]))
            raise DumpRefused(
                f"is an archive of version {number}, and versions from 1.12 (PostgreSQL 9.0) to 1.16 (17) are read"
            )
        self.int_size = self._byte(what)
        self.offset_size = self._byte(what)
        if self.int_size not in (4, 8) or self.offset_size not in (4, 8):
            raise DumpRefused(f"is damaged: numbers of {self.int_size} and {self.offset_size} bytes in its header")
        form = self._byte(what)
        if form != CUSTOM:
            raise DumpRefused(
                f"is an archive of the format {FORMATS.get(form, form)}; make it with pg_dump --format=custom"
            )
        if self.version[:2] >= COMPRESSION_BY_NAME:
            compression = self._byte(what)
        else:
            compression = 1 if self._int(what) else 0
        self.compression = COMPRESSIONS.get(compression)
        if self.compression not in ("none", "gzip"):
            raise DumpRefused(
                f"is compressed with {self.compression or compression}, which can't be looked into here; make it with"
                " pg_dump --compress=gzip"
            )
        self.made = [self._int(what) for _ in range(7)]
        self.database = self._text(what)
        self.server = (self._text(what) or b"").decode("utf-8", "replace")
        self.client = (self._text(what) or b"").decode("utf-8", "replace")

    def read_contents(self):
        """Reads the table of contents, and looks through the SQL that is in it."""
        what = "its table of contents"
        begins = self.reader.offset
        count = self._int(what)
        if not 0 <= count <= MOST_ENTRIES:
            raise DumpRefused(f"is damaged, or not to be trusted: {count} entries in its table of contents")
        ids = set()
        for _ in range(count):
            entry = self._entry(what)
            if entry.id in ids:
                raise DumpRefused(f"is damaged: its table of contents has two entries with the number {entry.id}")
            ids.add(entry.id)
            self.entries.append(entry)
            if self.reader.offset - begins > MOST_CONTENTS:
                raise DumpRefused("is not to be trusted: its table of contents is larger than 64 MiB")
            self.budget.look()
        for entry in self.entries:
            if entry.type not in OF_DATABASE:
                for statement in entry.statements:
                    Checker.statement(statement, f"{entry.type} {entry.name}")
            entry.statements = ()

    def _entry(self, what):
        entry = Entry()
        entry.id = self._int(what)
        if entry.id <= 0:
            raise DumpRefused(f"is damaged: its table of contents has an entry with the number {entry.id}")
        entry.has_data = bool(self._int(what))
        self._text(what)  # the number of its catalog
        self._text(what)  # its number in that
        entry.name = shown(self._text(what) or b"")
        entry.type = shown(self._text(what) or b"")
        self._int(what)  # the section
        texts = [self._text(what) for _ in range(3)]
        entry.schema = shown(self._text(what) or b"")
        entry.statements = tuple(text for text in texts if text)
        self._text(what)  # the table space
        if self.version[:2] >= TABLE_ACCESS_METHOD:
            self._text(what)
        if self.version[:2] >= RELATION_KIND:
            self._int(what)
        self._text(what)  # the owner
        self._text(what)  # whether it has OIDs
        entry.depends = []
        while True:
            number = self._text(what)
            if number is None:
                break
            if not number.isdigit():
                raise DumpRefused(f"is damaged: {entry.type} {entry.name} depends on {shown(number)}, which is no number")
            entry.depends.append(int(number))
        entry.state = self._byte(what)
        entry.offset = int.from_bytes(self.reader.exact(self.offset_size, what), "little")
        if entry.state not in (OFFSET_NOT_SET, OFFSET_SET, NO_DATA):
            raise DumpRefused(f"is damaged: {entry.type} {entry.name} has no place for its data")
        return entry

    def read_data(self):
        """Reads every block of data to the end, and sees that there is one for each entry that has data."""
        expected = {entry.id: entry for entry in self.entries if entry.has_data and entry.state != NO_DATA}
        ends = None
        while self.reader.peek(1):
            begins = self.reader.offset
            kind = self._byte("a block of data")
            number = self._int("a block of data")
            entry = expected.pop(number, None)
            if entry is None:
                raise DumpRefused(f"is damaged: a block of data belongs to the entry {number}, which has none or had it")
            if entry.state == OFFSET_SET and entry.offset != begins:
                raise DumpRefused(f"is damaged: the data of {entry.type} {entry.name} is not where its contents say")
            what = f"the data of {entry.type} {entry.name}"
            if kind == DATA_BLOCK:
                self._block(what)
            elif kind == BLOBS_BLOCK:
                while self._int(what):
                    self._block(what)
            else:
                raise DumpRefused(f"is damaged: a block of data is of the kind {kind}")
            ends = what
        if expected:
            entry = next(iter(expected.values()))
            raise DumpRefused(
                f"is cut off: the data of {len(expected)} of its entries is missing, first of {entry.type} {entry.name}"
                + (f"; it ends with {ends}" if ends else "")
            )

    def _block(self, what):
        unpacker = zlib.decompressobj() if self.compression == "gzip" else None
        packed = unpacked = 0
        while True:
            length = self._int(what)
            if length == 0:
                break
            if length < 0:
                raise DumpRefused(f"is damaged: a piece of {what} has {length} bytes")
            for piece in self.reader.passing(length, what):
                packed += len(piece)
                self.budget.look()
                if unpacker is None:
                    continue
                while piece:
                    try:
                        data = unpacker.decompress(piece, PIECE)
                    except zlib.error:
                        raise DumpRefused(f"is damaged: {what} can't be unpacked") from None
                    unpacked += len(data)
                    self.budget.unpack(len(data), packed, unpacked)
                    if unpacker.eof and unpacker.unused_data:
                        raise DumpRefused(f"is damaged: something follows {what}")
                    piece = unpacker.unconsumed_tail
        # A table without rows may have a block without a byte.
        if unpacker is not None and packed and not unpacker.eof:
            data = unpacker.flush()
            self.budget.unpack(len(data), packed, unpacked + len(data))
            if not unpacker.eof:
                raise DumpRefused(f"is cut off: the end of {what} is missing")

    def tables(self):
        """How many tables it has."""
        return sum(1 for entry in self.entries if entry.type == "TABLE")
