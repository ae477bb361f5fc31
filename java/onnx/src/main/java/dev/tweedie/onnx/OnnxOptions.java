package dev.tweedie.onnx;

import dev.tweedie.InvalidInputException;
import dev.tweedie.io.ImageShape;
import dev.tweedie.schedule.ScheduleSpec;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a network's file does not say of itself, as {@code KEY=VALUE,KEY=VALUE,...}. A file may
 * carry the same text in its metadata under {@value #METADATA}; what is given here goes before it.
 *
 * <ul>
 *   <li>{@code input}, {@code level}, {@code noise}, {@code output}: names of the rows' input, of
 *       the input that is told the level, of a latent noise input, and of the output; where there
 *       is only one candidate it needs no name
 *   <li>{@code size=HxW}: of an image, where neither the file nor the data say it; {@code
 *       size=CxHxW} with C channels, {@code size=D} for rows
 *   <li>{@code predicts}: x0 (default), epsilon, v, score, residual, edm
 *   <li>{@code told}: nothing, sigma, log-sigma, snr, c-noise, time0, time1; nothing for a network
 *       of one input, c-noise where it predicts edm
 *   <li>{@code process}: ve or vp; by default vp where it is told a time, else ve
 *   <li>{@code schedule}: the one whose index it is told, as {@link ScheduleSpec} writes it; a file
 *       may not name another file here, list:FILE
 *   <li>{@code sigma-data}: of edm, 0.5
 *   <li>{@code provider}: cpu, cuda, or auto (default): cuda where it is there
 *   <li>{@code memory}: MiB that one batch may take, 256; counted as 256 numbers for each number of
 *       a row, about what 64 channels need; also what one tensor may take, where that is more than
 *       1024
 *   <li>{@code seconds}: that one run of the network may take, 3600
 * </ul>
 */
public final class OnnxOptions {
  /** Key of a file's metadata. */
  public static final String METADATA = "tweedie";

  /** Nothing given: all from the file. */
  public static final OnnxOptions NONE = new OnnxOptions(Map.of());

  private static final List<String> KEYS =
      List.of(
          "input",
          "level",
          "noise",
          "output",
          "size",
          "predicts",
          "told",
          "process",
          "schedule",
          "sigma-data",
          "provider",
          "memory",
          "seconds");

  private static final long NUMBERS_PER_ELEMENT = 256;
  private static final long DEFAULT_MEMORY = 256;

  /** Of one tensor: 400,000 colour images of 32 x 32. */
  private static final long TENSOR_MEMORY = 1024;

  private static final long DEFAULT_SECONDS = 3600;

  private final Map<String, String> values;

  private OnnxOptions(Map<String, String> values) {
    this.values = Collections.unmodifiableMap(new TreeMap<>(values));
  }

  /**
   * @param text as the class says; empty for {@link #NONE}
   * @throws InvalidInputException for an unknown key, or one twice
   */
  public static OnnxOptions parse(String text) {
    Map<String, String> values = new LinkedHashMap<>();
    for (String entry : text.isBlank() ? new String[0] : text.split(",", -1)) {
      int equals = entry.indexOf('=');
      String key = equals < 0 ? entry : entry.substring(0, equals).strip();
      if (equals < 0 || !KEYS.contains(key)) {
        throw new InvalidInputException(
            "network option: found "
                + Port.printable(entry)
                + ", allowed: KEY=VALUE with "
                + String.join(", ", KEYS));
      }
      if (values.put(key, entry.substring(equals + 1).strip()) != null) {
        throw new InvalidInputException("network option: found " + key + " twice, allowed: once");
      }
    }
    return new OnnxOptions(values);
  }

  /** These, and where they say nothing the others. */
  public OnnxOptions orElse(OnnxOptions others) {
    Map<String, String> all = new TreeMap<>(others.values);
    all.putAll(values);
    return new OnnxOptions(all);
  }

  /** The value as written, or null. */
  @Nullable String get(String key) {
    return values.get(key);
  }

  /**
   * The size of an image, of one channel where none is given, or 1 x d of a row.
   *
   * @throws InvalidInputException where they are no numbers
   */
  ImageShape size() {
    String text = values.get("size");
    if (text == null) {
      return ImageShape.UNKNOWN;
    }
    String[] words = text.split("x", -1);
    if (words.length > 3) {
      throw new InvalidInputException("size: found " + text + ", allowed: HxW, CxHxW or D");
    }
    int[] size = {1, 1, 1};
    for (int i = 0; i < words.length; i++) {
      size[3 - words.length + i] = (int) wholeNumber("size", words[i]);
    }
    return ImageShape.planes(size[0], size[1], size[2]);
  }

  /**
   * What a file's metadata say.
   *
   * @throws InvalidInputException as {@link #parse}, or where they name a file: whoever made the
   *     network would open files of whoever runs it
   */
  static OnnxOptions ofMetadata(String text) {
    OnnxOptions options = parse(text);
    String schedule = options.get("schedule");
    if (schedule != null && schedule.startsWith("list")) {
      throw new InvalidInputException(
          "schedule: found a file's name in the model's metadata, allowed: there a schedule by its"
              + " numbers; a list of levels by --network schedule=list:FILE");
    }
    return options;
  }

  /**
   * Refuses a tensor that takes more memory than is meant to be taken, before it is.
   *
   * @param name of the tensor, for the message
   * @param rows of the batch
   * @param dim numbers of a row
   */
  void requireMemory(String name, long rows, long dim) {
    String text = values.get("memory");
    long most = Math.max(TENSOR_MEMORY, text == null ? 0 : wholeNumber("memory", text));
    if (rows > (most << 20) / Float.BYTES / dim) {
      throw new InvalidInputException(
          "%s: found a batch of %d rows of %d numbers, allowed: %d MiB; --network memory=MIB allows more"
              .formatted(name, rows, dim, most));
    }
  }

  /** Seconds that one run may take. */
  long seconds() {
    String text = values.get("seconds");
    return text == null ? DEFAULT_SECONDS : wholeNumber("seconds", text);
  }

  /** Rows of dimension {@code dim} that one batch may hold. */
  int batch(int dim) {
    String text = values.get("memory");
    long bytes = (text == null ? DEFAULT_MEMORY : wholeNumber("memory", text)) << 20;
    return Math.clamp(bytes / (Float.BYTES * NUMBERS_PER_ELEMENT * dim), 1, 1 << 20);
  }

  private static long wholeNumber(String key, String text) {
    try {
      int value = Integer.parseInt(text);
      if (value >= 1) {
        return value;
      }
    } catch (NumberFormatException e) {
      // Refused below, as a number that is too small.
    }
    throw new InvalidInputException(key + ": found " + text + ", allowed: a whole number >= 1");
  }

  /** Which provider runs the network. */
  enum Provider {
    AUTO,
    CPU,
    CUDA
  }

  Provider provider() {
    String text = values.getOrDefault("provider", "auto");
    return Convention.parse("provider", text, Provider.values());
  }

  /** What the network's numbers mean; {@code told} where not given follows from the rest. */
  Convention convention(boolean hasLevelInput) {
    Convention.Prediction prediction =
        Convention.parse(
            "predicts", values.getOrDefault("predicts", "x0"), Convention.Prediction.values());
    String toldText = values.get("told");
    if (toldText == null && !hasLevelInput) {
      toldText = "nothing";
    } else if (toldText == null && prediction == Convention.Prediction.EDM) {
      toldText = "c-noise";
    } else if (toldText == null) {
      throw new InvalidInputException(
          "found an input for the level, allowed with it: told=sigma, log-sigma, snr, c-noise,"
              + " time0 or time1");
    }
    Convention.Told told = Convention.parse("told", toldText, Convention.Told.values());
    String process = values.getOrDefault("process", told.isTime() ? "vp" : "ve");
    String schedule = values.get("schedule");
    return new Convention(
        Convention.parse("process", process, Convention.Process.values()),
        told,
        prediction,
        Optional.ofNullable(schedule).map(ScheduleSpec::parse),
        sigmaData());
  }

  private double sigmaData() {
    String text = values.get("sigma-data");
    try {
      return text == null ? Convention.EDM_SIGMA_DATA : Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw new InvalidInputException("sigma-data: found " + text + ", allowed: a number > 0", e);
    }
  }

  @Override
  public String toString() {
    List<String> entries =
        values.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toList();
    return String.join(",", entries);
  }
}
