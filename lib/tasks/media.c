/* SPDX-License-Identifier: MIT
 * tasks: pictures and sound as files of one tensor. A picture needs a recipe (a preset's name or steps); what was done is said in a note. */
#include "tasks/media.h"

#include "media/media.h"

#include <stdlib.h>
#include <string.h>

static SpmlCode recipe_find(const char *text, Recipe *r, Error *err)
{
    if (!text) {
        error_set(err, SPML_USAGE, "recipe-missing", "a picture, and nothing says how it becomes numbers");
        return error_hint(err, "--preset %s", recipe_presets), SPML_USAGE;
    }
    return recipe_preset(text, r) ? SPML_OK : recipe_parse(text, r, err);
}

static SpmlCode tensor_of_media(MediaTensor *t, RtValue **out, Error *err)
{
    SpmlCode code = rt_tensor(t->dtype, t->rank, t->dims, out, err);
    if (!code && t->sz)
        memcpy((*out)->data, t->p, t->sz);
    media_tensor_free(t);
    return code;
}

static SpmlCode picture_value(Image *im, const SpmlPort *port, const char *recipe, bool orient, RtValue **out, Text *note, Error *err)
{
    Recipe r, fitted;
    MediaTensor t = {0};
    ValueWant want = want_of_port(port);
    SpmlCode code = recipe_find(recipe, &r, err);
    if (!code && want.rank < 0)
        code = error_set(err, SPML_USAGE, "image-shape", "the shape that the picture is for is not known");
    if (!code && orient)
        code = image_orient(im, err);
    if (!code)
        code = recipe_fit(&r, want.dtype, want.rank, want.dim, &fitted, err);
    if (!code)
        code = recipe_run(&fitted, im, want.dtype, want.rank, port->name, 0, &t, note, err);
    return code ? code : tensor_of_media(&t, out, err);
}

static SpmlCode read_picture(Span s, const ValueSource *from, RtValue **out, Text *note, Error *err)
{
    Image im = {0};
    SpmlCode code = image_decode(s, 0, &im, err);
    if (!code)
        code = picture_value(&im, from->port, from->recipe, from->orient, out, note, err);
    if (!code && im.info.orientation > 1 && !from->orient)
        text_printf(note, "; EXIF orientation %d not applied (--orient)", im.info.orientation);
    image_free(&im);
    return code;
}

/* Where the samples go: the one dimension that is not fixed or, of fixed ones, the longest; the rest are 1. */
static int sample_axis(const ValueWant *w)
{
    int axis = w->rank - 1;
    for (int i = w->rank - 1; i >= 0; i--)
        if (w->dim[i] > 1 && (w->dim[axis] < w->dim[i]))
            axis = i;
    return axis;
}

static SpmlCode read_sound(Span s, const ValueSource *from, RtValue **out, Text *note, Error *err)
{
    Sound snd = {0};
    ValueWant want = want_of_port(from->port);
    SpmlCode code = sound_decode(s, 0, &snd, err);
    int64_t dim[IR_MAX_RANK] = {0};
    int rank = want.rank > 0 ? want.rank : 1, channels = snd.channels;
    if (!code && channels > 1)
        code = sound_mono(&snd, err);
    for (int i = 0; i < rank; i++)
        dim[i] = 1;
    int axis = want.rank > 0 ? sample_axis(&want) : 0;
    dim[axis] = from->fit && want.rank > 0 && want.dim[axis] > 0 ? want.dim[axis] : (int64_t)snd.n;
    uint64_t n = (uint64_t)dim[axis] < snd.n ? (uint64_t)dim[axis] : snd.n;
    DType t = want.dtype == DT_none ? DT_f32 : want.dtype;
    if (!code)
        code = rt_tensor(t, rank, dim, out, err);
    for (uint64_t i = 0; !code && i < n; i++)
        dtype_set_f64(t, (*out)->data, i, t == DT_i16 ? (double)snd.p[i] * 32768 : (double)snd.p[i]);
    if (!code)
        text_printf(note, "%d Hz, %d channel%s%s, %llu samples", snd.rate, channels, channels == 1 ? "" : "s", channels > 1 ? " (mean taken)" : "", (unsigned long long)snd.n);
    if (!code && n != snd.n)
        text_printf(note, "; the first %llu are taken", (unsigned long long)n);
    else if (!code && (uint64_t)dim[axis] != snd.n)
        text_printf(note, "; padded with silence to %lld", (long long)dim[axis]);
    sound_free(&snd);
    return code;
}

