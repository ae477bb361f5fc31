package dev.tweedie.cli;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.tweedie.io.NdArray;
import dev.tweedie.io.Npy;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A command that has no ONNX Runtime. */
class NetworkAbsenceTest {
  @TempDir private Path folder;

  /** As in the bundle, which leaves the runtime out: a process whose path lacks its jar. */
  @Test
  void withoutTheRuntimeANetworkIsRefusedInOneLine() throws Exception {
    String model = Files.createFile(folder.resolve("model.onnx")).toString();
    Npy.write(folder.resolve("in.npy"), NdArray.of(new float[] {1, 2, 3}, 1, 3));
    String both =
        System.getProperty("java.class.path")
            + File.pathSeparator
            + System.getProperty("jdk.module.path", "");
    String path =
        Stream.of(both.split(File.pathSeparator))
            .filter(entry -> !entry.contains("onnxruntime"))
            .collect(Collectors.joining(File.pathSeparator));
    assertNotEquals(both.length(), path.length());
    Process command =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                path,
                Main.class.getName(),
                "denoise",
                "--prior",
                model,
                "--blind",
                "--in",
                folder.resolve("in.npy").toString(),
                "--out",
                folder.resolve("no.npy").toString())
            .redirectOutput(folder.resolve("out.txt").toFile())
            .redirectError(folder.resolve("err.txt").toFile())
            .start();
    int status = command.waitFor();
    String out = Files.readString(folder.resolve("out.txt"));
    new Run(status, out, Files.readString(folder.resolve("err.txt")))
        .refused("model.onnx", "com.microsoft.onnxruntime:onnxruntime");
    assertFalse(Files.exists(folder.resolve("no.npy")));
  }
}
