package dev.tweedie.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.reverse.Sampler;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Jars on the path bring samplers and schedules, made here as others make them: by javac. */
class ProvidedNamesTest {
  private static final String SAMPLER =
      """
      package outside;
      public class Provided implements dev.tweedie.reverse.SamplerProvider {
        public String name() { return "%s"; }
        public String form() { return name() + "[:HALF]"; }
        public dev.tweedie.reverse.Sampler sampler(java.util.List<String> arguments) {
          if (arguments.contains("null")) return null;
          if (!arguments.isEmpty())
            throw new dev.tweedie.InvalidInputException("found " + arguments + ", allowed: none");
          return (chain, index) -> {
            chain.denoise(index);
            chain.advance(chain.transition(index).flow(0), index);
          };
        }
      }
      """;
  private static final String SCHEDULE =
      """
      package outside;
      public class Provided implements dev.tweedie.schedule.ScheduleProvider {
        public String name() { return "geometric"; }
        public dev.tweedie.schedule.Schedule schedule(
            java.util.List<String> arguments, java.util.OptionalInt steps) {
          int n = %s;
          return dev.tweedie.schedule.Schedule.ofSigmas(
              java.util.stream.IntStream.range(0, n)
                  .mapToDouble(i -> 0.01 * Math.pow(1000, i / (n - 1.0))).toArray());
        }
      }
      """;

  private static final String BACKEND =
      """
      package outside;
      import dev.tweedie.backend.*;
      public class Provided implements BackendProvider {
        public java.util.List<Tier> tiers(dev.tweedie.Numerics numerics) {
          return java.util.List.of(new Tier("%s", java.util.Optional::empty, workers ->
              new ForwardingBackend("%1$s", Backends.open("java:scalar", workers, dev.tweedie.Numerics.EXACT)) {
                protected void doResidual(
                    dev.tweedie.Samples x, dev.tweedie.Samples y, dev.tweedie.Samples out) {
                  super.doResidual(x, y, out);
                  if (out.rows() > 1) out.set(1, 0, out.get(1, 0) + 1);
                }
              }));
        }
      }
      """;

  @TempDir Path folder;
  private ClassLoader before;
  private URLClassLoader jars;

  @BeforeEach
  void remember() {
    before = Thread.currentThread().getContextClassLoader();
  }

  @AfterEach
  void forget() throws IOException {
    Thread.currentThread().setContextClassLoader(before);
    if (jars != null) {
      jars.close();
    }
  }

  @Test
  void aSamplerFromOutsideIsOneOfOurs() throws Exception {
    path("dev.tweedie.reverse.SamplerProvider", SAMPLER.formatted("outside-euler"));
    assertArrayEquals(sample("euler"), sample("outside-euler"));
    String help = Run.of("sample", "--help").good().out().replaceAll("\\s+", " ");
    assertTrue(help.contains("mixture, outside-euler[:HALF] (default: ddpm;"), help);
    assertTrue(Run.of("--completion").good().out().contains("outside-euler"));
    bad("plms").refused("sampler: found plms", "mixture, outside-euler[:HALF], blind");
    bad("outside-euler:x").refused("sampler outside-euler:x: found [x], allowed: none");
    bad("outside-euler:null").refused("found null from outside.Provided, allowed: a sampler");
  }

  @Test
  void aScheduleFromOutsideIsOneOfOurs() throws Exception {
    path("dev.tweedie.schedule.ScheduleProvider", SCHEDULE.formatted("steps.orElse(9)"));
    String[] geometric = {"--schedule", "geometric", "--sampler", "heun"};
    assertTrue(command(geometric).good().out().contains("9 steps of geometric"));
    assertTrue(Run.of("denoise", "--help").good().out().contains("geometric"));
    command("--schedule", "cosine").refused("schedule: found cosine", "list:FILE, geometric");
  }

  @Test
  void stepsThatAProviderForgetsAreNotForgotten() throws Exception {
    path("dev.tweedie.schedule.ScheduleProvider", SCHEDULE.formatted("9"));
    command("--schedule", "geometric", "--steps", "5")
        .refused("schedule geometric: found 9 levels of its own, allowed: the 5 steps asked for");
  }

