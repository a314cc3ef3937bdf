/* SPDX-License-Identifier: MIT
 * formats/onnx: AttributeProto → Attr, of every kind; sparse tensors become dense ones, subgraphs are imported. Inside a function a
 * reference takes the attribute of the call. */
#include "formats/onnx/onnx.h"

/* AttributeProto.AttributeType */
enum { A_FLOAT = 1, A_INT, A_STRING, A_TENSOR, A_GRAPH, A_FLOATS, A_INTS, A_STRINGS, A_TENSORS, A_GRAPHS, A_SPARSE, A_SPARSES, A_TYPE, A_TYPES };

typedef struct AttrJob { Onnx *r; Scope *s; const PAttr *p; PbBytes msg; int depth; } AttrJob;
typedef SpmlCode (*AttrFn)(const AttrJob *j, Attr *out);

static SpmlCode read_float(const AttrJob *j, Attr *out) { return out->kind = ATTR_FLOAT, out->f = j->p->f, SPML_OK; }
static SpmlCode read_int(const AttrJob *j, Attr *out) { return out->kind = ATTR_INT, out->i = j->p->i, SPML_OK; }

static SpmlCode read_string(const AttrJob *j, Attr *out)
{
    out->kind = ATTR_STRING;
    out->n = (int64_t)j->p->s.n;
    out->s = arena_strndup(j->r->arena, j->p->s.p ? (const char *)j->p->s.p : "", j->p->s.n);
    return out->s ? SPML_OK : error_oom(j->r->err);
}

static SpmlCode one_tensor(const AttrJob *j, PbBytes msg, bool sparse, Value **out)
{
    OnnxTensor t;
    if (!msg.p)
        return pb_fail(&j->r->src.pb, j->msg.p, "attribute", "an attribute without its tensor");
    SpmlCode c = sparse ? onnx_sparse(&j->r->src, msg, j->depth + 1, &t) : onnx_tensor(&j->r->src, msg, j->depth + 1, &t);
    if (c)
        return c;
    *out = onnx_const(j->r, j->s->g, NULL, &t);
    return *out ? SPML_OK : error_oom(j->r->err);
}

static SpmlCode tensor_list(const AttrJob *j, const PbList *list, bool sparse, Attr *out)
{
    Value **v = arena_array(j->r->arena, Value *, list->n);
    SpmlCode c = v ? SPML_OK : error_oom(j->r->err);
    for (size_t i = 0; !c && i < list->n; i++)
        c = one_tensor(j, list->v[i], sparse, &v[i]);
    *out = (Attr){.name = out->name, .kind = ATTR_TENSORS, .n = (int64_t)list->n, .tensors = v};
    return c;
}

static SpmlCode read_tensor(const AttrJob *j, Attr *out) { return out->kind = ATTR_TENSOR, one_tensor(j, j->p->tensor, false, &out->tensor); }
static SpmlCode read_sparse(const AttrJob *j, Attr *out) { return out->kind = ATTR_TENSOR, one_tensor(j, j->p->sparse, true, &out->tensor); }
static SpmlCode read_tensors(const AttrJob *j, Attr *out) { return tensor_list(j, &j->p->tensors, false, out); }
static SpmlCode read_sparses(const AttrJob *j, Attr *out) { return tensor_list(j, &j->p->sparses, true, out); }

static SpmlCode one_graph(const AttrJob *j, PbBytes msg, Graph **out)
{
    if (!msg.p)
        return pb_fail(&j->r->src.pb, j->msg.p, "attribute", "an attribute without its graph");
    if (!(*out = graph_sub(j->s->g, NULL)))
        return error_oom(j->r->err);
    return onnx_graph(j->r, msg, j->depth + 1, j->s, *out);
}

static SpmlCode read_graph(const AttrJob *j, Attr *out) { return out->kind = ATTR_GRAPH, one_graph(j, j->p->graph, &out->graph); }

static SpmlCode read_graphs(const AttrJob *j, Attr *out)
{
    size_t n = j->p->graphs.n;
    Graph **v = arena_array(j->r->arena, Graph *, n);
    SpmlCode c = v ? SPML_OK : error_oom(j->r->err);
    for (size_t i = 0; !c && i < n; i++)
        c = one_graph(j, j->p->graphs.v[i], &v[i]);
    *out = (Attr){.name = out->name, .kind = ATTR_GRAPHS, .n = (int64_t)n, .graphs = v};
    return c;
}

static SpmlCode type_list(const AttrJob *j, const PbBytes *msg, size_t n, AttrKind kind, Attr *out)
{
    Type *v = arena_array(j->r->arena, Type, n);
    SpmlCode c = v ? SPML_OK : error_oom(j->r->err);
    for (size_t i = 0; !c && i < n; i++)
        if (msg[i].p)
            c = onnx_type(j->r, j->s->g, msg[i], j->depth + 1, NULL, &v[i]);
    *out = (Attr){.name = out->name, .kind = kind, .n = (int64_t)n, .types = v};
    return c;
}

static SpmlCode read_type(const AttrJob *j, Attr *out) { return type_list(j, &j->p->tp, 1, ATTR_VALUE_TYPE, out); }
static SpmlCode read_types(const AttrJob *j, Attr *out) { return type_list(j, j->p->tps.v, j->p->tps.n, ATTR_VALUE_TYPES, out); }

