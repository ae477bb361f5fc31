package dev.tweedie.cli.reproduce;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.sound.sampled.AudioFormat;
import javax.sound.sampled.AudioInputStream;
import javax.sound.sampled.AudioSystem;
import javax.sound.sampled.UnsupportedAudioFileException;

/**
 * Complex spectra of recordings: windows of {@value #WINDOW} samples side by side, under Hann's
 * window, and of their discrete Fourier transform the frequencies that are complex, without the
 * constant and the highest one. The transform is one product of the engine.
 */
final class SpeechSpectra {
  static final int WINDOW = 128;
  static final int FREQUENCIES = WINDOW / 2 - 1;

  private SpeechSpectra() {}

  /**
   * @param folder of mono 16-bit PCM files {@code .wav}
   * @param most files that are read, in the order of their names
   * @return {@code N x 2 FREQUENCIES}, real and imaginary parts side by side
   */
  static Samples read(Path folder, Engine engine, int most) {
    List<double[]> windows = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      files
          .filter(file -> file.toString().endsWith(".wav"))
          .sorted()
          .limit(most)
          .forEach(file -> cut(samples(file), windows));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (windows.isEmpty()) {
      throw new InvalidInputException(
          folder + ": found no recording, allowed: .wav files of " + WINDOW + " samples and more");
    }
    double[] all = new double[windows.size() * WINDOW];
    for (int i = 0; i < windows.size(); i++) {
      System.arraycopy(windows.get(i), 0, all, i * WINDOW, WINDOW);
    }
    Samples spectra = engine.samples(windows.size(), 2 * FREQUENCIES);
    Samples in = engine.samples(all, windows.size());
    Samples transform = engine.samples(transform(), WINDOW);
    engine.run(() -> engine.backend().gemm(in, transform, spectra));
    return spectra;
  }

  private static double[] samples(Path file) {
    try (AudioInputStream in = AudioSystem.getAudioInputStream(file.toFile())) {
      AudioFormat format = in.getFormat();
      if (format.getChannels() != 1
          || format.getSampleSizeInBits() != 16
          || format.getEncoding() != AudioFormat.Encoding.PCM_SIGNED) {
        throw new InvalidInputException(
            file + ": found " + format + ", allowed: one channel of signed 16-bit PCM");
      }
      byte[] bytes = in.readAllBytes();
      double[] samples = new double[bytes.length / 2];
      for (int i = 0; i < samples.length; i++) {
        int first = bytes[2 * i];
        int second = bytes[2 * i + 1];
        samples[i] = format.isBigEndian() ? first << 8 | second & 0xff : second << 8 | first & 0xff;
      }
      return samples;
    } catch (UnsupportedAudioFileException e) {
      throw new InvalidInputException(file + ": no recording, allowed: a .wav file", e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Adds the windows of a recording of unit power; silence has none. */
  private static void cut(double[] samples, List<double[]> windows) {
    double power = 0;
    for (double sample : samples) {
      power += sample * sample;
    }
    if (power == 0) {
      return;
    }
    double scale = 1 / Math.sqrt(power / samples.length);
    for (int begin = 0; begin + WINDOW <= samples.length; begin += WINDOW) {
      double[] window = new double[WINDOW];
      for (int i = 0; i < WINDOW; i++) {
        window[i] = scale * samples[begin + i];
      }
      windows.add(window);
    }
  }

  /** {@code WINDOW x 2 FREQUENCIES}: exp(-2 pi i n f / WINDOW) under the window, of unit norm. */
  private static double[] transform() {
    double[] matrix = new double[WINDOW * 2 * FREQUENCIES];
    double scale = 1 / Math.sqrt(0.375 * WINDOW); // the mean square of Hann's window is 3/8
    for (int n = 0; n < WINDOW; n++) {
      double sine = StrictMath.sin(Math.PI * (n + 0.5) / WINDOW);
      for (int f = 1; f <= FREQUENCIES; f++) {
        double angle = 2 * Math.PI * (n * f % WINDOW) / WINDOW;
        int at = (n * FREQUENCIES + f - 1) * 2;
        matrix[at] = scale * sine * sine * StrictMath.cos(angle);
        matrix[at + 1] = -scale * sine * sine * StrictMath.sin(angle);
      }
    }
    return matrix;
  }
}
