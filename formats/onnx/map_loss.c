/* SPDX-License-Identifier: MIT
 * formats/onnx: losses. SoftmaxCrossEntropyLoss is nll_loss of log_softmax along the classes; its second output is the log_softmax. */
#include "formats/onnx/export.h"
#include "formats/onnx/import.h"

static SpmlCode import_loss(Import *im, const ForeignNode *f, Value **out)
{
    bool entropy = im->row->op != NULL;
    const Attr *ignore = foreign_attr(f, "ignore_index");
    Value *x = foreign_in(f, 0);
    if (!x || !foreign_in(f, 1))
        return import_unsupported(im, f, "scores or labels are missing");
    Node *soft = entropy ? import_node(im, f, OP_log_softmax, 1, &x, 1) : NULL;
    if (entropy && (!soft || !import_attr_int(soft, "axis", 1)))
        return error_oom(im->err);
    x = entropy ? soft->out[0] : x;
    Node *n = import_node(im, f, OP_nll_loss, 3, (Value *const[]){x, f->in[1], foreign_in(f, 2)}, 1);
    if (!n || !import_attr_str(n, "reduction", foreign_str(f, "reduction", "mean")) || (ignore && !import_attr_int(n, "ignore_index", foreign_int(f, "ignore_index", 0))))
        return error_oom(im->err);
    out[0] = n->out[0];
    if (entropy && f->n_out > 1)
        out[1] = x;
    return SPML_OK;
}

/* ── and back ── */

static void export_loss(Export *x)
{
    Ref in[3];
    export_ins(x, in, 3);
    const char *reduction = node_str(x->n, "reduction", "mean");
    Attr a[2];
    int n = 0;
    if (strcmp(reduction, "mean"))
        a[n++] = attr_str("reduction", reduction);
    if (node_find(x->n, "ignore_index"))
        a[n++] = attr_int("ignore_index", node_int(x->n, "ignore_index", 0));
    export_last(x, "NegativeLogLikelihoodLoss", 3, in, n, a, 1);
}

const ImportRow import_map_loss[] = {
    {"", "NegativeLogLikelihoodLoss", 12, import_loss, NULL, NULL},
    {"", "SoftmaxCrossEntropyLoss", 12, import_loss, "log_softmax", NULL},
    {NULL, NULL, 0, NULL, NULL, NULL},
};

const ExportRow export_map_loss[] = {
    {OP_nll_loss, export_loss, NULL},
    {0, NULL, NULL},
};
