/* The manifest of an epoch. */
#pragma once

#include "gpufare.h"

/* A part of a field, as processes send it to one another. */
typedef struct gf_epoch_part {
    uint32_t field;
    uint64_t first, rows; /* of the field */
    uint64_t bytes;
    char sha256[65];
} gf_epoch_part;
