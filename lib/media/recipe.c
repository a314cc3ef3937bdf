/* SPDX-License-Identifier: MIT
 * media: recipes at work: fitted to a tensor's shape, run from a picture to a tensor, undone from a tensor to a picture. A picture has 256
 * values a channel, so a recipe's arithmetic is done once per value and looked up; it is f32 with one rounding an operation. */
#include "media/internal.h"

#include <math.h>
#include <stdlib.h>

void media_tensor_free(MediaTensor *t)
{
    free(t->p);
    *t = (MediaTensor){0};
}

static bool is_sized(StepKind k) { return k == STEP_RESIZE || k == STEP_CROP || k == STEP_LETTERBOX; }
static bool is_arithmetic(StepKind k) { return k == STEP_SCALE || k == STEP_MEAN || k == STEP_STD; }

static Colour find_colour(const Recipe *r)
{
    Colour c = COLOUR_ANY;
    for (int i = 0; i < r->n; i++)
        c = r->step[i].kind == STEP_COLOUR ? r->step[i].colour : c;
    return c;
}

static PixelLayout find_layout(const Recipe *r)
{
    PixelLayout l = PIXELS_ANY;
    for (int i = 0; i < r->n; i++)
        l = r->step[i].kind == STEP_LAYOUT ? r->step[i].layout : l;
    return l;
}

static void type_text(DType t, int rank, const int64_t *dims, Text *out)
{
    text_printf(out, "%s[", dtype_name(t));
    for (int i = 0; i < rank; i++)
        text_printf(out, dims[i] < 0 ? "%s?" : "%s%lld", i ? "," : "", (long long)dims[i]);
    text_puts(out, "]");
}

static SpmlCode no_picture(DType t, int rank, const int64_t *dims, const char *why, Error *err)
{
    Text type = {0};
    type_text(t, rank < 8 ? rank : 8, dims, &type);
    SpmlCode code = error_set(err, SPML_DATA, "image-shape", "%s %s", type.p ? type.p : "", why);
    text_free(&type);
    return code;
}

/* Where channels, rows and columns stand in a shape; −1: there is no such axis. */
typedef struct Axes { int c, h, w; PixelLayout layout; } Axes;

static bool is_channels(int64_t d) { return d == 1 || d == 3; }

static bool find_axes(PixelLayout l, int rank, const int64_t *dims, Axes *out)
{
    if (rank == 2) {
        *out = (Axes){-1, 0, 1, PIXELS_NCHW};
        return true;
    }
    if (rank != 3 && rank != 4)
        return false;
    int first = rank - 3, last = rank - 1;
    if (l == PIXELS_ANY)
        l = is_channels(dims[first]) ? PIXELS_NCHW : is_channels(dims[last]) ? PIXELS_NHWC : dims[first] < 0 ? PIXELS_NCHW : PIXELS_NHWC;
    *out = l == PIXELS_NCHW ? (Axes){first, first + 1, last, l} : (Axes){last, first, first + 1, l};
    return is_channels(dims[out->c]) || dims[out->c] < 0;
}

/* Sizes that were left to the tensor; w, h < 0 where it leaves them open too. false: the step falls away. */
static bool fill_size(Step *s, int64_t w, int64_t h)
{
    bool fixed = w > 0 && h > 0;
    if (s->den) {
        int64_t side = fixed ? (w < h ? w : h) : 224;
        s->w = (int)((side * s->num + s->den / 2) / s->den);
        s->num = s->den = 0;
    } else if (!s->w && !s->is_short) {
        if (!fixed && s->kind != STEP_CROP)
            return false;
        s->w = fixed ? (int)w : 224;
        s->h = fixed ? (int)h : 224;
    }
    return true;
}

