/* SPDX-License-Identifier: MIT
 * tests: batches: the same bits from any number of threads and any depth, from any position, and from ranks put together; every sample once an epoch; the last
 * batch; text windows; augmentation and mixup as functions of seed, epoch and sample. */
#include "train/data_internal.h"

#include "data_files.h"

#include <math.h>

static uint64_t fold(uint64_t h, const RtValue *v) { return hash64(v->data, v->sz, h); }
static uint64_t batch_hash(const Batch *b) { return fold(fold(fold(1, &b->x), &b->y), &b->weight); }

static Loader *must_load(const DataView *v, const LoaderOptions *o)
{
    Error e = {0};
    Loader *l;
    if (loader_open(v, o, &l, &e))
        fail_msg("%s", e.text);
    return l;
}

static const Batch *must_next(Loader *l)
{
    Error e = {0};
    const Batch *b;
    if (loader_next(l, &b, &e))
        fail_msg("%s", e.text);
    return b;
}

/* Hashes of n batches, 0 for an epoch's end. */
static void take(Loader *l, uint64_t *h, int n)
{
    for (int i = 0; i < n; i++) {
        const Batch *b = must_next(l);
        h[i] = b ? batch_hash(b) : 0;
    }
}

static Augment augment(const char *text)
{
    Augment a;
    Error e = {0};
    if (augment_parse(text, &a, &e))
        fail_msg("%s", e.text);
    return a;
}

enum { N = 40 };

/* Hashes of N batches for this data, with 1 to 5 threads, and again from every tenth position. */
static void check_same(const DataView *v, LoaderOptions o)
{
    uint64_t want[N], got[N];
    for (int threads = 1; threads <= 5; threads++) {
        o.threads = threads;
        o.depth = threads * threads % 7 + 1;
        Loader *l = must_load(v, &o);
        take(l, threads == 1 ? want : got, N);
        if (threads > 1 && memcmp(want, got, sizeof want))
            fail_msg("%d threads give other batches", threads);
        loader_close(&l);
    }
    for (int k = 0; k <= 30; k += 3) {
        Loader *l = must_load(v, &o), *again = must_load(v, &o);
        take(l, got, k);
        DataPosition at = loader_position(l);
        take(again, got, 7); /* somewhere else */
        loader_seek(again, at);
        assert_true(loader_position(again).epoch == at.epoch && loader_position(again).batch == at.batch);
        take(again, got, N - k);
        if (memcmp(want + k, got, (size_t)(N - k) * sizeof *got))
            fail_msg("other batches after going on from epoch %d batch %d", (int)at.epoch, (int)at.batch);
        loader_close(&l);
        loader_close(&again);
    }
}

static void same_bits(void **state)
{
    DataView v;
    Dataset *d = must_open(&(DataOptions){.path = put_idx("same/x", 50, 50)});
    assert_int_equal(data_view(d, &v, NULL), SPML_OK);
    check_same(&v, (LoaderOptions){.batch = 8, .train = true, .seed = 3, .augment = augment("flip,vflip=0.3,crop=2,rotate=20,colour=0.4,erase=0.5,mixup=0.3")});
    check_same(&v, (LoaderOptions){.batch = 8, .train = true, .seed = 3, .augment = augment("rcrop"), .dtype = DT_f64});
    check_same(&v, (LoaderOptions){.batch = 50, .train = true, .seed = 4});
    check_same(&v, (LoaderOptions){.batch = 7});
    data_view_free(&v);
    data_close(&d);
    Text t = {0};
    for (int i = 0; i < 400; i++)
        text_printf(&t, "%c", 'a' + i * i % 23);
    d = must_open(&(DataOptions){.path = put_text("same.txt", t.p), .kind = "text", .ctx = 9});
    assert_int_equal(data_view(d, &v, NULL), SPML_OK);
    check_same(&v, (LoaderOptions){.batch = 5, .train = true, .seed = 3});
    check_same(&v, (LoaderOptions){.batch = 5});
    data_view_free(&v);
    data_close(&d);
    text_free(&t);
}

