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
import java.util.function.LongSupplier;

/**
 * How the products of a shard's logits and sums are made: exactly, or as numerics ask.
 *
 * @param scratch bytes that the kernel writes to
 * @param kernel takes components in
 */
record Products(LongSupplier scratch, Kernel kernel) {
  /** Takes in components {@code [first, last)}; gives the status. */
  @FunctionalInterface
  interface Kernel {
    int accumulate(
        MemorySegment handle,
        MemorySegment level,
        long first,
        long last,
        MemorySegment rows,
        MemorySegment scratch);
  }

  /** Those of a prior; exact ones where the numerics have none for it. */
  static Products of(Numerics numerics, PriorTable table, MemorySegment prior, Arena arena) {
    return switch (numerics) {
      case EXACT, FAST_TF32 -> exact(prior);
      case FAST -> ofLibrary(prior);
      case FAST_BYTES -> {
        ByteTable bytes = table.bytes();
        yield bytes == null
            ? exact(prior)
            : ofBytes(prior, Structs.write(tweedie_bytes.allocate(arena), bytes));
      }
      case FAST_BF16 -> {
        Bf16Table rounded = table.bf16();
        yield rounded == null
            ? exact(prior)
            : ofBf16(prior, Structs.write(tweedie_bf16.allocate(arena), rounded));
      }
    };
  }

  /** Chains of fma. */
  static Products exact(MemorySegment prior) {
    return new Products(
        () -> Tweedie.tweedie_cpu_evaluate_scratch(prior),
        (handle, level, first, last, rows, scratch) ->
            Tweedie.tweedie_cpu_evaluate_accumulate(
                handle, prior, level, first, last, rows, scratch));
  }

  /** oneMKL's sgemm. */
  private static Products ofLibrary(MemorySegment prior) {
    return new Products(
        () -> Tweedie.tweedie_cpu_fast_evaluate_scratch(prior),
        (handle, level, first, last, rows, scratch) ->
            Tweedie.tweedie_cpu_fast_evaluate_accumulate(
                handle, prior, level, first, last, rows, scratch));
  }

  /** Whole numbers. */
  private static Products ofBytes(MemorySegment prior, MemorySegment bytes) {
    return new Products(
        () -> Tweedie.tweedie_cpu_bytes_scratch(prior),
        (handle, level, first, last, rows, scratch) ->
            Tweedie.tweedie_cpu_bytes_accumulate(
                handle, prior, bytes, level, first, last, rows, scratch));
  }

  /** Factors of 8 bits. */
  private static Products ofBf16(MemorySegment prior, MemorySegment bf16) {
    return new Products(
        () -> Tweedie.tweedie_cpu_bf16_scratch(prior),
        (handle, level, first, last, rows, scratch) ->
            Tweedie.tweedie_cpu_bf16_accumulate(
                handle, prior, bf16, level, first, last, rows, scratch));
  }
}
