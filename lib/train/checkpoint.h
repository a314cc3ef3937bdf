/* SPDX-License-Identifier: MIT
 * train: checkpoints: all states of a Trainer and what the loop adds, in one SafeTensors file that other programs read too: tensors "params/NAME", "mean/NAME" …
 * "statistics/NAME" under the names of the model, and in its metadata JSON: "training" (trainer_describe: what must agree), "counters", "loop" (the caller's: data
 * position, options, history) and a sum over the contents. A file is written beside its place, synced and renamed, so a kill or a full disk leaves the old ones whole. */
#ifndef SPML_TRAIN_CHECKPOINT_H
#define SPML_TRAIN_CHECKPOINT_H

#include "train/train.h"

/* DIR/checkpoint-STEP.safetensors (DIR is made); best: also DIR/best.safetensors. Then all but the newest `keep` are removed (0: none is). loop: a JSON object. Between
 * updates only. SPML_RESOURCE (exit 5) where it cannot be written. */
SpmlCode checkpoint_save(Trainer *t, const char *dir, const char *loop, bool best, int keep, Error *err);
/* path: a checkpoint, or a folder: its newest. *file is in a. */
SpmlCode checkpoint_find(const char *path, Arena *a, const char **file, Error *err);
/* The loop's JSON, before there is a trainer. Anything but a whole checkpoint is SPML_DATA and says why. */
SpmlCode checkpoint_read(const char *file, Arena *a, const char **loop, Error *err);
/* From here on t goes on as the one that was saved. SPML_DATA, "checkpoint-other", when it is of another model, optimiser or grouping. */
SpmlCode checkpoint_load(Trainer *t, const char *file, Error *err);

#endif
