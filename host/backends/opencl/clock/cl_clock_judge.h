/* Whether a device's clock is believed, by what two kernels of known lengths took. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The longer kernel does so many times the work of the shorter one. */
#define GF_CL_CLOCK_FACTOR 4

/* The least times that a kernel took by both clocks. */
typedef struct gf_cl_timing {
    double host_ns, device_ns;
    const char *unusable; /* NULL, or why there is no device_ns */
} gf_cl_timing;

/* `launch`: of a kernel that does next to nothing. */
typedef struct gf_cl_timings {
    gf_cl_timing launch, shorter, longer;
} gf_cl_timings;

typedef enum gf_cl_clock_outcome {
    GF_CL_CLOCK_PASSED,
    GF_CL_CLOCK_FAILED,
    GF_CL_CLOCK_UNTESTED, /* the host could not tell the two kernels apart, or was too busy */
} gf_cl_clock_outcome;

/* Writes why the device's times are not believed; "": they are. `disturbed`: other programs had the
 * cores meanwhile, so that the host's times may be longer than the kernels took. */
gf_cl_clock_outcome gf_cl_clock_judge(const gf_cl_timings *least, bool disturbed, char *trouble,
                                      size_t size);
