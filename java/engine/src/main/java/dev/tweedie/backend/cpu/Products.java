package dev.tweedie.backend.cpu;

import dev.tweedie.Numerics;
import dev.tweedie.backend.abi.Structs;
import dev.tweedie.backend.table.Bf16Table;
import dev.tweedie.backend.table.ByteTable;
import dev.tweedie.backend.table.PriorTable;
import dev.tweedie.bindings.generated.Tweedie;
import dev.tweedie.bindings.generated.tweedie_bf16;
import dev.tweedie.bindings.generated.tweedie_bytes;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** How the products of a shard's logits and sums are made: exactly, or as numerics ask. */
interface Products {
  /** Bytes that {@link #accumulate} writes to. */
  long scratchBytes();

  /** Takes in components {@code [first, last)}; gives the kernel's status. */
  int accumulate(
      MemorySegment handle,
      MemorySegment level,
      long first,
      long last,
      MemorySegment rows,
      MemorySegment scratch);

  /** Those of a prior; exact ones where the numerics have none for it. */
  static Products of(Numerics numerics, PriorTable table, MemorySegment prior, Arena arena) {
    return switch (numerics) {
      case EXACT, FAST_TF32 -> new Exact(prior);
      case FAST -> new OfLibrary(prior);
      case FAST_BYTES -> {
        ByteTable bytes = table.bytes();
        yield bytes == null
            ? new Exact(prior)
            : new OfBytes(prior, Structs.write(tweedie_bytes.allocate(arena), bytes));
      }
      case FAST_BF16 -> {
        Bf16Table rounded = table.bf16();
        yield rounded == null
            ? new Exact(prior)
            : new OfBf16(prior, Structs.write(tweedie_bf16.allocate(arena), rounded));
      }
    };
  }

  /** Chains of fma. */
  record Exact(MemorySegment prior) implements Products {
    @Override
    public long scratchBytes() {
      return Tweedie.tweedie_cpu_evaluate_scratch(prior);
    }

    @Override
    public int accumulate(
        MemorySegment handle,
        MemorySegment level,
        long first,
        long last,
        MemorySegment rows,
        MemorySegment scratch) {
      return Tweedie.tweedie_cpu_evaluate_accumulate(
          handle, prior, level, first, last, rows, scratch);
    }
  }

  /** oneMKL's sgemm. */
  record OfLibrary(MemorySegment prior) implements Products {
    @Override
    public long scratchBytes() {
      return Tweedie.tweedie_cpu_fast_evaluate_scratch(prior);
    }

    @Override
    public int accumulate(
        MemorySegment handle,
        MemorySegment level,
        long first,
        long last,
        MemorySegment rows,
        MemorySegment scratch) {
      return Tweedie.tweedie_cpu_fast_evaluate_accumulate(
          handle, prior, level, first, last, rows, scratch);
    }
  }

  /** Whole numbers. */
  record OfBytes(MemorySegment prior, MemorySegment bytes) implements Products {
    @Override
    public long scratchBytes() {
      return Tweedie.tweedie_cpu_bytes_scratch(prior);
    }

    @Override
    public int accumulate(
        MemorySegment handle,
        MemorySegment level,
        long first,
        long last,
        MemorySegment rows,
        MemorySegment scratch) {
      return Tweedie.tweedie_cpu_bytes_accumulate(
          handle, prior, bytes, level, first, last, rows, scratch);
    }
  }

  /** Factors of 8 bits. */
  record OfBf16(MemorySegment prior, MemorySegment bf16) implements Products {
    @Override
    public long scratchBytes() {
      return Tweedie.tweedie_cpu_bf16_scratch(prior);
    }

    @Override
    public int accumulate(
        MemorySegment handle,
        MemorySegment level,
        long first,
        long last,
        MemorySegment rows,
        MemorySegment scratch) {
      return Tweedie.tweedie_cpu_bf16_accumulate(
          handle, prior, bf16, level, first, last, rows, scratch);
    }
  }
}
