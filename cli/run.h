/* SPDX-License-Identifier: MIT
 * cli: what the files of `run` share. */
#ifndef SPML_CLI_RUN_H
#define SPML_CLI_RUN_H

#include "cli.h"

typedef struct Run {
    const Args *a;
    const char *path;
    SpmlModel *m;
    SpmlSession *s;
    SpmlPort *ports;            /* the model's outputs */
    size_t n_ports;
    const char **wanted;        /* names of --outputs, NULL-terminated */
    char *names;                /* the storage of wanted and extra */
    const char **own_extra;
    const char *const *extra;   /* those that are no outputs of the model */
    SpmlTensor **out;           /* [n_all] everything the session gives */
    size_t n_all, *shown, n_shown; /* what is shown, written, checked */
    uint64_t item, items;
    const char *item_name;
} Run;

const char *run_name(const Run *r, size_t k);
SpmlTensor *run_tensor(const Run *r, size_t k);
void run_summary(const Run *r);
int run_write(const Run *r, const char *arg);
int run_once(Run *r, Inputs *in);
int run_results(Run *r);
int run_open(Run *r);                  /* the session, its note, the choice of outputs */
int run_windows(Run *r);
int run_batch(Run *r);
int run_reports(Run *r);               /* --profile, --trace */

#endif
