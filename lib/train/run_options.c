/* SPDX-License-Identifier: MIT
 * train: what a run is told: rows of run.def as texts, checked when they are set, and read into the structures of the trainer. The texts themselves go into run.json,
 * from which they come back. */
#include "formats/wire/json.h"
#include "train/run_internal.h"

#include <cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef enum RunType { RUN_TYPE_TEXT, RUN_TYPE_LIST, RUN_TYPE_INT, RUN_TYPE_NUMBER, RUN_TYPE_SHARE, RUN_TYPE_BYTES, RUN_TYPE_FLAG } RunType;
typedef struct RunRow { const char *name; RunType type; double lo, hi; const char *text; } RunRow;

static const RunRow rows[] = {
#define RUN_OPTION(id, name, type, lo, hi, text) {name, RUN_TYPE_##type, lo, hi, text},
#include "train/run.def"
#undef RUN_OPTION
};

const char *run_option_name(RunOptionId i) { return rows[i].name; }

const char *train_run_option(size_t i, const char **about)
{
    if (i >= RUN_OPTIONS)
        return NULL;
    if (about)
        *about = rows[i].text;
    return rows[i].name;
}

/* ── setting ── */

static SpmlCode bad_value(const RunRow *row, const char *value, const char *wants, Error *err)
{
    return error_set(err, SPML_USAGE, "option-value", "%s: '%.200s' is not %s", row->name, value, wants);
}

static SpmlCode set_int(const RunRow *row, RunOption *o, const char *value, Error *err)
{
    const char *end;
    return parse_i64(value, &end, &o->i) && !*end && (double)o->i >= row->lo && (double)o->i <= row->hi ? SPML_OK : bad_value(row, value, row->lo > 0 ? "a whole number from 1" : "a whole number from 0", err);
}

static SpmlCode set_number(const RunRow *row, RunOption *o, const char *value, Error *err)
{
    const char *end = value;
    bool ok = parse_f64(value, &end, &o->f);
    if (ok && row->type == RUN_TYPE_SHARE && *end == '%') {
        o->f /= 100;
        end++;
    }
    return ok && !*end && o->f >= row->lo && o->f <= row->hi ? SPML_OK : bad_value(row, value, row->type == RUN_TYPE_SHARE ? "a share, 0.01 or 1%" : "a number in range", err);
}

static SpmlCode set_bytes(const RunRow *row, RunOption *o, const char *value, Error *err)
{
    uint64_t n = 0;
    const bool ok = parse_size(value, &n) && (double)n >= row->lo && (double)n <= row->hi;
    o->i = ok ? (int64_t)n : 0;
    return ok ? SPML_OK : bad_value(row, value, "a number of bytes: 1000000, 64K, 512M, 2G", err);
}

static SpmlCode set_list(TrainRun *r, RunOption *o, Error *err)
{
    const char **l = arena_grow(&r->arena, o->list, o->n, &o->cap, const char *);
    if (!l)
        return error_oom(err);
    o->list = l;
    o->list[o->n++] = o->s;
    return SPML_OK;
}

SpmlCode train_run_set(TrainRun *r, const char *name, const char *value, Error *err)
{
    for (int i = 0; i < RUN_OPTIONS; i++) {
        RunOption *o = &r->o[i];
        const RunRow *row = &rows[i];
        if (strcmp(row->name, name))
            continue;
        o->given = true;
        if (!(o->s = arena_strdup(&r->arena, value)))
            return error_oom(err);
        switch (row->type) {
        case RUN_TYPE_LIST: return set_list(r, o, err);
        case RUN_TYPE_INT: return set_int(row, o, value, err);
        case RUN_TYPE_NUMBER:
        case RUN_TYPE_SHARE: return set_number(row, o, value, err);
        case RUN_TYPE_BYTES: return set_bytes(row, o, value, err);
        case RUN_TYPE_FLAG:
            o->given = strcmp(value, "false") != 0;
            return SPML_OK;
        case RUN_TYPE_TEXT: return SPML_OK;
        }
    }
    return error_set(err, SPML_USAGE, "option-unknown", "training has no option '%.80s'", name);
}

/* ── run.json ── */

static void put_string(Text *out, const char *s)
{
    text_puts(out, "\"");
    text_escape_json(out, s, strlen(s));
    text_puts(out, "\"");
}

