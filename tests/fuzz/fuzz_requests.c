/* A worker's side of the protocol: the input is the requests of a parent that sends what it likes.
 * Each is a byte (which request; 0xff: raw bytes follow instead of a right header), two bytes of
 * length, and its payload. The devices are plain memory. */
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "device/registry.h"
#include "message_input.h"
#include "os/helpers.h"
#include "worker/region.h"
#include "worker/server/server.h"
#include "worker/transport.h"

#include <pthread.h>

#define MOST_BYTES    ((size_t)1 << 16) /* of one array or buffer */
#define SHARED_BYTES  4096              /* of the memory that comes with a request */
#define DESCRIPTOR    3000000
#define MOST_LAUNCHES 64

static uint32_t serial;
static bool serving;
static gf_worker_control *control; /* shared memory of the first request */
static int launches;

/* ---- In place of the socket -------------------------------------------- */

__typeof__(gf_transport_receive) __wrap_gf_transport_receive;
gf_receipt __wrap_gf_transport_receive(int socket, bool wait, void *bytes, size_t size,
                                       size_t *count, int *descriptor) {
    (void)socket;
    (void)wait;
    if (input_left == 0)
        return GF_RECEIVED_END;
    const uint8_t kind = next_byte();
    const bool raw = kind == 0xff;
    serial += raw ? 0 : 1;
    *count = next_message(raw, (gf_request)(kind % GF_REQUEST_COUNT), false, serial, bytes, size);
    *descriptor = kind == GF_REQUEST_LIST || kind == GF_REQUEST_ARRAY_CREATE ? DESCRIPTOR : -1;
    return GF_RECEIVED;
}

__typeof__(gf_transport_send) __wrap_gf_transport_send;
bool __wrap_gf_transport_send(int socket, const void *bytes, size_t count, int descriptor) {
    (void)socket;
    (void)bytes;
    if (descriptor >= 0 || count > GF_MESSAGE_MOST)
        fuzz_fail("a reply that is none");
    return true;
}

__typeof__(gf_region_map) __wrap_gf_region_map;
gf_status __wrap_gf_region_map(int descriptor, size_t bytes, gf_region *region, gf_error *error) {
    void *memory =
        descriptor == DESCRIPTOR && bytes > 0 && bytes <= SHARED_BYTES ? calloc(1, bytes) : NULL;
    if (memory == NULL)
        return gf_error_set(error, GF_FAILED, "cannot map %zu bytes", bytes);
    if (control == NULL && bytes == sizeof *control)
        control = memory;
    *region = (gf_region){memory, bytes, -1};
    return GF_OK;
}

__typeof__(gf_region_release) __wrap_gf_region_release;
void __wrap_gf_region_release(gf_region *region) {
    free(region->memory);
    *region = (gf_region){.descriptor = -1};
}

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                          void *context);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                          void *context);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                          void *context) {
    if (!serving)
        return __real_pthread_create(thread, attributes, run, context);
    *thread = pthread_self();
    return 0;
}

int __real_pthread_detach(pthread_t thread);
int __wrap_pthread_detach(pthread_t thread);
int __wrap_pthread_detach(pthread_t thread) {
    return serving ? 0 : __real_pthread_detach(thread);
}

__typeof__(gf_helpers_add) __wrap_gf_helpers_add;
void __wrap_gf_helpers_add(pid_t pid) {
    (void)pid;
}

/* ---- Devices ----------------------------------------------------------- */

typedef struct memory_device {
    bool copies; /* it has memory of its own, pinned arrays and pipelines */
    bool open;
    int objects; /* that are alive, without arrays, which may outlive the time it is open */
    int arrays;
} memory_device;

struct gf_program {
    memory_device *device;
    const gf_problem *problem;
    bool swaps;
};

struct gf_pipeline {
    gf_program *program;
    gf_buffer *buffers; /* as they were when it was made */
};

static memory_device devices[2];

static memory_device *device_of(const gf_device *device) {
    return device->state;
}

