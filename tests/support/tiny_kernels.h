#pragma once

/* The kernels of tiny_driver.c. Each does what its namesake in kernels_cl/ does for the whole
 * range, with the same operations in the same order, so that results have the same bits. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define TINY_MOST 16

typedef struct tiny_options {
    bool f32, integer, narrow;
} tiny_options;

typedef struct tiny_arguments {
    unsigned char values[TINY_MOST][16]; /* as they were set */
    void *buffers[4];
} tiny_arguments;

typedef struct tiny_kernel {
    const char *name;
    unsigned buffer_count, argument_count;
    void (*run)(const tiny_arguments *arguments, const tiny_options *options);
} tiny_kernel;

static inline uint32_t tiny_u32(const tiny_arguments *arguments, unsigned index) {
    uint32_t value;
    memcpy(&value, arguments->values[index], sizeof value);
    return value;
}

static inline uint64_t tiny_u64(const tiny_arguments *arguments, unsigned index) {
    uint64_t value;
    memcpy(&value, arguments->values[index], sizeof value);
    return value;
}

static inline double tiny_f64(const tiny_arguments *arguments, unsigned index) {
    double value;
    memcpy(&value, arguments->values[index], sizeof value);
    return value;
}

/* The higher part of a pair. */
static inline float tiny_f32(const tiny_arguments *arguments, unsigned index) {
    float value;
    memcpy(&value, arguments->values[index], sizeof value);
    return value;
}

/* ---- The probe's ------------------------------------------------------- */

static void tiny_probe(const tiny_arguments *arguments, const tiny_options *options) {
    const float *a = arguments->buffers[0], *b = arguments->buffers[1];
    float *sum = arguments->buffers[2];
    (void)options;
    for (size_t i = 0; i < 256; i++)
        sum[i] = a[i] + b[i];
}

/* ---- sum --------------------------------------------------------------- */

#define TINY_LANES 256u
#define TINY_BLOCK ((size_t)64 * TINY_LANES)

#define TINY_SUM(name, real)                                                                       \
    static void name(const real *values, real *sums, size_t count) {                               \
        for (size_t first = 0, block = 0; first < count; first += TINY_BLOCK, block++) {           \
            const size_t end = count - first < TINY_BLOCK ? count : first + TINY_BLOCK;            \
            real lanes[TINY_LANES] = {0};                                                          \
            for (size_t i = first; i < end; i++)                                                   \
                lanes[(i - first) % TINY_LANES] += values[i];                                      \
            for (unsigned width = TINY_LANES / 2; width > 0; width /= 2)                           \
                for (unsigned lane = 0; lane < width; lane++)                                      \
                    lanes[lane] += lanes[width + lane];                                            \
            sums[block] = lanes[0];                                                                \
        }                                                                                          \
    }
TINY_SUM(tiny_sum_f64, double)
TINY_SUM(tiny_sum_f32, float)

static void tiny_sum(const tiny_arguments *arguments, const tiny_options *options) {
    const size_t count = tiny_u32(arguments, 2);
    if (options->f32)
        tiny_sum_f32(arguments->buffers[0], arguments->buffers[1], count);
    else
        tiny_sum_f64(arguments->buffers[0], arguments->buffers[1], count);
}

/* ---- peak -------------------------------------------------------------- */

/* Products are exact, so that a fused operation would give the same bits. */
#define TINY_PEAK(name, element, get)                                                              \
    static void name(const tiny_arguments *arguments) {                                            \
        const element *data = arguments->buffers[0];                                               \
        element *next = arguments->buffers[1];                                                     \
        const uint32_t count = tiny_u32(arguments, 2), rounds = tiny_u32(arguments, 3);            \
        const element a = (element)get(arguments, 6), b = (element)get(arguments, 7),              \
                      c = (element)get(arguments, 8), d = (element)get(arguments, 9);              \
        for (uint32_t i = 0; i < count; i++) {                                                     \
            element x = data[i];                                                                   \
            for (uint32_t r = 0; r < rounds; r++) {                                                \
                x = (element)(x * a + b);                                                          \
                x = (element)(x * c + d);                                                          \
            }                                                                                      \
            next[i] = x;                                                                           \
        }                                                                                          \
    }
TINY_PEAK(tiny_peak_f64, double, tiny_f64)
TINY_PEAK(tiny_peak_f32, float, tiny_f32)
TINY_PEAK(tiny_peak_u64, uint64_t, tiny_u64)
TINY_PEAK(tiny_peak_u32, uint32_t, tiny_u32)

static void tiny_peak(const tiny_arguments *arguments, const tiny_options *options) {
    if (options->integer && options->f32)
        tiny_peak_u32(arguments);
    else if (options->integer)
        tiny_peak_u64(arguments);
    else if (options->f32)
        tiny_peak_f32(arguments);
    else
        tiny_peak_f64(arguments);
}

