/** The {@code tweedie} command. */
module dev.tweedie.cli {
  requires dev.tweedie;
  requires info.picocli;
}
