/* The scalar kernel of saxpy against numbers worked out by hand. Every other variant and device is
 * compared with the scalar kernel by the tests that walk the tables. */
#include <criterion/criterion.h>

#include "device/cpu_kernels.h"

Test(saxpy, scalar_gives_a_x_plus_y, .timeout = 10) {
    const gf_cpu_kernel kernel = gf_cpu_kernel_find("saxpy", GF_ISA_SCALAR, GF_PRECISION_F64);
    cr_assert_not_null(kernel);
    double x[] = {0, 1, -2}, y[] = {1, 1, 0.5};
    void *const buffers[] = {x, y};
    const gf_scalar scalars[] = {{.name = "a", .type = GF_TYPE_F64, .value.f64 = 2.5},
                                 {.name = "count", .type = GF_TYPE_U32, .value.u32 = 3}};
    const gf_kernel_args args = {.buffers = buffers,
                                 .buffer_count = 2,
                                 .scalars = scalars,
                                 .scalar_count = 2,
                                 .thread_count = 2};
    cr_assert_eq(kernel(&args), 0);
    cr_assert_float_eq(y[0], 1, 0);
    cr_assert_float_eq(y[1], 3.5, 0);
    cr_assert_float_eq(y[2], -4.5, 0);
}
