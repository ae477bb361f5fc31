/** The papers' figures and tables that can be computed exactly, as experiments. */
package dev.tweedie.cli.reproduce;
