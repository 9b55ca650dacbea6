#include "python/compat/diffusion.h"

/* The build reads this line. */
#define KERNEL "evolve"

#define BYTES ((size_t)GF_EVOLVE_SIDE * GF_EVOLVE_SIDE * sizeof(double))

static bool overlap(const double *a, const double *b) {
    const uintptr_t first = (uintptr_t)a, second = (uintptr_t)b;
    return (first < second ? second - first : first - second) < BYTES;
}

void evolve(const double *in, double *out, double D, double dt) {
    if (in == NULL || out == NULL || overlap(in, out)) {
        gf_compat_complain("evolve writes nothing where an array is NULL or both overlap; give two "
                           "arrays of 512 x 512 f64 that are apart (said once)");
        return;
    }
    /* The kernel only reads `in`; the ABI has one pointer type for all buffers. */
    void *const buffers[] = {(void *)(uintptr_t)in, out};
    const gf_scalar scalars[] = {{"rate", GF_TYPE_F64, {.f64 = D * dt}},
                                 {"rows", GF_TYPE_U32, {.u32 = GF_EVOLVE_SIDE}},
                                 {"cols", GF_TYPE_U32, {.u32 = GF_EVOLVE_SIDE}},
                                 {"boundary", GF_TYPE_U32, {.u32 = 0}}}; /* fixed */
    gf_compat_call(
        KERNEL, (gf_kernel_args){
                    .buffers = buffers, .buffer_count = 2, .scalars = scalars, .scalar_count = 4});
}
