/* The table of one tier; compiled once per tier. */
#include "kernels.h"

#define TEXT_(x) #x
#define TEXT(x) TEXT_(x)

const struct tweedie_table TIER(table) = {
    .tier = TEXT(TWEEDIE_TIER),
#define K(name, parameters, arguments) .name = TIER(name),
#define F K
#define T(of, name, parameters, arguments) K(name, parameters, arguments)
#include "kernels.def"
#undef T
#undef F
#undef K
};
