/* SPDX-License-Identifier: MIT
 * train: the architectures, each from its input to its scores, with the names and shapes that PyTorch's nets of the same name have. Parameters are counted and
 * their names listed by tests/unit/arch.c. */
#include "ops/ops.h"
#include "train/arch_net.h"

enum { SMALL_PICTURE = 64 }; /* below it, nets made for 224×224 begin without reducing (as is usual for 32×32) */

static Value *classes(Net *n, const char *name, Value *x) { return net_linear(n, name, x, n->ports->n_out, true); }

/* ── perceptron ── */

Value *net_mlp(Net *n, Value *x)
{
    x = net_flatten(n, x);
    const int64_t in = net_extent(n, x, 1), out = n->ports->n_out;
    int first = n->n_widths > 1 && n->width[0] == in, last = n->n_widths;
    if (n->n_widths > 1 && n->width[last - 1] == out)
        last--;
    else if (first)
        return net_fail(n, SPML_USAGE, "arch-widths", "mlp: the widths end in %lld, the data wants %lld", (long long)n->width[last - 1], (long long)out);
    for (int i = first; i < last && !n->code; i++)
        x = net_relu(n, net_linear(n, net_name(n, "layers.%d", i - first), x, n->width[i], true));
    return classes(n, net_name(n, "layers.%d", last - first), x);
}

/* ── small convolutional nets ── */

Value *net_lenet(Net *n, Value *x)
{
    const int64_t h = net_extent(n, x, 2), w = net_extent(n, x, 3), pad = h < 32 || w < 32 ? 2 : 0;
    if (h + 2 * pad < 16 || w + 2 * pad < 16)
        return net_fail(n, SPML_USAGE, "arch-data", "lenet wants pictures of at least 12×12");
    x = net_max_pool(n, net_relu(n, net_conv(n, "conv1", x, (ConvShape){.out = 6, .kernel = 5, .stride = 1, .pad = pad, .bias = true})), 2, 2, 0);
    x = net_max_pool(n, net_relu(n, net_conv(n, "conv2", x, (ConvShape){.out = 16, .kernel = 5, .stride = 1, .bias = true})), 2, 2, 0);
    x = net_relu(n, net_linear(n, "fc1", net_flatten(n, x), 120, true));
    return classes(n, "fc3", net_relu(n, net_linear(n, "fc2", x, 84, true)));
}

/* conv, norm, relu */
static Value *conv_norm_relu(Net *n, const char *conv, const char *norm, Value *x, ConvShape s) { return net_relu(n, net_batch_norm(n, norm, net_conv(n, conv, x, s))); }

Value *net_cnn(Net *n, Value *x)
{
    const int64_t width = (int64_t)n->option[0];
    for (int i = 1; i <= 4 && !n->code; i++) {
        const int64_t out = i > 2 ? 2 * width : width;
        x = conv_norm_relu(n, net_name(n, "conv%d", i), net_name(n, "bn%d", i), x, (ConvShape){.out = out, .kernel = 3, .stride = 1, .pad = 1});
        x = i % 2 ? x : net_max_pool(n, x, 2, 2, 0);
    }
    return n->code ? NULL : classes(n, "fc", net_dropout(n, net_flatten(n, x), n->option[1]));
}

static bool is_small(Net *n, const Value *x)
{
    const int64_t h = net_extent(n, x, 2), w = net_extent(n, x, 3);
    return (h < w ? h : w) < SMALL_PICTURE;
}

/* ── ResNet-18 ── */