/* "bytes head 1024 tail 1024 pad 256 strip": the first and the last bytes of a file as numbers, white space at the ends of the file left out;
 * what is missing is `pad`, after the head and before the tail. */
SpmlCode bytes_read(const File *f, const char *recipe, const SpmlPort *port, RtValue **out, Error *err)
{
    ValueWant want = want_of_port(port);
    const uint8_t *p = file_span(f).base, *end = p + file_size(f);
    int64_t head = -1, tail = 0, pad = 0;
    bool strip = false;
    for (const char *w = recipe + 5; *w;) {
        w += strspn(w, " ");
        int64_t *v = !strncmp(w, "head ", 5) ? &head : !strncmp(w, "tail ", 5) ? &tail : !strncmp(w, "pad ", 4) ? &pad : NULL;
        if (v && (!parse_i64(w + strcspn(w, " ") + 1, &w, v) || *v < 0 || *v > (1 << 30)))
            return error_set(err, SPML_USAGE, "recipe", "recipe '%.100s': a number is missing", recipe);
        if (v)
            continue;
        if (strncmp(w, "strip", 5) || (w[5] && w[5] != ' '))
            return error_set(err, SPML_USAGE, "recipe", "recipe '%.100s': bytes [head N] [tail N] [pad V] [strip]", recipe);
        strip = true;
        w += 5;
    }
    static const char white[] = " \t\n\r\v\f";
    for (; strip && p < end && memchr(white, *p, 6); p++) {}
    for (; strip && end > p && memchr(white, end[-1], 6); end--) {}
    int64_t n = end - p;
    head = head < 0 ? (want.rank > 0 && want.dim[want.rank - 1] >= 0 ? want.dim[want.rank - 1] - tail : n) : head;
    int64_t dim[IR_MAX_RANK], rank = want.rank > 0 ? want.rank : 1;
    for (int i = 0; i < rank; i++)
        dim[i] = i + 1 < rank ? 1 : head + tail;
    SpmlCode code = rt_tensor(want.dtype == DT_none ? DT_u8 : want.dtype, (int)rank, dim, out, err);
    for (int64_t i = 0; !code && i < head + tail; i++) {
        int64_t at = i < head ? i : n - (head + tail - i);
        dtype_set_i64((*out)->dtype, (*out)->data, (uint64_t)i, at >= 0 && at < n ? p[at] : pad);
    }
    return code;
}

bool media_read(const File *f, const char *kind, const ValueSource *from, RtValue **out, Text *note, SpmlCode *code, Error *err)
{
    Span s = file_span(f);
    bool picture = kind ? image_kind(kind, strlen(kind)) != IMAGE_NONE : image_probe(s.base, s.size) != IMAGE_NONE;
    bool sound = kind ? !strcmp(kind, "wav") : sound_probe(s.base, s.size);
    if (!picture && !sound)
        return false;
    *code = picture ? read_picture(s, from, out, note, err) : read_sound(s, from, out, note, err);
    if (*code)
        error_where(err, file_path(f), err && err->offset > 0 ? err->offset : -1);
    return true;
}

static SpmlCode encode_picture(const RtValue *v, const char *name, ImageKind kind, const char *recipe, Text *bytes, Text *note, Error *err)
{
    Recipe r, fitted;
    Image im = {0};
    MediaTensor t = {.dtype = v->dtype, .rank = v->rank, .p = v->data, .sz = v->sz};
    if (v->kind != TYPE_TENSOR || v->rank > 4)
        return error_set(err, SPML_DATA, "image-shape", "output '%.200s' is no picture", name);
    memcpy(t.dims, v->dim, (size_t)v->rank * sizeof *t.dims);
    SpmlCode code = recipe ? recipe_find(recipe, &r, err) : SPML_OK;
    if (!code && recipe)
        code = recipe_fit(&r, v->dtype, v->rank, v->dim, &fitted, err);
    if (!code)
        code = recipe_invert(recipe ? &fitted : NULL, &t, name, &im, note, err);
    if (!code)
        code = image_encode(&im, kind, 0, bytes, err);
    image_free(&im);
    return code;
}