static SpmlCode read_ints(const AttrJob *j, Attr *out)
{
    *out = (Attr){.name = out->name, .kind = ATTR_INTS, .n = (int64_t)j->p->ints.n, .ints = j->p->ints.v};
    return SPML_OK;
}

static SpmlCode read_floats(const AttrJob *j, Attr *out)
{
    double *v = arena_array(j->r->arena, double, j->p->floats.n);
    if (!v)
        return error_oom(j->r->err);
    for (size_t i = 0; i < j->p->floats.n; i++)
        v[i] = j->p->floats.v[i];
    *out = (Attr){.name = out->name, .kind = ATTR_FLOATS, .n = (int64_t)j->p->floats.n, .floats = v};
    return SPML_OK;
}

static SpmlCode read_strings(const AttrJob *j, Attr *out)
{
    const PbList *list = &j->p->strings;
    StringRef *v = arena_array(j->r->arena, StringRef, list->n);
    if (!v)
        return error_oom(j->r->err);
    for (size_t i = 0; i < list->n; i++)
        if (!(v[i] = (StringRef){arena_strndup(j->r->arena, (const char *)list->v[i].p, list->v[i].n), list->v[i].n}).p)
            return error_oom(j->r->err);
    *out = (Attr){.name = out->name, .kind = ATTR_STRINGS, .n = (int64_t)list->n, .strings = v};
    return SPML_OK;
}

static const AttrFn readers[] = {
    [A_FLOAT] = read_float, [A_INT] = read_int, [A_STRING] = read_string, [A_TENSOR] = read_tensor, [A_GRAPH] = read_graph, [A_FLOATS] = read_floats,
    [A_INTS] = read_ints, [A_STRINGS] = read_strings, [A_TENSORS] = read_tensors, [A_GRAPHS] = read_graphs, [A_SPARSE] = read_sparse,
    [A_SPARSES] = read_sparses, [A_TYPE] = read_type, [A_TYPES] = read_types,
};

/* Files of IR version 1 leave the type out: the field that is there tells. */
static int64_t type_guess(const PAttr *p)
{
    const struct { bool there; int type; } seen[] = {
        {p->seen & ATTR_SEEN_F, A_FLOAT}, {p->seen & ATTR_SEEN_I, A_INT}, {p->s.p, A_STRING}, {p->tensor.p, A_TENSOR}, {p->graph.p, A_GRAPH},
        {p->floats.n, A_FLOATS}, {p->ints.n, A_INTS}, {p->strings.n, A_STRINGS}, {p->tensors.n, A_TENSORS}, {p->graphs.n, A_GRAPHS},
        {p->sparse.p, A_SPARSE}, {p->sparses.n, A_SPARSES}, {p->tp.p, A_TYPE}, {p->tps.n, A_TYPES},
    };
    for (size_t i = 0; i < sizeof seen / sizeof *seen; i++)
        if (seen[i].there)
            return seen[i].type;
    return A_INTS; /* nothing at all: an empty list */
}

static bool attr_reference(const Scope *s, const char *name, const char *ref, Attr *out)
{
    while (s && !s->in_function)
        s = s->up;
    for (int i = 0; s && i < s->n_attrs; i++)
        if (!strcmp(s->attrs[i].name, ref)) {
            *out = s->attrs[i];
            out->name = name;
            return true;
        }
    return false;
}

SpmlCode onnx_attr(Onnx *r, Scope *s, PbBytes msg, int depth, Attr *out, bool *given)
{
    PAttr p = {0};
    const Pb *pb = &r->src.pb;
    SpmlCode c = pb_read(pb, msg, depth, &proto_attr, &p);
    if (c)
        return c;
    const char *name = onnx_name(pb, p.name), *ref = name ? onnx_name(pb, p.ref) : NULL;
    if (!ref)
        return r->err->code;
    *given = true;
    *out = (Attr){.name = name};
    if (*ref)
        return *given = attr_reference(s, name, ref, out), SPML_OK;
    int64_t type = p.type ? p.type : type_guess(&p);
    if (type < 1 || type >= (int64_t)(sizeof readers / sizeof *readers))
        return pb_fail(pb, msg.p, "attribute", "attribute '%s' of type %lld", name, (long long)type);
    return readers[type](&(AttrJob){r, s, &p, msg, depth}, out);
}

SpmlCode onnx_attrs(Onnx *r, Scope *s, const PNode *p, int depth, const Attr **out, int *n)
{
    if (p->attrs.n > UINT16_MAX)
        return pb_fail(&r->src.pb, p->attrs.v[0].p, "attribute", "%zu attributes", p->attrs.n);
    Attr *list = arena_array(r->arena, Attr, p->attrs.n);
    if (!list)
        return error_oom(r->err);
    *out = list;
    *n = 0;
    for (size_t i = 0; i < p->attrs.n; i++) {
        bool given;
        SpmlCode c = onnx_attr(r, s, p->attrs.v[i], depth, &list[*n], &given);
        if (c)
            return c;
        for (int k = 0; given && k < *n; k++)
            if (!strcmp(list[k].name, list[*n].name))
                return pb_fail(&r->src.pb, p->attrs.v[i].p, "duplicate", "attribute '%s' is there twice", list[k].name);
        *n += given;
    }
    return SPML_OK;
}
