/* From the options of the public functions to bounds: which models, and against which CPU. */
#pragma once

#include "bound/bound_set.h"

/* What the options name, read. Clear it with gf_bound_input_clear, also after a failure. */
typedef struct gf_bound_input {
    gf_models *models;
    gf_tables *tables;
    gf_candidates *hosts; /* of `host_model`; NULL: this machine */
} gf_bound_input;

/* `params`: of the problem. GF_USAGE when the options name no model. */
gf_status gf_bound_input_read(const gf_bound_options *options, const gf_params *params,
                              gf_bound_input *input, gf_error *error);
void gf_bound_input_clear(gf_bound_input *input);
