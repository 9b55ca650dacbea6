/* Manifests of epochs, which `run --resume` reads. What is accepted is written and read again;
 * parts that are accepted are all of the fields. */
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "checkpoint/epoch_manifest.h"
#include "memory_files.h"
#include "os/files/digest.h"

void __wrap_gf_sha256(const void *bytes, size_t size, char text[GF_SHA256_TEXT]);

/* Else every input would be damaged: all hashes are zeros. */
void __wrap_gf_sha256(const void *bytes, size_t size, char text[GF_SHA256_TEXT]) {
    (void)bytes;
    (void)size;
    memset(text, '0', GF_SHA256_TEXT - 1);
    text[GF_SHA256_TEXT - 1] = '\0';
}

static const gf_checkpoint_field fields[] = {{"u", "f64", 77, 1048, 131}, {"v", "u16", 3, 2, 1}};

static void check_parts(gf_epoch_manifest *manifest) {
    uint64_t bytes[2] = {0, 0};
    gf_error error = GF_ERROR_INIT;
    const gf_status status =
        gf_epoch_parts_check(manifest->parts, manifest->part_count, fields, 2, &error);
    for (size_t i = 0; status == GF_OK && i < manifest->part_count; i++)
        bytes[manifest->parts[i].field] += manifest->parts[i].bytes;
    for (size_t i = 0; status == GF_OK && i < 2; i++) {
        if (bytes[i] != fields[i].rows * fields[i].row_bytes)
            fuzz_fail("parts that are not all of a field were accepted");
    }
    if (status != GF_OK)
        fuzz_check_error(&error);
    gf_error_clear(&error);
}

static void write_again(const gf_epoch_manifest *manifest) {
    gf_epoch_manifest again;
    gf_error error = GF_ERROR_INIT;
    char *text = gf_epoch_manifest_text(manifest);
    if (text == NULL || gf_epoch_manifest_parse(text, strlen(text), &again, &error) != GF_OK)
        fuzz_fail("a manifest that was written can't be read");
    if (again.step != manifest->step || again.part_count != manifest->part_count ||
        !json_equal(again.problem, manifest->problem))
        fuzz_fail("a manifest changes when it is written");
    free(text);
    gf_epoch_manifest_clear(&again);
    gf_error_clear(&error);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    gf_epoch_manifest manifest;
    gf_error error = GF_ERROR_INIT;
    const gf_status status = gf_epoch_manifest_parse((const char *)bytes, size, &manifest, &error);
    if (status != GF_OK) {
        fuzz_check_error(&error);
    } else {
        write_again(&manifest);
        check_parts(&manifest);
        gf_epoch_manifest_clear(&manifest);
    }
    gf_error_clear(&error);
    return 0;
}
