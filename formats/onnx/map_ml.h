/* SPDX-License-Identifier: MIT
 * formats/onnx: what the classifiers and regressors of ai.onnx.ml share: labels, score transforms, choice of a class. */
#ifndef SPML_FORMATS_ONNX_MAP_ML_H
#define SPML_FORMATS_ONNX_MAP_ML_H

#include "formats/onnx/import.h"

/* How a class is chosen. ML_MANY: by the greatest score. ML_ONE: there is one score, for the second of two classes. ML_SECOND: there are two and the second decides.
 * ML_HALF: it does above one half, not above zero. ML_COMPLEMENT: of one score s the other class gets 1 - s, not -s. */
typedef enum MlChoice { ML_MANY = 0, ML_ONE = 1, ML_SECOND = 2, ML_HALF = 4, ML_COMPLEMENT = 8 } MlChoice;

Value *ml_labels(Import *im, const ForeignNode *f, const char *ints, const char *strings, int64_t *n); /* a constant vector; NULL: neither is given */
/* y = scores [N, C] after NONE, SOFTMAX or LOGISTIC. */
SpmlCode ml_transform(Import *im, const ForeignNode *f, Value *scores, const char *how, Value **y);
/* out[0]: labels [N]; out[1]: scores [N, C] after the node's post_transform. votes [N, C], or NULL: classes without any are not chosen. */
SpmlCode ml_classify(Import *im, const ForeignNode *f, Value *scores, Value *votes, Value *labels, int choice, Value **out);

#endif