static SpmlCode encode_sound(const RtValue *v, int rate, Text *bytes, Text *note, Error *err)
{
    if (v->kind != TYPE_TENSOR || (v->dtype != DT_f32 && v->dtype != DT_i16))
        return error_set(err, SPML_UNSUPPORTED, "sound-type", "only f32 and i16 tensors can be sound");
    int64_t n = rt_count(v);
    float *p = v->dtype == DT_i16 ? malloc((size_t)n * sizeof *p + 1) : v->data;
    if (!p)
        return error_oom(err);
    for (int64_t i = 0; v->dtype == DT_i16 && i < n; i++)
        p[i] = (float)((int16_t *)v->data)[i] / 32768.0f;
    SpmlCode code = sound_encode(p, (uint64_t)n, 1, rate, v->dtype, bytes, err);
    text_printf(note, "%d Hz, 1 channel, %lld samples", rate, (long long)n);
    if (v->dtype == DT_i16)
        free(p);
    return code;
}

bool media_write(const ValueList *l, const char *path, const char *kind, const ValueSource *how, Text *note, SpmlCode *code, Error *err)
{
    const char *dot = strrchr(path, '.');
    const char *k = kind ? kind : dot ? dot + 1 : "";
    ImageKind picture = image_kind(k, strlen(k));
    FileWriter *w = NULL;
    Text bytes = {0};
    if (picture == IMAGE_NONE && strcmp(k, "wav"))
        return false;
    *code = l->n == 1 ? SPML_OK : error_set(err, SPML_USAGE, "tensor-count", "%s holds one tensor, not %zu", k, l->n);
    if (!*code && picture)
        *code = encode_picture(l->v[0].value, l->v[0].name, picture, how->recipe, &bytes, note, err);
    else if (!*code)
        *code = encode_sound(l->v[0].value, how->rate ? how->rate : 16000, &bytes, note, err);
    if (!*code && bytes.oom)
        *code = error_oom(err);
    if (!*code)
        *code = writer_open(path, &w, err);
    if (!*code)
        *code = writer_write(w, bytes.p, bytes.n, err);
    if (!*code)
        *code = writer_commit(&w, err);
    else
        writer_abort(&w);
    text_free(&bytes);
    return true;
}

/* ── frames of a stream ── */

struct SpmlFrames { FrameReader *r; };

SpmlStatus spml_frames_open(int fd, SpmlFrames **out, SpmlError *err)
{
    SpmlFrames *f = calloc(1, sizeof *f);
    if (!f)
        return error_oom(handle_error(err));
    SpmlCode code = frames_open(fd, 0, &f->r, handle_error(err));
    if (code)
        free(f);
    else
        *out = f;
    return code;
}

SpmlStatus spml_frames_next(SpmlFrames *f, const SpmlPort *port, const char *recipe, SpmlTensor **out, char **note, SpmlError *err)
{
    Image im = {0};
    Text t = {0};
    bool end = false;
    RtValue *v = NULL;
    *out = NULL;
    SpmlCode code = frames_next(f->r, &im, &end, handle_error(err));
    if (!code && !end)
        code = picture_value(&im, port, recipe, false, &v, &t, handle_error(err));
    image_free(&im);
    *out = (SpmlTensor *)v;
    if (note)
        *note = t.p;
    else
        text_free(&t);
    return code;
}

void spml_frames_close(SpmlFrames *f)
{
    if (f)
        frames_close(&f->r);
    free(f);
}

const char *spml_media_presets(void) { return recipe_presets; }

bool spml_media_kind(const char *name)
{
    const char *dot = strrchr(name, '.');
    const char *k = dot ? dot + 1 : name;
    return image_kind(k, strlen(k)) != IMAGE_NONE || !strcmp(k, "wav");
}