/* Each sample of the pictures 0 … n−1 of put_idx begins with the byte 12·i: which ones come, in what order. */
static void order(void **state)
{
    Dataset *d = must_open(&(DataOptions){.path = put_idx("order/x", 21, 21)});
    DataView v;
    const Recipe pixels = {0};
    assert_int_equal(data_view(d, &v, NULL), SPML_OK);
    Loader *l = must_load(&v, &(LoaderOptions){.batch = 4, .train = true, .seed = 1, .recipe = &pixels});
    int first[21] = {0}, second[21] = {0}, moved = 0;
    for (int epoch = 0; epoch < 2; epoch++) {
        int seen[21] = {0};
        for (int i = 0; i < 5; i++) {
            const Batch *b = must_next(l);
            assert_true(b->epoch == (uint64_t)epoch && b->index == (uint64_t)i && b->n == 4);
            for (int k = 0; k < 4; k++) {
                int at = (int)((float *)b->x.data)[k * 12] / 12;
                assert_int_equal(((int64_t *)b->y.data)[k], at % 3);
                assert_true(((float *)b->weight.data)[k] == 1);
                seen[at]++;
                (epoch ? second : first)[4 * i + k] = at;
            }
        }
        int n = 0;
        for (int i = 0; i < 21; i++) {
            assert_true(seen[i] <= 1);
            n += seen[i];
        }
        assert_int_equal(n, 20); /* the last one of 21 is left out */
        assert_null(must_next(l));
    }
    for (int i = 0; i < 20; i++)
        moved += first[i] != second[i];
    assert_true(moved > 10);
    loader_close(&l);
    /* In order, the last batch filled up with the last sample at weight 0. */
    l = must_load(&v, &(LoaderOptions){.batch = 8, .recipe = &pixels});
    assert_int_equal(loader_batches(l), 3);
    for (int i = 0; i < 3; i++) {
        const Batch *b = must_next(l);
        assert_int_equal(b->n, i < 2 ? 8 : 5);
        for (int k = 0; k < 8; k++) {
            int at = i * 8 + k;
            assert_int_equal((int)((float *)b->x.data)[k * 12], 12 * (at < 21 ? at : 20));
            assert_true(((float *)b->weight.data)[k] == (at < 21));
        }
    }
    assert_null(must_next(l));
    assert_non_null(must_next(l));
    loader_close(&l);
    Error e = {0};
    assert_int_equal(loader_open(&v, &(LoaderOptions){.batch = 22, .train = true}, &l, &e), SPML_DATA);
    error_clear(&e);
    assert_int_equal(loader_open(&v, &(LoaderOptions){.batch = 9, .n_ranks = 2}, &l, &e), SPML_USAGE);
    data_view_free(&v);
    data_close(&d);
}

/* N ranks together give what one gives. */
static void ranks(void **state)
{
    Dataset *d = must_open(&(DataOptions){.path = put_idx("ranks/x", 26, 26)});
    DataView v;
    assert_int_equal(data_view(d, &v, NULL), SPML_OK);
    for (int train = 0; train < 2; train++) {
        LoaderOptions o = {.batch = 6, .train = train, .seed = 9, .augment = augment("flip,crop=1,mixup=0.4")};
        Loader *one = must_load(&v, &o), *part[3];
        o.n_ranks = 3;
        for (o.rank = 0; o.rank < 3; o.rank++)
            part[o.rank] = must_load(&v, &o);
        for (int i = 0; i < 12; i++) {
            const Batch *whole = must_next(one);
            int64_t n = 0;
            for (int r = 0; r < 3; r++) {
                const Batch *b = must_next(part[r]);
                assert_int_equal(b == NULL, whole == NULL);
                if (!b)
                    continue;
                assert_int_equal(b->x.dim[0], 2);
                assert_memory_equal(b->x.data, (char *)whole->x.data + (size_t)r * b->x.sz, b->x.sz);
                assert_memory_equal(b->y.data, (char *)whole->y.data + (size_t)r * b->y.sz, b->y.sz);
                assert_memory_equal(b->weight.data, (char *)whole->weight.data + (size_t)r * b->weight.sz, b->weight.sz);
                n += b->n;
            }
            assert_int_equal(n, whole ? whole->n : 0);
        }
        loader_close(&one);
        for (int r = 0; r < 3; r++)
            loader_close(&part[r]);
    }
    data_view_free(&v);
    data_close(&d);
}

