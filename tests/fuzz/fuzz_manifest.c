/* Manifests: any bytes. What follows a byte 0xff is the text of the kernel, behind another one that
 * of the twin. A manifest that is accepted has sizes and arguments. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "manifest/evaluate.h"
#include "manifest/parse/load.h"
#include "memory_files.h"

static const char kernel[] =
    "kernel void k(uint n, float a, global const float *x, global float *y, "
    "local int *t) { TILE }\n";
static const char twin[] = "void k(size_t begin, size_t end, const float *x, float *y);\n";

static void check_list(const gf_manifest *manifest, const gf_argument_list *list,
                       const gf_manifest_values *values) {
    gf_error error = GF_ERROR_INIT;
    for (uint32_t i = 0; i < list->count; i++) {
        const gf_argument *argument = &list->items[i];
        gf_scalar_bytes scalar;
        if (argument->name == NULL || argument->name[0] == '\0')
            fuzz_fail("an argument has no name");
        if (argument->kind == GF_ARGUMENT_BUFFER && argument->buffer >= manifest->buffer_count)
            fuzz_fail("an argument is no buffer");
        if (argument->kind == GF_ARGUMENT_SCALAR &&
            gf_manifest_scalar(manifest, argument, values, &scalar, &error) != GF_OK)
            fuzz_fail("a scalar has no value");
    }
}

static void check_manifest(const gf_manifest *manifest) {
    gf_manifest_values values;
    gf_shape shape;
    gf_error error = GF_ERROR_INIT;
    gf_manifest_values_set(manifest, NULL, &values);
    if (manifest->buffer_count < 1 || manifest->buffer_count > GF_MAX_BUFFERS ||
        manifest->kernel_count < 1 || manifest->result >= manifest->buffer_count)
        fuzz_fail("a manifest without buffers, kernels or result");
    for (uint32_t i = 0; i < manifest->buffer_count; i++) {
        if (gf_manifest_shape(manifest, i, &values, &shape, &error) != GF_OK || shape.bytes == 0)
            fuzz_fail("a buffer has no shape");
    }
    for (uint32_t k = 0; k < manifest->kernel_count; k++) {
        size_t global[GF_MANIFEST_DIMENSIONS], local[GF_MANIFEST_DIMENSIONS] = {1, 1, 1};
        const gf_manifest_kernel *spec = &manifest->kernels[k];
        if (spec->local_count > 0 &&
            gf_manifest_local(manifest, k, 0, &values, local, &error) != GF_OK)
            fuzz_fail("a kernel has no work-group");
        gf_manifest_values_set_local(&values, spec->dimensions, local);
        if (gf_manifest_global(manifest, k, &values, global, &error) != GF_OK)
            fuzz_fail("a kernel has no work-items");
        check_list(manifest, &spec->arguments, &values);
    }
    check_list(manifest, &manifest->twin.arguments, &values);
}

/* Serves the part of the input from *at on, up to the next 0xff, or what stands for it. */
static void add_part(const char *ending, const uint8_t *bytes, size_t size, size_t *at,
                     const char *otherwise) {
    if (*at > size) {
        memory_file_add(ending, otherwise, strlen(otherwise));
        return;
    }
    const uint8_t *begin = bytes + *at, *stop = memchr(begin, 0xff, size - *at);
    const size_t length = stop == NULL ? size - *at : (size_t)(stop - begin);
    memory_file_add(ending, begin, length);
    *at += length + 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static const uint8_t nothing = 0;
    size_t at = 0;
    gf_manifest *manifest = NULL;
    gf_error error = GF_ERROR_INIT;
    bytes = size == 0 ? &nothing : bytes;
    add_part("/k.ini", bytes, size, &at, "");
    add_part(".cl", bytes, size, &at, kernel);
    add_part(".c", bytes, size, &at, twin);
    if (gf_manifest_load(MEMORY_ROOT "/k.ini", &manifest, &error) == GF_OK) {
        check_manifest(manifest);
    } else {
        fuzz_check_error(&error);
        if (strstr(error.text, "/k.ini") == NULL && error.status == GF_USAGE)
            fuzz_fail("an error does not name the file");
    }
    gf_manifest_free(manifest);
    gf_error_clear(&error);
    memory_files_clear();
    return 0;
}
