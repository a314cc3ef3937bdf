/* SPDX-License-Identifier: MIT
 * tasks: files of named tensors behind SpmlBundle. Readers and writers are rows of formats/tensor; this opens files, picks the row, and reads folders
 * of ONNX test data (input_0.pb, input_1.pb, …). */
#include "tasks.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

SpmlBundle *spml_bundle_new(void) { return calloc(1, sizeof(SpmlBundle)); }

void spml_bundle_free(SpmlBundle *b)
{
    if (b)
        values_clear(&b->l);
    free(b);
}

size_t spml_bundle_count(const SpmlBundle *b) { return b->l.n; }
const char *spml_bundle_name(const SpmlBundle *b, size_t i) { return i < b->l.n ? b->l.v[i].name : NULL; }
SpmlTensor *spml_bundle_tensor(const SpmlBundle *b, size_t i) { return i < b->l.n ? (SpmlTensor *)b->l.v[i].value : NULL; }

SpmlTensor *spml_bundle_take(SpmlBundle *b, size_t i)
{
    SpmlTensor *t = spml_bundle_tensor(b, i);
    if (t)
        b->l.v[i].value = NULL;
    return t;
}

SpmlStatus spml_bundle_add(SpmlBundle *b, const char *name, SpmlTensor *t, SpmlError *err)
{
    return values_add(&b->l, name, strlen(name), handle_value(t), handle_error(err));
}

ValueWant want_of_port(const SpmlPort *p)
{
    ValueWant w = {.kind = TYPE_NONE, .rank = -1};
    if (!p)
        return w;
    static const struct { const char *prefix; TypeKind kind; } rows[] = {{"seq(", TYPE_SEQUENCE}, {"optional(", TYPE_OPTIONAL}, {"map(", TYPE_MAP}};
    for (size_t i = 0; p->type && i < 3; i++)
        if (!strncmp(p->type, rows[i].prefix, strlen(rows[i].prefix)))
            w.kind = rows[i].kind;
    w.dtype = p->dtype ? dtype_find(p->dtype, strlen(p->dtype)) : DT_none;
    w.rank = p->rank;
    for (int i = 0; i < p->rank && i < IR_MAX_RANK; i++)
        w.dim[i] = p->dim[i];
    if (w.kind == TYPE_NONE && w.dtype != DT_none)
        w.kind = TYPE_TENSOR;
    return w;
}

static SpmlCode read_media(const File *f, const char *kind, const SpmlPort *port, const SpmlFileOptions *o, ValueList *out, bool *done, Error *err)
{
    RtValue *v;
    Text note = {0};
    SpmlCode code = SPML_OK;
    ValueSource from = {.port = port, .recipe = o ? o->recipe : NULL, .orient = o && o->orient, .fit = o && o->fit};
    bool bytes = from.recipe && !kind && !strncmp(from.recipe, "bytes", 5);
    *done = bytes || media_read(f, kind, &from, &v, &note, &code, err);
    if (bytes && !(code = bytes_read(f, from.recipe, port, &v, err)))
        text_printf(&note, "%llu bytes; %s", (unsigned long long)file_size(f), from.recipe);
    if (*done && !code)
        code = values_add(out, "", 0, v, err);
    if (*done && !code && o && o->note)
        *o->note = note.p;
    else
        text_free(&note);
    return code;
}

static SpmlCode read_file(const char *path, const char *kind, const SpmlPort *port, const SpmlFileOptions *o, ValueList *out, Error *err)
{
    File *f;
    bool done;
    SpmlCode code = file_open(path, 0, &f, err);
    if (code)
        return error_where(err, path, -1), code;
    code = read_media(f, kind, port, o, out, &done, err);
    if (done) {
        file_close(&f);
        return code ? error_where(err, path, -1), code : SPML_OK;
    }
    const TensorKind *k = kind ? tensor_kind_find(kind, strlen(kind)) : tensor_kind_probe(file_span(f), path);
    ValueWant want = want_of_port(port);
    if (!k) {
        code = error_set(err, kind ? SPML_USAGE : SPML_DATA, "tensor-kind", kind ? "no kind of tensor file is called '%.40s'" : "neither content nor extension says what kind of file this is", kind);
        error_hint(err, "npy npz safetensors pb raw csv json txt; write KIND:PATH");
    } else {
        code = k->read(f, &want, out, err);
    }
    file_close(&f);
    return code ? error_where(err, path, -1), code : SPML_OK;
}

