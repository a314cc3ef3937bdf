/* SPDX-License-Identifier: MIT
 * tests: sources of samples: every kind is found by its content and read right (MNIST of the pack as numpy reads it), hostile files end in exit 3 with the
 * file and the line, unreadable samples are counted, every prefix of an idx file or a table ends cleanly. */
#include "train/data_internal.h"

#include "data_files.h"
#include "formats/tensor/tensor.h"

#include <math.h>
#include <zlib.h>

/* ── idx ── */

static const char *put_gzip(const char *name, const void *p, size_t n)
{
    uint8_t out[4096];
    z_stream z = {.next_in = (Bytef *)(uintptr_t)p, .avail_in = (uInt)n, .next_out = out, .avail_out = sizeof out};
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, 0), Z_OK);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    const char *path = put_file(name, out, z.total_out);
    deflateEnd(&z);
    return path;
}

static void idx_opens(void **state)
{
    DataOptions o = {.path = put_idx("a/train", 7, 7)};
    Dataset *d = must_open(&o);
    const DataInfo *i = data_info(d);
    assert_string_equal(i->kind, "idx");
    assert_int_equal(i->form, DATA_IMAGE);
    assert_int_equal(i->target, TARGET_CLASS);
    assert_int_equal(i->n, 7);
    assert_int_equal(i->dim[0], 3);
    assert_int_equal(i->dim[1], 4);
    assert_int_equal(i->dim[2], 1);
    assert_int_equal(i->n_classes, 3);
    assert_string_equal(i->classes[2], "2");
    DataSample s = {0};
    assert_int_equal(d->kind->sample(d, 5, &s, NULL), SPML_OK);
    assert_int_equal(s.label, 2);
    assert_int_equal(s.im.p[0], 60);
    data_close(&d);
    /* The folder: train and t10k; the second is what it holds out. */
    put_idx("a/t10k", 5, 5);
    DataPair p;
    assert_int_equal(data_open_pair(&(DataOptions){.path = in_root("a")}, NULL, 1, &p, NULL), SPML_OK);
    assert_int_equal(p.train.n, 7);
    assert_int_equal(p.val.n, 5);
    assert_ptr_not_equal(p.val.d, p.train.d);
    data_pair_close(&p);
    /* Only t10k: trained on, and nothing is held out by itself. */
    put_idx("only/t10k", 20, 20);
    assert_int_equal(data_open_pair(&(DataOptions){.path = in_root("only")}, NULL, 1, &p, NULL), SPML_OK);
    assert_int_equal(p.train.n, 18);
    assert_int_equal(p.val.n, 2);
    data_pair_close(&p);
}

static void idx_packed(void **state)
{
    uint8_t file[256], p[48];
    memset(p, 7, sizeof p);
    size_t n = make_idx(file, 8, 3, (uint32_t[]){3, 4, 4}, p, 48);
    const char *path = put_gzip("gz/images.gz", file, n);
    put_gzip("gz/labels.gz", file, make_idx(file, 8, 1, (uint32_t[]){3}, (uint8_t[]){4, 0, 1}, 3));
    DataOptions o = {.path = path};
    Dataset *d = must_open(&o);
    assert_int_equal(data_info(d)->n, 3);
    assert_int_equal(data_info(d)->n_classes, 5);
    data_close(&d);
    /* Extents that the packed bytes cannot hold, fewer bytes, more bytes, a broken stream. */
    n = make_idx(file, 8, 3, (uint32_t[]){60000, 4096, 4096}, p, 48);
    must_fail(&(DataOptions){.path = put_gzip("gz/images.gz", file, n)}, SPML_DATA, "file-truncated", "packed");
    n = make_idx(file, 8, 3, (uint32_t[]){4, 4, 4}, p, 48);
    must_fail(&(DataOptions){.path = put_gzip("gz/images.gz", file, n)}, SPML_DATA, "file-truncated", "48 bytes of elements, the extents ask for 64");
    n = make_idx(file, 8, 3, (uint32_t[]){2, 4, 4}, p, 48);
    must_fail(&(DataOptions){.path = put_gzip("gz/images.gz", file, n)}, SPML_DATA, "idx-size", "more bytes than the 32");
}

