/* A parent's side of the protocol: the input is the replies of a worker that sends what it likes.
 * Each is a byte, two bytes of length, and its payload. The byte: 0 to 239 a payload behind a right
 * header, 240 to 247 raw bytes, 248 and above nothing, the end, or too much. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"
#include "device/registry.h"
#include "device/session.h"
#include "measure/simd_efficiency.h"
#include "message_input.h"
#include "problem/params.h"
#include "problem/problem.h"
#include "worker/proxy/proxy.h"
#include "worker/proxy/worker.h"
#include "worker/transport.h"

#define SOCKET       2000000
#define MOST_DEVICES 2 /* of those that a worker lists, that are used */

static gf_message latest; /* the request that waits for its reply */

/* ---- In place of the worker -------------------------------------------- */

/* The number and the serial of the request, from its header. */
static uint32_t header_word(size_t index) {
    uint32_t word;
    memcpy(&word, latest.bytes + index * sizeof word, sizeof word);
    return word;
}

__typeof__(gf_transport_receive) __wrap_gf_transport_receive;
gf_receipt __wrap_gf_transport_receive(int socket, bool wait, void *bytes, size_t size,
                                       size_t *count, int *descriptor) {
    (void)socket;
    (void)wait;
    (void)descriptor;
    if (input_left == 0)
        return GF_RECEIVED_END;
    const uint8_t kind = next_byte();
    if (kind >= 248)
        return kind == 248   ? GF_RECEIVED_TOO_MUCH
               : kind == 249 ? GF_RECEIVED_END
                             : GF_RECEIVED_NOTHING;
    *count =
        next_message(kind >= 240, (gf_request)header_word(2), true, header_word(3), bytes, size);
    return GF_RECEIVED;
}

__typeof__(gf_transport_send) __wrap_gf_transport_send;
bool __wrap_gf_transport_send(int socket, const void *bytes, size_t count, int descriptor) {
    (void)descriptor;
    if (socket != SOCKET || count > sizeof latest.bytes)
        fuzz_fail("a request that is none");
    memcpy(latest.bytes, bytes, 24);
    return true;
}

__typeof__(gf_region_create) __wrap_gf_region_create;
gf_status __wrap_gf_region_create(size_t bytes, gf_region *region, gf_error *error) {
    void *memory = calloc(1, bytes);
    if (memory == NULL)
        return gf_error_no_memory(error, "shared memory", bytes);
    *region = (gf_region){memory, bytes, -1};
    return GF_OK;
}

__typeof__(gf_region_release) __wrap_gf_region_release;
void __wrap_gf_region_release(gf_region *region) {
    free(region->memory);
    *region = (gf_region){.descriptor = -1};
}

__typeof__(gf_worker_start) __wrap_gf_worker_start;
gf_status __wrap_gf_worker_start(gf_worker *worker, const char *const *arguments, gf_error *error) {
    (void)arguments;
    worker->child = (gf_child){.noise_fd = -1};
    worker->socket = SOCKET;
    return __wrap_gf_region_create(sizeof(gf_worker_control), &worker->control, error);
}

__typeof__(gf_child_drain) __wrap_gf_child_drain;
void __wrap_gf_child_drain(gf_child *child) {
    (void)child;
}

__typeof__(gf_child_reap) __wrap_gf_child_reap;
bool __wrap_gf_child_reap(gf_child *child) {
    child->end = GF_CHILD_KILLED;
    child->code = SIGABRT;
    return true;
}

__typeof__(gf_child_kill) __wrap_gf_child_kill;
void __wrap_gf_child_kill(gf_child *child) {
    snprintf(child->noise, sizeof child->noise, "fake driver: \x1b no\n");
}

__typeof__(gf_child_clear) __wrap_gf_child_clear;
void __wrap_gf_child_clear(gf_child *child) {
    (void)child;
}

/* ---- What is asked of it ----------------------------------------------- */

typedef struct found {
    gf_device devices[MOST_DEVICES];
    size_t count;
} found;

/* NULL: there is none. */
static void check_line(const char *line) {
    for (const char *c = line; c != NULL && *c != '\0'; c++) {
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            fuzz_fail("a text has a control character");
    }
}

static gf_status add_device(void *context, const gf_device *device, gf_error *error) {
    found *all = context;
    (void)error;
    check_line(device->info.name);
    check_line(device->info.driver);
    check_line(device->info.chip);
    if (all->count < MOST_DEVICES)
        all->devices[all->count++] = *device;
    return GF_OK;
}

static gf_status add_warning(void *context, const char *line, gf_error *error) {
    (void)context;
    (void)error;
    check_line(line);
    return GF_OK;
}

static gf_status begin(void *context, const char *arguments[GF_LAUNCHER_ARGUMENTS],
                       gf_error *error) {
    (void)context;
    (void)error;
    arguments[0] = "worker";
    return GF_OK;
}

static void end(void *context) {
    (void)context;
}

static gf_problem *problem, *picture;

int LLVMFuzzerInitialize(int *count, char ***arguments) {
    gf_params *params = NULL;
    gf_error error = GF_ERROR_INIT;
    (void)count;
    (void)arguments;
    if (gf_params_create(gf_workload_find("diffusion", NULL), &params, &error) != GF_OK ||
        gf_params_set(params, "size", "8x8", &error) != GF_OK ||
        gf_params_set(params, "steps", "4", &error) != GF_OK ||
        gf_problem_create(params, &problem, &error) != GF_OK)
        fuzz_fail("no problem");
    gf_params_destroy(params);
    params = NULL;
    if (gf_params_create(gf_workload_find("julia", NULL), &params, &error) != GF_OK ||
        gf_params_set(params, "size", "8x8", &error) != GF_OK ||
        gf_problem_create(params, &picture, &error) != GF_OK)
        fuzz_fail("no picture");
    gf_params_destroy(params);
    return 0;
}

