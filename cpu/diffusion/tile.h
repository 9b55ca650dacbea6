/* One tile of the grid through all steps of a pass.
 *
 * A tile's result needs the cells within `steps` of it. Columns: its rows are strips that begin
 * `steps` columns before the tile and end `steps` columns after it. The wrong values at the ends of
 * a strip come nearer by one column a step and never reach the tile. Rows: blocks of rows go down
 * the strip, each through all time levels at once; of each level only the rows that the next level
 * needs are computed.
 *
 * At the grid's own edges:
 *   periodic   nothing is special: rows and columns beyond an edge are those of the other side
 *   fixed      edge cells get their old value back after each step, so nothing beyond them matters
 *   insulated  a row or column beyond the edge gets the edge's new values after each step
 *
 * Rows and columns are counted from the grid's first; those before it have negative numbers.
 */
#pragma once

#include "diffusion/block.h"
#include "diffusion/grid.h"

/* Above this a step could overflow, if only in 4 u, and then fma differs from the reference. With
 * 0 <= rate <= 1/4 a new value is a mean of old ones, so smaller values stay smaller except for
 * roundings, which do not add up to a factor of 2 in a pass. */
#define LARGEST_VALUE (REAL_MAX / 16)

/* Threshold below which the next pass may reach subnormal numbers: REAL_MIN / epsilon for
 * cancellation, x 16 for the rate, and 2^(steps/4) for the decay of a tail. A heuristic, which
 * affects speed only. With a whole bit a step, which is how fast the front of a field that spreads
 * into zeros falls, bells that never needed scaling were scaled and took 1.8 times as long. */
static inline gf_real tiny_value(ptrdiff_t steps) {
    return (gf_real)ldexp(REAL_MIN / REAL_EPSILON * 16, steps < 64 ? (int)steps / 4 : 16);
}

/* A thread's memory. All rows except `line` are lifted; they are `pitch` reals apart. */
typedef struct workspace {
    gf_real *memory;
    gf_real *block;    /* the block at its present level */
    gf_real *above;    /* for each level the two rows above the next block, `level_pitch` apart */
    gf_real *border;   /* the first and the last row of a fixed grid, `border_pitch` apart */
    gf_real *line;     /* a row on its way in or out */
    gf_real *edges[2]; /* what strips of a chain hand on, in turns */
    size_t pitch, level_pitch, border_pitch;
} workspace;

/* The place of a column outside the strip. */
#define NOWHERE SIZE_MAX

typedef struct tile {
    const grid *grid;
    const gf_real *from;
    gf_real *to;
    bool streaming; /* results go past the caches */
    bool balanced;  /* arithmetic, unless values are scaled */
    bool scaling;   /* tiny values are looked for */
    bool scaled;    /* values are SCALE times as large within the tile */
    bool unknown;   /* the first pass: whether there are tiny values is not known yet */
    ptrdiff_t steps;
    ptrdiff_t first_row, end_row, first_col, end_col; /* of its result */
    ptrdiff_t strip_col;                              /* the column at a strip's position 0 */
    size_t vectors;                                   /* in a strip */
    ptrdiff_t slide;     /* columns by which a strip moves to the left at each level: 0 or 1 */
    const gf_real *left; /* handed on by the strip to the left; NULL: there is none */
    gf_real *right;      /* to be handed on to the strip to the right */
} tile;

static inline ptrdiff_t smaller(ptrdiff_t a, ptrdiff_t b) {
    return a < b ? a : b;
}

static inline ptrdiff_t larger(ptrdiff_t a, ptrdiff_t b) {
    return a > b ? a : b;
}

static inline size_t wrapped(ptrdiff_t index, size_t count) {
    const ptrdiff_t rest = index % (ptrdiff_t)count;
    return (size_t)(rest < 0 ? rest + (ptrdiff_t)count : rest);
}

/* ---- The strip --------------------------------------------------------- */

/* The index of a column in a lifted strip of `level`, or NOWHERE. */
static size_t find_column(const tile *t, ptrdiff_t level, ptrdiff_t col) {
    const ptrdiff_t position = col - t->strip_col + level * t->slide;
    if (position < 0 || position >= (ptrdiff_t)(t->vectors * GF_LANES))
        return NOWHERE;
    return lifted_index((size_t)position, t->vectors);
}

