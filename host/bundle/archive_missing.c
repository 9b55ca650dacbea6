/* Archives without the libraries for them, which fail. */
#include "base/error.h"
#include "bundle/archive.h"

gf_status gf_archive_check(gf_error *error) {
    return gf_error_set(error, GF_UNSUPPORTED,
                        "this gpufare was built without libarchive or nettle and has no bundles; "
                        "install libarchive-dev and nettle-dev and build it again");
}

gf_status gf_archive_write(gf_entries *entries, int64_t mtime, FILE *stream, gf_error *error) {
    (void)entries;
    (void)mtime;
    (void)stream;
    return gf_archive_check(error);
}

gf_status gf_archive_read(const char *path, gf_entries *entries, gf_error *error) {
    (void)path;
    *entries = (gf_entries){.count = 0};
    return gf_archive_check(error);
}
