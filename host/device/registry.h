/* The tables that the build generates from the files it finds. */
#pragma once

#include "device/backend.h"
#include "problem/workload.h"

extern const gf_workload *const gf_workloads[]; /* in alphabetical order */
extern const size_t gf_workloads_length;

extern const gf_backend *const gf_backends[]; /* in alphabetical order; `order` ranks them */
extern const size_t gf_backends_length;
