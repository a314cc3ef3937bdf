/* SPDX-License-Identifier: MIT
 * emit tests: the devices of this build. */
#include "device.h"

EmitDevice *const emit_devices[] = {
    &emit_device_cuda,
#ifdef SPML_TEST_OPENCL
    &emit_device_opencl,
#endif
#ifdef SPML_TEST_VULKAN
    &emit_device_vulkan,
#endif
    NULL,
};
