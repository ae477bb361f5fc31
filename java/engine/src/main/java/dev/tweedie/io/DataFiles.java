package dev.tweedie.io;

import dev.tweedie.InvalidInputException;
import dev.tweedie.Precision;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.StringJoiner;
import java.util.stream.Stream;

/**
 * Rows from and to files of any format. What a file is, its content says, not its name:
 *
 * <ul>
 *   <li>{@code .npy}, {@code .npz} with one array, IDX, each also as {@code .gz}: the first axis
 *       counts rows, the others are flattened in C order. One axis alone is a single row, except in
 *       IDX, where it holds labels and is refused. Rows of shape (h, w), (c, h, w) or (h, w, c)
 *       with c from 1 to 4 are images of known size, their numbers in the file's order.
 *   <li>CSV: a row a line, all of one length; the binary files of CIFAR, without their labels.
 *   <li>A PNG or JPEG file is one row, its channels one after another; a directory is one row for
 *       each of its {@code .png} and {@code .jpg} files, sorted by name, all of one size and as
 *       many channels.
 *   <li>A row of complex numbers has their real and imaginary parts side by side, see {@link
 *       dev.tweedie.prior.Circular}.
 *   <li>What a {@link RowFormat} on the path recognises.
 *   <li>uint8 is divided by 255, as images are kept; other integers keep their values.
 * </ul>
 */
public final class DataFiles {
  private static final String ALLOWED =
      "allowed: .npy, .npz with one array, IDX, CIFAR .bin, CSV, .gz of these, PNG, JPEG"
          + " or a directory of pictures";

  private DataFiles() {}

  /**
   * Reads rows. A {@code .npy} file of 1 GiB and more that holds them as they are wanted is mapped
   * and not copied.
   *
   * @param path file or directory; others must not write to a mapped file while its rows are used,
   *     to replace it by renaming is allowed
   * @param precision type of the result; numbers are rounded to nearest
   * @param arena lifetime of the rows
   * @throws InvalidInputException if the file is missing, unreadable, damaged or of another kind,
   *     or if a number is NaN or infinite, or too large for {@code precision}
   */
  public static Rows readRows(Path path, Precision precision, Arena arena) throws IOException {
    return read(InputSource.of(path), precision, arena).rows();
  }

  /** As {@link #readRows}, with what the rows were in the file. */
  public static RowFile read(InputSource source, Precision precision, Arena arena)
      throws IOException {
    return read(source, precision, arena, false);
  }

  /** As {@link #read}, where a number may be NaN, which says that it is unknown. */
  public static RowFile readWithUnknown(InputSource source, Precision precision, Arena arena)
      throws IOException {
    return read(source, precision, arena, true);
  }

  private static RowFile read(InputSource source, Precision precision, Arena arena, boolean unknown)
      throws IOException {
    if (source.isDirectory()) {
      return RowFile.ofPictures(readFolder(source, precision, arena));
    }
    try (Arena scratch = Arena.ofConfined()) {
      return InputFile.reading(
          () -> rows(InputFile.open(source, arena, scratch), precision, arena, scratch, unknown));
    }
  }

  /**
   * Reads a mixture where the file is an archive with an array of a mixture's, else rows: one that
   * misses others is a damaged mixture, never a data set. The file is opened once, as a pipe must
   * be.
   *
   * @throws InvalidInputException as {@link #readRows} and {@link MixtureFile#read} say
   */
  public static PriorFile readPrior(InputSource source, Precision precision, Arena arena)
      throws IOException {
    if (source.isDirectory()) {
      return read(source, precision, arena);
    }
    try (Arena scratch = Arena.ofConfined()) {
      return InputFile.reading(
          () -> readPrior(InputFile.open(source, arena, scratch), precision, arena, scratch));
    }
  }

  private static PriorFile readPrior(
      InputFile file, Precision precision, Arena arena, Arena scratch) throws IOException {
    if (file.format() == InputFile.Format.ZIP && file.origin().member().isEmpty()) {
      Npz npz = Npz.of(file, scratch);
      if (MixtureArrays.isMixture(npz)) {
        return MixtureFile.read(file.path(), npz);
      }
    }
    return rows(file, precision, arena, scratch, false);
  }

