/* SPDX-License-Identifier: MIT
 * cli: the option table and its parser. GNU style, nothing abbreviated, -- ends options; an option that the verb does not have is an error that
 * names the nearest one. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

const OptionRow option_rows[O_COUNT] = {
#define OPTION(id, name, letter, metavar, type, verbs, group, text) {name, letter, metavar, OPT_##type, verbs, group, text},
#include "options.def"
#undef OPTION
};

static size_t distance(const char *a, const char *b) /* Damerau's, with adjacent swaps */
{
    enum { LONGEST = 40 };
    size_t d[LONGEST + 1][LONGEST + 1], m = strlen(a), n = strlen(b);
    if (m > LONGEST || n > LONGEST)
        return LONGEST;
    for (size_t i = 0; i <= m; i++)
        for (size_t j = 0; j <= n; j++) {
            size_t best = i && j ? d[i - 1][j - 1] + (a[i - 1] != b[j - 1]) : i + j;
            best = i && d[i - 1][j] + 1 < best ? d[i - 1][j] + 1 : best;
            best = j && d[i][j - 1] + 1 < best ? d[i][j - 1] + 1 : best;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && d[i - 2][j - 2] + 1 < best)
                best = d[i - 2][j - 2] + 1;
            d[i][j] = best;
        }
    return d[m][n];
}

const char *nearest(const char *word, const char *const *list)
{
    const char *best = NULL;
    size_t at = strlen(word) / 3 + 2;
    for (; *list; list++) {
        size_t d = distance(word, *list);
        if (d < at)
            best = *list, at = d;
    }
    return best;
}

/* The verb's own row, else one of another verb; -1: none. */
static int option_by_name(const char *name, size_t n, unsigned verb)
{
    int other = -1;
    for (int i = 0; i < O_COUNT; i++)
        if (strlen(option_rows[i].name) == n && !memcmp(option_rows[i].name, name, n)) {
            if (option_rows[i].verbs & verb)
                return i;
            other = i;
        }
    return other;
}

static int option_by_letter(char c, unsigned verb)
{
    int other = -1;
    for (int i = 0; i < O_COUNT; i++)
        if (option_rows[i].letter == c && c) {
            if (option_rows[i].verbs & verb)
                return i;
            other = i;
        }
    return other;
}

static int unknown_option(const Verb *v, const char *shown, const char *name, bool elsewhere)
{
    const char *list[O_COUNT + 1], *best;
    Text hint = {0};
    size_t n = 0;
    for (int i = 0; i < O_COUNT; i++)
        if (option_rows[i].verbs & v->bit)
            list[n++] = option_rows[i].name;
    list[n] = NULL;
    best = nearest(name, list);
    const OptionRow *r = best ? &option_rows[option_by_name(best, strlen(best), v->bit)] : NULL;
    if ((unsigned char)shown[0] == 0xe2)
        text_printf(&hint, "that dash is not the ASCII '-'");
    else if (r && !elsewhere)
        text_printf(&hint, "--%s%s%s", r->name, r->metavar ? " " : "", r->metavar ? r->metavar : "");
    else
        text_printf(&hint, "spml help %s", v->name);
    int code = fail_hint(2, "option-unknown", hint.p, "%s: no option '%s'", v->name, shown);
    text_free(&hint);
    return code;
}

static bool in_words(const char *words, const char *w)
{
    size_t len = strlen(w);
    for (const char *p = words; *p;) {
        size_t n = strcspn(p, "|");
        if (n == len && !memcmp(p, w, n))
            return true;
        p += n + (p[n] == '|');
    }
    return false;
}

static int bad_value(const Verb *v, const OptionRow *r, const char *value, const char *wants)
{
    return fail(2, "option-value", "%s: --%s: '%s' is not %s", v->name, r->name, value, wants);
}

