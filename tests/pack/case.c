/* SPDX-License-Identifier: MIT
 * tests/pack: finding the cases of the pack and reading their tensors; see case.h. */
#include "case.h"

#include <cjson/cJSON.h>
#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

bool case_fail(PackCase *c, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(c->reason, sizeof c->reason, fmt, ap);
    va_end(ap);
    return false;
}

PackCase *cases_add(CaseList *l, const char *name)
{
    if (l->n == l->cap)
        l->v = realloc(l->v, (l->cap = l->cap ? 2 * l->cap : 64) * sizeof *l->v);
    PackCase *c = &l->v[l->n++];
    *c = (PackCase){0};
    snprintf(c->name, sizeof c->name, "%s", name);
    return c;
}

void cases_free(CaseList *l)
{
    for (size_t i = 0; i < l->n; i++)
        case_unload(&l->v[i]);
    free(l->v);
}

char *file_slurp(const char *path, size_t *n)
{
    FILE *f = fopen(path, "rb");
    struct stat st;
    *n = 0;
    if (!f || fstat(fileno(f), &st)) {
        if (f)
            fclose(f);
        return NULL;
    }
    char *p = malloc((size_t)st.st_size + 1);
    if (p)
        p[*n = fread(p, 1, (size_t)st.st_size, f)] = 0;
    fclose(f);
    return p;
}

SpmlTensor *tensor_of(const char *dtype, int rank, const int64_t *dim, const void *data, size_t n)
{
    SpmlTensor *t = NULL;
    if (spml_tensor_new(dtype, rank, dim, &t, NULL))
        return NULL;
    if (spml_tensor_bytes(t) != n) {
        spml_tensor_free(t);
        return NULL;
    }
    if (n)
        memcpy(spml_tensor_data(t), data, n);
    return t;
}

/* ── *_meta.json ── */

static bool ends(const char *s, const char *tail)
{
    size_t a = strlen(s), b = strlen(tail);
    return a >= b && !strcmp(s + a - b, tail);
}

void cases_add_metas(CaseList *l, const char *pack, const char *dir)
{
    DIR *d = opendir(dir);
    for (struct dirent *e; d && (e = readdir(d));)
        if (ends(e->d_name, "_meta.json")) {
            char name[256];
            snprintf(name, sizeof name, "ort/%.*s", (int)(strlen(e->d_name) - 10), e->d_name);
            cases_add(l, name);
        }
    if (d)
        closedir(d);
}

