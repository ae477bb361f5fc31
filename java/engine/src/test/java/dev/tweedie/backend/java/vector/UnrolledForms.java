package dev.tweedie.backend.java.vector;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * Writes the unrolled loops of the Vector API, each from one text: {@code java/engine/generate}.
 * Only local variables stay in registers, so that sums of several rows and two vectors have to be
 * written out; what a row does is written here once.
 *
 * <p>In a text, a line that begins with {@code r|} is repeated for every row, {@code v|} for both
 * vectors, {@code rv|} for both of every row; lines with r that follow each other, up to an empty
 * line, are repeated together. In them {@code {r}} and {@code {v}} are the numbers of row and
 * vector, and {@code {+r*n}} is what is added for row r of n: nothing, {@code n}, {@code 2 * n}.
 * Other names in braces are words of the form.
 *
 * <p>Of other lanes: a second value of {@link Lanes}, {@code new Lanes("DoubleVector", "Double",
 * "double", "Double")}, makes the same forms of float64, in classes whose names end in Double.
 * Products and distances need nothing else; moments need an {@code AffineMoments} of doubles.
 */
final class UnrolledForms {
  /**
   * What a vector is made of.
   *
   * @param suffix of the classes' names
   */
  record Lanes(String vector, String boxed, String element, String suffix) {
    private Map<String, String> words() {
      return Map.of("V", vector, "Boxed", boxed, "T", element, "Suffix", suffix);
    }
  }

  static final Lanes FLOATS = new Lanes("FloatVector", "Float", "float", "");

  private static final int VECTORS = 2;

  /** In rows: sums of the large product fill 24 of 32 registers. */
  private static final int LARGE = 12;

  private static final int SMALL = 4;

  private static final String PACKAGE = "dev/tweedie/backend/java/vector/";

  private static final String HEAD =
      """
      // Written by java/engine/generate from UnrolledForms.java: change that.
      package dev.tweedie.backend.java.vector;

      """;

  private static final String PRODUCT =
      """
      import dev.tweedie.backend.java.Tile;
      import jdk.incubator.vector.{V};
      import jdk.incubator.vector.VectorSpecies;

      /** Sums of products of some rows and two vectors, in registers for the whole depth. */
      final class UnrolledProduct{Suffix} {
        private static final VectorSpecies<{Boxed}> S = {V}.SPECIES_PREFERRED;
        private static final int WIDTH = S.length();
        private static final int LANES = Tile.LANES;

        private UnrolledProduct{Suffix}() {}
      """;

  /**
   * {@code c = start + a b}. A kernel whose a has contiguous rows or columns knows it: the compiler
   * then takes the bounds checks out of the loop.
   */
  private static final String PRODUCT_OF_ROWS =
      """

        /** Of {rows} rows of a{which}. */
        static void {name}(
            {T}[] start, int st, int step, {T}[] c, int ct, {T}[] a, int at, {strides}, {T}[] b, int bt, int depth) {
      rv|    {V} c{r}_{v} = {V}.fromArray(S, start, st{+r*step}{+v*WIDTH});

      r|    int at{r} = at{+r*am};

          for (int p = 0; p < depth; p++) {
      v|      {V} b{v} = {V}.fromArray(S, b, bt + p * LANES{+v*WIDTH});
            int q = {q};
      r|      {V} f{r} = {V}.broadcast(S, a[{element}]);
      rv|      c{r}_{v} = f{r}.fma(b{v}, c{r}_{v});

          }
      rv|    c{r}_{v}.intoArray(c, ct{+r*LANES}{+v*WIDTH});

        }
      """;