/* A picture that breaks after the folder was opened: replaced by the next, noted; beyond the limit the run ends. */
static void breaks_later(void **state)
{
    char name[64];
    for (int i = 0; i < 12; i++) {
        snprintf(name, sizeof name, "later/%c/%02d.png", i < 6 ? 'a' : 'b', i);
        put_picture(name, 6, 5, 3, (uint32_t)i);
    }
    Dataset *d = must_open(&(DataOptions){.path = in_root("later"), .max_bad = 0.1});
    DataView v;
    assert_int_equal(data_view(d, &v, NULL), SPML_OK);
    put_text("later/a/03.png", "gone");
    Loader *l = must_load(&v, &(LoaderOptions){.batch = 12});
    const Batch *b = must_next(l);
    assert_int_equal(b->n, 12);
    assert_memory_equal((float *)b->x.data + 3 * 90, (float *)b->x.data + 4 * 90, 360);
    Arena a = {0};
    DataBad *bad;
    assert_int_equal(data_bad(d, &a, &bad), 1);
    assert_int_equal(bad[0].index, 3);
    assert_non_null(strstr(bad[0].where, "later/a/03.png"));
    arena_free(&a);
    loader_close(&l);
    put_text("later/b/08.png", "gone");
    l = must_load(&v, &(LoaderOptions){.batch = 12});
    Error e = {0};
    assert_int_equal(loader_next(l, &b, &e), SPML_DATA);
    assert_string_equal(e.key, "data-bad");
    assert_non_null(strstr(e.text, "2 of 12 samples cannot be read, the limit is 10 %"));
    loader_close(&l);
    data_view_free(&v);
    data_close(&d);
}

/* What a loader makes of a picture is what the recipe makes of it, bit for bit. */
static void as_the_recipe(void **state)
{
    static const struct { const char *recipe; int rank; int64_t dim[3]; DType dtype; } rows[] = {
        {"x 1/255, mean 0.485,0.456,0.406, std 0.229,0.224,0.225", 3, {3, 8, 9}, DT_f32},
        {"bgr, x 1/127.5 - 1, nhwc", 3, {8, 9, 3}, DT_f32},
        {"resize 12 short bicubic, centre-crop 9x8, x 1/255, mean 0.5, std 0.25", 3, {3, 8, 9}, DT_f16},
        {"grey, letterbox 9x8 114, x 1/255", 2, {8, 9}, DT_f64},
    };
    put_picture("rec/a/1.png", 20, 15, 3, 1);
    put_picture("rec/b/2.png", 9, 8, 3, 2);
    Dataset *d = must_open(&(DataOptions){.path = in_root("rec")});
    DataView v;
    assert_int_equal(data_view(d, &v, NULL), SPML_OK);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Recipe r, fitted;
        assert_int_equal(recipe_parse(rows[i].recipe, &r, NULL), SPML_OK);
        assert_int_equal(recipe_fit(&r, rows[i].dtype, rows[i].rank, rows[i].dim, &fitted, NULL), SPML_OK);
        LoaderOptions o = {.batch = 2, .recipe = &r, .rank_x = rows[i].rank, .dtype = rows[i].dtype};
        memcpy(o.dim_x, rows[i].dim, sizeof rows[i].dim);
        Loader *l = must_load(&v, &o);
        const Batch *b = must_next(l);
        for (int k = 0; k < 2; k++) {
            Image im = made_picture(k ? 9 : 20, k ? 8 : 15, 3, (uint32_t)k + 1);
            MediaTensor t;
            assert_int_equal(recipe_run(&fitted, &im, rows[i].dtype, rows[i].rank, NULL, 0, &t, NULL, NULL), SPML_OK);
            assert_int_equal(t.sz * 2, b->x.sz);
            assert_memory_equal(t.p, (char *)b->x.data + (size_t)k * t.sz, t.sz);
            image_free(&im);
            media_tensor_free(&t);
        }
        loader_close(&l);
    }
    Loader *l;
    Error e = {0};
    assert_int_equal(loader_open(&v, &(LoaderOptions){.batch = 2}, &l, &e), SPML_DATA);
    assert_string_equal(e.key, "image-shape");
    data_view_free(&v);
    data_close(&d);
}

/* ── text windows ── */

