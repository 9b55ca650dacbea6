/* What the bare programs of tools/bench/twins share: arrays that begin as those of the examples,
 * and the times of round trips. Nothing of gpufare is used. */
#pragma once

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MOST_ARRAYS 8

typedef struct array {
    char name[32], type[8], access[8], kind[16];
    double a, b;
    size_t count, bytes;
    void *memory, *first; /* what it holds, and what it begins with */
} array;

static inline void stop(const char *why) {
    fprintf(stderr, "%s\n", why);
    exit(1);
}

static inline double now_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return 1e9 * (double)time.tv_sec + (double)time.tv_nsec;
}

static inline double random_unit(void) {
    static uint64_t state = 20261129;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return ((double)(state >> 12) + 0.5) * 0x1p-52;
}

static inline double begin_value(const array *of, size_t i) {
    const double last = (double)of->count - 1;
    if (strcmp(of->kind, "uniform") == 0)
        return of->a + (of->b - of->a) * random_unit();
    if (strcmp(of->kind, "whole") == 0)
        return floor(of->a + (of->b - of->a + 1) * random_unit());
    if (strcmp(of->kind, "normal") == 0)
        return of->a +
               of->b * sqrt(-2 * log(random_unit())) * cos(6.283185307179586 * random_unit());
    if (strcmp(of->kind, "offsets") == 0)
        return i == 0              ? 0
               : (double)i >= last ? of->a
                                   : floor(((double)i - 0.5 + random_unit()) * (of->a / last));
    return 0;
}

static inline void begin_array(array *of) {
    const size_t size = strcmp(of->type, "u8") == 0 ? 1 : strcmp(of->type, "u64") == 0 ? 8 : 4;
    of->bytes = of->count * size;
    const size_t room = (of->bytes + 4095) / 4096 * 4096;
    if (posix_memalign(&of->memory, 4096, room) != 0 || (of->first = calloc(1, room)) == NULL)
        stop("no memory");
    for (size_t i = 0; i < of->count; i++) {
        const double value = begin_value(of, i);
        if (size == 1)
            ((uint8_t *)of->first)[i] = (uint8_t)fmin(fmax(round(value), 0), 255);
        else if (size == 8)
            ((uint64_t *)of->first)[i] = (uint64_t)value;
        else if (strcmp(of->type, "f32") == 0)
            ((float *)of->first)[i] = (float)value;
        else
            ((uint32_t *)of->first)[i] = (uint32_t)value;
    }
    memcpy(of->memory, of->first, of->bytes);
}

/* Inputs anew, and outputs without their last result, as gpufare has them before each round trip.
 */
static inline void refresh(array *of) {
    if (strstr(of->access, "in") != NULL)
        memcpy(of->memory, of->first, of->bytes);
    else
        memset(of->memory, 0xff, of->bytes);
}