static SpmlCode check_final(const Recipe *r, int64_t w, int64_t h, Error *err)
{
    const Step *last = NULL;
    for (int i = 0; i < r->n; i++)
        last = is_sized(r->step[i].kind) ? &r->step[i] : last;
    if (!last)
        return SPML_OK;
    if (last->is_short && (w > 0 || h > 0)) {
        error_set(err, SPML_DATA, "image-shape", "the recipe leaves the picture's size open, the tensor wants %lldx%lld", (long long)w, (long long)h);
        error_hint(err, "centre-crop after the resize");
        return SPML_DATA;
    }
    if ((w > 0 && last->w != w) || (h > 0 && last->h != h))
        return error_set(err, SPML_DATA, "image-shape", "the recipe makes %dx%d, the tensor wants %lldx%lld", last->w, last->h, (long long)w, (long long)h);
    return SPML_OK;
}

/* Steps of r with their sizes filled in; a resize before the arithmetic when r has no geometry. */
static SpmlCode fit_steps(const Recipe *r, int64_t w, int64_t h, Recipe *out, Error *err)
{
    bool sized = false;
    for (int i = 0; i < r->n; i++)
        sized = sized || is_sized(r->step[i].kind);
    for (int i = 0; i <= r->n; i++) {
        if (!sized && (i == r->n || is_arithmetic(r->step[i].kind))) {
            Step s = {.kind = STEP_RESIZE, .filter = FILTER_BILINEAR};
            sized = true;
            if (fill_size(&s, w, h))
                out->step[out->n++] = s;
        }
        if (i == r->n || r->step[i].kind == STEP_COLOUR || r->step[i].kind == STEP_LAYOUT)
            continue;
        Step s = r->step[i];
        if (is_sized(s.kind) && !fill_size(&s, w, h))
            continue;
        if (out->n + 3 > RECIPE_STEPS) /* colour, layout and an added resize have their places */
            return error_set(err, SPML_USAGE, "recipe", "a recipe of more than %d steps", RECIPE_STEPS - 3);
        out->step[out->n++] = s;
    }
    return SPML_OK;
}

SpmlCode recipe_fit(const Recipe *r, DType dtype, int rank, const int64_t *dims, Recipe *out, Error *err)
{
    Axes a;
    *out = (Recipe){0};
    if ((!dtype_is_float(dtype) && !dtype_is_int(dtype)) || dtype_info[dtype].block != 1)
        return no_picture(dtype, rank, dims, "does not hold pixels", err);
    if (!find_axes(find_layout(r), rank, dims, &a))
        return no_picture(dtype, rank, dims, "has no axis of 1 or 3 channels where a picture has it", err);
    for (int i = 0; i < rank; i++)
        if (dims[i] == 0 || (dims[i] > CAP_IMAGE_SIDE && (i == a.h || i == a.w)))
            return no_picture(dtype, rank, dims, "has a size no picture has", err);
    Colour colour = find_colour(r);
    int64_t c = a.c < 0 ? 1 : dims[a.c];
    if (colour == COLOUR_ANY)
        colour = c == 1 ? COLOUR_GREY : COLOUR_RGB;
    if (c > 0 && (c == 1) != (colour == COLOUR_GREY))
        return no_picture(dtype, rank, dims, c == 1 ? "has one channel, the recipe makes three" : "has three channels, the recipe makes one", err);
    out->step[out->n++] = (Step){.kind = STEP_COLOUR, .colour = colour};
    SpmlCode code = fit_steps(r, dims[a.w], dims[a.h], out, err);
    if (code)
        return code;
    out->step[out->n++] = (Step){.kind = STEP_LAYOUT, .layout = a.layout};
    return check_final(out, dims[a.w], dims[a.h], err);
}

/* ── picture → tensor ── */

static void note_step(Text *note, const Step *s)
{
    if (note) {
        text_puts(note, "; ");
        recipe_print(&(Recipe){.n = 1, .step = {*s}}, "", note);
    }
}

/* x / 2 rounded to nearest even: where Python's round() puts a centred crop. */
static int half_even(int x)
{
    int h = x >> 1;
    return x & 1 ? h + (h & 1) : h;
}

/* out takes the place of *im. */
static SpmlCode become(Image *im, Image *out, SpmlCode code)
{
    if (code) {
        image_free(out);
        return code;
    }
    image_free(im);
    *im = *out;
    return SPML_OK;
}

