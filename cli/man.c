/* SPDX-License-Identifier: MIT
 * cli: manual pages in man(7) markup, written from the verb and option tables when spml is built: spml help man [VERB]. */
#include "cli.h"

#include <string.h>

/* Text of a page: a dot or quote that begins a line, backslashes and hyphens are special. */
static void man_text(const char *s)
{
    bool line = true;
    for (; *s; s++) {
        if (line && (*s == '.' || *s == '\''))
            out_printf("\\&");
        line = *s == '\n';
        if (*s == '\\')
            out_printf("\\e");
        else
            out_printf(*s == '-' ? "\\-" : "%c", *s);
    }
}

static void head(const char *name, const char *text)
{
    out_printf(".TH SPML%s%s 1 \"\" \"spml %s\" \"User Commands\"\n.SH NAME\nspml%s%s \\- ", *name ? "\\-" : "", name, spml_version(), *name ? "\\-" : "", name);
    man_text(text);
    out_printf("\n.SH SYNOPSIS\n");
}

static void options(unsigned bit)
{
    const char *group = "";
    out_printf(".SH OPTIONS\n");
    for (int i = 0; i < O_COUNT; i++) {
        const OptionRow *r = &option_rows[i];
        if (!(r->verbs & bit))
            continue;
        if (strcmp(group, r->group)) {
            out_printf(".SS ");
            man_text(r->group);
            out_printf("\n");
        }
        group = r->group;
        out_printf(".TP\n");
        if (r->letter)
            out_printf("\\fB\\-%c\\fR, ", r->letter);
        out_printf("\\fB\\-\\-");
        man_text(r->name);
        out_printf("\\fR");
        if (r->metavar) {
            out_printf(" \\fI");
            man_text(r->metavar);
            out_printf("\\fR");
        }
        out_printf("\n");
        man_text(r->text);
        out_printf("\n");
    }
}

static void exit_status(void)
{
    out_printf(".SH EXIT STATUS\n0 done; 1 the answer is no; 2 command line; 3 bad file or data; 4 not supported here; 5 memory, disk, cap or time\\-out; 6 device; "
        "7 network or checksum; 130 interrupted; 141 the reader of stdout is gone; 143 terminated.\n");
}

static void page_verb(const Verb *v)
{
    head(v->name, v->text);
    out_printf("\\fBspml %s\\fR [\\fIOPTION\\fR...] ", v->name);
    man_text(v->operands);
    out_printf("\n.SH DESCRIPTION\n");
    man_text(v->text);
    out_printf(".\n");
    if (*v->about) {
        man_text(v->about);
        out_printf("\n");
    }
    options(v->bit);
    out_printf(".SH EXAMPLES\n.nf\n");
    man_text(v->examples);
    out_printf("\n.fi\n");
    exit_status();
    out_printf(".SH SEE ALSO\n\\fBspml\\fR(1)\n");
}

static void page_main(void)
{
    head("", "open any model file, run it, explain it");
    out_printf("\\fBspml\\fR \\fIVERB\\fR [\\fIOPTION\\fR...] \\fIMODEL\\fR [\\fIFILE\\fR...]\n.SH DESCRIPTION\n"
        "Results go to stdout and nothing else does; everything else goes to stderr as lines \\fBspml: LEVEL: text\\fR.\n.SH VERBS\n");
    for (const Verb *v = verbs; v->name; v++) {
        out_printf(".TP\n\\fB%s\\fR\n", v->name);
        man_text(v->text);
        out_printf("\n");
    }
    exit_status();
    out_printf(".SH SEE ALSO\n");
    for (const Verb *v = verbs; v->name; v++)
        out_printf("%s\\fBspml\\-%s\\fR(1)", v == verbs ? "" : ", ", v->name);
    out_printf("\n");
}

int man_page(const char *name)
{
    const Verb *v = name ? verb_find(name) : NULL;
    if (name && !v)
        return fail(2, "help-page", "help man: no verb '%s'", name);
    if (v)
        page_verb(v);
    else
        page_main();
    return 0;
}
