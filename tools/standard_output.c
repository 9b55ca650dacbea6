#include "standard_output.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "options/message.h"

/* True when stdout is a pipe without a reader. */
static bool reader_is_gone(void) {
    struct pollfd out = {.fd = STDOUT_FILENO};
    return poll(&out, 1, 0) > 0 && (out.revents & POLLERR) != 0;
}

gf_status standard_output_flush(gf_error *error) {
    const bool failed_before = ferror(stdout) != 0;
    if (fflush(stdout) == 0 && !failed_before)
        return GF_OK;
    const int code = reader_is_gone() ? EPIPE : failed_before ? 0 : errno;
    const gf_status status =
        message_set(error, GF_FAILED, "cannot write standard output: %s",
                    code == 0 ? "a write failed; check that the disk has room" : strerror(code));
    error->native_code = code;
    return status;
}
