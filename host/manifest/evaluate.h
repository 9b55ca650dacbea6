/* A manifest with values for its parameters: sizes and arguments as numbers. Errors name the file
 * and the line of the section, and the expression with its numbers. Nothing here allocates. */
#pragma once

#include "manifest/manifest.h"

/* A value for each place (gf_manifest_place). */
typedef struct gf_manifest_values {
    gf_number numbers[GF_PLACE_COUNT];
} gf_manifest_values;

/* The parameters' values from `params`, NULL: their defaults; tunables: their first candidates;
 * step 0; a work-group of one item. */
void gf_manifest_values_set(const gf_manifest *manifest, const gf_params *params,
                            gf_manifest_values *values);
/* A work-group; `sides` has `dimensions` of them, x first. */
void gf_manifest_values_set_local(gf_manifest_values *values, uint32_t dimensions,
                                  const size_t *sides);

/* The extents of a buffer, each at least 1, its elements and its bytes. */
typedef struct gf_shape {
    uint32_t dimensions;
    size_t extents[GF_MANIFEST_DIMENSIONS]; /* C order; 1 beyond `dimensions` */
    size_t elements, bytes;
} gf_shape;

/* GF_USAGE when an extent is less than 1, GF_UNSUPPORTED when a product is beyond the address
 * space. */
gf_status gf_manifest_shape(const gf_manifest *manifest, uint32_t buffer,
                            const gf_manifest_values *values, gf_shape *shape, gf_error *error);

/* GF_USAGE when a buffer begins with offsets whose total is not whole or does not fit its type. */
gf_status gf_manifest_offsets(const gf_manifest *manifest, uint32_t buffer,
                              const gf_manifest_values *values, gf_error *error);

/* The work-items of a kernel, not rounded, each at least 1. */
gf_status gf_manifest_global(const gf_manifest *manifest, uint32_t kernel,
                             const gf_manifest_values *values,
                             size_t global[GF_MANIFEST_DIMENSIONS], gf_error *error);
/* A candidate for its work-group, each side at least 1. */
gf_status gf_manifest_local(const gf_manifest *manifest, uint32_t kernel, uint32_t candidate,
                            const gf_manifest_values *values, size_t local[GF_MANIFEST_DIMENSIONS],
                            gf_error *error);

/* A scalar argument as the bytes that a kernel takes. GF_USAGE when the value does not fit the
 * type: whole numbers beyond it, a fraction for an integer. Reals are rounded to f32. */
typedef struct gf_scalar_bytes {
    gf_type type;
    size_t size;
    union {
        uint8_t u8;
        uint16_t u16;
        uint32_t u32;
        uint64_t u64; /* signed integers: their two's complement */
        float f32;
        double f64;
    } value;
} gf_scalar_bytes;

gf_status gf_manifest_scalar(const gf_manifest *manifest, const gf_argument *argument,
                             const gf_manifest_values *values, gf_scalar_bytes *scalar,
                             gf_error *error);
/* The bytes of a local array, at least 1. */
gf_status gf_manifest_local_bytes(const gf_manifest *manifest, const gf_argument *argument,
                                  const gf_manifest_values *values, size_t *bytes, gf_error *error);
/* The time steps, at least 1, and those between two transfers, 1 to steps; 0 and 0 without steps.
 */
gf_status gf_manifest_steps(const gf_manifest *manifest, const gf_manifest_values *values,
                            uint64_t *steps, uint64_t *per_transfer, gf_error *error);
/* The length of the range that a twin computes, at least 1. */
gf_status gf_manifest_range(const gf_manifest *manifest, const gf_manifest_values *values,
                            size_t *length, gf_error *error);
/* Any other expression of the manifest as a real; `what` names it in errors: "operations". */
gf_status gf_manifest_real(const gf_manifest *manifest, const gf_expression *expression,
                           const char *what, const gf_manifest_values *values, double *number,
                           gf_error *error);
/* The limit of the tolerance, at least 0; 0 for bits. */
gf_status gf_manifest_limit(const gf_manifest *manifest, const gf_manifest_values *values,
                            double *limit, gf_error *error);
