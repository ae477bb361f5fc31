/** What is known of x_0 given x at a level. */
@NullMarked
package dev.tweedie.posterior;

import org.jspecify.annotations.NullMarked;