/* Columns beyond an edge of the grid that the boundary needs. */
static inline ptrdiff_t cols_beyond(const grid *g) {
    return g->boundary == INSULATED ? 1 : 0;
}

/* Sets the strip of a tile that is alone. The ends of a strip are neighbours, so a strip that is
 * exactly a periodic row needs no halo. */
static void place_single_strip(tile *t) {
    const ptrdiff_t cols = (ptrdiff_t)t->grid->cols;
    ptrdiff_t begin = t->first_col - t->steps, end = t->end_col + t->steps;
    if (t->grid->boundary == PERIODIC) {
        const bool is_whole_row = t->first_col == 0 && t->end_col == cols && cols % GF_LANES == 0;
        begin = is_whole_row ? 0 : begin;
        end = is_whole_row ? cols : end;
    } else {
        begin = larger(begin, -cols_beyond(t->grid));
        end = smaller(end, cols + cols_beyond(t->grid));
    }
    t->strip_col = begin;
    t->vectors = ((size_t)(end - begin) + GF_LANES - 1) / GF_LANES;
}

/* Sets strip `index` of a chain, of so many vectors, and reduces the tile to the result of it. At
 * the first level a chain begins `steps` columns before its result, at the last one 2 x `steps`
 * before it, of which a half is wrong; at an edge of the grid both are `steps` less. */
static void place_strip_of_chain(tile *t, size_t index, size_t vectors) {
    const ptrdiff_t line = 64 / sizeof(gf_real), width = (ptrdiff_t)(vectors * GF_LANES);
    const bool at_edge = t->first_col == 0 && t->grid->boundary != PERIODIC;
    const ptrdiff_t begin = t->first_col - (at_edge ? cols_beyond(t->grid) : t->steps);
    const ptrdiff_t result = begin - t->steps, aligned = result - (ptrdiff_t)wrapped(result, line);
    t->slide = 1;
    t->vectors = vectors;
    t->strip_col = aligned + t->steps + (ptrdiff_t)index * width;
    t->first_col = larger(t->first_col, t->strip_col - t->steps);
    t->end_col = larger(t->first_col, smaller(t->end_col, t->strip_col - t->steps + width));
}

/* ---- Rows -------------------------------------------------------------- */

/* The needed rows of a level are level_begin to level_end - 1. */
static inline ptrdiff_t level_begin(const tile *t, ptrdiff_t level) {
    const ptrdiff_t row = t->first_row - (t->steps - level);
    return t->grid->boundary == PERIODIC ? row : larger(row, 0);
}

static inline ptrdiff_t level_end(const tile *t, ptrdiff_t level) {
    const ptrdiff_t row = t->end_row + (t->steps - level);
    return t->grid->boundary == PERIODIC ? row : smaller(row, (ptrdiff_t)t->grid->rows);
}

/* Where level `level` of a row begins that begins at `row` at level 0. */
static inline gf_real *at_level(const tile *t, gf_real *row, ptrdiff_t level) {
    return row - level * t->slide * GF_LANES;
}

static inline gf_real *block_row(const tile *t, const workspace *w, ptrdiff_t level, ptrdiff_t j) {
    return at_level(t, w->block + (size_t)j * w->pitch, level);
}

static inline gf_real *above_rows(const tile *t, const workspace *w, ptrdiff_t level) {
    return at_level(t, w->above + (size_t)level * w->level_pitch, level);
}

/* 0: the grid's first row, 1: its last one. */
static inline gf_real *border_row(const tile *t, const workspace *w, ptrdiff_t level, size_t i) {
    return at_level(t, w->border + i * w->border_pitch, level);
}

/* Row `row` of a level whose block begins at `begin`, in the block or above it, or NULL. */
static gf_real *find_row(const tile *t, const workspace *w, ptrdiff_t level, ptrdiff_t begin,
                         ptrdiff_t row) {
    const ptrdiff_t j = row - begin;
    if (j < -2 || j >= BLOCK_ROWS)
        return NULL;
    return j < 0 ? above_rows(t, w, level) + (size_t)(j + 2) * w->pitch : block_row(t, w, level, j);
}

/* Copies a row and what is left of it. Does nothing if one of the two is NULL. */
static void copy_row(const tile *t, gf_real *to, const gf_real *from) {
    const ptrdiff_t before = 2 * t->slide * GF_LANES;
    if (to != NULL && from != NULL)
        memcpy(to - before, from - before, (t->vectors * GF_LANES + (size_t)before) * sizeof *to);
}

