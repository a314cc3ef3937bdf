/* SPDX-License-Identifier: MIT
 * formats/onnx: TypeProto → Type. A dim_param becomes the graph's symbol of that name. An extent without a name becomes a symbol of its own:
 * "?INPUT.AXIS" for inputs of the model (a leading ? marks it as unnamed), a data symbol elsewhere, where the running graph decides. */
#include "formats/onnx/onnx.h"

enum { TYPE_NEST = 16 };

static const Dim *unnamed(Onnx *r, Graph *g, const char *input, int axis)
{
    if (!input) {
        Sym *s = graph_data_sym(g, NULL);
        return s ? dim_sym(g, s) : NULL;
    }
    const char *name = arena_printf(r->arena, "?%s.%d", input, axis);
    Sym *s = name ? graph_sym(g, name, strlen(name)) : NULL;
    return s ? dim_sym(g, s) : NULL;
}

static SpmlCode read_dim(Onnx *r, Graph *g, PbBytes msg, int depth, const char *input, int axis, const Dim **out)
{
    PDim p = {0};
    SpmlCode c = pb_read(&r->src.pb, msg, depth, &proto_dim, &p);
    if (c)
        return c;
    if (p.seen & DIM_SEEN_VALUE) {
        if (p.value < -1)
            return pb_fail(&r->src.pb, msg.p, "type-dim", "%s: dimension %d is %lld", input ? input : "a type", axis, (long long)p.value);
        *out = p.value < 0 ? unnamed(r, g, input, axis) : dim_const(g, p.value);
    } else if (input && p.param.n && p.param.p[0] != '?') {
        const char *name = onnx_name(&r->src.pb, p.param);
        Sym *s = name ? graph_sym(g, name, strlen(name)) : NULL;
        if (!name && !r->arena->oom)
            return SPML_DATA;
        *out = s ? dim_sym(g, s) : NULL;
    } else {
        *out = unnamed(r, g, input, axis);
    }
    return *out ? SPML_OK : error_oom(r->err);
}

static SpmlCode tensor_type(Onnx *r, Graph *g, PbBytes msg, int depth, const char *input, Type *out)
{
    PTensorType p = {0};
    PShape shape = {0};
    const Dim *dims[IR_MAX_RANK];
    SpmlCode c = pb_read(&r->src.pb, msg, depth, &proto_tensor_type, &p);
    if (c)
        return c;
    DType t = onnx_dtype(p.elem);
    if (t == DT_none && p.elem)
        return pb_fail(&r->src.pb, msg.p, "type-element", "%s: element type %lld", input ? input : "a type", (long long)p.elem);
    *out = (Type){.kind = TYPE_TENSOR, .dtype = t, .rank = -1};
    if (!p.shape.p)
        return SPML_OK;
    if ((c = pb_read(&r->src.pb, p.shape, depth + 1, &proto_shape, &shape)))
        return c;
    if (shape.dims.n > IR_MAX_RANK)
        return pb_fail(&r->src.pb, p.shape.p, "type-rank", "%s: %zu dimensions; the cap is %d", input ? input : "a type", shape.dims.n, IR_MAX_RANK);
    for (size_t i = 0; !c && i < shape.dims.n; i++)
        c = read_dim(r, g, shape.dims.v[i], depth + 2, input, (int)i, &dims[i]);
    if (!c)
        *out = type_tensor(g, t, (int)shape.dims.n, dims);
    return c;
}

static SpmlCode read_type(Onnx *r, Graph *g, PbBytes msg, int depth, int nest, const char *input, Type *out);

static SpmlCode elem_type(Onnx *r, Graph *g, PbBytes msg, int depth, int nest, TypeKind kind, Type *out)
{
    Type *elem = arena_new(r->arena, Type);
    if (!elem)
        return error_oom(r->err);
    *out = (Type){.kind = kind, .elem = elem};
    return msg.p ? read_type(r, g, msg, depth, nest + 1, NULL, elem) : SPML_OK;
}

static SpmlCode map_type(Onnx *r, Graph *g, PbBytes msg, int depth, int nest, Type *out)
{
    PMapType p = {0};
    SpmlCode c = pb_read(&r->src.pb, msg, depth, &proto_map_type, &p);
    if (!c)
        c = elem_type(r, g, p.value, depth + 1, nest, TYPE_MAP, out);
    if (c)
        return c;
    out->key = onnx_dtype(p.key);
    out->dtype = out->elem->kind == TYPE_TENSOR ? out->elem->dtype : DT_none;
    return out->key == DT_none ? pb_fail(&r->src.pb, msg.p, "type-key", "a map with key type %lld", (long long)p.key) : SPML_OK;
}

static SpmlCode read_type(Onnx *r, Graph *g, PbBytes msg, int depth, int nest, const char *input, Type *out)
{
    PType p = {0};
    PElemType e = {0};
    if (nest > TYPE_NEST)
        return pb_fail(&r->src.pb, msg.p, "too-deep", "a type nested deeper than %d", TYPE_NEST);
    SpmlCode c = pb_read(&r->src.pb, msg, depth, &proto_type, &p);
    if (c)
        return c;
    *out = (Type){0};
    if (p.tensor.p)
        return tensor_type(r, g, p.tensor, depth + 1, input, out);
    if (p.map.p)
        return map_type(r, g, p.map, depth + 1, nest, out);
    if (p.sparse.p || p.opaque.p)
        return error_set(r->err, SPML_UNSUPPORTED, "type-unsupported", "%s: %s types are not supported", input ? input : "a value", p.sparse.p ? "sparse tensor" : "opaque");
    PbBytes list = p.sequence.p ? p.sequence : p.optional;
    if (!list.p)
        return SPML_OK;
    if ((c = pb_read(&r->src.pb, list, depth + 1, &proto_elem_type, &e)))
        return c;
    return elem_type(r, g, e.elem, depth + 2, nest, p.sequence.p ? TYPE_SEQUENCE : TYPE_OPTIONAL, out);
}

SpmlCode onnx_type(Onnx *r, Graph *g, PbBytes msg, int depth, const char *input, Type *out)
{
    SpmlCode c = read_type(r, g, msg, depth, 0, input, out);
    return c ? c : r->arena->oom ? error_oom(r->err) : SPML_OK;
}
