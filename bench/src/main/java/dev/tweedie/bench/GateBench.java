package dev.tweedie.bench;

import java.io.EOFException;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * One case of ours in a process that waits for its turn before every iteration: a byte on standard
 * input is the turn, one on standard output says that it is over. As in {@link TurnsBench} single
 * calls are timed.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class GateBench {
  static final int TURN = '.';

  /** As {@link Case#text} writes it. */
  @Param("")
  public String what;

  private TurnsBench.Side side;

  @Setup(Level.Trial)
  public void prepare() throws ReflectiveOperationException {
    side = TurnsBench.Side.of(Case.parse(what));
  }

  @Setup(Level.Iteration)
  public void await() throws IOException {
    if (System.in.read() < 0) {
      throw new EOFException("the other process has ended");
    }
  }

  @Benchmark
  public Object call() throws Throwable {
    return side.op().invoke();
  }

  @TearDown(Level.Iteration)
  public void pass() {
    System.out.write(TURN);
    System.out.flush();
  }

  @TearDown(Level.Trial)
  public void close() {
    side.state().close();
  }
}
