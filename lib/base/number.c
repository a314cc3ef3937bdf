/* SPDX-License-Identifier: MIT
 * base: numbers to and from text; see text.h. The C locale is used explicitly (newlocale gives the static C locale, without
 * allocation), so neither the process's locale nor another thread's changes a result. Reading is correctly rounded; writing
 * takes the fewest correctly rounded digits that read back equal. */
#include "base/text.h"

#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static locale_t c_locale(void)
{
    return newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* inf, infinity or nan at s, any case; NULL if none of them, else one past it. */
static const char *special_scan(const char *s, double *out)
{
    static const struct { const char *name; double v; } table[] = {{"infinity", __builtin_inf()}, {"inf", __builtin_inf()}, {"nan", __builtin_nan("")}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        size_t n = strlen(table[i].name), k = 0;
        while (k < n && s[k] && (s[k] | 0x20) == table[i].name[k])
            k++;
        if (k == n) {
            *out = table[i].v;
            return s + n;
        }
    }
    return NULL;
}

/* Exact for at most 15 digits and a power of ten up to 22: both factors are doubles, so one rounding. NULL: take the slow way. */
static const char *quick_scan(const char *s, double *out)
{
    static const double tens[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    uint64_t v = 0;
    int digits = 0, scale = 0;
    for (bool dot = false; is_digit(*s) || (*s == '.' && !dot); s++) {
        if (*s == '.') {
            dot = true;
            continue;
        }
        if (++digits > 15)
            return NULL;
        v = v * 10 + (uint64_t)(*s - '0');
        scale -= dot;
    }
    if (!digits || (*s | 0x20) == 'e' || (*s | 0x20) == 'x')
        return NULL;
    *out = (double)v / tens[-scale];
    return s;
}

bool parse_f64(const char *s, const char **end, double *out)
{
    bool neg = *s == '-';
    const char *p = s + (*s == '-' || *s == '+');
    double v = 0;
    const char *stop = special_scan(p, &v);
    if (!stop)
        stop = quick_scan(p, &v);
    if (!stop) {
        if (!is_digit(*p) && !(*p == '.' && is_digit(p[1]))) /* strtod would skip spaces and take a second sign */
            return false;
        char *e;
        int saved = errno;
        v = strtod_l(p, &e, c_locale());
        errno = saved;
        if (v == __builtin_inf())
            return false;
        stop = e;
    }
    *out = neg ? -v : v;
    if (end)
        *end = stop;
    return true;
}

bool parse_i64(const char *s, const char **end, int64_t *out)
{
    bool neg = *s == '-';
    const char *p = s + (*s == '-' || *s == '+');
    if (!is_digit(*p))
        return false;
    int64_t v = 0;
    for (; is_digit(*p); p++) /* downwards, as INT64_MIN has no positive twin */
        if (__builtin_mul_overflow(v, (int64_t)10, &v) || __builtin_sub_overflow(v, (int64_t)(*p - '0'), &v))
            return false;
    if (!neg && v == INT64_MIN)
        return false;
    *out = neg ? v : -v;
    if (end)
        *end = p;
    return true;
}

bool parse_size(const char *s, uint64_t *out)
{
    static const char units[] = "KMGT";
    uint64_t v = 0;
    const char *p = s;
    for (; is_digit(*p); p++)
        if (__builtin_mul_overflow(v, (uint64_t)10, &v) || __builtin_add_overflow(v, (uint64_t)(*p - '0'), &v))
            return false;
    if (p == s)
        return false;
    const char *unit = *p ? strchr(units, *p & ~0x20) : NULL;
    if (*p && (!unit || !*unit || p[1]))
        return false;
    if (unit && __builtin_mul_overflow(v, UINT64_C(1) << 10 * (unit - units + 1), &v))
        return false;
    *out = v;
    return true;
}

static void c_snprintf(char *buf, size_t size, const char *fmt, int precision, double v)
{
    locale_t old = uselocale(c_locale());
    snprintf(buf, size, fmt, precision, v);
    uselocale(old);
}

static bool reads_back(const char *text, double v, bool single)
{
    if (single)
        return strtof_l(text, NULL, c_locale()) == (float)v;
    return strtod_l(text, NULL, c_locale()) == v;
}

/* Fewest significant digits of v, as d.ddde±xx in buf: more digits are never further off, so the count is bisected. */
static void shortest_digits(char *buf, size_t size, double v, bool single)
{
    int saved = errno, low = 1, high = single ? 9 : 17;
    while (low < high) {
        int mid = (low + high) / 2;
        c_snprintf(buf, size, "%.*e", mid - 1, v);
        if (reads_back(buf, v, single))
            high = mid;
        else
            low = mid + 1;
    }
    c_snprintf(buf, size, "%.*e", low - 1, v);
    errno = saved;
}

/* Puts the n digits of d into plain notation with the point after digit `exp`, or into d.ddde±xx outside 1e-4 .. 1e16. */
static void digits_layout(char *out, const char *d, int n, int exp)
{
    if (exp < -4 || exp >= 16) {
        sprintf(out, "%c%s%.*se%c%02d", d[0], n > 1 ? "." : "", n - 1, d + 1, exp < 0 ? '-' : '+', exp < 0 ? -exp : exp);
    } else if (exp < 0) {
        sprintf(out, "0.%.*s%.*s", -exp - 1, "0000", n, d);
    } else {
        int whole = n < exp + 1 ? n : exp + 1;
        sprintf(out, "%.*s%.*s%s%.*s", whole, d, exp + 1 - whole, "0000000000000000", n > whole ? "." : "", n - whole, d + whole);
    }
}

static char *format_shortest(char *buf, double v, bool single)
{
    char text[40], digits[20];
    if (v != v)
        return strcpy(buf, "NaN");
    if (v - v != 0)
        return strcpy(buf, v < 0 ? "-Infinity" : "Infinity");
    shortest_digits(text, sizeof text, v, single);
    char *p = text, *out = buf;
    if (*p == '-')
        *out++ = *p++;
    char *e = strchr(p, 'e');
    int n = 0, exp = atoi(e + 1);
    for (; p < e; p++)
        if (*p != '.')
            digits[n++] = *p;
    digits_layout(out, digits, n, exp);
    return buf;
}

char *format_f64(char *buf, double v) { return format_shortest(buf, v, false); }
char *format_f32(char *buf, float v) { return format_shortest(buf, v, true); }

char *format_g4(char *buf, double v)
{
    if (v != v || v - v != 0)
        return format_shortest(buf, v, false);
    c_snprintf(buf, 32, "%.*g", 4, v);
    return buf;
}

char *format_bytes(char *buf, uint64_t n)
{
    static const char units[] = "KMGTPE";
    if (n < 1024) {
        sprintf(buf, "%u B", (unsigned)n);
        return buf;
    }
    unsigned u = 0;
    for (uint64_t tenths;; u++) {
        uint64_t unit = UINT64_C(1) << 10 * (u + 1);
        tenths = n / unit * 10 + (n % unit * 10 + unit / 2) / unit;
        if (tenths < 10240 || !units[u + 1]) {
            sprintf(buf, "%u.%u %ciB", (unsigned)(tenths / 10), (unsigned)(tenths % 10), units[u]);
            return buf;
        }
    }
}
