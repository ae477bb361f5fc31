package dev.tweedie.io;

/**
 * Rows of a file, and what they were there.
 *
 * @param rows the rows
 * @param found what the file holds and what was done to its numbers, for people
 * @param picture whether it is a picture or a directory of them
 */
public record RowFile(Rows rows, String found, boolean picture) implements PriorFile {
  static RowFile ofArray(Rows rows, NdArray array) {
    String done =
        switch (array.type()) {
          case UINT8 -> ", divided by 255";
          case FLOAT16, FLOAT32, FLOAT64, COMPLEX64, COMPLEX128 -> "";
          default -> ", numbers as they are, not scaled";
        };
    return new RowFile(rows, array + done, false);
  }

  /** With a further thing that was done. */
  RowFile noting(String done) {
    return new RowFile(rows, found + ", " + done, picture);
  }

  static RowFile ofPictures(Rows rows) {
    return new RowFile(
        rows, "pictures of %s, samples over their maximum".formatted(rows.image()), true);
  }
}