static void idx_hostile(void **state)
{
    uint8_t file[512], p[256] = {0};
    DataOptions o = {.kind = "idx"};
    o.path = put_file("h/images", file, make_idx(file, 8, 3, (uint32_t[]){4, 2, 2}, p, 15));
    must_fail(&o, SPML_DATA, "file-truncated", "15 bytes of elements, the extents ask for 16");
    o.path = put_file("h/images", file, make_idx(file, 8, 3, (uint32_t[]){4, 2, 2}, p, 17));
    must_fail(&o, SPML_DATA, "idx-size", "more bytes than the 16");
    o.path = put_file("h/images", file, make_idx(file, 10, 3, (uint32_t[]){4, 2, 2}, p, 16));
    must_fail(&o, SPML_DATA, "idx-header", "does not begin");
    o.path = put_file("h/images", file, make_idx(file, 8, 3, (uint32_t[]){0xffffffff, 0xffffffff, 0xffffffff}, p, 16));
    must_fail(&o, SPML_DATA, "idx-header", "too large");
    o.path = put_file("h/images", file, make_idx(file, 8, 3, (uint32_t[]){0, 2, 2}, p, 0));
    must_fail(&o, SPML_DATA, "data-empty", "not one sample");
    o.path = put_file("h/images", file, make_idx(file, 8, 3, (uint32_t[]){4, 0, 2}, p, 0));
    must_fail(&o, SPML_DATA, "idx-header", "extent of 0");
    o.path = put_file("h/images", file, make_idx(file, 8, 1, (uint32_t[]){4}, p, 4));
    must_fail(&o, SPML_DATA, "idx-header", "are these the labels?");
    o.path = put_file("h/images", file, make_idx(file, 8, 3, (uint32_t[]){4, 2, 2}, p, 16));
    must_fail(&o, SPML_DATA, "data-labels", "not beside it");
    put_file("h/labels", file, make_idx(file, 8, 1, (uint32_t[]){5}, p, 5));
    must_fail(&o, SPML_DATA, "data-labels", "5 labels for the 4 samples");
    put_file("h/labels", file, make_idx(file, 9, 1, (uint32_t[]){4}, (uint8_t[]){0, 1, 0xff, 1}, 4));
    must_fail(&o, SPML_DATA, "data-labels", "label -1");
    put_file("h/labels", file, make_idx(file, 13, 1, (uint32_t[]){4}, p, 16));
    must_fail(&o, SPML_DATA, "data-labels", "these are f32");
    put_file("h/labels", file, make_idx(file, 12, 1, (uint32_t[]){4}, (uint8_t[]){0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0}, 16));
    must_fail(&o, SPML_DATA, "data-classes", "beyond");
}

/* Every prefix, in memory of just its size. */
static void sweep(const uint8_t *p, size_t n, SpmlCode (*read)(Span s, Error *err), bool prefixes_open)
{
    for (size_t k = 0; k <= n; k++) {
        uint8_t *copy = malloc(k ? k : 1);
        Error e = {0};
        memcpy(copy, p, k);
        SpmlCode code = read(span_make(copy, k, 0), &e);
        free(copy);
        if ((code != SPML_OK && code != SPML_DATA) || (code && (e.code != code || !e.key[0] || !e.text[0])) || (!code && k < n && !prefixes_open) || (code && k == n))
            fail_msg("cut to %zu of %zu bytes: code %d [%s] %s", k, n, code, e.key, e.text);
    }
}

static SpmlCode sweep_idx(Span s, Error *err)
{
    IdxArray a;
    SpmlCode code = idx_read(s, "seed", &a, err);
    idx_probe(s);
    double sum = 0;
    for (uint64_t i = 0; !code && i < 24; i++)
        sum += idx_get(&a, i);
    free(a.own);
    return code;
}

static SpmlCode sweep_csv(Span s, Error *err)
{
    CsvReader r;
    bool end = false;
    csv_likely(s);
    SpmlCode code = csv_open(s, "seed", &r, err);
    while (!code && !end)
        code = csv_next(&r, &end, err);
    csv_close(&r);
    return code;
}