/* ---- In and out -------------------------------------------------------- */

/* A strip of a row of the grid, in `line` if it reaches over an edge. */
static const gf_real *gather_strip(const tile *t, const workspace *w, const gf_real *row) {
    const ptrdiff_t cols = (ptrdiff_t)t->grid->cols;
    const ptrdiff_t end = t->strip_col + (ptrdiff_t)(t->vectors * GF_LANES);
    if (t->strip_col >= 0 && end <= cols)
        return row + t->strip_col;
    ptrdiff_t count = 0;
    for (ptrdiff_t col = t->strip_col; col < end; col += count) {
        ptrdiff_t from = col;
        if (t->grid->boundary == PERIODIC)
            from = (ptrdiff_t)wrapped(col, t->grid->cols);
        else
            from = larger(0, smaller(col, cols - 1));
        const bool beyond = t->grid->boundary != PERIODIC && from != col;
        count = beyond ? 1 : smaller(cols - from, end - col);
        memcpy(w->line + (col - t->strip_col), row + from, (size_t)count * sizeof *row);
    }
    return w->line;
}

static bool has_tiny_values(const gf_real *row, size_t count, gf_real limit) {
    gf_mask tiny = gf_mask_first(0);
    for (size_t i = 0; i < count; i += GF_LANES)
        tiny = gf_mask_or(tiny, is_tiny(gf_vec_load(row + i), limit));
    return gf_mask_any(tiny);
}

/* `to` may be `from`. */
static void multiply_row(gf_real *to, const gf_real *from, size_t count, gf_real factor) {
    const gf_vec factors = gf_vec_set1(factor);
    for (size_t i = 0; i < count; i += GF_LANES)
        gf_vec_store(to + i, gf_vec_mul(factors, gf_vec_load(from + i)));
}

/* The values that a tile met. */
typedef struct tile_report {
    bool too_large;  /* some were too large: the result is not valid */
    bool tiny_found; /* `unknown` was set and the source has tiny values: the result is not valid */
    bool tiny;       /* the result has tiny values */
} tile_report;

/* Level 0 of a block. */
static void load_block(const tile *t, const workspace *w, ptrdiff_t begin, tile_report *report) {
    const ptrdiff_t end = smaller(begin + BLOCK_ROWS, level_end(t, 0));
    const size_t count = t->vectors * GF_LANES;
    for (ptrdiff_t row = begin; row < end; row++) {
        const gf_real *const source = t->from + wrapped(row, t->grid->rows) * t->grid->cols;
        const gf_real *strip = gather_strip(t, w, source);
        report->tiny_found = report->tiny_found ||
                             (t->unknown && has_tiny_values(strip, count, tiny_value(t->steps)));
        if (t->scaled) {
            multiply_row(w->line, strip, count, SCALE);
            strip = w->line;
        }
        const gf_vec largest = lift_row(strip, block_row(t, w, 0, row - begin), t->vectors);
        report->too_large =
            report->too_large || gf_mask_any(gf_vec_less(gf_vec_set1(LARGEST_VALUE), largest));
    }
}

/* Copies past the caches, in whole aligned vectors, so that memory is not read first. */
static void stream_reals(gf_real *to, const gf_real *from, size_t count) {
    size_t i = 0;
    for (; i < count && (uintptr_t)(to + i) % sizeof(gf_vec) != 0; i++)
        to[i] = from[i];
    for (; i + GF_LANES <= count; i += GF_LANES)
        gf_vec_stream(to + i, gf_vec_load(from + i));
    for (; i < count; i++)
        to[i] = from[i];
}

/* Writes row `row` of the result; returns whether it has tiny values. Whole strips go straight to
 * it, unless they are scaled or go past the caches, which takes whole lines. */
