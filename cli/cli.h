/* SPDX-License-Identifier: MIT
 * cli: what the verbs share. The command line uses spml.h and lib/base only: whatever it does, an embedder can do. */
#ifndef SPML_CLI_H
#define SPML_CLI_H

#include "base/text.h"
#include "spml.h"

#include <stdarg.h>

/* ── verbs and options (options.c) ── */
enum { INSPECT = 1, RUN = 2, CLASSIFY = 4, BENCH = 8, COMPARE = 16, DEVICES = 32, HELP = 64, COMPLETION = 128, EXPORT = 256, TRAIN = 512 };

typedef enum OptionId {
#define OPTION(id, ...) O_##id,
#include "options.def"
#undef OPTION
    O_COUNT
} OptionId;
typedef enum OptionType { OPT_FLAG, OPT_TEXT, OPT_LIST, OPT_INT, OPT_NUMBER, OPT_SECONDS, OPT_PERCENT, OPT_CHOICE } OptionType;
typedef struct OptionRow { const char *name; char letter; const char *metavar; OptionType type; unsigned verbs; const char *group, *text; } OptionRow;
extern const OptionRow option_rows[O_COUNT];

typedef struct OptionValue { bool given; const char *s; const char **list; size_t n; int64_t i; double f; } OptionValue;
typedef struct Verb Verb;
typedef struct Args { const Verb *verb; OptionValue o[O_COUNT]; const char **operand; size_t n_operand; } Args;
struct Verb { const char *name; unsigned bit; int (*run)(const Args *a); const char *operands, *text, *about, *examples; };
extern const Verb verbs[]; /* ended by name == NULL */

const Verb *verb_find(const char *name);
/* The nearest of a list (NULL-terminated), or NULL when none is near. */
const char *nearest(const char *word, const char *const *list);
int args_parse(int argc, char **argv, const Verb *v, Args *out); /* 0, or an exit code; the error is printed */
void args_free(Args *a);
static inline bool given(const Args *a, OptionId id) { return a->o[id].given; }

/* ── streams (output.c) ── */
extern bool cli_json, cli_quiet, cli_verbose;
extern char cli_last_key[64];                   /* of the last failure that was printed */
void out_text(const char *s, size_t n);         /* to stdout; ends the process when it cannot be written */
void out_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void out_name(const char *s);                   /* escaped for the terminal */
void out_flush(void);
bool out_is_terminal(void);
void note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void note_hold(void);                           /* notes wait until note_release; a failure drops them: nothing was computed */
void note_release(void);
void info(const char *fmt, ...) __attribute__((format(printf, 1, 2))); /* with -v */
void err_text(const char *level, const char *text); /* a level and lines as they are, made safe */
bool err_is_terminal(void);                     /* and may be redrawn: not with --json or -q */
void err_redraw(const char *line);              /* in place of the line drawn last; the next message takes its place */
void warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
int fail(int code, const char *key, const char *fmt, ...) __attribute__((format(printf, 3, 4))); /* prints, gives code */
int fail_hint(int code, const char *key, const char *hint, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
int fail_error(const SpmlError *e, const char *file); /* file: named when the error names none */
void json_string(Text *t, const char *s);       /* with its quotes */
void json_number(Text *t, double v);            /* NaN and infinities as strings */
void run_counts_json(Text *t, const SpmlCounts *c); /* of a run on a device, each member with a comma before it */
const char *gap(void);                          /* between the columns of a list: a tab in a pipe */

/* ── interruption (main.c) ── */
void guard_session(SpmlSession *s);             /* SIGINT, SIGTERM and --timeout cancel it; NULL: none */
void guard_train(SpmlTrain *t);                 /* the same of a training */
int guard_status(int status);                   /* 130 → what ended it: 130, 143 or 5 */

/* ── looking inside (look.c) ── */
int look_begin(const Args *a);                  /* -v and SPML_DEBUG */
const SpmlWatch *look_watch(void);              /* NULL: nobody looks */
void look_session(const Args *a, SpmlSession *s, const char *asked); /* it has been opened; asked: the backend that was, or NULL */
int look_after(const Args *a, SpmlSession *s, const char *model);   /* it has run: --dump-kernels */
int look_activations(const Args *a, const SpmlSession *s, const char *model, SpmlTensor *const *out, size_t n);

/* ── models and inputs (inputs.c) ── */
typedef struct Inputs { SpmlTensor **v; size_t n; char **note; size_t n_notes; } Inputs;
int model_open(const Args *a, const char *path, bool keep_unknown, SpmlModel **out);
const char *const *passes_disabled(const Args *a); /* --disable-pass */
int passes_check(const Args *a);                /* are there such passes? */
int session_open(const Args *a, SpmlModel *m, const char *path, const char *backend, const char *const *outputs, SpmlSession **out);
/* Every input from -i, --set, --fill, or random. item: added to the seed, so that sets differ; extra: a file that is one more -i, or NULL.
 * dims: SYMBOL=N to be used before --dim, or NULL. say: print notes. */
int inputs_gather(const Args *a, const SpmlModel *m, const char *path, uint64_t item, const char *extra, const char *dims, bool say, Inputs *out);
/* Fills in the shape that each input without one would get: --shape, --dim, else 1. ports: model_ports of the inputs. dims gets `"batch":4`; assumed `"batch"`. */
int inputs_shapes(const Args *a, const SpmlModel *m, const char *path, SpmlPort *ports, Text *dims, Text *assumed);
/* The same with input `which` given (t is taken over) instead of -i. */
int inputs_with(const Args *a, const SpmlModel *m, const char *path, size_t which, SpmlTensor *t, Inputs *out);
void inputs_free(Inputs *in);
void inputs_say(const Inputs *in);              /* what was done to pictures and sound */
const char *recipe_of(const Args *a, const SpmlModel *m); /* NULL: nothing says it */
/* "[NAME=][KIND:]PATH" */
typedef struct FileSpec { const char *name; size_t n_name; char kind[16]; const char *path; SpmlPort port; bool own_port; } FileSpec;
int spec_parse(const char *arg, const SpmlPort *ports, size_t n, const char *what, const char *model, FileSpec *out);
SpmlPort *model_ports(const SpmlModel *m, bool outputs, size_t *n); /* malloc'ed */
char *port_hint(const SpmlPort *ports, size_t n);
void note_backend(const SpmlSession *s);
void difference_line(const char *what, const SpmlTensor *got, const SpmlDifference *d, double rtol, double atol);
void difference_json(Text *t, const char *name, const SpmlTensor *got, const SpmlDifference *d);

void profile_lines(SpmlSession *s);              /* cmd_bench.c */
void profile_print(const SpmlProfileRow *row, size_t n, const SpmlDevice *device);
int cmd_inspect(const Args *a);
int cmd_run(const Args *a);
int cmd_classify(const Args *a);
int cmd_bench(const Args *a);
int cmd_compare(const Args *a);
int cmd_export(const Args *a);
int cmd_train(const Args *a);
int cmd_devices(const Args *a);
int cmd_help(const Args *a);
int cmd_completion(const Args *a);
void help_short(void);
int man_page(const char *name);                 /* NULL: spml(1) */
void help_verb(const Verb *v);

#endif
