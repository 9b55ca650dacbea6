/* One time step of a block of lifted rows.
 *
 * Tiles go down the grid a block at a time and take each block through all steps of the pass before
 * the next one (tile.h). At each time level a block is one row higher than at the level before, so
 * that its update needs the block itself and the two rows above it, which the previous block kept:
 *
 *       level k            level k + 1
 *   above 0   ------
 *   above 1   ------       -- row 0
 *   row 0     ------       -- row 1
 *   row 1     ------       -- ...
 *   ...
 *   last row  ------
 *
 * The update is in place: the new block replaces the old one, and the last two rows of the old
 * block replace the two rows above, for the next block.
 */
#pragma once

#include <float.h>

#include "diffusion/lifted.h"

/* With 4 rows an update of 4 vectors loads 6 and stores 6, of which 2 and 2 go to the second-level
 * cache: less than the 24 arithmetic instructions take on two ports. Its 12 vectors of neighbours
 * fit into 32 registers. Measured cycles per vector (Xeon, AVX-512, L1d 48 KiB), of which
 * arithmetic needs 3: 2 rows 4.8, 3 rows 3.9, 4 rows 3.7; 5 and 6 rows 3.4 in narrow tiles, but
 * over 5 in tiles of 1024 columns. With AVX2's 16 registers 4 rows are the fastest, too. */
#define BLOCK_ROWS 4

/* One vector of each updated row, with its neighbours on both sides. */
typedef struct block_column {
    gf_vec left[BLOCK_ROWS], here[BLOCK_ROWS], right[BLOCK_ROWS];
} block_column;

/* ---- Small numbers --------------------------------------------------------
 *
 * A multiplication with a number below the normal range takes some 150 cycles on common processors,
 * and wherever a field spreads into zeros there is a front of such numbers. Where the plan scales,
 * tiles that hold some are computed with all values SCALE times as large, which keeps everything
 * normal. The results are the same: sums and differences below the normal range are exact, and the
 * one product is rounded by hand to a multiple of the smallest number, as the reference rounds it.
 */

#if GF_REAL_BITS == 64
#define REAL_MIN     DBL_MIN
#define REAL_MAX     DBL_MAX
#define REAL_EPSILON DBL_EPSILON
#define SCALE        0x1p512
#else
#define REAL_MIN     FLT_MIN
#define REAL_MAX     FLT_MAX
#define REAL_EPSILON FLT_EPSILON
#define SCALE        0x1p64f
#endif

/* rate * x where x is scaled; `product` is what a multiplication gives. Near REAL_MIN * SCALE the
 * last place of a real is the scaled smallest number, so adding REAL_MIN * SCALE rounds the product
 * to a multiple of it. A zero keeps its sign. */
static inline gf_vec scaled_product(gf_vec rate, gf_vec x, gf_vec product) {
    const gf_vec smallest_normal = gf_vec_set1(REAL_MIN * SCALE);
    const gf_vec by = gf_vec_copysign(smallest_normal, product);
    const gf_vec rounded = gf_vec_sub(gf_vec_fma(rate, x, by), by);
    return gf_vec_select(gf_vec_less(magnitude(product), smallest_normal),
                         gf_vec_copysign(rounded, product), product);
}

/* Rounds the products of a column's rows, if one of them is below the normal range and not zero: in
 * f64 few columns have such a product, in f32 up to two thirds. */
static GF_ALWAYS_INLINE void round_products(gf_vec products[BLOCK_ROWS], const gf_vec x[BLOCK_ROWS],
                                            gf_vec rate) {
    gf_mask below = gf_mask_first(0);
    for (size_t j = 0; j < BLOCK_ROWS; j++)
        below = gf_mask_or(below, is_tiny(products[j], REAL_MIN * SCALE));
    if (__builtin_expect(gf_mask_any(below), 0)) {
        for (size_t j = 0; j < BLOCK_ROWS; j++)
            products[j] = scaled_product(rate, x[j], products[j]);
    }
}

/* ---- The update -------------------------------------------------------- */

/* How an update is computed; constant in each variant of the loops. */
enum arithmetic {
    ADDED,    /* four additions, a multiplication and an fma */
    BALANCED, /* three additions, a multiplication and two fma */
    SCALED    /* of values that are SCALE times as large */
};

/* The factors of an update. `one` is hidden from the compiler, which would otherwise turn
 * fma(u, 1, x) back into an addition. */
typedef struct update_factors {
    gf_vec rate, one;
} update_factors;

/* fma(-4, u, sum) rounds sum - 4 u once, and so does the reference: 4 u is exact unless it
 * overflows, and fields with such values are computed by steps_template.h.
 *
 * fma(u, 1, x) rounds as u + x does. Some processors add in two units and multiply in two others;
 * with four additions the former are busy for 4 cycles where the latter are for 2. */
static GF_ALWAYS_INLINE gf_vec laplacian_of(gf_vec down, gf_vec up, gf_vec right, gf_vec left,
                                            gf_vec u) {
    const gf_vec sum = gf_vec_add(gf_vec_add(gf_vec_add(down, up), right), left);
    return gf_vec_fma(gf_vec_set1(-4), u, sum);
}

