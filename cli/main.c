/* SPDX-License-Identifier: MIT
 * cli: the entry point: verbs, signals, the time-out. Nothing is opened before the command line has been understood. */
#include "cli.h"

#include "base/file.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

const Verb verbs[] = {
    {"inspect", INSPECT, cmd_inspect, "MODEL...", "what a file holds, needs, and can run on",
     "Reads headers and structure; weights are looked at with --stats alone. Nothing is executed but the folding of constants, and no driver is opened. Work and "
     "memory are those of the optimised graph, for the dimensions of --dim and --shape; 1 where nothing is said.",
     "spml inspect model.onnx\nspml inspect model.gguf --tensors\nspml inspect model.onnx --dim batch=8 --json\nspml inspect model.onnx --at calls"},
    {"run", RUN, cmd_run, "MODEL [FILE...]", "tensors, pictures or sound in; tensors, pictures or sound out",
     "Maps tensors to tensors, whatever the model is. With no input at all every input is random, from --seed.",
     "spml run model.onnx\nspml run model.onnx -i x=in.npy -o y=out.npy\nspml run model.onnx -i x=in.npy --expect y=want.npy"},
    {"classify", CLASSIFY, cmd_classify, "MODEL FILE...", "name what is in pictures, sound or text",
     "The way from a file to numbers comes from the model's metadata (spml.preprocess, spml.labels), --recipe or --preset.",
     "spml classify model.onnx *.jpg -k 3\nspml classify model.onnx photo.png --preset imagenet --labels labels.txt"},
    {"bench", BENCH, cmd_bench, "MODEL", "load, compile, first and steady time",
     "Inputs rotate over four sets and start and end in host memory; the last output is compared with a fresh run.",
     "spml bench model.onnx\nspml bench model.onnx --json > base.json\nspml bench model.onnx --baseline base.json --assert 5%"},
    {"compare", COMPARE, cmd_compare, "A B", "models, backends or saved outputs: where they differ",
     "A is the reference. A side is a model, MODEL@DEVICE, or a file of saved outputs.",
     "spml compare a.onnx b.onnx\nspml compare want.npz got.npz\nspml compare a.onnx b.onnx --layers"},
    {"train", TRAIN, cmd_train, "[MODEL]", "a model learns from data, and leaves as ONNX",
     "MODEL is a file that learns on, or --arch names a net. What is learned is written with labels and the way from a picture to numbers in its metadata, so that spml classify needs nothing else. "
     "The same options, data and seed give the same bits, for any number of threads, and when a run was interrupted and resumed too. SIGINT and SIGTERM save before they end it.",
     "spml train --arch lenet --data mnist/ --epochs 5 -o digits.onnx\nspml train model.onnx --data photos/ --replace-head 3 --freeze '*' -o mine.onnx\n"
     "spml train --arch gpt:layers=4,heads=4,dim=128,ctx=128 --data book.txt --steps 5000 --checkpoint ck --resume auto -o book.onnx\nspml train model.onnx --data test/ --eval-only"},
    {"export", EXPORT, cmd_export, "MODEL", "write a model in another format or form",
     "What is written is opened again, and both models run on the same inputs; the largest difference is said, and exit 1 when it is more than two right implementations may differ by. "
     "Inputs are random unless -i, --set or --fill gives them. Equal models give equal bytes.",
     "spml export model.onnx -o small.onnx --simplify\nspml export model.onnx -o half.onnx --fp16\nspml export model.onnx -o weights.safetensors\nspml export model.onnx -o graph.json"},
    {"devices", DEVICES, cmd_devices, "", "what this machine offers, and why not the rest", "", "spml devices\nspml devices --json"},
    {"help", HELP, cmd_help, "[VERB | formats | ops | passes | capabilities | arch | errors | env]", "spml help VERB, or: formats ops errors env", "", "spml help run\nspml help formats"},
    {"completion", COMPLETION, cmd_completion, "bash|zsh|fish", "completions for a shell, on stdout", "", "spml completion bash"},
    {0},
};

const Verb *verb_find(const char *name)
{
    for (const Verb *v = verbs; v->name; v++)
        if (!strcmp(v->name, name))
            return v;
    return NULL;
}

