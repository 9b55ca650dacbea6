/* How many iterations Julia pictures take, and how many their lane groups spend, counted without
 * gpufare: every pixel, or where that is too dear a dense sample of blocks, one at a random place
 * in each of many equal tiles. For c = 0 the counts have a closed form at any size. */
#pragma once

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A block holds complete groups of all shapes. */
#define BLOCK_ROWS      8
#define BLOCK_COLS      16
#define MOST_COUNTED    4194304 /* pixels */
#define COUNTED_SHAPES  4
#define COUNTED_SAMPLES 16 /* of every fourth tile each way; their differences give the error */

typedef struct picture_spec {
    uint32_t width, height, max_iter;
    double view[4], c[2];
    bool f32, shuffled;
} picture_spec;

/* Rows and columns of the shapes of lane groups. */
static const uint32_t counted_shapes[COUNTED_SHAPES][2] = {{4, 8}, {8, 8}, {1, 16}, {2, 8}};

typedef struct picture_counts {
    double work;                  /* the sum of all counts */
    double spent[COUNTED_SHAPES]; /* sum over groups of lanes * the largest count */
    double error;                 /* relative standard error of these; 0: exact */
} picture_counts;

/* An orbit that is where it was up to 1024 steps before repeats for ever. */
#define DEFINE_ESCAPE(name, real)                                                                  \
    static inline uint32_t name(real zr, real zi, real cr, real ci, uint32_t max_iter) {           \
        real kept_r = 9, kept_i = 9;                                                               \
        uint32_t n = 0;                                                                            \
        for (; n < max_iter && zr * zr + zi * zi < 4; n++) {                                       \
            const real product = zr * zi;                                                          \
            zr = (zr * zr - zi * zi) + cr;                                                         \
            zi = (product + product) + ci;                                                         \
            if (zr == kept_r && zi == kept_i)                                                      \
                return max_iter;                                                                   \
            if (n % 1024 == 0) {                                                                   \
                kept_r = zr;                                                                       \
                kept_i = zi;                                                                       \
            }                                                                                      \
        }                                                                                          \
        return n;                                                                                  \
    }

DEFINE_ESCAPE(escape_f32, float)
DEFINE_ESCAPE(escape_f64, double)

static inline uint32_t count_pixel(const picture_spec *p, uint32_t row, uint32_t col) {
    const double x = p->view[0] + col * (p->view[1] - p->view[0]) / p->width;
    const double y = p->view[3] - row * (p->view[3] - p->view[2]) / p->height;
    return p->f32 ? escape_f32((float)x, (float)y, (float)p->c[0], (float)p->c[1], p->max_iter)
                  : escape_f64(x, y, p->c[0], p->c[1], p->max_iter);
}

/* ---- Blocks ------------------------------------------------------------ */

/* Adds a block with its top left pixel here; edges cut it off. */
static inline void add_counted_block(const picture_spec *p, uint32_t top, uint32_t left,
                                     picture_counts *sum) {
    uint32_t counts[BLOCK_ROWS][BLOCK_COLS] = {{0}};
    for (uint32_t i = 0; i < BLOCK_ROWS && top + i < p->height; i++) {
        for (uint32_t j = 0; j < BLOCK_COLS && left + j < p->width; j++) {
            counts[i][j] = count_pixel(p, top + i, left + j);
            sum->work += counts[i][j];
        }
    }
    for (int s = 0; s < COUNTED_SHAPES; s++) {
        const uint32_t rows = counted_shapes[s][0], cols = counted_shapes[s][1];
        uint32_t longest[BLOCK_ROWS][2] = {{0}};
        for (uint32_t i = 0; i < BLOCK_ROWS; i++) {
            for (uint32_t j = 0; j < BLOCK_COLS; j++) {
                uint32_t *most = &longest[i / rows][j / cols];
                *most = counts[i][j] > *most ? counts[i][j] : *most;
            }
        }
        for (uint32_t i = 0; i < BLOCK_ROWS; i++)
            sum->spent[s] += (double)rows * cols * (longest[i][0] + longest[i][1]);
    }
}

static inline picture_counts count_every_block(const picture_spec *p) {
    picture_counts sum = {.work = 0};
    for (uint32_t top = 0; top < p->height; top += BLOCK_ROWS) {
        for (uint32_t left = 0; left < p->width; left += BLOCK_COLS)
            add_counted_block(p, top, left, &sum);
    }
    return sum;
}

