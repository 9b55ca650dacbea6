/* A small kernel that shows whether a device works: it is compiled, run, and its result compared.
 */
#pragma once

#include "backends/opencl/cl/cl_floor.h"
#include "gpufare.h"

typedef struct gf_probe_kernel {
    cl_device_id device;
    bool fresh; /* after the kernel of every run, also compile one that is in no cache */
    /* Called with the name of each stage before it begins: the driver may crash in it. */
    void (*enter_stage)(void *context, const char *stage);
    void *context;
    /* What failed; NULL before, and if the device works. Then its code (CL_SUCCESS: a wrong result)
     * and the compiler's log, which may be NULL and which the caller frees. */
    const char *failed;
    cl_int code;
    char *log;
} gf_probe_kernel;

/* True when the device works. */
bool gf_probe_kernel_run(gf_probe_kernel *test);
/* True when the device's compiler can compile fma(), which takes a library that some lack. Sets
 * what failed otherwise. */
bool gf_probe_kernel_fma(gf_probe_kernel *test);