static void prefixes(void **state)
{
    uint8_t file[256], p[96];
    static const char table[] = "\xef\xbb\xbf" "a,\"b \"\"x\"\"\",c\r\n1,\"two\r\nlines\",3\n\n 4 , 5 ,6\r7,8,\"\"\n";
    for (int i = 0; i < 96; i++)
        p[i] = (uint8_t)(i * 37);
    size_t n = make_idx(file, 13, 3, (uint32_t[]){2, 3, 4}, p, 96);
    sweep(file, n, sweep_idx, false);
    const char *path = put_gzip("sweep.gz", file, n);
    File *f;
    assert_int_equal(file_open(path, 0, &f, NULL), SPML_OK);
    sweep(file_span(f).base, file_span(f).size - 8, sweep_idx, true); /* what stands in the last eight bytes is a checksum that ends the stream */
    file_close(&f);
    sweep((const uint8_t *)table, sizeof table - 1, sweep_csv, true);
}

/* ── tables ── */

static const char iris[] = "length,width,colour,kind\n5.1,3.5,red,setosa\n4.9,3.0,\"light, blue\",setosa\r\n6.3,3.3,red,virginica\n5.8,2.7,green,virginica\n";

static void csv_opens(void **state)
{
    DataOptions o = {.path = put_text("iris.data", iris)};
    Dataset *d = must_open(&o);
    const DataInfo *i = data_info(d);
    assert_string_equal(i->kind, "csv");
    assert_int_equal(i->n, 4);
    assert_int_equal(i->dim[0], 5); /* two numbers, three colours */
    assert_int_equal(i->n_classes, 2);
    assert_string_equal(i->classes[0], "setosa");
    DataView v;
    assert_int_equal(data_view(d, &v, NULL), SPML_OK);
    assert_int_equal(data_fit(&v, NULL), SPML_OK);
    double x[5], values[1];
    DataSample s = {.dtype = DT_f64, .x = x, .values = values};
    assert_int_equal(d->kind->sample(d, 1, &s, NULL), SPML_OK);
    double mean = (5.1 + 4.9 + 6.3 + 5.8) / 4, var = (pow(5.1 - mean, 2) + pow(4.9 - mean, 2) + pow(6.3 - mean, 2) + pow(5.8 - mean, 2)) / 4;
    assert_true(fabs(x[0] - (4.9 - mean) / sqrt(var)) < 1e-12);
    assert_true(x[2] == 0 && x[3] == 1 && x[4] == 0); /* green, "light, blue", red */
    assert_int_equal(s.label, 0);
    Text t = {0};
    data_describe(d, &t);
    assert_non_null(strstr(t.p, "\"classes\":[\"setosa\",\"virginica\"]"));
    assert_non_null(strstr(t.p, "{\"name\":\"colour\",\"kind\":\"category\",\"categories\":[\"green\",\"light, blue\",\"red\"]}"));
    assert_non_null(strstr(t.p, "\"label\":\"kind\""));
    text_free(&t);
    /* Another file in its likeness: columns in another order, found by name, its own statistics unused. */
    Dataset *val;
    DataOptions ov = {.path = put_text("val.csv", "kind,colour,width,length,note\nvirginica,red,3.0,4.9,x\nsetosa,green,3.0,4.9,y\n"), .like = d};
    val = must_open(&ov);
    assert_int_equal(val->kind->sample(val, 0, &s, NULL), SPML_OK);
    assert_true(fabs(x[0] - (4.9 - mean) / sqrt(var)) < 1e-12 && x[4] == 1 && s.label == 1);
    data_close(&val);
    ov.path = put_text("val.csv", "length,width,colour,kind\n5.1,3.5,violet,setosa\n");
    must_fail(&ov, SPML_DATA, "data-bad", "line 2, column 'colour': 'violet' does not occur in the training data");
    ov.path = put_text("val.csv", "length,width,colour,kind\n5.1,3.5,red,versicolor\n");
    must_fail(&ov, SPML_DATA, "data-bad", "'versicolor' does not occur");
    ov.path = put_text("val.csv", "length,width,kind\n5.1,3.5,setosa\n");
    must_fail(&ov, SPML_DATA, "csv-column", "no column 'colour'");
    data_view_free(&v);
    data_close(&d);
}

