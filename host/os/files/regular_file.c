#include "os/files/regular_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

FILE *gf_regular_file_try(const char *path, int *code) {
    /* O_NONBLOCK, because a pipe without a writer would wait. */
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat info;
    FILE *stream = NULL;
    *code = GF_IRREGULAR;
    if (fd < 0 || fstat(fd, &info) != 0)
        *code = errno;
    else if (S_ISREG(info.st_mode) && (stream = fdopen(fd, "rb")) == NULL)
        *code = errno;
    if (stream != NULL)
        *code = 0;
    else if (fd >= 0)
        close(fd);
    return stream;
}

gf_status gf_regular_file_open(const char *path, const char *remedy, FILE **stream,
                               gf_error *error) {
    int code = 0;
    *stream = gf_regular_file_try(path, &code);
    if (*stream != NULL)
        return GF_OK;
    if (code == GF_IRREGULAR)
        return gf_error_set(error, GF_USAGE, "%s is not a regular file; %s", path, remedy);
    gf_error_set(error, GF_FAILED, "cannot open %s: %s; %s", path, strerror(code), remedy);
    error->native_code = code;
    return GF_FAILED;
}
