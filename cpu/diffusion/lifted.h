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

/* Transposes the square of GF_LANES vectors that are `from_stride` reals apart; they stay in `m`.
 */
static inline void copy_square(const gf_real *from, size_t from_stride, gf_real *to,
                               size_t to_stride, gf_vec m[GF_LANES]) {
    for (size_t i = 0; i < GF_LANES; i++)
        m[i] = gf_vec_load(from + i * from_stride);
    transpose_square(m);
    for (size_t i = 0; i < GF_LANES; i++)
        gf_vec_store(to + i * to_stride, m[i]);
}

static inline gf_vec magnitude(gf_vec u) {
    return gf_vec_copysign(u, gf_vec_set1(1));
}

/* Brings a row of vectors * GF_LANES reals into lifted order. A last square that is not whole
 * overlaps the one before; rows too short for a square are moved one real at a time. Returns the
 * largest magnitudes of each lane, without NaN. */
static inline gf_vec lift_row(const gf_real *row, gf_real *lifted, size_t vectors) {
    gf_vec largest = gf_vec_set1(0), m[GF_LANES];
    if (vectors < GF_LANES) {
        for (size_t lane = 0; lane < GF_LANES; lane++) {
            for (size_t k = 0; k < vectors; k++)
                lifted[k * GF_LANES + lane] = row[lane * vectors + k];
        }
        for (size_t k = 0; k < vectors; k++)
            largest = gf_vec_largest(magnitude(gf_vec_load(row + k * GF_LANES)), largest);
        return largest;
    }
    for (size_t i = 0; i < vectors; i += GF_LANES) {
        const size_t k = i + GF_LANES <= vectors ? i : vectors - GF_LANES;
        copy_square(row + k, vectors, lifted + k * GF_LANES, GF_LANES, m);
        for (size_t j = 0; j < GF_LANES; j++)
            largest = gf_vec_largest(magnitude(m[j]), largest);
    }
    return largest;
}

/* Where `u` is not zero and smaller than `limit`. */
static inline gf_mask is_tiny(gf_vec u, gf_real limit) {
    const gf_vec size = magnitude(u);
    return gf_mask_and(gf_vec_less(size, gf_vec_set1(limit)), gf_vec_less(gf_vec_set1(0), size));
}

/* The inverse of lift_row. Returns in which lanes there are values that are not zero and smaller
 * than `limit`. */
static inline gf_mask lower_row(const gf_real *lifted, gf_real *row, size_t vectors,
                                gf_real limit) {
    gf_mask tiny = gf_mask_first(0);
    gf_vec m[GF_LANES];
    if (vectors < GF_LANES) {
        for (size_t lane = 0; lane < GF_LANES; lane++) {
            for (size_t k = 0; k < vectors; k++)
                row[lane * vectors + k] = lifted[k * GF_LANES + lane];
        }
        for (size_t k = 0; k < vectors; k++)
            tiny = gf_mask_or(tiny, is_tiny(gf_vec_load(lifted + k * GF_LANES), limit));
        return tiny;
    }
    for (size_t i = 0; i < vectors; i += GF_LANES) {
        const size_t k = i + GF_LANES <= vectors ? i : vectors - GF_LANES;
        copy_square(lifted + k * GF_LANES, GF_LANES, row + k, vectors, m);
        for (size_t j = 0; j < GF_LANES; j++)
            tiny = gf_mask_or(tiny, is_tiny(m[j], limit));
    }
    return tiny;
}
