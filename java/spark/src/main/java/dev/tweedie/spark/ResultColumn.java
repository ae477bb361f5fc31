package dev.tweedie.spark;

import java.io.Serializable;

/**
 * A column to be written.
 *
 * @param width numbers of a row
 * @param scalar whether it is a number of its own, not an array of one
 */
record ResultColumn(String name, int width, boolean scalar) implements Serializable {}
