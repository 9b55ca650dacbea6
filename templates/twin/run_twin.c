/* Calls a twin with buffers of exactly their sizes, so that sanitizers see each access outside of
 * them. Its only argument is a file: the number of buffers; of each the bytes, the name (64 bytes)
 * and the content; the number of calls and of a call's arguments; of each call begin, end and, for
 * each argument, the number of its buffer (counted from 1; 0: none) and its value. Numbers have 64
 * bits. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define MOST_BUFFERS   8
#define MOST_ARGUMENTS 32

union gf_twin_value {
    uint64_t u64;
    int64_t i64;
    double f64;
};

void gf_twin_entry(size_t begin, size_t end, void *const *buffers,
                   const union gf_twin_value *values);

static FILE *file;

static void take(void *bytes, size_t count) {
    if (fread(bytes, 1, count, file) != count) {
        fprintf(stderr, "gpufare: the description is cut\n");
        exit(1);
    }
}

static uint64_t take_number(void) {
    uint64_t number = 0;
    take(&number, sizeof number);
    return number;
}

static void *take_buffer(void) {
    const size_t bytes = (size_t)take_number();
    char name[64];
    void *memory = NULL;
    take(name, sizeof name);
    if (posix_memalign(&memory, 4096, bytes) != 0) {
        fprintf(stderr, "gpufare: no memory\n");
        exit(1);
    }
    take(memory, bytes);
    fprintf(stderr, "gpufare: buffer %.63s %p\n", name, memory);
    return memory;
}

int main(int count, char **arguments) {
    void *memory[MOST_BUFFERS] = {NULL}, *buffers[MOST_ARGUMENTS] = {NULL};
    union gf_twin_value values[MOST_ARGUMENTS];
    file = count == 2 ? fopen(arguments[1], "rb") : NULL;
    if (file == NULL)
        return 1;
    const uint64_t buffer_count = take_number();
    for (uint64_t i = 0; i < buffer_count; i++)
        memory[i] = take_buffer();
    const uint64_t calls = take_number(), argument_count = take_number();
    for (uint64_t i = 0; i < calls; i++) {
        const size_t begin = (size_t)take_number(), end = (size_t)take_number();
        for (uint64_t k = 0; k < argument_count; k++) {
            const uint64_t number = take_number();
            buffers[k] = number == 0 ? NULL : memory[number - 1];
            values[k].u64 = take_number();
        }
        gf_twin_entry(begin, end, buffers, values);
    }
    fprintf(stderr, "gpufare: done\n");
    return 0;
}
