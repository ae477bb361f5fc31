/* The table of one tier; compiled once per tier. */
#include "kernels.h"

#define TEXT_(x) #x
#define TEXT(x) TEXT_(x)

const struct tweedie_table TIER(table) = {
    .tier = TEXT(TWEEDIE_TIER),
#define OP(name, parameters, arguments) .name = TIER(name),
#define CPU_OP OP
#define MKL_OP OP
#define TIER_OP(of, name, parameters, arguments) OP(name, parameters, arguments)
#include "ops.def"
};
