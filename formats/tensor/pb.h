/* SPDX-License-Identifier: MIT
 * formats/tensor: ONNX data files (TensorProto, SequenceProto, OptionalProto, MapProto) ↔ run-time values. The file does not say which message
 * it is; the type of the model's input does. */
#ifndef SPML_FORMATS_TENSOR_PB_H
#define SPML_FORMATS_TENSOR_PB_H

#include "base/text.h"
#include "ir/rtvalue.h"

/* kind: what the file holds; TYPE_NONE takes a tensor or, failing that, a sequence. *name (may be NULL) is a malloc'ed copy of the value's name. */
SpmlCode pb_value_read(const File *f, TypeKind kind, RtValue **out, char **name, Error *err);
SpmlCode pb_value_write(const RtValue *v, const char *name, Text *out, Error *err); /* appends the message's bytes */

#endif