/* ── signals ── */

static SpmlSession *volatile guarded;
static SpmlTrain *volatile guarded_train;
static volatile sig_atomic_t caught;

static void on_signal(int sig)
{
    bool again = caught && sig != SIGALRM;
    caught = sig;
    if (guarded && !again)
        spml_session_cancel(guarded);
    else if (guarded_train && !again)
        spml_train_cancel(guarded_train);
    else
        _exit(sig == SIGINT ? 130 : sig == SIGTERM ? 143 : 5);
}

void guard_session(SpmlSession *s)
{
    guarded = s;
    if (s && caught)
        spml_session_cancel(s);
}

void guard_train(SpmlTrain *t)
{
    guarded_train = t;
    if (t && caught)
        spml_train_cancel(t);
}

int guard_status(int status)
{
    return status != 130 ? status : caught == SIGTERM ? 143 : caught == SIGALRM ? 5 : 130;
}

static void signals_install(const Args *a)
{
    struct sigaction sa = {.sa_handler = on_signal};
    sigaction(SIGINT, &sa, NULL);
    sigaction(SIGTERM, &sa, NULL);
    signal(SIGPIPE, SIG_IGN);
    if (!given(a, O_TIMEOUT))
        return;
    double s = a->o[O_TIMEOUT].f > 1e9 ? 1e9 : a->o[O_TIMEOUT].f;
    struct itimerval t = {.it_value = {(time_t)s, (suseconds_t)((s - (double)(time_t)s) * 1e6)}};
    if (!t.it_value.tv_sec && !t.it_value.tv_usec)
        t.it_value.tv_usec = 1;
    sigaction(SIGALRM, &sa, NULL);
    setitimer(ITIMER_REAL, &t, NULL);
}

static void print_version(void)
{
    out_printf("spml %s (", spml_version());
    for (size_t i = 0; spml_backend(i); i++)
        out_printf("%s%s", i ? " " : "", spml_backend(i));
    out_printf(")\n");
}

static int unknown_verb(const char *word)
{
    const char *list[16];
    size_t n = 0;
    for (; verbs[n].name; n++)
        list[n] = verbs[n].name;
    list[n] = NULL;
    const char *best = nearest(word, list);
    if (!access(word, F_OK))
        return fail_hint(2, "verb-unknown", "spml inspect MODEL, spml run MODEL", "'%s' is a file, not a verb", word);
    return fail_hint(2, "verb-unknown", best ? best : "spml -h", "no verb '%s'", word);
}

/* A task has its own options, so it is known before they are read. */
static bool task_named(int argc, char **argv, const char *task)
{
    for (int i = 0; i < argc && strcmp(argv[i], "--"); i++)
        if ((!strcmp(argv[i], "--task") && i + 1 < argc && !strcmp(argv[i + 1], task)) || (!strncmp(argv[i], "--task=", 7) && !strcmp(argv[i] + 7, task)))
            return true;
    return false;
}

int main(int argc, char **argv)
{
    file_reserve_std_fds();
    file_guard_install();
    signal(SIGPIPE, SIG_IGN);
    const char *word = argc > 1 ? argv[1] : "";
    if (!strcmp(word, "--version") || !strcmp(word, "-V")) {
        print_version();
        out_flush();
        return 0;
    }
    if (argc < 2)
        return fail_hint(2, "verb-missing", "spml -h", "no verb given");
    if (!strcmp(word, "-h") || !strcmp(word, "--help")) {
        help_short();
        out_flush();
        return 0;
    }
    const Verb *v = verb_find(word);
    if (!v)
        return unknown_verb(word);
    if (v->bit == RUN && task_named(argc - 2, argv + 2, "classify"))
        v = verb_find("classify");
    Args a;
    int code = args_parse(argc - 2, argv + 2, v, &a);
    if (!code)
        code = look_begin(&a);
    if (!code && given(&a, O_HELP)) {
        help_verb(v);
    } else if (!code) {
        signals_install(&a);
        code = v->run(&a);
    }
    out_flush();
    args_free(&a);
    return code;
}