static SpmlCode run_resize(Image *im, Step *s, Error *err)
{
    Image out;
    if (s->is_short) {
        bool wide = im->w > im->h;
        int64_t side = s->w, other = wide ? side * im->w / im->h : side * im->h / im->w;
        if (other > CAP_IMAGE_SIDE)
            return image_check_size((uint64_t)other, (uint64_t)side, -1, err);
        s->w = (int)(wide ? other : side);
        s->h = (int)(wide ? side : other);
        s->is_short = false;
    }
    return become(im, &out, image_resize(im, s->w, s->h, s->filter, &out, err));
}

static SpmlCode run_crop(Image *im, Step *s, Error *err)
{
    Image out;
    int x = im->w >= s->w ? half_even(im->w - s->w) : -((s->w - im->w) / 2), y = im->h >= s->h ? half_even(im->h - s->h) : -((s->h - im->h) / 2);
    return become(im, &out, image_crop(im, x, y, s->w, s->h, 0, &out, err));
}

static SpmlCode run_letterbox(Image *im, Step *s, Error *err)
{
    double rx = (double)s->w / im->w, ry = (double)s->h / im->h, r = rx < ry ? rx : ry;
    int w = (int)rint(im->w * r), h = (int)rint(im->h * r);
    Image out;
    SpmlCode code = become(im, &out, image_resize(im, w > 0 ? w : 1, h > 0 ? h : 1, s->filter, &out, err));
    return code ? code : become(im, &out, image_crop(im, -((s->w - im->w) / 2), -((s->h - im->h) / 2), s->w, s->h, s->pad, &out, err));
}

static SpmlCode run_colour(Image *im, const Step *s, Text *note, Error *err)
{
    Image out;
    int channels = s->colour == COLOUR_GREY ? 1 : 3;
    if (channels == im->channels)
        return SPML_OK;
    note_step(note, &(Step){.kind = STEP_COLOUR, .colour = channels == 1 ? COLOUR_GREY : COLOUR_RGB});
    return become(im, &out, image_recolour(im, channels, &out, err));
}

static SpmlCode run_orient(Image *im, Text *note, Error *err)
{
    int o = im->info.orientation;
    if (o > 1 && note)
        text_printf(note, "; orientation %d applied", o);
    return image_orient(im, err);
}

static SpmlCode run_geometry(Image *im, const Step *step, Text *note, Error *err)
{
    Step s = *step;
    int w = im->w, h = im->h;
    SpmlCode code = s.kind == STEP_ORIENT ? run_orient(im, note, err)
        : s.kind == STEP_COLOUR           ? run_colour(im, &s, note, err)
        : s.kind == STEP_RESIZE           ? run_resize(im, &s, err)
        : s.kind == STEP_CROP             ? run_crop(im, &s, err)
        : s.kind == STEP_LETTERBOX        ? run_letterbox(im, &s, err)
                                          : SPML_OK;
    if (!code && is_sized(s.kind) && (w != im->w || h != im->h || s.kind == STEP_LETTERBOX))
        note_step(note, &s);
    return code;
}

/* table[c][v]: what value v of tensor channel c becomes. */
static void fill_table(const Recipe *r, float table[3][256])
{
    for (int c = 0; c < 3; c++)
        for (int v = 0; v < 256; v++) {
            float x = (float)v;
            for (int i = 0; i < r->n; i++) {
                const Step *s = &r->step[i];
                float by = s->v[s->n == 3 ? c : 0];
                if (s->kind == STEP_SCALE)
                    x = x * s->mul / s->div + s->add;
                else if (s->kind == STEP_MEAN)
                    x -= by;
                else if (s->kind == STEP_STD)
                    x /= by;
            }
            table[c][v] = x;
        }
}

