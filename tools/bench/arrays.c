/* The benchmark's work on whole arrays: makes the inputs that every peer reads, and compares a
 * peer's result with the one that gpufare verified. Arrays are raw files in the machine's byte
 * order.
 *
 *   arrays coordinates f64|f32 WIDTH HEIGHT X1 X2 Y1 Y2 FILE   x of each column, then y of each row
 *   arrays field f64|f32 WIDTH HEIGHT square|gaussian FILE     the first state of a diffusion
 *   arrays compare u16|f64|f32 EXPECTED OFFSET ACTUAL OFFSET   one line of JSON; exit status 0 also
 *                                                              when the arrays differ
 * The inputs equal gpufare's bit for bit (host/workloads/); otherwise no peer could agree.
 */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel_abi.h"

/* Elements that are read at a time: large enough for the disk, small enough for a cache. */
#define CHUNK 65536
/* The amount of substance in a cell of the first state, as in diffusion_inputs.c. */
#define START_VALUE 0.005

static void fail(const char *what, const char *why) {
    fprintf(stderr, "arrays: %s: %s\n", what, why);
    exit(1);
}

static size_t read_size(const char *text) {
    char *end = NULL;
    const unsigned long value = strtoul(text, &end, 10);
    if (*text == '\0' || *end != '\0')
        fail(text, "not a number");
    return value;
}

static double read_real(const char *text) {
    char *end = NULL;
    const double value = strtod(text, &end);
    if (*text == '\0' || *end != '\0')
        fail(text, "not a number");
    return value;
}

static FILE *open_or_fail(const char *path, const char *mode) {
    FILE *file = fopen(path, mode);
    if (file == NULL)
        fail(path, "can't be opened");
    return file;
}

static void *allocate(size_t count, size_t size) {
    void *memory = calloc(count, size);
    if (memory == NULL)
        fail("memory", "there is not enough");
    return memory;
}

/* Writes `count` values in the given precision. */
static void write_values(FILE *file, const char *path, const double *values, size_t count,
                         bool f32) {
    for (size_t i = 0; i < count; i++) {
        const float narrow = (float)values[i];
        const void *from = f32 ? (const void *)&narrow : (const void *)&values[i];
        if (fwrite(from, f32 ? sizeof narrow : sizeof values[i], 1, file) != 1)
            fail(path, "can't be written");
    }
}

static void close_or_fail(FILE *file, const char *path) {
    if (fclose(file) != 0)
        fail(path, "can't be written");
}

/* Writes the coordinates of `count` columns, or of rows, whose extent is negative: they go down. */
static void write_axis(FILE *file, const char *path, double start, double extent, size_t count,
                       bool f32) {
    const gf_pair pair_start = gf_pair_split(start);
    const gf_pair pair_step = gf_pair_split(extent / (double)count);
    double *values = allocate(count, sizeof *values);
    for (size_t i = 0; i < count; i++)
        values[i] = f32 ? (double)gf_pair_linear(pair_start, pair_step, (uint32_t)i)
                        : start + ((double)i * extent) / (double)count;
    write_values(file, path, values, count, f32);
    free(values);
}

static int coordinates(char **argument) {
    const bool f32 = strcmp(argument[0], "f32") == 0;
    const size_t width = read_size(argument[1]), height = read_size(argument[2]);
    const double x1 = read_real(argument[3]), x2 = read_real(argument[4]);
    const double y1 = read_real(argument[5]), y2 = read_real(argument[6]);
    FILE *file = open_or_fail(argument[7], "wb");
    write_axis(file, argument[7], x1, x2 - x1, width, f32);
    write_axis(file, argument[7], y2, y1 - y2, height, f32);
    close_or_fail(file, argument[7]);
    return 0;
}

/* A square of substance to the upper left of the middle. */
static void square_row(double *row, size_t i, size_t width, size_t height) {
    const bool within = i >= (size_t)(0.4 * (double)height) && i < (size_t)(0.5 * (double)height);
    const size_t begin = (size_t)(0.4 * (double)width), end = (size_t)(0.5 * (double)width);
    for (size_t j = 0; j < width; j++)
        row[j] = within && j >= begin && j < end ? START_VALUE : 0;
}

/* A bell in the middle, with a standard deviation of a tenth of the shorter side. */
static void gaussian_row(double *row, size_t i, size_t width, size_t height) {
    const double sigma = (double)(height < width ? height : width) / 10;
    const double y = ((double)i + 0.5 - (double)height / 2) / sigma;
    for (size_t j = 0; j < width; j++) {
        const double x = ((double)j + 0.5 - (double)width / 2) / sigma;
        row[j] = START_VALUE * exp(-0.5 * (x * x + y * y));
    }
}

