/* The backend of sets: several devices that compute one problem together, as one device. It finds
 * no devices of its own; device lists make sets. Its buffers are the host's memory, from which
 * members take what they need. */
#include <stdlib.h>

#include "backends/device_set/set_device.h"
#include "backends/device_set/set_program.h"
#include "base/error.h"
#include "device/host_array.h"

static gf_status enumerate(const gf_session_options *options, const gf_device_sink *sink,
                           void **state, gf_error *error) {
    (void)options;
    (void)sink;
    *state = calloc(1, sizeof(gf_set *));
    return *state != NULL ? GF_OK : gf_error_no_memory(error, "sets of devices", sizeof(gf_set *));
}

static void shut_down(void *state) {
    gf_set **sets = state;
    while (sets != NULL && *sets != NULL) {
        gf_set *set = *sets;
        *sets = set->following;
        free(set);
    }
    free(sets);
}

const gf_backend gf_backend_device_set = {
    .abi_version = GF_BACKEND_ABI,
    .name = "device_set",
    .order = 1, /* it costs nothing to ask */
    .enumerate = enumerate,
    .shut_down = shut_down,
    .open = gf_set_open,
    .close = gf_set_close,
    .variant = gf_set_variant,
    .knows_variant = gf_set_knows_variant,
    .buffer_create = gf_host_buffer_create,
    .buffer_release = gf_host_buffer_release,
    .buffer_write = gf_host_buffer_write,
    .buffer_read = gf_host_buffer_read,
    .prepare = gf_set_prepare,
    .program_release = gf_set_program_release,
    .program_note = gf_set_program_note,
    .launch = gf_set_launch,
    .finish = gf_set_finish,
    .device_time = gf_set_device_time,
    .settle = gf_set_settle,
    .combine = gf_set_combine,
    .members = gf_set_members,
    .rehearse = gf_set_rehearse,
    .shares = gf_set_shares,
};
