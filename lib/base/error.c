/* SPDX-License-Identifier: MIT
 * base: the error object; see error.h. Works in the caller's fixed storage, so reporting a failed
 * allocation never allocates. */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

SpmlCode error_set(Error *e, SpmlCode code, const char *key, const char *fmt, ...)
{
    if (!e || e->code != SPML_OK)
        return code;
    e->code = code;
    snprintf(e->key, sizeof e->key, "%s", key);
    if (!e->file[0])
        e->offset = -1;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(e->text, sizeof e->text, fmt, ap);
    va_end(ap);
    return code;
}

SpmlCode error_context(Error *e, const char *fmt, ...)
{
    if (!e)
        return SPML_DATA;
    char head[1024], all[sizeof e->text];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(head, sizeof head, fmt, ap);
    va_end(ap);
    snprintf(all, sizeof all, "%s: %.3000s", head, e->text);
    memcpy(e->text, all, sizeof all);
    return e->code;
}

void error_line(Error *e, const char *fmt, ...)
{
    if (!e)
        return;
    size_t n = strlen(e->text);
    if (n + 2 >= sizeof e->text)
        return;
    if (n)
        e->text[n++] = '\n';
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(e->text + n, sizeof e->text - n, fmt, ap);
    va_end(ap);
}

void error_hint(Error *e, const char *fmt, ...)
{
    if (!e)
        return;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(e->hint, sizeof e->hint, fmt, ap);
    va_end(ap);
}

SpmlCode error_where(Error *e, const char *file, int64_t offset)
{
    if (!e)
        return SPML_DATA;
    if (!e->file[0]) {
        snprintf(e->file, sizeof e->file, "%s", file);
        e->offset = offset;
    }
    return e->code;
}

SpmlCode error_oom(Error *e)
{
    return error_set(e, SPML_RESOURCE, "out-of-memory", "out of memory");
}

void error_clear(Error *e)
{
    if (e)
        *e = (Error){.offset = -1};
}
