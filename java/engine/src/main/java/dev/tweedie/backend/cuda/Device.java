package dev.tweedie.backend.cuda;

import dev.tweedie.DeviceMemory;
import dev.tweedie.MemoryUsage;
import dev.tweedie.OutOfNativeMemoryException;
import dev.tweedie.backend.memory.MemoryPool;
import dev.tweedie.backend.memory.MemorySource;
import dev.tweedie.bindings.TweedieCuda;
import dev.tweedie.bindings.generated.Tweedie;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The memory of one device and the transfers to and from it, up to a limit. Everything that uses
 * the handle is synchronised on this: one thread at a time.
 */
final class Device implements DeviceMemory {
  /** Of what lies in the heap, which native code cannot be given. */
  private static final long STAGED = 1 << 20;

  final TweedieCuda cuda;
  private final String name;
  private final long most;
  private final MemoryPool pool;
  private final MemorySegment staged;
  private final Map<Long, Long> sizes = new HashMap<>();
  private boolean recording;
  private final Set<MemorySegment> graphs = new HashSet<>();
  private final List<MemorySegment> marks = new ArrayList<>();
  private Runnable reclaim = () -> {};
  private Runnable settle = () -> {};
  private Consumer<MemorySegment> look = read -> {};

  Device(TweedieCuda cuda, String name, long limit, Arena arena) {
    this.cuda = cuda;
    this.name = name;
    this.most = limit;
    this.pool = new MemoryPool(name, new Source(), this, () -> reclaim.run());
    pool.limit(limit, MemoryUsage.CACHE_LIMIT);
    this.staged = arena.allocate(STAGED);
  }

  MemorySegment handle() {
    return cuda.handle();
  }

  /**
   * Takes the status of a call.
   *
   * @throws OutOfNativeMemoryException where the call found no room; the device stays usable
   * @throws IllegalStateException where it failed
   */
  void check(int status) {
    orNoMemory(
        () -> {
          cuda.check(status);
          return null;
        });
  }

  private static <T extends @Nullable Object> T orNoMemory(Supplier<T> call) {
    try {
      return call.get();
    } catch (TweedieCuda.NoMemory e) {
      throw new OutOfNativeMemoryException(String.valueOf(e.getMessage()));
    }
  }

  /** What to give up where memory runs out. */
  void onShortage(Runnable reclaim) {
    this.reclaim = reclaim;
  }

  /**
   * What is done where the host waits for ops: {@code settle} first, {@code look} with what it has
   * read of samples.
   */
  void onRead(Runnable settle, Consumer<MemorySegment> look) {
    this.settle = settle;
    this.look = look;
  }

  /** Refuses what ops so far are refused for, of this thread; waits for them. */
  void settle() {
    settle.run();
  }

  /** Where samples come from. */
  MemoryPool pool() {
    return pool;
  }

  /** Never more than the device itself allows. */
  void limit(long bytes, long cacheLimit) {
    pool.limit(Math.min(bytes, most), cacheLimit);
  }

  /** The device's memory; a segment is an address there, with length zero. */
  private final class Source implements MemorySource {
    @Override
    public Optional<MemorySegment> allocate(long bytes) {
      return cuda.allocate(Math.max(bytes, 1));
    }

    @Override
    public void free(MemorySegment block) {
      check(Tweedie.tweedie_cuda_free(handle(), block));
    }

    @Override
    public boolean reusable() {
      return true; // all work is on one stream: what was there is done by then
    }

    @Override
    public boolean divisible() {
      return false; // a kernel may ask for more than a host's alignment
    }

    @Override
    public MemorySegment visible(MemorySegment memory, Arena life, Object owner) {
      return memory;
    }
  }

  long room() {
    return pool.room();
  }

  long limit() {
    return pool.usage().limit();
  }

  /**
   * Memory of undefined content.
   *
   * @throws OutOfNativeMemoryException where there is no room; everything else stays as it was
   */
  synchronized MemorySegment allocate(long bytes) {
    refuseWhileRecording("memory");
    MemorySegment memory = pool.block(bytes);
    sizes.put(memory.address(), bytes);
    return memory;
  }

  synchronized void free(MemorySegment memory) {
    pool.giveBack(memory, Objects.requireNonNull(sizes.remove(memory.address())));
  }

  @Override
  public synchronized void upload(MemorySegment from, MemorySegment to) {
    upload(from, to, MemorySegment.NULL);
  }