static void windows(void **state)
{
    Dataset *d = must_open(&(DataOptions){.path = put_text("w.txt", "abcdefghijklmnopqrstuvwxyz"), .ctx = 4});
    DataView train, held;
    assert_int_equal(data_split(d, 0.4, 1, &train, &held, NULL), SPML_OK); /* 16 and 10 */
    assert_int_equal(train.n, 3);
    assert_int_equal(held.n, 2);
    Loader *l = must_load(&held, &(LoaderOptions){.batch = 2});
    const Batch *b = must_next(l);
    for (int i = 0; i < 8; i++) {
        assert_int_equal(((int64_t *)b->x.data)[i], 16 + i);
        assert_int_equal(((int64_t *)b->y.data)[i], 17 + i);
    }
    loader_close(&l);
    l = must_load(&train, &(LoaderOptions){.batch = 3, .train = true, .seed = 8});
    uint32_t starts = 0;
    for (int i = 0; i < 400; i++) {
        b = must_next(l);
        for (int k = 0; b && k < 3; k++) {
            int64_t *x = (int64_t *)b->x.data + 4 * k, *y = (int64_t *)b->y.data + 4 * k;
            assert_true(x[0] >= 0 && x[0] <= 11 && y[3] == x[0] + 4 && x[3] == x[0] + 3);
            starts |= 1u << x[0];
        }
    }
    assert_int_equal(starts, 0xfff); /* each place comes, none reaches into what is held out */
    loader_close(&l);
    data_view_free(&train);
    data_view_free(&held);
    data_close(&d);
}

/* ── augmentation ── */

static void generator(void **state)
{
    uint32_t w[4];
    philox(0, 0, 0, w); /* the known answers of Random123 */
    assert_true(w[0] == 0x6627e8d5 && w[1] == 0xe169c58d && w[2] == 0xbc57ac4c && w[3] == 0x9b00dbd8);
    philox(~0ull, ~0ull, ~0ull, w);
    assert_true(w[0] == 0x408f276d && w[1] == 0x41c83b0e && w[2] == 0xa20bc7c6 && w[3] == 0x6d5451fd);
    double sum = 0, squares = 0;
    for (uint64_t i = 0; i < 20000; i++) {
        Rng r = rng_make(1, RNG_MIXUP, 0, i);
        double v = augment_mix(0.4, &r);
        assert_true(v >= 0 && v <= 1);
        sum += v;
        squares += v * v;
    }
    double mean = sum / 20000, var = squares / 20000 - mean * mean; /* Beta(a, a): 1/2, 1/(4(2a + 1)) */
    assert_true(fabs(mean - 0.5) < 0.01 && fabs(var - 1 / (4 * 1.8)) < 0.004);
}

static void parsing(void **state)
{
    static const char *const bad[] = {"flop", "flip=", "flip=2", "crop=1.5", "crop=-1", "flip,flip", "flip,", "rotate=x", "erase=nan", "=1", ",flip", "mixup=0.2x"};
    Augment a = augment("flip,crop=4,rotate=10,colour=0.2,erase=0.25,mixup=0.2"), b;
    Text t = {0};
    assert_true(a.flip == 0.5 && a.crop == 4 && a.rotate == 10 && a.contrast == 0.2 && a.erase == 0.25 && a.mixup == 0.2 && a.vflip == 0);
    augment_print(&a, &t);
    assert_int_equal(augment_parse(t.p, &b, NULL), SPML_OK);
    assert_memory_equal(&a, &b, sizeof a);
    text_free(&t);
    augment("");
    augment("none");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        Error e = {0};
        if (augment_parse(bad[i], &a, &e) != SPML_USAGE || strcmp(e.key, "augment"))
            fail_msg("'%s' is taken", bad[i]);
    }
}

static void run(const char *text, Image *im, uint64_t item)
{
    Augment a = augment(text);
    Rng r = rng_make(5, RNG_AUGMENT, 2, item);
    assert_int_equal(augment_picture(&a, &r, im, NULL), SPML_OK);
}

