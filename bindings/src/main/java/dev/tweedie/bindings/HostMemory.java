package dev.tweedie.bindings;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Memory of the C library, which nobody clears before it is used and nobody has to close an arena
 * for, and lifetimes that are put on it afterwards. All of it is restricted; where Java was started
 * without native access, {@link #here} is empty.
 */
public final class HostMemory {
  /** From this size on a block begins at a large page, and the system is asked for such pages. */
  public static final long LARGE = 4L << 20;

  private static final long LARGE_PAGE = 2L << 20;
  private static final long CACHE_LINE = 64;
  private static final int MADV_HUGEPAGE = 14;

  private static final AddressLayout POINTER = ValueLayout.ADDRESS;

  private final MethodHandle memalign;
  private final MethodHandle free;
  private final @Nullable MethodHandle advise; // none where the system has no such pages

  private HostMemory(Linker linker, SymbolLookup symbols) {
    memalign =
        linker.downcallHandle(
            symbols.findOrThrow("posix_memalign"),
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT, POINTER, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));
    free = linker.downcallHandle(symbols.findOrThrow("free"), FunctionDescriptor.ofVoid(POINTER));
    advise =
        System.getProperty("os.name").equals("Linux")
            ? linker.downcallHandle(
                symbols.findOrThrow("madvise"),
                FunctionDescriptor.of(
                    ValueLayout.JAVA_INT, POINTER, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT))
            : null;
  }

  private static final class Instance {
    static final Optional<HostMemory> HERE = find();

    private static Optional<HostMemory> find() {
      try {
        Linker linker = Linker.nativeLinker();
        return Optional.of(new HostMemory(linker, linker.defaultLookup()));
      } catch (IllegalCallerException
          | UnsupportedOperationException
          | java.util.NoSuchElementException e) {
        return Optional.empty(); // no native access, or a system without these functions
      }
    }
  }

  /** Empty where Java may not call the C library. */
  public static Optional<HostMemory> here() {
    return Instance.HERE;
  }

  /** {@code bytes} > 0 of undefined content, at a multiple of 64; empty where there are none. */
  public Optional<MemorySegment> allocate(long bytes) {
    long alignment = bytes >= LARGE ? LARGE_PAGE : CACHE_LINE;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(POINTER);
      if ((int) memalign.invokeExact(out, alignment, bytes) != 0) {
        return Optional.empty();
      }
      MemorySegment block = out.get(POINTER, 0).reinterpret(bytes);
      if (bytes >= LARGE && advise != null) {
        // refused where the system has none: small pages do
        int _ = (int) advise.invokeExact(block, bytes, MADV_HUGEPAGE);
      }
      return Optional.of(block);
    } catch (Throwable e) {
      throw new AssertionError("functions of the C library throw nothing", e);
    }
  }

  /** Frees what {@link #allocate} gave. */
  public void free(MemorySegment block) {
    try {
      free.invokeExact(block);
    } catch (Throwable e) {
      throw new AssertionError("free throws nothing", e);
    }
  }

  /**
   * The same memory for as long as {@code life} lasts: who keeps the result and uses it later gets
   * an exception. It keeps {@code owner} reachable.
   */
  public static MemorySegment living(MemorySegment memory, Arena life, Object owner) {
    return memory.reinterpret(
        memory.byteSize(), life, _ -> java.lang.ref.Reference.reachabilityFence(owner));
  }

  /**
   * The same memory with the lifetime of {@code other}: a native call that is given the result
   * holds {@code other} while it runs, so that a pointer to it may lie inside a struct. Closing its
   * arena meanwhile is refused, as if it had been an argument.
   */
  public static MemorySegment holding(MemorySegment memory, MemorySegment other) {
    return memory.reinterpret(memory.byteSize(), new Lifetime(other.scope()), null);
  }

  /** An arena that allocates nothing: only its lifetime is asked for. */
  private record Lifetime(MemorySegment.Scope scope) implements Arena {
    @Override
    public MemorySegment allocate(long bytes, long alignment) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void close() {
      throw new UnsupportedOperationException();
    }
  }
}
