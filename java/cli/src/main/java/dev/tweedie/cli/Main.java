package dev.tweedie.cli;

/** Entry point of the {@code tweedie} command. */
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    System.out.println("tweedie");
  }
}
