/** Lookup of what users write by name: ours, and what jars on the path add. */
package dev.tweedie.names;
