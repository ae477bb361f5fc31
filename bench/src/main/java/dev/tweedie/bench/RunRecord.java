package dev.tweedie.bench;

import dev.tweedie.cli.Benchmarks;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a file of {@code bench --json} says beside its rows: which build ran where and when. The
 * format is {@code bench.schema.json}, beside this class.
 */
final class RunRecord {
  /** To be raised where a reader of the format before could misread a file. */
  static final int FORMAT = 1;

  static final String SCHEMA = "bench.schema.json";

  private RunRecord() {}

  /**
   * To be made when a run begins.
   *
   * @param table what was timed
   * @param quick whether runs were short
   */
  static Map<String, Object> begun(Benchmarks.Table table, boolean quick) {
    Build build = Build.here();
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("format", FORMAT);
    facts.put("schema", SCHEMA);
    facts.put("table", table.name().toLowerCase(Locale.ROOT));
    facts.put("quick", quick);
    facts.put("started", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    facts.put("version", build.version());
    facts.put("commit", build.commit());
    facts.put("machine", new Host(Path.of("/")).facts());
    facts.put("roofs", List.of());
    return facts;
  }
}
