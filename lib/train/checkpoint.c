/* SPDX-License-Identifier: MIT
 * train: checkpoints as SafeTensors files; see checkpoint.h. The header is made from the trainer's own list of parameters, the data follow in the same order. */
#include "train/checkpoint.h"

#include "formats/format.h"
#include "formats/wire/json.h"
#include "train/log.h"

#include <cJSON.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

extern const Format format_safetensors;
enum { NAME_MAX_STEP = 64 };
static const char kind[] = "spml.checkpoint/1";
static const char best_name[] = "best.safetensors";

/* ── writing ── */

typedef struct Save { Trainer *t; Text header; uint64_t at; uint32_t *sum; size_t n_sums, cap_sums; Arena arena; Error *err; } Save;
typedef SpmlCode (*EachFn)(Save *s, const TrainState *state, const TrainParam *p, const void *data, size_t sz, void *ctx);

/* Statistics have their own arena, everything else those of the parameters. */
static bool belongs(const TrainState *s, const TrainParam *p) { return p->buffer == !strcmp(s->name, "statistics"); }

static size_t param_bytes(const TrainParam *p)
{
    size_t n = dtype_info[p->dtype].bytes;
    for (int i = 0; i < p->rank; i++)
        n *= (size_t)p->dim[i];
    return n;
}

static SpmlCode each_tensor(Save *s, EachFn fn, void *ctx)
{
    SpmlCode code = SPML_OK;
    for (size_t k = 0; k < trainer_states(s->t) && !code; k++) {
        TrainState state;
        code = trainer_state(s->t, k, &state, s->err);
        for (size_t i = 0; i < trainer_params(s->t) && !code; i++) {
            TrainParam p;
            trainer_param(s->t, i, &p);
            if (belongs(&state, &p))
                code = fn(s, &state, &p, (const char *)state.value->data + (size_t)p.at * dtype_info[p.dtype].bytes, param_bytes(&p), ctx);
        }
    }
    return code;
}

static SpmlCode describe_tensor(Save *s, const TrainState *state, const TrainParam *p, const void *data, size_t sz, void *ctx)
{
    uint32_t *l = arena_grow(&s->arena, s->sum, s->n_sums, &s->cap_sums, uint32_t);
    if (!l)
        return error_oom(s->err);
    s->sum = l;
    s->sum[s->n_sums++] = crc32c(data, sz);
    text_printf(&s->header, ",\"%s/", state->name);
    text_escape_json(&s->header, p->name, strlen(p->name));
    text_printf(&s->header, "\":{\"dtype\":\"%s\",\"shape\":[", p->dtype == DT_f64 ? "F64" : "F32");
    for (int i = 0; i < p->rank; i++)
        text_printf(&s->header, "%s%lld", i ? "," : "", (long long)p->dim[i]);
    text_printf(&s->header, "],\"data_offsets\":[%llu,%llu]}", (unsigned long long)s->at, (unsigned long long)(s->at + sz));
    s->at += sz;
    return SPML_OK;
}

static SpmlCode write_tensor(Save *s, const TrainState *state, const TrainParam *p, const void *data, size_t sz, void *ctx) { return writer_write(ctx, data, sz, s->err); }

static void counters_json(Trainer *t, Text *out)
{
    const TrainCounters c = trainer_counters(t);
    char scale[32];
    text_printf(out, "{\"step\":%lld,\"updates\":%lld,\"batches\":%lld,\"good\":%lld,\"scale\":%s}", (long long)c.step, (long long)c.updates, (long long)c.batches, (long long)c.good, format_f64(scale, c.scale));
}

static void add_entry(Text *out, const char *key, const char *value)
{
    text_printf(out, ",\"%s\":\"", key);
    text_escape_json(out, value ? value : "", value ? strlen(value) : 0);
    text_puts(out, "\"");
}

