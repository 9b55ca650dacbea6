#include "os/files/text_file.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "os/files/regular_file.h"

static gf_status find_size(FILE *stream, const char *path, size_t limit, size_t *size,
                           gf_error *error) {
    struct stat info;
    if (fstat(fileno(stream), &info) != 0)
        return gf_error_set_errno(error, GF_FAILED, errno, "cannot read %s", path);
    if ((uintmax_t)info.st_size > limit)
        return gf_error_set(error, GF_USAGE, "%s has %ju bytes; the limit is %zu", path,
                            (uintmax_t)info.st_size, limit);
    *size = (size_t)info.st_size;
    return GF_OK;
}

static gf_status read_bytes(FILE *stream, const char *path, size_t size, char *bytes,
                            size_t *length, gf_error *error) {
    *length = fread(bytes, 1, size, stream);
    bytes[*length] = '\0';
    if (ferror(stream))
        return gf_error_set_errno(error, GF_FAILED, errno, "cannot read %s", path);
    if (strlen(bytes) < *length)
        return gf_error_set(error, GF_USAGE,
                            "%s has a zero byte, so it is no text; save it as plain text", path);
    return GF_OK;
}

gf_status gf_text_file_read(const char *path, size_t limit, char **text, size_t *length,
                            gf_error *error) {
    FILE *stream = NULL;
    char *bytes = NULL;
    size_t size = 0;
    gf_status status = gf_regular_file_open(path, "give a file of text", &stream, error);
    if (status != GF_OK)
        return status;
    status = find_size(stream, path, limit, &size, error);
    if (status == GF_OK && (bytes = malloc(size + 1)) == NULL)
        status = gf_error_no_memory(error, path, size + 1);
    if (status == GF_OK)
        status = read_bytes(stream, path, size, bytes, length, error);
    fclose(stream);
    if (status == GF_OK)
        *text = bytes;
    else
        free(bytes);
    return status;
}
