/** The float64 backend that reads like the papers: the oracle of all others. */
@NullMarked
package dev.tweedie.backend.reference;

import org.jspecify.annotations.NullMarked;
