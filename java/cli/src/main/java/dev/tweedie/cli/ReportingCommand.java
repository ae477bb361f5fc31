package dev.tweedie.cli;

import picocli.CommandLine.Mixin;

/** A command whose facts and tables a program may have as JSON. */
abstract class ReportingCommand extends PlannedCommand {
  @Mixin private JsonOption json;

  @Override
  final boolean json() {
    return json.on();
  }
}
