"""Finds where an error would be passed over: errexit.py SHFMT REPORT FILE...

`set -e` does not hold in a function that is called left of `||` or `&&`, after `!`, or in the condition of `if`,
`while` or `until`, nor in anything that it calls, a `(…)` or `$(…)` included: a command that fails in the middle is
passed over, and the function's last command decides. shellcheck's optional check-set-e-suppressed (SC2310) names such
calls, but only where it sees the function's definition, and whatever the function does. This follows the calls over all
files, through functions that run their arguments as well, and judges what is called: a function may be called there only
when nothing in it relies on `set -e`. That is so when every command but its last handles its own failure (`|| return`,
`|| die …`), tests something, or does nothing that can fail. Work that can't be written like that runs in a process of
its own (`step`, `attempt`).

A function that is named as one that asks (ASKS, below) may do no more than ask: no command in it changes anything.

And a list that comes from Docker, AWS, a database or another machine (`for x in $(…)`, `< <(…)`) is read as an empty one
when its command fails: it is kept in a variable first, or followed by `wait "$!"`.

In `$(…)` bash goes on after an error, whoever calls it, unless inherit_errexit is on: each script of ours (scripts/,
bench/, the hosts' bundle) turns it on, or sources what does (lib.sh, common.sh); names of files are relative to the repository.

REPORT is what shellcheck said (-f gcc); its SC2310 is left out where the function was judged here. All the rest of it,
and what is found here, is printed, one line each. Status 1 when there was anything.
"""

import json
import os
import re
import subprocess
import sys

# The one rule for names of functions that only ask: their status is the answer.
ASKS = re.compile(
    r"^(is|has|can|knows)_|_(is|are|has|have|exists|answers|works|listens|ready|present|missing|issued|same|alive)(_|$)"
)
# What changes something, as the first words of a command. (`rm -f` of what a question left behind on tmpfs is none.)
CHANGES = re.compile(
    r"^(mv|cp|ln|install|mkdir|chmod|chown|mkfs\S*|mount|kill|systemctl (start|stop|restart|enable)|apt-get|write_file|"
    r"docker (create|run|start|stop|rm|kill|pull|push|build|load|tag|network create|image rm)|"
    r"git (init|fetch|push|commit|update-ref|clone)|aws \S+ (put|create|delete|update|modify|run|start|stop|send)-\S+|"
    r"journal_(set|text|begin|end)|record_write|record_make_current|desired_set|parameter_put)( |$)"
)
# Builtins and functions of ours that end the script or the function, say something, or set a variable.
HARMLESS = {
    ":", "true", "return", "exit", "break", "continue", "shift", "local", "declare", "readonly", "export", "unset", "set",
    "trap", "printf", "echo", "shopt", "die", "refuse", "finish", "say", "note", "detail", "warn", "problem", "umask",
    "mapfile", "sleep", "pause", "print", "slipway_say", "stop_for_state", "value_of", "no_problems", "check_stack_name",
    "check_number",
}  # fmt: skip


def writes(stmt):
    """Whether its output goes into a file: that may fail whatever is said."""
    for redirection in stmt.get("Redirs") or []:
        if redirection.get("Op") in (">", ">>", ">|", "&>", "&>>") and text(redirection.get("Word")) not in ("/dev/null",):
            return True
    return False


def cannot_fail(stmts):
    """`$(… || true)` and `$(… || printf …)`."""
    if len(stmts or []) != 1:
        return False
    cmd = stmts[0].get("Cmd") or {}
    if cmd.get("Type") != "BinaryCmd" or cmd["Op"] != "||":
        return False
    last = cmd["Y"].get("Cmd") or {}
    return last.get("Type") == "CallExpr" and name_of(last) in HARMLESS


# Scripts of ours, and what turns inherit_errexit on for those that source it. What boots a host stays as it is: a change
# of user data stops hosts.
OURS = re.compile(r"^(scripts|bench)/|^slipway$|/host/bundle/")
TURNS_ON = re.compile(r"^source .*(^|/)(lib|common)\.sh$")


