/** The {@code tweedie} command. */
module dev.tweedie.cli {
  requires dev.tweedie;
  requires info.picocli;
  requires me.tongfei.progressbar;

  // Options are fields that picocli finds and sets by reflection.
  opens dev.tweedie.cli to
      info.picocli;
}
