/* SPDX-License-Identifier: MIT
 * tests/fuzz: tensor files. The first byte picks the kind and what the file is for; what is read goes into an npz, which must give the same names and
 * bytes again. */
#include "fuzz.h"
#include "formats/tensor/tensor.h"

#include <string.h>
#include <unistd.h>

static bool holds_tensors(const ValueList *l)
{
    for (size_t i = 0; i < l->n; i++)
        if (l->v[i].value->kind != TYPE_TENSOR || l->v[i].value->dtype == DT_string || strlen(l->v[i].name) > 1000)
            return false;
    return true;
}

static void check_npz(const ValueList *l)
{
    static char path[64];
    ValueList back = {0};
    Error err = {0};
    FileWriter *w;
    File *f;
    if (!*path)
        snprintf(path, sizeof path, "/tmp/spml-fuzz-%d.npz", (int)getpid());
    if (!holds_tensors(l) || writer_open(path, &w, &err))
        return;
    SpmlCode code = npz_write(l, w, &err);
    if (code) {
        writer_abort(&w);
        return;
    }
    if (writer_commit(&w, &err) || file_open(path, 0, &f, &err))
        abort();
    code = npz_read(f, &(ValueWant){.rank = -1}, &back, &err);
    if (code && strcmp(err.key, "duplicate"))
        fprintf(stderr, "%s\n", err.text), abort();
    for (size_t i = 0; !code && i < l->n; i++)
        if (strcmp(l->v[i].name, back.v[i].name) || l->v[i].value->sz != back.v[i].value->sz || memcmp(l->v[i].value->data, back.v[i].value->data, back.v[i].value->sz))
            abort();
    values_clear(&back);
    file_close(&f);
    unlink(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const DType types[] = {DT_none, DT_f32, DT_i8, DT_string, DT_u64, DT_f16, DT_i4, DT_bool};
    static const TypeKind kinds[] = {TYPE_NONE, TYPE_TENSOR, TYPE_SEQUENCE, TYPE_OPTIONAL, TYPE_MAP};
    const TensorKind *k = &tensor_kinds[n ? data[0] & 7 : 0];
    ValueWant want = {.kind = kinds[n ? (data[0] >> 3) % 5 : 0], .dtype = types[n ? data[0] >> 5 : 0], .rank = -1};
    ValueList l = {0};
    Error err = {0};
    File *f;
    if (!n || file_memory("fuzz/t", data + 1, n - 1, &f, &err))
        return 0;
    if (!strcmp(k->name, "raw") || k->text) {
        want.rank = 2;
        want.dim[0] = want.dim[1] = k->name[0] == 'r' ? 2 : -1;
    }
    SpmlCode code = k->read(f, &want, &l, &err);
    if (code != SPML_USAGE)
        fuzz_check(code, &err);
    if (!code)
        check_npz(&l);
    values_clear(&l);
    file_close(&f);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t n, size_t cap, unsigned seed) { return LLVMFuzzerMutate(data, n, cap); }
