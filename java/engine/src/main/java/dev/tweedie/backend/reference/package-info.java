/** The float64 backend that reads like the papers: the oracle of all others. */
package dev.tweedie.backend.reference;
