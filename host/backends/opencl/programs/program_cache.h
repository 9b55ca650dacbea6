/* Compiled programs that gpufare keeps where a driver keeps none. Which drivers do is measured: one
 * that compiles for long what this machine had built before keeps nothing, and one whose binaries
 * take as long to get or to load as compiling takes gains nothing. */
#pragma once

#include "backends/opencl/cl/cl_device.h"
#include "backends/opencl/programs/program_file.h"

typedef struct gf_program_text {
    const char *const *texts; /* as for clCreateProgramWithSource */
    cl_uint count;
    const char *options;
    const char *signature; /* further text that the binary depends on, or "" */
} gf_program_text;

/* The caller frees the bytes. They are NULL without memory, and for sources that include files,
 * whose content is not known here. */
gf_program_key gf_program_key_make(const gf_cl_device *device, const gf_program_text *text);

/* A program with the kernel `name`, from a binary; both NULL: none is saved, or the driver refuses
 * it, and then it is removed. */
typedef struct gf_loaded_program {
    cl_program program;
    cl_kernel kernel;
    uint64_t build_ns; /* what compiling it took */
} gf_loaded_program;

gf_loaded_program gf_program_load(const gf_cl_device *device, const gf_program_key *key,
                                  const char *options, const char *name);

/* Saves a program that was compiled from source in `build_ns`, if that pays on this device.
 * `repeated`: this machine had built it before, and that took as long. */
void gf_program_save(const gf_cl_device *device, const gf_program_key *key, cl_program program,
                     uint64_t build_ns, bool repeated);