  private static final String DISTANCES =
      """
      import dev.tweedie.backend.java.Tile;
      import jdk.incubator.vector.{V};
      import jdk.incubator.vector.VectorSpecies;

      /** Squared distances of some components in two vectors. */
      final class UnrolledDistances{Suffix} {
        private static final VectorSpecies<{Boxed}> S = {V}.SPECIES_PREFERRED;
        private static final int WIDTH = S.length();
        private static final int LANES = Tile.LANES;

        private UnrolledDistances{Suffix}() {}

        /** {@code q += (x scale + shift)^2}, n columns from component to component. */
        static void scaledSquares(
            {T}[] x, int xt, int n, {T}[] scale, {T}[] shift, int at, {T}[] q, int qt) {
      rv|    {V} q{r}_{v} = {V}.fromArray(S, q, qt{+r*LANES}{+v*WIDTH});

      r|    int at{r} = at{+r*n};

          for (int i = 0; i < n; i++) {
      v|      {V} x{v} = {V}.fromArray(S, x, xt + i * LANES{+v*WIDTH});
      r|      {V} s{r} = {V}.broadcast(S, scale[at{r} + i]);
      r|      {V} h{r} = {V}.broadcast(S, shift[at{r} + i]);
      rv|      {V} z{r}_{v} = x{v}.fma(s{r}, h{r});
      rv|      q{r}_{v} = z{r}_{v}.fma(z{r}_{v}, q{r}_{v});

          }
      rv|    q{r}_{v}.intoArray(q, qt{+r*LANES}{+v*WIDTH});

        }

        /** {@code q = (x - m)^2}, {@code stride} numbers from component to component. */
        static void squaredDistances(
            {T}[] x, int xt, int n, {T}[] m, int at, int stride, {T}[] q, int qt) {
      rv|    {V} q{r}_{v} = {V}.zero(S);

      r|    int at{r} = at{+r*stride};

          for (int i = 0; i < n; i++) {
      v|      {V} x{v} = {V}.fromArray(S, x, xt + i * LANES{+v*WIDTH});
      r|      {V} y{r} = {V}.broadcast(S, m[at{r} + i]);
      rv|      {V} z{r}_{v} = x{v}.sub(y{r});
      rv|      q{r}_{v} = z{r}_{v}.fma(z{r}_{v}, q{r}_{v});

          }
      rv|    q{r}_{v}.intoArray(q, qt{+r*LANES}{+v*WIDTH});

        }
      }
      """;

  private static final String MOMENTS =
      """
      import static jdk.incubator.vector.VectorOperators.GT;

      import dev.tweedie.backend.java.AffineMoments;
      import dev.tweedie.backend.java.Tile;
      import jdk.incubator.vector.{V};
      import jdk.incubator.vector.VectorMask;
      import jdk.incubator.vector.VectorSpecies;

      /** Second moments of some components in two vectors. */
      final class UnrolledMoments{Suffix} {
        private static final VectorSpecies<{Boxed}> S = {V}.SPECIES_PREFERRED;
        private static final int WIDTH = S.length();
        private static final int LANES = Tile.LANES;

        private UnrolledMoments{Suffix}() {}
      """;

  private static final String MOMENTS_OF_ROWS =
      """

        /** (mean_k - mean)'v of {rows}, two vectors each, one component after the other. */
        static void dots{rows}(
            AffineMoments moments, int[] picked, int first, {T}[] x, {T}[] mean, {T}[] v, int at, {T}[] along) {
          {T}[] slope = moments.slope;
          {T}[] pull = moments.pull;
          int dim = moments.dim;
          int step = moments.step;
      r|    int p{r} = picked[first{+r*1}] * dim;

      r|    int s{r} = moments.first(picked[first{+r*1}]);

      rv|    {V} c{r}_{v} = {V}.zero(S);

          for (int j = 0; j < dim; j++) {
            int row = at + j * LANES;
      v|      {V} x{v} = {V}.fromArray(S, x, row{+v*WIDTH});
      v|      {V} m{v} = {V}.fromArray(S, mean, row{+v*WIDTH});
      v|      {V} v{v} = {V}.fromArray(S, v, row{+v*WIDTH});
      r|      {V} slope{r} = {V}.broadcast(S, slope[s{r} + step * j]);
      r|      {V} pull{r} = {V}.broadcast(S, pull[p{r} + j]);
      rv|      c{r}_{v} = slope{r}.fma(x{v}, pull{r}).sub(m{v}).fma(v{v}, c{r}_{v});

          }
      rv|    c{r}_{v}.intoArray(along, 0{+r*2 * WIDTH}{+v*WIDTH});

        }

        /** Adds {rows} to part: {@code w ((mean_k - mean) along + spread v)}. */
        static void products{rows}(
            AffineMoments moments, int[] picked, int first, {T}[] weights, int lane, {T}[] x, {T}[] mean, {T}[] v, int at, {T}[] along, {T}[] part) {
          {T}[] slope = moments.slope;
          {T}[] pull = moments.pull;
          {T}[] spread = moments.spread;
          int dim = moments.dim;
          int step = moments.step;
      r|    int p{r} = picked[first{+r*1}] * dim;

      r|    int s{r} = moments.first(picked[first{+r*1}]);

      rv|    {V} w{r}_{v} = {V}.fromArray(S, weights, picked[first{+r*1}] * LANES + lane{+v*WIDTH});

      rv|    VectorMask<{Boxed}> k{r}_{v} = w{r}_{v}.compare(GT, 0);

      rv|    {V} c{r}_{v} = {V}.fromArray(S, along, 0{+r*2 * WIDTH}{+v*WIDTH});

          for (int j = 0; j < dim; j++) {
            int row = at + j * LANES;
      v|      {V} x{v} = {V}.fromArray(S, x, row{+v*WIDTH});
      v|      {V} m{v} = {V}.fromArray(S, mean, row{+v*WIDTH});
      v|      {V} v{v} = {V}.fromArray(S, v, row{+v*WIDTH});
      v|      {V} q{v} = {V}.fromArray(S, part, row{+v*WIDTH});
      r|      {V} slope{r} = {V}.broadcast(S, slope[s{r} + step * j]);
      r|      {V} pull{r} = {V}.broadcast(S, pull[p{r} + j]);
      r|      {V} spread{r} = {V}.broadcast(S, spread[s{r} + step * j]);
      rv|      q{v} = q{v}.blend(w{r}_{v}.fma(c{r}_{v}.fma(slope{r}.fma(x{v}, pull{r}).sub(m{v}), spread{r}.mul(v{v})), q{v}), k{r}_{v});

      v|      q{v}.intoArray(part, row{+v*WIDTH});
          }
        }
      """;

