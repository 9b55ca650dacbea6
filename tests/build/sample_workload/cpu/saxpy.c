/* y = a x + y on the CPU. The loop is plain enough for the compiler to vectorise it for each ISA.
 *
 * buffers: x (in) and y (inout), `count` reals each
 * scalars: a; u32 count
 */
#include "kernel.h"

uint32_t GF_KERNEL(saxpy)(const gf_kernel_args *args) {
    assert(args->buffer_count == 2);
    const gf_real *restrict x = args->buffers[0];
    gf_real *restrict y = args->buffers[1];
    const gf_real a = (gf_real)gf_arg_f64(args, "a");
    const uint32_t count = gf_arg_u32(args, "count");
#pragma omp parallel for simd num_threads(args->thread_count) schedule(static)
    for (uint32_t i = 0; i < count; i++)
        y[i] = a * x[i] + y[i];
    return 0; /* there is no ping-pong pair */
}