/* The whole header, padded to a multiple of 8 with blanks as the format allows. */
static SpmlCode make_header(Save *s, const char *loop)
{
    Text tensors = {0}, training = {0}, counters = {0};
    char sum[16];
    SpmlCode code = each_tensor(s, describe_tensor, NULL);
    tensors = s->header;
    s->header = (Text){0};
    trainer_describe(s->t, &training);
    counters_json(s->t, &counters);
    snprintf(sum, sizeof sum, "%08x", (unsigned)crc32c(s->sum, s->n_sums * sizeof *s->sum));
    text_printf(&s->header, "{\"__metadata__\":{\"format\":\"%s\"", kind);
    add_entry(&s->header, "sum", sum);
    add_entry(&s->header, "counters", counters.p);
    add_entry(&s->header, "loop", loop ? loop : "{}");
    add_entry(&s->header, "training", training.p);
    text_puts(&s->header, "}");
    text_add(&s->header, tensors.p ? tensors.p : "", tensors.n);
    text_puts(&s->header, "}");
    while (s->header.n % 8 && !s->header.oom)
        text_puts(&s->header, " ");
    if (!code && (s->header.oom || tensors.oom || training.oom || counters.oom))
        code = error_oom(s->err);
    text_free(&tensors);
    text_free(&training);
    text_free(&counters);
    return code;
}

static SpmlCode write_file(Save *s, const char *path)
{
    FileWriter *w;
    uint8_t length[8];
    for (int i = 0; i < 8; i++)
        length[i] = (uint8_t)((uint64_t)s->header.n >> 8 * i);
    SpmlCode code = writer_open(path, &w, s->err);
    if (code)
        return code;
    code = writer_write(w, length, sizeof length, s->err);
    if (!code)
        code = writer_write(w, s->header.p, s->header.n, s->err);
    if (!code)
        code = each_tensor(s, write_tensor, w);
    if (code)
        return writer_abort(&w), code;
    return writer_commit(&w, s->err);
}

/* ── a folder of them ── */

static bool step_of(const char *name, long long *step)
{
    int n = 0;
    return sscanf(name, "checkpoint-%18lld.safetensors%n", step, &n) == 1 && n && !name[n] && *step >= 0;
}

typedef struct Listed { long long step; char name[NAME_MAX_STEP]; } Listed;

static int newest_first(const void *a, const void *b)
{
    const Listed *x = a, *y = b;
    return (x->step < y->step) - (x->step > y->step);
}

/* Checkpoints of dir, newest first; litter: temporaries of writers that were killed are removed. false: out of memory. */
static bool list_dir(const char *dir, Arena *a, Listed **out, size_t *n_out, bool litter)
{
    DIR *d = opendir(dir);
    size_t n = 0, cap = 0;
    Listed *l = NULL;
    bool ok = true;
    for (struct dirent *e; d && ok && (e = readdir(d));) {
        long long step;
        const size_t len = strlen(e->d_name);
        if (litter && len == 26 && !strncmp(e->d_name, ".spml-", 6) && !strcmp(e->d_name + len - 4, ".tmp"))
            unlinkat(dirfd(d), e->d_name, 0);
        if (len >= NAME_MAX_STEP || !step_of(e->d_name, &step))
            continue;
        Listed *grown = arena_grow(a, l, n, &cap, Listed);
        ok = grown != NULL;
        if (ok) {
            l = grown;
            l[n].step = step;
            memcpy(l[n++].name, e->d_name, len + 1);
        }
    }
    if (d)
        closedir(d);
    if (n > 1)
        qsort(l, n, sizeof *l, newest_first);
    *out = l;
    *n_out = n;
    return ok;
}

static void remove_old(const char *dir, int keep)
{
    Arena a = {0};
    Listed *l;
    size_t n;
    if (list_dir(dir, &a, &l, &n, true))
        for (size_t i = keep > 0 ? (size_t)keep : n; i < n; i++) {
            char *path = arena_printf(&a, "%s/%s", dir, l[i].name);
            if (path)
                unlink(path);
        }
    arena_free(&a);
}

/* A second name for the same bytes, put in place at once; a copy where the file system has no links. */
static SpmlCode mark_best(Save *s, const char *dir, const char *path)
{
    char *temp = arena_printf(&s->arena, "%s/.spml-%016llx.tmp", dir, (unsigned long long)getpid()), *best = arena_printf(&s->arena, "%s/%s", dir, best_name);
    if (!temp || !best)
        return error_oom(s->err);
    unlink(temp);
    if (!link(path, temp) && !rename(temp, best))
        return unlink(temp), SPML_OK; /* rename leaves both names where they were one file already */
    unlink(temp);
    return write_file(s, best);
}

