#include "problem/ndrange.h"

#define FEWEST_LANES 2
#define MOST_LANES   16 /* OpenCL C has no longer vectors */

uint32_t gf_ndrange_suits_scalar(const gf_problem *problem, const gf_device_info *device) {
    (void)problem;
    return device->device_class == GF_CLASS_CPU ? 1 : 2;
}

uint32_t gf_ndrange_suits_vector(const gf_problem *problem, const gf_device_info *device) {
    (void)problem;
    return device->device_class == GF_CLASS_CPU ? 2 : 1;
}

uint32_t gf_ndrange_lanes(const gf_problem *problem, const gf_device_info *device) {
    const uint32_t native = problem->precision == GF_PRECISION_F64 ? device->vector_width_f64
                                                                   : device->vector_width_f32;
    uint32_t lanes = FEWEST_LANES;
    while (lanes < MOST_LANES && lanes * 2 <= native)
        lanes *= 2;
    return lanes;
}

size_t gf_ndrange_pieces(size_t count, size_t size) {
    return count / size + (count % size != 0 ? 1 : 0);
}

uint64_t gf_ndrange_rounds(double rounds) {
    return rounds < 1 ? 1 : rounds < 0x1p63 ? (uint64_t)rounds : UINT64_C(1) << 63;
}