/* However often it is copied to and fro, both arrays end as the first was. */
static void tiny_copy(const tiny_arguments *arguments, const tiny_options *options) {
    memcpy(arguments->buffers[1], arguments->buffers[0],
           tiny_u32(arguments, 2) * (options->f32 ? sizeof(float) : sizeof(double)));
}

static void tiny_read(const tiny_arguments *arguments, const tiny_options *options) {
    const uint32_t *words = arguments->buffers[0];
    const size_t count = (size_t)tiny_u32(arguments, 2) * (options->f32 ? 1 : 2);
    uint32_t sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += words[i];
    *(uint32_t *)arguments->buffers[1] += sum * tiny_u32(arguments, 10);
}

/* ---- julia: only f64, without lists ------------------------------------ */

static unsigned tiny_escape(double zr, double zi, double cr, double ci, unsigned most) {
    unsigned n = 0;
    while (n < most && zr * zr + zi * zi < 4) {
        const double a = zr * zr, b = zi * zi, p = zr * zi;
        zr = (a - b) + cr;
        zi = (p + p) + ci;
        n++;
    }
    return n;
}

static void tiny_julia(const tiny_arguments *arguments, const tiny_options *options) {
    const double x1 = tiny_f64(arguments, 1), x_extent = tiny_f64(arguments, 2),
                 y2 = tiny_f64(arguments, 3), y_extent = tiny_f64(arguments, 4),
                 cr = tiny_f64(arguments, 7), ci = tiny_f64(arguments, 8);
    const uint32_t width = tiny_u32(arguments, 9), height = tiny_u32(arguments, 10),
                   first_row = tiny_u32(arguments, 11), rows = tiny_u32(arguments, 12),
                   most = tiny_u32(arguments, 13);
    for (uint32_t row = 0; row < rows; row++) {
        for (uint32_t column = 0; column < width; column++) {
            const double zr = x1 + ((double)column * x_extent) / (double)width;
            const double zi = y2 - ((double)(first_row + row) * y_extent) / (double)height;
            const unsigned n = tiny_escape(zr, zi, cr, ci, most);
            const size_t pixel = (size_t)row * width + column;
            if (options->narrow)
                ((uint16_t *)arguments->buffers[0])[pixel] = (uint16_t)n;
            else
                ((uint32_t *)arguments->buffers[0])[pixel] = n;
        }
    }
}

/* ---- diffusion: only f64 ----------------------------------------------- */

static uint32_t tiny_before(uint32_t index, uint32_t count, bool periodic) {
    return index > 0 ? index - 1 : periodic ? count - 1 : 0;
}

static uint32_t tiny_after(uint32_t index, uint32_t count, bool periodic) {
    return index + 1 < count ? index + 1 : periodic ? 0 : count - 1;
}

static void tiny_diffusion(const tiny_arguments *arguments, const tiny_options *options) {
    const double *field = arguments->buffers[0], rate = tiny_f64(arguments, 2);
    double *next = arguments->buffers[1];
    const uint32_t rows = tiny_u32(arguments, 3), cols = tiny_u32(arguments, 4),
                   boundary = tiny_u32(arguments, 5);
    const bool fixed = boundary == 0, periodic = boundary == 1;
    (void)options;
    for (uint32_t row = 0; row < rows; row++) {
        const bool edge = row == 0 || row + 1 == rows;
        const double *line = field + (size_t)row * cols;
        const double *down = field + (size_t)tiny_after(row, rows, periodic) * cols;
        const double *up = field + (size_t)tiny_before(row, rows, periodic) * cols;
        for (uint32_t col = 0; col < cols; col++) {
            const double u = line[col];
            const double lap = (((down[col] + up[col]) + line[tiny_after(col, cols, periodic)]) +
                                line[tiny_before(col, cols, periodic)]) -
                               4.0 * u;
            const bool keep = fixed && (edge || col == 0 || col + 1 == cols);
            next[(size_t)row * cols + col] = keep ? u : u + rate * lap;
        }
    }
}

/* ---- All --------------------------------------------------------------- */

static const tiny_kernel *tiny_find(const char *name) {
    static const tiny_kernel kernels[] = {
        {"gf_probe", 3, 3, tiny_probe},        {"sum_naive", 2, 3, tiny_sum},
        {"sum_group", 2, 3, tiny_sum},         {"peak_naive", 2, 11, tiny_peak},
        {"peak_vector", 2, 11, tiny_peak},     {"peak_streamed", 2, 11, tiny_peak},
        {"peak_persistent", 2, 11, tiny_copy}, {"peak_read", 2, 11, tiny_read},
        {"julia_naive", 1, 14, tiny_julia},    {"diffusion_naive", 2, 7, tiny_diffusion},
    };
    for (size_t i = 0; i < sizeof kernels / sizeof kernels[0]; i++)
        if (strcmp(name, kernels[i].name) == 0)
            return &kernels[i];
    return NULL;
}
