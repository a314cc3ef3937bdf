/* SPDX-License-Identifier: MIT
 * train: tables. A column is numeric (its mean is taken away and it is divided by its deviation, both of the training part) or one of categories (one element
 * each, byte-sorted); one column is the label: a class, or a number to be met. The file is read twice: once to see what each column is, once for the cells. */
#include "train/data_internal.h"

#include "base/caps.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { CATEGORIES_MAX = 1000, FEW = 20 /* whole numbers as a label are classes when there are no more different ones */, COLUMNS_MAX = 65536 };

typedef enum ColumnKind { COLUMN_NONE, COLUMN_NUMBER, COLUMN_CATEGORY } ColumnKind;
typedef struct Column {
    const char *name;
    ColumnKind kind;      /* NONE: ignored */
    bool is_label;
    size_t at;            /* its place in a row of this file */
    double *number;       /* [n rows] */
    int32_t *code;        /* [n rows], −1: not a category of the training data */
    const char **category; int n_category; size_t cap_category; Map ids; /* in the order met until they are sorted */
    double mean, deviation;
    const struct Column *like; /* whose categories and statistics hold */
    /* of the first reading */
    uint64_t n_number, n_missing, n_text; bool begins_text; /* the first row has a text */
    bool whole; double few[FEW + 1]; int n_few;
} Column;
typedef struct Table { Column *column; size_t n; bool has_header, may_name; /* the first row's cells are there, and different */ uint64_t n_rows; int64_t *line; /* [n rows] */ } Table;

/* A file that is called a table is one, so that what is wrong with it is said by line. */
static int probe(const DataProbe *p)
{
    enum { CALLED_SO = 50 };
    const size_t n = strlen(p->path);
    const bool called = n > 4 && (!strcasecmp(p->path + n - 4, ".csv") || !strcasecmp(p->path + n - 4, ".tsv"));
    const int likely = p->is_dir ? 0 : csv_likely(p->head);
    return called && !p->is_dir && likely < CALLED_SO ? CALLED_SO : likely;
}

static bool is_missing(const CsvField *f)
{
    static const char *const words[] = {"", "na", "n/a", "nan", "null", "none", "?"};
    for (int i = 0; i < 7; i++)
        if (strlen(words[i]) == f->n && !strncasecmp(words[i], f->p, f->n))
            return true;
    return false;
}

static bool read_number(const CsvField *f, double *v)
{
    char text[64];
    const char *end;
    if (!f->n || f->n >= sizeof text)
        return false;
    memcpy(text, f->p, f->n);
    text[f->n] = 0;
    return parse_f64(text, &end, v) && !*end && isfinite(*v);
}

/* ── the first reading ── */

static bool may_name(const CsvReader *r, size_t i)
{
    for (size_t k = 0; k < i && r->n <= 1000; k++)
        if (r->field[k].n == r->field[i].n && !memcmp(r->field[k].p, r->field[i].p, r->field[i].n))
            return false;
    return r->field[i].n;
}

/* No cell is empty or a number, and no two are the same. */
static bool names_columns(const CsvReader *r)
{
    double v;
    for (size_t i = 0; i < r->n; i++)
        if (!may_name(r, i) || read_number(&r->field[i], &v))
            return false;
    return true;
}

static SpmlCode name_columns(Dataset *d, int has_header, const CsvReader *r, Error *err)
{
    Table *t = d->state;
    if (r->n > COLUMNS_MAX)
        return data_fail(err, r->path, -1, "csv-columns", "%zu columns are too many", r->n);
    t->n = r->n;
    t->has_header = has_header == 1 || (has_header == 0 && names_columns(r));
    t->column = arena_array(&d->arena, Column, r->n);
    t->may_name = true;
    Map seen = map_make(&d->arena);
    for (size_t i = 0; t->column && i < r->n; i++) {
        Column *c = &t->column[i];
        const CsvField *f = &r->field[i];
        if (t->has_header && map_find(&seen, f->p, f->n)) /* a column is found again by its name */
            return data_fail(err, r->path, -1, "csv-column", "line %lld: two columns are called '%.*s'", (long long)r->line, (int)(f->n < 60 ? f->n : 60), f->p);
        t->may_name = t->may_name && may_name(r, i);
        *c = (Column){.at = i, .whole = true, .deviation = 1, .ids = map_make(&d->arena)};
        c->name = t->has_header ? arena_strndup(&d->arena, f->p, f->n) : arena_printf(&d->arena, "%zu", i + 1);
        if (!c->name || !map_put(&seen, c->name, strlen(c->name), c))
            return error_oom(err);
    }
    return d->arena.oom ? error_oom(err) : SPML_OK;
}

