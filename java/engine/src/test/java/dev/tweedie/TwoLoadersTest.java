package dev.tweedie;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tweedie.backend.Backends;
import dev.tweedie.bindings.NativeLibrary;
import dev.tweedie.noise.NoiseAddress;
import java.io.File;
import java.lang.foreign.ValueLayout;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;

/**
 * Tweedie in two class loaders of one process, as application servers, notebooks and build tools
 * have it: each loads the native library, both from the one file in the cache.
 */
class TwoLoadersTest {

  /**
   * What each loader runs on its own classes: the file of the library, then the bits of normals.
   */
  public static final class Probe implements Callable<Object[]> {
    @Override
    public Object[] call() {
      try (Engine engine = Engine.open("cpu", 1)) {
        Samples out = engine.samples(3, 17);
        engine.backend().normal(NoiseAddress.of(7, 0, 0), out);
        int[] bits = out.segment().toArray(ValueLayout.JAVA_INT);
        return new Object[] {NativeLibrary.cpu().path().orElseThrow(), bits, Engine.class};
      }
    }
  }

  @Test
  void bothLoadTheLibrary() throws Exception {
    assumeTrue(
        Backends.tiers().stream()
            .anyMatch(tier -> tier.name().startsWith("cpu") && tier.reason().isEmpty()),
        "no cpu back end here");
    Object[] own = new Probe().call();
    try (URLClassLoader first = loader();
        URLClassLoader second = loader()) {
      Object[] one = probe(first);
      Object[] two = probe(second);
      assertNotSame(one[2], two[2]);
      assertNotSame(own[2], one[2]);
      assertEquals(own[0], one[0]);
      assertEquals(own[0], two[0]);
      assertArrayEquals((int[]) own[1], (int[]) one[1]);
      assertArrayEquals((int[]) own[1], (int[]) two[1]);
    }
  }

  private static Object[] probe(ClassLoader loader) throws Exception {
    return (Object[])
        ((Callable<?>)
                loader.loadClass(Probe.class.getName()).getDeclaredConstructor().newInstance())
            .call();
  }

  /** Everything that this process has on its paths, and nothing of its loaders but the JDK. */
  private static URLClassLoader loader() throws Exception {
    List<URL> urls = new ArrayList<>();
    for (String property : List.of("java.class.path", "jdk.module.path")) {
      for (String entry : System.getProperty(property, "").split(File.pathSeparator)) {
        if (!entry.isEmpty()) {
          urls.add(Path.of(entry).toUri().toURL());
        }
      }
    }
    // The tests' own folder: their classes may be patched into the module of another place.
    String file = Probe.class.getName().replace('.', '/') + ".class";
    String probe = Probe.class.getClassLoader().getResource(file).toString();
    urls.add(URI.create(probe.substring(0, probe.length() - file.length())).toURL());
    // Not the platform's loader: it passes the packages of all named modules on to their own.
    return new URLClassLoader(urls.toArray(URL[]::new), null);
  }
}
