/* SPDX-License-Identifier: MIT
 * train: curves as a drawing (SVG), as a picture (PNG: drawn twice as large and shrunk, so that lines are smooth) and as a line of dots for a terminal. One
 * layout serves SVG and PNG: a Frame with the scales of both axes. Long series are drawn as means of neighbours. */
#include "train/log.h"

#include "media/media.h"
#include "train/log_font.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { W = 800, H = 480, LEFT = 80, RIGHT = 20, TOP = 24, BOTTOM = 56, MOST = 1000, TICKS = 6 };

static const uint8_t colours[][3] = {{31, 119, 180}, {214, 39, 40}, {44, 160, 44}, {148, 103, 189}, {255, 127, 14}, {23, 190, 207}};
enum { N_COLOURS = sizeof colours / sizeof *colours };

typedef struct Scale { double lo, hi, step; } Scale; /* hi > lo; ticks at multiples of step */
typedef struct Frame { Scale x, y; } Frame;

/* 1, 2 or 5 times a power of ten, so that there are about TICKS of them. */
static double nice_step(double span)
{
    double raw = span / TICKS, power = pow(10, floor(log10(raw))), f = raw / power;
    return power * (f < 1.5 ? 1 : f < 3.5 ? 2 : f < 7.5 ? 5 : 10);
}

static Scale make_scale(double lo, double hi)
{
    if (!(hi - lo > fabs(hi) * 1e-12)) { /* one value, or none */
        double pad = isfinite(lo) && isfinite(hi) && fabs(lo) > 0 ? fabs(lo) * 0.5 : 1;
        lo = isfinite(lo) && isfinite(hi) ? lo - pad : 0;
        hi = lo + 2 * pad;
    }
    return (Scale){lo, hi, nice_step(hi - lo)};
}

static Frame make_frame(const Curve *c, int n)
{
    double lo[2] = {INFINITY, INFINITY}, hi[2] = {-INFINITY, -INFINITY};
    for (int i = 0; i < n; i++)
        for (size_t k = 0; k < c[i].n; k++) {
            double v[2] = {c[i].p[k].x, c[i].p[k].y};
            for (int a = 0; a < 2 && isfinite(v[0]) && isfinite(v[1]) && fabs(v[1]) < 1e300; a++) {
                lo[a] = v[a] < lo[a] ? v[a] : lo[a];
                hi[a] = v[a] > hi[a] ? v[a] : hi[a];
            }
        }
    double pad = hi[1] > lo[1] ? (hi[1] - lo[1]) * 0.04 : 0;
    return (Frame){make_scale(lo[0], hi[0]), make_scale(lo[1] - pad, hi[1] + pad)};
}

static double px(const Frame *f, double x) { return LEFT + (x - f->x.lo) / (f->x.hi - f->x.lo) * (W - LEFT - RIGHT); }
static double py(const Frame *f, double y) { return TOP + (f->y.hi - y) / (f->y.hi - f->y.lo) * (H - TOP - BOTTOM); }

/* Point k of at most MOST, the mean of as many neighbours as it takes; false: no number there, the line breaks. */
static bool point(const Curve *c, size_t k, size_t n, CurvePoint *out)
{
    size_t from = k * c->n / n, to = (k + 1) * c->n / n;
    CurvePoint sum = {0};
    int seen = 0;
    for (size_t i = from; i < to; i++)
        if (isfinite(c->p[i].x) && fabs(c->p[i].y) < 1e300) {
            sum.x += c->p[i].x;
            sum.y += c->p[i].y;
            seen++;
        }
    *out = (CurvePoint){sum.x / (seen ? seen : 1), sum.y / (seen ? seen : 1)};
    return seen;
}

static size_t points(const Curve *c) { return c->n < MOST ? c->n : MOST; }

static char *tick_text(char *buf, double v, double step)
{
    if (fabs(v) < step * 1e-6)
        v = 0;
    return format_g4(buf, v);
}

/* ── SVG ── */

static void svg_text(Text *out, double x, double y, const char *more, const char *s)
{
    text_printf(out, "<text x=\"%.1f\" y=\"%.1f\" %s>", x, y, more);
    text_escape_xml(out, s, strlen(s));
    text_puts(out, "</text>\n");
}

static void svg_axes(Text *out, const Frame *f)
{
    char label[32];
    for (double v = ceil(f->x.lo / f->x.step) * f->x.step; v <= f->x.hi; v += f->x.step) {
        text_printf(out, "<path d=\"M%.1f %dV%d\" stroke=\"#e4e4e4\"/>\n", px(f, v), TOP, H - BOTTOM);
        svg_text(out, px(f, v), H - BOTTOM + 18, "text-anchor=\"middle\"", tick_text(label, v, f->x.step));
    }
    for (double v = ceil(f->y.lo / f->y.step) * f->y.step; v <= f->y.hi; v += f->y.step) {
        text_printf(out, "<path d=\"M%d %.1fH%d\" stroke=\"#e4e4e4\"/>\n", LEFT, py(f, v), W - RIGHT);
        svg_text(out, LEFT - 8, py(f, v) + 4, "text-anchor=\"end\"", tick_text(label, v, f->y.step));
    }
    text_printf(out, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"none\" stroke=\"#888\"/>\n", LEFT, TOP, W - LEFT - RIGHT, H - TOP - BOTTOM);
}