static void see_cell(Column *c, const CsvField *f, bool first)
{
    double v;
    if (is_missing(f)) {
        c->n_missing++;
        return;
    }
    if (!read_number(f, &v)) {
        c->whole = false;
        c->n_text++;
        c->begins_text = c->begins_text || first;
        return;
    }
    c->n_number++;
    c->whole = c->whole && v == floor(v);
    int i = 0;
    while (i < c->n_few && c->few[i] != v)
        i++;
    if (i == c->n_few && c->n_few <= FEW)
        c->few[c->n_few++] = v;
}

static SpmlCode ragged(const CsvReader *r, size_t want, Error *err)
{
    return data_fail(err, r->path, -1, "csv-ragged", "line %lld has %zu field%s, the first has %zu", (long long)r->line, r->n, r->n == 1 ? "" : "s", want);
}

/* Of a column of numbers the first cell alone is none: the first row are names, although some of them are numbers. */
static bool began_with_names(const Table *t)
{
    for (size_t i = 0; i < t->n && !t->has_header && t->may_name; i++)
        if (t->column[i].begins_text && t->column[i].n_text == 1 && t->column[i].n_number > 1)
            return true;
    return false;
}

static SpmlCode reading(Dataset *d, int has_header, CsvReader *r, Error *err)
{
    Table *t = d->state;
    bool end;
    t->n_rows = 0;
    SpmlCode code = csv_next(r, &end, err);
    if (!code && !end)
        code = name_columns(d, has_header, r, err);
    for (bool skip = !code && t->has_header; !code && !end; skip = false) {
        if (r->n != t->n)
            return ragged(r, t->n, err);
        for (size_t i = 0; i < t->n && !skip; i++)
            see_cell(&t->column[i], &r->field[i], !t->n_rows);
        t->n_rows += !skip;
        code = csv_next(r, &end, err);
    }
    return code;
}

static SpmlCode first_reading(Dataset *d, const DataOptions *o, CsvReader *r, Error *err)
{
    Table *t = d->state;
    SpmlCode code = reading(d, o->header, r, err);
    if (!code && !o->header && began_with_names(t)) {
        csv_rewind(r);
        code = reading(d, 1, r, err);
    }
    return code ? code : data_samples(d, t->n_rows, err);
}

/* ── what the columns are ── */

static Column *find_column(Table *t, const char *name)
{
    const char *end;
    int64_t number;
    for (size_t i = 0; t->has_header && i < t->n; i++)
        if (!strcmp(t->column[i].name, name))
            return &t->column[i];
    return parse_i64(name, &end, &number) && !*end && number >= 1 && (uint64_t)number <= t->n ? &t->column[number - 1] : NULL;
}

static SpmlCode no_column(const Dataset *d, const char *name, Error *err) { return data_fail(err, d->info.path, -1, "csv-column", "has no column '%s'", name); }

static SpmlCode choose_kinds(Dataset *d, const DataOptions *o, Error *err)
{
    Table *t = d->state;
    Column *label = o->label_column ? find_column(t, o->label_column) : &t->column[t->n - 1];
    if (!label)
        return no_column(d, o->label_column, err);
    label->is_label = true;
    for (size_t i = 0; i < t->n; i++) {
        Column *c = &t->column[i];
        uint64_t there = t->n_rows - c->n_missing;
        c->kind = c->n_number && c->n_number >= there - there / 10 ? COLUMN_NUMBER : COLUMN_CATEGORY;
    }
    bool few = label->whole && label->n_few <= FEW && t->n_rows >= 2 * (uint64_t)label->n_few;
    if (label->kind == COLUMN_NUMBER && (o->target == TARGET_CLASS || (o->target != TARGET_VALUES && few)))
        label->kind = COLUMN_CATEGORY;
    if (label->kind == COLUMN_CATEGORY && o->target == TARGET_VALUES)
        return data_fail(err, d->info.path, -1, "csv-label", "the label column '%s' does not hold numbers", label->name);
    for (int i = 0; i < o->n_ignore; i++) {
        Column *c = find_column(t, o->ignore[i]);
        if (!c || c->is_label)
            return c ? error_set(err, SPML_USAGE, "csv-column", "column '%s' is the label and cannot be ignored", c->name) : no_column(d, o->ignore[i], err);
        c->kind = COLUMN_NONE;
    }
    return SPML_OK;
}

