/* SPDX-License-Identifier: MIT
 * media: what the files of this directory share: failing at a byte, big-endian reads, the size limits, and one structure check per kind. */
#ifndef SPML_MEDIA_INTERNAL_H
#define SPML_MEDIA_INTERNAL_H

#include "base/caps.h"
#include "media/media.h"

/* error_set with the byte to blame (-1: none). */
SpmlCode media_fail(Error *err, SpmlCode code, const char *key, int64_t offset, const char *fmt, ...) __attribute__((format(printf, 5, 6)));
uint32_t media_be(Span *s, unsigned bytes); /* 1..4 bytes, most significant first */
/* info's w and h against the caps. */
SpmlCode image_check_size(uint64_t w, uint64_t h, int64_t offset, Error *err);
SpmlCode media_check_bytes(uint64_t n, uint64_t sz_max, Error *err); /* n against sz_max or the memory cap */

SpmlCode jpeg_info(Span s, ImageInfo *out, Error *err);
SpmlCode png_info(Span s, ImageInfo *out, Error *err);
SpmlCode bmp_info(Span s, ImageInfo *out, Error *err);
/* s moves to the first pixel byte. bad: the header is not complete yet. */
SpmlCode pnm_head(Span *s, ImageInfo *out, int *maxval, Error *err);
SpmlCode pnm_info(Span s, ImageInfo *out, Error *err);
SpmlCode pnm_decode(Span s, Image *im, Error *err);      /* im has its pixels' memory */
/* n samples of p (1 or 2 bytes each, big-endian) as 8 bits; p may be out. */
void pnm_samples(const uint8_t *p, size_t n, int maxval, uint8_t *out);
/* One of stb's kinds: pixels into im->p (w, h, channels as in info). */
SpmlCode stb_decode(Span s, const ImageInfo *info, Image *im, Error *err);
SpmlCode jpeg_encode(const Image *im, int quality, Text *out, Error *err);
SpmlCode png_encode(const Image *im, Text *out, Error *err);

#endif
