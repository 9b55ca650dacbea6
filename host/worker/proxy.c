#include "worker/proxy.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"
#include "worker/proxy_memory.h"
#include "worker/proxy_program.h"
#include "worker/proxy_state.h"

#define OPEN_S    60.0
#define RELEASE_S 30.0

/* ---- Requests ---------------------------------------------------------- */

gf_wait gf_proxy_wait(const gf_proxy_device *device, double seconds) {
    const double deadline_s = device->host->proxy->deadline_s;
    return (gf_wait){.subject = device->subject, .limit_s = deadline_s > 0 ? deadline_s : seconds};
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

static gf_wait wait_for_list(const gf_proxy_host *host) {
    return (gf_wait){.subject = host->launcher.subject, .limit_s = host->list_limit_s};
}

static gf_status start_worker(gf_proxy_host *host, gf_error *error) {
    const char *arguments[GF_LAUNCHER_ARGUMENTS] = {NULL};
    gf_status status = host->launcher.begin(host->launcher.context, arguments, error);
    if (status != GF_OK)
        return status;
    status = gf_worker_start(&host->worker, arguments, error);
    if (status != GF_OK)
        host->launcher.end(host->launcher.context);
    return status;
}

/* Starts the worker and has it list its devices. */
static gf_status start_and_list(gf_proxy_host *host, bool *own, gf_wire **reply, gf_error *error) {
    gf_status status = start_worker(host, error);
    *own = status != GF_OK;
    if (status != GF_OK)
        return status;
    const gf_wait wait = wait_for_list(host);
    gf_wire_put_u32(gf_worker_begin(&host->worker, GF_REQUEST_LIST), host->first_platform);
    status = gf_worker_call(&host->worker, host->worker.control.descriptor, &wait, reply, error);
    gf_region_close(&host->worker.control);
    host->launcher.end(host->launcher.context);
    host->generation++;
    return status;
}

/* "1:0" has the platform 1; 0 for a name without a number. */
static uint32_t platform_of(const char *id) {
    return (uint32_t)strtoul(id, NULL, 10);
}

static gf_status get_device(gf_proxy_host *host, gf_wire *reply, const gf_device_sink *sink,
                            uint32_t *next_platform, gf_error *error) {
    gf_proxy_device *made = calloc(1, sizeof *made);
    if (made == NULL)
        return gf_error_no_memory(error, "a device", sizeof *made);
    made->host = host;
    made->index = host->device_count;
    host->devices[host->device_count++] = made;
    gf_exchange_get_device(reply, &made->facts);
    if (reply->bad)
        return GF_OK; /* which the caller notices */
    const gf_device_info *info = &made->facts.info;
    snprintf(made->subject, sizeof made->subject, "device %.20s", info->id);
    if (platform_of(info->id) >= *next_platform)
        *next_platform = platform_of(info->id) + 1;
    const gf_device device = {.info = *info, .backend = &host->proxy->backend, .state = made};
    return sink->add_device(sink->context, &device, error);
}

static gf_status get_list(gf_proxy_host *host, gf_wire *reply, const gf_device_sink *sink,
                          uint32_t *next_platform, gf_error *error) {
    gf_status status = GF_OK;
    const uint32_t devices = gf_wire_get_below(reply, GF_WORKER_OBJECTS + 1);
    for (uint32_t i = 0; status == GF_OK && !reply->bad && i < devices; i++)
        status = get_device(host, reply, sink, next_platform, error);
    const uint32_t warnings = gf_wire_get_u32(reply);
    for (uint32_t i = 0; status == GF_OK && !reply->bad && i < warnings; i++) {
        char line[GF_ERROR_TEXT];
        gf_wire_get_text(reply, line, sizeof line);
        gf_flatten_text(line);
        if (!reply->bad)
            status = sink->add_warning(sink->context, line, error);
    }
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
    if (gf_worker_is_alive(&host->worker))
        return GF_OK;
    gf_wire *reply = NULL;
    bool own = false;
    const gf_status status = start_and_list(host, &own, &reply, error);
    return status == GF_OK ? check_list(host, reply, error) : status;
}

/* ---- Opening ----------------------------------------------------------- */

static gf_status call_device(gf_proxy_device *device, gf_request request, gf_error *error) {
    gf_worker *worker = &device->host->worker;
    gf_wire *reply = NULL;
    gf_wire_put_u32(gf_worker_begin(worker, request), device->index);
    const gf_wait wait = gf_proxy_wait(device, OPEN_S);
    const gf_status status = gf_worker_call(worker, -1, &wait, &reply, error);
    return status == GF_OK ? gf_worker_check(worker, &wait, reply, error) : status;
}

gf_status gf_proxy_ensure_open(gf_device *device, gf_error *error) {
    gf_proxy_device *state = gf_proxy_device_of(device);
    if (gf_proxy_is_current(state->host, state->open_in))
        return GF_OK;
    gf_status status = ensure_running(state->host, error);
    if (status == GF_OK)
        status = call_device(state, GF_REQUEST_OPEN, error);
    if (status == GF_OK)
        state->open_in = state->host->generation;
    return status;
}

gf_status gf_proxy_open(gf_device *device, gf_error *error) {
    return gf_proxy_ensure_open(device, error);
}

void gf_proxy_close(gf_device *device) {
    gf_proxy_device *state = gf_proxy_device_of(device);
    gf_error ignored = GF_ERROR_INIT;
    if (gf_proxy_is_current(state->host, state->open_in))
        (void)call_device(state, GF_REQUEST_CLOSE, &ignored);
    state->open_in = 0;
    gf_error_clear(&ignored);
}

/* ---- Slots that need no driver ----------------------------------------- */

static const gf_backend *inner_of(const gf_device *device) {
    return gf_proxy_device_of(device)->host->proxy->inner;
}

static const char *variant(const gf_device *device, const gf_workload *workload,
                           const gf_problem *problem, size_t index) {
    return inner_of(device)->variant(device, workload, problem, index);
}

static size_t contestants(const gf_device *device, const gf_problem *problem) {
    return inner_of(device)->contestants(device, problem);
}

static void tunables(const gf_device *device, const gf_problem *problem, const char *name,
                     gf_tuning *tuning) {
    inner_of(device)->tunables(device, problem, name, tuning);
}

static bool tuning_key(const gf_device *device, const gf_problem *problem, char *text,
                       size_t size) {
    return inner_of(device)->tuning_key(device, problem, text, size);
}

static uint64_t detour_ns(const gf_device *device) {
    return gf_proxy_device_of(device)->host->worker.detour_ns;
}

/* ---- The table --------------------------------------------------------- */

/* A slot that the inner backend lacks is missing here as well. */
static gf_backend make_table(const gf_backend *inner) {
    gf_backend table = {.abi_version = GF_BACKEND_ABI,
                        .name = inner->name,
                        .prompt = inner->prompt,
                        .order = inner->order,
                        .open = gf_proxy_open,
                        .close = gf_proxy_close,
                        .variant = variant,
                        .knows_variant = inner->knows_variant,
                        .contestants = inner->contestants == NULL ? NULL : contestants,
                        .tunables = inner->tunables == NULL ? NULL : tunables,
                        .tuning_key = inner->tuning_key == NULL ? NULL : tuning_key,
                        .detour_ns = detour_ns};
    gf_proxy_memory_slots(inner, &table);
    gf_proxy_program_slots(inner, &table);
    return table;
}

gf_status gf_proxy_create(const gf_backend *inner, double deadline_s, gf_proxy **proxy,
                          gf_error *error) {
    gf_proxy *made = calloc(1, sizeof *made);
    if (made == NULL)
        return gf_error_no_memory(error, "workers", sizeof *made);
    made->inner = inner;
    made->deadline_s = deadline_s;
    made->backend = make_table(inner);
    *proxy = made;
    return GF_OK;
}

gf_status gf_proxy_add(gf_proxy *proxy, const gf_launcher *launcher, double limit_s,
                       uint32_t *next_platform, const gf_device_sink *sink, bool *own,
                       gf_error *error) {
    gf_proxy_host *host = calloc(1, sizeof *host);
    *own = true;
    if (host == NULL)
        return gf_error_no_memory(error, "a worker", sizeof *host);
    host->proxy = proxy;
    host->launcher = *launcher;
    host->list_limit_s = proxy->deadline_s > 0 ? proxy->deadline_s : limit_s;
    host->first_platform = *next_platform;
    host->worker.socket = -1;
    host->following = proxy->hosts;
    proxy->hosts = host;
    gf_wire *reply = NULL;
    gf_status status = start_and_list(host, own, &reply, error);
    if (status != GF_OK)
        return status;
    *own = true;
    status = get_list(host, reply, sink, next_platform, error);
    if (status != GF_OK)
        return status;
    *own = false;
    const gf_wait wait = wait_for_list(host);
    return gf_worker_check(&host->worker, &wait, reply, error);
}

static void host_free(gf_proxy_host *host) {
    for (size_t i = 0; i < GF_WORKER_OBJECTS; i++)
        gf_region_release(&host->arrays[i].region);
    for (uint32_t i = 0; i < host->device_count; i++)
        free(host->devices[i]);
    for (size_t i = 0; i < GF_PROXY_TEXTS; i++)
        free(host->texts[i]);
    free(host);
}

void gf_proxy_destroy(gf_proxy *proxy) {
    if (proxy == NULL)
        return;
    while (proxy->hosts != NULL) {
        gf_proxy_host *host = proxy->hosts;
        proxy->hosts = host->following;
        gf_worker_end(&host->worker);
        host_free(host);
    }
    free(proxy);
}