static void steps(void **state)
{
    enum { W = 7, H = 5 };
    Image im = made_picture(W, H, 3, 11), was = made_picture(W, H, 3, 11);
    run("flip=1", &im, 0);
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++)
            assert_memory_equal(im.p + (y * W + x) * 3, was.p + (y * W + W - 1 - x) * 3, 3);
    run("flip=1", &im, 0);
    run("vflip=1", &im, 0);
    for (int y = 0; y < H; y++)
        assert_memory_equal(im.p + y * W * 3, was.p + (H - 1 - y) * W * 3, W * 3);
    run("vflip=1", &im, 0);
    run("flip=0,rotate=0,erase=0", &im, 0);
    assert_memory_equal(im.p, was.p, W * H * 3);
    /* A crop is the picture shifted by at most 2, black where nothing was. */
    run("crop=2", &im, 4);
    int found = 0;
    for (int dy = -2; dy <= 2; dy++)
        for (int dx = -2; dx <= 2; dx++) {
            bool same = true;
            for (int y = 0; y < H; y++)
                for (int x = 0; x < W; x++) {
                    int sx = x + dx, sy = y + dy;
                    bool in = sx >= 0 && sy >= 0 && sx < W && sy < H;
                    same = same && !memcmp(im.p + (y * W + x) * 3, in ? was.p + (sy * W + sx) * 3 : (const uint8_t *)"\0\0\0", 3);
                }
            found += same;
        }
    assert_int_equal(found, 1);
    image_free(&im);
    /* Colour: brightness scales, contrast keeps the mean, saturation keeps grey. */
    Image grey = made_picture(W, H, 1, 3);
    Image rgb;
    assert_int_equal(image_recolour(&grey, 3, &rgb, NULL), SPML_OK);
    run("saturation=1", &rgb, 1);
    for (int i = 0; i < W * H; i++)
        assert_true(rgb.p[3 * i] == grey.p[i] && rgb.p[3 * i + 2] == grey.p[i]);
    memset(rgb.p, 100, W * H * 3);
    run("contrast=0.5", &rgb, 1);
    assert_int_equal(rgb.p[17], 100);
    run("brightness=0.5", &rgb, 1);
    assert_true(rgb.p[0] >= 50 && rgb.p[0] <= 150 && rgb.p[0] == rgb.p[W * H * 3 - 1] && rgb.p[0] != 100);
    /* Erasing blackens one rectangle. */
    memset(rgb.p, 100, W * H * 3);
    run("erase=1", &rgb, 1);
    int black = 0;
    for (int i = 0; i < W * H; i++)
        black += !rgb.p[3 * i];
    assert_in_range(black, 1, W * H / 2);
    /* Turning by a random angle moves something; the middle of an odd picture stays where it is. */
    Image spot;
    assert_int_equal(image_new(9, 9, 1, 0, &spot, NULL), SPML_OK);
    spot.p[40] = 200;
    run("rotate=180", &spot, 3);
    assert_in_range(spot.p[40], 195, 200);
    image_free(&spot);
    image_free(&was);
    image_free(&grey);
    image_free(&rgb);
}

static void mixes(void **state)
{
    Dataset *d = must_open(&(DataOptions){.path = put_idx("mix/x", 30, 30)});
    DataView v;
    const Recipe pixels = {0};
    assert_int_equal(data_view(d, &v, NULL), SPML_OK);
    Loader *l = must_load(&v, &(LoaderOptions){.batch = 10, .train = true, .recipe = &pixels, .augment = augment("mixup=1")});
    assert_int_equal(loader_target(l), TARGET_SOFT);
    int between = 0;
    for (int i = 0; i < 3; i++) {
        const Batch *b = must_next(l);
        assert_int_equal(b->y.dim[1], 3);
        for (int k = 0; k < 10; k++) {
            const float *y = (const float *)b->y.data + 3 * k;
            assert_true(fabs(y[0] + y[1] + y[2] - 1) < 1e-6);
            between += y[0] > 0.01f && y[0] < 0.99f;
        }
    }
    assert_true(between > 3);
    loader_close(&l);
    Error e = {0};
    data_view_free(&v);
    data_close(&d);
    d = must_open(&(DataOptions){.path = put_text("mix.csv", "x,y\n1,a\n2,b\n3,a\n4,b\n")});
    assert_int_equal(data_view(d, &v, NULL), SPML_OK);
    assert_int_equal(loader_open(&v, &(LoaderOptions){.batch = 2, .train = true, .augment = augment("flip")}, &l, &e), SPML_USAGE);
    assert_string_equal(e.key, "augment");
    l = must_load(&v, &(LoaderOptions){.batch = 2, .train = true, .augment = augment("mixup")});
    assert_non_null(must_next(l));
    loader_close(&l);
    data_view_free(&v);
    data_close(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(generator), cmocka_unit_test(parsing), cmocka_unit_test(steps), cmocka_unit_test(order), cmocka_unit_test(same_bits), cmocka_unit_test(ranks),
        cmocka_unit_test(breaks_later), cmocka_unit_test(as_the_recipe), cmocka_unit_test(windows), cmocka_unit_test(mixes)};
    return cmocka_run_group_tests(tests, data_setup, data_teardown);
}
