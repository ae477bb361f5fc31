package dev.tweedie.cli;

import dev.tweedie.Numerics;
import dev.tweedie.plot.Plot;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * What {@code tweedie bench} runs. A service ({@link java.util.ServiceLoader}), because benchmarks
 * and what they compare with are no part of what users get.
 */
public interface Benchmarks {
  /** Names that {@link Request#family} may have. */
  List<String> families();

  /** Runs what is asked for; {@code progress} gets a line for each thing that was timed. */
  Report run(Request request, PrintWriter progress);

  /**
   * Two runs that {@code --json} wrote: what moved beyond the noise.
   *
   * @param otherMachine whether they may be of two machines
   * @return not met where something is slower, or no longer works
   * @throws dev.tweedie.InvalidInputException where they cannot be compared
   */
  Report compare(Recorded before, Recorded after, boolean otherMachine);

  /**
   * Before a run that is to be compared with {@code before}.
   *
   * @throws dev.tweedie.InvalidInputException where it could not be, as {@link #compare} does
   */
  void checkBaseline(Recorded before, boolean quick, boolean otherMachine);

  /**
   * A run of the ops that {@code --json} wrote, as a page of HTML.
   *
   * @throws dev.tweedie.InvalidInputException where it is no such run
   */
  String page(Recorded found);

  /**
   * What a file of {@code --json} holds.
   *
   * @param name for messages
   * @param json as {@link JsonReader} reads it
   */
  record Recorded(String name, Object json) {}

  /** What a run is for. */
  enum Table {
    /** The ops, at many sizes. */
    OPS,
    /** The goals; no filter applies to them. */
    GOALS,
    /** How time grows with each size. */
    SCALE,
    /** The ops of this build and another one, in turn. */
    AGAINST
  }

  /**
   * What to time.
   *
   * @param table what is wanted
   * @param family ops of one family, or null for all
   * @param backends names, or empty for the usual ones of this machine
   * @param threads numbers of threads, or empty for 1 and 2
   * @param numerics modes; fast where it is there
   * @param quick short runs and few sizes
   * @param peers whether the peers of {@link Table#OPS} are timed too
   * @param forks processes of each case of {@link Table#OPS}, or pairs of {@link Table#AGAINST}
   * @param other source tree of the other build of {@link Table#AGAINST}, or null
   */
  record Request(
      Table table,
      String family,
      List<String> backends,
      List<Integer> threads,
      List<Numerics> numerics,
      boolean quick,
      boolean peers,
      int forks,
      Path other) {}

  /**
   * What was found.
   *
   * @param machine this machine and what it can do at most, a line each
   * @param header of the table
   * @param table for a person
   * @param facts what a program may want to know of the run, but for its rows; in that order
   * @param rows the same for a program, an object a row
   * @param plot against the roofs, or null
   * @param met false where a goal was not reached, or a slope is not 1
   */
  record Report(
      List<String> machine,
      List<String> header,
      List<List<String>> table,
      Map<String, Object> facts,
      List<Map<String, Object>> rows,
      Plot plot,
      boolean met) {}
}
