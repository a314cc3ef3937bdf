/* SPDX-License-Identifier: MIT
 * base: a growing text buffer, terminal-safe escaping, and locale-free numbers. */
#ifndef SPML_BASE_TEXT_H
#define SPML_BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef struct Text { char *p; size_t n, cap; bool oom; } Text; /* zero-initialise; p is NUL-terminated when not NULL */
void text_add(Text *t, const char *s, size_t n);
void text_puts(Text *t, const char *s);
void text_printf(Text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void text_vprintf(Text *t, const char *fmt, va_list ap);
void text_free(Text *t);

/* One escaping function per destination. s need not be NUL-terminated. */
void text_escape_terminal(Text *t, const char *s, size_t n); /* C0, C1, DEL, bidi controls, invalid UTF-8 → \xNN; backslash stays */
void text_escape_json(Text *t, const char *s, size_t n);     /* without the quotes; invalid UTF-8 bytes → \u00NN */
void text_escape_xml(Text *t, const char *s, size_t n);      /* svg */
void text_escape_dot(Text *t, const char *s, size_t n);      /* inside "…" of Graphviz, without the quotes */
void text_escape_csv(Text *t, const char *s, size_t n);      /* RFC 4180: quotes added when needed */
void text_escape_tsv(Text *t, const char *s, size_t n);      /* tab, newline, CR, backslash → \t \n \r \\ and terminal-safe */

/* Locale-free. *end is one past what was read; false if nothing valid or out of range. Accept decimal, exponent, hex floats,
 * inf, nan (any case). */
bool parse_f64(const char *s, const char **end, double *out);
bool parse_i64(const char *s, const char **end, int64_t *out);
bool parse_size(const char *s, uint64_t *out); /* whole string: 12, 4K, 2M, 1G (1024) */
/* Shortest text that reads back equal; "NaN", "Infinity", "-Infinity". buf ≥ 32. Returns buf. */
char *format_f64(char *buf, double v);
char *format_f32(char *buf, float v);
char *format_g4(char *buf, double v);     /* %.4g without locale: the summary's numbers */
char *format_bytes(char *buf, uint64_t n); /* "9216 B", "4.7 MiB": one decimal from KiB on; buf ≥ 32 */

#endif
