/* What the state of a problem is made of: fields, and the parts that they are saved in. */
#pragma once

#include "problem/rectangle.h"

/* An array that is part of the state of a problem, whole. */
typedef struct gf_checkpoint_field {
    const char *name, *type;
    uint64_t rows, row_bytes;
    uint64_t columns; /* elements of a row */
} gf_checkpoint_field;

/* A rectangle of a field in a file of its own, row after row without gaps. Plain bytes, which
 * processes may send one another. */
typedef struct gf_epoch_part {
    uint32_t field;
    gf_rectangle area; /* of the field; columns 0: whole rows, as manifests without columns have */
    uint64_t bytes;
    char sha256[65];
} gf_epoch_part;
