#!/usr/bin/env python3
"""Writes the hostile networks of HostileNetworkTest beside this file, in protocol buffers' wire format (onnx.proto3).

Each is a few hundred bytes that ask for what nobody should give: memory, time, files. Run: python3 hostile.py
"""
import os
import struct

FOLDER = os.path.dirname(os.path.abspath(__file__))
FLOAT, INT64, BOOL = 1, 7, 9


def varint(number):
    number &= (1 << 64) - 1
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def field(key, value):
    if isinstance(value, int):
        return varint(key << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(key << 3 | 2) + varint(len(data)) + data


def value(name, shape, kind=FLOAT):
    axes = b"".join(field(1, field(1, d) if isinstance(d, int) else field(2, d)) for d in shape)
    return field(1, name) + field(2, field(1, field(1, kind) + field(2, axes)))


def node(op, inputs, outputs, attributes=b""):
    return b"".join(field(1, i) for i in inputs) + b"".join(field(2, o) for o in outputs) + field(4, op) + attributes


def graph(nodes, inputs, outputs, constants=()):
    parts = [field(1, n) for n in nodes] + [field(2, "g")] + [field(5, c) for c in constants]
    return b"".join(parts + [field(11, i) for i in inputs] + [field(12, o) for o in outputs])


def write(name, body, metadata=None):
    model = field(1, 8) + field(8, field(2, 17)) + field(7, body)
    if metadata is not None:
        model += field(14, field(1, "tweedie") + field(2, metadata))
    with open(os.path.join(FOLDER, name + ".onnx"), "wb") as out:
        out.write(model)


def identity(shape, metadata=None, name="identity"):
    write(name, graph([node("Identity", ["x"], ["y"])], [value("x", shape)], [value("y", shape)]), metadata)


def told(name, metadata):
    nodes = [node("Identity", ["x"], ["y"])]
    write(name, graph(nodes, [value("x", ("b", 16)), value("t", ("b",), INT64)], [value("y", ("b", 16))]), metadata)


identity((1 << 28, 16), name="batch-2-28")
identity((1 << 31, 16), name="batch-2-31")
identity((1 << 40, 16), name="batch-2-40")
identity((0, 16), name="batch-0")
identity(("b", 0), name="dimension-0")
identity(("b", 1 << 30), name="dimension-2-30")
identity(("b", 1 << 31), name="dimension-2-31")
identity(("b", 1 << 40), name="dimension-2-40")
identity(("b", 1 << 21, 1 << 21, 1 << 21), name="image-2-63")
identity(("b", 1, 1 << 16, 1 << 16), name="image-2-32")
identity(("b", "d"), "size=99999x99999", name="size")
told("list-device", "told=time0,schedule=list:/dev/zero")
told("list-file", "told=time0,schedule=list:/etc/hostname")
identity(("b", 16), "x\x1b]0;owned\x07\x1b[31mboo=1", name="escape")
identity(("b", 16), "z" * 5000, name="long")

body = graph(
    [node("Identity", ["go"], ["go2"]), node("Identity", ["v"], ["v2"])],
    [value("i", (), INT64), value("go", (), BOOL), value("v", ("b", 16))],
    [value("go2", (), BOOL), value("v2", ("b", 16))],
)
loop = node("Loop", ["", "true", "x"], ["y"], field(5, field(1, "body") + field(6, body) + field(20, 5)))
true = field(2, BOOL) + field(8, "true") + field(9, b"\1")
write("endless", graph([loop], [value("x", ("b", 16))], [value("y", ("b", 16))], [true]))

size = field(1, 1) + field(2, INT64) + field(8, "s") + field(9, struct.pack("<q", 1 << 40))
keep = field(5, field(1, "keepdims") + field(3, 0) + field(20, 2))
nodes = [node("ConstantOfShape", ["s"], ["c"]), node("ReduceSum", ["c"], ["r"], keep), node("Add", ["x", "r"], ["y"])]
write("constant-2-40", graph(nodes, [value("x", ("b", 16))], [value("y", ("b", 16))], [size]))