static gf_status enumerate(uint32_t first_platform, const gf_device_sink *sink, void **state,
                           gf_error *error) {
    (void)first_platform;
    *state = devices;
    gf_status status = GF_OK;
    for (size_t i = 0; status == GF_OK && i < 2; i++) {
        const gf_device device = {.info = {.id = i == 0 ? "0:0" : "0:1",
                                           .name = "memory",
                                           .kind = "opencl-gpu",
                                           .platform = "memory",
                                           .driver = "1",
                                           .simd = "",
                                           .device_class = GF_CLASS_GPU},
                                  .state = &devices[i]};
        devices[i] = (memory_device){.copies = i == 0};
        status = sink->add_device(sink->context, &device, error);
    }
    return status == GF_OK ? sink->add_warning(sink->context, "a warning", error) : status;
}

static void shut_down(void *state) {
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        if (devices[i].open || devices[i].objects != 0 || devices[i].arrays != 0)
            fuzz_fail("a device is left open, or has objects, at the end");
    }
}

static gf_status open_device(gf_device *device, gf_error *error) {
    (void)error;
    if (device_of(device)->open)
        fuzz_fail("a device is opened twice");
    device_of(device)->open = true;
    return GF_OK;
}

static void close_device(gf_device *device) {
    if (!device_of(device)->open || device_of(device)->objects != 0)
        fuzz_fail("a device is closed that is not open, or has objects");
    device_of(device)->open = false;
}

static const char *variant(const gf_device *device, const gf_workload *workload,
                           const gf_problem *problem, size_t index) {
    (void)device;
    (void)workload;
    (void)problem;
    return index == 0 ? "plain" : NULL;
}

/* `count`: of the device, which it is added to. */
static void *take_memory(const memory_device *device, int *count, size_t bytes, gf_error *error) {
    if (!device->open)
        fuzz_fail("a closed device makes an object");
    void *memory = bytes <= MOST_BYTES ? calloc(1, bytes) : NULL;
    if (memory == NULL)
        (void)gf_error_no_memory(error, "memory", bytes);
    else
        (*count)++;
    return memory;
}

static void give_back(int *count, void *memory) {
    free(memory);
    (*count)--;
}

static gf_status array_create(gf_host_array *array, size_t bytes, gf_error *error) {
    memory_device *device = device_of(array->device);
    if (!device->copies)
        return GF_OK;
    array->memory = take_memory(device, &device->arrays, bytes, error);
    array->kind = "pinned";
    return array->memory == NULL ? GF_FAILED : GF_OK;
}

static void array_release(gf_host_array *array) {
    give_back(&device_of(array->device)->arrays, array->memory);
}

static gf_status buffer_create(gf_buffer *buffer, gf_error *error) {
    memory_device *device = device_of(buffer->device);
    buffer->handle = take_memory(device, &device->objects, buffer->bytes, error);
    buffer->in_place = !device_of(buffer->device)->copies && buffer->host != NULL;
    return buffer->handle == NULL ? GF_FAILED : GF_OK;
}

static void buffer_release(gf_buffer *buffer) {
    give_back(&device_of(buffer->device)->objects, buffer->handle);
}

static gf_status buffer_claim(gf_buffer *buffer, gf_error *error) {
    (void)error;
    if (buffer->in_place)
        memset(buffer->host, 1, buffer->bytes);
    return GF_OK;
}

static gf_status buffer_write(gf_buffer *buffer, const void *source, gf_error *error) {
    (void)error;
    gf_buffer_copy(buffer, (char *)buffer->handle + buffer->first, source);
    return GF_OK;
}

static gf_status buffer_read(gf_buffer *buffer, void *target, gf_error *error) {
    (void)error;
    gf_buffer_copy(buffer, target, (char *)buffer->handle + buffer->first);
    return GF_OK;
}

static void tunables(const gf_device *device, const gf_problem *problem, const char *name,
                     gf_tuning *tuning) {
    (void)device;
    (void)problem;
    if (strcmp(name, "plain") != 0)
        return;
    tuning->tunables[0] = (gf_tunable){"tile", "", 1, 64, NULL};
    tuning->values[0] = 8;
    tuning->count = 1;
}

static gf_status prepare(gf_device *device, const gf_problem *problem, const char *name,
                         const gf_tuning *tuning, gf_program **program, gf_error *error) {
    if (strcmp(name, "plain") != 0)
        return gf_error_set(error, GF_UNSUPPORTED, "no such variant");
    if (tuning->count != 1 || tuning->values[0] < 1 || tuning->values[0] > 64)
        fuzz_fail("a tunable is out of range");
    for (size_t at = 0; at < problem->workload->extra_bytes; at++)
        ((volatile uint8_t *)problem->extra)[at]++;
    memory_device *own = device_of(device);
    gf_program *made = take_memory(own, &own->objects, sizeof *made, error);
    if (made == NULL)
        return GF_FAILED;
    *made = (gf_program){own, problem, problem->has_pair};
    *program = made;
    return GF_OK;
}

