/* SPDX-License-Identifier: MIT
 * ptxsim's libcuda.so.1: names. Of errors, and of entry points by cuGetProcAddress (asked for with or without their version suffix). */
#include "driver.h"

/* Only addresses are taken here. */
#define F(symbol, name) extern void symbol##_entry(void) __asm__(#symbol);
#include "driver_names.def"
#undef F

static const struct {
    const char *name, *symbol;
    void (*fn)(void);
} entries[] = {
#define F(symbol, name) {name, #symbol, symbol##_entry},
#include "driver_names.def"
#undef F
};

CU CUresult cuGetProcAddress_v2(const char *name, void **fn, int version, uint64_t flags, int *status)
{
    (void)version, (void)flags;
    *fn = NULL;
    for (size_t k = 0; k < sizeof entries / sizeof *entries && !*fn; k++)
        if (!strcmp(name, entries[k].name) || !strcmp(name, entries[k].symbol))
            memcpy(fn, &entries[k].fn, sizeof *fn);
    if (status)
        *status = *fn ? 0 : 1;
    return *fn ? CU_OK : CU_NOT_FOUND;
}

static const struct {
    CUresult code;
    const char *name, *text;
} errors[] = {
    {0, "CUDA_SUCCESS", "no error"}, {1, "CUDA_ERROR_INVALID_VALUE", "invalid argument"}, {2, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
    {3, "CUDA_ERROR_NOT_INITIALIZED", "initialization error"}, {101, "CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"},
    {200, "CUDA_ERROR_INVALID_IMAGE", "device kernel image is invalid"}, {201, "CUDA_ERROR_INVALID_CONTEXT", "invalid device context"},
    {209, "CUDA_ERROR_NO_BINARY_FOR_GPU", "no kernel image is available for execution on the device"}, {218, "CUDA_ERROR_INVALID_PTX", "a PTX JIT compilation failed"},
    {222, "CUDA_ERROR_UNSUPPORTED_PTX_VERSION", "the provided PTX was compiled with an unsupported toolchain."},
    {400, "CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"}, {500, "CUDA_ERROR_NOT_FOUND", "named symbol not found"},
    {600, "CUDA_ERROR_NOT_READY", "device not ready"}, {700, "CUDA_ERROR_ILLEGAL_ADDRESS", "an illegal memory access was encountered"},
    {716, "CUDA_ERROR_MISALIGNED_ADDRESS", "misaligned address"}, {719, "CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"},
    {900, "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED", "operation not permitted when stream is capturing"},
    {901, "CUDA_ERROR_STREAM_CAPTURE_INVALIDATED", "operation failed due to a previous error during capture"},
    {903, "CUDA_ERROR_STREAM_CAPTURE_UNMATCHED", "the capture was not initiated in this stream"},
};

CU CUresult cuGetErrorName(CUresult code, const char **out)
{
    *out = NULL;
    for (size_t k = 0; k < sizeof errors / sizeof *errors; k++)
        if (errors[k].code == code)
            *out = errors[k].name;
    return *out ? CU_OK : CU_INVALID_VALUE;
}

CU CUresult cuGetErrorString(CUresult code, const char **out)
{
    *out = NULL;
    for (size_t k = 0; k < sizeof errors / sizeof *errors; k++)
        if (errors[k].code == code)
            *out = errors[k].text;
    return *out ? CU_OK : CU_INVALID_VALUE;
}
