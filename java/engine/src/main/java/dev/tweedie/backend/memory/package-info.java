/** Native memory of samples: how much there may be, and how it is used again. */
package dev.tweedie.backend.memory;
