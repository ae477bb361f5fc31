/** The {@code tweedie} command. */
module dev.tweedie.cli {
  requires dev.hardwood.core;
  requires dev.tweedie;
  requires dev.tweedie.kernels.cuda;
  requires dev.tweedie.onnx;
  requires info.picocli;
  requires java.desktop;
  requires jdk.jfr; // of Hardwood
  requires me.tongfei.progressbar;
  requires org.knowm.xchart;

  uses dev.tweedie.cli.Benchmarks;

  provides dev.tweedie.io.RowFormat with
      dev.tweedie.cli.ParquetRows;

  // Options are fields that picocli finds and sets by reflection.
  opens dev.tweedie.cli to
      info.picocli;
}
