/* SPDX-License-Identifier: MIT
 * emit tests: the devices of this build. */
#include "device.h"

EmitDevice *const emit_devices[] = {
#ifdef SPML_TEST_OPENCL
    &emit_device_opencl,
#endif
    NULL,
};
