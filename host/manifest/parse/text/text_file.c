#include "manifest/parse/text/text_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

static gf_status check_file(int descriptor, const char *path, size_t limit, size_t *size,
                            gf_error *error) {
    struct stat info;
    if (fstat(descriptor, &info) != 0)
        return gf_error_set_errno(error, GF_FAILED, errno, "cannot read %s", path);
    if (!S_ISREG(info.st_mode))
        return gf_error_set(error, GF_USAGE, "%s is not a regular file; give a file of text", path);
    if ((uintmax_t)info.st_size > limit)
        return gf_error_set(error, GF_USAGE, "%s has %ju bytes; the limit is %zu", path,
                            (uintmax_t)info.st_size, limit);
    *size = (size_t)info.st_size;
    return GF_OK;
}

static gf_status read_stream(FILE *stream, const char *path, char *bytes, size_t size,
                             gf_error *error) {
    const size_t got = fread(bytes, 1, size, stream);
    if (ferror(stream))
        return gf_error_set_errno(error, GF_FAILED, errno, "cannot read %s", path);
    bytes[got] = '\0';
    if (strlen(bytes) < got)
        return gf_error_set(error, GF_USAGE,
                            "%s has a zero byte, so it is no text; save it as plain "
                            "text",
                            path);
    return GF_OK;
}

/* O_NONBLOCK, because a pipe without a writer would wait. */
gf_status gf_text_file_read(const char *path, size_t limit, gf_pool *pool, char **text,
                            gf_error *error) {
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0)
        return gf_error_set_errno(error, GF_FAILED, errno, "cannot read %s", path);
    size_t size = 0;
    gf_status status = check_file(descriptor, path, limit, &size, error);
    FILE *stream = status == GF_OK ? fdopen(descriptor, "rb") : NULL;
    if (stream == NULL) {
        if (status == GF_OK)
            status = gf_error_set_errno(error, GF_FAILED, errno, "cannot read %s", path);
        close(descriptor);
        return status;
    }
    char *bytes = gf_pool_allocate(pool, size + 1, 1);
    status = bytes == NULL ? gf_error_no_memory(error, path, size)
                           : read_stream(stream, path, bytes, size, error);
    fclose(stream);
    if (status == GF_OK)
        *text = bytes;
    return status;
}
