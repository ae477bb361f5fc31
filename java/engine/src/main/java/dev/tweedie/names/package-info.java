/** Lookup of what users write by name: ours, and what jars on the path add. */
@NullMarked
package dev.tweedie.names;

import org.jspecify.annotations.NullMarked;
