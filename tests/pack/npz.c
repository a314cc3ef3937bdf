/* SPDX-License-Identifier: MIT
 * tests/pack: reads numpy's .npz: a zip of .npy members, found through the central directory. A second reader beside the library's, so that
 * references do not depend on what they check. */
#include "case.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static uint32_t le(const unsigned char *p, int n)
{
    uint32_t v = 0;
    for (int i = n - 1; i >= 0; i--)
        v = v << 8 | p[i];
    return v;
}

static bool inflate_raw(const unsigned char *src, size_t n_src, unsigned char *dst, size_t n_dst)
{
    z_stream z = {.next_in = (unsigned char *)src, .avail_in = (uInt)n_src, .next_out = dst, .avail_out = (uInt)n_dst};
    if (inflateInit2(&z, -15) != Z_OK)
        return false;
    int r = inflate(&z, Z_FINISH);
    inflateEnd(&z);
    return r == Z_STREAM_END && z.total_out == n_dst;
}

static const char *dtype_of(const char *descr)
{
    static const char *const rows[][2] = {{"<f4", "f32"}, {"<f8", "f64"}, {"<f2", "f16"}, {"|u1", "u8"}, {"|i1", "i8"}, {"<i4", "i32"}, {"<i8", "i64"}, {"|b1", "bool"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!strncmp(descr, rows[i][0], 3))
            return rows[i][1];
    return NULL;
}

/* {'descr': '<f4', 'fortran_order': False, 'shape': (1, 3), } */
static SpmlTensor *npy_parse(const unsigned char *p, size_t n)
{
    char head[512];
    if (n < 12 || memcmp(p, "\x93NUMPY", 6))
        return NULL;
    size_t at = p[6] == 1 ? 10 : 12, n_head = le(p + 8, p[6] == 1 ? 2 : 4);
    if (n_head >= sizeof head || at + n_head > n)
        return NULL;
    memcpy(head, p + at, n_head);
    head[n_head] = 0;
    const char *descr = strstr(head, "'descr': '"), *shape = strstr(head, "'shape': (");
    if (!descr || !shape || !strstr(head, "'fortran_order': False") || !dtype_of(descr + 10))
        return NULL;
    int64_t dim[SPML_MAX_RANK];
    int rank = 0;
    for (const char *s = shape + 10; *s && *s != ')' && rank < SPML_MAX_RANK; s += strspn(s, ", ")) {
        char *end;
        dim[rank++] = strtoll(s, &end, 10);
        if (end == s)
            return NULL;
        s = end;
    }
    return tensor_of(dtype_of(descr + 10), rank, dim, p + at + n_head, n - at - n_head);
}

static bool member_load(const unsigned char *zip, size_t n, const unsigned char *entry, CaseTensor *out)
{
    size_t packed = le(entry + 20, 4), size = le(entry + 24, 4), n_name = le(entry + 28, 2), local = le(entry + 42, 4);
    if (n_name < 4 || n_name - 4 >= sizeof out->name || local + 30 > n)
        return false;
    memcpy(out->name, entry + 46, n_name - 4); /* without ".npy" */
    out->name[n_name - 4] = 0;
    size_t data = local + 30 + le(zip + local + 26, 2) + le(zip + local + 28, 2);
    if (data > n || packed > n - data)
        return false;
    unsigned char *plain = malloc(size + 1);
    bool ok = plain != NULL;
    if (ok && le(entry + 10, 2) == 8)
        ok = inflate_raw(zip + data, packed, plain, size);
    else if (ok)
        memcpy(plain, zip + data, size <= packed ? size : packed);
    out->t = ok ? npy_parse(plain, size) : NULL;
    free(plain);
    return out->t != NULL;
}

bool npz_load(const char *path, CaseTensor *out, size_t *n_out, const char **why)
{
    size_t n, end = 0;
    unsigned char *zip = (unsigned char *)file_slurp(path, &n);
    *why = zip ? "no zip directory" : "cannot be read";
    for (size_t i = n >= 22 && zip ? n - 22 : 0; i; i--)
        if (!memcmp(zip + i, "PK\5\6", 4)) {
            end = i;
            break;
        }
    bool ok = end != 0;
    size_t count = ok ? le(zip + end + 10, 2) : 0, at = ok ? le(zip + end + 16, 4) : 0;
    for (size_t i = 0; ok && i < count; i++) {
        ok = at + 46 <= n && !memcmp(zip + at, "PK\1\2", 4) && *n_out < CASE_PORTS && member_load(zip, n, zip + at, &out[*n_out]);
        *why = "a member that is not a plain .npy";
        *n_out += ok;
        at += ok ? 46 + le(zip + at + 28, 2) + le(zip + at + 30, 2) + le(zip + at + 32, 2) : 0;
    }
    free(zip);
    return ok;
}
