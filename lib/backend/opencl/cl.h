/* SPDX-License-Identifier: MIT
 * backend/opencl: the driver's functions, looked up in libOpenCL.so.1 when the backend is first asked for, and what a device says of
 * itself. <CL/cl.h> gives types only; nothing links to OpenCL. */
#ifndef SPML_BACKEND_OPENCL_CL_H
#define SPML_BACKEND_OPENCL_CL_H

#define CL_TARGET_OPENCL_VERSION 120
#include "base/text.h"
#include "kir/target.h"
#include "run/backend.h"

#include <CL/cl.h>

#define CL_FUNCTIONS(X) \
    X(clGetPlatformIDs) X(clGetPlatformInfo) X(clGetDeviceIDs) X(clGetDeviceInfo) X(clCreateContext) X(clReleaseContext) X(clCreateCommandQueue) \
    X(clReleaseCommandQueue) X(clCreateBuffer) X(clReleaseMemObject) X(clCreateProgramWithSource) X(clCreateProgramWithBinary) X(clBuildProgram) \
    X(clGetProgramBuildInfo) X(clGetProgramInfo) X(clReleaseProgram) X(clCreateKernel) X(clReleaseKernel) X(clSetKernelArg) X(clEnqueueNDRangeKernel) \
    X(clEnqueueReadBuffer) X(clEnqueueWriteBuffer) X(clEnqueueCopyBuffer) X(clFinish) X(clFlush) X(clGetEventInfo) X(clReleaseEvent) X(clWaitForEvents)

typedef struct Cl {
#define X(name) __typeof__(name) *name;
    CL_FUNCTIONS(X)
#undef X
} Cl;

/* One device as it describes itself. */
typedef struct ClDevice {
    cl_platform_id platform;
    cl_device_id id;
    DeviceInfo info;
    KirTarget target;
    uint64_t sz_alloc_max;
    char options[80];      /* of every build */
} ClDevice;

/* SPML_DEVICE "device-missing": no loader, or one without a function that is needed. */
SpmlCode cl_load(const Cl **out, Error *err);
/* Device number index, GPUs and accelerators before CPUs. SPML_DEVICE "device-missing". */
SpmlCode cl_device(const Cl *cl, int index, ClDevice *out, Error *err);
/* What every cache key of this device begins with. */
void cl_identity(const Cl *cl, const ClDevice *d, Text *out);
/* "CL_OUT_OF_RESOURCES", or "error −9999". */
const char *cl_error_name(cl_int e);
SpmlCode cl_failed(cl_int e, const char *what, Error *err);

#endif
