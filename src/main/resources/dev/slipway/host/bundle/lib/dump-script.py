"""Hands a plain SQL dump on to a psql that is restricted already.

pg_dump writes \\restrict KEY above what it dumps and \\unrestrict KEY below (since August 2025). psql takes no second
\\restrict, so these two lines become empty ones, and only they: any other meta-command is left for psql to refuse. At the
end it asks for a word, argv[1], which psql answers only if nothing before was cut off.
"""

import os
import re
import sys

CHUNK = 1 << 20
# The exit status where it is no dump that can be loaded; what psql says of it then is only what follows from that.
REFUSED = 3
HEAD = re.compile(rb"^(?:--.*|\s*)$", re.DOTALL)
RESTRICT = re.compile(rb"^\\restrict ([A-Za-z0-9]{1,128})\r?\n$")


class Refused(Exception):
    """Why it is no dump of a database."""


def lines(source):
    """Parts of lines, none too long for the memory, each with whether it begins its line."""
    begins = True
    while part := source.readline(CHUNK):
        yield part, begins
        begins = part.endswith(b"\n")


def copy(source, target):
    head, key, dump, complete = True, None, False, False
    for part, begins in lines(source):
        if begins and head:
            restrict = RESTRICT.match(part)
            if restrict and key is None:
                key, part = restrict[1], b"\n"
            elif not HEAD.match(part):
                head = False
            elif part.startswith(b"-- PostgreSQL database cluster dump"):
                raise Refused("it is a dump of a whole server (pg_dumpall); make one of the database with pg_dump")
            elif part.startswith(b"-- PostgreSQL database dump"):
                dump = True
        elif begins and part.startswith(b"-- PostgreSQL database dump complete"):
            complete = True
        elif begins and key is not None and part.rstrip(b"\r\n") == b"\\unrestrict " + key:
            part = b"\n"
        target.write(part)
    if dump and not complete:
        raise Refused("the dump is cut off: pg_dump's last line is missing")


def main():
    target = sys.stdout.buffer
    try:
        copy(sys.stdin.buffer, target)
        target.write(b"\n;\nSELECT '%s';\n" % sys.argv[1].encode())
        target.flush()
    except Refused as refused:
        print(f"error: {refused}", file=sys.stderr)
        return REFUSED
    except BrokenPipeError:
        # psql has ended, and says why.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return 0


sys.exit(main())
