/* SPDX-License-Identifier: MIT
 * cli: completion: scripts for bash, zsh and fish, written from the verb and option tables. */
#include "cli.h"

#include <string.h>

static void words_of(unsigned bit)
{
    for (int i = 0; i < O_COUNT; i++) {
        const OptionRow *r = &option_rows[i];
        if (!(r->verbs & bit))
            continue;
        out_printf("--%s ", r->name);
        if (r->letter)
            out_printf("-%c ", r->letter);
    }
}

static void verb_words(void)
{
    for (const Verb *v = verbs; v->name; v++)
        out_printf("%s ", v->name);
}

static void bash(void)
{
    out_printf("_spml() {\n  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words=\n  COMPREPLY=()\n"
        "  if [ \"$COMP_CWORD\" = 1 ]; then\n    COMPREPLY=($(compgen -W \"");
    verb_words();
    out_printf("--version --help\" -- \"$cur\"))\n    return\n  fi\n  case $prev in\n");
    for (int i = 0; i < O_COUNT; i++)
        if (option_rows[i].type == OPT_CHOICE) {
            out_printf("    --%s) words=\"", option_rows[i].name);
            for (const char *p = option_rows[i].metavar; *p; p++)
                out_printf("%c", *p == '|' ? ' ' : *p);
            out_printf("\" ;;\n");
        }
    out_printf("  esac\n  if [ -z \"$words\" ] && [ \"${cur#-}\" != \"$cur\" ]; then\n    case ${COMP_WORDS[1]} in\n");
    for (const Verb *v = verbs; v->name; v++) {
        out_printf("      %s) words=\"", v->name);
        words_of(v->bit);
        out_printf("\" ;;\n");
    }
    out_printf("    esac\n  fi\n  case ${COMP_WORDS[1]} in\n    help) words=\"");
    verb_words();
    out_printf("formats ops errors env\" ;;\n    completion) words=\"bash zsh fish\" ;;\n  esac\n"
        "  if [ -n \"$words\" ]; then\n    COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n  else\n    COMPREPLY=($(compgen -f -- \"$cur\"))\n  fi\n}\n"
        "complete -o filenames -F _spml spml\n");
}

/* Inside single quotes of zsh's _arguments: brackets and colons are special. */
static void zsh_text(const char *s)
{
    for (; *s; s++)
        if (*s == '\'')
            out_printf("'\\''");
        else
            out_printf(strchr("[]:", *s) ? "\\%c" : "%c", *s);
}

static void zsh_option(const OptionRow *r)
{
    const char *many = r->type == OPT_LIST ? "*" : "";
    for (int k = 0; k < (r->letter ? 2 : 1); k++) {
        char letter[3] = {'-', r->letter, 0};
        out_printf("      '%s%s%s%s[", many, k ? letter : "--", k ? "" : r->name, !r->metavar ? "" : k ? "+" : "=");
        zsh_text(r->text);
        out_printf("]");
        if (r->type == OPT_CHOICE) {
            out_printf(":value:(");
            for (const char *p = r->metavar; *p; p++)
                out_printf("%c", *p == '|' ? ' ' : *p);
            out_printf(")");
        } else if (r->metavar) {
            out_printf(":");
            zsh_text(r->metavar);
            out_printf(":_files");
        }
        out_printf("' \\\n");
    }
}

static void zsh(void)
{
    out_printf("#compdef spml\n_spml() {\n  if (( CURRENT == 2 )); then\n    compadd -- ");
    verb_words();
    out_printf("--version --help\n    return\n  fi\n  local verb=$words[2]\n  shift words; (( CURRENT-- ))\n  case $verb in\n");
    for (const Verb *v = verbs; v->name; v++) {
        out_printf("    %s) _arguments -S \\\n", v->name);
        for (int i = 0; i < O_COUNT; i++)
            if (option_rows[i].verbs & v->bit)
                zsh_option(&option_rows[i]);
        out_printf(v->bit == COMPLETION ? "      '*:shell:(bash zsh fish)' ;;\n" : "      '*:file:_files' ;;\n");
    }
    out_printf("  esac\n}\ncompdef _spml spml\n");
}

static void fish_text(const char *s)
{
    for (; *s; s++)
        out_printf(*s == '\'' || *s == '\\' ? "\\%c" : "%c", *s);
}

static void fish(void)
{
    for (const Verb *v = verbs; v->name; v++) {
        out_printf("complete -c spml -n __fish_use_subcommand -f -a %s -d '", v->name);
        fish_text(v->text);
        out_printf("'\n");
        for (int i = 0; i < O_COUNT; i++) {
            const OptionRow *r = &option_rows[i];
            if (!(r->verbs & v->bit))
                continue;
            out_printf("complete -c spml -n '__fish_seen_subcommand_from %s' -l %s", v->name, r->name);
            if (r->letter)
                out_printf(" -s %c", r->letter);
            out_printf(r->metavar ? " -r -d '" : " -d '");
            fish_text(r->text);
            out_printf("'\n");
        }
    }
}

int cmd_completion(const Args *a)
{
    static const struct { const char *name; void (*fn)(void); } shells[] = {{"bash", bash}, {"zsh", zsh}, {"fish", fish}};
    for (size_t i = 0; a->n_operand == 1 && i < 3; i++)
        if (!strcmp(a->operand[0], shells[i].name))
            return shells[i].fn(), 0;
    return fail_hint(2, "operands", "spml completion bash|zsh|fish", "completion: which shell?");
}
