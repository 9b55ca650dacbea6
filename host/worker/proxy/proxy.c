#include "worker/proxy/proxy.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"
#include "worker/proxy/proxy_memory.h"
#include "worker/proxy/proxy_program.h"
#include "worker/proxy/proxy_state.h"

/* ---- Listing ----------------------------------------------------------- */

/* "1:0" has the platform 1. A worker numbers its platforms from `first` on; false: it did not. The
 * next worker's would get numbers that are taken. */
static bool find_platform(const char *id, uint32_t first, uint32_t *platform) {
    const size_t digits = strspn(id, "0123456789");
    if (digits == 0 || digits > 9 || id[digits] != ':')
        return false;
    *platform = (uint32_t)strtoul(id, NULL, 10);
    return *platform >= first && *platform - first < GF_WORKER_OBJECTS;
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
    const gf_device_info *info = &made->facts.info;
    const char *own_id = host->launcher.id;
    uint32_t platform = 0;
    if (!reply->bad && (own_id != NULL ? strcmp(own_id, info->id) != 0
                                       : !find_platform(info->id, host->first_platform, &platform)))
        reply->bad = true;
    if (reply->bad)
        return GF_OK; /* which the caller notices */
    snprintf(made->subject, sizeof made->subject, "device %.20s", info->id);
    if (own_id == NULL && platform >= *next_platform)
        *next_platform = platform + 1;
    const gf_device device = {
        .info = *info, .backend = &host->proxy->backend, .state = made, .is_remote = true};
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

/* ---- Slots that need no driver ----------------------------------------- */

static const gf_backend *inner_of(const gf_device *device) {
    return gf_proxy_device_of(device)->host->proxy->inner;
}

/* The device as the inner backend sees it in this process. */
static gf_device local_device(const gf_device *device) {
    gf_device local = *device;
    local.state = gf_proxy_device_of(device)->host->launcher.local_state;
    return local;
}

static const char *variant(const gf_device *device, const gf_workload *workload,
                           const gf_problem *problem, size_t index) {
    const gf_device local = local_device(device);
    return inner_of(device)->variant(&local, workload, problem, index);
}

static size_t contestants(const gf_device *device, const gf_problem *problem) {
    const gf_device local = local_device(device);
    return inner_of(device)->contestants(&local, problem);
}

static void tunables(const gf_device *device, const gf_problem *problem, const char *name,
                     gf_tuning *tuning) {
    const gf_device local = local_device(device);
    inner_of(device)->tunables(&local, problem, name, tuning);
}

static bool tuning_key(const gf_device *device, const gf_problem *problem, char *text,
                       size_t size) {
    const gf_device local = local_device(device);
    return inner_of(device)->tuning_key(&local, problem, text, size);
}

static uint64_t detour_ns(const gf_device *device) {
    return gf_proxy_device_of(device)->host->worker.detour_ns;
}

/* A worker answers one request at a time. */
static const void *channel(const gf_device *device) {
    return gf_proxy_device_of(device)->host;
}

/* ---- The table --------------------------------------------------------- */

/* A slot that the inner backend lacks is missing here as well. */
static gf_backend make_table(const gf_backend *inner) {
    gf_backend table = {.abi_version = GF_BACKEND_ABI,
                        .name = inner->name,
                        .prompt = inner->prompt,
                        .copies_beside = inner->copies_beside,
                        .compiles_ahead = inner->compiles_ahead,
                        .order = inner->order,
                        .open = gf_proxy_ensure_open,
                        .close = gf_proxy_close,
                        .variant = variant,
                        .knows_variant = inner->knows_variant,
                        .contestants = inner->contestants == NULL ? NULL : contestants,
                        .tunables = inner->tunables == NULL ? NULL : tunables,
                        .tuning_key = inner->tuning_key == NULL ? NULL : tuning_key,
                        .detour_ns = detour_ns,
                        .channel = channel,
                        .read_flaws = inner->read_flaws};
    gf_proxy_memory_slots(inner, &table);
    gf_proxy_program_slots(inner, &table);
    return table;
}

gf_status gf_proxy_create(const gf_backend *inner, const gf_session_options *options,
                          gf_proxy **proxy, gf_error *error) {
    gf_proxy *made = calloc(1, sizeof *made);
    if (made == NULL)
        return gf_error_no_memory(error, "workers", sizeof *made);
    made->inner = inner;
    made->deadline_s = options->deadline_s;
    made->cancel = options->cancel;
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
    gf_status status = gf_proxy_start(host, own, &reply, error);
    if (status != GF_OK)
        return status;
    *own = true;
    status = get_list(host, reply, sink, next_platform, error);
    if (status != GF_OK)
        return status;
    *own = false;
    const gf_wait wait = gf_proxy_wait_for_list(host);
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
