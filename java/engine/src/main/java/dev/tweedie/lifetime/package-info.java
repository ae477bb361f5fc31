/** When what was opened may end. */
@NullMarked
package dev.tweedie.lifetime;

import org.jspecify.annotations.NullMarked;
