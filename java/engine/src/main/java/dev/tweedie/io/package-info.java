/**
 * The files Tweedie reads and writes: {@code .npy}, {@code .npz}, IDX, {@code .gz} of these, and
 * PNG.
 *
 * <p>{@link dev.tweedie.io.DataFiles} turns any of them into rows; {@link
 * dev.tweedie.io.MixtureFile} reads the parameters of a Gaussian mixture; {@link
 * dev.tweedie.io.Npy}, {@link dev.tweedie.io.Npz}, {@link dev.tweedie.io.Idx} and {@link
 * dev.tweedie.io.Png} are the formats one by one. A file that is missing, damaged or of another
 * kind is a {@link dev.tweedie.InvalidInputException} that names it; an {@link java.io.IOException}
 * means that a read or a write failed midway. Every output goes through {@link
 * dev.tweedie.io.OutputFile}, so that no half file is ever seen.
 */
@NullMarked
package dev.tweedie.io;

import org.jspecify.annotations.NullMarked;