void run_options_json(const TrainRun *r, Text *out)
{
    bool first = true;
    text_puts(out, "{");
    for (int i = 0; i < RUN_OPTIONS; i++) {
        const RunOption *o = &r->o[i];
        if (!o->given)
            continue;
        text_printf(out, "%s\"%s\":", first ? "" : ",", rows[i].name);
        first = false;
        if (rows[i].type != RUN_TYPE_LIST) {
            put_string(out, o->s);
            continue;
        }
        for (size_t k = 0; k < o->n; k++) {
            text_puts(out, k ? "," : "[");
            put_string(out, o->list[k]);
        }
        text_puts(out, "]");
    }
    text_puts(out, "}");
}

static SpmlCode replay_options(TrainRun *r, const cJSON *options, Error *err)
{
    SpmlCode code = SPML_OK;
    for (const cJSON *o = options->child; o && !code; o = o->next) {
        if (!strcmp(o->string, "resume"))
            continue; /* a replay begins at the beginning */
        if (cJSON_IsString(o))
            code = train_run_set(r, o->string, o->valuestring, err);
        for (const cJSON *e = cJSON_IsArray(o) ? o->child : NULL; e && !code; e = e->next)
            code = cJSON_IsString(e) ? train_run_set(r, o->string, e->valuestring, err) : error_set(err, SPML_DATA, "run-json", "option '%.80s' is no list of texts", o->string);
    }
    return code;
}

SpmlCode train_run_replay(TrainRun *r, const char *path, Error *err)
{
    File *f;
    cJSON *j = NULL;
    SpmlCode code = file_open(path, 1 << 24, &f, err);
    if (code)
        return error_where(err, path, -1), code;
    code = json_tree(file_span(f), path, &j, err);
    const cJSON *options = code ? NULL : cJSON_GetObjectItemCaseSensitive(j, "options"), *data = code ? NULL : cJSON_GetObjectItemCaseSensitive(j, "data");
    const cJSON *schema = code ? NULL : cJSON_GetObjectItemCaseSensitive(j, "schema"), *print = data ? cJSON_GetObjectItemCaseSensitive(data, "fingerprint") : NULL;
    if (!code && (!cJSON_IsString(schema) || strcmp(schema->valuestring, "spml.training/1") || !cJSON_IsObject(options) || !cJSON_IsString(print)))
        code = error_set(err, SPML_DATA, "run-json", "this is no run.json: schema spml.training/1 with options and data");
    if (!code)
        code = replay_options(r, options, err);
    if (!code && !(r->replay_print = arena_strdup(&r->arena, print->valuestring)))
        code = error_oom(err);
    cJSON_Delete(j);
    file_close(&f);
    return code ? error_where(err, path, -1), code : SPML_OK;
}

void fingerprint_text(const uint8_t print[32], char out[65])
{
    for (int i = 0; i < 32; i++)
        snprintf(out + 2 * i, 3, "%02x", print[i]);
}

/* ── "name,key=number,key" ── */

typedef struct SpecField { const char *name; char kind; /* f: double, i: int64, b: bool */ size_t at; } SpecField;

static const SpecField *field_named(const SpecField *f, const char *name, size_t n)
{
    for (; f->name; f++)
        if (strlen(f->name) == n && !memcmp(f->name, name, n))
            return f;
    return NULL;
}

static SpmlCode no_field(const SpecField *f, const char *what, const char *word, size_t n, Error *err)
{
    Text t = {0};
    for (; f->name; f++)
        text_printf(&t, "%s%s", t.n ? ", " : "", f->name);
    error_set(err, SPML_USAGE, "option-value", "%s: there is no '%.*s'", what, (int)(n < 80 ? n : 80), word);
    error_hint(err, "%s", t.p ? t.p : "");
    text_free(&t);
    return SPML_USAGE;
}

