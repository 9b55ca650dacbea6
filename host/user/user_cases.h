/* The calibration cases of a user's workload: its parameters scaled so that the buffers have
 * several sizes. */
#pragma once

#include "user/user.h"

/* Sets workload.calibration; NULL where no parameter says how large the buffers are. */
void gf_user_make_cases(gf_user_workload *user);

/* A size for a check, which is small. */
typedef enum gf_user_size {
    GF_USER_SMALLEST, /* the least of the parameters' ranges */
    GF_USER_ODD,      /* some KiB of buffers, and no multiple of a work-group */
    GF_USER_EVEN,     /* more of them; powers of two stay such */
    GF_USER_SIZES
} gf_user_size;

/* Sets the parameters that shapes and steps use, unless they are set already. */
gf_status gf_user_scale(gf_params *params, gf_user_size size, gf_error *error);
/* "n=341 steps=2": those parameters. */
void gf_user_format_size(const gf_params *params, char *buffer, size_t size);