static int field(char **argument) {
    const bool f32 = strcmp(argument[0], "f32") == 0;
    const size_t width = read_size(argument[1]), height = read_size(argument[2]);
    const bool square = strcmp(argument[3], "square") == 0;
    FILE *file = open_or_fail(argument[4], "wb");
    double *row = allocate(width, sizeof *row);
    for (size_t i = 0; i < height; i++) {
        if (square)
            square_row(row, i, width, height);
        else
            gaussian_row(row, i, width, height);
        write_values(file, argument[4], row, width, f32);
    }
    free(row);
    close_or_fail(file, argument[4]);
    return 0;
}

typedef struct comparison {
    size_t elements, differing, not_finite;
    double max_abs_error; /* of the finite elements */
    double max_abs;       /* largest magnitude of the expected array */
    double smallest, largest, sum;
} comparison;

static double value_at(const unsigned char *bytes, const char *type, size_t i) {
    if (strcmp(type, "u16") == 0)
        return ((const uint16_t *)(const void *)bytes)[i];
    if (strcmp(type, "f32") == 0)
        return (double)((const float *)(const void *)bytes)[i];
    return ((const double *)(const void *)bytes)[i];
}

static size_t type_size(const char *type) {
    if (strcmp(type, "u16") == 0)
        return sizeof(uint16_t);
    if (strcmp(type, "f32") == 0)
        return sizeof(float);
    if (strcmp(type, "f64") == 0)
        return sizeof(double);
    fail(type, "not a type that can be compared");
    return 0;
}

static void compare_chunk(comparison *c, const char *type, const unsigned char *expected,
                          const unsigned char *actual, size_t count) {
    const size_t size = type_size(type);
    for (size_t i = 0; i < count; i++) {
        const double want = value_at(expected, type, i);
        if (c->elements == 0 && i == 0)
            c->smallest = c->largest = want;
        c->smallest = fmin(c->smallest, want);
        c->largest = fmax(c->largest, want);
        c->max_abs = fmax(c->max_abs, fabs(want));
        c->sum += want;
        if (memcmp(expected + i * size, actual + i * size, size) == 0)
            continue;
        const double error = fabs(value_at(actual, type, i) - want);
        c->differing++;
        if (isfinite(error))
            c->max_abs_error = fmax(c->max_abs_error, error);
        else
            c->not_finite++;
    }
    c->elements += count;
}

static int compare(char **argument) {
    const char *type = argument[0];
    const size_t size = type_size(type);
    FILE *expected = open_or_fail(argument[1], "rb"), *actual = open_or_fail(argument[3], "rb");
    if (fseek(expected, (long)read_size(argument[2]), SEEK_SET) != 0 ||
        fseek(actual, (long)read_size(argument[4]), SEEK_SET) != 0)
        fail(argument[1], "is too short");
    unsigned char *want = allocate(CHUNK, size), *have = allocate(CHUNK, size);
    comparison c = {0};
    size_t wanted = 0, had = 0;
    do {
        wanted = fread(want, size, CHUNK, expected);
        had = fread(have, size, CHUNK, actual);
        if (wanted != had)
            fail(argument[3], "does not have as many elements as it should");
        compare_chunk(&c, type, want, have, wanted);
    } while (wanted == CHUNK);
    if (ferror(expected) || ferror(actual))
        fail(argument[3], "can't be read");
    printf("{\"elements\": %zu, \"differing\": %zu, \"not_finite\": %zu, \"max_abs_error\": %.17g, "
           "\"max_abs\": %.17g, \"min\": %.17g, \"max\": %.17g, \"sum\": %.17g}\n",
           c.elements, c.differing, c.not_finite, c.max_abs_error, c.max_abs, c.smallest, c.largest,
           c.sum);
    free(want);
    free(have);
    fclose(expected);
    fclose(actual);
    return 0;
}

int main(int argc, char **argv) {
    if (argc == 10 && strcmp(argv[1], "coordinates") == 0)
        return coordinates(argv + 2);
    if (argc == 7 && strcmp(argv[1], "field") == 0)
        return field(argv + 2);
    if (argc == 7 && strcmp(argv[1], "compare") == 0)
        return compare(argv + 2);
    fail("usage", "see the top of tools/bench/arrays.c");
}
