package dev.tweedie.check;

import java.util.Collections;
import java.util.Map;

/**
 * What an op should give.
 *
 * @param values each output by name, row-major, in float64
 * @param bounds for each of their numbers how far float32 may be from it; infinity where float32
 *     overflows and only the bits are compared
 */
public record Expected(Map<String, double[]> values, Map<String, double[]> bounds) {
  public Expected {
    values = Collections.unmodifiableMap(values);
    bounds = Collections.unmodifiableMap(bounds);
  }
}