static SpmlCode read_folder(const char *path, const SpmlFileOptions *o, ValueList *out, Error *err)
{
    struct stat st;
    SpmlCode code = SPML_OK;
    for (size_t i = 0; !code; i++) {
        Text name = {0};
        text_printf(&name, "%s/%s_%zu.pb", path, o && o->stem ? o->stem : "input", i);
        bool there = !name.oom && !stat(name.p, &st);
        code = name.oom ? error_oom(err) : there ? read_file(name.p, "pb", o && i < o->n_ports ? &o->ports[i] : NULL, NULL, out, err) : SPML_OK;
        if (!there && !code && !i)
            code = error_set(err, SPML_DATA, "folder", "a folder without %s_0.pb", o && o->stem ? o->stem : "input"), error_where(err, path, -1);
        text_free(&name);
        if (!there)
            break;
    }
    return code;
}

SpmlStatus spml_bundle_read(const char *path, const SpmlFileOptions *o, SpmlBundle **out, SpmlError *err)
{
    struct stat st;
    SpmlBundle *b = spml_bundle_new();
    if (!b)
        return error_oom(handle_error(err));
    bool folder = strcmp(path, "-") && !stat(path, &st) && S_ISDIR(st.st_mode);
    SpmlCode code = folder ? read_folder(path, o, &b->l, handle_error(err))
                           : read_file(path, o ? o->kind : NULL, o && o->n_ports ? o->ports : NULL, o, &b->l, handle_error(err));
    if (code)
        spml_bundle_free(b);
    else
        *out = b;
    return code;
}

static bool write_media(const SpmlBundle *b, const char *path, const char *kind, const SpmlFileOptions *o, SpmlCode *code, Error *err)
{
    Text note = {0};
    bool done = media_write(&b->l, path, kind, &(ValueSource){.recipe = o ? o->recipe : NULL, .rate = o ? o->rate : 0}, &note, code, err);
    if (done && o && o->note)
        *o->note = note.p;
    else
        text_free(&note);
    return done;
}

SpmlStatus spml_bundle_write(const SpmlBundle *b, const char *path, const SpmlFileOptions *o, SpmlError *e)
{
    Error *err = handle_error(e);
    SpmlCode code;
    const char *kind = o ? o->kind : NULL;
    if (write_media(b, path, kind, o, &code, err))
        return code;
    const TensorKind *k = kind ? tensor_kind_find(kind, strlen(kind)) : tensor_kind_extension(path);
    FileWriter *w;
    if (!k)
        return error_set(err, SPML_USAGE, "tensor-kind", "'%.200s' does not say what kind of file to write", kind ? kind : path), error_hint(err, "npy npz safetensors pb raw csv json txt; write KIND:PATH"), SPML_USAGE;
    if (!b->l.n || (b->l.n > 1 && !k->many))
        return error_set(err, SPML_USAGE, "tensor-count", "%s holds one tensor, not %zu", k->name, b->l.n);
    code = writer_open(path, &w, err);
    if (code)
        return code;
    code = k->write(&b->l, w, err);
    if (code)
        writer_abort(&w);
    else
        code = writer_commit(&w, err);
    return code;
}

const char *spml_file_kind(size_t i, const char **extensions, const char **about, bool *many)
{
    const TensorKind *k = tensor_kinds;
    while (k->name && i--)
        k++;
    if (!k->name)
        return NULL;
    *extensions = k->extensions;
    *about = k->about;
    *many = k->many;
    return k->name;
}

const char *spml_file_kind_of(const char *path)
{
    const TensorKind *k = tensor_kind_extension(path);
    return k ? k->name : NULL;
}
