/* Exported by both libraries. */
#include "tweedie.h"

int64_t tweedie_width(int32_t kind, int64_t dim) {
  switch (kind) {
    case TWEEDIE_ISOTROPIC: return dim + 1;
    case TWEEDIE_DIAGONAL: return 2 * dim;
    default: return dim;
  }
}

int64_t tweedie_blind_width(int32_t kind, int64_t dim) { return kind == TWEEDIE_ISOTROPIC ? dim + 1 : dim; }