  private static final String PHILOX =
      """
      import static jdk.incubator.vector.VectorOperators.LSHL;
      import static jdk.incubator.vector.VectorOperators.LSHR;
      import static jdk.incubator.vector.VectorOperators.XOR;

      import dev.tweedie.noise.Philox;
      import jdk.incubator.vector.LongVector;

      /** Rounds of {rows} vectors of counters, beside each other. */
      final class UnrolledPhilox {
        static final int VECTORS = {rows};

        private static final int LANES = VectorPhilox.LANES;

        private UnrolledPhilox() {}

        /** Words of counters [i, i + {rows} LANES) to u and v; all but the keys are in upper halves. */
        static void words(
            long[] keys, long[] block, long[] row, int firstBlock, int firstRow, int streamWord, int stepWord, int count, int[] u, int[] v) {
          LongVector blocks = VectorPhilox.upper(firstBlock);
          LongVector rows = VectorPhilox.upper(firstRow);
          LongVector stream = VectorPhilox.upper(streamWord);
          LongVector step = VectorPhilox.upper(stepWord);
          LongVector m0 = VectorPhilox.upper(Philox.M0).lanewise(LSHR, 32);
          LongVector m1 = VectorPhilox.upper(Philox.M1).lanewise(LSHR, 32);
          for (int i = 0; i < count; i += VECTORS * LANES) {
      r|      LongVector x{r}_0 = LongVector.fromArray(VectorPhilox.LONGS, block, i{+r*LANES}).add(blocks);
      r|      LongVector x{r}_1 = LongVector.fromArray(VectorPhilox.LONGS, row, i{+r*LANES}).add(rows);
      r|      LongVector x{r}_2 = stream;
      r|      LongVector x{r}_3 = step;

            for (int round = 0; round < Philox.ROUNDS; round++) {
              LongVector key0 = LongVector.broadcast(VectorPhilox.LONGS, keys[2 * round]);
              LongVector key1 = LongVector.broadcast(VectorPhilox.LONGS, keys[2 * round + 1]);
      r|        LongVector a{r} = x{r}_0.lanewise(LSHR, 32).mul(m0);
      r|        LongVector b{r} = x{r}_2.lanewise(LSHR, 32).mul(m1);

      r|        x{r}_0 = b{r}.lanewise(XOR, x{r}_1).lanewise(XOR, key0);
      r|        x{r}_1 = b{r}.lanewise(LSHL, 32);
      r|        x{r}_2 = a{r}.lanewise(XOR, x{r}_3).lanewise(XOR, key1);
      r|        x{r}_3 = a{r}.lanewise(LSHL, 32);

            }
      r|      x{r}_0.lanewise(LSHR, 32).or(x{r}_2.and(VectorPhilox.UPPER)).reinterpretAsInts().intoArray(u, 2 * i{+r*2 * LANES});
      r|      x{r}_1.lanewise(LSHR, 32).or(x{r}_3.and(VectorPhilox.UPPER)).reinterpretAsInts().intoArray(v, 2 * i{+r*2 * LANES});

          }
        }
      }
      """;