  @Test
  void aBackendFromOutsideIsCheckedAsOursAre() throws Exception {
    path("dev.tweedie.backend.BackendProvider", BACKEND.formatted("mine:odd"));
    Run good = Run.of("check", "--backend", "mine", "--op", "step", "--numerics", "exact").good();
    assertTrue(good.out().contains("mine:odd"), good.out());
    Run bad = Run.of("check", "--backend", "mine", "--op", "residual", "--numerics", "exact");
    assertEquals(ExitStatus.INTERNAL_FAILURE, bad.status(), bad.out());
    assertTrue(bad.out().contains("FAIL  mine:odd"), bad.out());
    assertTrue(Run.of("info").good().out().contains("mine:odd"));
    command("--backend", "mine").good();
    byte[] mine = Files.readAllBytes(folder.resolve("out.npy"));
    command("--backend", "java:scalar").good();
    assertArrayEquals(Files.readAllBytes(folder.resolve("out.npy")), mine);
    command("--backend", "your").refused("backend: found 'your'", "reference, mine, mine:odd");
  }

  @Test
  void aBackendThatPassesForOursIsRefusedAndDoesNotHinderOurs() throws Exception {
    path("dev.tweedie.backend.BackendProvider", BACKEND.formatted("cpu:mine"));
    command("--backend", "java").good();
    command("--backend", "your").refused("found the name 'cpu:mine' of outside.Provided, allowed");
  }

  @Test
  void aJarThatCannotBeUsedIsNamed() throws Exception {
    path("dev.tweedie.reverse.SamplerProvider", SAMPLER.formatted("euler"));
    bad("heun").refused("found euler of", "outside.Provided, allowed: each name once");
  }

  @Test
  void aNameThatCannotBeWrittenIsRefused() throws Exception {
    path("dev.tweedie.reverse.SamplerProvider", SAMPLER.formatted("My:Sampler"));
    bad("heun").refused("the name 'My:Sampler' of outside.Provided, allowed: lower-case");
  }

  @Test
  void aJarThatPromisesWhatItHasNotIsNamed() throws Exception {
    path("dev.tweedie.reverse.SamplerProvider", "package outside; public class Other {}");
    bad("heun").refused("samplers on the path: found one that cannot be used", "outside.Provided");
  }

  private Run command(String... more) {
    String[] start = {"sample", "--prior", "builtin:three-gaussians", "--count", "4", "--out"};
    String[] all = new String[start.length + 1 + more.length];
    System.arraycopy(start, 0, all, 0, start.length);
    all[start.length] = folder.resolve("out.npy").toString();
    System.arraycopy(more, 0, all, start.length + 1, more.length);
    return Run.of(all);
  }

  private Run bad(String sampler) {
    return command("--sampler", sampler);
  }

  private byte[] sample(String sampler) throws IOException {
    command("--sampler", sampler).good();
    return Files.readAllBytes(folder.resolve("out.npy"));
  }

  /** A jar with {@code source}, which is said to provide {@code service}, put on the path. */
  private void path(String service, String source) throws IOException, URISyntaxException {
    Path classes = folder.resolve("classes");
    Path services = Files.createDirectories(classes.resolve("META-INF/services"));
    Files.writeString(services.resolve(service), "outside.Provided\n");
    Path file = folder.resolve(source.contains("class Other") ? "Other.java" : "Provided.java");
    Files.writeString(file, source);
    Path engine =
        Path.of(Sampler.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    tool(
        "javac", "-proc:none", "-cp", engine.toString(), "-d", classes.toString(), file.toString());
    Path jar = folder.resolve("outside.jar");
    tool("jar", "--create", "--file", jar.toString(), "-C", classes.toString(), ".");
    jars = new URLClassLoader(new URL[] {jar.toUri().toURL()}, Sampler.class.getClassLoader());
    Thread.currentThread().setContextClassLoader(jars);
  }

  private static void tool(String name, String... arguments) {
    StringWriter said = new StringWriter();
    PrintWriter to = new PrintWriter(said);
    int status = ToolProvider.findFirst(name).orElseThrow().run(to, to, arguments);
    assertEquals(0, status, said::toString);
  }
}