/* text: what follows the name, "" or ",key=value…". */
static SpmlCode spec_read(const char *what, const char *text, const SpecField *fields, void *to, Error *err)
{
    while (*text == ',' || *text == ':') {
        const char *word = text + 1, *end;
        size_t n = strcspn(word, ",="), len = strcspn(word, ",");
        const SpecField *f = field_named(fields, word, n);
        double v = 1;
        if (!f)
            return no_field(fields, what, word, n, err);
        bool ok = word[n] == '=' ? f->kind != 'b' && parse_f64(word + n + 1, &end, &v) && end == word + len : f->kind == 'b';
        if (!ok || (f->kind == 'i' && (v != floor(v) || fabs(v) > 1e15)))
            return error_set(err, SPML_USAGE, "option-value", "%s: '%.*s' is no number%s", what, (int)(len < 80 ? len : 80), word, f->kind == 'i' ? " of steps" : "");
        if (f->kind == 'f')
            *(double *)((char *)to + f->at) = v;
        else if (f->kind == 'i')
            *(int64_t *)((char *)to + f->at) = (int64_t)v;
        else
            *(bool *)((char *)to + f->at) = true;
        text = word + len;
    }
    return SPML_OK;
}

#define FIELD(type, kind, member) {#member, kind, offsetof(type, member)}
static const SpecField optim_fields[] = {{"decay", 'f', offsetof(Optim, decay)}, FIELD(Optim, 'f', momentum), FIELD(Optim, 'f', dampening), FIELD(Optim, 'f', beta1), FIELD(Optim, 'f', beta2), FIELD(Optim, 'f', eps),
    FIELD(Optim, 'f', alpha), {"rate-decay", 'f', offsetof(Optim, rate_decay)}, {"first-sum", 'f', offsetof(Optim, first_sum)}, FIELD(Optim, 'b', nesterov), FIELD(Optim, 'b', centered), {0}};
static const SpecField schedule_fields[] = {FIELD(Schedule, 'i', warmup), FIELD(Schedule, 'i', every), FIELD(Schedule, 'f', gamma), FIELD(Schedule, 'f', last), FIELD(Schedule, 'f', rise), FIELD(Schedule, 'f', from), FIELD(Schedule, 'f', to), {0}};
static const SpecField group_fields[] = {FIELD(TrainGroup, 'f', rate), FIELD(TrainGroup, 'f', decay), FIELD(TrainGroup, 'b', frozen), {0}};

typedef const char *(*NameFn)(int i);
static const char *optim_at(int i) { return optim_name((OptimKind)i); }
static const char *schedule_at(int i) { return schedule_name((ScheduleKind)i); }
static const char *loss_at(int i) { return loss_name((LossKind)i); }
static const char *precision_at(int i) { return i < 3 ? (const char *const[]){"f32", "bf16", "f16"}[i] : NULL; }
static const char *target_at(int i) { return i < 3 ? (const char *const[]){"none", "class", "values"}[i] : NULL; }
static const char *keep_at(int i) { return i < 2 ? (const char *const[]){"best", "last"}[i] : NULL; }

/* The first word of an option among names; *rest: what follows it. −1: an error that lists them. */
static int choose(const TrainRun *r, RunOptionId id, NameFn name, int otherwise, const char **rest, Error *err)
{
    Text t = {0};
    const char *s = r->o[id].s;
    *rest = "";
    if (!ro(r, id))
        return otherwise;
    size_t n = strcspn(s, ",");
    for (int i = 0; name(i); i++) {
        if (strlen(name(i)) == n && !memcmp(name(i), s, n)) {
            *rest = s + n;
            text_free(&t);
            return i;
        }
        text_printf(&t, "%s%s", i ? " " : "", name(i));
    }
    error_set(err, SPML_USAGE, "option-value", "%s: there is no '%.80s'", rows[id].name, s);
    error_hint(err, "%s", t.p ? t.p : "");
    text_free(&t);
    return -1;
}

static SpmlCode only_word(RunOptionId id, const char *rest, Error *err)
{
    return *rest ? error_set(err, SPML_USAGE, "option-value", "%s: '%.80s' is too much", rows[id].name, rest) : SPML_OK;
}

/* One word and nothing after it. */
static SpmlCode choose_word(const TrainRun *r, RunOptionId id, NameFn name, int otherwise, int *out, Error *err)
{
    const char *rest;
    *out = choose(r, id, name, otherwise, &rest, err);
    return *out < 0 ? SPML_USAGE : only_word(id, rest, err);
}

