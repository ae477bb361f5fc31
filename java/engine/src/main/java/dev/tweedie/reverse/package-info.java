/** Reverse steps from noise to data, and the samplers made of them. */
package dev.tweedie.reverse;
