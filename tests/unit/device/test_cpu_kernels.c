/* The table of CPU kernels, and what the values that are saved for them depend on. */
#include <criterion/criterion.h>
#include <string.h>

#include "device/cpu_kernels.h"
#include "device/registry.h"
#include "device/session.h"

static const gf_backend *native_backend(void) {
    for (size_t i = 0; i < gf_backends_length; i++) {
        if (strcmp(gf_backends[i]->name, "native") == 0)
            return gf_backends[i];
    }
    return NULL;
}

Test(cpu_kernels, saved_values_belong_to_these_kernels) {
    const gf_backend *backend = native_backend();
    const gf_session_options options = {.thread_count = 1};
    gf_session *session = NULL;
    gf_error error = GF_ERROR_INIT;
    char key[512];
    cr_assert_not_null(backend);
    cr_assert_eq(gf_session_open_with(&options, &backend, 1, &session, &error), GF_OK);
    cr_assert_eq(gf_session_find_all(session, &error), GF_OK, "%s", error.text);
    cr_assert(backend->tuning_key(gf_session_device(session, 0), NULL, key, sizeof key));
    cr_expect_eq(strlen(gf_cpu_kernels_hash), 16);
    cr_expect_not_null(strstr(key, gf_cpu_kernels_hash), "%s", key);
    gf_session_close(session);
}

/* A request to its worker may name none. */
Test(cpu_kernels, a_buffer_of_the_native_device_needs_an_array_of_the_host) {
    gf_buffer buffer = {.bytes = 64, .access = GF_ACCESS_INOUT};
    gf_error error = GF_ERROR_INIT;
    cr_assert_not_null(native_backend());
    cr_expect_eq(native_backend()->buffer_create(&buffer, &error), GF_FAILED);
    cr_expect_not_null(strstr(error.text, "none was given"), "%s", error.text);
}