  private static RowFile rows(
      InputFile file, Precision precision, Arena arena, Arena scratch, boolean unknown) {
    Path path = file.path();
    if (file.format() == InputFile.Format.UNKNOWN) {
      return provided(file, precision, arena, unknown);
    }
    if (!file.origin().member().isEmpty() && file.format() != InputFile.Format.ZIP) {
      throw new InvalidInputException(
          "%s: is no archive, and has no array '%s'".formatted(path, file.origin().member()));
    }
    return switch (file.format()) {
      case NPY ->
          rows(file, Npy.parse(file.source(), file.bytes(), scratch), precision, arena, unknown);
      case ZIP ->
          rows(file, member(Npz.of(file, scratch), file.origin()), precision, arena, unknown);
      case IDX -> {
        NdArray array = Idx.parse(file.source(), file.bytes(), scratch);
        if (array.rank() < 2) {
          throw new InvalidInputException(
              path + ": IDX with one axis, as labels are kept; rows need two axes or more");
        }
        yield rows(file, array, precision, arena, unknown);
      }
      case CIFAR -> {
        int labels = Cifar.labels(file);
        RowFile read = rows(file, Cifar.parse(file, labels, scratch), precision, arena, unknown);
        yield read.noting(labels + " labels of each left out");
      }
      case TEXT -> {
        Csv.Table table = Csv.parse(file.source(), file.bytes());
        RowFile read = rows(file, table.array(), precision, arena, unknown);
        yield table.named() ? read.noting("its line of names left out") : read;
      }
      case PNG, JPEG -> {
        Image image = picture(file);
        ImageShape shape = image.shape();
        NdArray array =
            NdArray.of(image.pixels(), 1, shape.channels(), shape.height(), shape.width());
        yield RowFile.ofPictures(rows(file, array, precision, arena, unknown).rows());
      }
      case UNKNOWN -> throw new AssertionError("is read by provided formats");
    };
  }

  /** Rows of a format that somebody brought. */
  private static RowFile provided(
      InputFile file, Precision precision, Arena arena, boolean unknown) {
    StringJoiner names = new StringJoiner(" or ", " or ", "").setEmptyValue("");
    try {
      for (RowFormat format : ServiceLoader.load(RowFormat.class)) {
        if (format.recognises(file.bytes())) {
          RowFormat.Table table =
              format.read(
                  file.source(), file.bytes(), file.origin().member(), file.origin().limit());
          RowFile read = rows(file, table.array(), precision, arena, unknown);
          return table.done().isEmpty() ? read : read.noting(table.done());
        }
        names.add(format.name());
      }
    } catch (ServiceConfigurationError | IOException e) {
      throw new InvalidInputException(file.path() + ": " + e.getMessage(), e);
    }
    throw new InvalidInputException(
        "%s: not a data file: %s; %s%s"
            .formatted(file.path(), InputFile.firstBytes(file.bytes()), ALLOWED, names));
  }

  /**
   * Refuses an output that {@link #writeRows} could not write: to be called before any work.
   *
   * @throws InvalidInputException if the name ends neither in {@code .npy}, {@code .npz}, {@code
   *     .parquet} nor {@code .png}, or as {@link OutputFile#check} says
   */
  public static void checkTarget(Path path) throws IOException {
    extension(path);
    OutputFile.check(path);
  }

  /**
   * Writes rows as the name's extension says: {@code .npy}, {@code .npz} with the array {@code
   * arr_0}, {@code .parquet} with a column {@code x} of lists, or a grid of images as {@code .png}.
   * Whole or not at all.
   *
   * @throws InvalidInputException as {@link #checkTarget} and {@link PngGrid} say
   */
  public static void writeRows(Path path, Rows rows) throws IOException {
    writeRows(path, rows, "");
  }

  /** Writes rows as a {@code .npy} file to a stream, which stays open. */
  public static void writeRows(OutputStream out, Rows rows) throws IOException {
    Npy.write(out, rows.toArray());
    out.flush();
  }

  /**
   * As {@link #writeRows(Path, Rows)}.
   *
   * @param origin where the rows come from, in JSON of ASCII letters, kept in what is no bare
   *     array; empty for none
   */
  public static void writeRows(Path path, Rows rows, String origin) throws IOException {
    switch (extension(path)) {
      case ".npy" -> Npy.write(path, rows.toArray());
      case ".npz" -> Npz.write(path, Map.of("arr_0", rows.toArray()), origin);
      case ".parquet" -> ParquetFile.write(path, rows, origin);
      default -> PngGrid.write(path, rows, origin);
    }
  }

  private static String extension(Path path) {
    String name = path.toString().toLowerCase(Locale.ROOT);
    return Stream.of(".npy", ".npz", ".parquet", ".png")
        .filter(name::endsWith)
        .findFirst()
        .orElseThrow(
            () ->
                new InvalidInputException(
                    path
                        + ": unknown kind of output; allowed: a name in .npy, .npz, .parquet or"
                        + " .png"));
  }

