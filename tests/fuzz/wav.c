/* SPDX-License-Identifier: MIT
 * tests/fuzz: sound. What decodes is mixed, resampled (when short) and written. */
#include "media.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    Error err = {0};
    Sound s;
    Text t = {0};
    SpmlCode code = sound_decode(span_make(data, n, 0), FUZZ_MEMORY, &s, &err);
    fuzz_check(code, &err);
    if (!code && sound_encode(s.p, s.n, s.channels, s.rate, n & 1 ? DT_f32 : DT_i16, &t, &err))
        abort();
    if (!code && (sound_mono(&s, &err) || (s.n < 256 && s.rate < 100000 && s.rate > 1000 && sound_resample(&s, 4096, &err))))
        abort();
    text_free(&t);
    sound_free(&s);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t n, size_t cap, unsigned seed) { return LLVMFuzzerMutate(data, n, cap); }
