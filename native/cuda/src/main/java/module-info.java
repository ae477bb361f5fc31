/** The CUDA library as a resource: {@code dev/tweedie/native/<os>-<arch>/}. Holds no class. */
module dev.tweedie.kernels.cuda {}
