/** The {@code tweedie} command. */
module dev.tweedie.cli {
  requires dev.tweedie;
  requires dev.tweedie.kernels.cuda;
  requires dev.tweedie.onnx;
  requires info.picocli;
  requires java.desktop;
  requires me.tongfei.progressbar;
  requires org.knowm.xchart;

  uses dev.tweedie.cli.Benchmarks;

  // Options are fields that picocli finds and sets by reflection.
  opens dev.tweedie.cli to
      info.picocli;
}
