/* Takes the place of a native kernel in gpufare: calls the right kernel on copies of the buffers
 * and a mutant on the buffers themselves, and notes whether the results have the same bits. It
 * trusts nothing of gpufare but the arguments.
 *
 * The build defines ENTRY (the name that gpufare calls), STEM_name as 1 for the kernel's stem, and
 * GF_REAL_BITS. The right kernel is linked as right_kernel, the mutant as mutant_kernel.
 * $MUTANT_LOG gets `call BYTES`, how many bytes of the result differ, for each call.
 */
#include <stdio.h>
#include <stdlib.h>

#include "kernel_abi.h"

#define MOST_BUFFERS 4
#define REAL         ((size_t)GF_REAL_BITS / 8)

uint32_t right_kernel(const gf_kernel_args *args);
uint32_t mutant_kernel(const gf_kernel_args *args);
uint32_t ENTRY(const gf_kernel_args *args);

/* ---- Sizes, which the arguments don't have ------------------------------ */

#if STEM_diffusion
static size_t bytes_of(const gf_kernel_args *args, uint32_t buffer) {
    (void)buffer;
    return (size_t)gf_arg_u32(args, "rows") * gf_arg_u32(args, "cols") * REAL;
}
#define RESULT(args, swapped) (swapped)
#elif STEM_julia
static size_t bytes_of(const gf_kernel_args *args, uint32_t buffer) {
    const size_t points = (size_t)gf_arg_u32(args, "rows") * gf_arg_u32(args, "width");
    if (buffer + 1 < args->buffer_count)
        return points * 2 * REAL;
    return points * (gf_arg_u32(args, "max_iter") <= UINT16_MAX ? 2 : 4);
}
#define RESULT(args, swapped) ((args)->buffer_count - 1)
#elif STEM_sum
static size_t bytes_of(const gf_kernel_args *args, uint32_t buffer) {
    const size_t count = gf_arg_u32(args, "count");
    return buffer == 0 ? count * REAL : (count + 16383) / 16384 * REAL;
}
#define RESULT(args, swapped) 1
#elif STEM_prime
static size_t bytes_of(const gf_kernel_args *args, uint32_t buffer) {
    (void)args;
    (void)buffer;
    return 2 * sizeof(uint32_t);
}
#define RESULT(args, swapped) 0
#elif STEM_peak
static size_t bytes_of(const gf_kernel_args *args, uint32_t buffer) {
    const bool is_sum = buffer == 1 && gf_arg_u32(args, "reads") != 0;
    return is_sum ? sizeof(uint32_t) : (size_t)gf_arg_u32(args, "count") * REAL;
}
#define RESULT(args, swapped) (gf_arg_u32(args, "reads") != 0 ? 1 : (swapped))
#endif

/* ---- Calls --------------------------------------------------------------- */

static void *need(size_t bytes) {
    void *memory = aligned_alloc(64, (bytes + 4096) / 64 * 64);
    if (memory == NULL)
        abort();
    return memory;
}

static size_t count_differing(const unsigned char *a, const unsigned char *b, size_t bytes) {
    size_t differing = 0;
    for (size_t i = 0; i < bytes; i++)
        differing += a[i] != b[i] ? 1 : 0;
    return differing;
}

static void note(const char *word, size_t number) {
    const char *path = getenv("MUTANT_LOG");
    FILE *log = path == NULL ? NULL : fopen(path, "a");
    if (log == NULL)
        return;
    fprintf(log, "%s %zu\n", word, number);
    fclose(log);
}

uint32_t ENTRY(const gf_kernel_args *args) {
    void *copies[MOST_BUFFERS];
    gf_kernel_args right = *args;
    for (uint32_t i = 0; i < args->buffer_count; i++) {
        copies[i] = need(bytes_of(args, i));
        memcpy(copies[i], args->buffers[i], bytes_of(args, i));
    }
    right.buffers = copies;
    const uint32_t right_swapped = right_kernel(&right);
    const uint32_t right_end = RESULT(args, right_swapped);
    note("begin", 0);
    const uint32_t swapped = mutant_kernel(args);
    const uint32_t end = RESULT(args, swapped);
    const size_t bytes = bytes_of(args, right_end);
    /* What is returned besides counts, too. */
    note("call", end >= args->buffer_count || (swapped != 0) != (right_swapped != 0)
                     ? bytes
                     : count_differing(copies[right_end], args->buffers[end], bytes));
    for (uint32_t i = 0; i < args->buffer_count; i++)
        free(copies[i]);
    return swapped;
}