static void check_status(gf_status status, gf_error *error) {
    if (status != GF_OK)
        fuzz_check_error(error);
    gf_error_clear(error);
    *error = (gf_error)GF_ERROR_INIT;
}

/* A launch, a round trip and a pipeline, as runs do them. */
static void compute(const gf_backend *backend, gf_program *program, gf_buffer *buffers) {
    gf_error error = GF_ERROR_INIT;
    bool swapped = false;
    uint64_t kernel_ns = 0;
    const char *clock = NULL, *reason = NULL;
    const gf_launch asked = {.buffers = buffers, .step_count = 2};
    gf_status status = backend->launch(program, &asked, &error);
    if (status == GF_OK)
        status = backend->finish(program, &swapped, &error);
    if (status == GF_OK && backend->device_time(program, &kernel_ns, &clock, &reason) &&
        clock == NULL)
        fuzz_fail("a device's clock without a name");
    check_line(clock);
    check_line(reason);
    check_status(status, &error);
    gf_round_trip times;
    status = backend->round_trip(program, buffers, 2, NULL, &swapped, &times, &error);
    check_status(status, &error);
    gf_pipeline *pipeline = NULL;
    status = backend->pipeline_create(program, buffers, &pipeline, &error);
    check_status(status, &error);
    if (pipeline == NULL)
        return;
    (void)backend->pipeline_overlap(pipeline);
    status = backend->pipeline_run(pipeline, NULL, &swapped, &error);
    check_status(status, &error);
    backend->pipeline_release(pipeline);
}

static void use_program(gf_device *device, gf_buffer *buffers) {
    const gf_backend *backend = device->backend;
    gf_error error = GF_ERROR_INIT;
    gf_program *program = NULL;
    gf_tuning tuning = {.count = 0};
    const char *variant = backend->variant(device, problem->workload, problem, 0);
    if (variant == NULL)
        return;
    if (backend->tunables != NULL)
        backend->tunables(device, problem, variant, &tuning);
    const gf_status status = backend->prepare(device, problem, variant, &tuning, &program, &error);
    check_status(status, &error);
    if (program == NULL)
        return;
    gf_build_history history;
    double efficiency;
    check_line(backend->program_note(program));
    const gf_lane_group lanes = backend->lane_group(program);
    static const char counts[8 * 8 * 8];
    if (gf_simd_efficiency_in(picture, counts, lanes, &efficiency, &error) != GF_OK)
        fuzz_fail("lane groups that have no room");
    compute(backend, program, buffers);
    backend->build_history(program, 1000, &history);
    backend->program_release(program);
    gf_error_clear(&error);
}

static void use_device(gf_device *device) {
    const gf_backend *backend = device->backend;
    gf_error error = GF_ERROR_INIT;
    gf_host_array arrays[GF_MAX_BUFFERS] = {{0}};
    gf_buffer buffers[GF_MAX_BUFFERS] = {{0}};
    gf_status status = backend->open(device, &error);
    uint32_t made = 0, own = 0;
    for (; status == GF_OK && own < problem->buffer_count; own += status == GF_OK) {
        arrays[own].device = device;
        status = backend->host_array_create(&arrays[own], problem->buffers[own].bytes, &error);
    }
    for (; status == GF_OK && made < problem->buffer_count; made += status == GF_OK) {
        buffers[made] = (gf_buffer){.device = device,
                                    .bytes = problem->buffers[made].bytes,
                                    .access = problem->buffers[made].access,
                                    .host = arrays[made].memory};
        status = backend->buffer_create(&buffers[made], &error);
    }
    if (status == GF_OK)
        status = backend->buffer_write(&buffers[0], buffers[0].host, &error);
    char other[8 * 8 * 8] = {0};
    if (status == GF_OK && buffers[0].bytes <= sizeof other)
        status = backend->buffer_read(&buffers[0], other, &error);
    check_status(status, &error);
    if (made == problem->buffer_count)
        use_program(device, buffers);
    while (made > 0)
        backend->buffer_release(&buffers[--made]);
    while (own > 0)
        backend->host_array_release(&arrays[--own]);
    backend->close(device);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    const gf_session_options options = {.thread_count = 1};
    const gf_launcher launcher = {.begin = begin, .end = end, .subject = "a driver"};
    gf_error error = GF_ERROR_INIT;
    gf_proxy *proxy = NULL;
    found all = {.count = 0};
    const gf_device_sink sink = {&all, add_device, add_warning, NULL};
    uint32_t next_platform = 0;
    bool own = false;
    input = bytes;
    input_left = size;
    const gf_backend *inner = NULL;
    for (size_t i = 0; i < gf_backends_length; i++) {
        if (gf_backends[i]->pipeline_create != NULL)
            inner = gf_backends[i];
    }
    if (inner == NULL || gf_proxy_create(inner, &options, &proxy, &error) != GF_OK)
        fuzz_fail("no proxy");
    const gf_status status = gf_proxy_add(proxy, &launcher, 1, &next_platform, &sink, &own, &error);
    if (status != GF_OK && own)
        fuzz_fail("this process is said to be at fault");
    check_status(status, &error);
    for (size_t i = 0; status == GF_OK && i < all.count; i++)
        use_device(&all.devices[i]);
    gf_proxy_destroy(proxy);
    return 0;
}
