package dev.tweedie.restore;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import dev.tweedie.io.ImageShape;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.noise.Streams;
import java.util.Comparator;
import java.util.stream.IntStream;

/** The linear measurements by the names of the command line. */
public final class Measurements {
  /** What {@link #parse} understands. */
  public static final String FORMS =
      "inpaint:X:Y:WIDTH:HEIGHT, missing:SHARE[:SEED], superres:N, blur:N, random:SHARE[:SEED]";

  private final Engine engine;
  private final int height;
  private final int width;
  private final String[] words;

  private Measurements(Engine engine, int height, int width, String[] words) {
    this.engine = engine;
    this.height = height;
    this.width = width;
    this.words = words;
  }

  /**
   * What is known of a row of {@code height x width} pixels:
   *
   * <ul>
   *   <li>{@code inpaint:X:Y:WIDTH:HEIGHT}: all but a box, its corner X from the left, Y from above
   *   <li>{@code missing:SHARE[:SEED]}: all but this share of pixels, drawn by the seed
   *   <li>{@code superres:N}: the means of blocks of N x N pixels
   *   <li>{@code blur:N}: the means over windows of N x N pixels, N odd, opposite edges joined
   *   <li>{@code random:SHARE[:SEED]}: so many random inner products, as a share of all pixels
   * </ul>
   *
   * @throws InvalidInputException for an unknown name, or numbers that do not fit the size
   */
  public static LinearMeasurement parse(String spec, Engine engine, int height, int width) {
    try {
      return new Measurements(engine, height, width, spec.split(":", -1)).parse();
    } catch (InvalidInputException e) {
      throw new InvalidInputException("operator " + spec + ": " + e.getMessage(), e);
    }
  }

  /**
   * As {@link #parse(String, Engine, int, int)} for images of any channels: each is measured by
   * itself, the same pixels and products in all. Observed images have the order of the rows;
   * products stand one channel after another.
   */
  public static LinearMeasurement parse(String spec, Engine engine, ImageShape image) {
    LinearMeasurement one = parse(spec, engine, image.height(), image.width());
    return image.channels() == 1
        ? one
        : new ChannelWise(
            engine,
            one,
            image.channels(),
            image.channelsLast(),
            image.channelsLast() && !(one instanceof RandomRows));
  }

  private LinearMeasurement parse() {
    return switch (words[0]) {
      case "inpaint" -> {
        arguments(4, 4);
        yield outside(
            number(1, "X", 0, width - 1),
            number(2, "Y", 0, height - 1),
            number(3, "WIDTH", 1, width),
            number(4, "HEIGHT", 1, height));
      }
      case "missing" -> {
        arguments(1, 2);
        yield missing(Math.min(dim() - 1, shareOfDim()), seed());
      }
      case "superres" -> {
        arguments(1, 1);
        int side = number(1, "N", 2, Math.min(height, width));
        if (height % side != 0 || width % side != 0) {
          throw new InvalidInputException(
              "found N %d, allowed: a divisor of %d x %d".formatted(side, height, width));
        }
        yield new BlockMean(height, width, side);
      }
      case "blur" -> {
        arguments(1, 1);
        int side = number(1, "N", 3, Math.min(height, width));
        if (side % 2 == 0) {
          throw new InvalidInputException("found N " + side + ", allowed: an odd number");
        }
        yield new BoxBlur(height, width, side);
      }
      case "random" -> {
        arguments(1, 2);
        yield new RandomRows(engine, dim(), Math.max(1, shareOfDim()), seed());
      }
      default -> throw new InvalidInputException("unknown, allowed: " + FORMS);
    };
  }

  private int dim() {
    return height * width;
  }

  private LinearMeasurement outside(int x0, int y0, int boxWidth, int boxHeight) {
    int[] known =
        IntStream.range(0, dim())
            .filter(
                i -> {
                  int x = i % width - x0;
                  int y = i / width - y0;
                  return x < 0 || x >= boxWidth || y < 0 || y >= boxHeight;
                })
            .toArray();
    if (known.length == 0) {
      throw new InvalidInputException("found a box over all pixels, allowed: one that leaves some");
    }
    return new Selection(height, width, known);
  }

  /** All pixels but those with the {@code count} least of d addressed uniform numbers. */
  private LinearMeasurement missing(int count, long seed) {
    Samples uniform = engine.samples(1, dim());
    NoiseAddress at = NoiseAddress.of(seed, Streams.MEASUREMENT, 0);
    engine.run(() -> engine.backend().uniform(at, uniform));
    double[] order = uniform.toDoubles();
    int[] known =
        IntStream.range(0, dim())
            .boxed()
            .sorted(Comparator.comparingDouble(i -> order[i]))
            .skip(count)
            .mapToInt(i -> i)
            .sorted()
            .toArray();
    return new Selection(height, width, known);
  }

  private void arguments(int least, int most) {
    int found = words.length - 1;
    if (found < least || found > most) {
      throw new InvalidInputException("found " + found + " arguments, allowed: " + FORMS);
    }
  }

  private int number(int at, String name, int least, int most) {
    try {
      int value = Integer.parseInt(words[at]);
      if (value >= least && value <= most) {
        return value;
      }
    } catch (NumberFormatException e) {
      // Refused below, as a number out of range.
    }
    throw new InvalidInputException(
        "found %s %s, allowed: a whole number from %d to %d, for images of %d x %d"
            .formatted(name, words[at], least, most, height, width));
  }

  private int shareOfDim() {
    try {
      double share = Double.parseDouble(words[1]);
      if (share > 0 && share < 1) {
        return (int) Math.round(share * dim());
      }
    } catch (NumberFormatException e) {
      // Refused below, as a number out of range.
    }
    throw new InvalidInputException(
        "found SHARE %s, allowed: a share of the %d pixels between 0 and 1, such as 0.1"
            .formatted(words[1], dim()));
  }

  private long seed() {
    if (words.length < 3) {
      return 0;
    }
    try {
      return Long.parseLong(words[2]);
    } catch (NumberFormatException e) {
      throw new InvalidInputException("found SEED " + words[2] + ", allowed: a whole number", e);
    }
  }
}