static bool store_row(const tile *t, const workspace *w, ptrdiff_t row, const gf_real *lifted) {
    gf_real *const to = t->to + (size_t)row * t->grid->cols + t->first_col;
    const ptrdiff_t at = t->first_col - t->strip_col + t->steps * t->slide;
    const size_t cols = (size_t)(t->end_col - t->first_col), count = t->vectors * GF_LANES;
    const bool straight = cols == count && !t->scaled && !t->streaming;
    const gf_real limit = tiny_value(t->steps) * (t->scaled ? SCALE : 1);
    const gf_mask tiny = lower_row(lifted, straight ? to : w->line, t->vectors, limit);
    if (t->scaled)
        multiply_row(w->line, w->line, count, 1 / SCALE);
    if (t->streaming)
        stream_reals(to, w->line + at, cols);
    else if (!straight)
        memcpy(to, w->line + at, cols * sizeof *to);
    return gf_mask_any(tiny);
}

/* Writes the rows of a block's last level that belong to the tile. */
static bool store_block(const tile *t, const workspace *w, ptrdiff_t begin) {
    const ptrdiff_t end = smaller(begin + BLOCK_ROWS, t->end_row);
    bool tiny = false;
    for (ptrdiff_t row = larger(begin, t->first_row); row < end; row++)
        tiny = store_row(t, w, row, block_row(t, w, t->steps, row - begin)) || tiny;
    return tiny;
}

/* Fetches one of `shares` equal shares of the block that begins at `begin` into the second-level
 * cache. Strips of a large grid are too short for the hardware to predict the next one. */
static inline void prefetch_share(const tile *t, ptrdiff_t begin, size_t share, size_t shares) {
    const size_t line = 64 / sizeof(gf_real);
    const size_t lines_in_row = t->vectors * GF_LANES / line + 1;
    const size_t lines = lines_in_row * BLOCK_ROWS;
    const ptrdiff_t end_row = (ptrdiff_t)t->grid->rows;
    const size_t first_col = (size_t)larger(t->strip_col, 0);
    for (size_t i = lines * share / shares; i < lines * (share + 1) / shares; i++) {
        const ptrdiff_t row = begin + (ptrdiff_t)(i / lines_in_row);
        const size_t col = first_col + i % lines_in_row * line;
        if (row >= 0 && row < end_row && col < t->grid->cols)
            gf_prefetch(t->from + (size_t)row * t->grid->cols + col);
    }
}

/* ---- Chains of strips -------------------------------------------------- */

/* What a strip hands on of a block at one level: the last two columns of each row, unscaled. */
#define HANDED_ON ((size_t)2 * BLOCK_ROWS)

static inline gf_real reduced(const tile *t, gf_real value) {
    return t->scaled ? value * (1 / SCALE) : value;
}

/* Returns `value` as it is in the tile. */
static inline gf_real enlarged(const tile *t, gf_real value, tile_report *report) {
    if (!t->scaled)
        return value;
    report->too_large =
        report->too_large || !(value <= LARGEST_VALUE / SCALE && -value <= LARGEST_VALUE / SCALE);
    return value * SCALE;
}

/* Sets the two vectors before each row of a block, which are its last two with each lane moved by
 * one; the first lane has what the strip to the left hands on. Without one it has numbers that no
 * result depends on. */
static inline void join_strips(const tile *t, const workspace *w, ptrdiff_t level, size_t handed,
                               tile_report *report) {
    const gf_mask first = gf_mask_first(1);
    const size_t last = (t->vectors - 1) * GF_LANES;
    for (ptrdiff_t j = 0; j < BLOCK_ROWS; j++) {
        gf_real *const row = block_row(t, w, level, j);
        const size_t at = handed + 2 * (size_t)j;
        t->right[at] = reduced(t, row[last - 1]);
        t->right[at + 1] = reduced(t, row[last + GF_LANES - 1]);
        const gf_real near[2] = {t->left == NULL ? row[0] : enlarged(t, t->left[at], report),
                                 t->left == NULL ? row[0] : enlarged(t, t->left[at + 1], report)};
        const gf_vec before[2] = {gf_vec_rotate_up(gf_vec_load(row + last - GF_LANES)),
                                  gf_vec_rotate_up(gf_vec_load(row + last))};
        gf_vec_store(row - 2 * GF_LANES, gf_vec_select(first, gf_vec_set1(near[0]), before[0]));
        gf_vec_store(row - GF_LANES, gf_vec_select(first, gf_vec_set1(near[1]), before[1]));
    }
}

