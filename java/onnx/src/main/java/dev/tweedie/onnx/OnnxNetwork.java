package dev.tweedie.onnx;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.io.ImageShape;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A pre-trained network of an ONNX file, on the engine's threads, closed with the engine. {@link
 * OnnxDenoiser} and {@link OnnxBlindDenoiser} run it.
 *
 * <p>A network is arithmetic of its own: its numbers may differ in the last digits between machines
 * and batches, unlike the engine's ops. It reads and writes the engine's memory alone.
 *
 * <pre>{@code
 * OnnxNetwork network = OnnxNetwork.open(engine, Path.of("denoiser.onnx"), OnnxOptions.NONE);
 * Samples clean = new OnnxBlindDenoiser(network, 28, 28).denoise(noisy);
 * }</pre>
 */
public final class OnnxNetwork {
  private final Engine engine;
  private final Path file;
  private final OrtSession session;
  private final String provider;
  private final OnnxOptions options;
  private final Ports ports;
  private final Convention convention;

  private OnnxNetwork(
      Engine engine, Path file, OrtSession session, String provider, OnnxOptions given)
      throws OrtException {
    this.engine = engine;
    this.file = file;
    this.session = session;
    this.provider = provider;
    String metadata = session.getMetadata().getCustomMetadataValue(OnnxOptions.METADATA).orElse("");
    this.options = given.orElse(OnnxOptions.ofMetadata(metadata));
    this.ports = Ports.of(session, options);
    this.convention = options.convention(ports.level() != null);
  }

  /**
   * Opens a network.
   *
   * @param engine whose threads it takes, and with which it closes
   * @param options what the file does not say
   * @throws InvalidInputException with the file's name, where it cannot be read, is no ONNX model,
   *     needs what is absent, or its inputs and output are not those of a denoiser
   * @throws IllegalStateException where ONNX Runtime does not start here
   */
  public static OnnxNetwork open(Engine engine, Path file, OnnxOptions options) {
    if (!Files.isRegularFile(file)) {
      String found = Files.exists(file) ? "is no regular file" : "no such file";
      throw new InvalidInputException(file + ": " + found + "; an ONNX model is needed");
    }
    if (!Files.isReadable(file)) {
      throw new InvalidInputException(file + ": permission to read it is denied");
    }
    Provided provided = session(engine, file, options.provider(), OnnxRuntime.hasCuda());
    OrtSession session = provided.session();
    try {
      OnnxNetwork network = new OnnxNetwork(engine, file, session, provided.provider(), options);
      engine.onClose(() -> close(session));
      return network;
    } catch (InvalidInputException e) {
      close(session);
      throw new InvalidInputException(file + ": " + e.getMessage(), e);
    } catch (OrtException e) {
      close(session);
      throw new InvalidInputException(file + ": " + OnnxRuntime.reason(e), e);
    } catch (RuntimeException e) {
      close(session);
      throw e;
    }
  }

  /**
   * @param provider cpu or cuda, and where cuda's artifact is there but does not start, why
   */
  record Provided(OrtSession session, String provider) {}

  /**
   * @param hasCuda whether cuda's artifact is there; where auto finds that it does not start, as on
   *     a machine without a GPU, the network runs on the processor
   */
  static Provided session(Engine engine, Path file, OnnxOptions.Provider wanted, boolean hasCuda) {
    String refused = "";
    if (wanted == OnnxOptions.Provider.AUTO && hasCuda) {
      try (OrtSession.SessionOptions settings = settings(engine)) {
        settings.addCUDA();
        return new Provided(
            OnnxRuntime.environment().createSession(file.toString(), settings), "cuda");
      } catch (OrtException e) {
        refused = "; cuda does not start: " + OnnxRuntime.reason(e);
      }
    }
    boolean cuda = wanted == OnnxOptions.Provider.CUDA;
    try (OrtSession.SessionOptions settings = settings(engine)) {
      if (cuda) {
        settings.addCUDA();
      }
      return new Provided(
          OnnxRuntime.environment().createSession(file.toString(), settings),
          cuda ? "cuda" : "cpu" + refused);
    } catch (OrtException e) {
      throw new InvalidInputException(file + ": " + refusal(e, cuda), e);
    }
  }

  private static OrtSession.SessionOptions settings(Engine engine) throws OrtException {
    OrtSession.SessionOptions settings = new OrtSession.SessionOptions();
    settings.setIntraOpNumThreads(engine.threads());
    settings.setInterOpNumThreads(1);
    settings.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
    // Its threads must not burn the cores that the engine's own ops need between two runs.
    settings.addConfigEntry("session.intra_op.allow_spinning", "0");
    return settings;
  }

  private static String refusal(OrtException e, boolean cuda) {
    return switch (e.getCode()) {
      case ORT_INVALID_PROTOBUF, ORT_NO_MODEL ->
          "no ONNX model, or a truncated one; " + OnnxRuntime.reason(e);
      case ORT_EP_FAIL, ORT_ENGINE_ERROR ->
          "provider: found cuda, allowed here: cpu; " + OnnxRuntime.reason(e);
      default -> "a model that ONNX Runtime cannot run; " + OnnxRuntime.reason(e);
    };
  }

  private static void close(OrtSession session) {
    try {
      session.close();
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }

  public Engine engine() {
    return engine;
  }

  public Path file() {
    return file;
  }

  /** What runs it: cpu or cuda; after cpu, why the artifact of cuda that is there does not. */
  public String provider() {
    return provider;
  }

  /** What its numbers mean. */
  public Convention convention() {
    return convention;
  }

  /** Whether it is not told the level. */
  public boolean isBlind() {
    return convention.told() == Convention.Told.NOTHING;
  }

  /** Whether {@link OnnxBlindDenoiser} takes it: one that is told nothing and predicts x_0. */
  public boolean canDenoiseBlind() {
    return isBlind()
        && convention.process() == Convention.Process.VE
        && (convention.prediction() == Convention.Prediction.X0
            || convention.prediction() == Convention.Prediction.RESIDUAL);
  }

  OrtSession session() {
    return session;
  }

  OnnxOptions options() {
    return options;
  }

  Ports ports() {
    return ports;
  }

  /**
   * The shape of one row.
   *
   * @param data what the data are, unknown where they do not say; rows that are no images have
   *     height 1
   * @throws InvalidInputException where the file, the options and the data disagree or none says it
   */
  RowShape rowShape(ImageShape data) {
    try {
      return RowShape.of(ports.rows(), options.size(), data);
    } catch (InvalidInputException e) {
      throw refused(e);
    }
  }

  InvalidInputException refused(InvalidInputException e) {
    return new InvalidInputException(file + ": " + e.getMessage(), e);
  }
}