  private static NdArray member(Npz npz, InputSource origin) {
    if (!origin.member().isEmpty()) {
      return npz.get(origin.member());
    }
    if (npz.names().size() != 1) {
      throw new InvalidInputException(
          "%s: holds %d arrays (%s); rows need exactly one, or its name: %s:NAME"
              .formatted(origin.path(), npz.names().size(), npz.list(), origin.path()));
    }
    return npz.get(npz.names().getFirst());
  }

  private static RowFile rows(
      InputFile file, NdArray found, Precision precision, Arena arena, boolean unknown) {
    boolean complex = found.type().isComplex();
    NdArray array = complex ? found.parts() : found;
    long[] shape = array.shape();
    long count = shape.length < 2 ? 1 : shape[0];
    long dim = shape.length < 2 ? array.count() : 1;
    for (int axis = 1; axis < shape.length; axis++) {
      // No overflow: with rows there are at most 2^63 elements, without rows dim is bounded here.
      dim = dim > Integer.MAX_VALUE ? dim : dim * Math.min(shape[axis], Integer.MAX_VALUE + 1L);
    }
    if (shape.length == 0 || dim < 1 || dim > Integer.MAX_VALUE) {
      throw new InvalidInputException(
          "%s: shape %s; rows need the shape (count, dimension), dimension from 1 to 2^31 - 1"
              .formatted(file.path(), Shape.text(shape)));
    }
    MemorySegment values;
    ElementType type = array.type();
    if (file.mapped() && type == ElementType.of(precision) && isWithin(file, array)) {
      values = file.kept(array, arena);
    } else {
      values = Memory.allocate(file.source(), array.count() * precision.bytes(), arena);
      if (type == ElementType.UINT8) {
        array.copyUnitTo(values, precision);
      } else {
        array.copyTo(values, precision);
      }
    }
    ImageShape image = complex ? ImageShape.UNKNOWN : ImageShape.ofArray(shape);
    Rows rows = new Rows(values, precision, count, (int) dim, image, complex);
    requireFinite(file.path(), array, rows, unknown);
    return RowFile.ofArray(rows, found);
  }

  private static boolean isWithin(InputFile file, NdArray array) {
    return file.bytes().asOverlappingSlice(array.data()).isPresent();
  }

  // The numbers as they became, so that one too large for the precision is found too; the message
  // has the number as the file has it.
  private static void requireFinite(Path path, NdArray array, Rows rows, boolean unknown) {
    NdArray numbers = rows.complex() ? rows.toArray().parts() : rows.toArray();
    long at = unknown ? numbers.firstInfinite() : numbers.firstNonFinite();
    if (at >= 0) {
      throw new InvalidInputException(
          "%s: row %d, column %d (from 0) is %s; allowed: finite numbers of %s%s"
              .formatted(
                  path,
                  at / rows.dim(),
                  at % rows.dim(),
                  array.getDouble(at),
                  ElementType.of(rows.precision()),
                  unknown ? ", or NaN for unknown ones" : ""));
    }
  }

  private static Rows readFolder(InputSource source, Precision precision, Arena arena)
      throws IOException {
    Path folder = source.path();
    List<Path> files;
    try (Stream<Path> entries = Files.list(folder)) {
      files = entries.filter(DataFiles::isPicture).sorted().toList();
    }
    if (files.isEmpty()) {
      throw new InvalidInputException(
          folder + ": a directory without .png or .jpg files; " + ALLOWED);
    }
    Image first = picture(source, files.getFirst());
    long dim = first.shape().numbers();
    MemorySegment values =
        Memory.allocate(folder.toString(), files.size() * dim * precision.bytes(), arena);
    for (int i = 0; i < files.size(); i++) {
      Image image = i == 0 ? first : picture(source, files.get(i));
      if (!image.shape().equals(first.shape())) {
        throw new InvalidInputException(
            "%s: %s pixels; the first image, %s, has %s, and all must be of one size and kind"
                .formatted(
                    files.get(i), image.shape(), files.getFirst().getFileName(), first.shape()));
      }
      long rowBytes = dim * precision.bytes();
      NdArray.of(image.pixels(), dim).copyTo(values.asSlice(i * rowBytes, rowBytes), precision);
    }
    return new Rows(values, precision, files.size(), (int) dim, first.shape());
  }

  private static boolean isPicture(Path file) {
    String name = file.toString().toLowerCase(Locale.ROOT);
    return Stream.of(".png", ".jpg", ".jpeg").anyMatch(name::endsWith);
  }

  private static Image picture(InputSource folder, Path file) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      InputSource source = InputSource.of(file).withLimit(folder.limit());
      return picture(InputFile.open(source, arena, arena));
    }
  }

  private static Image picture(InputFile file) {
    return file.format() == InputFile.Format.JPEG ? Jpeg.parse(file) : Png.parse(file);
  }
}
