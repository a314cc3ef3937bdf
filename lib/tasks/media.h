/* SPDX-License-Identifier: MIT
 * tasks: pictures and sound as files of one tensor. */
#ifndef SPML_TASKS_MEDIA_H
#define SPML_TASKS_MEDIA_H

#include "handle_error.h"

ValueWant want_of_port(const SpmlPort *p);
/* media.c: false when the file is neither picture nor sound. */
typedef struct ValueSource { const SpmlPort *port; const char *recipe; bool orient, fit; int rate; } ValueSource;
bool media_read(const File *f, const char *kind, const ValueSource *from, RtValue **out, Text *note, SpmlCode *code, Error *err);
bool media_write(const ValueList *l, const char *path, const char *kind, const ValueSource *how, Text *note, SpmlCode *code, Error *err);
SpmlCode bytes_read(const File *f, const char *recipe, const SpmlPort *port, RtValue **out, Error *err); /* recipe "bytes …" */

#endif
