/* What plans of NDRange variants have in common. */
#ifndef GF_NDRANGE_H
#define GF_NDRANGE_H

#include "problem/workload.h"

/* For `suits` of a variant with one scalar work-item per element: the default of every device but a
 * CPU. */
uint32_t gf_ndrange_suits_scalar(const gf_problem *problem, const gf_device_info *device);
/* For `suits` of a variant with explicit vectors: the default of a CPU. It runs on the others too,
 * so that it can be compared. */
uint32_t gf_ndrange_suits_vector(const gf_problem *problem, const gf_device_info *device);

/* Lanes of the explicit vectors, GF_WIDTH of kernels_cl/prelude.h: the device's native width for
 * the problem's precision, but 2, 4, 8 or 16 in any case. */
uint32_t gf_ndrange_lanes(const gf_problem *problem, const gf_device_info *device);

/* How many pieces of `size` cover `count`: count / size, rounded up. size > 0. */
size_t gf_ndrange_pieces(size_t count, size_t size);

#endif
