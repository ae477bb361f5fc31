package dev.tweedie;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.classfile.constantpool.Utf8Entry;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The engine's packages, as its class files know each other, make floors: no circle, and nobody
 * above is known below. Names in constant pools and descriptors are what counts; a link in a
 * comment does not.
 */
class LayersTest {
  private static final String ROOT = "dev.tweedie";
  private static final String DOOR = " (door)";

  /**
   * Classes that open what lies in packages below theirs: the door of a package is a floor of its
   * own, above. What else is in the package are words that everybody shares.
   */
  private static final Set<String> DOORS =
      Set.of(
          // The user's first import stands beside the words of the API: samples, outputs, errors.
          "dev.tweedie.Engine",
          "dev.tweedie.EngineOptions",
          "dev.tweedie.Announcement",
          // The list of back ends stands beside the seam that all of them extend.
          "dev.tweedie.backend.Backends",
          "dev.tweedie.backend.Machine",
          // It chooses between the twins of Tile, NoiseKernels and StepKernels.
          "dev.tweedie.backend.java.JavaBackend");

  /** Words of types in class files: of constants, descriptors and signatures. */
  private static final Pattern TYPE = Pattern.compile("dev/tweedie(?:/[a-z][a-z0-9]*)*/[A-Z]\\w*");

  private static final Map<String, Set<String>> knows = new TreeMap<>();

  @BeforeAll
  static void read() throws IOException, URISyntaxException {
    Path classes =
        Path.of(Engine.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    Path top = classes.resolve("dev/tweedie");
    try (Stream<Path> files = Files.walk(top)) {
      files.filter(file -> file.toString().endsWith(".class")).forEach(LayersTest::read);
    }
    // On the class path other modules' classes may lie beside: what only they have is no part.
    Set<String> others =
        Set.of("bench", "bindings", "cli", "examples", "onnx", "picocli", "plot", "spark");
    knows.keySet().removeIf(room -> foreign(room, others));
    knows.values().forEach(rooms -> rooms.removeIf(room -> room.startsWith(ROOT + ".bindings")));
  }

  private static boolean foreign(String room, Set<String> others) {
    String[] words = room.split("\\.");
    return words.length > 2 && others.contains(words[2]);
  }

  private static void read(Path file) {
    try {
      var model = ClassFile.of().parse(file);
      String name = model.thisClass().asInternalName();
      if (name.endsWith("package-info")) {
        return;
      }
      Set<String> known = knows.computeIfAbsent(room(name), _ -> new TreeSet<>());
      for (PoolEntry entry : model.constantPool()) {
        String text =
            switch (entry) {
              case ClassEntry type -> type.asInternalName();
              case Utf8Entry word -> word.stringValue();
              default -> "";
            };
        Matcher types = TYPE.matcher(text);
        while (types.find()) {
          known.add(room(types.group()));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A package, or a door. */
  private static String room(String internalName) {
    String name = internalName.replaceFirst("\\$.*", "").replace('/', '.');
    String place = name.substring(0, name.lastIndexOf('.'));
    return DOORS.contains(name) ? place + DOOR : place;
  }

  @Test
  void everyDoorIsThere() throws ClassNotFoundException {
    for (String door : DOORS) {
      String place = Class.forName(door).getPackageName();
      assertTrue(knows.containsKey(place + DOOR), () -> door + ": found " + knows.keySet());
    }
    assertTrue(knows.size() > 25, () -> "found " + knows.keySet());
  }

  @Test
  void noCircle() {
    List<String> circle = new ArrayList<>();
    Set<String> done = new TreeSet<>();
    for (String room : knows.keySet()) {
      visit(room, new LinkedHashSet<>(), done, circle);
    }
    assertEquals(List.of(), circle);
  }

  private static void visit(
      String room, LinkedHashSet<String> way, Set<String> done, List<String> circle) {
    if (done.contains(room) || !circle.isEmpty()) {
      return;
    }
    if (!way.add(room)) {
      List<String> steps = new ArrayList<>(way);
      circle.addAll(steps.subList(steps.indexOf(room), steps.size()));
      circle.add(room);
      return;
    }
    for (String next : knows.getOrDefault(room, Set.of())) {
      if (!next.equals(room)) {
        visit(next, way, done, circle);
      }
    }
    way.remove(room);
    done.add(room);
  }
}
