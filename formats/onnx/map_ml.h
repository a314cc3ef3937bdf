/* SPDX-License-Identifier: MIT
 * formats/onnx: what the classifiers and regressors of ai.onnx.ml share: labels, score transforms, choice of a class. */
#ifndef SPML_FORMATS_ONNX_MAP_ML_H
#define SPML_FORMATS_ONNX_MAP_ML_H

#include "formats/onnx/import.h"

/* ML_MANY: one score per class. Binary: one score, for the second class: chosen above one half, or above zero. */
typedef enum MlChoice { ML_MANY, ML_BINARY_HALF, ML_BINARY_SIGN } MlChoice;

Value *ml_labels(Import *im, const ForeignNode *f, const char *ints, const char *strings, int64_t *n); /* a constant vector; NULL: neither is given */
/* y = scores [N, C] after NONE, SOFTMAX or LOGISTIC. */
SpmlCode ml_transform(Import *im, const ForeignNode *f, Value *scores, const char *how, Value **y);
/* out[0]: labels [N]; out[1]: scores [N, C] after the node's post_transform. */
SpmlCode ml_classify(Import *im, const ForeignNode *f, Value *scores, Value *labels, MlChoice choice, Value **out);

#endif