static inline uint64_t next_place(uint64_t *state) {
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

/* The size is a multiple of the tiles, and these of blocks. */
static inline picture_counts count_sampled_blocks(const picture_spec *p, uint32_t tile) {
    picture_counts parts[COUNTED_SAMPLES] = {{.work = 0}}, sum = {.work = 0};
    uint64_t state = 1;
    double square = 0;
    for (uint32_t top = 0; top < p->height; top += tile * BLOCK_ROWS) {
        for (uint32_t left = 0; left < p->width; left += tile * BLOCK_COLS) {
            const uint32_t row = top + (uint32_t)(next_place(&state) % tile) * BLOCK_ROWS;
            const uint32_t col = left + (uint32_t)(next_place(&state) % tile) * BLOCK_COLS;
            const uint32_t part =
                top / (tile * BLOCK_ROWS) % 4 * 4 + left / (tile * BLOCK_COLS) % 4;
            add_counted_block(p, row, col, &parts[part]);
        }
    }
    for (int i = 0; i < COUNTED_SAMPLES; i++) {
        sum.work += parts[i].work;
        for (int s = 0; s < COUNTED_SHAPES; s++)
            sum.spent[s] += parts[i].spent[s];
    }
    for (int i = 0; i < COUNTED_SAMPLES; i++) {
        const double off = parts[i].spent[1] * COUNTED_SAMPLES / sum.spent[1] - 1;
        square += off * off;
    }
    sum.error = sqrt(square / (COUNTED_SAMPLES * (COUNTED_SAMPLES - 1)));
    sum.work *= (double)tile * tile;
    for (int s = 0; s < COUNTED_SHAPES; s++)
        sum.spent[s] *= (double)tile * tile;
    return sum;
}

/* ---- c = 0 ------------------------------------------------------------- */

#define RINGS 60

/* |z_n| = r^(2^n), which reaches 2 where r >= 2^(2^-n). The squares of these radii; the last is 1,
 * inside of which nothing escapes. */
static inline void set_rings(double rings[RINGS + 1]) {
    for (int n = 0; n <= RINGS; n++)
        rings[n] = exp2(2 * exp2(-n));
    rings[RINGS] = 1;
}

static inline double count_at_square(const double rings[RINGS + 1], double square, double most) {
    if (square <= 1)
        return most;
    int n = 0;
    while (n < RINGS && square < rings[n])
        n++;
    return n < most ? n : most;
}

/* The columns of a row with |x| < reach. */
static inline double columns_within(const picture_spec *p, double reach) {
    const double step = (p->view[1] - p->view[0]) / p->width;
    const double first = fmax(ceil((-reach - p->view[0]) / step), 0);
    const double last = fmin(floor((reach - p->view[0]) / step), p->width - 1.0);
    return fmax(last - first + 1, 0);
}

static inline double work_of_row(const picture_spec *p, const double rings[RINGS + 1], double y) {
    double work = 0;
    for (uint32_t n = 0; n < RINGS && n < p->max_iter; n++)
        work += rings[n] > y * y ? columns_within(p, sqrt(rings[n] - y * y)) : 0;
    if (p->max_iter > RINGS && y * y < 1)
        work += (p->max_iter - (double)RINGS) * columns_within(p, sqrt(1 - y * y));
    return work;
}

/* The squared distances from 0 of the nearest row or column of each group of `size`. */
static inline double *nearest_squares(double first, double step, uint32_t count, uint32_t size) {
    double *squares = malloc((count / size + 1) * sizeof *squares);
    for (uint32_t i = 0; squares != NULL && i < count; i++) {
        const double at = first + i * step, square = at * at;
        double *least = &squares[i / size];
        *least = i % size == 0 ? square : fmin(*least, square);
    }
    return squares;
}

static inline double spent_of_rings(const picture_spec *p, const double rings[RINGS + 1],
                                    uint32_t rows, uint32_t cols) {
    double *y =
        nearest_squares(p->view[3], -(p->view[3] - p->view[2]) / p->height, p->height, rows);
    double *x = nearest_squares(p->view[0], (p->view[1] - p->view[0]) / p->width, p->width, cols);
    double spent = 0;
    for (uint32_t i = 0; x != NULL && y != NULL && i < (p->height + rows - 1) / rows; i++) {
        for (uint32_t j = 0; j < (p->width + cols - 1) / cols; j++)
            spent += count_at_square(rings, x[j] + y[i], p->max_iter);
    }
    free(x);
    free(y);
    return spent * rows * cols;
}

static inline picture_counts count_rings(const picture_spec *p) {
    picture_counts sum = {.work = 0};
    double rings[RINGS + 1];
    set_rings(rings);
    for (uint32_t i = 0; i < p->height; i++)
        sum.work += work_of_row(p, rings, p->view[3] - i * (p->view[3] - p->view[2]) / p->height);
    for (int s = 0; s < COUNTED_SHAPES; s++)
        sum.spent[s] = spent_of_rings(p, rings, counted_shapes[s][0], counted_shapes[s][1]);
    return sum;
}

/* ---- Shuffled pictures ------------------------------------------------- */

static inline int by_count(const void *a, const void *b) {
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* The expected largest of m random pixels, of all of them sorted: the k-th of K is the largest with
 * probability (k / K)^m - ((k - 1) / K)^m. The size is a multiple of the groups. */
static inline picture_counts count_shuffled(const picture_spec *p) {
    const size_t pixels = (size_t)p->width * p->height;
    uint32_t *counts = malloc(pixels * sizeof *counts);
    picture_counts sum = {.work = 0};
    for (size_t i = 0; counts != NULL && i < pixels; i++) {
        counts[i] = count_pixel(p, (uint32_t)(i / p->width), (uint32_t)(i % p->width));
        sum.work += counts[i];
    }
    if (counts == NULL)
        return sum;
    qsort(counts, pixels, sizeof *counts, by_count);
    for (int s = 0; s < COUNTED_SHAPES; s++) {
        const double lanes = counted_shapes[s][0] * counted_shapes[s][1];
        double before = 0;
        for (size_t i = 0; i < pixels; i++) {
            const double below = pow((double)(i + 1) / (double)pixels, lanes);
            sum.spent[s] += counts[i] * (below - before) * (double)pixels;
            before = below;
        }
    }
    free(counts);
    return sum;
}

/* ---- Any picture ------------------------------------------------------- */

static inline picture_counts count_picture(const picture_spec *p) {
    uint32_t tile = 1;
    if (p->c[0] == 0 && p->c[1] == 0 && !p->shuffled)
        return count_rings(p);
    if (p->shuffled)
        return count_shuffled(p);
    while ((double)p->width * p->height / tile / tile > MOST_COUNTED)
        tile *= 2;
    return tile == 1 ? count_every_block(p) : count_sampled_blocks(p, tile);
}
