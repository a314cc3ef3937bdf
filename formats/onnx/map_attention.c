/* SPDX-License-Identifier: MIT
 * formats/onnx: attention and what stands around it. */
#include "formats/onnx/export.h"
#include "formats/onnx/import.h"
#include "formats/onnx/onnx.h"

/* The node's subgraphs now stand in g; so do the constants it reads. */
static void adopt(Graph *g, const Graph *from, Node *n)
{
    for (int i = 0; i < n->n_in; i++)
        if (n->in[i] && n->in[i]->graph == from && n->in[i]->residency == RES_CONST) {
            n->in[i]->graph = g;
            n->in[i]->name = NULL;
        }
    for (int i = 0; i < n->n_out; i++)
        if (n->out[i])
            n->out[i]->name = NULL;
    for (int i = 0; i < n->n_attrs; i++)
        if (n->attrs[i].kind == ATTR_GRAPH)
            n->attrs[i].graph->parent = g;
}

/* The nodes of a subgraph of one input and one output, applied to x in the current graph. Without the attribute: x. */
static Value *apply_graph(Import *im, const ForeignNode *f, const char *name, Value *x, bool *fits)
{
    const Attr *a = foreign_attr(f, name);
    if (!a || !x)
        return x;
    Graph *g = a->kind == ATTR_GRAPH ? a->graph : NULL;
    *fits = g && g->n_in == 1 && g->n_out == 1;
    if (!*fits)
        return NULL;
    graph_replace(g, g->in[0], x);
    for (Node *n = g->first, *next; n; n = next) {
        next = n->next;
        graph_remove(n);
        adopt(im->g, g, n);
        node_append(im->g, n);
    }
    return g->out[0];
}

/* FlexAttention: scores, score_mod, softmax, prob_mod, product with the values; the modifiers become part of this graph. */
static SpmlCode import_flex(Import *im, const ForeignNode *f, Value **out)
{
    int64_t precision = foreign_int(f, "softmax_precision", 0);
    bool fits = true;
    if (!foreign_in(f, 0) || !foreign_in(f, 1) || !foreign_in(f, 2) || f->n_in > 3)
        return import_unsupported(im, f, "%d inputs", f->n_in);
    Node *scores = import_node(im, f, OP_attend_scores, 2, f->in, 1);
    if (!scores || (foreign_attr(f, "scale") && !import_attr_float(scores, "scale", foreign_float(f, "scale", 1))))
        return error_oom(im->err);
    Value *x = precision ? import_to(im, f, scores->out[0], onnx_dtype(precision)) : scores->out[0];
    x = apply_graph(im, f, "score_mod", x, &fits);
    Node *soft = x ? import_node(im, f, OP_softmax, 1, &x, 1) : NULL;
    x = soft && import_attr_int(soft, "axis", -1) ? apply_graph(im, f, "prob_mod", soft->out[0], &fits) : NULL;
    if (!fits)
        return import_unsupported(im, f, "a modifier does not have one input and one output");
    out[0] = x ? import_op(im, f, OP_attend_values, 2, (Value *const[]){x, f->in[2]}) : NULL;
    return out[0] ? SPML_OK : error_oom(im->err);
}

const ImportRow import_map_attention[] = {
    {"", "Attention", 23, import_direct, "attention",
     "q_num_heads,kv_num_heads,scale,is_causal=0,softcap=0.0,@softmax_precision,qk_matmul_output_mode=0,left_window_size=-1,right_window_size=-1"},
    {"ai.onnx.preview", "FlexAttention", 1, import_flex, NULL, NULL},
    {"", "RotaryEmbedding", 23, import_direct, "rotary", "interleaved=0,num_heads=0,rotary_embedding_dim=0"},
    {"", "LinearAttention", 27, import_direct, "linear_attention", "!q_num_heads,!kv_num_heads,scale=0.0,update_rule=gated_delta,-chunk_size"},
    {"", "CausalConvWithState", 27, import_direct, "causal_conv", "activation=none"},
    {NULL, NULL, 0, NULL, NULL, NULL},
};

const ExportRow export_map_attention[] = {
    {0, NULL, NULL},
};