/* im[h, w, c] through the table into elements of `width` bytes; order[c]: which channel of the picture the tensor's channel c is. */
static void emit(const Image *im, const uint8_t *table, size_t width, const int *order, PixelLayout layout, uint8_t *out)
{
    size_t n = (size_t)im->w * (size_t)im->h, channels = (size_t)im->channels;
    for (size_t c = 0; c < channels; c++) {
        const uint8_t *p = im->p + order[c], *t = table + c * 256 * width;
        size_t step = layout == PIXELS_NCHW ? width : width * channels;
        uint8_t *q = out + c * (layout == PIXELS_NCHW ? n * width : width);
        if (width == 4)
            for (size_t i = 0; i < n; i++, p += channels, q += step)
                memcpy(q, t + 4 * *p, 4);
        else
            for (size_t i = 0; i < n; i++, p += channels, q += step)
                memcpy(q, t + width * *p, width);
    }
}

static SpmlCode make_tensor(const Recipe *r, const Image *im, DType dtype, int rank, uint64_t sz_max, MediaTensor *out, Error *err)
{
    static const int same[] = {0, 1, 2}, swapped[] = {2, 1, 0};
    float table[3][256];
    uint8_t stored[3 * 256 * 8];
    int64_t h = im->h, w = im->w, c = im->channels;
    PixelLayout layout = find_layout(r);
    int64_t dims[4] = {1, layout == PIXELS_NHWC ? h : c, layout == PIXELS_NHWC ? w : h, layout == PIXELS_NHWC ? c : w};
    size_t sz;
    SpmlCode code = dtype_bytes(dtype, (uint64_t)(h * w * c), &sz) ? media_check_bytes(sz, sz_max, err) : error_oom(err);
    if (code)
        return code;
    out->dtype = dtype;
    out->rank = rank;
    for (int i = 0; i < rank; i++)
        out->dims[i] = dims[4 - rank + i];
    out->sz = sz;
    out->p = malloc(sz);
    if (!out->p)
        return error_oom(err);
    fill_table(r, table);
    for (uint64_t i = 0; i < 3 * 256; i++)
        dtype_set_f64(dtype, stored, i, (double)table[i / 256][i % 256]);
    emit(im, stored, dtype_info[dtype].bytes, find_colour(r) == COLOUR_BGR ? swapped : same, layout, out->p);
    return SPML_OK;
}

static const char *colour_name(const Recipe *r, int channels) { return channels == 1 ? "grey" : r && find_colour(r) == COLOUR_BGR ? "bgr" : "rgb"; }

static void note_tensor(const Recipe *r, const MediaTensor *t, int channels, const char *name, Text *note)
{
    if (name)
        text_escape_terminal(note, name, strlen(name));
    text_puts(note, name ? " " : "");
    type_text(t->dtype, t->rank, t->dims, note);
    text_printf(note, " %s", colour_name(r, channels));
}

SpmlCode recipe_run(const Recipe *r, const Image *im, DType dtype, int rank, const char *name, uint64_t sz_max, MediaTensor *out, Text *note, Error *err)
{
    Image work;
    *out = (MediaTensor){0};
    if (rank < 2 || rank > 4 || find_layout(r) == PIXELS_ANY || (!dtype_is_float(dtype) && !dtype_is_int(dtype)) || dtype_info[dtype].block != 1)
        return error_set(err, SPML_USAGE, "recipe", "the recipe is not fitted to a tensor");
    SpmlCode code = image_recolour(im, im->channels, &work, err);
    if (!code && note)
        text_printf(note, "%dx%d %s", im->w, im->h, im->channels == 1 ? "grey" : "rgb");
    for (int i = 0; !code && i < r->n; i++)
        code = run_geometry(&work, &r->step[i], note, err);
    for (int i = 0; !code && i < r->n; i++)
        if (is_arithmetic(r->step[i].kind))
            note_step(note, &r->step[i]);
    if (!code && note && work.info.orientation > 1)
        text_printf(note, "; orientation %d not applied", work.info.orientation);
    if (!code)
        code = make_tensor(r, &work, dtype, rank, sz_max, out, err);
    if (!code && note) {
        text_puts(note, "; ");
        note_tensor(r, out, work.channels, name, note);
    }
    image_free(&work);
    if (code)
        media_tensor_free(out);
    return code;
}

/* ── tensor → picture ── */