/* The training data's columns, found here by name where both files have names. */
static SpmlCode like_kinds(Dataset *d, Error *err)
{
    Table *t = d->state;
    const Table *like = d->like->state;
    Column *own = arena_array(&d->arena, Column, like->n);
    if (!own)
        return error_oom(err);
    if (!(t->has_header && like->has_header) && t->n != like->n)
        return data_fail(err, d->info.path, -1, "data-differs", "has %zu columns, '%s' has %zu", t->n, d->like->info.path, like->n);
    for (size_t i = 0; i < like->n; i++) {
        const Column *c = &like->column[i];
        Column *here = t->has_header && like->has_header ? find_column(t, c->name) : &t->column[i];
        if (!here && c->kind)
            return no_column(d, c->name, err);
        own[i] = (Column){.name = c->name, .kind = c->kind, .is_label = c->is_label, .at = here ? here->at : 0, .deviation = 1, .ids = map_make(&d->arena), .like = c};
    }
    t->column = own;
    t->n = like->n;
    return SPML_OK;
}

/* ── the second reading ── */

static SpmlCode bad_cell(Dataset *d, uint64_t row, const Column *c, const CsvField *f, const char *what, Error *err)
{
    Table *t = d->state;
    Error e = {0};
    data_fail(&e, d->info.path, -1, "csv-cell", "line %lld, column '%s': '%.*s' %s", (long long)t->line[row], c->name, (int)(f->n < 60 ? f->n : 60), f->p, what);
    return data_note(d, row, &e, false, err);
}

static SpmlCode add_category(Dataset *d, Column *c, const CsvField *f, int32_t *code, Error *err)
{
    void *known = map_find(&c->ids, f->p, f->n);
    if (!known) {
        if (c->n_category >= (c->is_label ? DATA_CLASSES_MAX : CATEGORIES_MAX)) {
            data_fail(err, d->info.path, -1, "csv-categories", "column '%s' has more than %d different values", c->name, c->n_category);
            error_hint(err, c->is_label ? "is it the label? another column can be named" : "is it of use? a column can be ignored");
            return SPML_DATA;
        }
        char *copy = arena_strndup(&d->arena, f->p, f->n);
        const char **list = arena_grow(&d->arena, c->category, (size_t)c->n_category, &c->cap_category, const char *);
        if (!copy || !list)
            return error_oom(err);
        c->category = list;
        list[c->n_category++] = copy;
        known = (void *)(uintptr_t)c->n_category;
        if (!map_put(&c->ids, copy, f->n, known))
            return error_oom(err);
    }
    *code = (int32_t)(uintptr_t)known - 1;
    return SPML_OK;
}

static SpmlCode take_cell(Dataset *d, Column *c, uint64_t row, const CsvField *f, Error *err)
{
    bool number = c->kind == COLUMN_NUMBER;
    if (is_missing(f) && (number || c->is_label))
        return bad_cell(d, row, c, f, "is no value", err);
    if (number)
        return read_number(f, &c->number[row]) ? SPML_OK : bad_cell(d, row, c, f, "is no number", err);
    return add_category(d, c, f, &c->code[row], err);
}

