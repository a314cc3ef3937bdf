/* SPDX-License-Identifier: MIT
 * cli: help, from the option table and the tables of the library. -h fits a small terminal; help VERB says everything. */
#include "cli.h"

#include "base/knobs.h"

#include <string.h>

void help_short(void)
{
    out_printf("usage: spml VERB [OPTION...] MODEL [FILE...]\n\n");
    for (const Verb *v = verbs; v->name; v++)
        if (v->bit != COMPLETION)
            out_printf("  %-8s  %s\n", v->name, v->text);
    out_printf("\n  spml inspect model.onnx\n  spml run model.onnx -i photo.jpg -o out.png\n  spml classify model.onnx *.jpg -k 3\n");
}

static void option_line(const OptionRow *r)
{
    Text t = {0};
    if (r->letter)
        text_printf(&t, "-%c, ", r->letter);
    text_printf(&t, "--%s%s%s", r->name, r->metavar ? " " : "", r->metavar ? r->metavar : "");
    out_printf(t.n > 30 ? "  %s\n  %-30s  %s\n" : "  %-30s%s  %s\n", t.p ? t.p : "", "", r->text);
    text_free(&t);
}

void help_verb(const Verb *v)
{
    const char *group = "";
    out_printf("usage: spml %s [OPTION...]%s%s\n\n%s\n", v->name, *v->operands ? " " : "", v->operands, v->text);
    if (*v->about)
        out_printf("%s\n", v->about);
    for (int i = 0; i < O_COUNT; i++) {
        const OptionRow *r = &option_rows[i];
        if (!(r->verbs & v->bit))
            continue;
        if (strcmp(group, r->group))
            out_printf("\n%s:\n", r->group);
        group = r->group;
        option_line(r);
    }
    out_printf("\nExamples:\n");
    for (const char *p = v->examples; *p;) {
        size_t n = strcspn(p, "\n");
        out_printf("  %.*s\n", (int)n, p);
        p += n + (p[n] == '\n');
    }
}

static void help_formats(void)
{
    const char *name, *ext, *about;
    bool many;
    out_printf("Models:\n");
    for (size_t i = 0; (name = spml_model_format(i, &ext, &about)); i++)
        out_printf("  %s%s%s\n", name, gap(), about);
    out_printf("\nWritten by spml export (KIND:PATH, or by extension):\n");
    for (size_t i = 0; (name = spml_export_format(i, &ext, &about)); i++)
        out_printf("  %s%s%s\n", name, gap(), about);
    out_printf("\nTensor files, for -i, -o, --expect (KIND:PATH, or by content and extension):\n");
    for (size_t i = 0; (name = spml_file_kind(i, &ext, &about, &many)); i++)
        out_printf("  %s%s%s\n", name, gap(), about);
}

static void help_table(const char *(*row)(size_t i, const char **about))
{
    const char *name, *about;
    for (size_t i = 0; (name = row(i, &about)); i++)
        out_printf("%s%s%s\n", name, gap(), about);
}

static void help_ops(void)
{
    help_table(spml_op);
}

static void help_env(void)
{
    for (int i = 0; i < KNOB_COUNT; i++)
        out_printf("%s%s%s%s%s%s%s\n", knob_info[i].name, gap(), knob_str((Knob)i), gap(), knob_info[i].type, gap(), knob_info[i].text);
}

static void help_errors(void)
{
    static const struct { int code; const char *text; } rows[] = {
        {0, "done"}, {1, "the answer is no: compare, --expect, --assert"}, {2, "the command line is wrong"}, {3, "a file is bad or missing, or data disagrees with the model"},
        {4, "not supported here: operator, type, backend that is not built"}, {5, "memory, disk, a cap, a time-out, output not writable"}, {6, "driver or device"},
        {7, "network or checksum"}, {130, "interrupted"}, {141, "the reader of stdout is gone"}, {143, "terminated"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        out_printf("%d%s%s\n", rows[i].code, gap(), rows[i].text);
}

static void help_passes(void) { help_table(spml_pass); }
static void help_capabilities(void) { help_table(spml_capability); }
static void help_arch(void) { help_table(spml_train_arch); }

int cmd_help(const Args *a)
{
    static const struct { const char *name; void (*fn)(void); } pages[] = {{"formats", help_formats}, {"ops", help_ops}, {"passes", help_passes},
        {"capabilities", help_capabilities}, {"arch", help_arch}, {"errors", help_errors}, {"env", help_env}};
    if (a->n_operand && a->n_operand < 3 && !strcmp(a->operand[0], "man"))
        return man_page(a->n_operand > 1 ? a->operand[1] : NULL);
    if (a->n_operand > 1)
        return fail(2, "operands", "help: one page at a time");
    if (!a->n_operand)
        return help_short(), 0;
    const char *list[32], *word = a->operand[0];
    size_t n = 0;
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
        if (!strcmp(word, pages[i].name))
            return pages[i].fn(), 0;
        list[n++] = pages[i].name;
    }
    for (const Verb *v = verbs; v->name; v++)
        list[n++] = v->name;
    list[n] = NULL;
    const Verb *v = verb_find(word);
    if (v)
        return help_verb(v), 0;
    return fail_hint(2, "help-page", nearest(word, list), "help: no verb and no page '%s'", word);
}
