/* SPDX-License-Identifier: MIT
 * tasks: what its files share. */
#ifndef SPML_TASKS_TASKS_H
#define SPML_TASKS_TASKS_H

#include "handles.h"
#include "tasks/media.h"

void value_type_print(const RtValue *v, Text *out);
bool value_stats(DType t, const void *p, int64_t n, SpmlStats *out);
/* profile.c: under the extents that are bound in s: 2 per multiply-add, 0 for what is no contraction. A region is named by the contraction in it, and does its
 * work. */
int64_t node_flop(Session *s, const Node *n);
const Node *region_root(const Node *n);
int64_t step_bytes(Session *s, const Step *st); /* read and written by a call or copy */
size_t profile_steps(Session *s, const DevicePair *on, SpmlProfileRow *out, size_t max); /* longest first; how many there are */
void device_tell(const DevicePair *on, SpmlDevice *out); /* devices.c */
SpmlCode export_json(const Graph *g, const char *path, uint64_t *bytes, Error *err); /* docs/json/graph-1.json */
void model_draw_dot(const Graph *g, Text *out); /* draw.c */
void model_draw_svg(const Graph *g, Text *out);

#endif
