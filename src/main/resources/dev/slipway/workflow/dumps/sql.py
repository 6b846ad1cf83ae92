"""Reads plain SQL as psql does, as far as it takes to tell statements, strings, comments and COPY's data apart.

It refuses what has no place in a dump of one database: psql's own commands, and what reaches beyond the database. It
doesn't understand SQL: what a function does when it is called, or a DO block puts together, isn't seen. The rights of
the role that restores stop that, and psql's own \\restrict stops its commands.
"""

import re

from refusal import DumpRefused, shown

TOKEN = re.compile(
    rb"""(?P<space>[ \t\n\r\f\v]+)
    |(?P<comment>--)
    |(?P<remark>/\*)
    |(?P<prefix>(?:[eEnNbBxX](?=')|[uU]&(?=['"])))
    |(?P<word>[A-Za-z_\x80-\xff][A-Za-z0-9_$\x80-\xff]*)
    |(?P<number>\$?[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?)
    |(?P<string>')
    |(?P<identifier>")
    |(?P<dollar>\$(?:[A-Za-z_\x80-\xff][A-Za-z0-9_\x80-\xff]*)?\$)
    |(?P<semicolon>;)
    |(?P<open>\()
    |(?P<close>\))
    |(?P<command>\\)
    |(?P<binary>\x00)
    |(?P<other>[^\x00])""",
    re.VERBOSE,
)
RESTRICT = re.compile(rb"\\(?:un)?restrict [A-Za-z0-9]{1,200}[ \t\r]*\n")
COMMAND = re.compile(rb"\\[^\s]{0,30}")
REMARK = re.compile(rb"/\*|\*/")
END_OF_COPY = re.compile(rb"\n\\\.\r?\n")
RUN_ON = re.compile(rb"[A-Za-z_'\"\x80-\xff]")
PLAIN = re.compile(rb"'")
ESCAPED = re.compile(rb"['\\]")
NEW_LINE = b"\n"
# Of a comment, and between two parts of a string.
END_OF_LINE = re.compile(rb"[\r\n]")

# What runs within the database, and reaches nothing of the server: PostgreSQL calls such languages trusted.
TRUSTED = {"SQL", "PLPGSQL", "PLPERL", "PLTCL", "PLV8"}

# In these a byte of a letter can be a quote or a backslash.
UNSAFE_ENCODINGS = {"BIG5", "GB18030", "GBK", "JOHAB", "SHIFT_JIS_2004", "SJIS", "UHC"}

# Words that tell what a statement is, letters of a string that can be a name, and how far a word may reach.
HEAD = 12
NAME = 100
AHEAD = 512
LONGEST = 1024 * 1024

# What a function's or a block's language stands in, and what psql takes for something with a body.
ROUTINE = re.compile(r"DO\b|CREATE (OR REPLACE )?(TRUSTED )?(PROCEDURAL )?(FUNCTION|PROCEDURE|LANGUAGE)\b")
BODY = re.compile(r"CREATE (OR REPLACE )?(FUNCTION|PROCEDURE)\b.*")

# They change where a string ends.
SETTINGS = {"standard_conforming_strings", "client_encoding"}

FROM = re.compile(rb"\s*Dumped from database version (\S[^\r\n]{0,80})")
BY = re.compile(rb"\s*Dumped by pg_dump version (\S[^\r\n]{0,80})")
COMPLETE = re.compile(rb"\s*PostgreSQL database dump complete\s*\Z")


