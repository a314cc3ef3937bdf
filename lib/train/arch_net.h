/* SPDX-License-Identifier: MIT
 * train: what architectures are written with: layers that append typed nodes to a graph. Failure is sticky: after one all builders give NULL and do nothing.
 * Names are PyTorch's, "layer1.0.conv1" for a layer, ".weight" and ".bias" for its parameters. Letters: N batch, C channels, H W pictures, T steps, F features. */
#ifndef SPML_TRAIN_ARCH_NET_H
#define SPML_TRAIN_ARCH_NET_H

#include "train/arch.h"

enum { ARCH_OPTIONS = 6, ARCH_WIDTHS = 32 };

typedef struct Net {
    Graph *g;
    const ArchPorts *ports;
    double option[ARCH_OPTIONS];                 /* in the order of the architecture's row */
    int64_t width[ARCH_WIDTHS]; int n_widths;    /* "784-128-10" */
    uint64_t seed, drawn;                        /* drawn: parameters so far; each has a stream of its own */
    double std;                                  /* products: normal with this deviation and biases of 0; 0: uniform by the number of inputs */
    bool fan_out;                                /* convolutions: normal by the number of outputs that a weight reaches, as nets of torchvision begin */
    SpmlCode code;
    Error *err;
} Net;

void *net_fail(Net *n, SpmlCode code, const char *key, const char *fmt, ...) __attribute__((format(printf, 4, 5))); /* NULL */

/* ── parameters ── */
typedef enum InitKind { INIT_FILL, INIT_UNIFORM /* −by … by */, INIT_NORMAL /* deviation by */ } InitKind;
typedef struct Init { InitKind kind; double by; } Init;
Value *net_param(Net *n, const char *name, DType t, int rank, const int64_t *dim, Init init);
double net_root(double x); /* of 1 / √x */

/* ── nodes ── */
/* The second has one output and gives it. */
Node *net_node(Net *n, int op, const char *name, int n_in, Value *const *in, int n_out, int n_attrs, const Attr *attrs);
Value *net_op(Net *n, int op, const char *name, int n_in, Value *const *in, int n_attrs, const Attr *attrs);
int64_t net_extent(Net *n, const Value *x, int axis); /* a literal one; 0 after a failure */
Value *net_ints(Net *n, int count /* -1: scalar */, const int64_t *v);
Attr net_int(const char *name, int64_t v);
Attr net_float(const char *name, double v);
Attr net_list(const char *name, int64_t count, const int64_t *v);

/* ── layers ── */
const char *net_name(Net *n, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
Value *net_linear(Net *n, const char *name, Value *x /* [N…, F] */, int64_t out, bool bias);
typedef struct ConvShape { int64_t out, kernel, stride, pad, group; bool bias; } ConvShape; /* group 0: 1 */
Value *net_conv(Net *n, const char *name, Value *x /* [N, C, H, W] */, ConvShape s);
Value *net_batch_norm(Net *n, const char *name, Value *x /* [N, C, H, W] */);
Value *net_layer_norm(Net *n, const char *name, Value *x /* [N…, F] */, bool bias);
Value *net_relu(Net *n, Value *x);
Value *net_max_pool(Net *n, Value *x, int64_t kernel, int64_t stride, int64_t pad);
Value *net_mean_pool(Net *n, Value *x /* [N, C, H, W] */); /* [N, C] */
Value *net_flatten(Net *n, Value *x);                      /* [N, F]; x itself where it is that */
Value *net_dropout(Net *n, Value *x, double ratio);        /* x itself for 0 */
Value *net_embedding(Net *n, const char *name, Value *ids, int64_t count, int64_t size, double std, Value **table);

/* ── the nets: from the input to the scores ── */
Value *net_mlp(Net *n, Value *x);
Value *net_lenet(Net *n, Value *x);
Value *net_cnn(Net *n, Value *x);
Value *net_resnet18(Net *n, Value *x);
Value *net_mobilenetv2(Net *n, Value *x);
Value *net_lstm(Net *n, Value *x);
Value *net_gpt(Net *n, Value *x);

#endif
