/**
 * Tweedie on Apache Spark: rows are columns of a {@code Dataset}, and every result has the bits of
 * one engine in one process, for any partitioning. Partitions, shuffles, retries and files are
 * Spark's.
 */
@NullMarked
package dev.tweedie.spark;

import org.jspecify.annotations.NullMarked;