static SpmlCode second_reading(Dataset *d, CsvReader *r, Error *err)
{
    Table *t = d->state;
    bool end;
    size_t width = 0;
    t->line = arena_array(&d->arena, int64_t, t->n_rows);
    for (size_t i = 0; i < t->n; i++) {
        Column *c = &t->column[i];
        c->number = c->kind == COLUMN_NUMBER ? arena_array(&d->arena, double, t->n_rows) : NULL;
        c->code = c->kind == COLUMN_CATEGORY ? arena_array(&d->arena, int32_t, t->n_rows) : NULL;
        width = c->at >= width ? c->at + 1 : width;
    }
    if (d->arena.oom)
        return error_oom(err);
    csv_rewind(r);
    SpmlCode code = t->has_header ? csv_next(r, &end, err) : SPML_OK;
    for (uint64_t row = 0; !code && row < t->n_rows; row++) {
        code = csv_next(r, &end, err);
        if (code || end || r->n < width)
            return code ? code : data_fail(err, d->info.path, -1, "csv-changed", "changed while it was read");
        t->line[row] = r->line;
        for (size_t i = 0; !code && i < t->n; i++)
            code = t->column[i].kind ? take_cell(d, &t->column[i], row, &r->field[t->column[i].at], err) : SPML_OK;
    }
    return code;
}

/* ── categories in their order ── */

