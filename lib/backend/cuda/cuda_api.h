/* SPDX-License-Identifier: MIT
 * backend/cuda: the CUDA driver API as far as it is used, declared here so that no toolkit is needed to build: opaque handles, the numbers of its enumerations
 * that matter, and the functions as one list. libcuda.so.1 is loaded at run time; the names with _v2 are those its headers alias. */
#ifndef SPML_BACKEND_CUDA_API_H
#define SPML_BACKEND_CUDA_API_H

#include <stddef.h>
#include <stdint.h>

typedef int CUresult, CUdevice;
typedef unsigned long long CUdeviceptr;
typedef struct CUctx_st *CUcontext;
typedef struct CUmod_st *CUmodule;
typedef struct CUfunc_st *CUfunction;
typedef struct CUstream_st *CUstream;
typedef struct CUevent_st *CUevent;
typedef struct CUlinkState_st *CUlinkState;
typedef struct CUgraph_st *CUgraph;
typedef struct CUgraphNode_st *CUgraphNode;
typedef struct CUgraphExec_st *CUgraphExec;
/* CUDA_KERNEL_NODE_PARAMS_v2 */
typedef struct CudaKernelNode { CUfunction function; unsigned grid[3], block[3], shared; void **params, **extra; void *kernel; CUcontext context; } CudaKernelNode;

enum { /* CUresult */
    CUDA_SUCCESS = 0, CUDA_ERROR_OUT_OF_MEMORY = 2, CUDA_ERROR_STUB_LIBRARY = 34, CUDA_ERROR_DEVICE_UNAVAILABLE = 46, CUDA_ERROR_NO_DEVICE = 100,
    CUDA_ERROR_INVALID_IMAGE = 200, CUDA_ERROR_NO_BINARY_FOR_GPU = 209, CUDA_ERROR_ECC_UNCORRECTABLE = 214, CUDA_ERROR_INVALID_PTX = 218,
    CUDA_ERROR_JIT_COMPILER_NOT_FOUND = 221, CUDA_ERROR_UNSUPPORTED_PTX_VERSION = 222, CUDA_ERROR_ILLEGAL_ADDRESS = 700,
    CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES = 701, CUDA_ERROR_LAUNCH_TIMEOUT = 702, CUDA_ERROR_CONTEXT_IS_DESTROYED = 709, CUDA_ERROR_ASSERT = 710,
    CUDA_ERROR_HARDWARE_STACK_ERROR = 714, CUDA_ERROR_LAUNCH_FAILED = 719, CUDA_ERROR_SYSTEM_NOT_READY = 802, CUDA_ERROR_UNKNOWN = 999,
};
enum { /* CUdevice_attribute */
    CU_ATTRIBUTE_MAX_SHARED = 8, CU_ATTRIBUTE_MULTIPROCESSORS = 16, CU_ATTRIBUTE_MAJOR = 75, CU_ATTRIBUTE_MINOR = 76, CU_ATTRIBUTE_MAX_SHARED_OPTIN = 97,
};
enum { /* CUjit_option, CUjitInputType, CUfunction_attribute, flags */
    CU_JIT_INFO_LOG_BUFFER = 3, CU_JIT_INFO_LOG_BUFFER_SIZE_BYTES = 4, CU_JIT_ERROR_LOG_BUFFER = 5, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES = 6,
    CU_JIT_INPUT_PTX = 1, CU_FUNC_MAX_DYNAMIC_SHARED = 8, CU_STREAM_NON_BLOCKING = 1, CU_EVENT_DISABLE_TIMING = 2,
};

#define CUDA_FUNCTIONS(X) \
    X(cuInit, (unsigned flags)) \
    X(cuDriverGetVersion, (int *out)) \
    X(cuGetErrorName, (CUresult e, const char **out)) \
    X(cuDeviceGetCount, (int *out)) \
    X(cuDeviceGet, (CUdevice *out, int ordinal)) \
    X(cuDeviceGetName, (char *out, int n, CUdevice d)) \
    X(cuDeviceTotalMem_v2, (size_t *out, CUdevice d)) \
    X(cuDeviceGetAttribute, (int *out, int attribute, CUdevice d)) \
    X(cuDevicePrimaryCtxRetain, (CUcontext *out, CUdevice d)) \
    X(cuDevicePrimaryCtxRelease_v2, (CUdevice d)) \
    X(cuCtxSetCurrent, (CUcontext c)) \
    X(cuMemAlloc_v2, (CUdeviceptr *out, size_t sz)) \
    X(cuMemFree_v2, (CUdeviceptr p)) \
    X(cuMemHostAlloc, (void **out, size_t sz, unsigned flags)) \
    X(cuMemFreeHost, (void *p)) \
    X(cuMemcpyHtoDAsync_v2, (CUdeviceptr to, const void *from, size_t sz, CUstream s)) \
    X(cuMemcpyDtoHAsync_v2, (void *to, CUdeviceptr from, size_t sz, CUstream s)) \
    X(cuMemcpyDtoDAsync_v2, (CUdeviceptr to, CUdeviceptr from, size_t sz, CUstream s)) \
    X(cuStreamCreate, (CUstream *out, unsigned flags)) \
    X(cuStreamDestroy_v2, (CUstream s)) \
    X(cuStreamSynchronize, (CUstream s)) \
    X(cuEventCreate, (CUevent *out, unsigned flags)) \
    X(cuEventRecord, (CUevent e, CUstream s)) \
    X(cuEventSynchronize, (CUevent e)) \
    X(cuEventDestroy_v2, (CUevent e)) \
    X(cuModuleLoadDataEx, (CUmodule *out, const void *image, unsigned n, int *options, void **values)) \
    X(cuModuleUnload, (CUmodule m)) \
    X(cuModuleGetFunction, (CUfunction *out, CUmodule m, const char *name)) \
    X(cuFuncSetAttribute, (CUfunction f, int attribute, int value)) \
    X(cuLaunchKernel, (CUfunction f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared, CUstream s, void **params, void **extra))

/* Those a driver may lack: without the linker no cubin is kept, without graphs a prepared list is launched kernel by kernel. */
#define CUDA_OPTIONAL(X) \
    X(cuLinkCreate_v2, (unsigned n, int *options, void **values, CUlinkState *out)) \
    X(cuLinkAddData_v2, (CUlinkState l, int type, void *data, size_t sz, const char *name, unsigned n, int *options, void **values)) \
    X(cuLinkComplete, (CUlinkState l, void **out, size_t *sz)) \
    X(cuLinkDestroy, (CUlinkState l)) \
    X(cuGraphCreate, (CUgraph *out, unsigned flags)) \
    X(cuGraphAddKernelNode_v2, (CUgraphNode *out, CUgraph g, const CUgraphNode *after, size_t n, const CudaKernelNode *p)) \
    X(cuGraphExecKernelNodeSetParams_v2, (CUgraphExec g, CUgraphNode node, const CudaKernelNode *p)) \
    X(cuGraphInstantiateWithFlags, (CUgraphExec *out, CUgraph g, unsigned long long flags)) \
    X(cuGraphLaunch, (CUgraphExec g, CUstream s)) \
    X(cuGraphExecDestroy, (CUgraphExec g)) \
    X(cuGraphDestroy, (CUgraph g))

typedef struct Cuda {
#define X(name, parameters) CUresult (*name) parameters;
    CUDA_FUNCTIONS(X)
    CUDA_OPTIONAL(X)
#undef X
} Cuda;

#endif