static Value *residual(Net *n, const char *name, Value *x, int64_t out, int64_t stride)
{
    Value *skip = x, *y = conv_norm_relu(n, net_name(n, "%s.conv1", name), net_name(n, "%s.bn1", name), x, (ConvShape){.out = out, .kernel = 3, .stride = stride, .pad = 1});
    y = net_batch_norm(n, net_name(n, "%s.bn2", name), net_conv(n, net_name(n, "%s.conv2", name), y, (ConvShape){.out = out, .kernel = 3, .stride = 1, .pad = 1}));
    if (stride != 1 || net_extent(n, x, 1) != out)
        skip = net_batch_norm(n, net_name(n, "%s.downsample.1", name), net_conv(n, net_name(n, "%s.downsample.0", name), x, (ConvShape){.out = out, .kernel = 1, .stride = stride}));
    return net_relu(n, net_op(n, OP_add, NULL, 2, (Value *const[]){y, skip}, 0, NULL));
}

Value *net_resnet18(Net *n, Value *x)
{
    const bool small = is_small(n, x);
    n->fan_out = true;
    x = conv_norm_relu(n, "conv1", "bn1", x, small ? (ConvShape){.out = 64, .kernel = 3, .stride = 1, .pad = 1} : (ConvShape){.out = 64, .kernel = 7, .stride = 2, .pad = 3});
    x = small ? x : net_max_pool(n, x, 3, 2, 1);
    for (int stage = 0; stage < 4; stage++)
        for (int i = 0; i < 2 && !n->code; i++)
            x = residual(n, net_name(n, "layer%d.%d", stage + 1, i), x, (int64_t)64 << stage, stage && !i ? 2 : 1);
    return classes(n, "fc", net_mean_pool(n, x));
}

/* ── MobileNetV2 ── */

/* Channels in eights, never below nine tenths of what was meant. */
static int64_t eights(double v)
{
    int64_t c = (int64_t)(v + 4) / 8 * 8;
    c = c < 8 ? 8 : c;
    return (double)c < 0.9 * v ? c + 8 : c;
}

static Value *conv_norm_relu6(Net *n, const char *name, Value *x, ConvShape s)
{
    x = net_batch_norm(n, net_name(n, "%s.1", name), net_conv(n, net_name(n, "%s.0", name), x, s));
    return net_op(n, OP_clip, NULL, 1, &x, 2, (Attr[]){net_float("lo", 0), net_float("hi", 6)});
}

static Value *inverted(Net *n, const char *name, Value *x, int64_t expand, int64_t out, int64_t stride)
{
    const int64_t in = net_extent(n, x, 1), mid = in * expand;
    Value *y = x;
    int part = 0;
    if (expand > 1)
        y = conv_norm_relu6(n, net_name(n, "%s.conv.%d", name, part++), y, (ConvShape){.out = mid, .kernel = 1, .stride = 1});
    y = conv_norm_relu6(n, net_name(n, "%s.conv.%d", name, part++), y, (ConvShape){.out = mid, .kernel = 3, .stride = stride, .pad = 1, .group = mid});
    y = net_conv(n, net_name(n, "%s.conv.%d", name, part), y, (ConvShape){.out = out, .kernel = 1, .stride = 1});
    y = net_batch_norm(n, net_name(n, "%s.conv.%d", name, part + 1), y);
    return stride == 1 && in == out ? net_op(n, OP_add, NULL, 2, (Value *const[]){x, y}, 0, NULL) : y;
}

Value *net_mobilenetv2(Net *n, Value *x)
{
    static const struct { int expand, channels, repeat, stride; } rows[] = {{1, 16, 1, 1}, {6, 24, 2, 2}, {6, 32, 3, 2}, {6, 64, 4, 2}, {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1}};
    const double width = n->option[0];
    const bool small = is_small(n, x);
    int at = 0;
    n->fan_out = true;
    x = conv_norm_relu6(n, net_name(n, "features.%d", at++), x, (ConvShape){.out = eights(32 * width), .kernel = 3, .stride = small ? 1 : 2, .pad = 1});
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++)
        for (int i = 0; i < rows[r].repeat && !n->code; i++)
            x = inverted(n, net_name(n, "features.%d", at++), x, rows[r].expand, eights(rows[r].channels * width), i || (small && r == 1) ? 1 : rows[r].stride);
    x = conv_norm_relu6(n, net_name(n, "features.%d", at), x, (ConvShape){.out = eights(1280 * (width > 1 ? width : 1)), .kernel = 1, .stride = 1});
    x = net_dropout(n, net_mean_pool(n, x), n->option[1]);
    n->std = 0.01;
    return classes(n, "classifier.1", x);
}

