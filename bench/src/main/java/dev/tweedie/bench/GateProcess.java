package dev.tweedie.bench;

import java.util.Arrays;
import java.util.stream.Collectors;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * One of the two processes of {@code bench --against}: JMH within this process, at the turns that
 * it gets, then the nanoseconds of each iteration on a line of standard output.
 */
final class GateProcess {
  private GateProcess() {}

  /** Case, file of JMH's own log, and the four numbers of {@link Jmh.Lengths}. */
  public static void main(String[] args) throws Exception {
    RunResult result =
        new Runner(
                new OptionsBuilder()
                    .include("^" + GateBench.class.getName().replace(".", "\\.") + "\\.call$")
                    .param("what", args[0])
                    .output(args[1])
                    .forks(0)
                    .syncIterations(true) // so that waiting for a turn takes no time of it
                    .warmupIterations(Integer.parseInt(args[2]))
                    .warmupTime(TimeValue.milliseconds(Long.parseLong(args[3])))
                    .measurementIterations(Integer.parseInt(args[4]))
                    .measurementTime(TimeValue.milliseconds(Long.parseLong(args[5])))
                    .timeout(TimeValue.minutes(10))
                    .shouldFailOnError(true)
                    .build())
            .runSingle();
    System.out.println(
        Arrays.stream(JmhResults.medians(result))
            .mapToObj(Double::toString)
            .collect(Collectors.joining(" ")));
  }
}
