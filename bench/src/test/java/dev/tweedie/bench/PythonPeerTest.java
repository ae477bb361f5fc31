package dev.tweedie.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Peers in a process of Python, where there is one that has them. */
class PythonPeerTest {
  /** Right for each kind of prior, at one level and at several. */
  @ParameterizedTest
  @CsvSource({
    "numpy, points:5x7x11@1/2",
    "numpy, isotropic:5x7x11",
    "numpy, diagonal:5x7x11@snrs",
    "numpy, full:5x7x11",
    "scikit-learn, points:5x7x11@1/2",
    "scikit-learn, isotropic:5x7x11",
    "scikit-learn, diagonal:5x7x11",
    "scikit-learn, full:5x7x11@snrs"
  })
  void itComputesWhatReferenceDoesAndTimesItself(String peer, String work) {
    String module = PythonPeer.MODULES.get(peer);
    assumeTrue(PythonPeer.python(module) != null, "no python3 here has " + module);
    Timings.Timing timing =
        PythonPeer.time(Case.of("evaluate", work, "java:scalar", 1).by(peer), true);
    assertNull(timing.reason());
    assertTrue(timing.error() < 1e-4, "error " + timing.error());
    assertEquals(3, timing.forks().getFirst().length);
  }

  @Test
  void aWrongResultHasNoTime() {
    Timings.Timing wrong = PythonPeer.read("worst 0.5\nerror 0.01\ntimes 1 2\n");
    assertEquals(0.5, wrong.error());
    assertEquals("differs from reference by 0.0100, allowed: 0.001", wrong.reason());
    assertEquals(
        "differs from reference by NaN, allowed: 0.001",
        PythonPeer.read("error nan\ntimes 1\n").reason());
    assertEquals("ValueError: x", PythonPeer.read("Traceback:\n  a\nValueError: x\n").reason());
    Timings.Timing right = PythonPeer.read("worst 1e-6\nerror 1e-7\ntimes 1.5 2\n");
    assertEquals(1e-6, right.error());
    assertArrayEquals(new double[] {1.5, 2}, right.forks().getFirst());
  }

  @Test
  void whatALibraryDoesNotHaveIsSaid() {
    assumeTrue(PythonPeer.python("numpy") != null, "no python3 here has numpy");
    Case what = Case.of("evaluate", "lowrank:5x16x3", "java:scalar", 1).by("numpy");
    assertEquals("has no low-rank covariances", PythonPeer.time(what, true).reason());
  }
}
