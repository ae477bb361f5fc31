package dev.tweedie;

/** What the command line knows by a name. */
public interface Named {
  /**
   * What users write, before the first colon: words of lower-case letters and digits, joined by
   * hyphens, for example {@code dpmpp-2m}.
   */
  String name();

  /** The name as help shows it, with what may follow it in brackets: {@code ddim[:ETA]}. */
  default String form() {
    return name();
  }
}
