/**
 * JMH benchmarks, one class a family of ops, each beside the machine's measured roof, and the goals
 * that they are held to.
 */
package dev.tweedie.bench;
