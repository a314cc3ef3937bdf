/* SPDX-License-Identifier: MIT
 * ops: what recurrent layers and their gradients share: views and products of one direction. */
#ifndef SPML_OPS_RNN_H
#define SPML_OPS_RNN_H

#include "ops/ops.h"

/* gates: 4 lstm, 3 gru, 1 rnn; fns: the activations that are usual. */
typedef struct RnnKind { int gates, n_fns, n_states; const char *fns[3]; } RnnKind;
extern const RnnKind rnn_lstm, rnn_gru, rnn_plain;

typedef struct Layer {
    Lower *l;
    Node *n;
    int gates;                     /* 4 lstm, 3 gru, 1 rnn */
    DType t, a;                    /* storage, compute */
    bool batch_first;
    int n_dirs;
    const Dim *steps, *batch, *input, *hidden;
    Operand x, len;                /* x: [T, N, I] in compute type; len: i64[N] */
    double clip;
    const char *fns[3], *slopes[3]; /* activations of the current direction, and their derivatives by what they gave */
} Layer;

/* Inputs of a layer, in order. */
enum { IN_X, IN_W, IN_R, IN_B, IN_LEN, IN_H0, IN_C0, IN_P };

/* What one direction works with. */
typedef struct Dir { int dir; Operand w, r, wb, rb, xw /* [T, N, G·H] */, h; const Dim *step; Operand all /* the whole y, compute type */, out; } Dir;

static inline Graph *rnn_graph(const Layer *y) { return lower_graph(y->l); }
static inline const Dim *rnn_lit(const Layer *y, int64_t v) { return dim_const(rnn_graph(y), v); }
int rnn_dirs(const Node *n, bool *reverse_only);
SpmlCode rnn_begin(Lower *l, Node *n, int gates, Layer *y, Error *err);
SpmlCode rnn_activations(Layer *y, int dir, int count, const char *const *defaults, Error *err);
SpmlCode rnn_dir_begin(Layer *y, int dir, bool both_biases, Dir *d, Error *err);
Operand rnn_temp(Layer *y, int rank, const Dim *const *d);             /* in the compute type */
SpmlCode rnn_convert(Layer *y, Operand from, Operand to, Error *err);
Operand rnn_widened(Layer *y, Operand x, SpmlCode *code, Error *err);  /* in the compute type: x, or a copy */
Operand rnn_zeros(Layer *y, int rank, const Dim *const *d);
Operand rnn_transposed(Layer *y, Operand m);
SpmlCode rnn_product(Layer *y, Operand x, Operand w, Operand z, Operand out, Error *err);
Operand rnn_input(Layer *y, int input, int dir);
Operand rnn_rows(Layer *y, Operand m, int axis, int from, int count);  /* of gates */
Operand rnn_by_gate(Layer *y, Operand m, int gates);
Operand rnn_state(Layer *y, Value *v, int dir);
Operand rnn_output(Layer *y, Operand all, int dir, const Dim *t);

/* A layer that keeps what its gradient needs has outputs behind its states, in the compute type, by direction: activated gates [D, T, N, 4·H] (lstm, gru), cells
 * (lstm) and hidden states [D, T + 1, N, H], where step t leads from place t to t + 1, or, in reverse, from t + 1 to t. */
static inline int rnn_first_kept(const RnnKind *k) { return 1 + k->n_states; }
bool rnn_keeps(const Node *n, const RnnKind *k);
SpmlCode rnn_lower_keeping(Lower *l, Node *n, const RnnKind *k, Error *err);

#endif
