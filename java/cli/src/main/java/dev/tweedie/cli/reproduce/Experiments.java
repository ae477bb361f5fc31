package dev.tweedie.cli.reproduce;

import dev.tweedie.InvalidInputException;
import java.util.List;
import java.util.stream.Collectors;

/** All experiments, in the order in which they are listed and run. */
public final class Experiments {
  /** Instead of a name: every experiment. */
  public static final String ALL = "all";

  private static final List<Experiment> LIST =
      List.of(
          new LiangFig1(),
          new LiangFig3To5(),
          new LiangFig6(),
          new LiangFig8(),
          new LiangFig10(),
          new LiangChain(),
          new FeslGmm(),
          new FeslMnist(),
          new FeslSpeech(),
          new FeslResampling(),
          new FeslSteps(),
          new FeslMismatch(),
          new FeslBias(),
          new KadkhodaieFig1(),
          new KadkhodaieFig2(),
          new KadkhodaieFig3(),
          new KadkhodaieFig10(),
          new KadkhodaieFig11(),
          new KadkhodaieTracking(),
          new KadkhodaieW2(),
          new LiGrid(),
          new LiLine(),
          new LiKl());

  private Experiments() {}

  public static List<Experiment> list() {
    return LIST;
  }

  /**
   * The experiment of that name, or all of them.
   *
   * @throws InvalidInputException for another name
   */
  public static List<Experiment> parse(String name) {
    if (name.equals(ALL)) {
      return LIST;
    }
    List<Experiment> found = LIST.stream().filter(one -> one.name().equals(name)).toList();
    if (found.isEmpty()) {
      throw new InvalidInputException(
          "reproduce: found '%s', allowed: %s, %s"
              .formatted(
                  name,
                  ALL,
                  LIST.stream().map(Experiment::name).collect(Collectors.joining(", "))));
    }
    return found;
  }
}
