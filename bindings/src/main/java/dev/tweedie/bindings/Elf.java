package dev.tweedie.bindings;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** What must be known of an ELF file before it is mapped. */
final class Elf {
  private static final int MAGIC = 0x464c457f; // 7f 'E' 'L' 'F'
  private static final int HEADER_SIZE = 64;
  private static final int SECTION_OFFSET = 0x28; // e_shoff
  private static final int SECTION_SIZE = 0x3a; // e_shentsize
  private static final int SECTION_COUNT = 0x3c; // e_shnum

  private Elf() {}

  /**
   * Why a {@code .so} file must not be given to the system's loader, if there is a reason.
   *
   * <p>The loader maps a file that ends before its section table, which linkers put last, without a
   * word; touching a missing page then kills the process.
   */
  static Optional<String> problem(Path file) throws IOException {
    if (!file.toString().endsWith(".so")) {
      return Optional.empty();
    }
    ByteBuffer header = ByteBuffer.allocate(HEADER_SIZE).order(ByteOrder.LITTLE_ENDIAN);
    try (SeekableByteChannel channel = Files.newByteChannel(file)) {
      while (header.hasRemaining() && channel.read(header) >= 0) {}
      if (header.hasRemaining() || header.getInt(0) != MAGIC) {
        return Optional.of(file + " is no native library");
      }
      long sections = header.getShort(SECTION_COUNT) * (long) header.getShort(SECTION_SIZE);
      return channel.size() < header.getLong(SECTION_OFFSET) + sections
          ? Optional.of(file + " is truncated")
          : Optional.empty();
    } catch (IOException e) {
      throw new IOException("cannot read " + file + ": " + e.getMessage(), e);
    }
  }
}
