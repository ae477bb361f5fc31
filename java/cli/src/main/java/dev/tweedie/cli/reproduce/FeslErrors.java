package dev.tweedie.cli.reproduce;

import dev.tweedie.plot.Plot;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * nMSE of every estimator of a {@link FeslComparison}.
 *
 * @param snrs in dB, ascending
 * @param levels T of each chain
 * @param mean of the conditional mean, by SNR
 * @param linear of the best linear estimate, by SNR
 * @param chains by chain, then by SNR
 */
record FeslErrors(double[] snrs, int[] levels, double[] mean, double[] linear, double[][] chains) {

  /** The name of a chain. */
  String name(int chain) {
    return "T = " + levels[chain];
  }

  /** The index of an SNR. */
  int at(double dB) {
    int index = Arrays.binarySearch(snrs, dB);
    if (index < 0) {
      throw new IllegalArgumentException("no such SNR: " + dB);
    }
    return index;
  }

  /** A row an SNR, a column an estimator. */
  ResultTable table(String caption) {
    List<String> quantities = new ArrayList<>(List.of("CME", "LMMSE"));
    for (int i = 0; i < levels.length; i++) {
      quantities.add(name(i));
    }
    ResultTable table = new ResultTable(caption, "golden", List.of("SNR dB"), quantities);
    for (int row = 0; row < snrs.length; row++) {
      List<Value> values = new ArrayList<>(List.of(Value.of(mean[row]), Value.of(linear[row])));
      for (double[] chain : chains) {
        values.add(Value.of(chain[row]));
      }
      table.row(List.of(FeslComparison.snr(snrs[row])), values.toArray(Value[]::new));
    }
    return table;
  }

  /** nMSE against the SNR. */
  Plot plot(String title) {
    Plot plot = new Plot(title, "SNR in dB", "nMSE").logY();
    plot.line("conditional mean", snrs, mean);
    plot.add("best linear", Plot.Style.DASHED, snrs, linear);
    for (int i = 0; i < levels.length; i++) {
      plot.line("chain, " + name(i), snrs, chains[i]);
    }
    return plot;
  }

  /** What the chains lose: the error over that of the conditional mean. */
  Plot ratioPlot(String title) {
    Plot plot = new Plot(title, "SNR in dB", "nMSE / nMSE of the conditional mean").logY();
    plot.add("best linear", Plot.Style.DASHED, snrs, ratio(linear));
    for (int i = 0; i < levels.length; i++) {
      plot.line("chain, " + name(i), snrs, ratio(chains[i]));
    }
    return plot;
  }

  private double[] ratio(double[] errors) {
    double[] out = new double[errors.length];
    Arrays.setAll(out, i -> errors[i] / mean[i]);
    return out;
  }
}
