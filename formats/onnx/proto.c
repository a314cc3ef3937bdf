/* SPDX-License-Identifier: MIT
 * formats/onnx: field numbers of onnx.proto. Fields that are not listed (documentation of nodes, device placement, training) are skipped. */
#include "formats/onnx/proto.h"

#define AT(T, f) offsetof(T, f)
#define MESSAGE(id, title, T, ...) \
    static const PbRow id##_rows[] = {__VA_ARGS__}; \
    const PbMessage proto_##id = {title, id##_rows, (int)(sizeof id##_rows / sizeof *id##_rows)};

MESSAGE(model, "ModelProto", PModel,
    {1, PB_INT, AT(PModel, ir_version)}, {5, PB_INT, AT(PModel, model_version)}, {8, PB_MSGS, AT(PModel, opsets)}, {2, PB_STR, AT(PModel, producer)},
    {3, PB_STR, AT(PModel, producer_version)}, {4, PB_STR, AT(PModel, domain)}, {6, PB_STR, AT(PModel, doc)}, {7, PB_MSG, AT(PModel, graph)},
    {14, PB_MSGS, AT(PModel, meta)}, {25, PB_MSGS, AT(PModel, functions)})
MESSAGE(opset, "OperatorSetIdProto", POpset, {1, PB_STR, AT(POpset, domain)}, {2, PB_INT, AT(POpset, version)})
MESSAGE(pair, "StringStringEntryProto", PPair, {1, PB_STR, AT(PPair, key)}, {2, PB_STR, AT(PPair, value)})
MESSAGE(graph, "GraphProto", PGraph,
    {1, PB_MSGS, AT(PGraph, nodes)}, {2, PB_STR, AT(PGraph, name)}, {5, PB_MSGS, AT(PGraph, tensors)}, {15, PB_MSGS, AT(PGraph, sparse)},
    {11, PB_MSGS, AT(PGraph, in)}, {12, PB_MSGS, AT(PGraph, out)}, {13, PB_MSGS, AT(PGraph, hints)})
MESSAGE(node, "NodeProto", PNode,
    {1, PB_STRS, AT(PNode, in)}, {2, PB_STRS, AT(PNode, out)}, {3, PB_STR, AT(PNode, name)}, {4, PB_STR, AT(PNode, op)},
    {5, PB_MSGS, AT(PNode, attrs)}, {7, PB_STR, AT(PNode, domain)}, {8, PB_STR, AT(PNode, overload)})
MESSAGE(attr, "AttributeProto", PAttr,
    {1, PB_STR, AT(PAttr, name)}, {21, PB_STR, AT(PAttr, ref)}, {20, PB_INT, AT(PAttr, type)}, {2, PB_FLOAT, AT(PAttr, f)}, {3, PB_INT, AT(PAttr, i)},
    {4, PB_STR, AT(PAttr, s)}, {5, PB_MSG, AT(PAttr, tensor)}, {6, PB_MSG, AT(PAttr, graph)}, {22, PB_MSG, AT(PAttr, sparse)}, {14, PB_MSG, AT(PAttr, tp)},
    {7, PB_FLOATS, AT(PAttr, floats)}, {8, PB_INTS, AT(PAttr, ints)}, {9, PB_STRS, AT(PAttr, strings)}, {10, PB_MSGS, AT(PAttr, tensors)},
    {11, PB_MSGS, AT(PAttr, graphs)}, {23, PB_MSGS, AT(PAttr, sparses)}, {15, PB_MSGS, AT(PAttr, tps)})
