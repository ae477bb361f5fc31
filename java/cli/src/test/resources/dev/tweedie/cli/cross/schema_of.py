"""Whether a manifest is what its schema says: python3 schema_of.py FOLDER.

With the package jsonschema by that; else by the keywords that the schema uses, all of which are here.
"""
import hashlib
import json
import re
import sys
from pathlib import Path

TYPES = {"object": dict, "array": list, "string": str, "integer": int}


def check(value, schema, root, at):
    if "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rsplit("/", 1)[1]]
    if "const" in schema:
        assert value == schema["const"], f"{at}: {value!r}"
    if "enum" in schema:
        assert value in schema["enum"], f"{at}: {value!r}"
    if "type" in schema:
        assert isinstance(value, TYPES[schema["type"]]), f"{at}: {value!r}"
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


folder = Path(sys.argv[1])
manifest = json.loads((folder / "manifest.json").read_text())
schema = json.loads((folder / manifest["schema"]).read_text())
check(manifest, schema, schema, "manifest")
try:
    import jsonschema
except ImportError:
    pass
else:
    jsonschema.validate(manifest, schema)

listed = {"manifest.json", manifest["schema"]}
for prefix, files in [("", {f"philox/{k}" if "/" not in k else k: v for k, v in manifest["philox"].items()})] + [
    (case["folder"] + "/", case["files"]) for case in manifest["cases"]
]:
    for name, file in files.items():
        data = (folder / (prefix + name)).read_bytes()
        assert hashlib.sha256(data).hexdigest() == file["sha256"], prefix + name
        shape = tuple(file["shape"])
        code = {"float32": "<f4", "float64": "<f8", "uint32": "<u4"}[file["dtype"]]
        assert f"'descr': '{code}'".encode() in data[:128] and f"'shape': {shape}".encode() in data[:128], name
        listed.add(prefix + name)
for case in manifest["cases"]:
    for call in case["calls"]:
        for name in call["inputs"].values():
            assert name in case["files"], name
        for name in call["outputs"].values():
            for kind in "exact", "reference", "bound":
                assert f"{kind}/{name}.npy" in case["files"], name
    for part in manifest["ops"][case["op"]]["uses"]:
        assert part in manifest["shared"], part
found = {str(p.relative_to(folder)).replace("\\", "/") for p in folder.rglob("*") if p.is_file()}
assert found == listed, found ^ listed
print(len(listed), "files")
