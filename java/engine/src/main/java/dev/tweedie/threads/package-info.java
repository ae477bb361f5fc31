/** An engine's threads, and how finely a range is worth cutting between them. */
@NullMarked
package dev.tweedie.threads;

import org.jspecify.annotations.NullMarked;