static double undo(const Recipe *r, int c, double x)
{
    for (int i = r->n; i-- > 0;) {
        const Step *s = &r->step[i];
        double by = s->v[s->n == 3 ? c : 0];
        if (s->kind == STEP_SCALE)
            x = (x - s->add) * s->div / s->mul;
        else if (s->kind == STEP_MEAN)
            x += by;
        else if (s->kind == STEP_STD)
            x *= by;
    }
    return x;
}

static void note_undo(const Recipe *r, Text *note)
{
    char a[32];
    for (int i = r->n; i-- > 0;) {
        const Step *s = &r->step[i];
        if (s->kind == STEP_MEAN || s->kind == STEP_STD)
            for (int j = 0; j < s->n; j++)
                text_printf(note, "%s%s", j ? "," : s->kind == STEP_MEAN ? "; + " : "; x ", format_f32(a, s->v[j]));
        if (s->kind == STEP_SCALE && s->add != 0)
            text_printf(note, "; %c %s", s->add < 0 ? '+' : '-', format_f32(a, s->add < 0 ? -s->add : s->add));
        if (s->kind == STEP_SCALE && s->mul != s->div)
            text_printf(note, "; x %s", format_f32(a, s->div));
        if (s->kind == STEP_SCALE && s->mul != s->div && s->mul != 1)
            text_printf(note, "/%s", format_f32(a, s->mul));
    }
}

static bool all_unit(const MediaTensor *t, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++) {
        double v = dtype_get_f64(t->dtype, t->p, i);
        if (!(v >= 0 && v <= 1))
            return false;
    }
    return true;
}

static uint8_t to_pixel(double v) { return v != v || v <= 0 ? 0 : v >= 255 ? 255 : (uint8_t)rint(v); }

static void invert_pixels(const Recipe *r, const MediaTensor *t, PixelLayout layout, Image *out)
{
    size_t n = (size_t)out->w * (size_t)out->h, channels = (size_t)out->channels;
    bool swap = find_colour(r) == COLOUR_BGR && channels == 3;
    for (size_t c = 0; c < channels; c++)
        for (size_t i = 0; i < n; i++) {
            double v = dtype_get_f64(t->dtype, t->p, layout == PIXELS_NCHW ? c * n + i : i * channels + c);
            out->p[i * channels + (swap ? channels - 1 - c : c)] = to_pixel(undo(r, (int)c, v));
        }
}

SpmlCode recipe_invert(const Recipe *r, const MediaTensor *t, const char *name, Image *out, Text *note, Error *err)
{
    static const Recipe unit = {.n = 1, .step = {{.kind = STEP_SCALE, .mul = 1, .div = 255}}}, pixels = {0};
    Axes a;
    *out = (Image){0};
    if ((!dtype_is_float(t->dtype) && !dtype_is_int(t->dtype)) || dtype_info[t->dtype].block != 1 || t->rank < 2 || t->rank > 4)
        return no_picture(t->dtype, t->rank, t->dims, "does not hold a picture", err);
    if ((t->rank == 4 && t->dims[0] != 1) || !find_axes(r ? find_layout(r) : PIXELS_ANY, t->rank, t->dims, &a))
        return no_picture(t->dtype, t->rank, t->dims, "is not one picture of 1 or 3 channels", err);
    int64_t w = t->dims[a.w], h = t->dims[a.h], c = a.c < 0 ? 1 : t->dims[a.c];
    if (w < 1 || h < 1 || c < 1 || w > CAP_IMAGE_SIDE || h > CAP_IMAGE_SIDE)
        return no_picture(t->dtype, t->rank, t->dims, "has a size no picture has", err);
    SpmlCode code = image_new((int)w, (int)h, (int)c, 0, out, err);
    if (code)
        return code;
    const Recipe *use = r ? r : dtype_is_float(t->dtype) && all_unit(t, (uint64_t)(w * h * c)) ? &unit : &pixels;
    invert_pixels(use, t, a.layout, out);
    if (note) {
        note_tensor(use, t, (int)c, name, note);
        note_undo(use, note);
        text_printf(note, "; clamp 0..255; %dx%d", out->w, out->h);
    }
    return SPML_OK;
}