static GF_ALWAYS_INLINE void update_column(const block_column *c, gf_real *above, gf_real *block,
                                           size_t pitch, update_factors f, enum arithmetic how) {
    const gf_vec top = gf_vec_load(above);
    const gf_vec bottom = gf_vec_load(block + (BLOCK_ROWS - 1) * pitch);
    gf_vec laplacian[BLOCK_ROWS], change[BLOCK_ROWS];
    gf_vec_store(above, c->here[BLOCK_ROWS - 1]);
    gf_vec_store(above + pitch, bottom);
    for (size_t j = 0; j < BLOCK_ROWS; j++) {
        const gf_vec up = j == 0 ? top : c->here[j - 1];
        const gf_vec down = j == BLOCK_ROWS - 1 ? bottom : c->here[j + 1];
        laplacian[j] = laplacian_of(down, up, c->right[j], c->left[j], c->here[j]);
        change[j] = gf_vec_mul(f.rate, laplacian[j]);
    }
    if (how == SCALED)
        round_products(change, laplacian, f.rate);
    for (size_t j = 0; j < BLOCK_ROWS; j++)
        gf_vec_store(block + j * pitch, how == BALANCED ? gf_vec_fma(c->here[j], f.one, change[j])
                                                        : gf_vec_add(c->here[j], change[j]));
}

/* The four rows that become a block's next level. */
static GF_ALWAYS_INLINE void find_centres(const gf_real *centre[BLOCK_ROWS], const gf_real *above,
                                          const gf_real *block, size_t pitch) {
    for (size_t j = 0; j < BLOCK_ROWS; j++)
        centre[j] = j == 0 ? above + pitch : block + (j - 1) * pitch;
}

/* Updates `count` vectors of each row. `c` has the first ones and their left neighbours; then those
 * after the last ones. */
static GF_ALWAYS_INLINE void update_columns(block_column *c, gf_real *restrict above,
                                            gf_real *restrict block, size_t count, size_t pitch,
                                            update_factors f, enum arithmetic how) {
    const gf_real *centre[BLOCK_ROWS];
    find_centres(centre, above, block, pitch);
    for (size_t i = 0; i < count * GF_LANES; i += GF_LANES) {
        for (size_t j = 0; j < BLOCK_ROWS; j++)
            c->right[j] = gf_vec_load(centre[j] + i + GF_LANES);
        update_column(c, above + i, block + i, pitch, f, how);
        for (size_t j = 0; j < BLOCK_ROWS; j++) {
            c->left[j] = c->here[j];
            c->here[j] = c->right[j];
        }
    }
}

/* Rows are `pitch` reals apart. The ends of a row are neighbours: position 0 is the right neighbour
 * of the last position. */
static GF_ALWAYS_INLINE void update_block(gf_real *restrict above, gf_real *restrict block,
                                          size_t vectors, size_t pitch, gf_real rate,
                                          enum arithmetic how) {
    const update_factors f = {gf_vec_set1(rate), gf_vec_opaque(gf_vec_set1(1))};
    const size_t last = (vectors - 1) * GF_LANES;
    const gf_real *centre[BLOCK_ROWS];
    gf_vec first[BLOCK_ROWS];
    block_column c;
    find_centres(centre, above, block, pitch);
    for (size_t j = 0; j < BLOCK_ROWS; j++) {
        first[j] = gf_vec_load(centre[j]);
        c.here[j] = first[j];
        c.left[j] = gf_vec_rotate_up(gf_vec_load(centre[j] + last));
    }
    update_columns(&c, above, block, vectors - 1, pitch, f, how);
    for (size_t j = 0; j < BLOCK_ROWS; j++)
        c.right[j] = gf_vec_rotate_down(first[j]);
    update_column(&c, above + last, block + last, pitch, f, how);
}

/* The same for strips that move to the left by one column at each level. Two vectors before each
 * row hold what is left of it (tile.h): the columns of the last two vectors, one lane up. The new
 * level begins one vector before the old one, and so is computed in place, too. */
static GF_ALWAYS_INLINE void update_sliding_block(gf_real *restrict above, gf_real *restrict block,
                                                  size_t vectors, size_t pitch, gf_real rate,
                                                  enum arithmetic how) {
    const update_factors f = {gf_vec_set1(rate), gf_vec_opaque(gf_vec_set1(1))};
    const size_t last = (vectors - 1) * GF_LANES;
    const gf_real *const bottom = block + (BLOCK_ROWS - 1) * pitch;
    const gf_real *centre[BLOCK_ROWS];
    block_column c;
    find_centres(centre, above, block, pitch);
    for (size_t j = 0; j < BLOCK_ROWS; j++) {
        c.left[j] = gf_vec_load(centre[j] - 2 * GF_LANES);
        c.here[j] = gf_vec_load(centre[j] - GF_LANES);
    }
    update_columns(&c, above - GF_LANES, block - GF_LANES, vectors, pitch, f, how);
    gf_vec_store(above + pitch - 2 * GF_LANES, gf_vec_load(bottom - 2 * GF_LANES));
    gf_vec_store(above + pitch + last, gf_vec_load(bottom + last));
}