static void csv_forms(void **state)
{
    static const struct { const char *text; TargetForm target; int n, features, classes; } rows[] = {
        {"5.1,3.5,a\n4.9,3,b\n", TARGET_CLASS, 2, 2, 2},                                 /* no header */
        {"x;y\n1;2.5\n2;3.5\n3;4.5\n", TARGET_VALUES, 3, 1, 1},                           /* semicolons, a value to be met */
        {"x\ty\n1\t0\n2\t1\n3\t0\n4\t1\n", TARGET_CLASS, 4, 1, 2},                        /* tabs; whole numbers, few: classes */
        {"a|b\nx|p\ny|q\n", TARGET_CLASS, 2, 2, 2},                                       /* only categories */
        {"p,x,x\np,x,x\ne,y,x\n", TARGET_CLASS, 3, 4, 1},                                 /* a first row with doubles is no header */
        {"a,b\r1,2\r3,4\r", TARGET_VALUES, 2, 1, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        DataOptions o = {.path = put_text("form.csv", rows[i].text)};
        Dataset *d = must_open(&o);
        const DataInfo *in = data_info(d);
        if (in->target != rows[i].target || in->n != (uint64_t)rows[i].n || in->dim[0] != rows[i].features || in->n_classes != rows[i].classes)
            fail_msg("row %zu: target %d, %d rows, %d features, %d classes", i, in->target, (int)in->n, (int)in->dim[0], in->n_classes);
        data_close(&d);
    }
    DataOptions o = {.path = put_text("form.csv", iris), .label_column = "length", .ignore = (const char *const[]){"colour"}, .n_ignore = 1};
    Dataset *d = must_open(&o);
    assert_int_equal(data_info(d)->target, TARGET_VALUES);
    assert_int_equal(data_info(d)->dim[0], 3);
    data_close(&d);
}

static void csv_hostile(void **state)
{
    static const struct { const char *text, *key, *says; } rows[] = {
        {"a,b,c\n1,2,3\n4,5\n", "csv-ragged", "line 3 has 2 fields, the first has 3"},
        {"a,b\n1,\"2\n3,4\n", "csv-quote", "line 2: a quote is never closed"},
        {"a,b\n1,\"2\"x\n", "csv-quote", "line 2: text after a closing quote"},
        {"a,b\n", "data-empty", "not one sample"},
        {"a\n1\n2\n", "csv-columns", "no column beside the label"},
        {"x,y\n1,a\n2,a\nthree,b\n4,b\n5,b\n6,b\n7,b\n8,b\n9,b\n10,a\n11,b\n12,a\n", "data-bad", "line 4, column 'x': 'three' is no number"},
        {"x,y\n1,a\n,a\n3,b\n", "data-bad", "line 3, column 'x': '' is no value"},
        {"x,y\n1,a\n1e999,a\n3,b\n4,b\n5,b\n6,b\n7,b\n8,b\n9,b\n10,b\n", "data-bad", "line 3"},
        {"x,y\n1,a\n2,\n", "data-bad", "line 3, column 'y': '' is no value"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        must_fail(&(DataOptions){.kind = "csv", .path = put_text("bad.csv", rows[i].text)}, SPML_DATA, rows[i].key, rows[i].says);
    must_fail(&(DataOptions){.kind = "csv", .path = put_file("bad.csv", "a,b\n1,\0\n", 8)}, SPML_DATA, "csv-nul", "NUL");
    must_fail(&(DataOptions){.path = put_text("bad.csv", iris), .label_column = "species"}, SPML_DATA, "csv-column", "no column 'species'");
    must_fail(&(DataOptions){.path = put_text("bad.csv", iris), .target = TARGET_VALUES}, SPML_DATA, "csv-label", "does not hold numbers");
    must_fail(&(DataOptions){.path = put_text("bad.csv", "x,x,y\n1,2,3\n"), .kind = "csv", .header = 1}, SPML_DATA, "csv-column", "line 1: two columns are called 'x'");
    /* One bad cell in 100 rows is within the limit, and listed. */
    Text t = {0};
    text_puts(&t, "x,y\n");
    for (int i = 0; i < 100; i++)
        text_printf(&t, i == 41 ? "?,a\n" : "%d.5,%c\n", i, 'a' + i % 2);
    Dataset *d = must_open(&(DataOptions){.path = put_text("one.csv", t.p)});
    DataReport r;
    assert_int_equal(data_check(d, NULL, &r, NULL), SPML_OK);
    assert_int_equal(r.n_bad, 1);
    assert_int_equal(r.n_good, 99);
    assert_int_equal(r.bad[0].index, 41);
    assert_non_null(strstr(r.bad[0].why, "line 43, column 'x'"));
    DataView v;
    assert_int_equal(data_view(d, &v, NULL), SPML_OK);
    assert_int_equal(v.n, 99);
    assert_int_equal(v.index[41], 42);
    data_view_free(&v);
    data_report_free(&r);
    data_close(&d);
    text_free(&t);
}

/* ── folders ── */

static void folder_opens(void **state)
{
    put_picture("pets/dog/b.png", 5, 4, 3, 1);
    put_picture("pets/dog/a.png", 5, 4, 3, 2);
    put_picture("pets/Zebra/deep/er/1.png", 5, 4, 1, 3);
    put_picture("pets/cat/x.jpg", 6, 4, 3, 4); /* content counts: a PNG */
    put_picture("pets/.ipynb_checkpoints/h.png", 5, 4, 3, 5);
    put_text("pets/cat/.hidden", "x");
    Dataset *d = must_open(&(DataOptions){.path = in_root("pets")});
    const DataInfo *i = data_info(d);
    assert_string_equal(i->kind, "folder");
    assert_int_equal(i->n, 4);
    assert_int_equal(i->n_classes, 3);
    assert_string_equal(i->classes[0], "Zebra");
    assert_string_equal(i->classes[1], "cat");
    assert_string_equal(i->classes[2], "dog");
    assert_int_equal(i->dim[0], 4);
    assert_int_equal(i->dim[1], 0); /* they differ */
    assert_int_equal(i->dim[2], 3);
    DataSample s = {0};
    assert_int_equal(d->kind->sample(d, 2, &s, NULL), SPML_OK);
    Image want = made_picture(5, 4, 3, 2);
    assert_int_equal(s.label, 2);
    assert_memory_equal(s.im.p, want.p, 60);
    image_free(&want);
    image_free(&s.im);
    /* Validation with a class missing: matched by name. One more: refused. */
    put_picture("petsval/dog/v.png", 5, 4, 3, 9);
    Dataset *val = must_open(&(DataOptions){.path = in_root("petsval"), .like = d});
    assert_int_equal(val->label[0], 2);
    data_close(&val);
    put_picture("petsval/emu/v.png", 5, 4, 3, 9);
    must_fail(&(DataOptions){.path = in_root("petsval"), .like = d}, SPML_DATA, "data-bad", "its class is not among those of");
    data_close(&d);
    /* train and val inside one folder; flat with a table. */
    put_picture("parts/train/a/1.png", 3, 3, 1, 1);
    put_picture("parts/train/b/1.png", 3, 3, 1, 2);
    put_picture("parts/val/b/1.png", 3, 3, 1, 3);
    DataPair p;
    assert_int_equal(data_open_pair(&(DataOptions){.path = in_root("parts")}, NULL, 1, &p, NULL), SPML_OK);
    assert_int_equal(p.train.n, 2);
    assert_int_equal(p.val.n, 1);
    assert_int_equal(p.own->label[0], 1);
    data_pair_close(&p);
    put_picture("flat/1.png", 3, 3, 1, 1);
    put_picture("flat/2.png", 3, 3, 1, 2);
    put_text("flat/labels.csv", "file,label\n1.png,yes\n2.png,no\n");
    d = must_open(&(DataOptions){.path = in_root("flat")});
    assert_int_equal(data_info(d)->n, 2);
    assert_string_equal(data_info(d)->classes[0], "no");
    assert_int_equal(d->label[0], 1);
    data_close(&d);
    put_text("flat/labels.csv", "1.png,yes\n../flat/2.png,no\n");
    must_fail(&(DataOptions){.path = in_root("flat")}, SPML_DATA, "csv-path", "line 2 names a file outside");
}

static void folder_hostile(void **state)
{
    mkdir(in_root("empty"), 0777);
    must_fail(&(DataOptions){.path = in_root("empty")}, SPML_DATA, "data-empty", "empty");
    must_fail(&(DataOptions){.path = in_root("nowhere")}, SPML_DATA, "file-missing", "no such");
    must_fail(&(DataOptions){.path = put_text("nothing", "")}, SPML_DATA, "data-empty", "is empty");
    must_fail(&(DataOptions){.path = put_file("noise", "\1\2\3\377\0\0", 6)}, SPML_DATA, "data-kind", "no kind of data");
    put_picture("torn/a/1.png", 20, 20, 3, 1);
    put_picture("torn/a/2.png", 20, 20, 3, 2);
    File *f;
    assert_int_equal(file_open(in_root("torn/a/2.png"), 0, &f, NULL), SPML_OK);
    Text half = {0};
    text_add(&half, (const char *)file_span(f).base, file_span(f).size / 2);
    file_close(&f);
    put_file("torn/a/2.png", half.p, half.n);
    must_fail(&(DataOptions){.path = in_root("torn")}, SPML_DATA, "data-bad", "torn/a/2.png");
    /* Within the limit: counted, listed, left out. */
    put_text("torn/a/readme.txt", "not a picture");
    Dataset *d = must_open(&(DataOptions){.path = in_root("torn"), .max_bad = 0.7});
    DataReport r;
    Pool *pool;
    assert_int_equal(pool_open(3, &pool, NULL), SPML_OK);
    assert_int_equal(data_check(d, pool, &r, NULL), SPML_OK);
    assert_int_equal(r.n_good, 1);
    assert_int_equal(r.n_bad, 2);
    Text t = {0};
    data_report_print(&r, &t);
    assert_non_null(strstr(t.p, "unreadable: 2\n"));
    assert_non_null(strstr(t.p, "readme.txt: "));
    t.n = 0;
    data_report_json(&r, &t);
    assert_non_null(strstr(t.p, "{\"schema\":\"spml.data/1\",\"path\":"));
    assert_non_null(strstr(t.p, "\"classes\":[{\"name\":\"a\",\"count\":1}],\"bad\":[{\"index\":1,"));
    text_free(&t);
    text_free(&half);
    data_report_free(&r);
    pool_close(&pool);
    data_close(&d);
}

/* ── NumPy ── */

static RtValue *array(DType t, int rank, const int64_t *dim)
{
    RtValue *v;
    assert_int_equal(rt_tensor(t, rank, dim, &v, NULL), SPML_OK);
    return v;
}

static const char *put_npz(const char *name, const char *xn, RtValue *x, const char *yn, RtValue *y)
{
    ValueList l = {0};
    FileWriter *w;
    const char *path = put_text(name, "");
    assert_int_equal(values_add(&l, xn, strlen(xn), x, NULL), SPML_OK);
    assert_int_equal(values_add(&l, yn, strlen(yn), y, NULL), SPML_OK);
    assert_int_equal(writer_open(path, &w, NULL), SPML_OK);
    assert_int_equal(npz_write(&l, w, NULL), SPML_OK);
    assert_int_equal(writer_commit(&w, NULL), SPML_OK);
    values_clear(&l);
    return path;
}

static void npy_opens(void **state)
{
    RtValue *x = array(DT_f64, 3, (int64_t[]){3, 2, 2}), *y = array(DT_i32, 1, (int64_t[]){3});
    for (int i = 0; i < 12; i++)
        ((double *)x->data)[i] = i * 0.5;
    ((int32_t *)y->data)[1] = 4;
    Dataset *d = must_open(&(DataOptions){.path = put_npz("a.npz", "x", x, "y", y)});
    float out[4];
    DataSample s = {.dtype = DT_f32, .x = out};
    assert_string_equal(data_info(d)->kind, "npy");
    assert_int_equal(data_info(d)->form, DATA_TENSOR);
    assert_int_equal(data_info(d)->n_classes, 5);
    assert_int_equal(d->kind->sample(d, 1, &s, NULL), SPML_OK);
    assert_true(out[0] == 2 && out[3] == 3.5f && s.label == 4);
    data_close(&d);
    x = array(DT_u8, 4, (int64_t[]){2, 3, 5, 4});
    y = array(DT_f32, 2, (int64_t[]){2, 2});
    for (int i = 0; i < 120; i++)
        ((uint8_t *)x->data)[i] = (uint8_t)i;
    d = must_open(&(DataOptions){.path = put_npz("b.npz", "images", x, "labels", y)});
    assert_int_equal(data_info(d)->form, DATA_IMAGE);
    assert_int_equal(data_info(d)->target, TARGET_VALUES);
    double values[2];
    s = (DataSample){.values = values};
    assert_int_equal(d->kind->sample(d, 1, &s, NULL), SPML_OK);
    assert_true(s.im.w == 4 && s.im.h == 5 && s.im.channels == 3 && s.im.p[0] == 60 && s.im.p[1] == 80 && s.im.p[2] == 100 && s.im.p[3] == 61);
    image_free(&s.im);
    data_close(&d);
    must_fail(&(DataOptions){.path = put_npz("c.npz", "x", array(DT_f32, 2, (int64_t[]){3, 2}), "y", array(DT_i64, 1, (int64_t[]){4}))}, SPML_DATA, "data-labels", "4 labels for 3 samples");
    must_fail(&(DataOptions){.path = put_npz("c.npz", "a", array(DT_f32, 2, (int64_t[]){3, 2}), "y", array(DT_i64, 1, (int64_t[]){3}))}, SPML_DATA, "data-names", "no pair of arrays");
    must_fail(&(DataOptions){.path = put_npz("c.npz", "x", array(DT_f32, 2, (int64_t[]){0, 2}), "y", array(DT_i64, 1, (int64_t[]){0}))}, SPML_DATA, "data-empty", "not one sample");
    must_fail(&(DataOptions){.path = put_npz("c.npz", "x", array(DT_f32, 0, NULL), "y", array(DT_i64, 0, NULL))}, SPML_DATA, "data-shape", "rank 0");
    y = array(DT_i64, 1, (int64_t[]){3});
    ((int64_t *)y->data)[2] = -1;
    must_fail(&(DataOptions){.path = put_npz("c.npz", "x", array(DT_f32, 2, (int64_t[]){3, 2}), "y", y)}, SPML_DATA, "data-labels", "y[2] is -1");
}

/* ── text ── */

static void text_opens(void **state)
{
    Dataset *d = must_open(&(DataOptions){.path = put_text("t.txt", "hé\nhello"), .ctx = 3});
    const DataInfo *i = data_info(d);
    assert_string_equal(i->kind, "text");
    assert_int_equal(i->n, 8);
    assert_int_equal(i->n_classes, 6);
    assert_string_equal(i->classes[0], "\n");
    assert_string_equal(i->classes[5], "é");
    assert_int_equal(dtype_get_i64(d->token_type, d->token, 1), 5);
    assert_int_equal(dtype_get_i64(d->token_type, d->token, 3), 2);
    must_fail(&(DataOptions){.kind = "text", .path = put_text("v.txt", "hello\nz..."), .ctx = 3, .like = d}, SPML_DATA, "text-character", "line 2: the character 'z' does not occur");
    data_close(&d);
    d = must_open(&(DataOptions){.kind = "text", .bytes = true, .path = put_file("t.bin", "\0\377ab\0", 5), .ctx = 2});
    assert_int_equal(data_info(d)->n_classes, 256);
    DataView train, held;
    assert_int_equal(data_split(d, 0.4, 1, &train, &held, NULL), SPML_OK);
    assert_int_equal(train.to, 3);
    assert_int_equal(train.n, 1);
    assert_int_equal(held.n, 0); /* two tokens are no window of two and one more */
    data_close(&d);
    must_fail(&(DataOptions){.kind = "text", .path = put_text("t.txt", "ok\nok\nno\xc3("), .ctx = 3}, SPML_DATA, "text-utf8", "line 3: the bytes are no UTF-8");
    must_fail(&(DataOptions){.kind = "text", .path = put_text("t.txt", "abc"), .ctx = 3}, SPML_DATA, "data-empty", "3 tokens are no window of 3");
}

/* ── splits ── */

static void splits(void **state)
{
    Dataset *d = must_open(&(DataOptions){.path = put_idx("split/x", 200, 200)});
    DataView a, b, c, e;
    assert_int_equal(data_split(d, 0.1, 5, &a, &b, NULL), SPML_OK);
    assert_int_equal(a.n, 180);
    assert_int_equal(b.n, 20);
    uint8_t seen[200] = {0};
    for (uint64_t i = 0; i < a.n; i++)
        seen[a.index[i]]++;
    for (uint64_t i = 0; i < b.n; i++)
        seen[b.index[i]]++;
    for (int i = 0; i < 200; i++)
        assert_int_equal(seen[i], 1);
    assert_int_equal(data_split(d, 0.1, 5, &c, &e, NULL), SPML_OK);
    assert_memory_equal(b.index, e.index, 20 * sizeof *b.index);
    data_view_free(&c);
    data_view_free(&e);
    assert_int_equal(data_split(d, 0.1, 6, &c, &e, NULL), SPML_OK);
    assert_true(memcmp(b.index, e.index, 20 * sizeof *b.index) != 0);
    uint64_t count[3];
    assert_int_equal(data_count_class(&a, count, NULL), SPML_OK);
    assert_int_equal(count[0] + count[1] + count[2], 180);
    data_view_free(&a);
    data_view_free(&b);
    data_view_free(&c);
    data_view_free(&e);
    data_close(&d);
}

/* ── the pack, as numpy reads it (python: zlib.crc32 of the arrays' bytes) ── */

static void packed_mnist(void **state)
{
    static const struct { const char *path; uint64_t n; uint32_t pixels, labels, most; const char *recipe; } rows[] = {
        {"mnist/t10k-images-idx3-ubyte.gz", 10000, 0xe4ca5f57, 0x091bdade, 1135, "grey, resize 28x28 bilinear antialiased, x 1/255, mean 0.1325, std 0.3105"},
        {"fashion-mnist/train-images-idx3-ubyte.gz", 60000, 0xae65dccd, 0xab93c456, 6000, "grey, resize 28x28 bilinear antialiased, x 1/255, mean 0.286, std 0.353"},
        {"fashion-mnist/t10k-images-idx3-ubyte.gz", 10000, 0x12728439, 0x573905e5, 1000, NULL},
    };
    const char *pack = getenv("SPML_PACK");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char path[1024];
        snprintf(path, sizeof path, "%s/data/%s", pack ? pack : SPML_SOURCE "/../shared/pack", rows[i].path);
        if (access(path, R_OK)) {
            print_message("no model pack: SPML_PACK names it\n");
            skip();
        }
        Dataset *d = must_open(&(DataOptions){.path = path});
        assert_int_equal(data_info(d)->n, rows[i].n);
        DataSample s = {0};
        uint32_t pixels = 0;
        for (uint64_t k = 0; k < rows[i].n; k++) {
            assert_int_equal(d->kind->sample(d, k, &s, NULL), SPML_OK);
            pixels = (uint32_t)crc32(pixels, s.im.p, 784);
        }
        assert_int_equal(pixels, rows[i].pixels);
        assert_int_equal((uint32_t)crc32(0, (const Bytef *)d->label, (uInt)(rows[i].n * 8)), rows[i].labels);
        DataView v;
        Recipe r;
        uint64_t count[10], most = 0;
        assert_int_equal(data_view(d, &v, NULL), SPML_OK);
        assert_int_equal(data_count_class(&v, count, NULL), SPML_OK);
        for (int k = 0; k < 10; k++)
            most = count[k] > most ? count[k] : most;
        assert_int_equal(most, rows[i].most);
        assert_int_equal(data_recipe(&v, 0, 0, 1, &r, NULL), SPML_OK);
        Text t = {0};
        recipe_print(&r, ", ", &t);
        if (rows[i].recipe)
            assert_string_equal(t.p, rows[i].recipe);
        text_free(&t);
        data_view_free(&v);
        data_close(&d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(idx_opens), cmocka_unit_test(idx_packed), cmocka_unit_test(idx_hostile), cmocka_unit_test(prefixes), cmocka_unit_test(csv_opens), cmocka_unit_test(csv_forms),
        cmocka_unit_test(csv_hostile), cmocka_unit_test(folder_opens), cmocka_unit_test(folder_hostile), cmocka_unit_test(npy_opens), cmocka_unit_test(text_opens), cmocka_unit_test(splits),
        cmocka_unit_test(packed_mnist)};
    return cmocka_run_group_tests(tests, data_setup, data_teardown);
}
