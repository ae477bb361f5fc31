package dev.tweedie.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.Engine;
import dev.tweedie.EngineOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;

/** What a program that embeds an engine finds in its log. */
class LogTest {
  @Test
  void anEngineThatOpensSaysOnceWhatItIs() {
    List<LogRecord> records = new ArrayList<>();
    Handler handler =
        new Handler() {
          @Override
          public void publish(LogRecord record) {
            records.add(record);
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    Logger log = Logger.getLogger("dev.tweedie");
    log.addHandler(handler);
    String name;
    try {
      try (Engine engine = Engine.open()) {
        name = engine.backend().name();
      }
      Engine.open("java").close(); // as asked for: for who looks closer
      Engine.open(EngineOptions.of().announced(false)).close();
    } finally {
      log.removeHandler(handler);
    }
    assertEquals(1, records.size());
    assertTrue(records.getFirst().getMessage().startsWith("engine: " + name + ", exact, threads "));
    boolean fell = name.startsWith("java:");
    assertEquals(fell ? Level.WARNING : Level.INFO, records.getFirst().getLevel());
  }
}
