/** An engine's threads, and how finely a range is worth cutting between them. */
package dev.tweedie.threads;