/* ── LSTM ── */

/* One layer over x [T, N, F]; parameters are in ONNX's order of gates: input, output, forget, cell. *last: [1, N, hidden]. */
static Value *lstm_layer(Net *n, int layer, Value *x, int64_t hidden, Value **last)
{
    const Init u = {INIT_UNIFORM, net_root((double)hidden)};
    const int64_t in = net_extent(n, x, 2);
    Value *args[4] = {x, net_param(n, net_name(n, "lstm.weight_ih_l%d", layer), DT_f32, 3, (int64_t[]){1, 4 * hidden, in}, u),
        net_param(n, net_name(n, "lstm.weight_hh_l%d", layer), DT_f32, 3, (int64_t[]){1, 4 * hidden, hidden}, u),
        net_param(n, net_name(n, "lstm.bias_l%d", layer), DT_f32, 2, (int64_t[]){1, 8 * hidden}, u)};
    Node *node = net_node(n, OP_lstm, net_name(n, "lstm.%d", layer), 4, args, 2, 1, &(Attr){.name = "hidden_size", .kind = ATTR_INT, .i = hidden});
    if (!node)
        return NULL;
    *last = node->out[1];
    return net_op(n, OP_squeeze, NULL, 2, (Value *const[]){node->out[0], net_ints(n, 1, (int64_t[]){1})}, 0, NULL);
}

static Value *swap_first(Net *n, Value *x) { return net_op(n, OP_transpose, NULL, 1, &x, 1, &(Attr){.name = "perm", .kind = ATTR_INTS, .n = 3, .ints = (int64_t[]){1, 0, 2}}); }

Value *net_lstm(Net *n, Value *x)
{
    const int64_t hidden = (int64_t)n->option[0];
    const int layers = (int)n->option[1];
    Value *last = NULL;
    if (n->ports->tokens)
        x = net_embedding(n, "embedding", x, n->ports->n_out, n->option[2] > 0 ? (int64_t)n->option[2] : hidden, 1, NULL);
    else if (!n->code && x->type.rank == 4 && net_extent(n, x, 1) == 1) /* the rows of a grey picture, one after the other */
        x = net_op(n, OP_squeeze, NULL, 2, (Value *const[]){x, net_ints(n, 1, (int64_t[]){1})}, 0, NULL);
    else if (!n->code && x->type.rank != 3)
        return net_fail(n, SPML_USAGE, "arch-data", "lstm reads tokens, steps of features [T,F] or grey pictures");
    x = swap_first(n, x);
    for (int i = 0; i < layers && !n->code; i++)
        x = lstm_layer(n, i, i ? net_dropout(n, x, n->option[3]) : x, hidden, &last);
    if (n->ports->tokens)
        return classes(n, "head", swap_first(n, x));
    return classes(n, "head", net_op(n, OP_squeeze, NULL, 2, (Value *const[]){last, net_ints(n, 1, (int64_t[]){0})}, 0, NULL));
}

/* ── GPT: pre-norm, learned positions, as nanoGPT begins and computes it ── */

typedef struct Gpt { int64_t dim, heads; double dropout, std_out; bool bias; } Gpt;

/* A product on the residual path: begins smaller by the number of them. */
static Value *onto_path(Net *n, const Gpt *o, const char *name, Value *x, Value *path)
{
    const double std = n->std;
    n->std = o->std_out;
    Value *y = net_dropout(n, net_linear(n, name, x, o->dim, o->bias), o->dropout);
    n->std = std;
    return net_op(n, OP_add, NULL, 2, (Value *const[]){path, y}, 0, NULL);
}

