/* Runs the kernels of kernels_cl/facts.cl. */
#pragma once

#include "backends/opencl/cl/cl_floor.h"
#include "gpufare.h"

/* Where they run. */
typedef struct gf_fact_bench {
    cl_context context;
    cl_command_queue queue;
    cl_device_id id;
    cl_program limits; /* with the kernels that find limits, or NULL: each is compiled alone */
} gf_fact_bench;

/* A compiled kernel; `kernel` NULL: none, and `trouble` says why. */
typedef struct gf_fact_kernel {
    cl_program program;
    cl_kernel kernel;
    bool compiles; /* false: the compiler has refused it */
    char trouble[120];
} gf_fact_kernel;

/* One launch. Buffers are of 64-bit words. */
typedef struct gf_fact_launch {
    const uint64_t *in;
    size_t in_count;
    uint64_t *out;
    size_t out_count;
    size_t global, local; /* local 0: the driver chooses */
    size_t local_bytes;   /* of the argument in local memory; 0: the kernel has none */
} gf_fact_launch;

/* A kernel in a program of its own. */
gf_fact_kernel gf_fact_compile(const gf_fact_bench *bench, const char *name, const char *options);
/* The kernels that find limits in one program, which saves reading the source; the caller releases
 * it. NULL: they can't be had together. */
cl_program gf_fact_compile_limits(const gf_fact_bench *bench);
/* One of them, or compiled alone with `options`. */
gf_fact_kernel gf_fact_limit_kernel(const gf_fact_bench *bench, const char *name,
                                    const char *options);
void gf_fact_release(gf_fact_kernel *kernel); /* accepts one without a kernel */
/* Runs it and reads `out`. CL_SUCCESS, or the code of what failed. */
cl_int gf_fact_launch_kernel(const gf_fact_bench *bench, const gf_fact_kernel *kernel,
                             const gf_fact_launch *launch);
/* "CL_OUT_OF_RESOURCES (-5)" */
void gf_fact_format_code(cl_int code, char *text, size_t size);