static int take_value(const Verb *v, OptionId id, const char *value, OptionValue *o)
{
    const OptionRow *r = &option_rows[id];
    const char *end = value;
    o->given = true;
    o->s = value;
    switch (r->type) {
    case OPT_INT:
        if (!parse_i64(value, &end, &o->i) || *end || o->i < (id == O_THREADS || id == O_TOP ? 1 : 0))
            return bad_value(v, r, value, id == O_THREADS || id == O_TOP ? "a whole number from 1" : "a whole number from 0");
        break;
    case OPT_NUMBER:
    case OPT_SECONDS:
    case OPT_PERCENT:
        if (!parse_f64(value, &end, &o->f) || !(o->f >= 0) || o->f > 1e300)
            return bad_value(v, r, value, "a number from 0");
        if (r->type == OPT_SECONDS && *end == 's')
            end++;
        if (r->type == OPT_PERCENT && *end == '%')
            end++;
        if (*end)
            return bad_value(v, r, value, r->metavar);
        break;
    case OPT_CHOICE:
        if (!in_words(r->metavar, value))
            return bad_value(v, r, value, r->metavar);
        break;
    case OPT_LIST: {
        const char **l = realloc(o->list, (o->n + 1) * sizeof *l);
        if (!l)
            return fail(5, "out-of-memory", "out of memory");
        o->list = l;
        o->list[o->n++] = value;
        break;
    }
    default: break;
    }
    return 0;
}

/* One option at argv[*i]; *i moves past its value. */
static int take_option(int argc, char **argv, int *i, const Verb *v, Args *out)
{
    char *arg = argv[*i], letter[3] = {'-', arg[1], 0};
    bool is_long = arg[1] == '-';
    size_t n = strcspn(arg, "=");
    char *value = is_long && arg[n] == '=' ? arg + n + 1 : NULL;
    int id = is_long ? option_by_name(arg + 2, n - 2, v->bit) : option_by_letter(arg[1], v->bit);
    if (id < 0 || !(option_rows[id].verbs & v->bit)) {
        char *name = is_long ? strndup(arg, n) : strdup(letter);
        int code = unknown_option(v, name ? name : arg, is_long && name ? name + 2 : "", id >= 0);
        free(name);
        return code;
    }
    const OptionRow *r = &option_rows[id];
    if (r->type == OPT_FLAG) {
        if (value)
            return fail(2, "option-value", "%s: --%s takes no value", v->name, r->name);
        out->o[id].given = true;
        if (!is_long && arg[2]) { /* -qk 3: the rest are options too */
            arg[1] = '-';
            argv[*i] = arg + 1;
            return take_option(argc, argv, i, v, out);
        }
        return 0;
    }
    if (!value)
        value = !is_long && arg[2] ? arg + 2 : *i + 1 < argc ? argv[++*i] : NULL;
    if (!value)
        return fail(2, "option-value", "%s: --%s needs %s", v->name, r->name, r->metavar);
    return take_value(v, (OptionId)id, value, &out->o[id]);
}

int args_parse(int argc, char **argv, const Verb *v, Args *out)
{
    *out = (Args){.verb = v, .operand = calloc((size_t)argc + 1, sizeof *out->operand)};
    bool options = true;
    for (int i = 0; i < argc; i++) /* how errors look is known before the first of them */
        if (!strcmp(argv[i], "--json"))
            cli_json = true;
        else if (!strcmp(argv[i], "--"))
            break;
    for (int i = 0; i < argc; i++) {
        bool dash = argv[i][0] == '-' && argv[i][1];
        bool pasted = !strncmp(argv[i], "\xe2\x80\x93", 3) || !strncmp(argv[i], "\xe2\x80\x94", 3); /* en and em dash */
        if (options && !strcmp(argv[i], "--")) {
            options = false;
        } else if (options && pasted) {
            return unknown_option(v, argv[i], argv[i] + 3, true);
        } else if (options && dash) {
            int code = take_option(argc, argv, &i, v, out);
            if (code)
                return code;
        } else if (out->operand) {
            out->operand[out->n_operand++] = argv[i];
        }
    }
    cli_quiet = out->o[O_QUIET].given;
    return out->operand ? 0 : fail(5, "out-of-memory", "out of memory");
}

void args_free(Args *a)
{
    for (int i = 0; i < O_COUNT; i++)
        free(a->o[i].list);
    free(a->operand);
    *a = (Args){0};
}