  private static final String RATIO = "\\{\\+([rv])\\*([^}]+)}";

  private UnrolledForms() {}

  /** Files below the source root, by their names. */
  static Map<String, String> files(Lanes lanes) {
    Map<String, String> files = new LinkedHashMap<>();
    put(files, lanes, "UnrolledProduct", expand(PRODUCT, 1, lanes) + products(lanes) + "}\n");
    put(files, lanes, "UnrolledDistances", expand(DISTANCES, SMALL, lanes));
    put(
        files,
        lanes,
        "UnrolledMoments",
        expand(MOMENTS, 1, lanes)
            + expand(MOMENTS_OF_ROWS, SMALL, lanes)
            + expand(MOMENTS_OF_ROWS, 1, lanes)
            + "}\n");
    if (lanes.equals(FLOATS)) {
      put(files, lanes, "UnrolledPhilox", expand(PHILOX, SMALL, lanes));
    }
    return files;
  }

  private static void put(Map<String, String> files, Lanes lanes, String name, String text) {
    files.put(PACKAGE + name + lanes.suffix + ".java", HEAD + text);
  }

  private static String products(Lanes lanes) {
    String rows = product("largeOfRows", ", each contiguous", "int am", "p", "at{r} + q");
    String columns =
        product(
                "largeOfColumns",
                ", whose columns are contiguous",
                "int ak",
                "at + p * ak",
                "q{+r*1}")
            .replaceAll("(?m)^r\\|    int at.*\\n\\n", "");
    String any = product("any{rows}", "", "int am, int ak", "p * ak", "at{r} + q");
    return expand(rows, LARGE, lanes)
        + expand(columns, LARGE, lanes)
        + expand(any, SMALL, lanes)
        + expand(any, 2, lanes)
        + expand(any, 1, lanes);
  }

  private static String product(
      String name, String which, String strides, String q, String element) {
    return PRODUCT_OF_ROWS
        .replace("{name}", name)
        .replace("{which}", which)
        .replace("{strides}", strides)
        .replace("{q}", q)
        .replace("{element}", element);
  }

  /** Repeats what is to be repeated. */
  private static String expand(String text, int rows, Lanes lanes) {
    StringBuilder out = new StringBuilder();
    StringBuilder group = new StringBuilder();
    for (String line : text.split("\n", -1)) {
      if (line.startsWith("r|") || line.startsWith("rv|")) {
        group.append(line).append('\n');
        continue;
      }
      boolean ends = !group.isEmpty();
      for (int r = 0; r < rows && ends; r++) {
        for (String one : group.toString().split("\n")) {
          appendRow(out, one, r);
        }
      }
      group.setLength(0);
      if (!(ends && line.isEmpty())) {
        appendRow(out, line, 0);
      }
    }
    out.setLength(out.length() - 1); // the empty line that split makes of the last end
    String words = out.toString().replace("{rows}", Integer.toString(rows));
    for (Map.Entry<String, String> word : lanes.words().entrySet()) {
      words = words.replace("{" + word.getKey() + "}", word.getValue());
    }
    return words;
  }

  private static void appendRow(StringBuilder out, String line, int row) {
    int bar = line.indexOf('|');
    String repeated = bar > 0 && bar < 3 ? line.substring(0, bar) : "";
    String text = repeated.isEmpty() ? line : line.substring(bar + 1);
    for (int v = 0; v < (repeated.endsWith("v") ? VECTORS : 1); v++) {
      out.append(number(text, row, v)).append('\n');
    }
  }

  private static String number(String text, int row, int vector) {
    return Pattern.compile(RATIO)
        .matcher(text)
        .replaceAll(match -> added(match, match.group(1).equals("r") ? row : vector))
        .replace("{r}", Integer.toString(row))
        .replace("{v}", Integer.toString(vector));
  }

  private static String added(MatchResult match, int times) {
    String what = match.group(2);
    if (times == 0) {
      return "";
    }
    return what.equals("1")
        ? " + " + times
        : times == 1 ? " + " + what : " + " + times + " * " + what;
  }

  /** Writes all files below the folder that is named. */
  public static void main(String[] args) throws IOException {
    for (Lanes lanes : List.of(FLOATS)) {
      for (Map.Entry<String, String> file : files(lanes).entrySet()) {
        Path path = Path.of(args[0]).resolve(file.getKey());
        Files.createDirectories(path.getParent());
        Files.writeString(path, file.getValue());
      }
    }
  }
}