static SpmlCode read_optim(TrainRun *r, Error *err)
{
    const char *rest;
    int kind = choose(r, RO_OPTIM, optim_at, OPTIM_ADAMW, &rest, err);
    if (kind < 0)
        return SPML_USAGE;
    r->t.optim = optim_default((OptimKind)kind);
    if (ro(r, RO_LR))
        r->t.optim.rate = r->o[RO_LR].f;
    SpmlCode code = spec_read("optim", rest, optim_fields, &r->t.optim, err);
    return code ? code : optim_check(&r->t.optim, err);
}

SpmlCode run_schedule(TrainRun *r, Error *err)
{
    const char *rest;
    int kind = choose(r, RO_SCHEDULE, schedule_at, SCHEDULE_COSINE, &rest, err);
    if (kind < 0)
        return SPML_USAGE;
    r->t.schedule = schedule_default((ScheduleKind)kind, r->steps);
    return spec_read("schedule", rest, schedule_fields, &r->t.schedule, err);
}

/* Those of --group in their order, then what is frozen; the last that fits a name counts. */
static SpmlCode read_groups(TrainRun *r, Error *err)
{
    const RunOption *group = &r->o[RO_GROUP], *freeze = &r->o[RO_FREEZE];
    TrainGroup *g = arena_array(&r->arena, TrainGroup, group->n + freeze->n + 2); /* room for the new head */
    SpmlCode code = g ? SPML_OK : error_oom(err);
    r->t.groups = g;
    for (size_t i = 0; i < group->n && !code; i++) {
        const char *colon = strchr(group->list[i], ':');
        if (!colon)
            return error_set(err, SPML_USAGE, "option-value", "group: '%.200s' is not PATTERN:rate=X,decay=X,frozen", group->list[i]);
        g[r->t.n_groups] = (TrainGroup){arena_strndup(&r->arena, group->list[i], (size_t)(colon - group->list[i])), 1, NAN, false};
        code = spec_read("group", colon, group_fields, &g[r->t.n_groups++], err);
    }
    for (size_t i = 0; i < freeze->n && !code; i++)
        g[r->t.n_groups++] = (TrainGroup){freeze->list[i], 1, NAN, true};
    return code;
}

SpmlCode run_train_options(TrainRun *r, Error *err)
{
    int loss, precision, target, keep;
    r->t = (TrainOptions){TRAIN_DEFAULTS};
    SpmlCode code = read_optim(r, err);
    if (!code)
        code = run_schedule(r, err); /* looked at now: what is wrong in it is said before any file is opened */
    if (!code)
        code = choose_word(r, RO_LOSS, loss_at, LOSS_AUTO, &loss, err);
    if (!code)
        code = choose_word(r, RO_PRECISION, precision_at, TRAIN_F32, &precision, err);
    if (!code)
        code = choose_word(r, RO_TARGET, target_at, 0, &target, err);
    if (!code)
        code = choose_word(r, RO_KEEP, keep_at, 0, &keep, err);
    if (!code)
        code = augment_parse(ro(r, RO_AUGMENT) ? r->o[RO_AUGMENT].s : "", &r->load.augment, err);
    if (!code)
        code = read_groups(r, err);
    if (code)
        return code;
    r->t.loss = (LossKind)loss;
    r->t.precision = (TrainPrecision)precision;
    r->t.smoothing = ro_num(r, RO_SMOOTHING, 0);
    r->t.accumulate = (int)ro_int(r, RO_ACCUMULATE, 1);
    r->t.clip_norm = ro_num(r, RO_CLIP, 0) > 0 ? r->o[RO_CLIP].f : INFINITY; /* the norm is looked at in any case: a step whose gradients are not finite moves nothing */
    r->t.clip_value = ro_num(r, RO_CLIP_VALUE, 0);
    r->t.ema = ro_num(r, RO_EMA, 0);
    r->t.memory_budget = (uint64_t)ro_int(r, RO_MEMORY_BUDGET, 0);
    r->t.seed = (uint64_t)ro_int(r, RO_SEED, 0);
    r->t.pipeline = (PipelineOptions){.backend = r->o[RO_BACKEND].s, .threads = (int)ro_int(r, RO_THREADS, 0), .no_fallback = ro(r, RO_NO_FALLBACK), .no_cache = ro(r, RO_NO_CACHE), .profile = ro(r, RO_PROFILE)};
    return SPML_OK;
}
