/* SPDX-License-Identifier: MIT
 * media: recipes as text: the grammar in media.h read by a table of words, presets, and printing such that it reads back. */
#include "media/internal.h"

const char *const recipe_presets = "imagenet, unit, signed, pixels";

bool recipe_preset(const char *name, Recipe *out)
{
    static const struct { const char *name, *text; } presets[] = {
        {"imagenet", "resize 8/7 short bilinear; centre-crop; x 1/255; mean 0.485,0.456,0.406; std 0.229,0.224,0.225"},
        {"unit", "resize bilinear; x 1/255"},
        {"signed", "resize bilinear; x 1/127.5 - 1"},
        {"pixels", "resize bilinear; x 1"}};
    for (size_t i = 0; i < sizeof presets / sizeof *presets; i++)
        if (!strcmp(presets[i].name, name))
            return recipe_parse(presets[i].text, out, NULL) == SPML_OK;
    return false;
}

typedef struct Words { const char *p, *end; } Words; /* what is left of a step */

static void skip(Words *w)
{
    while (w->p < w->end && (*w->p == ' ' || *w->p == '\t' || *w->p == '\n'))
        w->p++;
}

static size_t word(Words *w, const char **at) /* 0: none left */
{
    skip(w);
    *at = w->p;
    while (w->p < w->end && *w->p != ' ' && *w->p != '\t' && *w->p != '\n')
        w->p++;
    return (size_t)(w->p - *at);
}

static bool take_char(Words *w, char c)
{
    skip(w);
    return w->p < w->end && *w->p == c && (w->p++, true);
}

static bool take_f32(Words *w, float *out)
{
    double v;
    const char *end;
    skip(w);
    if (w->p >= w->end || !parse_f64(w->p, &end, &v) || end > w->end || !((float)v - (float)v == 0))
        return false;
    w->p = end;
    *out = (float)v;
    return true;
}

static bool take_int(Words *w, int64_t hi, int *out)
{
    int64_t v;
    const char *end;
    skip(w);
    if (w->p >= w->end || !parse_i64(w->p, &end, &v) || end > w->end || v < 0 || v > hi)
        return false;
    w->p = end;
    *out = (int)v;
    return true;
}

/* WxH; nothing is taken when it is not there. */
static bool take_size(Words *w, Step *s)
{
    Words at = *w;
    if (take_int(w, CAP_IMAGE_SIDE, &s->w) && w->p < w->end && *w->p == 'x' && (w->p++, take_int(w, CAP_IMAGE_SIDE, &s->h)) && s->w && s->h)
        return true;
    *w = at;
    s->w = s->h = 0;
    return false;
}

/* FILTER [antialiased], both optional. */
static void take_filter(Words *w, Step *s)
{
    Words at = *w;
    const char *p;
    size_t n = word(w, &p);
    if (!filter_find(p, n, &s->filter)) {
        *w = at;
        return;
    }
    at = *w;
    if (word(w, &p) != 11 || memcmp(p, "antialiased", 11))
        *w = at;
}

static bool step_plain(Words *w, Step *s) { return true; }

static bool step_resize(Words *w, Step *s)
{
    const char *p;
    Words at = *w;
    s->filter = FILTER_BILINEAR;
    if (!take_size(w, s) && take_int(w, CAP_IMAGE_SIDE, &s->w)) {
        s->is_short = true;
        if (take_char(w, '/')) {
            s->num = s->w;
            s->w = 0;
            if (!take_int(w, CAP_IMAGE_SIDE, &s->den) || !s->num || !s->den)
                return false;
        } else if (!s->w) {
            return false;
        }
        if (word(w, &p) != 5 || memcmp(p, "short", 5))
            return false;
    } else if (!s->w) {
        *w = at;
    }
    take_filter(w, s);
    return true;
}

static bool step_crop(Words *w, Step *s)
{
    take_size(w, s);
    return true;
}

static bool step_letterbox(Words *w, Step *s)
{
    int pad = 114;
    s->filter = FILTER_BILINEAR;
    take_size(w, s);
    take_filter(w, s);
    skip(w);
    bool ok = w->p == w->end || take_int(w, 255, &pad);
    s->pad = (uint8_t)pad;
    return ok;
}

static bool step_scale(Words *w, Step *s)
{
    s->div = 1;
    if (!take_f32(w, &s->mul) || (take_char(w, '/') && !take_f32(w, &s->div)) || s->mul == 0 || s->div == 0)
        return false;
    if (take_char(w, '+'))
        return take_f32(w, &s->add);
    if (take_char(w, '-')) {
        if (!take_f32(w, &s->add))
            return false;
        s->add = -s->add;
    }
    return true;
}

static bool step_channels(Words *w, Step *s)
{
    do {
        if (s->n == 3 || !take_f32(w, &s->v[s->n++]) || (s->kind == STEP_STD && s->v[s->n - 1] == 0))
            return false;
    } while (take_char(w, ','));
    return s->n != 2;
}

static const struct { const char *name; bool (*read)(Words *, Step *); Step step; } words[] = {
    {"rgb", step_plain, {.kind = STEP_COLOUR, .colour = COLOUR_RGB}}, {"bgr", step_plain, {.kind = STEP_COLOUR, .colour = COLOUR_BGR}},
    {"grey", step_plain, {.kind = STEP_COLOUR, .colour = COLOUR_GREY}}, {"gray", step_plain, {.kind = STEP_COLOUR, .colour = COLOUR_GREY}},
    {"orient", step_plain, {.kind = STEP_ORIENT}}, {"resize", step_resize, {.kind = STEP_RESIZE}},
    {"centre-crop", step_crop, {.kind = STEP_CROP}}, {"center-crop", step_crop, {.kind = STEP_CROP}},
    {"letterbox", step_letterbox, {.kind = STEP_LETTERBOX}}, {"x", step_scale, {.kind = STEP_SCALE}},
    {"mean", step_channels, {.kind = STEP_MEAN}}, {"std", step_channels, {.kind = STEP_STD}},
    {"nchw", step_plain, {.kind = STEP_LAYOUT, .layout = PIXELS_NCHW}}, {"nhwc", step_plain, {.kind = STEP_LAYOUT, .layout = PIXELS_NHWC}}};
