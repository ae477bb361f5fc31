/** Plots described as data, and drawn as SVG or PNG. */
package dev.tweedie.plot;
