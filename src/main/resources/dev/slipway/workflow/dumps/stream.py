"""Reads an object from its beginning to its end within a bounded memory, unpacking it on the way."""

import hashlib
import zlib

from refusal import DumpRefused

RANGE = 16 * 1024 * 1024
PIECE = 1024 * 1024

# Below this much nobody is hurt by what unpacks to many times its size: an empty table is such a thing.
HARMLESS = 64 * 1024 * 1024

# pg_dump's own data packs to a third or a twentieth; what gzip makes of zeros is about a thousandth.
RATIO = 100


class Budget:
    """How much a dump may unpack to, and until when it is looked at."""

    def __init__(self, most, remaining=None):
        """remaining: a function that says how many seconds are left."""
        self.most = most
        self.remaining = remaining
        self.unpacked = 0

    def look(self):
        if self.remaining is not None and self.remaining() < 20:
            raise DumpRefused("takes longer to read than a function may run, 15 minutes; restore it by hand")

    def unpack(self, count, packed, unpacked):
        """Counts what was unpacked: count bytes now, and of one packed thing all in all unpacked from packed."""
        self.unpacked += count
        if self.unpacked > self.most:
            raise DumpRefused(f"unpacks to more than {size(self.most)}, which is what dumps.maxUnpackedGiB takes")
        if unpacked > HARMLESS and unpacked > RATIO * packed:
            raise DumpRefused(f"unpacks to more than {RATIO} times its size, as no dump does: it is a zip bomb")


def size(count):
    """A size for people."""
    for unit, name in ((1024**3, "GiB"), (1024**2, "MiB"), (1024, "KiB")):
        if count >= unit:
            return f"{count / unit:.1f} {name}".replace(".0 ", " ")
    return f"{count} bytes"


class Object:
    """An object in S3, one version of it, read by ranges from its beginning to its end."""

    def __init__(self, s3, bucket, key, version, length, budget):
        self.s3 = s3
        self.where = {"Bucket": bucket, "Key": key, "VersionId": version}
        self.length = length
        self.budget = budget
        self.digest = hashlib.sha256()

    def pieces(self):
        """All of it, in pieces; the digest is of what was handed out."""
        for start in range(0, self.length, RANGE):
            end = min(start + RANGE, self.length) - 1
            body = self.s3.get_object(Range=f"bytes={start}-{end}", **self.where)["Body"]
            left = end + 1 - start
            while left:
                self.budget.look()
                piece = body.read(min(PIECE, left))
                if not piece:
                    # A connection that ends early; the step is tried again.
                    raise OSError(f"S3 sent {left} bytes less than there are")
                left -= len(piece)
                self.digest.update(piece)
                yield piece


def gunzip(pieces, budget):
    """What is in gzip's file, which must be whole: each member's check sum and length are looked at."""
    packer = None
    packed = unpacked = 0
    for piece in pieces:
        while piece:
            if packer is None or packer.eof:
                packer = zlib.decompressobj(31)
                packed = unpacked = 0
            packed += len(piece)
            try:
                data = packer.decompress(piece, PIECE)
            except zlib.error as broken:
                raise DumpRefused(f"is not what gzip writes from its beginning to its end ({shown_error(broken)})") from None
            unpacked += len(data)
            budget.unpack(len(data), packed, unpacked)
            if data:
                yield data
            piece = packer.unused_data if packer.eof else packer.unconsumed_tail
            packed -= len(piece)
            # What was taken in may hold more than a piece of output.
            while not packer.eof and not piece and len(data) == PIECE:
                data = packer.decompress(b"", PIECE)
                unpacked += len(data)
                budget.unpack(len(data), packed, unpacked)
                if data:
                    yield data
                piece = packer.unused_data if packer.eof else packer.unconsumed_tail
    if packer is None or not packer.eof:
        raise DumpRefused("is cut off: the end of gzip's file is missing")


def shown_error(error):
    return str(error).rsplit(": ", 1)[-1]


class Reader:
    """Reads exactly so many bytes from pieces."""

    def __init__(self, pieces):
        self.source = iter(pieces)
        self.buffer = b""
        self.at = 0
        self.offset = 0

    def _more(self):
        piece = next(self.source, b"")
        if not piece:
            return False
        self.buffer = self.buffer[self.at :] + piece
        self.at = 0
        return True

    def peek(self, count):
        """The next bytes without taking them; fewer at the end."""
        while len(self.buffer) - self.at < count and self._more():
            pass
        return self.buffer[self.at : self.at + count]

    def exact(self, count, what):
        """The next bytes."""
        data = self.peek(count)
        if len(data) < count:
            raise DumpRefused(f"is cut off: it ends in {what}")
        self.at += count
        self.offset += count
        return data

    def passing(self, count, what):
        """The next bytes in pieces, for those that are many."""
        while count:
            piece = self.peek(1)
            if not piece:
                raise DumpRefused(f"is cut off: it ends in {what}")
            piece = self.buffer[self.at : self.at + min(count, PIECE)]
            self.at += len(piece)
            self.offset += len(piece)
            count -= len(piece)
            yield piece

    def rest(self):
        """All that is left, in pieces."""
        while self.peek(1):
            piece = self.buffer[self.at :]
            self.at = len(self.buffer)
            self.offset += len(piece)
            yield piece
