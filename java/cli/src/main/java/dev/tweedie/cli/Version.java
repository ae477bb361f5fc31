package dev.tweedie.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** The version of this program, as the build wrote it into {@code version.properties}. */
public final class Version implements IVersionProvider {
  /** As {@code --version} says it. */
  public static String number() {
    try (InputStream in = Version.class.getResourceAsStream("version.properties")) {
      Properties properties = new Properties();
      properties.load(in);
      return properties.getProperty("version");
    } catch (IOException e) {
      throw new IllegalStateException("version.properties cannot be read", e);
    }
  }

  @Override
  public String[] getVersion() {
    return new String[] {"tweedie " + number()};
  }
}