def goes_on_inside(file, tree):
    """The line that turns `set -e` on in a script of ours, where nothing has it hold inside `$(…)`."""
    with open(file, encoding="utf-8") as source:
        if not OURS.search(file) or "bash" not in source.readline():
            return None
    words = [(typed(call), line_of(call)) for call, _ in calls(tree)]
    if any(said.startswith("shopt -s inherit_errexit") or TURNS_ON.search(said) for said, _ in words):
        return None
    return next((line for said, line in words if re.match(r"set -[a-z]*e", said)), None)


# Whom a script asks that may not answer.
OUTSIDE = {"docker", "aws", "psql", "mariadb", "curl", "git", "ssh", "snap", "getent", "timeout", "nsenter"}


def parse(shfmt, file):
    with open(file, "rb") as source:
        done = subprocess.run([shfmt, "--to-json", "--filename", file], stdin=source, capture_output=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{file}: {done.stderr.decode().strip()}")
    return json.loads(done.stdout)


def text(word):
    """A word as it would be typed, where it is plain; "?" stands for what only a run can tell."""
    out = ""
    for part in (word or {}).get("Parts", []):
        kind = part["Type"]
        if kind in ("Lit", "SglQuoted"):
            out += part.get("Value", "")
        elif kind == "DblQuoted":
            out += text(part)
        else:
            out += "?"
    return out


def runs_arguments(word):
    """Whether the first word of a command is "$@", "$1", "${x[@]}" or another variable."""
    parts = word.get("Parts", [])
    if parts and parts[0]["Type"] == "DblQuoted":
        parts = parts[0].get("Parts", [])
    return bool(parts) and any(part["Type"] == "ParamExp" for part in parts)


def is_shared(library, file):
    """Whether a file may source that one: what is in scripts/lib, or the lib.sh of its own folder."""
    folder = re.sub(r"[^/]*$", "", file)
    return library == folder + "lib.sh" or library.startswith("scripts/lib/") and folder.startswith(("scripts/", "bench/"))


class Function:
    def __init__(self, file, name, line, body):
        self.file, self.name, self.line, self.body = file, name, line, body
        self.wrapper = None


def substitutions(node):
    """Every command or process substitution below a node, but not those within another."""
    if isinstance(node, dict):
        if node.get("Type") in ("CmdSubst", "ProcSubst"):
            yield node
            return
        for key, value in node.items():
            if key not in ("Body",):
                yield from substitutions(value)
    elif isinstance(node, list):
        for item in node:
            yield from substitutions(item)


def has_substitution(node):
    return any(part["Type"] == "CmdSubst" and not cannot_fail(part.get("Stmts")) for part in substitutions(node))


def name_of(call):
    args = call.get("Args") or []
    return text(args[0]) if args else ""


def typed(call):
    return " ".join(text(word) for word in call.get("Args") or [])


def calls(node, conditional=False, everywhere=False):
    """(call, conditional) of every simple command below a node; functions that are defined there aside, or too."""
    if isinstance(node, list):
        for item in node:
            yield from calls(item, conditional, everywhere)
        return
    if not isinstance(node, dict):
        return
    kind = node.get("Type")
    if kind == "FuncDecl" and not everywhere:
        return
    if "Cmd" in node and isinstance(node["Cmd"], dict) and node.get("Negated"):
        for value in node.values():
            yield from calls(value, True, everywhere)
        return
    if kind == "CallExpr":
        yield node, conditional
    if kind == "BinaryCmd" and node["Op"] in ("&&", "||"):
        yield from calls(node["X"], True, everywhere)
        yield from calls(node["Y"], conditional, everywhere)
        return
    # `elif` is a node without a type of its own.
    if "Cond" in node:
        yield from calls(node["Cond"], True, everywhere)
        yield from calls([value for key, value in node.items() if key != "Cond"], conditional, everywhere)
        return
    for value in node.values():
        yield from calls(value, conditional, everywhere)


def definitions(node):
    if isinstance(node, dict):
        if node.get("Type") == "FuncDecl":
            yield node
        for value in node.values():
            yield from definitions(value)
    elif isinstance(node, list):
        for item in node:
            yield from definitions(item)


def line_of(node):
    return node["Pos"]["Line"]


def relies(stmts, last=True):
    """The statements whose failure only `set -e` would notice. `last`: the status of the last one is looked at."""
    for index, stmt in enumerate(stmts or []):
        after = stmts[index + 1].get("Cmd") or {} if index + 1 < len(stmts) else {}
        # `return` and `exit` without a number hand on the status of what stands before them.
        handed_on = after.get("Type") == "CallExpr" and typed(after) in ("return", "exit")
        yield from relies_one(stmt, handed_on or (last and index == len(stmts) - 1))


def harmless(call):
    args = call.get("Args") or []
    if not args:
        return not has_substitution(call.get("Assigns"))
    name = text(args[0])
    if name == "rm" and len(args) > 1 and text(args[1]) in ("-f", "-rf"):
        return True
    return name in HARMLESS


def relies_one(stmt, last):
    if stmt.get("Negated") or stmt.get("Background"):
        return
    cmd = stmt.get("Cmd")
    if cmd is None:
        # Redirections alone.
        if not last and stmt.get("Redirs"):
            yield stmt
        return
    kind = cmd["Type"]
    if kind == "CallExpr":
        # What is read from a here-string is there.
        given = name_of(cmd) == "read" and any(redirection.get("Op") == "<<<" for redirection in stmt.get("Redirs") or [])
        if not last and not given and (writes(stmt) or not harmless(cmd)):
            yield stmt
    elif kind == "DeclClause":
        # That a declaration hides the status of what it is given is shellcheck's SC2155.
        return
    elif kind == "BinaryCmd":
        if cmd["Op"] in ("&&", "||"):
            yield from relies_one(cmd["Y"], last)
            if cmd["Op"] == "&&" and last is False:
                return
        elif not last:
            yield stmt
        else:
            # Of a pipe the whole status is looked at (pipefail); what stands in it has one command at each place.
            for side in ("X", "Y"):
                yield from relies_one(cmd[side], True)
    elif kind == "IfClause":
        clause = cmd
        while clause:
            cond = clause.get("Cond") or []
            if len(cond) > 1:
                yield from relies(cond)
            yield from relies(clause.get("Then"), last)
            clause = clause.get("Else")
    elif kind in ("WhileClause", "ForClause"):
        yield from relies(cmd.get("Do"), False)
    elif kind == "CaseClause":
        for item in cmd.get("Items") or []:
            yield from relies(item.get("Stmts"), last)
    elif kind == "Block":
        yield from relies(cmd.get("Stmts"), last)
    elif kind == "Subshell":
        if last:
            yield from relies(cmd.get("Stmts"), True)
        else:
            yield stmt
    elif kind in ("TestClause", "ArithmCmd", "LetClause", "CoprocClause", "TimeClause"):
        if not last:
            yield stmt


def groups(node, conditional=False):
    """What stands where errors are ignored and is more than one command: `{ …; …; } || …`, `x=$(…; …) || …`, `if …; …; then`."""
    if isinstance(node, list):
        for item in node:
            yield from groups(item, conditional)
        return
    if not isinstance(node, dict):
        return
    kind = node.get("Type")
    if kind == "FuncDecl":
        conditional = False
    if conditional and kind in ("CmdSubst", "ProcSubst"):
        yield node.get("Stmts")
    if isinstance(node.get("Cmd"), dict) and node.get("Negated"):
        yield [{**node, "Negated": False}]
        conditional = True
    if kind == "BinaryCmd" and node["Op"] in ("&&", "||"):
        yield [node["X"]]
        yield from groups(node["X"], True)
        yield from groups(node["Y"], conditional)
        return
    # `elif` is a node without a type of its own.
    if isinstance(node.get("Cond"), list):
        yield node["Cond"]
        yield from groups(node["Cond"], True)
        yield from groups([value for key, value in node.items() if key != "Cond"], conditional)
        return
    for value in node.values():
        yield from groups(value, conditional)


def lists(node):
    """(line, substitution) of `for … in $(…)`, `case $(…)`, `[[ -n $(…) ]]`, and of what is read from `<(…)` or `<<<"$(…)"`: their status is lost."""
    if isinstance(node, list):
        for item in node:
            yield from lists(item)
    elif isinstance(node, dict):
        if node.get("Type") == "ForClause" and node["Loop"].get("Type") == "WordIter":
            for part in substitutions(node["Loop"].get("Items")):
                if part["Type"] == "CmdSubst":
                    yield line_of(part), part
        if node.get("Type") == "CaseClause":
            for part in substitutions(node.get("Word")):
                yield line_of(part), part
        # `[[ $(…) == this ]]` is no where it can't be asked; the other ways to ask have nothing for an answer.
        if node.get("Type") in ("UnaryTest", "BinaryTest") and node.get("Op") not in ("&&", "||", "!"):
            parts = list(substitutions(node))
            plain = node["Op"] in ("==", "=", "=~") and not list(substitutions(node["Y"])) and not text(node["Y"]).startswith("*")
            if not plain:
                for part in parts:
                    yield line_of(part), part
        for redirection in node.get("Redirs") or []:
            for part in substitutions(redirection):
                if part["Type"] == "CmdSubst" and redirection.get("Op") in ("<<<", "<<", "<<-"):
                    yield line_of(part), part
                if part["Type"] == "ProcSubst" and part.get("Op") == "<(":
                    yield line_of(part), part
        for value in node.values():
            yield from lists(value)


def main(shfmt, report, files):
    trees = {file: parse(shfmt, file) for file in files}
    functions = []
    for file, tree in trees.items():
        for node in definitions(tree):
            functions.append(Function(file, node["Name"]["Value"], line_of(node), node["Body"]))
    named = {}
    for function in functions:
        named.setdefault(function.name, []).append(function)

    def meant(name, file):
        """The functions that a name may mean in a file: its own, else those of what it may source."""
        found = named.get(name, [])
        if re.match(r"^\w+_\?$", name):
            found = [function for function in functions if function.name.startswith(name[:-1])]
        own = [function for function in found if function.file == file]
        if own:
            return own
        bundle = "/host/bundle/" in file
        out = []
        for function in found:
            if bundle:
                if "/host/bundle/" not in function.file:
                    continue
                mine, its = re.search(r"/runtimes/(\w+)/", file), re.search(r"/runtimes/(\w+)/", function.file)
                # A verb is not what another one calls.
                if "/lib/" not in function.file and not its:
                    continue
                if mine and its and mine[1] != its[1]:
                    continue
                out.append(function)
            elif is_shared(function.file, file):
                out.append(function)
        return out

    # Which functions run their arguments, and whether in a condition: what they are given is called as that.
    def passes(function):
        if function.wrapper is None:
            kinds = set()
            for call, conditional in calls(function.body):
                args = call.get("Args") or []
                if args and runs_arguments(args[0]) and text(args[0]).startswith("?"):
                    kinds.add(conditional)
            function.wrapper = kinds
        return function.wrapper

    suppressed, todo = {}, []

    def add(function, why):
        key = id(function)
        if key not in suppressed:
            suppressed[key] = (function, why)
            todo.append(function)

    def visit(node, file, all_of_it, why=None):
        for call, conditional in calls(node):
            conditional = conditional or all_of_it
            args = call.get("Args") or []
            if not args:
                continue
            name = text(args[0])
            targets = meant(name, file)
            where = (file, line_of(call))
            if conditional:
                for target in targets:
                    add(target, why or where)
            for target in targets:
                kinds = passes(target)
                if kinds and (conditional or True in kinds):
                    for word in args[1:]:
                        for given in meant(text(word), file):
                            add(given, why or where)

    for file, tree in trees.items():
        visit(tree, file, False)
        for node in definitions(tree):
            visit(node["Body"], file, False)
    while todo:
        function = todo.pop()
        visit(function.body, function.file, True, suppressed[id(function)][1])

    # What asks somebody outside this script: it may fail at any time.
    outside = {}

    def asks_outside(function):
        key = id(function)
        if key not in outside:
            outside[key] = False
            outside[key] = any(is_outside(call, function.file) for call, _ in calls(function.body))
        return outside[key]

    def is_outside(call, file):
        words = typed(call).split(" ")
        return words[0] in OUTSIDE or any(asks_outside(target) for word in words for target in meant(word, file))

    faults = []
    for file, tree in trees.items():
        waits = {line_of(call) for call, _ in calls(tree, everywhere=True) if typed(call) == "wait ?"}
        for where, substitution in lists(tree):
            # `wait $!` right after it has the status of what was read.
            if substitution["Type"] == "ProcSubst" and waits & set(range(substitution["End"]["Line"], substitution["End"]["Line"] + 2)):
                continue
            if cannot_fail(substitution.get("Stmts")):
                continue
            for call, _ in calls(substitution.get("Stmts")):
                if is_outside(call, file):
                    faults.append((file, where, typed(call)[:50], None, "list"))
                    break
    for function, why in suppressed.values():
        for stmt in relies([function.body]):
            faults.append((function.file, line_of(stmt), function.name, why, "relies"))
    for file, tree in trees.items():
        for stmts in groups(tree):
            for stmt in relies(stmts):
                faults.append((file, line_of(stmt), None, None, "group"))
    for function in functions:
        if ASKS.search(function.name):
            for call, _ in calls(function.body):
                if CHANGES.match(typed(call)):
                    faults.append((function.file, line_of(call) or function.line, function.name, None, typed(call)))
    told = []
    for file, tree in trees.items():
        line = goes_on_inside(file, tree)
        if line:
            told.append((file, line, "bash goes on after an error inside $(…) here: source lib.sh, or: shopt -s inherit_errexit"))
    for file, line, name, why, what in faults:
        if what == "list":
            told.append((file, line, f"what `{name}` lists is read as an empty list where it fails: keep it in a variable first"))
        elif what == "group":
            told.append((file, line, "bash goes on when this fails: it stands in a condition, or left of || or &&"))
        elif what == "relies":
            told.append((file, line, f"{name} goes on when this fails, and is called where errors are ignored ({why[0]}:{why[1]})"))
        else:
            told.append((file, line, f"{name} is named as a function that only asks, and does: {what[:60]}"))
    judged = {function.name for function, _ in suppressed.values()}
    sources = {}
    for line in open(report, encoding="utf-8"):
        # lib/common.sh turns inherit_errexit on for all of the bundle; shellcheck looks at each file alone.
        if "[SC2311]" in line and "/host/bundle/" in line:
            continue
        found = re.match(r"(.+?):(\d+):(\d+): \w+: .*\[SC2310\]$", line)
        if found:
            file = found[1]
            if file not in sources:
                sources[file] = open(file, encoding="utf-8").read().split("\n")
            called = re.match(r"[\w-]+", sources[file][int(found[2]) - 1][int(found[3]) - 1 :])
            # What was judged here is let through or told above.
            if called and called[0] in judged:
                continue
        told.append((line.split(":")[0], 0, line.rstrip("\n")))
    for file, line, message in sorted(set(told)):
        print(f"{file}:{line}: {message}" if line else message)
    sys.exit(bool(told))


if __name__ == "__main__":
    words = sys.argv[1:]
    if words in (["-h"], ["--help"]):
        print("Usage: scripts/dev/errexit.py SHFMT REPORT FILE...\n\n" + __doc__)
        sys.exit(0)
    if len(words) < 3 or not all(os.path.exists(word) for word in words):
        given = " ".join(f'"{word}"' for word in words) or "nothing"
        print(f"errexit.py: SHFMT, REPORT and files are needed, which are there; given: {given}", file=sys.stderr)
        sys.exit(2)
    main(words[0], words[1], words[2:])
