/* SPDX-License-Identifier: MIT
 * media: pictures and sound between files and tensors. Bytes come in as a Span and go out in a Text (used as a byte buffer); nothing here
 * opens a file. Every size is checked against the header, the caps of base/caps.h and sz_max before memory is taken (sz_max 0: the
 * memory cap of base/system.h). Results own malloc'ed memory until their _free, which takes zeroed objects too. Letters: H W rows and
 * columns of pixels, C channels, T frames of sound. Errors carry a key, and an offset where one byte is to blame; the caller adds the path. */
#ifndef SPML_MEDIA_H
#define SPML_MEDIA_H

#include "base/dtype.h"
#include "base/error.h"
#include "base/span.h"
#include "base/text.h"

/* ── pictures: image.c (kinds), jpeg.c png.c bmp.c pnm.c (structure), stb.c (decoding), png.c jpeg_write.c (writing) ── */
typedef enum ImageKind { IMAGE_NONE, IMAGE_JPEG, IMAGE_PNG, IMAGE_BMP, IMAGE_PNM } ImageKind;

typedef struct ImageInfo { /* what the header says */
    ImageKind kind;
    int w, h;           /* 1 .. CAP_IMAGE_SIDE */
    int channels;       /* 1 grey, 3 rgb: what decoding gives */
    int bits;           /* per sample in the file, 1 .. 16; decoding gives 8 */
    bool alpha;         /* the file has it: decoding composites on black */
    bool progressive;   /* JPEG */
    int orientation;    /* EXIF, 1 .. 8; 1 = upright or not said */
} ImageInfo;

typedef struct Image {
    int w, h, channels;
    uint8_t *p;         /* [h, w, channels], rgb or grey, no padding */
    ImageInfo info;     /* of the file it came from; zero when it did not */
} Image;

ImageKind image_probe(const void *p, size_t n);              /* by the first bytes; NONE when it is none of them */
ImageKind image_kind(const char *name, size_t n);            /* "png", "jpg", "jpeg", "bmp", "ppm", "pgm"; a path's extension */
const char *image_kind_name(ImageKind k);                    /* "png" … */
/* Reads the structure (all chunks, all markers) without decoding. keys: file-truncated, image-format, image-unsupported, image-too-large. */
SpmlCode image_info(Span s, ImageInfo *out, Error *err);
/* image_info, then pixels. 16-bit samples become 8 by v/257 rounded to nearest; alpha a gives c·a/255 rounded to nearest. */
SpmlCode image_decode(Span s, uint64_t sz_max, Image *out, Error *err);
SpmlCode image_new(int w, int h, int channels, uint64_t sz_max, Image *out, Error *err); /* zeroed pixels */
void image_free(Image *im);
/* Turns the picture as info.orientation says; info.orientation is 1 afterwards. */
SpmlCode image_orient(Image *im, Error *err);
/* quality: 1 .. 100, JPEG only (0: 92). Appends the file's bytes. */
SpmlCode image_encode(const Image *im, ImageKind kind, int quality, Text *out, Error *err);

/* PNM frames one after the other from a descriptor, as ffmpeg's image2pipe writes them; each is given as soon as its last byte is there. */
typedef struct FrameReader FrameReader;
SpmlCode frames_open(int fd, uint64_t sz_max, FrameReader **out, Error *err); /* fd stays the caller's */
SpmlCode frames_next(FrameReader *f, Image *out, bool *end, Error *err);      /* *end: the stream stopped between frames; out is then empty */
void frames_close(FrameReader **f);

/* ── resize.c: bit for bit what Pillow's Image.resize gives on 8-bit pictures (antialiased when shrinking; nearest is not) ── */
typedef enum Filter { FILTER_NEAREST, FILTER_BOX, FILTER_BILINEAR, FILTER_HAMMING, FILTER_BICUBIC, FILTER_LANCZOS, FILTER_COUNT } Filter;
const char *filter_name(Filter f);
bool filter_find(const char *name, size_t n, Filter *out);
SpmlCode image_resize(const Image *im, int w, int h, Filter f, Image *out, Error *err);
/* The part at (x, y) of w × h; what lies outside im is filled with `pad` in all channels. */
SpmlCode image_crop(const Image *im, int x, int y, int w, int h, uint8_t pad, Image *out, Error *err);
SpmlCode image_recolour(const Image *im, int channels, Image *out, Error *err); /* 3 → 1: ITU-R 601 as Pillow's "L"; 1 → 3: repeated */

/* ── recipe.c: a picture to a tensor and back, as explicit steps. Text: steps separated by ";" or ", ":
 *     rgb | bgr | grey                         order of channels in the tensor
 *     orient                                   apply the EXIF orientation
 *     resize 224x224 bilinear                  to W x H
 *     resize 256 short bilinear                the shorter side to 256, the other in proportion (rounded down)
 *     resize 8/7 short bilinear                256 for a tensor of 224: the ratio is of the tensor's size
 *     resize bilinear                          to the tensor's size; none when that is not fixed
 *     centre-crop 224x224 | centre-crop        WxH or the tensor's size; padded with black when the picture is smaller
 *     letterbox 640x640 114 | letterbox 114    fit inside in proportion, centred, the rest filled (default 114); with a filter after WxH
 *     x 1/255 | x 1/127.5 - 1 | x 1 + 0.5      multiply (a quotient divides) and add
 *     mean 0.485,0.456,0.406 | mean 0.5        subtract, by channel of the tensor's order
 *     std 0.229,0.224,0.225                    divide
 *     nchw | nhwc                              layout (also taken from the tensor's shape)
 * "antialiased" after a filter is read and ignored: it is what the filters are. Geometry comes before arithmetic; arithmetic is f32, one
 * rounding a step, in the order written. ── */