/* Continues a border row of a sliding strip to the left, as far as the strip moves. */
static void extend_border(const tile *t, gf_real *border, const gf_real *source) {
    for (ptrdiff_t k = 3; k <= t->steps + 2; k++) {
        const ptrdiff_t col = larger(0, smaller(t->strip_col - k, (ptrdiff_t)t->grid->cols - 1));
        gf_real *const to = border - k * GF_LANES;
        gf_vec_store(to, gf_vec_rotate_up(gf_vec_load(to + t->vectors * GF_LANES)));
        to[0] = t->scaled ? source[col] * SCALE : source[col];
    }
}

/* ---- Edges ------------------------------------------------------------- */

/* Notes an edge row of a fixed grid at level 0; `row` is NULL if it is elsewhere. */
static void note_border(const tile *t, const workspace *w, size_t i, const gf_real *row) {
    if (row == NULL)
        return;
    gf_real *const border = border_row(t, w, 0, i);
    copy_row(t, border, row);
    if (t->slide > 0)
        extend_border(t, border, t->from + (i == 0 ? 0 : (t->grid->rows - 1) * t->grid->cols));
}

/* Sets the edge rows of level `level`, whose block begins at `begin`. */
static void hold_edge_rows(const tile *t, const workspace *w, ptrdiff_t level, ptrdiff_t begin) {
    const ptrdiff_t last = (ptrdiff_t)t->grid->rows - 1;
    if (t->grid->boundary == PERIODIC || (begin > 0 && begin + BLOCK_ROWS <= last))
        return;
    gf_real *const first_row = find_row(t, w, level, begin, 0);
    gf_real *const last_row = find_row(t, w, level, begin, last);
    if (t->grid->boundary == INSULATED) {
        copy_row(t, find_row(t, w, level, begin, -1), first_row);
        copy_row(t, find_row(t, w, level, begin, last + 1), last_row);
    } else if (level == 0) {
        note_border(t, w, 0, begin <= 0 ? first_row : NULL);
        note_border(t, w, 1, begin <= last ? last_row : NULL);
    } else {
        copy_row(t, first_row, border_row(t, w, level, 0));
        copy_row(t, last_row, border_row(t, w, level, 1));
    }
}

/* The places of the grid's edge columns in a strip of one level, or NOWHERE. */
typedef struct edge_columns {
    size_t before_first, first, last, after_last;
} edge_columns;

static edge_columns find_edge_columns(const tile *t, ptrdiff_t level) {
    const ptrdiff_t cols = (ptrdiff_t)t->grid->cols;
    return (edge_columns){find_column(t, level, -1), find_column(t, level, 0),
                          find_column(t, level, cols - 1), find_column(t, level, cols)};
}

/* Notes the values of a column in the rows from which the block of `level` is computed. They are
 * where the new ones will be: a sliding strip begins one vector earlier at the new level. */
static void note_column(const tile *t, const workspace *w, ptrdiff_t level, size_t at,
                        gf_real kept[BLOCK_ROWS]) {
    const gf_real *const above = above_rows(t, w, level - 1) + w->pitch - t->slide * GF_LANES;
    for (ptrdiff_t j = 0; at != NOWHERE && j < BLOCK_ROWS; j++)
        kept[j] = j == 0 ? above[at] : block_row(t, w, level, j - 1)[at];
}

static void restore_column(const tile *t, const workspace *w, ptrdiff_t level, size_t at,
                           const gf_real kept[BLOCK_ROWS]) {
    for (ptrdiff_t j = 0; at != NOWHERE && j < BLOCK_ROWS; j++)
        block_row(t, w, level, j)[at] = kept[j];
}

static void mirror_column(const tile *t, const workspace *w, ptrdiff_t level, size_t beyond,
                          size_t edge) {
    for (ptrdiff_t j = 0; beyond != NOWHERE && edge != NOWHERE && j < BLOCK_ROWS; j++)
        block_row(t, w, level, j)[beyond] = block_row(t, w, level, j)[edge];
}

/* Where a strip begins with the column after the grid's last one, that one was handed on. */
static void mirror_handed_on(const tile *t, const workspace *w, ptrdiff_t level, size_t beyond,
                             size_t handed, tile_report *report) {
    for (ptrdiff_t j = 0; t->left != NULL && beyond == 0 && j < BLOCK_ROWS; j++)
        block_row(t, w, level, j)[0] = enlarged(t, t->left[handed + 2 * (size_t)j + 1], report);
}

/* ---- The way down the strip -------------------------------------------- */

