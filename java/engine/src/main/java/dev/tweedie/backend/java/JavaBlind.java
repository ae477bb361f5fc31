package dev.tweedie.backend.java;

import dev.tweedie.backend.host.BlindKernels;
import dev.tweedie.backend.host.RowState;
import dev.tweedie.backend.table.BlindTable;
import dev.tweedie.backend.table.PriorTable;
import dev.tweedie.prior.Kind;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The blind kernels: as {@link JavaScore}, with one softmax over levels and components. */
final class JavaBlind implements BlindKernels {
  private final int block;
  private final int levels;
  private final Batch batch;
  private final BlindComponents components;
  private final Merge merge;
  private final Finish finish;
  private final float[] row;

  JavaBlind(PriorTable prior, int levels, Tile tile) {
    this.levels = levels;
    int width = prior.kind().blindWidth(prior.dim());
    boolean isotropic = prior.kind() == Kind.ISOTROPIC;
    block = prior.kind().blindBlock();
    batch = new Batch(prior, tile, width, levels);
    components =
        isotropic
            ? new IsotropicBlind(prior, levels, tile)
            : new SpectralBlind(prior, levels, tile);
    merge = new Merge(width, levels);
    // the sums of a mean are those of full covariances, but for isotropic ones
    finish = new Finish(prior, isotropic ? Kind.ISOTROPIC : Kind.FULL, width);
    row = new float[levels];
  }

  @Override
  public void accumulate(BlindTable table, long first, long last, RowState rows) {
    BlindRefinement refinement = components.refinement();
    batch.load(1, rows);
    batch.clear();
    refinement.clear(batch);
    for (int k = (int) first; k < last; k += block) {
      components.load(table, k, (int) Math.min(block, last - k));
      for (int t = 0; t < batch.tiles; t++) {
        components.accumulate(batch, t, rows.summing());
      }
    }
    if (refinement.find(table, batch)) {
      accumulateRefined(table, first, last, rows.summing());
    }
    for (int i = 0; i < rows.rows(); i++) {
      if (!refinement.isRefined(i)) {
        batch.top[i] = batch.topFloat[i];
      }
    }
    merge.add((int) (first / Kind.SHARD), rows, batch);
  }

  /** Once more, of tiles with rows to refine; their other rows will be the same again. */
  private void accumulateRefined(BlindTable table, long first, long last, boolean summing) {
    BlindRefinement refinement = components.refinement();
    for (int t = 0; t < batch.tiles; t++) {
      if (refinement.count(t) > 0) {
        batch.clear(t);
      }
    }
    for (int k = (int) first; k < last; k += block) {
      int n = (int) Math.min(block, last - k);
      components.load(table, k, n);
      refinement.load(table, k, n);
      for (int t = 0; t < batch.tiles; t++) {
        if (refinement.count(t) > 0) {
          components.accumulate(batch, t, summing);
        }
      }
    }
  }

  @Override
  public void merge(int shard, RowState into, RowState from) {
    merge.add(shard, into, from);
  }

  @Override
  public void finish(
      BlindTable table,
      RowState rows,
      MemorySegment mean,
      MemorySegment masses,
      MemorySegment evidence) {
    for (long i = 0; i < rows.rows(); i++) {
      Floats.read(rows.sum(), i * levels, row, 0, levels);
      float total = 0;
      for (float mass : row) {
        total += mass;
      }
      if (!mean.equals(MemorySegment.NULL)) {
        finish.row(rows, i, total, mean);
      }
      if (!evidence.equals(MemorySegment.NULL)) {
        double top = rows.top().getAtIndex(ValueLayout.JAVA_DOUBLE, i);
        double value = Finish.logMass(table.offset(), top, total);
        evidence.setAtIndex(ValueLayout.JAVA_FLOAT, rows.begin() + i, (float) value);
      }
      if (!masses.equals(MemorySegment.NULL)) {
        for (int s = 0; s < levels; s++) {
          row[s] /= total;
        }
        Floats.write(row, 0, masses, (rows.begin() + i) * levels, levels);
      }
    }
  }
}
