package dev.tweedie.io;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.zip.CRC32;

/**
 * Puts a text that says where a picture comes from into a PNG on its way to a file, as the chunk
 * tEXt right after the header (PNG specification, third edition, 11.3.3.2).
 */
public final class PngOrigin extends FilterOutputStream {
  /** Keyword of the text. */
  public static final String KEYWORD = "tweedie";

  private static final int HEADER_END = 8 + 25; // the magic, and the chunk IHDR

  private final String text;
  private long written;

  /**
   * @param out gets the file
   * @param text in ASCII; empty for none
   */
  public PngOrigin(OutputStream out, String text) {
    super(out);
    this.text = text;
  }

  @Override
  public void write(int b) throws IOException {
    out.write(b);
    if (++written == HEADER_END) {
      insert();
    }
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    int head = Math.clamp(HEADER_END - written, 0, length);
    out.write(bytes, offset, head);
    written += head;
    if (head > 0 && written == HEADER_END) {
      insert();
    }
    out.write(bytes, offset + head, length - head);
    written += length - head;
  }

  private void insert() throws IOException {
    if (text.isEmpty()) {
      return;
    }
    byte[] content = ("tEXt" + KEYWORD + '\0' + text).getBytes(StandardCharsets.US_ASCII);
    CRC32 crc = new CRC32();
    crc.update(content);
    ByteBuffer chunk = ByteBuffer.allocate(content.length + 8);
    out.write(chunk.putInt(content.length - 4).put(content).putInt((int) crc.getValue()).array());
  }
}
