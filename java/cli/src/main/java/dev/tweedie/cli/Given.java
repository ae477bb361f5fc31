package dev.tweedie.cli;

/**
 * The value of an option, and whether anything has asked for it. Every option of a command is a
 * field of this type, so that one which was given and that nothing asks for while the work is
 * planned is known to have no effect, and refused ({@link Options#refuseUnused}).
 *
 * @param <T> what the option's converter makes of its text
 */
final class Given<T> {
  private final String use;
  private T value;
  private boolean consulted;
  private boolean planned;

  private Given(String use) {
    this.use = use;
  }

  /** An option that every run of its command uses. */
  static <T> Given<T> always() {
    return new Given<>("where something uses it");
  }

  /**
   * An option that has an effect in some runs only.
   *
   * @param use what gives it one, as {@code with --method truncated}
   */
  static <T> Given<T> only(String use) {
    return new Given<>(use);
  }

  /**
   * The value, its default, or null. To be called where the value matters, and nowhere else.
   *
   * @throws IllegalStateException where the work is planned already and nothing had asked before:
   *     what was given would have been refused
   */
  T get() {
    if (planned && !consulted) {
      throw new IllegalStateException("an option was first asked for after the work was planned");
    }
    consulted = true;
    return value;
  }

  /** Of a flag, whether it is there; as {@link #get()}. */
  boolean on() {
    return Boolean.TRUE.equals(get());
  }

  boolean consulted() {
    return consulted;
  }

  /** What gives it an effect. */
  String use() {
    return use;
  }

  /** From now on only what was asked for before may be asked for. */
  void plan() {
    planned = true;
  }

  /** For picocli; asks for nothing. */
  T value() {
    return value;
  }

  /** For picocli. */
  void set(T value) {
    this.value = value;
  }
}
