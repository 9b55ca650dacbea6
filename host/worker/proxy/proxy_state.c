#include "worker/proxy/proxy_state.h"

#include <stdlib.h>
#include <string.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/error.h"

#define OPEN_S    60.0
#define RELEASE_S 30.0
/* Finding out what a device can do may end the driver's process. The next one knows, and leaves out
 * what that was over. A driver that hung has taken long enough. */
#define MOST_OPENINGS  6
#define MOST_OPENING_S 20.0
/* A driver that hangs each time, if only when something is released, would cost its deadline once
 * for each of a calibration's measurements. */
#define MOST_LATE 4

/* ---- Requests ---------------------------------------------------------- */

gf_wait gf_proxy_wait(const gf_proxy_device *device, double seconds) {
    const double deadline_s = device->host->proxy->deadline_s;
    return (gf_wait){.subject = device->subject,
                     .limit_s = deadline_s > 0 ? deadline_s : seconds,
                     .limit_is_asked = deadline_s > 0,
                     .cancel = device->host->proxy->cancel};
}

bool gf_proxy_is_current(const gf_proxy_host *host, uint32_t generation) {
    return generation == host->generation && gf_worker_is_alive(&host->worker);
}

uint32_t gf_proxy_take_number(bool used[GF_WORKER_OBJECTS], gf_error *error) {
    uint32_t number = 0;
    while (number < GF_WORKER_OBJECTS && used[number])
        number++;
    if (number == GF_WORKER_OBJECTS)
        gf_error_set(error, GF_FAILED, "more than %d objects on one device", GF_WORKER_OBJECTS);
    else
        used[number] = true;
    return number;
}

void gf_proxy_drop(gf_proxy_device *device, gf_request request, uint32_t number,
                   uint32_t generation) {
    gf_worker *worker = &device->host->worker;
    if (!gf_proxy_is_current(device->host, generation))
        return;
    gf_error ignored = GF_ERROR_INIT;
    gf_wire *reply = NULL;
    gf_wire *wire = gf_worker_begin(worker, request);
    gf_wire_put_u32(wire, number);
    const gf_wait wait = gf_proxy_wait(device, RELEASE_S);
    if (gf_worker_call(worker, -1, &wait, &reply, &ignored) == GF_OK)
        (void)gf_worker_check(worker, &wait, reply, &ignored);
    gf_error_clear(&ignored);
}

/* ---- Listing ----------------------------------------------------------- */

gf_wait gf_proxy_wait_for_list(const gf_proxy_host *host) {
    return (gf_wait){.subject = host->launcher.subject,
                     .limit_s = host->list_limit_s,
                     .limit_is_asked = host->proxy->deadline_s > 0,
                     .cancel = host->proxy->cancel};
}

static gf_status start_worker(gf_proxy_host *host, gf_error *error) {
    const char *arguments[GF_LAUNCHER_ARGUMENTS] = {NULL};
    gf_status status = host->launcher.begin(host->launcher.context, arguments, error);
    if (status != GF_OK)
        return status;
    status = gf_worker_start(&host->worker, arguments, error);
    host->worker.failed = host->launcher.failed;
    host->worker.failed_context = host->launcher.context;
    host->worker.culprit = host->launcher.culprit;
    if (status != GF_OK)
        host->launcher.end(host->launcher.context);
    return status;
}

gf_status gf_proxy_start(gf_proxy_host *host, bool *own, gf_wire **reply, gf_error *error) {
    gf_status status = start_worker(host, error);
    *own = status != GF_OK;
    if (status != GF_OK)
        return status;
    const gf_wait wait = gf_proxy_wait_for_list(host);
    gf_wire_put_u32(gf_worker_begin(&host->worker, GF_REQUEST_LIST), host->first_platform);
    status = gf_worker_call(&host->worker, host->worker.control.descriptor, &wait, reply, error);
    gf_region_close(&host->worker.control);
    host->launcher.end(host->launcher.context);
    host->generation++;
    return status;
}

/* The devices of a worker that was started again must be the same. */
static gf_status check_list(gf_proxy_host *host, gf_wire *reply, gf_error *error) {
    gf_device_facts *facts = calloc(1, sizeof *facts);
    if (facts == NULL)
        return gf_error_no_memory(error, "a device", sizeof *facts);
    bool same = gf_wire_get_u32(reply) == host->device_count;
    for (uint32_t i = 0; same && i < host->device_count; i++) {
        gf_exchange_get_device(reply, facts);
        same = strcmp(facts->texts[0], host->devices[i]->facts.texts[0]) == 0 &&
               strcmp(facts->texts[1], host->devices[i]->facts.texts[1]) == 0;
    }
    free(facts);
    if (same && !reply->bad)
        return GF_OK;
    gf_worker_end(&host->worker);
    return gf_error_set(error, GF_FAILED, "%s lists other devices than before",
                        host->launcher.subject);
}

