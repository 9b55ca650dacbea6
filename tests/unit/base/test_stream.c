/* The check of an output stream: the reason of a failure is named if it is known, and no other. */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "base/stream.h"

TestSuite(stream, .timeout = 60);

/* A stream with an error flag, and nothing that a flush could fail to write. */
static FILE *failed_stream(void) {
    FILE *stream = fopen("/dev/null", "r");
    cr_assert_not_null(stream);
    cr_assert_eq(fputc('x', stream), EOF);
    cr_assert_neq(ferror(stream), 0);
    return stream;
}

static void expect_earlier_failure(FILE *stream, int stale_errno) {
    gf_error error = GF_ERROR_INIT;
    errno = stale_errno;
    cr_expect_eq(gf_check_stream(stream, &error), GF_FAILED);
    cr_expect_not_null(strstr(error.text, "an earlier write failed"), "%s", error.text);
    cr_expect_null(strstr(error.text, strerror(stale_errno)), "%s", error.text);
    cr_expect_eq(error.native_code, 0);
    gf_error_clear(&error);
}

Test(stream, an_earlier_failure_is_no_success) {
    FILE *stream = failed_stream();
    expect_earlier_failure(stream, 0);
    fclose(stream);
}

Test(stream, a_stale_errno_is_not_taken_for_the_reason) {
    FILE *stream = failed_stream();
    expect_earlier_failure(stream, ENOENT);
    fclose(stream);
}

Test(stream, a_flush_that_fails_says_why) {
    FILE *stream = fopen("/dev/full", "w");
    cr_assert_not_null(stream);
    fputs("text", stream);
    gf_error error = GF_ERROR_INIT;
    cr_expect_eq(gf_check_stream(stream, &error), GF_FAILED);
    cr_expect_eq(error.native_code, ENOSPC);
    cr_expect_not_null(strstr(error.text, strerror(ENOSPC)), "%s", error.text);
    gf_error_clear(&error);
    fclose(stream);
}

Test(stream, what_was_written_passes) {
    FILE *stream = fopen("/dev/null", "w");
    cr_assert_not_null(stream);
    fputs("text", stream);
    gf_error error = GF_ERROR_INIT;
    cr_expect_eq(gf_check_stream(stream, &error), GF_OK, "%s", error.text);
    fclose(stream);
}
