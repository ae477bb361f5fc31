package dev.tweedie.backend.table;

import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.prior.Kind;
import dev.tweedie.prior.Spectrum;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Priors whose components have an eigenbasis of their own. */
abstract class BasisTable extends PriorTable {
  final Spectrum spectrum;
  private final MemorySegment basis;
  private final MemorySegment rest;

  BasisTable(GaussianMixture prior, Kind kind, Arena arena) {
    super(prior, kind, arena);
    spectrum = prior.spectrum();
    double[] columns = spectrum.basis();
    basis = Column.floats(arena, columns.length);
    rest = Column.floats(arena, columns.length);
    for (int i = 0; i < columns.length; i++) {
      Column.set(basis, i, columns[i]);
      Column.set(rest, i, columns[i] - (float) columns[i]);
    }
  }

  @Override
  public final int rank() {
    return spectrum.rank();
  }

  @Override
  public final MemorySegment basis() {
    return basis;
  }

  @Override
  public final MemorySegment rest() {
    return rest;
  }
}