/* Computes the block of `level`, without edges. */
static GF_ALWAYS_INLINE void compute_block(const tile *t, const workspace *w, ptrdiff_t level,
                                           enum arithmetic how) {
    gf_real *const above = above_rows(t, w, level - 1), *const block =
                                                            block_row(t, w, level - 1, 0);
    if (t->slide > 0)
        update_sliding_block(above, block, t->vectors, w->pitch, t->grid->rate, how);
    else
        update_block(above, block, t->vectors, w->pitch, t->grid->rate, how);
}

/* Takes the block from level - 1 to `level`. */
static void advance_block(const tile *t, const workspace *w, ptrdiff_t level, size_t handed,
                          const edge_columns *e, tile_report *report) {
    gf_real first[BLOCK_ROWS], last[BLOCK_ROWS];
    if (t->grid->boundary == FIXED) {
        note_column(t, w, level, e->first, first);
        note_column(t, w, level, e->last, last);
    }
    if (t->scaled)
        compute_block(t, w, level, SCALED);
    else if (t->balanced)
        compute_block(t, w, level, BALANCED);
    else
        compute_block(t, w, level, ADDED);
    if (t->grid->boundary == FIXED) {
        restore_column(t, w, level, e->first, first);
        restore_column(t, w, level, e->last, last);
    } else if (t->grid->boundary == INSULATED) {
        mirror_column(t, w, level, e->before_first, e->first);
        mirror_column(t, w, level, e->after_last, e->last);
        mirror_handed_on(t, w, level, e->after_last, handed, report);
    }
}

/* Keeps the last two rows of a block for the next block, as compute_block does. */
static void keep_last_rows(const tile *t, const workspace *w, ptrdiff_t level) {
    gf_real *const above = above_rows(t, w, level);
    copy_row(t, above, block_row(t, w, level, BLOCK_ROWS - 2));
    copy_row(t, above + w->pitch, block_row(t, w, level, BLOCK_ROWS - 1));
}

/* Takes the block that began at row `begin` to `level`. Near the end of the tile the first levels
 * need no more rows. `e`: of level 0, and of all levels of a strip that does not slide. */
static void advance_level(const tile *t, const workspace *w, ptrdiff_t begin, ptrdiff_t level,
                          const edge_columns *e, size_t handed, tile_report *report) {
    const ptrdiff_t row = begin - level;
    if (row < level_end(t, level)) {
        const edge_columns here = t->slide > 0 ? find_edge_columns(t, level) : *e;
        prefetch_share(t, begin + BLOCK_ROWS, (size_t)level - 1, (size_t)t->steps);
        advance_block(t, w, level, handed, &here, report);
        if (t->slide > 0)
            join_strips(t, w, level, handed, report);
    }
    hold_edge_rows(t, w, level, row);
}

/* Takes the block that begins at row `begin` to the last level, or, near the beginning of the tile,
 * to the last level that needs its rows. */
static void advance_levels(const tile *t, const workspace *w, ptrdiff_t begin,
                           const edge_columns *e, tile_report *report) {
    const size_t number = (size_t)(begin - level_begin(t, 0)) / BLOCK_ROWS;
    const size_t handed = number * (size_t)(t->steps + 1) * HANDED_ON;
    load_block(t, w, begin, report);
    if (t->slide > 0)
        join_strips(t, w, 0, handed, report);
    hold_edge_rows(t, w, 0, begin);
    for (ptrdiff_t level = 1; level <= t->steps; level++) {
        if (begin - level + BLOCK_ROWS <= level_begin(t, level)) {
            keep_last_rows(t, w, level - 1);
            return;
        }
        advance_level(t, w, begin, level, e, handed + (size_t)level * HANDED_ON, report);
    }
    report->tiny = store_block(t, w, begin - t->steps) || report->tiny;
}

/* After cancelling, the result is not valid. */
static tile_report run_tile(const tile *t, const workspace *w, const gf_kernel_args *args) {
    tile_report report = {false, false, false};
    const edge_columns e = find_edge_columns(t, 0);
    ptrdiff_t begin = level_begin(t, 0);
    for (; begin - t->steps < t->end_row && !gf_kernel_cancelled(args); begin += BLOCK_ROWS) {
        advance_levels(t, w, begin, &e, &report);
        if (report.too_large || report.tiny_found)
            break;
    }
    return report;
}