  /** Begins when the compute stream has come to {@code after}, or to its end where that is null. */
  void upload(MemorySegment from, MemorySegment to, MemorySegment after) {
    refuseWhileRecording("an upload");
    if (from.isNative()) {
      check(Tweedie.tweedie_cuda_upload(handle(), to, from, from.byteSize(), after));
      return;
    }
    for (long at = 0; at < from.byteSize(); at += STAGED) {
      MemorySegment part = from.asSlice(at, Math.min(STAGED, from.byteSize() - at));
      MemorySegment.copy(part, 0, staged, 0, part.byteSize());
      check(Tweedie.tweedie_cuda_upload(handle(), moved(to, at), staged, part.byteSize(), after));
    }
  }

  @Override
  public synchronized void download(MemorySegment from, MemorySegment to) {
    refuseWhileRecording("a download");
    settle();
    download(from, to, MemorySegment.NULL);
    look.accept(to);
  }

  /** Waits for what came before {@code after}, or for everything where that is null. */
  void download(MemorySegment from, MemorySegment to, MemorySegment after) {
    refuseWhileRecording("a download");
    if (to.isNative()) {
      check(Tweedie.tweedie_cuda_download(handle(), to, from, to.byteSize(), after));
      return;
    }
    for (long at = 0; at < to.byteSize(); at += STAGED) {
      MemorySegment part = to.asSlice(at, Math.min(STAGED, to.byteSize() - at));
      check(
          Tweedie.tweedie_cuda_download(handle(), staged, moved(from, at), part.byteSize(), after));
      MemorySegment.copy(staged, 0, part, 0, part.byteSize());
    }
  }

  @Override
  public synchronized void copy(MemorySegment from, MemorySegment to, long bytes) {
    if (from.address() != to.address() && bytes > 0) {
      check(Tweedie.tweedie_cuda_copy(handle(), to, from, bytes));
    }
  }

  @Override
  public synchronized void clear(MemorySegment memory, long bytes) {
    if (bytes > 0) {
      check(Tweedie.tweedie_cuda_zero(handle(), memory, bytes));
    }
  }

  @Override
  public synchronized double seconds(Runnable ops) {
    refuseWhileRecording("a measurement");
    MemorySegment start = orNoMemory(cuda::newEvent);
    MemorySegment end = orNoMemory(cuda::newEvent);
    try {
      check(Tweedie.tweedie_cuda_event_record(handle(), start));
      ops.run();
      check(Tweedie.tweedie_cuda_event_record(handle(), end));
      double seconds = cuda.seconds(start, end);
      settle();
      return seconds;
    } finally {
      Tweedie.tweedie_cuda_event_free(handle(), start);
      Tweedie.tweedie_cuda_event_free(handle(), end);
    }
  }

  /** The address {@code bytes} further on. */
  static MemorySegment moved(MemorySegment address, long bytes) {
    return MemorySegment.ofAddress(address.address() + bytes);
  }

  // ---- recordings ----

  boolean recording() {
    return recording;
  }

  void beginRecording() {
    check(Tweedie.tweedie_cuda_capture_begin(handle()));
    recording = true;
  }

  MemorySegment endRecording() {
    recording = false;
    return orNoMemory(cuda::endCapture);
  }

  /** A point of the compute stream, which lives as long as the device. */
  MemorySegment newMark() {
    MemorySegment mark = orNoMemory(cuda::newEvent);
    marks.add(mark);
    return mark;
  }

  /** Makes cuBLAS ready. */
  void startFast() {
    orNoMemory(
        () -> {
          cuda.startFast();
          return null;
        });
  }

  /** Keeps a graph, which holds addresses: while one lives, nothing of the device is given up. */
  void keep(MemorySegment graph) {
    graphs.add(graph);
  }

  void freeGraph(MemorySegment graph) {
    graphs.remove(graph);
    Tweedie.tweedie_cuda_graph_free(handle(), graph);
  }

  boolean hasPlans() {
    return !graphs.isEmpty();
  }

  /** Frees everything and the handle, also where the device has failed and frees nothing more. */
  synchronized void close() {
    List.copyOf(graphs).forEach(this::freeGraph);
    freeSamples();
    marks.forEach(mark -> Tweedie.tweedie_cuda_event_free(handle(), mark));
    for (long address : sizes.keySet()) {
      Tweedie.tweedie_cuda_free(handle(), MemorySegment.ofAddress(address));
    }
    cuda.close();
  }

  /** A device that failed frees no more, which closing its handle does for it. */
  private void freeSamples() {
    try {
      pool.close();
    } catch (IllegalStateException e) {
      return;
    }
  }

  void refuseWhileRecording(String what) {
    if (recording) {
      throw new NotRecordable(what);
    }
  }
}
