package dev.tweedie.io;

/**
 * One grey image.
 *
 * @param height rows of pixels
 * @param width pixels in a row
 * @param pixels height x width values in [0, 1], row-major, 0 black
 */
public record GreyImage(int height, int width, double[] pixels) {}
