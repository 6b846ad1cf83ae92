"""Checks SSM documents against their schema: documents.py FOLDER, where ./slipway plan --out has put them."""

import json
import os
import pathlib
import sys

try:
    import jsonschema
except ImportError:
    jsonschema = None

# What AWS accepts for schema version 2.2 (https://docs.aws.amazon.com/systems-manager/latest/userguide/
# documents-schemas-features.html), as narrow as we use it: one step of bash, every parameter a String that reaches
# the script as an environment variable and has a pattern for what it may hold.
SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["schemaVersion", "description", "mainSteps"],
    "properties": {
        "schemaVersion": {"const": "2.2"},
        "description": {"type": "string", "minLength": 1, "maxLength": 1024},
        "parameters": {
            "type": "object",
            "propertyNames": {"pattern": "^[A-Za-z][A-Za-z0-9]{0,49}$"},
            "additionalProperties": {
                "type": "object",
                "additionalProperties": False,
                "required": ["type", "description", "interpolationType"],
                "anyOf": [{"required": ["allowedPattern"]}, {"required": ["allowedValues"]}],
                "properties": {
                    "type": {"const": "String"},
                    "description": {"type": "string", "minLength": 1},
                    "default": {"type": "string"},
                    "allowedPattern": {"type": "string", "pattern": r"^\^.*\$$"},
                    "allowedValues": {"type": "array", "minItems": 1, "items": {"type": "string"}},
                    "interpolationType": {"const": "ENV_VAR"},
                    "minChars": {"type": "integer"},
                    "maxChars": {"type": "integer"},
                    "displayType": {"enum": ["textfield", "textarea"]},
                },
            },
        },
        "mainSteps": {
            "type": "array",
            # The outcome of one step is read without naming it.
            "minItems": 1,
            "maxItems": 1,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["action", "name", "inputs"],
                "properties": {
                    "action": {"const": "aws:runShellScript"},
                    "name": {"type": "string", "pattern": "^[A-Za-z0-9_-]{3,128}$"},
                    "precondition": {"type": "object"},
                    "inputs": {
                        "type": "object",
                        "additionalProperties": False,
                        "required": ["runCommand", "timeoutSeconds"],
                        "properties": {
                            "runCommand": {"type": "array", "minItems": 1, "items": {"type": "string"}},
                            "timeoutSeconds": {"type": ["string", "integer"], "pattern": "^[0-9]+$"},
                            "workingDirectory": {"type": "string"},
                        },
                    },
                },
            },
        },
    },
}

# Document and parameters together stay under this.
LIMIT = 64 * 1024


def problems(text):
    """Every problem of one document, each a line."""
    document = json.loads(text)
    found = []
    for error in jsonschema.Draft202012Validator(SCHEMA).iter_errors(document):
        where = "/".join(str(part) for part in error.absolute_path) or "the document"
        found.append(f"{where}: {error.message}")
    if len(text.encode()) > LIMIT // 2:
        found.append(f"{len(text.encode())} bytes leave its parameters too little of the {LIMIT} that SSM allows")
    for step in document.get("mainSteps", []):
        for line in step.get("inputs", {}).get("runCommand", []):
            if "{{" in line:
                found.append("runCommand: {{ }} pastes a parameter into the script; use its environment variable")
    for name, parameter in document.get("parameters", {}).items():
        if "{{" in parameter.get("allowedPattern", ""):
            found.append(f"parameters/{name}: {{{{ }}}} in a pattern")
    return found


def main(folder):
    bad = 0
    for path in sorted(pathlib.Path(folder).rglob("*.json")):
        text = path.read_text(encoding="utf-8")
        try:
            if "schemaVersion" not in json.loads(text):
                continue
            found = problems(text)
        except (json.JSONDecodeError, TypeError) as error:
            found = [str(error)]
        name = path.relative_to(folder)
        print("bad" if found else "ok ", name)
        for line in found:
            print("     ", line)
        bad += bool(found)
    return 1 if bad else 0


if __name__ == "__main__":
    if sys.argv[1:] in (["-h"], ["--help"]):
        print("Usage: scripts/dev/documents.py FOLDER\n\n" + __doc__)
        sys.exit(0)
    if len(sys.argv) != 2 or not os.path.isdir(sys.argv[1]):
        given = " ".join(f'"{word}"' for word in sys.argv[1:]) or "nothing"
        print(f"documents.py: FOLDER is needed, a folder that is there; given: {given}", file=sys.stderr)
        sys.exit(2)
    if jsonschema is None:
        print("documents.py: jsonschema is missing: run ./slipway tools python, and this with its Python", file=sys.stderr)
        sys.exit(1)
    sys.exit(main(sys.argv[1]))
