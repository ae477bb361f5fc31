"""Whether a manifest is what its schema says, and its files are there: python3 schema_of.py FOLDER."""
import hashlib
import json
import sys
from pathlib import Path

from schema import validate

folder = Path(sys.argv[1])
manifest = json.loads((folder / "manifest.json").read_text())
schema = json.loads((folder / manifest["schema"]).read_text())
validate(manifest, schema, "manifest")

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
