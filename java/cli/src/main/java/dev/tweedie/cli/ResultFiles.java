package dev.tweedie.cli;

import dev.tweedie.InvalidInputException;
import dev.tweedie.check.CheckCase;
import dev.tweedie.check.export.CaseSize;
import dev.tweedie.io.ElementType;
import dev.tweedie.io.NdArray;
import dev.tweedie.io.Npy;
import dev.tweedie.io.Npz;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * What somebody's kernel wrote: of each case a folder as {@code --export} names it with a {@code
 * .npy} for each output, or an {@code .npz} of that name.
 */
record ResultFiles(String option, Path folder) {
  /**
   * @throws InvalidInputException where there is no such directory
   */
  ResultFiles {
    if (!Files.isDirectory(folder)) {
      throw new InvalidInputException(
          option + ": found " + folder + ", allowed: a directory of results");
    }
  }

  private Path archive(CheckCase check) {
    return folder.resolve(CaseSize.folder(check) + ".npz");
  }

  private Path file(CheckCase check, String output) {
    return folder.resolve(CaseSize.folder(check)).resolve(CheckExport.file(output) + ".npy");
  }

  /** Whether there is anything of this case. */
  boolean has(CheckCase check) {
    return Files.exists(archive(check))
        || Files.isDirectory(folder.resolve(CaseSize.folder(check)));
  }

  /** Whether there is this output. */
  boolean has(CheckCase check, String output) throws IOException {
    if (!Files.exists(archive(check))) {
      return Files.exists(file(check, output));
    }
    try (Arena arena = Arena.ofConfined()) {
      return Npz.open(archive(check), arena).contains(CheckExport.file(output));
    }
  }

  /**
   * Reads an output.
   *
   * @param shape what it must have, but for axes of length 1
   * @throws InvalidInputException where it is missing, damaged, or of another type or shape
   */
  float[] read(CheckCase check, String output, long[] shape) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      boolean archived = Files.exists(archive(check));
      Path path = archived ? archive(check) : file(check, output);
      NdArray found =
          archived ? Npz.open(path, arena).get(CheckExport.file(output)) : Npy.read(path, arena);
      String name = archived ? path + "[" + CheckExport.file(output) + "]" : path.toString();
      if (found.type() != ElementType.FLOAT32) {
        throw new InvalidInputException(
            "%s: found %s, allowed: float32".formatted(name, found.type()));
      }
      if (!Arrays.equals(squeezed(found.shape()), squeezed(shape))) {
        throw new InvalidInputException(
            "%s: found shape %s, allowed: %s"
                .formatted(name, Arrays.toString(found.shape()), Arrays.toString(shape)));
      }
      return found.toFloats();
    }
  }

  /** The axes that are not of length 1. */
  private static long[] squeezed(long[] shape) {
    return Arrays.stream(shape).filter(size -> size != 1).toArray();
  }
}