static Value *self_attention(Net *n, const Gpt *o, const char *name, Value *x)
{
    Value *qkv = net_linear(n, net_name(n, "%s.qkv", name), x, 3 * o->dim, o->bias);
    Node *cut = net_node(n, OP_split, NULL, 2, (Value *const[]){qkv, net_ints(n, 3, (int64_t[]){o->dim, o->dim, o->dim})}, 3, 1, &(Attr){.name = "axis", .kind = ATTR_INT, .i = -1});
    return !cut ? NULL : net_op(n, OP_attention, name, 3, cut->out, 3, (Attr[]){net_int("is_causal", 1), net_int("q_num_heads", o->heads), net_int("kv_num_heads", o->heads)});
}

static Value *block(Net *n, const Gpt *o, const char *name, Value *x)
{
    Value *y = self_attention(n, o, net_name(n, "%s.attn", name), net_layer_norm(n, net_name(n, "%s.ln1", name), x, o->bias));
    x = onto_path(n, o, net_name(n, "%s.attn.proj", name), y, x);
    y = net_linear(n, net_name(n, "%s.mlp.fc", name), net_layer_norm(n, net_name(n, "%s.ln2", name), x, o->bias), 4 * o->dim, o->bias);
    y = net_op(n, OP_gelu, NULL, 1, &y, 0, NULL);
    return onto_path(n, o, net_name(n, "%s.mlp.proj", name), y, x);
}

/* 0, 1, 2 … for the tokens there are, looked up in the table of positions: [T, dim] */
static Value *positions(Net *n, Value *ids, int64_t ctx, int64_t dim)
{
    Value *t = net_op(n, OP_shape, NULL, 1, &ids, 2, (Attr[]){net_int("start", 1), net_int("end", 2)});
    t = net_op(n, OP_squeeze, NULL, 2, (Value *const[]){t, net_ints(n, 1, (int64_t[]){0})}, 0, NULL);
    Value *at = net_op(n, OP_range, NULL, 3, (Value *const[]){net_ints(n, -1, (int64_t[]){0}), t, net_ints(n, -1, (int64_t[]){1})}, 0, NULL);
    return net_embedding(n, "wpe", at, ctx, dim, 0.02, NULL);
}

Value *net_gpt(Net *n, Value *ids)
{
    const int layers = (int)n->option[0];
    const int64_t t = n->ports->dim[0], ctx = n->option[3] > 0 ? (int64_t)n->option[3] : t;
    const Gpt o = {.heads = (int64_t)n->option[1], .dim = (int64_t)n->option[2], .dropout = n->option[4], .std_out = 0.02 * net_root(2.0 * layers), .bias = true};
    Value *table;
    if (o.dim % o.heads)
        return net_fail(n, SPML_USAGE, "arch-option", "gpt: %lld heads do not divide dim=%lld", (long long)o.heads, (long long)o.dim);
    if (t > ctx)
        return net_fail(n, SPML_USAGE, "arch-option", "gpt: the data comes in windows of %lld tokens, beyond ctx=%lld", (long long)t, (long long)ctx);
    n->std = 0.02;
    graph_sym(n->g, "tokens", 6)->hi = ctx; /* the input's */
    Value *x = net_embedding(n, "wte", ids, n->ports->n_out, o.dim, 0.02, &table);
    x = net_dropout(n, net_op(n, OP_add, NULL, 2, (Value *const[]){x, positions(n, ids, ctx, o.dim)}, 0, NULL), o.dropout);
    for (int i = 0; i < layers && !n->code; i++)
        x = block(n, &o, net_name(n, "layers.%d", i), x);
    x = net_layer_norm(n, "ln_f", x, o.bias);
    if (n->option[5] > 0)
        return net_op(n, OP_matmul, "head", 2, (Value *const[]){x, table}, 1, &(Attr){.name = "trans_b", .kind = ATTR_INT, .i = 1});
    return net_linear(n, "head", x, n->ports->n_out, false);
}
