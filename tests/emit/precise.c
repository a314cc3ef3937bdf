/* SPDX-License-Identifier: MIT
 * emit tests: the check for `precise`, line by line, as our printer writes GLSL: a statement a line. A name declared float or double without
 * precise is refused (arrays and buffers hold values, they do not calculate); so is a line with an operator or a function on such a name that
 * does not assign to one. */
#include "precise.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { MAX_NAMES = 4096, MAX_NAME = 16 };
typedef struct Names { char name[MAX_NAMES][MAX_NAME]; size_t n; } Names;

static bool word_char(char c) { return isalnum((unsigned char)c) || c == '_'; }

static size_t word(const char *s) /* length of the word at s */
{
    size_t n = 0;
    while (word_char(s[n]))
        n++;
    return n;
}

static bool known(const Names *k, const char *s, size_t n)
{
    for (size_t i = 0; i < k->n; i++)
        if (strlen(k->name[i]) == n && !memcmp(k->name[i], s, n))
            return true;
    return false;
}

static bool is_word(const char *s, size_t n, const char *w) { return strlen(w) == n && !memcmp(s, w, n); }

/* Declarations of floats on a line are noted; false: one is not precise. */
static bool declarations(Names *k, const char *line)
{
    bool precise = false;
    for (const char *s = line; *s; s += word(s) ? word(s) : 1) {
        const size_t n = word(s);
        if (is_word(s, n, "precise"))
            precise = true;
        if ((!is_word(s, n, "float") && !is_word(s, n, "double")) || s[n] != ' ' || !word(s + n + 1))
            continue;
        const char *name = s + n + 1;
        const size_t len = word(name);
        if (name[len] == '[')
            continue; /* an array */
        if (!precise)
            return false;
        if (!known(k, name, len) && k->n < MAX_NAMES && len < MAX_NAME)
            snprintf(k->name[k->n++], MAX_NAME, "%.*s", (int)len, name);
    }
    return true;
}

/* Is there an operator beside a float's name, or a function that rounds? */
static bool calculates(const Names *k, const char *line)
{
    static const char *const functions[] = { "fma", "sqrt", "inversesqrt", "exp", "exp2", "log", "log2", "pow", "sin", "cos", "mix", "dot" };
    for (const char *s = line; *s; s += word(s) ? word(s) : 1) {
        const size_t n = word(s);
        if (!n)
            continue;
        for (size_t f = 0; f < sizeof functions / sizeof *functions; f++)
            if (is_word(s, n, functions[f]) && s[n] == '(')
                return true;
        if (!known(k, s, n))
            continue;
        const char *after = s + n;
        const char *before = s;
        while (*after == ' ')
            after++;
        while (before > line && before[-1] == ' ')
            before--;
        if (*after && strchr("+-*/", *after))
            return true;
        if (before > line && strchr("+-*/", before[-1]))
            return true;
    }
    return false;
}

static bool assigns_precise(const Names *k, const char *line)
{
    while (*line == ' ')
        line++;
    const size_t n = word(line);
    return is_word(line, n, "precise") || (known(k, line, n) && !strncmp(line + n, " = ", 3));
}

bool precise_check(const char *text, char *why, size_t size)
{
    static Names k;
    char line[2048];
    k.n = 0;
    for (unsigned number = 1; *text; number++) {
        const size_t n = strcspn(text, "\n");
        snprintf(line, sizeof line, "%.*s", (int)n, text);
        text += n + (text[n] == '\n');
        char *comment;
        while ((comment = strstr(line, "/*")) && strstr(comment, "*/"))
            memmove(comment, strstr(comment, "*/") + 2, strlen(strstr(comment, "*/") + 2) + 1);
        if ((comment = strstr(line, "//")))
            *comment = 0;
        if (strstr(line, "buffer_reference") || !strncmp(line, "shared ", 7))
            continue;
        if (!declarations(&k, line) || (calculates(&k, line) && !assigns_precise(&k, line))) {
            snprintf(why, size, "line %u: %s", number, line);
            return false;
        }
    }
    return true;
}