static void program_release(gf_program *program) {
    give_back(&program->device->objects, program);
}

static const char *program_note(const gf_program *program) {
    return program->problem->workload->name;
}

static void build_history(gf_program *program, uint64_t build_ns, gf_build_history *history) {
    (void)program;
    *history = (gf_build_history){.state = GF_BUILD_COLD, .cold_ns = build_ns};
}

/* Reads and writes every byte that a kernel may touch. */
static void use(const gf_problem *problem, gf_buffer *buffers) {
    for (uint32_t i = 0; i < problem->buffer_count; i++) {
        uint8_t *memory = buffers[i].handle;
        for (size_t at = 0; at < problem->buffers[i].bytes; at++)
            memory[at]++;
    }
}

static gf_status launch(gf_program *program, const gf_launch *asked, gf_error *error) {
    (void)error;
    if (program->problem->steps > 0 &&
        (asked->step_count == 0 || asked->step_count > program->problem->steps))
        fuzz_fail("a launch of no steps, or of too many");
    use(program->problem, asked->buffers);
    if (++launches > MOST_LAUNCHES && asked->cancel != NULL)
        control->cancel = 1; /* as a parent does that waits too long */
    return GF_OK;
}

static gf_status finish(gf_program *program, bool *swapped, gf_error *error) {
    (void)error;
    *swapped = program->swaps;
    return GF_OK;
}

static gf_status pipeline_create(gf_program *program, gf_buffer *buffers, gf_pipeline **pipeline,
                                 gf_error *error) {
    if (!program->device->copies)
        return GF_OK;
    gf_pipeline *made =
        take_memory(program->device, &program->device->objects, sizeof *made, error);
    if (made == NULL)
        return GF_FAILED;
    *made = (gf_pipeline){program, buffers};
    *pipeline = made;
    return GF_OK;
}

static void pipeline_release(gf_pipeline *pipeline) {
    give_back(&pipeline->program->device->objects, pipeline);
}

static gf_overlap pipeline_overlap(const gf_pipeline *pipeline) {
    (void)pipeline;
    return (gf_overlap){4, 1, false};
}

static gf_status pipeline_run(gf_pipeline *pipeline, const volatile sig_atomic_t *cancel,
                              bool *swapped, gf_error *error) {
    const gf_problem *problem = pipeline->program->problem;
    (void)cancel;
    (void)error;
    for (uint32_t i = 0; i < problem->buffer_count; i++)
        memcpy(pipeline->buffers[i].handle, pipeline->buffers[i].host, pipeline->buffers[i].bytes);
    use(problem, pipeline->buffers);
    *swapped = false;
    return GF_OK;
}

static const gf_backend backend = {.abi_version = GF_BACKEND_ABI,
                                   .name = "memory",
                                   .open = open_device,
                                   .close = close_device,
                                   .variant = variant,
                                   .host_array_create = array_create,
                                   .host_array_release = array_release,
                                   .buffer_create = buffer_create,
                                   .buffer_release = buffer_release,
                                   .buffer_claim = buffer_claim,
                                   .buffer_write = buffer_write,
                                   .buffer_read = buffer_read,
                                   .tunables = tunables,
                                   .prepare = prepare,
                                   .program_release = program_release,
                                   .program_note = program_note,
                                   .build_history = build_history,
                                   .launch = launch,
                                   .finish = finish,
                                   .pipeline_create = pipeline_create,
                                   .pipeline_release = pipeline_release,
                                   .pipeline_overlap = pipeline_overlap,
                                   .pipeline_run = pipeline_run};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static const gf_service service = {
        .backend = &backend, .enumerate = enumerate, .shut_down = shut_down};
    memset(devices, 0, sizeof devices);
    input = bytes;
    input_left = size;
    serial = 0;
    control = NULL;
    launches = 0;
    serving = true;
    (void)gf_serve(&service, -1);
    serving = false;
    return 0;
}
