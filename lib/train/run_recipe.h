/* SPDX-License-Identifier: MIT
 * train: the way from a picture to the model's numbers in a run: what is asked for, what the model says, or else measured on the training part. Kept apart from the
 * run's other files, since recipes and the steps of a session use the same names. */
#ifndef SPML_TRAIN_RUN_RECIPE_H
#define SPML_TRAIN_RUN_RECIPE_H

#include "train/data.h"

typedef struct RecipeWish {
    const char *text, *preset, *model; /* the first that is there counts; none: from the data */
    const DataView *train;             /* NULL: it must not be measured */
    int w, h, channels;
} RecipeWish;

/* *text: as the model's metadata say it. Both in a. */
SpmlCode run_recipe(const RecipeWish *w, Arena *a, struct Recipe **out, const char **text, Error *err);

#endif
