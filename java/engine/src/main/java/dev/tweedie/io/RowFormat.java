package dev.tweedie.io;

import dev.tweedie.InvalidInputException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * A format of files of rows that a jar on the path adds, found by {@link java.util.ServiceLoader}.
 * It is asked about contents that none of the formats of {@link DataFiles} knows.
 */
public interface RowFormat {
  /** What people call it: {@code Parquet}. */
  String name();

  /** Whether the whole content of a file, from its first bytes, is of this format. */
  boolean recognises(MemorySegment content);

  /**
   * Reads the rows.
   *
   * @param source the file's name, for messages
   * @param content the whole file; may be read-only, and is gone after the call
   * @param member the one column or array that is meant ({@code FILE:NAME}); empty for all
   * @param limit bytes that the result may have
   * @throws InvalidInputException with one line where the content cannot be rows
   */
  Table read(String source, MemorySegment content, String member, long limit) throws IOException;

  /**
   * What was read.
   *
   * @param array the first axis counts rows
   * @param done what was done to it, for people; empty for nothing
   */
  record Table(NdArray array, String done) {}
}