enum { N_WORDS = sizeof words / sizeof *words };

/* The step that begins at p: up to ";", or to a comma before which no list of numbers goes on. */
static Words next_step(const char *p)
{
    Words w = {p, p};
    for (; *w.end && *w.end != ';'; w.end++) {
        const char *q = w.end + 1;
        while (*w.end == ',' && *q == ' ')
            q++;
        if (*w.end == ',' && ((*q | 0x20) >= 'a' && (*q | 0x20) <= 'z'))
            break;
    }
    return w;
}

static SpmlCode bad_step(const Words *w, Error *err)
{
    error_set(err, SPML_USAGE, "recipe", "recipe step '%.*s' is not understood", (int)(w->end - w->p < 80 ? w->end - w->p : 80), w->p);
    error_hint(err, "steps: rgb, bgr, grey, orient, resize WxH [FILTER], resize N short, centre-crop WxH, letterbox WxH [PAD], x A/B [+ C], mean LIST, std LIST, nchw, nhwc");
    return SPML_USAGE;
}

static bool read_step(Words w, Step *s)
{
    const char *name;
    size_t n = word(&w, &name);
    for (int i = 0; i < N_WORDS; i++)
        if (strlen(words[i].name) == n && !memcmp(words[i].name, name, n)) {
            *s = words[i].step;
            if (!words[i].read(&w, s))
                return false;
            skip(&w);
            return w.p == w.end;
        }
    return false;
}

static bool is_geometry(StepKind k) { return k == STEP_ORIENT || k == STEP_RESIZE || k == STEP_CROP || k == STEP_LETTERBOX; }
static bool is_arithmetic(StepKind k) { return k == STEP_SCALE || k == STEP_MEAN || k == STEP_STD; }

SpmlCode recipe_parse(const char *text, Recipe *out, Error *err)
{
    bool arithmetic = false;
    *out = (Recipe){0};
    for (const char *p = text; *p;) {
        Words w = next_step(p);
        p = *w.end ? w.end + 1 : w.end;
        while (w.end > w.p && w.end[-1] == ' ')
            w.end--;
        skip(&w);
        if (w.p == w.end)
            continue;
        Step s;
        if (!read_step(w, &s))
            return bad_step(&w, err);
        if (out->n == RECIPE_STEPS)
            return error_set(err, SPML_USAGE, "recipe", "a recipe of more than %d steps", RECIPE_STEPS);
        if (is_geometry(s.kind) && arithmetic)
            return error_set(err, SPML_USAGE, "recipe", "recipe step '%.*s' after arithmetic: pixels are moved before their values change", (int)(w.end - w.p), w.p);
        arithmetic = arithmetic || is_arithmetic(s.kind);
        out->step[out->n++] = s;
    }
    return SPML_OK;
}

static void print_size(const Step *s, Text *out)
{
    if (s->den)
        text_printf(out, " %d/%d short", s->num, s->den);
    else if (s->is_short)
        text_printf(out, " %d short", s->w);
    else if (s->w)
        text_printf(out, " %dx%d", s->w, s->h);
}

static void print_filter(const Step *s, Text *out) { text_printf(out, " %s%s", filter_name(s->filter), s->filter == FILTER_NEAREST ? "" : " antialiased"); }

static void print_scale(const Step *s, Text *out)
{
    char a[32], b[32];
    text_printf(out, "x %s", format_f32(a, s->mul));
    if (s->div != 1)
        text_printf(out, "/%s", format_f32(b, s->div));
    if (s->add != 0)
        text_printf(out, " %c %s", s->add < 0 ? '-' : '+', format_f32(a, s->add < 0 ? -s->add : s->add));
}

static void print_step(const Step *s, Text *out)
{
    static const char *const colour[] = {"rgb", "rgb", "bgr", "grey"}, *const layout[] = {"nchw", "nchw", "nhwc"};
    static const char *const name[] = {[STEP_NONE] = "", [STEP_COLOUR] = "", [STEP_ORIENT] = "orient", [STEP_RESIZE] = "resize", [STEP_CROP] = "centre-crop",
        [STEP_LETTERBOX] = "letterbox", [STEP_SCALE] = "", [STEP_MEAN] = "mean ", [STEP_STD] = "std ", [STEP_LAYOUT] = ""};
    char buf[32];
    text_puts(out, name[s->kind]);
    if (s->kind == STEP_COLOUR)
        text_puts(out, colour[s->colour]);
    if (s->kind == STEP_LAYOUT)
        text_puts(out, layout[s->layout]);
    if (s->kind == STEP_RESIZE || s->kind == STEP_CROP || s->kind == STEP_LETTERBOX)
        print_size(s, out);
    if (s->kind == STEP_RESIZE || s->kind == STEP_LETTERBOX)
        print_filter(s, out);
    if (s->kind == STEP_LETTERBOX)
        text_printf(out, " %d", s->pad);
    if (s->kind == STEP_SCALE)
        print_scale(s, out);
    for (int i = 0; i < s->n; i++)
        text_printf(out, "%s%s", i ? "," : "", format_f32(buf, s->v[i]));
}

void recipe_print(const Recipe *r, const char *separator, Text *out)
{
    for (int i = 0; i < r->n; i++) {
        text_puts(out, i ? separator : "");
        print_step(&r->step[i], out);
    }
}