static SpmlCode make_dir(const char *dir, Error *err)
{
    if (!mkdir(dir, 0777) || errno == EEXIST)
        return SPML_OK;
    error_where(err, dir, -1);
    return error_set(err, SPML_RESOURCE, "output-not-writable", "the folder cannot be made: %s", strerror(errno));
}

SpmlCode checkpoint_save(Trainer *t, const char *dir, const char *loop, bool best, int keep, Error *err)
{
    Save s = {.t = t, .err = err};
    SpmlCode code = make_dir(dir, err);
    char *path = arena_printf(&s.arena, "%s/checkpoint-%09lld.safetensors", dir, (long long)trainer_counters(t).step);
    if (!code && !path)
        code = error_oom(err);
    if (!code)
        code = make_header(&s, loop);
    if (!code)
        code = write_file(&s, path);
    if (!code && best)
        code = mark_best(&s, dir, path);
    if (!code)
        remove_old(dir, keep);
    text_free(&s.header);
    arena_free(&s.arena);
    return code;
}

/* ── reading ── */

SpmlCode checkpoint_find(const char *path, Arena *a, const char **file, Error *err)
{
    struct stat st;
    Listed *l;
    size_t n;
    *file = arena_strdup(a, path);
    if (!*file)
        return error_oom(err);
    if (stat(path, &st) || !S_ISDIR(st.st_mode))
        return SPML_OK; /* opening it will say what is wrong */
    if (!list_dir(path, a, &l, &n, false))
        return error_oom(err);
    if (!n) {
        error_where(err, path, -1);
        return error_set(err, SPML_DATA, "checkpoint-missing", "there is no checkpoint in this folder");
    }
    *file = arena_printf(a, "%s/%s", path, l[0].name);
    return *file ? SPML_OK : error_oom(err);
}

static const char *entry(const Container *c, const char *key, Arena *a)
{
    for (size_t i = 0; i < c->n_meta; i++)
        if (c->meta[i].n_key == strlen(key) && !memcmp(c->meta[i].key, key, c->meta[i].n_key))
            return arena_strndup(a, c->meta[i].text, c->meta[i].n_text);
    return NULL;
}

static const uint8_t *tensor_bytes(const TensorInfo *t) { return file_span(t->file).base + t->offset; }

/* The sum of the sums of all tensors, in the order of the file. */
static SpmlCode check_sum(const Container *c, const char *want, Arena *a, Error *err)
{
    uint32_t *sum = arena_array(a, uint32_t, c->n_tensors + 1);
    char got[16];
    if (!sum)
        return error_oom(err);
    for (size_t i = 0; i < c->n_tensors; i++)
        sum[i] = crc32c(tensor_bytes(&c->tensors[i]), c->tensors[i].sz);
    snprintf(got, sizeof got, "%08x", (unsigned)crc32c(sum, c->n_tensors * sizeof *sum));
    return want && !strcmp(got, want) ? SPML_OK : error_set(err, SPML_DATA, "checkpoint-damaged", "its contents have changed since it was written (sum %s, should be %s)", got, want ? want : "there");
}

static SpmlCode open_checkpoint(const char *path, Arena *a, Container **out, Error *err)
{
    File *f;
    *out = NULL;
    SpmlCode code = file_open(path, 0, &f, err);
    if (code)
        return code;
    if (!format_safetensors.probe(file_span(f), file_size(f), path)) {
        file_close(&f);
        error_where(err, path, -1);
        return error_set(err, SPML_DATA, "checkpoint-other", "this is no checkpoint: not a SafeTensors file, or not a whole one");
    }
    code = format_safetensors.read_container(f, &(ReadOptions){0}, a, out, err);
    const char *format = code ? NULL : entry(*out, "format", a);
    if (!code && (!format || strcmp(format, kind)))
        code = error_set(err, SPML_DATA, "checkpoint-other", "this is no checkpoint: its metadata do not name %s", kind);
    if (!code)
        code = check_sum(*out, entry(*out, "sum", a), a, err);
    return code ? error_where(err, path, -1), code : SPML_OK;
}

static void close_container(Container *c)
{
    for (size_t i = 0; c && i < c->n_files; i++)
        file_close(&c->files[i]);
}

