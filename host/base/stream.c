#include "base/stream.h"

#include <errno.h>
#include <string.h>

#include "base/error.h"

gf_status gf_check_stream(FILE *stream, gf_error *error) {
    /* The reason of an earlier failure is lost: calls since then may have changed errno. */
    const bool failed_before = ferror(stream) != 0;
    errno = 0;
    if (fflush(stream) == 0 && !failed_before && ferror(stream) == 0)
        return GF_OK;
    if (errno != 0)
        return gf_error_set_errno(error, GF_FAILED, errno, "cannot write the report");
    return gf_error_set(error, GF_FAILED,
                        "cannot write the report: an earlier write failed; is the disk full or the "
                        "reader gone?");
}

void gf_read_line(const char *path, char *line, size_t size) {
    line[0] = '\0';
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return;
    if (fgets(line, (int)size, file) == NULL)
        line[0] = '\0';
    line[strcspn(line, "\n")] = '\0';
    fclose(file);
}
