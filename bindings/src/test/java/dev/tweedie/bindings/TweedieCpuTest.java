package dev.tweedie.bindings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tweedie.bindings.TweedieCpu.Tier;
import dev.tweedie.bindings.generated.Tweedie;
import java.io.File;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TweedieCpuTest {
  @ParameterizedTest
  @EnumSource
  void aTierOpensExactlyWhenNothingSpeaksAgainstIt(Tier tier) {
    Optional<String> absent = TweedieCpu.whyAbsent(tier);
    if (absent.isPresent()) {
      Exception e = assertThrows(IllegalStateException.class, () -> TweedieCpu.open(tier));
      assertEquals(absent.get(), e.getMessage());
    } else {
      try (TweedieCpu cpu = TweedieCpu.open(tier)) {
        assertEquals(tier, cpu.tier());
        cpu.check(Tweedie.TWEEDIE_OK());
      }
    }
  }

  @Test
  void handlesLiveSideBySideAndCloseOnce() {
    Optional<String> absent = TweedieCpu.whyAbsent(Tier.SCALAR);
    assumeTrue(absent.isEmpty(), () -> "cpu:scalar: " + absent.get());
    TweedieCpu first = TweedieCpu.open(Tier.SCALAR);
    try (TweedieCpu second = TweedieCpu.open(Tier.SCALAR)) {
      assertNotEquals(first.handle().address(), second.handle().address());
      first.close();
      first.close();
      assertThrows(IllegalStateException.class, first::handle);
      second.check(Tweedie.TWEEDIE_OK());
    }
  }

  /** A process of its own, since access is granted or denied when Java starts. */
  @Test
  void deniedNativeAccessIsAReason() throws Exception {
    TweedieCpu.whyAbsent(Tier.SCALAR)
        .ifPresent(reason -> assumeTrue(false, () -> "cpu:scalar: " + reason));
    String classPath =
        Stream.of(NativeLibrary.class, TweedieCpuTest.class)
            .map(
                type ->
                    Path.of(
                        URI.create(
                            type.getProtectionDomain().getCodeSource().getLocation().toString())))
            .map(Path::toString)
            .collect(Collectors.joining(File.pathSeparator));
    Process java =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--illegal-native-access=deny",
                "-Dtweedie.native=" + NativeLibrary.cpu().path().orElseThrow().getParent(),
                "-cp",
                classPath,
                Probe.class.getName())
            .redirectErrorStream(true)
            .start();
    String output = new String(java.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals("native access is denied: start java with --enable-native-access", output.strip());
  }

  /** Prints why {@code cpu:scalar} is absent. */
  static final class Probe {
    public static void main(String[] arguments) {
      System.out.println(TweedieCpu.whyAbsent(Tier.SCALAR).orElse("present"));
    }
  }
}
