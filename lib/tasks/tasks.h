/* SPDX-License-Identifier: MIT
 * tasks: what its files share. */
#ifndef SPML_TASKS_TASKS_H
#define SPML_TASKS_TASKS_H

#include "handles.h"
#include "tasks/media.h"

void value_type_print(const RtValue *v, Text *out);
bool value_stats(DType t, const void *p, int64_t n, SpmlStats *out);
void model_draw_dot(const Graph *g, Text *out); /* draw.c */
void model_draw_svg(const Graph *g, Text *out);

#endif
