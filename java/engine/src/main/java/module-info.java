/** Tweedie: scores, posteriors and reverse steps of diffusion denoising. */
module dev.tweedie {
  requires dev.tweedie.bindings;
  requires ejml.core;
  requires ejml.ddense;
  requires java.desktop;
  requires static java.management;
  requires static jdk.incubator.vector;
  requires static jdk.management;
  requires static transitive org.jspecify;

  exports dev.tweedie;
  exports dev.tweedie.backend;
  exports dev.tweedie.blind;
  exports dev.tweedie.check;
  exports dev.tweedie.check.export;
  exports dev.tweedie.curvature;
  exports dev.tweedie.fit;
  exports dev.tweedie.io;
  exports dev.tweedie.metric;
  exports dev.tweedie.noise;
  exports dev.tweedie.posterior;
  exports dev.tweedie.prior;
  exports dev.tweedie.restore;
  exports dev.tweedie.reverse;
  exports dev.tweedie.reverse.kernel;
  exports dev.tweedie.schedule;
  exports dev.tweedie.threads;

  uses dev.tweedie.backend.BackendProvider;
  uses dev.tweedie.io.RowFormat;
  uses dev.tweedie.reverse.SamplerProvider;
  uses dev.tweedie.schedule.ScheduleProvider;

  provides dev.tweedie.schedule.ScheduleProvider with
      dev.tweedie.io.ListedSchedule;
}