static gf_status ensure_running(gf_proxy_host *host, gf_error *error) {
    if (!gf_worker_notice_end(&host->worker))
        return GF_OK;
    if (host->worker.late_count >= MOST_LATE)
        return gf_error_set(error, GF_FAILED,
                            "%s gave no answer in time %d times, and is not started again",
                            host->launcher.subject, MOST_LATE);
    gf_wire *reply = NULL;
    bool own = false;
    const gf_status status = gf_proxy_start(host, &own, &reply, error);
    return status == GF_OK ? check_list(host, reply, error) : status;
}

/* ---- Opening ----------------------------------------------------------- */

static gf_status call_device(gf_proxy_device *device, gf_request request,
                             const volatile sig_atomic_t *cancel, gf_error *error) {
    gf_worker *worker = &device->host->worker;
    gf_wire *reply = NULL;
    gf_wire_put_u32(gf_worker_begin(worker, request), device->index);
    gf_wait wait = gf_proxy_wait(device, OPEN_S);
    if (cancel != NULL)
        wait.cancel = cancel;
    const gf_status status = gf_worker_call(worker, -1, &wait, &reply, error);
    if (status == GF_OK && request == GF_REQUEST_FIND_FACTS)
        gf_exchange_get_found(reply, &device->facts);
    return status == GF_OK ? gf_worker_check(worker, &wait, reply, error) : status;
}

static gf_status open_once(gf_device *device, gf_error *error) {
    gf_proxy_device *state = gf_proxy_device_of(device);
    const gf_status status = ensure_running(state->host, error);
    return status == GF_OK ? call_device(state, GF_REQUEST_OPEN, device->cancel, error) : status;
}

/* Whether the worker is gone because of its driver, and nobody has cancelled what it did. */
static bool driver_ended(const gf_device *device, gf_status status) {
    const gf_proxy_host *host = gf_proxy_device_of(device)->host;
    return status == GF_FAILED && !gf_worker_is_alive(&host->worker) &&
           host->worker.blames_driver && !gf_cancelled(device->cancel) &&
           !gf_cancelled(host->proxy->cancel);
}

/* Has the worker find out what the device can do. *again: it ended over that, and another one can
 * leave out what it ended of. */
static gf_status find_facts(gf_device *device, bool *again, gf_error *error) {
    gf_proxy_device *state = gf_proxy_device_of(device);
    const gf_launcher *launcher = &state->host->launcher;
    const pid_t process = state->host->worker.child.pid;
    const gf_status status = call_device(state, GF_REQUEST_FIND_FACTS, device->cancel, error);
    *again = driver_ended(device, status);
    if (*again && process > 0 && launcher->ended_by_facts != NULL)
        launcher->ended_by_facts(launcher->context, process);
    if (status != GF_OK)
        return status;
    const gf_device_info *found = &state->facts.info;
    device->info.local_memory_bytes = found->local_memory_bytes;
    device->info.max_work_group_size = found->max_work_group_size;
    device->info.facts = found->facts;
    return GF_OK;
}

gf_status gf_proxy_ensure_open(gf_device *device, gf_error *error) {
    gf_proxy_device *state = gf_proxy_device_of(device);
    /* A process that was killed while nobody asked it anything is replaced. */
    if (!gf_worker_notice_end(&state->host->worker) &&
        gf_proxy_is_current(state->host, state->open_in))
        return GF_OK;
    const gf_clock clock = gf_clock_monotonic();
    const uint64_t start = gf_clock_now(&clock);
    gf_status status = open_once(device, error);
    bool again = false;
    for (int i = 1; status == GF_OK && state->host->proxy->inner->find_facts != NULL; i++) {
        status = find_facts(device, &again, error);
        const double taken_s = (double)(gf_clock_now(&clock) - start) * 1e-9;
        if (!again || i == MOST_OPENINGS || taken_s > MOST_OPENING_S)
            break;
        gf_error_clear(error);
        status = open_once(device, error);
    }
    if (status == GF_OK)
        state->open_in = state->host->generation;
    return status;
}

void gf_proxy_close(gf_device *device) {
    gf_proxy_device *state = gf_proxy_device_of(device);
    gf_error ignored = GF_ERROR_INIT;
    if (gf_proxy_is_current(state->host, state->open_in))
        (void)call_device(state, GF_REQUEST_CLOSE, NULL, &ignored);
    state->open_in = 0;
    gf_error_clear(&ignored);
}
