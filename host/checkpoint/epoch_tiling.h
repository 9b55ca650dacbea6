/* Whether parts of a field are all of it, each piece once. */
#pragma once

#include <stddef.h>

#include "checkpoint/epoch_part.h"
#include "gpufare.h"

/* `parts`: of one field, by their first row, and each inside the field. GF_FAILED says which rows
 * are double, or missing; or that there is no memory. */
gf_status gf_epoch_tiling_check(const gf_epoch_part *parts, size_t count,
                                const gf_checkpoint_field *field, gf_error *error);