MESSAGE(tensor, "TensorProto", PTensor,
    {1, PB_INTS, AT(PTensor, dims)}, {2, PB_INT, AT(PTensor, type)}, {14, PB_INT, AT(PTensor, location)}, {3, PB_MSG, AT(PTensor, segment)},
    {8, PB_STR, AT(PTensor, name)}, {9, PB_BYTES, AT(PTensor, raw)}, {4, PB_SEG32, AT(PTensor, f32)}, {5, PB_SEGV, AT(PTensor, i32)},
    {6, PB_STRS, AT(PTensor, strings)}, {7, PB_SEGV, AT(PTensor, i64)}, {10, PB_SEG64, AT(PTensor, f64)}, {11, PB_SEGV, AT(PTensor, u64)},
    {13, PB_MSGS, AT(PTensor, external)})
MESSAGE(sparse, "SparseTensorProto", PSparse, {1, PB_MSG, AT(PSparse, values)}, {2, PB_MSG, AT(PSparse, indices)}, {3, PB_INTS, AT(PSparse, dims)})
MESSAGE(value_info, "ValueInfoProto", PValueInfo, {1, PB_STR, AT(PValueInfo, name)}, {2, PB_MSG, AT(PValueInfo, type)})
MESSAGE(type, "TypeProto", PType,
    {1, PB_MSG, AT(PType, tensor)}, {4, PB_MSG, AT(PType, sequence)}, {5, PB_MSG, AT(PType, map)}, {9, PB_MSG, AT(PType, optional)},
    {8, PB_MSG, AT(PType, sparse)}, {7, PB_MSG, AT(PType, opaque)})
MESSAGE(tensor_type, "TypeProto.Tensor", PTensorType, {1, PB_INT, AT(PTensorType, elem)}, {2, PB_MSG, AT(PTensorType, shape)})
MESSAGE(elem_type, "TypeProto.Sequence", PElemType, {1, PB_MSG, AT(PElemType, elem)})
MESSAGE(map_type, "TypeProto.Map", PMapType, {1, PB_INT, AT(PMapType, key)}, {2, PB_MSG, AT(PMapType, value)})
MESSAGE(shape, "TensorShapeProto", PShape, {1, PB_MSGS, AT(PShape, dims)})
MESSAGE(dim, "TensorShapeProto.Dimension", PDim, {1, PB_INT, AT(PDim, value)}, {2, PB_STR, AT(PDim, param)})
MESSAGE(function, "FunctionProto", PFunction,
    {1, PB_STR, AT(PFunction, name)}, {4, PB_STRS, AT(PFunction, in)}, {5, PB_STRS, AT(PFunction, out)}, {6, PB_STRS, AT(PFunction, attrs)},
    {11, PB_MSGS, AT(PFunction, defaults)}, {7, PB_MSGS, AT(PFunction, nodes)}, {9, PB_MSGS, AT(PFunction, opsets)}, {10, PB_STR, AT(PFunction, domain)},
    {13, PB_STR, AT(PFunction, overload)})
MESSAGE(sequence, "SequenceProto", PSequence,
    {1, PB_STR, AT(PSequence, name)}, {2, PB_INT, AT(PSequence, type)}, {3, PB_MSGS, AT(PSequence, tensors)}, {4, PB_MSGS, AT(PSequence, sparses)},
    {5, PB_MSGS, AT(PSequence, sequences)}, {6, PB_MSGS, AT(PSequence, maps)}, {7, PB_MSGS, AT(PSequence, optionals)})
MESSAGE(optional, "OptionalProto", POptional,
    {1, PB_STR, AT(POptional, name)}, {2, PB_INT, AT(POptional, type)}, {3, PB_MSG, AT(POptional, tensor)}, {4, PB_MSG, AT(POptional, sparse)},
    {5, PB_MSG, AT(POptional, sequence)}, {6, PB_MSG, AT(POptional, map)}, {7, PB_MSG, AT(POptional, optional)})
MESSAGE(map, "MapProto", PMap,
    {1, PB_STR, AT(PMap, name)}, {2, PB_INT, AT(PMap, key_type)}, {3, PB_INTS, AT(PMap, keys)}, {4, PB_STRS, AT(PMap, string_keys)}, {5, PB_MSG, AT(PMap, values)})