static void svg_curve(Text *out, const Frame *f, const Curve *c, const uint8_t *rgb)
{
    bool pen = false;
    CurvePoint p;
    text_printf(out, "<path fill=\"none\" stroke=\"#%02x%02x%02x\" stroke-width=\"1.6\" stroke-linejoin=\"round\" d=\"", rgb[0], rgb[1], rgb[2]);
    for (size_t k = 0; k < points(c); k++) {
        bool on = point(c, k, points(c), &p);
        if (on)
            text_printf(out, "%s%.1f %.1f", pen ? "L" : "M", px(f, p.x), py(f, p.y));
        pen = on;
    }
    text_puts(out, "\"/>\n");
    if (c->n == 1 && point(c, 0, 1, &p))
        text_printf(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"#%02x%02x%02x\"/>\n", px(f, p.x), py(f, p.y), rgb[0], rgb[1], rgb[2]);
}

void curve_svg(const Curve *c, int n, const char *x_name, const char *y_name, Text *out)
{
    Frame f = make_frame(c, n);
    text_printf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n", W, H, W, H);
    svg_axes(out, &f);
    for (int i = 0; i < n; i++)
        svg_curve(out, &f, &c[i], colours[i % N_COLOURS]);
    for (int i = 0; i < n; i++) {
        const uint8_t *rgb = colours[i % N_COLOURS];
        text_printf(out, "<path d=\"M%d %dh24\" stroke=\"#%02x%02x%02x\" stroke-width=\"3\"/>\n", W - RIGHT - 150, TOP + 18 + 18 * i, rgb[0], rgb[1], rgb[2]);
        svg_text(out, W - RIGHT - 120, TOP + 22 + 18 * i, "", c[i].name);
    }
    svg_text(out, LEFT + (W - LEFT - RIGHT) / 2.0, H - 14, "text-anchor=\"middle\" fill=\"#555\"", x_name);
    svg_text(out, LEFT, TOP - 8, "fill=\"#555\"", y_name);
    text_puts(out, "</svg>\n");
}

/* ── PNG ── */

enum { TWICE = 2, GLYPH = 2 /* pixels of a dot */, ADVANCE = (GLYPH_W + 1) * GLYPH };

static void dot(Image *im, int x, int y, const uint8_t *rgb)
{
    if (x >= 0 && y >= 0 && x < im->w && y < im->h)
        memcpy(im->p + ((size_t)y * (size_t)im->w + (size_t)x) * 3, rgb, 3);
}

static void box(Image *im, int x, int y, int w, int h, const uint8_t *rgb)
{
    for (int i = 0; i < h; i++)
        for (int k = 0; k < w; k++)
            dot(im, x + k, y + i, rgb);
}

/* A round pen of radius r. */
static void stroke(Image *im, double x0, double y0, double x1, double y1, double r, const uint8_t *rgb)
{
    double length = hypot(x1 - x0, y1 - y0);
    int n = (int)(length * 2) + 1, reach = (int)r + 1;
    for (int i = 0; i <= n; i++) {
        double x = x0 + (x1 - x0) * i / n, y = y0 + (y1 - y0) * i / n;
        for (int dy = -reach; dy <= reach; dy++)
            for (int dx = -reach; dx <= reach; dx++)
                if (dx * dx + dy * dy <= r * r)
                    dot(im, (int)lround(x) + dx, (int)lround(y) + dy, rgb);
    }
}

/* Letters without a shape here become blanks. */
static void letters(Image *im, int x, int y, const char *s, const uint8_t *rgb)
{
    for (; *s; s++, x += ADVANCE)
        for (size_t g = 0; g < sizeof glyphs / sizeof *glyphs; g++)
            for (int i = 0; glyphs[g].c == tolower((unsigned char)*s) && i < GLYPH_H; i++)
                for (int k = 0; k < GLYPH_W; k++)
                    if (glyphs[g].row[i] >> (GLYPH_W - 1 - k) & 1)
                        box(im, x + k * GLYPH, y + i * GLYPH, GLYPH, GLYPH, rgb);
}

