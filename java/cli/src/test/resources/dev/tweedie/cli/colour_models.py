#!/usr/bin/env python3
"""Writes the small networks of ColourNetworkTest beside this file; needs Debian's python3-onnx.

Each multiplies its channels by 1/2, 1/4 and 1 (two channels: 1/2 and 1/4), so that an order of channels that is mistaken
anywhere between a file and the network shows in the result. Run: python3 colour_models.py
"""
import os
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

FOLDER = os.path.dirname(os.path.abspath(__file__))


def write(name, shape, factors, type_=TensorProto.FLOAT, dtype="f4"):
    value = [helper.make_tensor_value_info(n, type_, shape) for n in ("x", "y")]
    node = helper.make_node("Mul", ["x", "f"], ["y"])
    constant = numpy_helper.from_array(np.array(factors, dtype), "f")
    graph = helper.make_graph([node], "g", [value[0]], [value[1]], [constant])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    onnx.save(model, os.path.join(FOLDER, name))


RGB = np.array([0.5, 0.25, 1])
write("colour.onnx", ("b", 3, 2, 2), RGB.reshape(3, 1, 1))
write("colour-any.onnx", ("b", 3, "h", "w"), RGB.reshape(3, 1, 1))
write("colour-last.onnx", ("b", "h", "w", 3), RGB)
write("two-channels.onnx", ("b", 2, "h", "w"), RGB[:2].reshape(2, 1, 1))
write("half.onnx", ("b", 4), [0.5], TensorProto.FLOAT16, "f2")
