package dev.tweedie;

import dev.tweedie.lifetime.Life;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** The memory that samples and their slices share. */
final class SampleBlock implements SampleOwner.View {
  private final SampleOwner owner;
  private final SampleOwner.Piece piece;
  private final String what;
  private final @Nullable MappedFile file; // null where the memory is not that of a file
  private final Life life = new Life();
  private @Nullable Arena seen;
  private @Nullable MemorySegment view;

  SampleBlock(SampleOwner owner, SampleOwner.Piece piece, String what) {
    this.owner = owner;
    this.piece = piece;
    this.what = what;
    file = MappedFile.of(piece.memory()).orElse(null);
  }

  void enter() {
    if (file != null) {
      file.requireUnchanged();
    }
    if (!life.enter()) {
      throw closed();
    }
  }

  void exit() {
    life.exit();
  }

  private IllegalStateException closed() {
    return new IllegalStateException("samples " + what + ": closed, and their memory is gone");
  }

  /**
   * A part as users may keep it: with a lifetime that the end of this ends.
   *
   * @param part as backends see it
   */
  MemorySegment view(MemorySegment part, long bytes) {
    return view().asSlice(part.address() - piece.memory().address(), bytes);
  }

  private synchronized MemorySegment view() {
    if (life.hasEnded()) {
      throw closed();
    }
    if (view == null) {
      owner.enter(); // not between its end and the end of what was seen of it
      try {
        seen = Arena.ofShared();
        view = piece.visible(seen);
        owner.show(this);
      } finally {
        owner.exit();
      }
    }
    return view;
  }

  /** Ends what users hold. An arena refuses while a native call reads it: that ends soon. */
  @Override
  public synchronized void hide() {
    while (seen != null) {
      try {
        seen.close();
        seen = null;
      } catch (IllegalStateException e) {
        if (!seen.scope().isAlive()) {
          seen = null;
        }
        Thread.onSpinWait();
      }
    }
  }

  void close() {
    if (life.begin()) {
      life.await();
      hide();
      piece.free();
    }
  }
}
