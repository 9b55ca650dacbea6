/* Rows in dimension-lifted order (Henretty et al., Data Layout Transformation for Stencil
 * Computations on Short-Vector SIMD Architectures, CC 2011): lane l of vector k holds the row's
 * position l * vectors + k. The left and right neighbours of vector k are then the vectors k - 1
 * and k + 1: aligned loads and no shuffles. Only at the two ends of the row the lanes move by one.
 *
 *   in the row's order    a b c d e f g h i j k l
 *   lifted                a d g j | b e h k | c f i l     (3 vectors of 4 lanes)
 */
#pragma once

#include "simd.h"

/* The index in a lifted row of the row's `position`. */
static inline size_t lifted_index(size_t position, size_t vectors) {
    return position % vectors * GF_LANES + position / vectors;
}

/* Exchanges vector and lane in a square of GF_LANES vectors. The vector and lane numbers of an
 * element make one binary number; each round rotates it by one digit, so that after log2(GF_LANES)
 * rounds its halves have changed places. */
static inline void transpose_square(gf_vec m[GF_LANES]) {
    for (int round = 1; round < GF_LANES; round *= 2) {
        gf_vec next[GF_LANES];
        for (int i = 0; i < GF_LANES / 2; i++) {
            next[2 * i] = gf_vec_zip_low(m[i], m[i + GF_LANES / 2]);
            next[2 * i + 1] = gf_vec_zip_high(m[i], m[i + GF_LANES / 2]);
        }
        for (int i = 0; i < GF_LANES; i++)
            m[i] = next[i];
    }
}

/* Copies GF_LANES vectors, `from_stride` reals apart, transposed. */
static inline void copy_square(const gf_real *from, size_t from_stride, gf_real *to,
                               size_t to_stride) {
    gf_vec m[GF_LANES];
    for (size_t i = 0; i < GF_LANES; i++)
        m[i] = gf_vec_load(from + i * from_stride);
    transpose_square(m);
    for (size_t i = 0; i < GF_LANES; i++)
        gf_vec_store(to + i * to_stride, m[i]);
}

/* Brings a row of vectors * GF_LANES reals into lifted order. A last square that is not whole
 * overlaps the one before; rows too short for a square are moved one real at a time. */
static inline void lift_row(const gf_real *row, gf_real *lifted, size_t vectors) {
    if (vectors < GF_LANES) {
        for (size_t lane = 0; lane < GF_LANES; lane++) {
            for (size_t k = 0; k < vectors; k++)
                lifted[k * GF_LANES + lane] = row[lane * vectors + k];
        }
        return;
    }
    size_t k = 0;
    for (; k + GF_LANES <= vectors; k += GF_LANES)
        copy_square(row + k, vectors, lifted + k * GF_LANES, GF_LANES);
    k = vectors - GF_LANES;
    if (vectors % GF_LANES != 0)
        copy_square(row + k, vectors, lifted + k * GF_LANES, GF_LANES);
}

/* The inverse of lift_row. */
static inline void lower_row(const gf_real *lifted, gf_real *row, size_t vectors) {
    if (vectors < GF_LANES) {
        for (size_t lane = 0; lane < GF_LANES; lane++) {
            for (size_t k = 0; k < vectors; k++)
                row[lane * vectors + k] = lifted[k * GF_LANES + lane];
        }
        return;
    }
    size_t k = 0;
    for (; k + GF_LANES <= vectors; k += GF_LANES)
        copy_square(lifted + k * GF_LANES, GF_LANES, row + k, vectors);
    k = vectors - GF_LANES;
    if (vectors % GF_LANES != 0)
        copy_square(lifted + k * GF_LANES, GF_LANES, row + k, vectors);
}
