/* SPDX-License-Identifier: MIT
 * Gradient checks of moves: shapes, slices, gathers, scatters. */
#include "grad.h"

const GradCase cases_move[] = {
    {0},
};
