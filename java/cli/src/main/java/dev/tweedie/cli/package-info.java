/**
 * The {@code tweedie} command: one class a subcommand, and the options they share. Only what reads
 * options, writes files and reports lives here; all numbers come from the engine.
 */
package dev.tweedie.cli;
