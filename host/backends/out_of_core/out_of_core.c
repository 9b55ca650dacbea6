/* The backend of devices whose memory has no room for a problem: they compute it band by band. It
 * finds no devices of its own; a session extends those that others found. */
#include <stdlib.h>

#include "backends/out_of_core/visiting.h"
#include "backends/out_of_core/visiting_device.h"
#include "base/error.h"

static gf_status enumerate(const gf_session_options *options, const gf_device_sink *sink,
                           void **state, gf_error *error) {
    (void)options;
    (void)sink;
    *state = calloc(1, sizeof(gf_visiting *));
    return *state != NULL ? GF_OK : gf_error_no_memory(error, "devices", sizeof(gf_visiting *));
}

static void shut_down(void *state) {
    gf_visiting **all = state;
    while (all != NULL && *all != NULL) {
        gf_visiting *visiting = *all;
        *all = visiting->following;
        free(visiting);
    }
    free(all);
}

/* The other slots are in the table of each device that is extended. */
const gf_backend gf_backend_out_of_core = {
    .abi_version = GF_BACKEND_ABI,
    .name = "out_of_core",
    .order = 1, /* it costs nothing to ask */
    .enumerate = enumerate,
    .shut_down = shut_down,
    .extend = gf_visiting_extend,
};