static const char *dtype_of(const char *numpy)
{
    static const char *const rows[][2] = {{"float32", "f32"}, {"float16", "f16"}, {"float64", "f64"}, {"int64", "i64"}, {"int32", "i32"}, {"uint8", "u8"}, {"int8", "i8"}, {"bool", "bool"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (numpy && !strcmp(numpy, rows[i][0]))
            return rows[i][1];
    return "";
}

static bool read_ports(PackCase *c, const char *dir, const cJSON *list, CaseTensor *out, size_t *n_out)
{
    const cJSON *p, *x;
    cJSON_ArrayForEach(p, list) {
        int64_t dim[SPML_MAX_RANK];
        int rank = 0;
        cJSON_ArrayForEach(x, cJSON_GetObjectItem(p, "dims"))
            if (rank < SPML_MAX_RANK)
                dim[rank++] = (int64_t)x->valuedouble;
        const char *file = cJSON_GetStringValue(cJSON_GetObjectItem(p, "file")), *name = cJSON_GetStringValue(cJSON_GetObjectItem(p, "name"));
        char path[CASE_PATH];
        size_t n;
        snprintf(path, sizeof path, "%s/%s", dir, file ? file : "");
        char *data = file_slurp(path, &n);
        if (!data || !name || *n_out >= CASE_PORTS)
            return free(data), case_fail(c, "%s: cannot be read", path);
        CaseTensor *t = &out[(*n_out)++];
        snprintf(t->name, sizeof t->name, "%s", name);
        t->t = tensor_of(dtype_of(cJSON_GetStringValue(cJSON_GetObjectItem(p, "type"))), rank, dim, data, n);
        free(data);
        if (!t->t)
            return case_fail(c, "%s: its size is not that of its type and shape", path);
    }
    return true;
}

static bool load_meta(PackCase *c, const char *pack, const char *dir, const char *stem)
{
    char path[CASE_PATH + 200];
    size_t n;
    snprintf(path, sizeof path, "%s/%s_meta.json", dir, stem);
    char *text = file_slurp(path, &n);
    cJSON *j = text ? cJSON_ParseWithLength(text, n) : NULL;
    const char *model = cJSON_GetStringValue(cJSON_GetObjectItem(j, "model"));
    snprintf(c->model, sizeof c->model, "%s/%s", pack, model ? model : "");
    bool ok = model ? read_ports(c, dir, cJSON_GetObjectItem(j, "inputs"), c->in, &c->n_in) && read_ports(c, dir, cJSON_GetObjectItem(j, "outputs"), c->want, &c->n_want)
                    : case_fail(c, "%s: cannot be read", path);
    cJSON_Delete(j);
    free(text);
    return ok;
}

/* ── others ── */

static void add_each(CaseList *l, const char *dir, const char *tail, const char *prefix, const char *file)
{
    DIR *d = opendir(dir);
    for (struct dirent *e; d && (e = readdir(d));) {
        char name[600], path[CASE_PATH];
        struct stat st;
        snprintf(path, sizeof path, "%s/%s/%s", dir, e->d_name, file);
        if (e->d_name[0] == '.' || !ends(e->d_name, tail) || (*file && stat(path, &st)))
            continue;
        snprintf(name, sizeof name, "%s%.*s", prefix, (int)(strlen(e->d_name) - strlen(tail)), e->d_name);
        cases_add(l, name);
    }
    if (d)
        closedir(d);
}

void cases_add_others(CaseList *l, const char *pack)
{
    char dir[CASE_PATH];
    snprintf(dir, sizeof dir, "%s/models/onnx/tract_cases", pack);
    add_each(l, dir, "", "tract/", "io.npz");
    snprintf(dir, sizeof dir, "%s/models/onnx/light", pack);
    add_each(l, dir, ".onnx", "light/", "");
    cases_add(l, "winml/mnist");
}

/* The one reference that was made with a row of padding on each side, which the model (auto_pad VALID) does not have; ONNX Runtime too gives the rows
 * between. */
static void drop_padding(CaseTensor *t)
{
    int64_t rows = spml_tensor_dim(t->t, 0), width = spml_tensor_dim(t->t, 1);
    const float *p = spml_tensor_data(t->t);
    SpmlTensor *inner = tensor_of("f32", 2, (int64_t[]){rows - 2, width}, p + width, (size_t)((rows - 2) * width) * sizeof *p);
    spml_tensor_free(t->t);
    t->t = inner;
}

/* One archive holds both: names of the model tell which is which. */
static bool load_tract(PackCase *c, const char *pack, const char *stem)
{
    char path[CASE_PATH];
    const char *why;
    SpmlModel *m = NULL;
    c->flat = true;
    snprintf(path, sizeof path, "%s/models/onnx/tract_cases/%s/io.npz", pack, stem);
    snprintf(c->model, sizeof c->model, "%s/models/onnx/tract_cases/%s/model.onnx", pack, stem);
    if (!npz_load(path, c->in, &c->n_in, &why))
        return case_fail(c, "%s: %s", path, why);
    SpmlError *err = spml_error_new();
    if (spml_model_load(c->model, NULL, &m, err)) {
        case_fail(c, "load [%s] %.300s", spml_error_key(err), spml_error_text(err));
        return spml_error_free(err), false;
    }
    spml_error_free(err);
    for (size_t i = 0; i < c->n_in;) {
        bool input = false;
        SpmlPort p;
        for (size_t k = 0; k < spml_model_inputs(m); k++)
            input |= !spml_model_input(m, k, &p) && !strcmp(p.name, c->in[i].name);
        if (input) {
            i++;
        } else {
            c->want[c->n_want++] = c->in[i];
            c->in[i] = c->in[--c->n_in];
            c->in[c->n_in] = (CaseTensor){0};
        }
    }
    spml_model_free(m);
    if (!strcmp(stem, "qtdnn_10x5_101_i32_biases") && c->n_want == 1 && spml_tensor_rank(c->want[0].t) == 2 && spml_tensor_dim(c->want[0].t, 0) == 10)
        drop_padding(&c->want[0]);
    return c->n_want ? true : case_fail(c, "%s: no output in it", path);
}

/* TensorProto of the light models: dims, data type 1, raw or packed floats. */
static SpmlTensor *pb_floats(const char *path)
{
    size_t n, at = 0;
    unsigned char *p = (unsigned char *)file_slurp(path, &n);
    SpmlTensor *t = NULL;
    int64_t dim[SPML_MAX_RANK];
    int rank = 0;
    while (p && at < n && !t) {
        uint64_t v[2] = {0};
        int wire = 0;
        for (int k = 0; k < (wire == 5 ? 1 : 2); k++) { /* the tag, then a varint or a length */
            for (int shift = 0; at < n && shift < 63; shift += 7) {
                v[k] |= (uint64_t)(p[at] & 127) << shift;
                if (!(p[at++] & 128))
                    break;
            }
            wire = (int)(v[0] & 7);
        }
        if (v[0] == 8 && rank < SPML_MAX_RANK)
            dim[rank++] = (int64_t)v[1];
        else if ((v[0] == 34 || v[0] == 74) && v[1] <= n - at) /* float_data, raw_data */
            t = tensor_of("f32", rank, dim, p + at, v[1]);
        if (wire == 2)
            at += v[1];
    }
    free(p);
    return t;
}

/* The ONNX package runs these with element i = i / n. */
static bool load_light(PackCase *c, const char *pack, const char *stem)
{
    char path[CASE_PATH];
    SpmlModel *m = NULL;
    SpmlPort p, q;
    snprintf(c->model, sizeof c->model, "%s/models/onnx/light/%s.onnx", pack, stem);
    snprintf(path, sizeof path, "%s/models/onnx/light/%s_output_0.pb", pack, stem);
    if (spml_model_load(c->model, NULL, &m, NULL) || spml_model_output(m, 0, &q))
        return spml_model_free(m), case_fail(c, "load: cannot be loaded");
    for (size_t i = 0; i < spml_model_inputs(m); i++) {
        if (spml_model_input(m, i, &p) || p.has_default || c->n_in == CASE_PORTS)
            continue;
        CaseTensor *t = &c->in[c->n_in++];
        snprintf(t->name, sizeof t->name, "%s", p.name);
        if (spml_tensor_new(p.dtype, p.rank, p.dim, &t->t, NULL))
            break;
        size_t n = tensor_count(t->t);
        for (size_t k = 0; k < n; k++)
            ((float *)spml_tensor_data(t->t))[k] = (float)((double)k / (double)n);
    }
    snprintf(c->want[0].name, sizeof c->want[0].name, "%s", q.name);
    c->want[0].t = pb_floats(path);
    c->n_want = 1;
    spml_model_free(m);
    return c->want[0].t ? true : case_fail(c, "%s: cannot be read", path);
}

/* The input is a list of numbers; the output has lines "index,value". */
static size_t csv_floats(const char *path, bool indexed, float *out, size_t cap)
{
    size_t n, count = 0;
    char *text = file_slurp(path, &n), *s = text;
    if (s && indexed)
        s += strcspn(s, "\n");
    while (s && *(s += strspn(s, ", \r\n")) && count < cap) {
        if (indexed)
            s += strcspn(s, ",") + 1;
        char *end;
        out[count++] = strtof(s, &end);
        s = end == s ? s + strlen(s) : end;
    }
    free(text);
    return count;
}

static bool load_winml(PackCase *c, const char *pack)
{
    char path[CASE_PATH];
    float in[784], out[10];
    c->share = 1e-3; /* the runner that wrote it is 2.8e-4 of the range from ONNX Runtime */
    snprintf(c->model, sizeof c->model, "%s/models/onnx/mnist_cntk_winml.onnx", pack);
    snprintf(path, sizeof path, "%s/references/winml/mnist_28.csv", pack);
    bool ok = csv_floats(path, false, in, 784) == 784;
    snprintf(path, sizeof path, "%s/references/winml/Mnist_8_input_CPU.csv", pack);
    ok = ok && csv_floats(path, true, out, 10) == 10;
    if (!ok)
        return case_fail(c, "%s: cannot be read", path);
    c->in[c->n_in++] = (CaseTensor){"Input3", tensor_of("f32", 4, (int64_t[]){1, 1, 28, 28}, in, sizeof in)};
    c->want[c->n_want++] = (CaseTensor){"Plus214_Output_0", tensor_of("f32", 2, (int64_t[]){1, 10}, out, sizeof out)};
    return true;
}

bool case_load(PackCase *c, const char *pack, const char *extra)
{
    char dir[CASE_PATH], meta[CASE_PATH + 200];
    struct stat st;
    const char *stem = strchr(c->name, '/') + 1;
    if (!strncmp(c->name, "tract/", 6))
        return load_tract(c, pack, stem);
    if (!strncmp(c->name, "light/", 6))
        return load_light(c, pack, stem);
    if (!strncmp(c->name, "winml/", 6))
        return load_winml(c, pack);
    snprintf(dir, sizeof dir, "%s/references/ort", pack);
    snprintf(meta, sizeof meta, "%s/%s_meta.json", dir, stem);
    return load_meta(c, pack, extra && stat(meta, &st) ? extra : dir, stem);
}

void case_unload(PackCase *c)
{
    for (size_t i = 0; i < c->n_in; i++)
        spml_tensor_free(c->in[i].t);
    for (size_t i = 0; i < c->n_want; i++)
        spml_tensor_free(c->want[i].t);
    c->n_in = c->n_want = 0;
}
