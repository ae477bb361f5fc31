package dev.tweedie;

/**
 * Input that cannot be used. The message is one line that names the argument or file, says what was
 * found and what is allowed; the command line prints it as it stands and exits with status 2.
 */
public final class InvalidInputException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  public InvalidInputException(String message) {
    super(message);
  }

  public InvalidInputException(String message, Throwable cause) {
    super(message, cause);
  }
}
