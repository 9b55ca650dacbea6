/* Bundles of evidence, which `bundle verify` reads. The first byte says what the others are: an
 * archive, or the manifest, a zero, and the report of one. A bundle that is read has the same bits
 * as itself, and what is said of it is plain text. */
#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/archive.h"
#include "memory_files.h"

#define PATH MEMORY_ROOT "/a.tar.zst"

static void check_text(const char *text, size_t size) {
    for (size_t i = 0; i < size; i++) {
        if (iscntrl((unsigned char)text[i]) && text[i] != '\n')
            fuzz_fail("a control character");
    }
}

/* Whether two results have one label, so that one is compared with the other. */
static bool repeats(const gf_saved_bundle *bundle) {
    const char *label = NULL;
    for (size_t i = 0; (label = gf_saved_bundle_label(bundle, i)) != NULL; i++) {
        for (size_t j = 0; j < i; j++) {
            if (strcmp(label, gf_saved_bundle_label(bundle, j)) == 0)
                return true;
        }
    }
    return false;
}

static void describe(const gf_saved_bundle *bundle) {
    char *text = NULL;
    size_t size = 0;
    gf_error error = GF_ERROR_INIT;
    FILE *stream = open_memstream(&text, &size);
    if (stream == NULL)
        fuzz_fail("no memory for a report");
    if (gf_saved_bundle_report(bundle, stream, &error) != GF_OK)
        fuzz_fail("a report can't be written");
    const gf_status status = gf_saved_bundle_compare(bundle, bundle, stream, &error);
    fclose(stream);
    check_text(text, size);
    if (status != GF_OK)
        fuzz_check_error(&error);
    if (status == GF_MISMATCH && strstr(error.text, " 0 other ones") == NULL && !repeats(bundle))
        fuzz_fail("a bundle has other bits than itself");
    gf_error_clear(&error);
    free(text);
}

static void read_bundle(const void *bytes, size_t size) {
    gf_saved_bundle *bundle = NULL;
    gf_error error = GF_ERROR_INIT;
    memory_file_add(PATH, bytes, size);
    const gf_status status = gf_saved_bundle_read(PATH, &bundle, &error);
    memory_files_clear();
    if (status == GF_OK)
        describe(bundle);
    else
        fuzz_check_error(&error);
    gf_saved_bundle_destroy(bundle);
    gf_error_clear(&error);
}

/* An archive with a picture, so that this is looked at as well. */
static char *make_archive(const uint8_t *bytes, size_t size, size_t *made) {
    static const char picture[40] = "\x89PNG\r\n\x1a\n";
    const uint8_t *zero = memchr(bytes, 0, size);
    const size_t first = zero == NULL ? size : (size_t)(zero - bytes);
    gf_entries entries = {.count = 0};
    gf_error error = GF_ERROR_INIT;
    char *archive = NULL;
    FILE *stream = open_memstream(&archive, made);
    if (stream == NULL ||
        gf_entries_add_copy(&entries, "bundle.json", bytes, first, &error) != GF_OK ||
        gf_entries_add_copy(&entries, "report.json", bytes + first, size - first, &error) !=
            GF_OK ||
        gf_entries_add_copy(&entries, "pictures/a.png", picture, sizeof picture, &error) != GF_OK ||
        gf_archive_write(&entries, 0, stream, &error) != GF_OK)
        fuzz_fail("an archive can't be made");
    fclose(stream);
    gf_entries_clear(&entries);
    return archive;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    if (size == 0)
        return 0;
    if (bytes[0] != 'j') {
        read_bundle(bytes + 1, size - 1);
        return 0;
    }
    size_t made = 0;
    char *archive = make_archive(bytes + 1, size - 1, &made);
    read_bundle(archive, made);
    free(archive);
    return 0;
}
