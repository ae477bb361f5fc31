/** How far estimates are from the truth, and samples from a law. */
package dev.tweedie.metric;
