/* SPDX-License-Identifier: MIT
 * formats/onnx: the messages of onnx.proto as structs, filled by wire/protobuf.h. Each begins with `seen`, one bit per row of its table;
 * bytes, strings and submessages are views into the file. Field numbers are in proto.c. */
#ifndef SPML_FORMATS_ONNX_PROTO_H
#define SPML_FORMATS_ONNX_PROTO_H

#include "formats/wire/protobuf.h"

typedef struct PModel { uint64_t seen; int64_t ir_version, model_version; PbList opsets; PbBytes producer, producer_version, domain, doc, graph; PbList meta, functions; } PModel;
typedef struct POpset { uint64_t seen; PbBytes domain; int64_t version; } POpset;
typedef struct PPair { uint64_t seen; PbBytes key, value; } PPair;
typedef struct PGraph { uint64_t seen; PbList nodes; PbBytes name; PbList tensors, sparse, in, out, hints; } PGraph;
typedef struct PNode { uint64_t seen; PbList in, out; PbBytes name, op; PbList attrs; PbBytes domain, overload; } PNode;
typedef struct PAttr {
    uint64_t seen;
    PbBytes name, ref;
    int64_t type;
    float f;
    int64_t i;
    PbBytes s, tensor, graph, sparse, tp;
    PbFloats floats;
    PbInts ints;
    PbList strings, tensors, graphs, sparses, tps;
} PAttr;
typedef struct PTensor {
    uint64_t seen;
    PbInts dims;
    int64_t type, location;
    PbBytes segment, name, raw;
    PbList f32, i32, strings, i64, f64, u64; /* payloads of the typed lists */
    PbList external;
} PTensor;
typedef struct PSparse { uint64_t seen; PbBytes values, indices; PbInts dims; } PSparse;
typedef struct PValueInfo { uint64_t seen; PbBytes name, type; } PValueInfo;
typedef struct PType { uint64_t seen; PbBytes tensor, sequence, map, optional, sparse, opaque; } PType;
typedef struct PTensorType { uint64_t seen; int64_t elem; PbBytes shape; } PTensorType; /* Tensor and SparseTensor */
typedef struct PElemType { uint64_t seen; PbBytes elem; } PElemType;                    /* Sequence and Optional */
typedef struct PMapType { uint64_t seen; int64_t key; PbBytes value; } PMapType;
typedef struct PShape { uint64_t seen; PbList dims; } PShape;
typedef struct PDim { uint64_t seen; int64_t value; PbBytes param; } PDim;
typedef struct PFunction { uint64_t seen; PbBytes name; PbList in, out, attrs, defaults, nodes, opsets; PbBytes domain, overload; } PFunction;
/* data files of test sets */
typedef struct PSequence { uint64_t seen; PbBytes name; int64_t type; PbList tensors, sparses, sequences, maps, optionals; } PSequence;
typedef struct POptional { uint64_t seen; PbBytes name; int64_t type; PbBytes tensor, sparse, sequence, map, optional; } POptional;
typedef struct PMap { uint64_t seen; PbBytes name; int64_t key_type; PbInts keys; PbList string_keys; PbBytes values; } PMap;

extern const PbMessage proto_model, proto_opset, proto_pair, proto_graph, proto_node, proto_attr, proto_tensor, proto_sparse, proto_value_info, proto_type,
    proto_tensor_type, proto_elem_type, proto_map_type, proto_shape, proto_dim, proto_function, proto_sequence, proto_optional, proto_map;

/* `seen` bits that callers ask for; row order of proto.c */
enum { ATTR_SEEN_F = 1 << 3, ATTR_SEEN_I = 1 << 4 };
enum { DIM_SEEN_VALUE = 1 << 0 };
enum { MODEL_SEEN_VERSION = 1 << 1 };

#endif