static int by_text(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

static int position(const char *const *list, int n, const char *name)
{
    for (int lo = 0, hi = n; lo < hi;) {
        int mid = lo + (hi - lo) / 2, c = strcmp(list[mid], name);
        if (!c)
            return mid;
        *(c < 0 ? &lo : &hi) = c < 0 ? mid + 1 : mid;
    }
    return -1;
}

static SpmlCode sort_categories(Dataset *d, Column *c, int32_t **id, Error *err)
{
    if (c->is_label)
        return data_classes(d, c->category, c->n_category, id, err);
    int n = c->like ? c->like->n_category : c->n_category;
    const char **sorted = arena_array(&d->arena, const char *, n + 1);
    *id = arena_array(&d->arena, int32_t, c->n_category + 1);
    if (!sorted || !*id)
        return error_oom(err);
    if (n)
        memcpy(sorted, c->like ? c->like->category : c->category, (size_t)n * sizeof *sorted);
    qsort(sorted, (size_t)n, sizeof *sorted, by_text);
    for (int i = 0; i < c->n_category; i++)
        (*id)[i] = position(sorted, n, c->category[i]);
    c->category = sorted;
    c->n_category = n;
    return SPML_OK;
}

static SpmlCode number_categories(Dataset *d, Column *c, Error *err)
{
    Table *t = d->state;
    int32_t *id = NULL;
    const char **met = c->category;
    SpmlCode code = sort_categories(d, c, &id, err);
    for (uint64_t row = 0; !code && row < t->n_rows; row++) {
        const char *name = met && data_good(d, row) ? met[c->code[row]] : "";
        c->code[row] = id && data_good(d, row) ? id[c->code[row]] : 0;
        if (c->code[row] < 0)
            code = bad_cell(d, row, c, &(CsvField){name, strlen(name)}, "does not occur in the training data", err);
    }
    return code;
}

static SpmlCode finish(Dataset *d, Error *err)
{
    Table *t = d->state;
    int64_t features = 0;
    SpmlCode code = SPML_OK;
    for (size_t i = 0; !code && i < t->n; i++) {
        Column *c = &t->column[i];
        if (c->kind == COLUMN_CATEGORY)
            code = number_categories(d, c, err);
        features += c->is_label ? 0 : c->kind == COLUMN_NUMBER ? 1 : c->kind == COLUMN_CATEGORY ? c->n_category : 0;
        if (!c->is_label)
            continue;
        d->info.target = c->kind == COLUMN_NUMBER ? TARGET_VALUES : TARGET_CLASS;
        d->info.n_classes = c->kind == COLUMN_NUMBER ? 1 : d->info.n_classes;
        d->label = c->kind == COLUMN_CATEGORY ? arena_array(&d->arena, int64_t, t->n_rows) : NULL;
        for (uint64_t row = 0; d->label && row < t->n_rows; row++)
            d->label[row] = c->code[row] < 0 ? 0 : c->code[row];
    }
    if (!code && !features)
        code = data_fail(err, d->info.path, -1, "csv-columns", "has no column beside the label");
    d->info.form = DATA_TENSOR;
    d->info.rank = 1;
    d->info.dim[0] = features;
    return code ? code : d->arena.oom ? error_oom(err) : SPML_OK;
}

static SpmlCode open_csv(Dataset *d, const DataOptions *o, const DataProbe *p, Error *err)
{
    CsvReader r = {0};
    if (o->held)
        return error_set(err, SPML_DATA, "no-held-part", "%s: a table holds nothing out itself", p->path);
    if (p->is_dir)
        return data_fail(err, p->path, -1, "data-kind", "is a folder, not a table");
    if (d->like && d->like->kind != &data_csv)
        return data_fail(err, p->path, -1, "data-differs", "is a table, the training data is not");
    d->state = arena_new(&d->arena, Table);
    SpmlCode code = d->state ? csv_open(p->head, d->info.path, &r, err) : error_oom(err);
    if (!code)
        code = first_reading(d, o, &r, err);
    if (!code)
        code = d->like ? like_kinds(d, err) : choose_kinds(d, o, err);
    if (!code)
        code = second_reading(d, &r, err);
    csv_close(&r);
    if (!code)
        code = finish(d, err);
    Sha256 s;
    sha256_init(&s);
    sha256_add(&s, p->head.base, p->head.size);
    sha256_final(&s, d->info.fingerprint);
    return code;
}

static SpmlCode sample(const Dataset *d, uint64_t row, DataSample *s, Error *err)
{
    const Table *t = d->state;
    uint64_t at = 0;
    for (size_t i = 0; i < t->n; i++) {
        const Column *c = &t->column[i], *stat = c->like ? c->like : c;
        if (c->is_label && c->kind == COLUMN_NUMBER)
            s->values[0] = c->number[row];
        if (c->is_label || !c->kind)
            continue;
        if (c->kind == COLUMN_NUMBER)
            dtype_set_f64(s->dtype, s->x, at++, (c->number[row] - stat->mean) / stat->deviation);
        for (int k = 0; c->kind == COLUMN_CATEGORY && k < c->n_category; k++)
            dtype_set_f64(s->dtype, s->x, at++, k == c->code[row]);
    }
    s->label = d->label ? d->label[row] : 0;
    return SPML_OK;
}

static SpmlCode fit(Dataset *d, const DataView *train, Error *err)
{
    Table *t = d->state;
    for (size_t i = 0; i < t->n; i++) {
        Column *c = &t->column[i];
        double sum = 0, squares = 0, n = (double)train->n;
        if (c->kind != COLUMN_NUMBER || c->is_label || !train->n)
            continue;
        for (uint64_t k = 0; k < train->n; k++)
            sum += c->number[train->index[k]];
        c->mean = sum / n;
        for (uint64_t k = 0; k < train->n; k++) {
            double v = c->number[train->index[k]] - c->mean;
            squares += v * v;
        }
        c->deviation = squares > 0 ? sqrt(squares / n) : 1;
        if (!isfinite(c->mean) || !isfinite(c->deviation))
            return data_fail(err, d->info.path, -1, "csv-range", "column '%s' holds numbers too large to take a mean of", c->name);
    }
    return SPML_OK;
}

static void put_text(Text *out, const char *s)
{
    text_puts(out, "\"");
    text_escape_json(out, s, strlen(s));
    text_puts(out, "\"");
}

static void describe(const Dataset *d, Text *out)
{
    const Table *t = d->state;
    char a[32], b[32];
    const char *label = "", *sep = "";
    text_puts(out, ",\"columns\":[");
    for (size_t i = 0; i < t->n; i++) {
        const Column *c = &t->column[i], *stat = c->like ? c->like : c;
        label = c->is_label ? c->name : label;
        if (c->is_label || !c->kind)
            continue;
        text_printf(out, "%s{\"name\":", sep);
        sep = ",";
        put_text(out, c->name);
        if (c->kind == COLUMN_NUMBER)
            text_printf(out, ",\"kind\":\"number\",\"mean\":%s,\"deviation\":%s}", format_f64(a, stat->mean), format_f64(b, stat->deviation));
        else
            text_puts(out, ",\"kind\":\"category\",\"categories\":[");
        for (int k = 0; c->kind == COLUMN_CATEGORY && k < c->n_category; k++) {
            text_puts(out, k ? "," : "");
            put_text(out, c->category[k]);
        }
        text_puts(out, c->kind == COLUMN_CATEGORY ? "]}" : "");
    }
    text_puts(out, "],\"label\":");
    put_text(out, label);
}

const DataKind data_csv = {.name = "csv", .about = "a table of numbers and categories with a label column", .probe = probe, .open = open_csv, .sample = sample, .fit = fit, .describe = describe};
