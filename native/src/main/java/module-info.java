/** The native libraries as resources: {@code dev/tweedie/native/<os>-<arch>/}. Holds no class. */
module dev.tweedie.kernels {}