SpmlCode checkpoint_read(const char *file, Arena *a, const char **loop, Error *err)
{
    Container *c;
    *loop = NULL;
    SpmlCode code = open_checkpoint(file, a, &c, err);
    if (!code && !(*loop = entry(c, "loop", a)))
        code = error_set(err, SPML_DATA, "checkpoint-other", "the checkpoint has no entry 'loop'"), error_where(err, file, -1);
    close_container(c);
    return code;
}

static SpmlCode read_counters(const char *text, const char *file, TrainCounters *out, Error *err)
{
    static const char *const names[] = {"step", "updates", "batches", "good"};
    int64_t *const to[] = {&out->step, &out->updates, &out->batches, &out->good};
    cJSON *j = NULL;
    SpmlCode code = text ? json_tree(span_make(text, strlen(text), 0), file, &j, err) : SPML_DATA;
    for (int i = 0; i < 4 && !code; i++) {
        const cJSON *v = cJSON_GetObjectItemCaseSensitive(j, names[i]);
        code = cJSON_IsNumber(v) && v->valuedouble >= 0 && v->valuedouble < 9e15 ? SPML_OK : SPML_DATA;
        *to[i] = code ? 0 : (int64_t)v->valuedouble;
    }
    const cJSON *scale = code ? NULL : cJSON_GetObjectItemCaseSensitive(j, "scale");
    if (!code && !(cJSON_IsNumber(scale) && scale->valuedouble > 0))
        code = SPML_DATA;
    out->scale = code ? 1 : scale->valuedouble;
    cJSON_Delete(j);
    return code ? error_set(err, SPML_DATA, "checkpoint-other", "its counters do not read") : SPML_OK;
}

static const TensorInfo *tensor_named(const Container *c, const char *state, const char *name)
{
    const size_t n = strlen(state), m = strlen(name);
    for (size_t i = 0; i < c->n_tensors; i++) {
        const TensorInfo *t = &c->tensors[i];
        if (t->n_name == n + 1 + m && !memcmp(t->name, state, n) && t->name[n] == '/' && !memcmp(t->name + n + 1, name, m))
            return t;
    }
    return NULL;
}

static SpmlCode load_state(Trainer *t, const Container *c, const TrainState *state, Error *err)
{
    const RtValue *was = state->value;
    const char *const name = state->name;
    RtValue *v;
    SpmlCode code = rt_tensor(was->dtype, was->rank, was->dim, &v, err);
    if (code)
        return code;
    for (size_t i = 0; i < trainer_params(t) && !code; i++) {
        TrainParam p;
        trainer_param(t, i, &p);
        if (!belongs(state, &p))
            continue;
        const TensorInfo *from = tensor_named(c, name, p.name);
        if (!from || from->dtype != p.dtype || from->sz != param_bytes(&p))
            code = error_set(err, SPML_DATA, "checkpoint-other", "it lacks '%s/%.200s', or has it with another shape", name, p.name);
        else if (from->sz)
            memcpy((char *)v->data + (size_t)p.at * dtype_info[p.dtype].bytes, tensor_bytes(from), from->sz);
    }
    if (!code)
        code = trainer_state_set(t, name, v, err);
    rt_free(&v);
    return code;
}

static SpmlCode fits(Trainer *t, const char *training, Error *err)
{
    Text mine = {0};
    trainer_describe(t, &mine);
    const bool same = training && mine.p && !strcmp(mine.p, training);
    const bool oom = mine.oom;
    text_free(&mine);
    return oom ? error_oom(err) : same ? SPML_OK : error_set(err, SPML_DATA, "checkpoint-other", "it is of another training: model, parameters, optimiser, loss or accumulation differ");
}

SpmlCode checkpoint_load(Trainer *t, const char *file, Error *err)
{
    Arena a = {0};
    Container *c;
    TrainCounters counters = {0};
    SpmlCode code = open_checkpoint(file, &a, &c, err);
    if (!code)
        code = fits(t, entry(c, "training", &a), err);
    if (!code)
        code = read_counters(entry(c, "counters", &a), file, &counters, err);
    for (size_t i = 0; !code && i < trainer_states(t); i++) {
        TrainState s;
        code = trainer_state(t, i, &s, err);
        if (!code)
            code = load_state(t, c, &s, err);
    }
    if (!code)
        trainer_counters_set(t, counters);
    close_container(c);
    arena_free(&a);
    return code ? error_where(err, file, -1), code : SPML_OK;
}
