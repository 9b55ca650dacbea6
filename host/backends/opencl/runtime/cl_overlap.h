/* Where a round trip can be cut, so that transfers overlap kernels. */
#pragma once

#include "device/backend.h"

/* Either bands of work-groups along the NDRange's last dimension, or the problem's own stops. */
typedef struct gf_cl_cut {
    size_t groups;      /* along the last dimension */
    size_t band_groups; /* of these in a band; 0: cut at the stops */
} gf_cl_cut;

/* Work-items of one work-group along the last dimension. */
size_t gf_cl_group_items(const gf_program *program);

/* False when transfers can't overlap kernels. */
bool gf_cl_find_cut(const gf_program *program, const gf_buffer *buffers, gf_cl_cut *cut);
gf_overlap gf_cl_overlap_of(const gf_program *program, const gf_cl_cut *cut);
