#include "os/files/regular_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

gf_status gf_regular_file_open(const char *path, const char *remedy, FILE **stream,
                               gf_error *error) {
    /* O_NONBLOCK, because a pipe without a writer would wait. */
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat info;
    if (fd < 0)
        return gf_error_set_errno(error, GF_FAILED, errno, "cannot open %s", path);
    if (fstat(fd, &info) == 0 && !S_ISREG(info.st_mode)) {
        close(fd);
        return gf_error_set(error, GF_USAGE, "%s is not a regular file; %s", path, remedy);
    }
    *stream = fdopen(fd, "rb");
    if (*stream != NULL)
        return GF_OK;
    close(fd);
    return gf_error_no_memory(error, "a stream", sizeof **stream);
}
