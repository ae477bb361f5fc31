"""Denoises rows of a numpy array from Python, through JPype, without a copy of the rows on the way in or out.

    CLASSPATH=jars python3 denoise.py

CLASSPATH holds the engine's jars and JPype's own (Debian: /usr/share/java/org.jpype.jar).
"""
import os

import jpype
import jpype.imports
import jpype.nio
import numpy

jpype.startJVM(
    "--add-modules=jdk.incubator.vector",
    "--enable-native-access=ALL-UNNAMED",
    classpath=os.environ["CLASSPATH"].split(os.pathsep),
)

from dev.tweedie import Engine
from dev.tweedie.posterior import ExactPosterior
from dev.tweedie.prior import DataSet
from dev.tweedie.schedule import Level
from java.lang.foreign import MemorySegment


def samples(engine, rows):
    """A contiguous float32 array (rows x dim) as Samples: the same memory, which the array must outlive."""
    if rows.dtype != numpy.float32 or not rows.flags.c_contiguous:
        raise ValueError(f"rows: found {rows.dtype}, allowed: contiguous float32")
    return engine.wrap(MemorySegment.ofBuffer(jpype.nio.convertToDirectBuffer(rows)), *rows.shape)


points = numpy.array([[0, 0], [1, 1]], numpy.float32)
noisy = numpy.array([[1, 0.5], [0.25, 0.25]], numpy.float32)
clean = numpy.empty_like(noisy)
with Engine.open() as engine:
    posterior = ExactPosterior.of(engine, DataSet.of(jpype.JArray.of(points.ravel(), jpype.JFloat), points.shape[1]))
    inside = samples(engine, noisy)
    posterior.denoise(inside, Level.ofSigma(0.5), samples(engine, clean))
    noisy[1, 0] = 7  # seen by the engine too: nothing was copied
    print(f"{clean[0, 0]:.4f} {clean[1, 0]:.4f} {inside.get(1, 0):g}")
