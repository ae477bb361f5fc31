package dev.tweedie.reverse;

import dev.tweedie.Samples;
import dev.tweedie.backend.Backend;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The steps of batches of one kind as a device has recorded them. The first such batch runs step by
 * step, which puts all tables on the device; the second is recorded, and it and later ones are run
 * as one launch each. Hosts record nothing.
 */
final class Recording {
  /** What must be the same for a batch to take the same steps. */
  record Kind(Sampler sampler, int first, int rows) {}

  /** Which memory plays which part in a chain: samplers swap them. */
  record Memory(
      @Nullable Samples x,
      @Nullable Samples denoised,
      @Nullable Samples previous,
      @Nullable Samples trial) {}

  private final Kind kind;
  private boolean tried;
  private Optional<Backend.Plan> plan = Optional.empty();
  private @Nullable Memory before;
  private @Nullable Memory after;

  Recording(Kind kind) {
    this.kind = kind;
  }

  boolean isOf(Kind other) {
    return kind.equals(other);
  }

  /** Takes the steps of the chain's batch at once; false where nothing could be recorded. */
  boolean play(Chain chain, Backend backend, long firstRow) {
    if (!tried) {
      tried = true;
      before = chain.memory();
      plan = backend.record(() -> chain.recordSteps(kind.sampler()));
      after = chain.memory();
      chain.takeOver(before);
    }
    if (plan.isEmpty()) {
      return false;
    }
    chain.use(Objects.requireNonNull(before));
    plan.get().run(firstRow);
    chain.takeOver(Objects.requireNonNull(after));
    return true;
  }

  void close() {
    plan.ifPresent(Backend.Plan::close);
  }
}
