package dev.tweedie.cli;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import dev.tweedie.restore.ImplicitPriorSampler;
import dev.tweedie.restore.KnownElements;
import dev.tweedie.restore.LinearMeasurement;
import java.util.List;

/** What {@code --in} says of the rows that {@code restore} draws. */
interface Observation {
  /**
   * Draws rows {@code [begin, begin + count)}.
   *
   * @param start their first rows, or null for noise
   * @return valid until the next batch
   */
  Samples draw(ImplicitPriorSampler sampler, long begin, long count, Samples start);

  /** Says what is known. */
  void report(Report report);

  /** Elements of which some are known, NaN those that are not. */
  static Observation known(InputRows given) {
    KnownElements known;
    try {
      known = KnownElements.of(given.samples(), given.complex());
      if (known.unknown() == 0) {
        throw new InvalidInputException("found no NaN, allowed: 1 or more, what is unknown");
      }
    } catch (InvalidInputException e) {
      throw new InvalidInputException(
          "%s %s: %s".formatted(given.option(), given.path(), e.getMessage()), e);
    }
    return new Observation() {
      @Override
      public Samples draw(ImplicitPriorSampler sampler, long begin, long count, Samples start) {
        KnownElements part = known.slice(begin, count);
        return start == null ? sampler.restore(part, begin) : sampler.restore(part, start, begin);
      }

      @Override
      public void report(Report report) {
        report.line("operator", "%s, element by element", Restore.KNOWN);
        report.value(
            "unknown",
            List.of(known.unknown(), known.incompleteRows()),
            "%d of %d numbers, NaN, in %d of %d rows",
            known.unknown(),
            known.rows() * known.dim(),
            known.incompleteRows(),
            known.rows());
      }
    };
  }

  /**
   * What an operator makes of whole rows.
   *
   * @param clean whether --in holds these, to be observed first
   */
  static Observation measured(
      Engine engine, LinearMeasurement measurement, String operator, Samples in, boolean clean) {
    Samples coefficients = engine.samples(in.rows(), measurement.count());
    if (clean) {
      measurement.measure(in, coefficients);
    } else {
      measurement.coefficients(in, coefficients);
    }
    return new Observation() {
      @Override
      public Samples draw(ImplicitPriorSampler sampler, long begin, long count, Samples start) {
        Samples part = coefficients.slice(begin, count);
        return start == null
            ? sampler.restore(measurement, part, begin)
            : sampler.restore(measurement, part, start, begin);
      }

      @Override
      public void report(Report report) {
        report.line(
            "operator", "%s, %d of %d known", operator, measurement.count(), measurement.dim());
      }
    };
  }
}
