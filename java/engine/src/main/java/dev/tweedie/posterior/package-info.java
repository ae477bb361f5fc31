/** What is known of x_0 given x at a level. */
package dev.tweedie.posterior;
