/* SPDX-License-Identifier: MIT
 * base: the default limits on what a file may ask for. A count is compared with the bytes that remain first; these stop what a
 * large file could still ask. The memory cap is system_memory_cap(). Exceeding one is an error that names the limit. */
#ifndef SPML_BASE_CAPS_H
#define SPML_BASE_CAPS_H

#include <stdint.h>

#define CAP_RANK 16
#define CAP_ELEMENTS (UINT64_C(1) << 48)       /* product of a shape */
#define CAP_TENSORS 1000000
#define CAP_NODES 1000000
#define CAP_NAME (UINT64_C(64) << 10)          /* bytes of a name or key */
#define CAP_STRING (UINT64_C(1) << 20)         /* bytes of a string field that is not tensor data */
#define CAP_JSON (UINT64_C(16) << 20)          /* bytes of a JSON document */
#define CAP_SAFETENSORS_HEADER UINT64_C(100000000)
#define CAP_VOCABULARY 4000000
#define CAP_INFLATE (UINT64_C(1) << 30)        /* bytes from one stream whose size is not known beforehand */
#define CAP_INFLATE_RATIO 1000
#define CAP_IMAGE_SIDE 16384
#define CAP_IMAGE_PIXELS (UINT64_C(256) << 20)
#define CAP_LOOP_ITERATIONS 10000000
#define CAP_PROTOBUF_DEPTH 64
#define CAP_JSON_DEPTH 64
#define CAP_SUBGRAPH_DEPTH 32

#endif
