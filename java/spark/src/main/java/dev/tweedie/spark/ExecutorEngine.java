package dev.tweedie.spark;

import dev.tweedie.Engine;
import dev.tweedie.posterior.ExactPosterior;
import java.lang.foreign.Arena;
import java.lang.ref.WeakReference;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.spark.SparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerApplicationEnd;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;

/**
 * The engine of this executor's process and the priors that it has prepared, shared by its tasks
 * and jobs. They end with the process, or with the Spark context where the driver runs the tasks.
 */
final class ExecutorEngine {
  /** Priors that nobody uses now, kept for the next job. */
  private static final int IDLE = 4;

  private static final Map<EngineChoice.Key, ExecutorEngine> OPEN = new HashMap<>();

  static {
    Runtime.getRuntime().addShutdownHook(new Thread(ExecutorEngine::closeAll, "tweedie-engines"));
  }

  private static WeakReference<SparkContext> watched = new WeakReference<>(null);

  private final Engine engine;
  private final Map<PriorSource, Prepared> priors = new LinkedHashMap<>(16, .75f, true);

  private ExecutorEngine(Engine engine) {
    this.engine = engine;
  }

  /** The engine for this task. */
  static ExecutorEngine of(EngineChoice choice) {
    synchronized (OPEN) {
      return OPEN.computeIfAbsent(choice.key(), key -> new ExecutorEngine(key.open()));
    }
  }

  /** Where the driver runs the tasks itself, engines end with the context, not with the process. */
  static void closeWith(SparkSession spark) {
    SparkContext context = spark.sparkContext();
    synchronized (OPEN) {
      if (watched.get() != context) {
        watched = new WeakReference<>(context);
        context.addSparkListener(new CloseWithContext());
      }
    }
  }

  private static final class CloseWithContext extends SparkListener {
    @Override
    public void onApplicationEnd(SparkListenerApplicationEnd end) {
      closeAll();
    }
  }

  /** Closes every engine of this process; a later task opens another. */
  static void closeAll() {
    synchronized (OPEN) {
      OPEN.values().forEach(ExecutorEngine::close);
      OPEN.clear();
    }
  }

  /** Engines that are open in this process. */
  static int count() {
    synchronized (OPEN) {
      return OPEN.size();
    }
  }

  Engine engine() {
    return engine;
  }

  private void close() {
    engine.close(); // the posteriors with it
    priors.values().forEach(each -> each.arena.close());
  }

  /** A prior's posterior, from its first use on. */
  private static final class Prepared {
    private final Arena arena = Arena.ofShared();
    private @Nullable ExactPosterior posterior;
    private int users;

    synchronized ExactPosterior posterior(Engine engine, PriorSource source) {
      ExactPosterior own = posterior;
      if (own == null) { // a failure is nobody's: the next task tries again
        own = ExactPosterior.of(engine, source.read(arena));
        posterior = own;
      }
      return own;
    }

    void close() {
      if (posterior != null) {
        posterior.close();
      }
      arena.close();
    }
  }

  /** A posterior for as long as a task needs it. */
  final class Lease implements AutoCloseable {
    private final Prepared prepared;
    private final ExactPosterior posterior;
    private boolean returned;

    private Lease(Prepared prepared, PriorSource source) {
      this.prepared = prepared;
      try {
        posterior = prepared.posterior(engine, source);
      } catch (RuntimeException | Error e) {
        close();
        throw e;
      }
    }

    ExactPosterior posterior() {
      return posterior;
    }

    @Override
    public void close() {
      if (!returned) {
        returned = true;
        giveBack(prepared);
      }
    }
  }

  Lease lease(PriorSource source) {
    Prepared prepared;
    synchronized (this) {
      prepared = priors.computeIfAbsent(source, _ -> new Prepared());
      prepared.users++;
    }
    return new Lease(prepared, source); // not in the lock: others are read at the same time
  }

  private synchronized void giveBack(Prepared used) {
    used.users--;
    Iterator<Prepared> eldest = priors.values().iterator();
    while (priors.size() > IDLE && eldest.hasNext()) {
      Prepared idle = eldest.next();
      if (idle.users == 0) {
        eldest.remove();
        idle.close();
      }
    }
  }
}
