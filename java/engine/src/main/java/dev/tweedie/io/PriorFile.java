package dev.tweedie.io;

/** What a file says of clean rows: the parameters of a mixture, or rows that are points. */
public sealed interface PriorFile permits MixtureFile, RowFile {}