typedef enum StepKind { STEP_NONE, STEP_COLOUR, STEP_ORIENT, STEP_RESIZE, STEP_CROP, STEP_LETTERBOX, STEP_SCALE, STEP_MEAN, STEP_STD, STEP_LAYOUT } StepKind;
typedef enum Colour { COLOUR_ANY, COLOUR_RGB, COLOUR_BGR, COLOUR_GREY } Colour;
typedef enum PixelLayout { PIXELS_ANY, PIXELS_NCHW, PIXELS_NHWC } PixelLayout;
enum { RECIPE_STEPS = 16 };

typedef struct Step {
    StepKind kind;
    int w, h;            /* resize, crop, letterbox: target; 0 = the tensor's. A short-side resize has w = side, h = 0 */
    bool is_short;
    int num, den;        /* short side as a ratio of the tensor's size; den 0 = none */
    Filter filter;
    uint8_t pad;         /* letterbox */
    float mul, div, add; /* scale: x·mul/div + add */
    float v[3]; int n;   /* mean, std: one value for all channels (n = 1) or three */
    Colour colour;
    PixelLayout layout;
} Step;
typedef struct Recipe { Step step[RECIPE_STEPS]; int n; } Recipe;

typedef struct MediaTensor { /* row-major */
    DType dtype;
    int rank;
    int64_t dims[4];     /* [1,C,H,W], [1,H,W,C], [C,H,W], [H,W,C] or [H,W] */
    void *p; size_t sz;
} MediaTensor;
void media_tensor_free(MediaTensor *t);

SpmlCode recipe_parse(const char *text, Recipe *out, Error *err);       /* SPML_USAGE, key "recipe" */
bool recipe_preset(const char *name, Recipe *out);                      /* imagenet, unit, signed, pixels; sizes left to the tensor */
extern const char *const recipe_presets;                                /* "imagenet, unit, signed, pixels" for messages */
void recipe_print(const Recipe *r, const char *separator, Text *out);   /* parses back */
/* Fits a recipe to a tensor: channel order and layout from its shape, sizes filled in, a bilinear resize added when there is no geometry.
 * dims[i] < 0: not fixed. The first of four dims is the batch and is left to the caller (a recipe makes one item). SPML_DATA, key
 * "image-shape", when the shape is no picture's or contradicts the recipe. */
SpmlCode recipe_fit(const Recipe *r, DType dtype, int rank, const int64_t *dims, Recipe *out, Error *err);
/* Picture → tensor. r must be fitted. name: the model's input, for the note. note (may be NULL) gets, appended,
 *     1024x768 rgb; resize 224x224 bilinear antialiased; x 1; input1 f32[1,3,224,224] rgb
 * Elements that are not f32 are rounded to nearest even, integers saturated. */
SpmlCode recipe_run(const Recipe *r, const Image *im, DType dtype, int rank, const char *name, uint64_t sz_max, MediaTensor *out, Text *note, Error *err);
/* Tensor → picture: the recipe's arithmetic undone (NULL: u8 as they are; floats all within 0..1 are taken times 255, others as they are; the
 * note says which), clamped to 0..255, rounded to nearest even, NaN 0. note: "output1 f32[1,3,224,224] rgb; clamp 0..255; 224x224".
 * Rank 2..4; a leading 1 is dropped; channels 1 or 3 first or last (first wins). key "image-shape" when it is no picture. */
SpmlCode recipe_invert(const Recipe *r, const MediaTensor *t, const char *name, Image *out, Text *note, Error *err);

/* ── wav.c: RIFF/WAVE. PCM 8, 16, 24, 32, float 32, 64; any channels; extensible headers ── */
typedef struct Sound {
    int rate;            /* samples a second, > 0 */
    int channels;        /* 1 .. 64 */
    uint64_t n;          /* frames, T */
    float *p;            /* [n, channels], −1..1 full scale: 8-bit (v − 128)/128, 16-bit v/32768, … */
    int bits; bool is_float; /* as in the file */
} Sound;
bool sound_probe(const void *p, size_t n);
SpmlCode sound_decode(Span s, uint64_t sz_max, Sound *out, Error *err); /* keys: file-truncated, sound-format, sound-unsupported */
void sound_free(Sound *s);
SpmlCode sound_mono(Sound *s, Error *err);                               /* mean of the channels */
SpmlCode sound_resample(Sound *s, int rate, Error *err);                 /* linear-phase Kaiser-windowed sinc; only when asked for */
/* dtype f32 (IEEE float) or i16 (clamped, rounded to nearest even). p: [n, channels]. Appends the file's bytes. */
SpmlCode sound_encode(const float *p, uint64_t n, int channels, int rate, DType dtype, Text *out, Error *err);

#endif
