package dev.tweedie.spark;

import dev.tweedie.InvalidInputException;
import dev.tweedie.Precision;
import dev.tweedie.io.DataFiles;
import dev.tweedie.io.InputSource;
import dev.tweedie.io.MixtureFile;
import dev.tweedie.io.RowFile;
import dev.tweedie.io.Rows;
import dev.tweedie.prior.Builtin;
import dev.tweedie.prior.DataSet;
import dev.tweedie.prior.Prior;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.apache.spark.SparkEnv;
import org.apache.spark.SparkFiles;
import org.apache.spark.sql.SparkSession;

/**
 * Where a prior comes from: a file that Spark brings to every machine once, or a builtin name. The
 * file goes by a name of its content, so that two of one name do not meet, and one that is shipped
 * again is not shipped twice.
 *
 * @param name as the user wrote it
 * @param shipped the file's name among Spark's files; empty for a builtin prior
 */
record PriorSource(String name, String shipped) implements Serializable {
  private static final String BUILTIN = "builtin:";

  /**
   * Hands the file to Spark.
   *
   * @throws InvalidInputException where there is no such file or builtin prior
   */
  static PriorSource ship(SparkSession spark, String name) {
    if (name.startsWith(BUILTIN)) {
      return new PriorSource(name, "");
    }
    Path file = InputSource.pathOf(name).toAbsolutePath();
    if (!Files.isRegularFile(file)) {
      throw new InvalidInputException(
          "prior: found %s, allowed: a file that this driver can read, or builtin:NAME"
              .formatted(name));
    }
    try {
      String unique = "tweedie-" + digest(file) + "-" + file.getFileName();
      Path folder = Path.of(System.getProperty("java.io.tmpdir"), "tweedie-spark-" + user());
      Files.createDirectories(folder);
      Path link = folder.resolve(unique);
      link(link, file);
      // A URI with its scheme: Spark would follow the link of a bare path to the file's own name.
      spark.sparkContext().addFile(link.toUri().toString());
      return new PriorSource(name, unique);
    } catch (IOException e) {
      throw new UncheckedIOException("prior " + name + ": cannot be read: " + e.getMessage(), e);
    }
  }

  private static String user() {
    return System.getProperty("user.name");
  }

  /** The file under that name, without a copy where links are possible. */
  private static void link(Path link, Path file) throws IOException {
    Files.deleteIfExists(link); // it may lead to where the file was once
    try {
      Files.createSymbolicLink(link, file);
    } catch (FileAlreadyExistsException e) {
      // another driver of this user has just made it, to the same content
    } catch (UnsupportedOperationException | IOException e) {
      Files.copy(file, link);
    }
  }

  private static String digest(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file);
        DigestInputStream digest =
            new DigestInputStream(in, MessageDigest.getInstance("SHA-256"))) {
      digest.transferTo(OutputStream.nullOutputStream());
      return HexFormat.of().formatHex(digest.getMessageDigest().digest(), 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }

  /**
   * Reads the prior where a task runs; a data set in float32 is mapped.
   *
   * @param arena lifetime of its points
   */
  Prior read(Arena arena) {
    return shipped.isEmpty() ? builtin() : read(Path.of(SparkFiles.get(shipped)), arena);
  }

  /** Reads the prior on the driver, from the user's own file. */
  Prior readHere(Arena arena) {
    return shipped.isEmpty() ? builtin() : read(InputSource.pathOf(name).toAbsolutePath(), arena);
  }

  private Prior builtin() {
    return Builtin.parse(name.substring(BUILTIN.length()));
  }

  private Prior read(Path file, Arena arena) {
    if (!Files.isReadable(file)) {
      throw new InvalidInputException(
          "prior %s: found no file %s on %s, allowed: the file that the driver shipped"
              .formatted(name, file, host()));
    }
    try {
      return switch (DataFiles.readPrior(InputSource.of(file), Precision.FLOAT32, arena)) {
        case MixtureFile mixture -> mixture.parameters().toPrior();
        case RowFile rows -> dataSet(rows.rows());
      };
    } catch (IOException e) {
      throw new UncheckedIOException(
          "prior %s: cannot be read on %s: %s".formatted(name, host(), e.getMessage()), e);
    } catch (InvalidInputException e) {
      throw new InvalidInputException("prior " + name + ": " + e.getMessage(), e);
    }
  }

  private static DataSet dataSet(Rows rows) {
    if (rows.count() > Integer.MAX_VALUE) {
      throw new InvalidInputException(
          "found " + rows.count() + " points, allowed: at most 2^31 - 1");
    }
    return new DataSet(rows.values(), rows.precision(), (int) rows.count(), rows.dim());
  }

  private static String host() {
    return "executor " + SparkEnv.get().executorId();
  }
}
