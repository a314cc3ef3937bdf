/* SPDX-License-Identifier: MIT
 * tests/fuzz: the SafeTensors reader, and the sharded index where the first byte says so. The mutator writes the header's length anew. */
#include "fuzz.h"

#include <unistd.h>

extern const Format format_safetensors;

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t n, size_t cap, unsigned seed)
{
    uint32_t rng = seed | 1;
    n = LLVMFuzzerMutate(data, n, cap);
    if (n < 10 || fuzz_next(&rng) % 8 == 0)
        return n;
    size_t end = n;
    while (end > 9 && data[end - 1] != '}')
        end--;
    memcpy(data, &(uint64_t){end - 8}, 8);
    data[8] = '{';
    return n;
}

static char folder[] = "/tmp/spml-fuzz-XXXXXX", index_path[96] = "fuzz/model.safetensors.index.json", shard_path[96];

static void leave(void)
{
    unlink(shard_path);
    rmdir(folder);
}

/* An index needs a shard that is there: tensor "a" in shard.safetensors. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static const char shard[] = "\x38\0\0\0\0\0\0\0{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}  \0\0\0\0\0\0\0\0";
    FILE *f = mkdtemp(folder) && snprintf(shard_path, sizeof shard_path, "%s/shard.safetensors", folder) ? fopen(shard_path, "wb") : NULL;
    if (f) {
        snprintf(index_path, sizeof index_path, "%s/model.safetensors.index.json", folder);
        fwrite(shard, 1, sizeof shard - 1, f);
        fclose(f);
        atexit(leave);
    }
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    return fuzz_format(&format_safetensors, n && data[0] == '{' ? index_path : "fuzz/m.safetensors", data, n, NULL);
}
