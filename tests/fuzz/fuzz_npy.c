/* The reader of .npy arrays: any bytes. An array that is accepted has the file's values. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "image/npy.h"
#include "memory_files.h"

#define MOST_VALUES ((size_t)1 << 16)

static void read_as(const gf_npy *npy, gf_type target, const uint8_t *content) {
    const size_t count = npy->rows * npy->cols;
    const size_t size = target == GF_TYPE_F32 ? sizeof(float) : sizeof(double);
    void *values = malloc(count * size);
    gf_error error = GF_ERROR_INIT;
    if (values == NULL)
        return;
    if (gf_npy_read_real(npy, target, values, &error) == GF_OK) {
        if (npy->type == target && memcmp(values, content, count * size) != 0)
            fuzz_fail("the values are not those of the file");
        for (size_t i = 0; i < count; i++) {
            const double value =
                target == GF_TYPE_F32 ? (double)((float *)values)[i] : ((double *)values)[i];
            if (!isfinite(value))
                fuzz_fail("a value is not finite");
        }
    } else {
        fuzz_check_error(&error);
    }
    gf_error_clear(&error);
    free(values);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    gf_npy npy = {0};
    gf_error error = GF_ERROR_INIT;
    memory_file_add(MEMORY_ROOT "/a.npy", bytes, size);
    if (gf_npy_open(MEMORY_ROOT "/a.npy", &npy, &error) == GF_OK) {
        if (npy.data_offset > size)
            fuzz_fail("the data begins behind the file's end");
        if (npy.rows * npy.cols <= MOST_VALUES) {
            read_as(&npy, GF_TYPE_F32, bytes + npy.data_offset);
            read_as(&npy, GF_TYPE_F64, bytes + npy.data_offset);
        }
        gf_npy_close(&npy);
    } else {
        fuzz_check_error(&error);
    }
    gf_error_clear(&error);
    memory_files_clear();
    return 0;
}
