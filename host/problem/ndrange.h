/* Helpers for plans of NDRange variants. */
#pragma once

#include "problem/workload.h"

/* `suits` of a variant with a scalar work-item for each element: the default on all devices but
 * CPUs. */
uint32_t gf_ndrange_suits_scalar(const gf_problem *problem, const gf_device_info *device);
/* `suits` of a variant with explicit vectors: the default on CPUs. It is offered on other devices
 * too, for comparison. */
uint32_t gf_ndrange_suits_vector(const gf_problem *problem, const gf_device_info *device);

/* Lanes of the explicit vectors, GF_WIDTH of kernels_cl/prelude.h: the largest of 2, 4, 8 and 16
 * within the device's native width for the problem's precision, and at least 2. */
uint32_t gf_ndrange_lanes(const gf_problem *problem, const gf_device_info *device);

/* gf_needs.rounds of so many, which may be more than a uint64_t holds. */
uint64_t gf_ndrange_rounds(double rounds);

/* The number of pieces of `size` that cover `count`: count / size, rounded up. size > 0. */
size_t gf_ndrange_pieces(size_t count, size_t size);
