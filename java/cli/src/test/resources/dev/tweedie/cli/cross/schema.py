"""Whether a JSON file is what its schema says: python3 schema.py FILE SCHEMA.

With the package jsonschema by that; else by the keywords that our schemas use, all of which are here.
"""
import json
import re
import sys
from pathlib import Path

TYPES = {"object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "boolean": bool}


def is_of(value, name):
    if name == "null":
        return value is None
    return isinstance(value, TYPES[name]) and (name == "boolean" or not isinstance(value, bool))


def check(value, schema, root, at):
    if "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rsplit("/", 1)[1]]
    if "const" in schema:
        assert value == schema["const"], f"{at}: {value!r}"
    if "enum" in schema:
        assert value in schema["enum"], f"{at}: {value!r}"
    if "type" in schema:
        names = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        assert any(is_of(value, name) for name in names), f"{at}: {value!r} is no {' or '.join(names)}"
    if value is None:
        return
    if "pattern" in schema:
        assert re.search(schema["pattern"], value), f"{at}: {value!r}"
    if "minimum" in schema:
        assert value >= schema["minimum"], f"{at}: {value!r}"
    if isinstance(value, list):
        assert len(value) >= schema.get("minItems", 0), f"{at}: too few"
        for i, item in enumerate(value):
            check(item, schema.get("items", {}), root, f"{at}[{i}]")
    if isinstance(value, dict):
        named = schema.get("properties", {})
        more = schema.get("additionalProperties", {})
        for name in schema.get("required", []):
            assert name in value, f"{at}: lacks {name}"
        for name, item in value.items():
            assert name in named or more is not False, f"{at}: has {name}"
            check(item, named.get(name, more), root, f"{at}.{name}")


def validate(value, schema, name):
    check(value, schema, schema, name)
    try:
        import jsonschema
    except ImportError:
        return
    jsonschema.validate(value, schema)


if __name__ == "__main__":
    file, schema = map(Path, sys.argv[1:])
    validate(json.loads(file.read_text()), json.loads(schema.read_text()), file.name)
