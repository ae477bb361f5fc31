package dev.tweedie.backend.cuda;

/** An op needed the host, or new memory, while ops were recorded. Never leaves this package. */
final class NotRecordable extends RuntimeException {
  private static final long serialVersionUID = 1;

  NotRecordable(String what) {
    super(what + " while ops are recorded");
  }
}
