package dev.tweedie.bindings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.io.IOException;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * GraalVM's native-image is told every kind of call that is made into C, and nothing else: the
 * committed metadata are what follows from the sources.
 */
class ReachabilityTest {
  private static final Path METADATA =
      Path.of(
          "src/main/resources/META-INF/native-image/dev.tweedie/tweedie-bindings",
          "reachability-metadata.json");

  /** How sources name a layout, and how the metadata do: by a name of the linker's. */
  private static final Map<String, String> NAMES =
      Map.of(
          "Tweedie.C_INT", "jint",
          "Tweedie.C_LONG", "jlong",
          "Tweedie.C_FLOAT", "jfloat",
          "Tweedie.C_POINTER", "void*",
          "ValueLayout.JAVA_INT", "jint",
          "ValueLayout.JAVA_LONG", "jlong",
          "ValueLayout.ADDRESS", "void*",
          "POINTER", "void*");

  private static final Pattern DESCRIPTOR =
      Pattern.compile("FunctionDescriptor\\.of(Void)?\\(([\\w.,\\s]*)\\)");

  @Test
  void theMetadataAreWhatTheSourcesCall() throws IOException {
    String wanted = metadata();
    if (Boolean.getBoolean("tweedie.write")) {
      Files.writeString(METADATA, wanted);
    }
    assertEquals(
        wanted, Files.readString(METADATA), METADATA + " (written anew by -Dtweedie.write=true)");
  }

  @Test
  void theNamesAreTheLinkersOwn() {
    Map<String, MemoryLayout> names = Linker.nativeLinker().canonicalLayouts();
    assertEquals(ValueLayout.JAVA_INT, names.get("jint"));
    assertEquals(ValueLayout.JAVA_LONG, names.get("jlong"));
    assertEquals(ValueLayout.JAVA_FLOAT, names.get("jfloat"));
    assertInstanceOf(AddressLayout.class, names.get("void*"));
  }

  private static String metadata() throws IOException {
    return """
    {
      "resources": [
        {"glob": "dev/tweedie/bindings/bindings.lock"},
        {"glob": "dev/tweedie/native/**"}
      ],
      "foreign": {
        "downcalls": [
    """
        + calls().stream().map(call -> "      " + call).collect(Collectors.joining(",\n"))
        + "\n    ]\n  }\n}\n";
  }

  /** Each signature once, in the order of their text. */
  private static TreeSet<String> calls() throws IOException {
    TreeSet<String> calls = new TreeSet<>();
    int handles = 0;
    int descriptors = 0;
    for (Path root : new Path[] {Path.of("src/main/java"), Path.of("src/generated/java")}) {
      try (Stream<Path> files = Files.walk(root)) {
        for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
          String source = Files.readString(file);
          handles += source.split("downcallHandle\\(", -1).length - 1;
          Matcher found = DESCRIPTOR.matcher(source);
          for (; found.find(); descriptors++) {
            calls.add(call(found.group(1) != null, found.group(2)));
          }
        }
      }
    }
    assertEquals(handles, descriptors, "each call has a descriptor that is written out");
    return calls;
  }

  private static String call(boolean nothing, String layouts) {
    String[] types =
        Stream.of(layouts.split(","))
            .map(String::strip)
            .map(name -> '"' + NAMES.getOrDefault(name, "no name for " + name) + '"')
            .toArray(String[]::new);
    int first = nothing ? 0 : 1;
    String parameters = Stream.of(types).skip(first).collect(Collectors.joining(", ", "[", "]"));
    return "{\"returnType\": %s, \"parameterTypes\": %s}"
        .formatted(nothing ? "\"void\"" : types[0], parameters);
  }
}
