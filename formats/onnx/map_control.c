/* SPDX-License-Identifier: MIT
 * formats/onnx: control flow, sequences, optionals, strings. Subgraph attributes come in imported. */
#include "formats/onnx/export.h"
#include "formats/onnx/import.h"

#include <string.h>

/* The loop's outputs are as many as its body's but the condition. */
static SpmlCode import_loop(Import *im, const ForeignNode *f, Value **out)
{
    const Attr *body = foreign_attr(f, "body");
    Value *none[2] = {foreign_in(f, 0), foreign_in(f, 1)};
    if (!body || body->kind != ATTR_GRAPH || body->graph->n_out < 1 || f->n_out > (int)body->graph->n_out - 1 || f->n_attrs != 1)
        return import_unsupported(im, f, "the body does not fit");
    Node *n = import_node(im, f, OP_loop, f->n_in < 2 ? 2 : f->n_in, f->n_in < 2 ? none : f->in, (int)body->graph->n_out - 1);
    if (!n || !node_attr(n, body))
        return error_oom(im->err);
    return import_give_all(im, f, n, out);
}

static SpmlCode import_if(Import *im, const ForeignNode *f, Value **out)
{
    const Attr *yes = foreign_attr(f, "then_branch"), *no = foreign_attr(f, "else_branch");
    if (!yes || !no || yes->kind != ATTR_GRAPH || no->kind != ATTR_GRAPH || f->n_attrs != 2 || f->n_in != 1 || !f->in[0] || f->n_out > (int)yes->graph->n_out)
        return import_unsupported(im, f, "the branches do not fit");
    Node *n = import_node(im, f, OP_if, 1, f->in, (int)yes->graph->n_out);
    if (!n || !node_attr(n, yes) || !node_attr(n, no))
        return error_oom(im->err);
    return import_give_all(im, f, n, out);
}

static const char *const scan_lists[] = {"scan_input_axes", "scan_output_axes", "scan_input_directions", "scan_output_directions"};

static SpmlCode import_scan(Import *im, const ForeignNode *f, Value **out)
{
    const Attr *body = foreign_attr(f, "body");
    if (!body || body->kind != ATTR_GRAPH || f->n_out > (int)body->graph->n_out || f->n_in != (int)body->graph->n_in)
        return import_unsupported(im, f, "the body does not fit");
    Node *n = import_node(im, f, OP_scan, f->n_in, f->in, (int)body->graph->n_out);
    if (!n || !node_attr(n, body) || !import_attr_int(n, "num_scan_inputs", foreign_int(f, "num_scan_inputs", 0)))
        return error_oom(im->err);
    for (size_t i = 0; i < sizeof scan_lists / sizeof *scan_lists; i++) {
        int64_t count;
        const int64_t *v = foreign_ints(f, scan_lists[i], &count);
        if (v && !import_attr_ints(n, scan_lists[i], count, v))
            return error_oom(im->err);
    }
    return import_give_all(im, f, n, out);
}

/* Scan 8 has a batch axis 0 everywhere: a scan over it whose body is the scan over time. */
static SpmlCode import_scan_8(Import *im, const ForeignNode *f, Value **out)
{
    const Attr *body = foreign_attr(f, "body");
    int n_in = f->n_in - 1;
    int64_t n_dirs, scans = foreign_int(f, "num_scan_inputs", 0);
    const int64_t *dirs = foreign_ints(f, "directions", &n_dirs);
    if (foreign_in(f, 0) || !body || body->kind != ATTR_GRAPH || n_in != (int)body->graph->n_in || f->n_out > (int)body->graph->n_out)
        return import_unsupported(im, f, "sequence lengths, or a body that does not fit");
    int n_out = (int)body->graph->n_out;
    Graph *batch = graph_sub(im->g, "batch"), *outer = im->g;
    Value **in = arena_array(im->g->arena, Value *, n_in + 1);
    for (int i = 0; batch && in && i < n_in; i++)
        in[i] = graph_input(batch, NULL, NULL);
    if (!batch || !in)
        return error_oom(im->err);
    im->g = batch;
    Node *inner = import_node(im, f, OP_scan, n_in, in, n_out);
    im->g = outer;
    bool ok = inner && node_attr(inner, body) && import_attr_int(inner, "num_scan_inputs", scans) && (!dirs || import_attr_ints(inner, "scan_input_directions", n_dirs, dirs));
    for (int i = 0; ok && i < n_out; i++)
        ok = graph_output(batch, inner->out[i]);
    if (!ok)
        return error_oom(im->err);
    body->graph->parent = batch;
    body->graph->owner = inner;
    Node *n = import_node(im, f, OP_scan, n_in, f->in + 1, n_out);
    if (!n || !node_attr(n, &(Attr){.name = "body", .kind = ATTR_GRAPH, .graph = batch}) || !import_attr_int(n, "num_scan_inputs", n_in))
        return error_oom(im->err);
    return import_give_all(im, f, n, out);
}