class Checker:
    """Looks through SQL that comes in pieces."""

    def __init__(self, where=""):
        self.where = where
        # What is looked at, from pos on; the letter before pos is kept, and the lines before the buffer are counted.
        self.buffer = b"\n"
        self.pos = 1
        self.lines = 0
        self.last = False
        self.state = self._sql
        self.server = self.client = ""
        self.complete = False
        self.tables = 0
        # Of strings: whether a backslash means something in this one and in the one before, and what ends it.
        self.escapes = self.after_escapes = self.new_line = False
        self.text = b""
        self.tag = b""
        self.depth = 0
        self._begin()

    @classmethod
    def statement(cls, text, where):
        """Looks through the SQL of one thing."""
        checker = cls(where)
        checker.feed(text)
        checker.last = True
        checker.feed(b"\n;\n")

    def _begin(self):
        """Before a statement."""
        self.head = []
        # As psql tells whose BEGIN begins a body: by the first letters of its first words that are no quoted names.
        self.words = []
        self.before = ""
        self.parentheses = self.blocks = 0
        self.target = None
        self.has_body = False

    def _refuse(self, what):
        if self.where:
            raise DumpRefused(f"{what}, in {self.where}")
        raise DumpRefused(f"{what}, in line {self.lines + self.buffer.count(NEW_LINE, 0, self.pos)}")

    def feed(self, data):
        """Takes more of the text."""
        self.lines += self.buffer.count(NEW_LINE, 0, self.pos - 1)
        self.buffer = self.buffer[self.pos - 1 :] + data
        self.pos = 1
        while self.pos < len(self.buffer) and self.state():
            pass
        if len(self.buffer) - self.pos > 2 * LONGEST:
            self._refuse("has a name or a comment of more than a megabyte")

    def finish(self):
        """At the end of the text."""
        self.last = True
        self.feed(b"\n")
        if self.state != self._sql or self.head:
            inside = {self._copy: "the data of a table", self._string: "a string", self._quoted: "a string"}
            self._refuse(f"is cut off: it ends in {inside.get(self.state, 'a statement')}")
        if not self.complete:
            raise DumpRefused('is cut off: its last line, "-- PostgreSQL database dump complete", is missing')

    # --- what the text is in: each goes on from pos, and says whether it came to an end ----------------------------

    def _sql(self):
        buffer, at, most = self.buffer, self.pos, len(self.buffer)
        while at < most:
            match = TOKEN.match(buffer, at)
            kind, end = match.lastgroup, match.end()
            # What follows may belong to it.
            if most - end < AHEAD and not self.last and kind != "space":
                self.pos = at
                return False
            self.pos = end
            if kind == "space":
                self.new_line = self.new_line or bool(END_OF_LINE.search(match[0]))
            elif kind == "comment":
                self.state = self._comment
                return True
            elif kind == "remark":
                self.depth = 1
                self.state = self._remark
                return True
            elif kind == "binary":
                raise DumpRefused("is neither an archive of pg_dump nor plain SQL: it has a byte of zero")
            elif kind == "command":
                self.pos = end = self._command(at)
            else:
                self.complete = False
                if kind == "string":
                    self.escapes = self.before == "E" or (self.after_escapes and self.new_line)
                    self.text = b""
                    self.state = self._string
                    return True
                self.after_escapes = False
                if kind == "identifier":
                    self.state = self._identifier
                    return True
                if kind == "dollar":
                    self.tag = match[0]
                    self.state = self._quoted
                    return True
                if kind == "prefix":
                    self.before = match[0].decode().upper()
                elif kind == "number" and RUN_ON.match(buffer, end):
                    self._refuse(f"has {shown(match[0])} with letters behind it, which versions of psql read in two ways")
                elif kind == "word":
                    self._word(match[0].decode("utf-8", "replace").upper())
                elif kind == "open":
                    self.parentheses += 1
                elif kind == "close":
                    self.parentheses = max(0, self.parentheses - 1)
                elif kind == "semicolon" and not self.parentheses and not self.blocks:
                    copies = self._ended()
                    self._begin()
                    if copies:
                        self.state = self._rest_of_line
                        return True
            at = end
        return False

    def _command(self, at):
        match = RESTRICT.match(self.buffer, at)
        if not match or self.buffer[at - 1 : at] != NEW_LINE or self.head:
            name = shown(COMMAND.match(self.buffer, at)[0])
            self._refuse(f"has psql's command {name}, and no command of psql but \\restrict is run")
        # The end of the line belongs to what follows.
        return match.end() - 1

    def _comment(self):
        match = END_OF_LINE.search(self.buffer, self.pos)
        if not match:
            return False
        text = self.buffer[self.pos : min(match.start(), self.pos + 256)]
        if not self.head:
            for attribute, pattern in (("server", FROM), ("client", BY)):
                found = pattern.match(text)
                if found and not getattr(self, attribute):
                    setattr(self, attribute, found[1].decode("utf-8", "replace").strip())
            self.complete = self.complete or bool(COMPLETE.match(text))
        self.new_line = True
        self.pos = match.end()
        self.state = self._sql
        return True

    def _remark(self):
        match = REMARK.search(self.buffer, self.pos)
        if not match:
            self.pos = max(self.pos, len(self.buffer) - 1)
            return False
        self.pos = match.end()
        self.depth += 1 if match[0] == b"/*" else -1
        if not self.depth:
            self.state = self._sql
        return True

    def _string(self):
        buffer = self.buffer
        while True:
            match = (ESCAPED if self.escapes else PLAIN).search(buffer, self.pos)
            # A quote and a backslash are told by what follows them.
            if not match or (match.end() == len(buffer) and not self.last):
                end = match.start() if match else len(buffer)
                self.text = (self.text + buffer[self.pos : min(end, self.pos + NAME)])[:NAME]
                self.pos = end
                return False
            self.text = (self.text + buffer[self.pos : min(match.start(), self.pos + NAME)])[:NAME]
            follows = buffer[match.end() : match.end() + 1]
            if match[0] == b"'" and follows != b"'":
                self.pos = match.end()
                self.after_escapes, self.new_line = self.escapes, False
                self.state = self._sql
                self._value(self.text.decode("utf-8", "replace"), "'")
                return True
            self.pos = match.end() + 1

    def _identifier(self):
        end = self.buffer.find(b'"', self.pos)
        if end < 0:
            return False
        name = self.buffer[self.pos : min(end, self.pos + NAME)]
        self.pos = end + 1
        self.state = self._sql
        self._value(name.decode("utf-8", "replace"), '"')
        return True

    def _quoted(self):
        end = self.buffer.find(self.tag, self.pos)
        if end < 0:
            self.pos = max(self.pos, len(self.buffer) - len(self.tag) + 1)
            return False
        self.pos = end + len(self.tag)
        self.state = self._sql
        self._value("", "'")
        return True

    def _rest_of_line(self):
        end = self.buffer.find(NEW_LINE, self.pos)
        if end < 0:
            return False
        rest = self.buffer[self.pos : end].strip()
        if rest:
            self._refuse(f"has {shown(rest)} after COPY in its line, where data comes next")
        # The end of the line begins what ends the data, too.
        self.pos = end
        self.state = self._copy
        return True

    def _copy(self):
        match = END_OF_COPY.search(self.buffer, self.pos)
        if not match:
            self.pos = max(self.pos, len(self.buffer) - 4)
            return False
        # The line's end is where a command of psql may begin.
        self.pos = match.end() - 1
        self.state = self._sql
        return True

    # --- what a statement is of ---------------------------------------------------------------------------------

    def _word(self, word):
        if len(self.head) < HEAD:
            self.head.append(word)
        if len(self.words) < 4:
            self.words.append(word)
            self.has_body = BODY.fullmatch(" ".join(self.words)) is not None
        if self.has_body and not self.parentheses:
            if word == "BEGIN" or (word == "CASE" and self.blocks):
                self.blocks += 1
            elif word == "END" and self.blocks:
                self.blocks -= 1
        self._seen(word)
        self.before = word

    def _value(self, text, mark):
        """A string or a quoted name."""
        if len(self.head) < HEAD:
            self.head.append(mark + text)
        if mark == "'" and text.lower() in SETTINGS:
            self._refuse(f"sets {text.lower()} in another way than pg_dump does")
        self._seen(text.upper() if self.before == "LANGUAGE" else mark)
        self.before = mark

    def _seen(self, word):
        if self.parentheses or self.blocks:
            return
        if self.before == "LANGUAGE" and word not in TRUSTED and ROUTINE.match(" ".join(self.head)):
            self._refuse(f"has a function in the language {shown(word.lower())}, and none but trusted ones are taken")
        if self.head[:1] == ["COPY"] and self.before in ("FROM", "TO") and self.target is None:
            self.target = word

    def _ended(self):
        """Looks at a whole statement; whether data comes next."""
        head = self.head
        first, second = (head + ["", ""])[:2]
        if first in ("CREATE", "DROP", "ALTER"):
            if second in ("DATABASE", "TABLESPACE", "SYSTEM", "ROLE", "GROUP", "SUBSCRIPTION") or (
                second == "USER" and head[2:3] != ["MAPPING"]
            ):
                self._refuse(f"has {first} {second}, which is not of what is in one database")
            if first == "CREATE" and "TABLE" in head[1:4]:
                self.tables += 1
        if first == "COPY":
            if self.target == "STDIN":
                return True
            if self.target == "PROGRAM":
                self._refuse("has COPY with PROGRAM, which runs programs on the server")
            self._refuse("has a COPY that is not FROM stdin, and a dump has no other")
        if first == "SET":
            self._setting([word.lstrip("'\"").upper() for word in head[1:] if word not in ("SESSION", "LOCAL", "TO")])
        return False

    def _setting(self, words):
        name, value = (words + ["", ""])[:2]
        if name == "STANDARD_CONFORMING_STRINGS" and value not in ("ON", "TRUE", "1"):
            self._refuse("turns standard_conforming_strings off, which changes where strings end")
        if name in ("CLIENT_ENCODING", "NAMES") and value.replace("-", "_") in UNSAFE_ENCODINGS:
            self._refuse(f"is in the encoding {shown(value)}, in which quotes can't be told; make it with --encoding=UTF8")