static void png_lines(Image *im, const Frame *f, const Curve *c, int n)
{
    static const uint8_t grid[3] = {228, 228, 228};
    for (double v = ceil(f->x.lo / f->x.step) * f->x.step; v <= f->x.hi; v += f->x.step)
        box(im, (int)lround(px(f, v) * TWICE), TOP * TWICE, TWICE, (H - TOP - BOTTOM) * TWICE, grid);
    for (double v = ceil(f->y.lo / f->y.step) * f->y.step; v <= f->y.hi; v += f->y.step)
        box(im, LEFT * TWICE, (int)lround(py(f, v) * TWICE), (W - LEFT - RIGHT) * TWICE, TWICE, grid);
    for (int i = 0; i < n; i++) {
        CurvePoint was = {0}, p;
        bool pen = false;
        for (size_t k = 0; k < points(&c[i]); k++, was = p) {
            bool on = point(&c[i], k, points(&c[i]), &p);
            if (on)
                stroke(im, px(f, pen ? was.x : p.x) * TWICE, py(f, pen ? was.y : p.y) * TWICE, px(f, p.x) * TWICE, py(f, p.y) * TWICE, pen ? 1.5 : 2, colours[i % N_COLOURS]);
            pen = on;
        }
    }
}

static void png_labels(Image *im, const Frame *f, const Curve *c, int n, const char *x_name, const char *y_name)
{
    static const uint8_t ink[3] = {60, 60, 60}, frame[3] = {136, 136, 136};
    char label[32];
    for (double v = ceil(f->x.lo / f->x.step) * f->x.step; v <= f->x.hi; v += f->x.step) {
        tick_text(label, v, f->x.step);
        letters(im, (int)px(f, v) - (int)strlen(label) * ADVANCE / 2, H - BOTTOM + 6, label, ink);
    }
    for (double v = ceil(f->y.lo / f->y.step) * f->y.step; v <= f->y.hi; v += f->y.step) {
        tick_text(label, v, f->y.step);
        letters(im, LEFT - 8 - (int)strlen(label) * ADVANCE, (int)py(f, v) - 7, label, ink);
    }
    box(im, LEFT, TOP, W - LEFT - RIGHT, 1, frame);
    box(im, LEFT, H - BOTTOM, W - LEFT - RIGHT, 1, frame);
    box(im, LEFT, TOP, 1, H - TOP - BOTTOM, frame);
    box(im, W - RIGHT, TOP, 1, H - TOP - BOTTOM + 1, frame);
    for (int i = 0; i < n; i++) {
        box(im, W - RIGHT - 190, TOP + 18 + 20 * i, 24, 3, colours[i % N_COLOURS]);
        letters(im, W - RIGHT - 158, TOP + 12 + 20 * i, c[i].name, ink);
    }
    letters(im, LEFT + (W - LEFT - RIGHT) / 2 - (int)strlen(x_name) * ADVANCE / 2, H - 26, x_name, ink);
    letters(im, LEFT, 2, y_name, ink);
}

SpmlCode curve_png(const Curve *c, int n, const char *x_name, const char *y_name, Text *out, Error *err)
{
    Frame f = make_frame(c, n);
    Image large, im = {0};
    SpmlCode code = image_new(W * TWICE, H * TWICE, 3, 0, &large, err);
    if (code)
        return code;
    memset(large.p, 255, (size_t)W * TWICE * H * TWICE * 3);
    png_lines(&large, &f, c, n);
    code = image_resize(&large, W, H, FILTER_BOX, &im, err);
    if (!code) {
        png_labels(&im, &f, c, n, x_name, y_name);
        code = image_encode(&im, IMAGE_PNG, 0, out, err);
    }
    image_free(&large);
    image_free(&im);
    return code;
}

/* ── dots ── */

/* The mean of the numbers among v[from, to); NAN when there is none. */
static double mean_of(const double *v, size_t from, size_t to)
{
    double sum = 0;
    int n = 0;
    for (size_t i = from; i < to; i++)
        if (isfinite(v[i])) {
            sum += v[i];
            n++;
        }
    return n ? sum / n : NAN;
}

void curve_braille(const double *v, size_t n, int columns, Text *out)
{
    static const uint8_t bits[2][4] = {{0x40, 0x04, 0x02, 0x01}, {0x80, 0x20, 0x10, 0x08}}; /* from the lowest dot up */
    size_t cells = columns < 1 ? 0 : (size_t)columns * 2, used = n < cells ? n : cells;
    double lo = INFINITY, hi = -INFINITY;
    for (size_t i = 0; i < used; i++) {
        double m = mean_of(v, i * n / used, (i + 1) * n / used);
        lo = m < lo ? m : lo;
        hi = m > hi ? m : hi;
    }
    for (size_t i = 0; i < used; i += 2) {
        uint8_t dots = 0;
        for (size_t k = i; k < i + 2 && k < used; k++) {
            double m = mean_of(v, k * n / used, (k + 1) * n / used), at = hi > lo ? (m - lo) / (hi - lo) : 0;
            if (isfinite(m))
                dots |= bits[k - i][at > 0.75 ? 3 : at > 0.5 ? 2 : at > 0.25 ? 1 : 0];
        }
        text_add(out, (const char[]){(char)0xe2, (char)(0xa0 | dots >> 6), (char)(0x80 | (dots & 63))}, 3);
    }
}