static SpmlCode import_sequence_map(Import *im, const ForeignNode *f, Value **out)
{
    const Attr *body = foreign_attr(f, "body");
    if (!body || body->kind != ATTR_GRAPH || f->n_out > (int)body->graph->n_out || f->n_in != (int)body->graph->n_in || f->n_in < 1)
        return import_unsupported(im, f, "the body does not fit");
    Node *n = import_node(im, f, OP_sequence_map, f->n_in, f->in, (int)body->graph->n_out);
    if (!n || !node_attr(n, body))
        return error_oom(im->err);
    return import_give_all(im, f, n, out);
}

/* Attribute `type` says what an optional without a value would hold. */
static SpmlCode import_optional(Import *im, const ForeignNode *f, Value **out)
{
    Value *x = foreign_in(f, 0);
    Node *n = import_node(im, f, OP_optional, x != NULL, &x, 1);
    if (!n)
        return error_oom(im->err);
    out[0] = n->out[0];
    return SPML_OK;
}

/* ── and back ── */

/* Without an element the type is said. */
static void export_optional(Export *x)
{
    Ref in = export_in(x, 0);
    const Type *t = x->n->out[0] ? x->n->out[0]->type.elem : NULL;
    const Attr a = {.name = "type", .kind = ATTR_VALUE_TYPE, .n = 1, .types = t};
    if (!export_has(in) && (!t || t->kind == TYPE_NONE))
        export_unsupported(x, "an empty optional whose type is not known");
    export_last(x, "Optional", 1, &in, !export_has(in), &a, 1);
}

const ImportRow import_map_control[] = {
    {"", "If", 1, import_if, NULL, NULL},
    {"", "Loop", 1, import_loop, NULL, NULL},
    {"", "Scan", 8, import_scan_8, NULL, NULL},
    {"", "Scan", 9, import_scan, NULL, NULL},
    {"", "SequenceMap", 17, import_sequence_map, NULL, NULL},
    {"", "SequenceConstruct", 11, import_direct, "sequence_construct", NULL},
    {"", "SequenceEmpty", 11, import_direct, "sequence_empty", "@dtype:to=1"},
    {"", "SequenceAt", 11, import_direct, "sequence_at", NULL},
    {"", "SequenceInsert", 11, import_direct, "sequence_insert", NULL},
    {"", "SequenceErase", 11, import_direct, "sequence_erase", NULL},
    {"", "SequenceLength", 11, import_direct, "sequence_length", NULL},
    {"", "SplitToSequence", 11, import_direct, "split_to_sequence", "axis=0,keepdims=1"},
    {"", "ConcatFromSequence", 11, import_direct, "concat_from_sequence", "!axis,new_axis=0"},
    {"", "Optional", 15, import_optional, NULL, NULL},
    {"", "OptionalHasElement", 15, import_direct, "optional_has_element", NULL},
    {"", "OptionalGetElement", 15, import_direct, "optional_get_element", NULL},
    {"", "StringConcat", 20, import_direct, "string_concat", NULL},
    {"", "StringSplit", 20, import_direct, "string_split", "delimiter,maxsplit"},
    {"", "StringNormalizer", 10, import_direct, "string_normalizer", "case_change_action:case=NONE,is_case_sensitive:sensitive=0,stopwords,-locale"},
    {"", "RegexFullMatch", 20, import_direct, "regex_full_match", "!pattern"},
    {NULL, NULL, 0, NULL, NULL, NULL},
};

const ExportRow export_map_control[] = {
    {OP_if, export_as, "If"}, {OP_loop, export_as, "Loop"}, {OP_scan, export_as, "Scan"}, {OP_sequence_map, export_as, "SequenceMap"}, {OP_optional, export_optional, NULL},
    {0, NULL, NULL},
};
