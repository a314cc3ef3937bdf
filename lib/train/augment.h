/* SPDX-License-Identifier: MIT
 * train: augmentation of pictures. Text: steps separated by commas, each at most once:
 *     flip | flip=0.5     left to right, with this probability       vflip=P      top to bottom
 *     crop=4              4 black pixels around, a part of the old size at a random place
 *     rcrop | rcrop=0.3   a random part of 30 % … 100 % of the area (default 0.08), sides 3:4 … 4:3, to the target size
 *     rotate=10           by −10 … 10 degrees about the centre, bilinear, black outside
 *     colour=0.2          brightness, contrast and saturation each by a factor of 0.8 … 1.2 (also by these three names)
 *     erase=0.25          with this probability a rectangle of 2 % … 33 % of the area becomes black
 *     mixup=0.2           two samples a·x + (1−a)·x', targets alike, a from the Beta distribution (0.2, 0.2): the loader's
 * Order of work: rcrop or the recipe's geometry, then flip, vflip, crop, rotate, brightness, contrast, saturation, erase. All of it is a function of (seed, epoch, sample). */
#ifndef SPML_TRAIN_AUGMENT_H
#define SPML_TRAIN_AUGMENT_H

#include "base/error.h"
#include "base/text.h"
#include "train/rng.h"

struct Image; /* media/media.h */

typedef struct Augment { double flip, vflip, crop, rcrop, rotate, brightness, contrast, saturation, erase, mixup; } Augment; /* 0: not done */

SpmlCode augment_parse(const char *text, Augment *out, Error *err); /* SPML_USAGE, key "augment"; "" and "none" are nothing */
void augment_print(const Augment *a, Text *out);                    /* parses back */
/* Of a decoded picture: the random part, resized to w × h. */
SpmlCode augment_part(const Augment *a, Rng *r, struct Image *im, int w, int h, Error *err);
/* Everything after the geometry of the recipe; the size stays. */
SpmlCode augment_picture(const Augment *a, Rng *r, struct Image *im, Error *err);
double augment_mix(double alpha, Rng *r); /* in [0, 1], from Beta(alpha, alpha); alpha > 0 */

#endif
