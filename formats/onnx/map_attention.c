/* SPDX-License-Identifier: MIT
 * formats/onnx: attention and what stands around it. */
#include "formats/onnx/import.h"

const ImportRow import_map_attention[] = {
    {"", "Attention", 23, import_direct, "attention",
     "q_num_heads,kv_num_heads,scale,is_causal=0,softcap=0.0,@softmax_precision,qk_matmul_output_mode=0,left_window_size=-1,right_window_size=-1"},
    {"", "RotaryEmbedding", 23, import_direct, "rotary", "interleaved=0,num_heads=0,rotary_embedding_dim=0"},
    {"", "LinearAttention", 27, import_direct, "linear_attention", "!q_num_heads,!kv_num_heads,scale=0.0,update_rule=gated_delta,-chunk_size"},
    {"", "CausalConvWithState", 27, import_direct, "causal_conv", "activation=none"},
    {NULL, NULL, 0, NULL, NULL, NULL},
};
