package dev.tweedie.bench;

import dev.tweedie.bench.states.EngineState;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
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
 * Two cases of ours in one process, of which every iteration times the other one: what drifts in
 * seconds, such as what other tenants of the machine leave, is the same for both. Single calls are
 * timed, because a mean would hold what disturbs a few of them, on any thread.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class TurnsBench {
  /** As {@link Case#text} writes them. */
  @Param("")
  public String one;

  @Param("")
  public String other;

  private Side now;
  private Side next;

  /** A benchmark as JMH would set it up. */
  record Side(EngineState state, MethodHandle op) {
    static Side of(Case what) throws ReflectiveOperationException {
      EngineState state = new EngineState();
      state.backend = what.backend();
      state.numerics = what.numerics();
      state.threads = what.threads();
      state.open();
      Class<?> suite = Class.forName(what.suite());
      Object bench = suite.getConstructor().newInstance();
      suite.getField("work").set(bench, what.work());
      suite.getMethod("prepare", EngineState.class).invoke(bench, state);
      MethodHandle op = MethodHandles.lookup().unreflect(suite.getMethod(what.op())).bindTo(bench);
      return new Side(state, op);
    }
  }

  @Setup(Level.Trial)
  public void prepare() throws ReflectiveOperationException {
    next = Side.of(Case.parse(one));
    now = Side.of(Case.parse(other));
  }

  @Setup(Level.Iteration)
  public void turn() {
    Side before = now;
    now = next;
    next = before;
  }

  @Benchmark
  public Object call() throws Throwable {
    return now.op().invoke();
  }

  @TearDown(Level.Trial)
  public void close() {
    now.state().close();
    next.state().close();
  }
}
