package dev.tweedie.cli;

import dev.tweedie.InvalidInputException;
import dev.tweedie.backend.Backend;
import dev.tweedie.backend.Op;
import dev.tweedie.check.CheckCase;
import dev.tweedie.check.export.CaseSize;
import dev.tweedie.check.export.CaseVectors;
import dev.tweedie.check.export.Contract;
import dev.tweedie.check.export.OpCall;
import dev.tweedie.check.export.PhiloxVectors;
import dev.tweedie.io.NdArray;
import dev.tweedie.io.Npy;
import dev.tweedie.io.OutputFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * {@code check --export}: a folder for each case, of {@code .npy} files, and one manifest. The same
 * bytes wherever it is written.
 */
final class CheckExport {
  static final String MANIFEST = "manifest.json";
  static final String SCHEMA = "cross-check.schema.json";

  private final Path folder;

  CheckExport(Path folder) {
    this.folder = folder;
  }

  /** Refuses, before any work, a place that holds something: what it is would not be told apart. */
  void check() throws IOException {
    if (Files.exists(folder) && !Files.isDirectory(folder)) {
      throw new InvalidInputException(
          "--export: found " + folder + ", allowed: a new or empty directory");
    }
    if (Files.isDirectory(folder)) {
      try (Stream<Path> entries = Files.list(folder)) {
        if (entries.findAny().isPresent()) {
          throw new InvalidInputException(
              "--export: found "
                  + folder
                  + ", which is not empty, allowed: a new or empty directory");
        }
      }
    }
  }

  /**
   * Writes all.
   *
   * @param exact a float32 backend in exact mode
   * @param reference the float64 one
   */
  void write(List<CheckCase> cases, Backend exact, Backend reference, Report report)
      throws IOException {
    OutputFolder.prepare("--export", folder);
    List<String> entries = new ArrayList<>();
    TreeSet<Op> ops = new TreeSet<>();
    for (CheckCase check : cases) {
      CaseVectors vectors = CaseVectors.of(check, exact, reference);
      ops.add(vectors.op());
      entries.add(Json.of(caseOf(vectors)));
      report.text("wrote  " + CaseSize.folder(check));
    }
    Map<String, Object> philox = new LinkedHashMap<>();
    for (var array : PhiloxVectors.all().entrySet()) {
      write("philox", array.getKey(), array.getValue(), philox);
    }
    OutputFile.write(
        folder.resolve(MANIFEST),
        out -> out.write(manifest(ops, entries, philox).getBytes(StandardCharsets.UTF_8)));
    try (var schema = CheckExport.class.getResourceAsStream(SCHEMA)) {
      Files.copy(schema, folder.resolve(SCHEMA));
    }
    report.value("cases", cases.size(), "%d in %s", cases.size(), folder);
  }

  /** A line for each part, so that people read it and a difference of two shows. */
  private static String manifest(TreeSet<Op> ops, List<String> cases, Map<String, Object> philox) {
    StringBuilder out = new StringBuilder("{\n");
    out.append("\"format\": 1,\n");
    out.append("\"schema\": ").append(Json.of(SCHEMA)).append(",\n");
    out.append("\"version\": ").append(Json.of(Version.number())).append(",\n");
    out.append("\"shared\": {\n");
    List<String> shared = new ArrayList<>();
    Contract.shared().forEach((name, lines) -> shared.add(Json.of(name) + ": " + lines(lines)));
    out.append(String.join(",\n", shared)).append("\n},\n\"ops\": {\n");
    out.append(String.join(",\n", ops.stream().map(CheckExport::op).toList()));
    out.append("\n},\n\"philox\": ").append(Json.of(philox)).append(",\n\"cases\": [\n");
    return out.append(String.join(",\n", cases)).append("\n]\n}\n").toString();
  }

  private static String lines(List<String> lines) {
    return "[\n  " + String.join(",\n  ", lines.stream().map(Json::of).toList()) + "]";
  }

  private static String op(Op op) {
    Contract contract = Contract.of(op);
    return "%s: {\"formula\": %s,\n \"inputs\": %s,\n \"uses\": %s,\n \"order\": %s}"
        .formatted(
            Json.of(op.toString()),
            Json.of(contract.formula()),
            Json.of(contract.inputs()),
            Json.of(contract.uses()),
            lines(contract.order()));
  }

  private Map<String, Object> caseOf(CaseVectors vectors) throws IOException {
    String name = CaseSize.folder(vectors.check());
    Map<String, Object> files = new LinkedHashMap<>();
    List<Object> calls = new ArrayList<>();
    Map<String, NdArray> given = new LinkedHashMap<>();
    List<String> outputs = new ArrayList<>(vectors.exact().keySet());
    int next = 0;
    for (OpCall call : vectors.calls()) {
      Map<String, Object> inputs = new LinkedHashMap<>();
      for (var input : call.inputs().entrySet()) {
        inputs.put(input.getKey(), input(name, input, calls.size() + 1, given, files));
      }
      for (var table : call.tables().entrySet()) {
        if (given.putIfAbsent("tables/" + table.getKey(), table.getValue()) == null) {
          write(name, "tables/" + table.getKey(), table.getValue(), files);
        }
      }
      Map<String, Object> results = new LinkedHashMap<>();
      for (String output : call.outputs().keySet()) {
        results.put(output, file(outputs.get(next++)));
      }
      Map<String, Object> object = new LinkedHashMap<>();
      object.put("inputs", inputs);
      object.put("outputs", results);
      calls.add(object);
    }
    for (String output : outputs) {
      write(name, "exact/" + file(output), vectors.exact().get(output), files);
      write(name, "reference/" + file(output), vectors.reference().get(output), files);
      write(name, "bound/" + file(output), vectors.bound().get(output), files);
    }
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("case", vectors.check().toString());
    object.put("op", vectors.check().op());
    object.put("folder", name);
    object.put("calls", calls);
    object.put("files", files);
    return object;
  }

  /**
   * A later call's input is the earlier one's where both are the same; its name, without folder.
   */
  private String input(
      String name,
      Map.Entry<String, NdArray> input,
      int call,
      Map<String, NdArray> given,
      Map<String, Object> files)
      throws IOException {
    String path = "in/" + input.getKey();
    if (given.containsKey(path) && !given.get(path).equals(input.getValue())) {
      path += "-" + call;
    }
    if (given.put(path, input.getValue()) == null) {
      write(name, path, input.getValue(), files);
    }
    return path + ".npy";
  }

  /** The name of an output in a file. */
  static String file(String output) {
    return output.replace(' ', '-');
  }

  private void write(String name, String path, NdArray array, Map<String, Object> files)
      throws IOException {
    Path file = folder.resolve(name).resolve(path + ".npy");
    Files.createDirectories(file.getParent());
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Npy.write(bytes, array);
    Files.write(file, bytes.toByteArray()); // thousands, so not each forced to the disk
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("dtype", array.type().toString());
    object.put("shape", Arrays.stream(array.shape()).boxed().toList());
    object.put("sha256", sha256(bytes.toByteArray()));
    files.put(path + ".npy", object);
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
