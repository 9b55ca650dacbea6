/* What the files of the proxy share: drivers, their workers, and requests about devices. */
#pragma once

#include "worker/exchange.h"
#include "worker/proxy/launcher.h"
#include "worker/proxy/worker.h"

typedef struct gf_proxy_device {
    struct gf_proxy_host *host;
    uint32_t index;    /* in the worker */
    uint32_t open_in;  /* the generation in which it was opened; 0: closed */
    char subject[160]; /* for messages */
    gf_device_facts facts;
} gf_proxy_device;

/* Memory that a worker shares. */
typedef struct gf_proxy_array {
    gf_region region; /* memory NULL: none */
    uint32_t generation;
} gf_proxy_array;

#define GF_PROXY_TEXTS 16

/* One driver and its worker. */
typedef struct gf_proxy_host {
    struct gf_proxy_host *following;
    struct gf_proxy *proxy;
    gf_launcher launcher;
    double list_limit_s;
    uint32_t first_platform;
    gf_worker worker;
    uint32_t generation; /* of the worker: counts from 1 */
    gf_proxy_device *devices[GF_WORKER_OBJECTS];
    uint32_t device_count;
    gf_proxy_array arrays[GF_WORKER_OBJECTS];
    bool buffers[GF_WORKER_OBJECTS], programs[GF_WORKER_OBJECTS], pipelines[GF_WORKER_OBJECTS];
    gf_proxy_array *scratch;     /* for transfers of memory that is not shared; NULL: none yet */
    char *texts[GF_PROXY_TEXTS]; /* of the drivers' clocks, which results keep */
} gf_proxy_host;

struct gf_proxy {
    gf_backend backend; /* of the devices */
    const gf_backend *inner;
    double deadline_s;                   /* of every request; 0: of each its own */
    const volatile sig_atomic_t *cancel; /* may be NULL */
    gf_proxy_host *hosts;
};

static inline gf_proxy_device *gf_proxy_device_of(const gf_device *device) {
    return device->state;
}

/* How the reply to a request is waited for that may take `seconds`. */
gf_wait gf_proxy_wait(const gf_proxy_device *device, double seconds);
/* The same for starting a worker and listing its devices. */
gf_wait gf_proxy_wait_for_list(const gf_proxy_host *host);
/* Starts the worker and has it list its devices, which the caller reads from the reply. *own: this
 * process is at fault, and not the driver. */
gf_status gf_proxy_start(gf_proxy_host *host, bool *own, gf_wire **reply, gf_error *error);
/* The device's worker runs and has the device open; starts and opens it otherwise. */
gf_status gf_proxy_ensure_open(gf_device *device, gf_error *error);
/* Slot of the backend. */
void gf_proxy_close(gf_device *device);
/* Whether an object of this generation still exists. */
bool gf_proxy_is_current(const gf_proxy_host *host, uint32_t generation);
/* A free number; GF_WORKER_OBJECTS and an error: there is none. */
uint32_t gf_proxy_take_number(bool used[GF_WORKER_OBJECTS], gf_error *error);
/* Asks the worker to release an object, if it still has it; errors are dropped. */
void gf_proxy_drop(gf_proxy_device *device, gf_request request, uint32_t number,
                   uint32_t generation);
