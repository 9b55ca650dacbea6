/* A backend made of recorded devices, for tests of the core.
 *
 * Its devices compute the right results, with the best CPU kernel of this machine, and take the
 * time that the test gives them: a fake clock goes on by what each slot is said to cost, so that
 * every number of the ledger is known in advance. Faults can be injected at the n-th call of any
 * slot. The fake counts what is made and released, and notes whatever breaks the contract of
 * host/backend.h.
 *
 * Everything lies in one fake_machine for each backend; tests run in processes of their own, so
 * these may be global.
 */
#ifndef FAKE_BACKEND_H
#define FAKE_BACKEND_H

#include <stdlib.h>
#include <string.h>

#include "backend.h"
#include "comparison.h"
#include "cpu_kernels.h"
#include "error.h"
#include "session.h"

#define FAKE_MAX_DEVICES  24
#define FAKE_MAX_VARIANTS 4
#define FAKE_MACHINES     2

typedef enum fake_slot {
    FAKE_OPEN,
    FAKE_CLOSE,
    FAKE_HOST_ARRAY_CREATE,
    FAKE_HOST_ARRAY_RELEASE,
    FAKE_BUFFER_CREATE,
    FAKE_BUFFER_RELEASE,
    FAKE_BUFFER_CLAIM,
    FAKE_BUFFER_WRITE,
    FAKE_BUFFER_READ,
    FAKE_PREPARE,
    FAKE_PROGRAM_RELEASE,
    FAKE_LAUNCH,
    FAKE_FINISH,
    FAKE_DEVICE_TIME,
    FAKE_PIPELINE_CREATE,
    FAKE_PIPELINE_RELEASE,
    FAKE_PIPELINE_RUN,
    FAKE_SLOT_COUNT
} fake_slot;

typedef enum fake_effect {
    FAKE_NO_EFFECT,
    FAKE_FAILS,        /* the slot returns the fault's status */
    FAKE_DOES_NOTHING, /* it says that all is well and has done nothing */
    FAKE_FLIPS_FIRST,  /* launch: one bit of the first element of the result is wrong */
    FAKE_FLIPS_LAST,   /* of the last element */
    FAKE_WRITES_NAN,   /* the first element is NaN, or all ones */
    FAKE_CANCELS       /* sets the caller's cancel flag, as a signal handler would */
} fake_effect;

typedef struct fake_fault {
    fake_slot slot;
    uint32_t call; /* 1: the first call of the slot; 0: no fault */
    fake_effect effect;
    gf_status status; /* of FAKE_FAILS */
} fake_fault;

typedef enum fake_device_clock {
    FAKE_CLOCK_RIGHT,
    FAKE_CLOCK_TOO_LONG, /* a nanosecond more than the wall clock allows */
    FAKE_CLOCK_ZERO,
    FAKE_CLOCK_OUT_OF_ORDER
} fake_device_clock;

struct fake_machine;

typedef struct fake_device {
    gf_device_info info;
    const char *variants[FAKE_MAX_VARIANTS + 1]; /* best first, ended by NULL */
    gf_lane_group lanes;                         /* of every program */
    bool in_place;
    uint32_t pinned_arrays; /* host arrays that the device has memory of its own for */
    /* What slots cost, in ns. */
    uint64_t open_ns, prepare_ns, create_ns;
    uint64_t h2d_latency_ns, d2h_latency_ns;
    uint64_t bytes_per_ns; /* of transfers; 0: they take only the latency */
    uint64_t launch_ns, kernel_ns;
    /* Replaces kernel_ns: the time that a problem takes. */
    uint64_t (*problem_ns)(const struct fake_device *device, const gf_problem *problem);
    bool overlaps; /* offers a pipeline */
    uint64_t pipeline_ns;
    uint64_t first_launch_ns; /* on top of the first launch of a program */
    /* Tunables of the first variant; NULL: none. */
    const gf_tunable *tunables;
    uint32_t tunable_count;
    const uint32_t *tuning_defaults;
    uint64_t (*tuned_ns)(const uint32_t *values); /* replaces kernel_ns; 0: can't be prepared */
    const char *tuning_key;                       /* NULL: the backend says not to search */
    fake_device_clock clock;
    uint32_t bad_clock_from; /* the call of device_time from which `clock` holds; 0: always */
    fake_fault fault;
    volatile sig_atomic_t *cancel; /* what FAKE_CANCELS sets */
    /* What happened. */
    struct fake_machine *machine;
    uint32_t calls[FAKE_SLOT_COUNT];
    uint32_t arrays_alive, buffers_alive, programs_alive, pipelines_alive, opened;
    uint64_t bytes_up, bytes_down; /* of all transfers, poison included */
    bool is_open, is_busy, is_lost;
} fake_device;

typedef struct fake_machine {
    fake_device devices[FAKE_MAX_DEVICES];
    size_t count;
    const char *problem; /* a line for the sink, or NULL */
    gf_status enumerate_status;
    gf_session_options options; /* as enumerate saw them */
    uint32_t enumerations, shut_downs;
    char misuse[160]; /* the first breach of the contract, or "" */
} fake_machine;

/* Defined once for each test program by FAKE_GLOBALS. */
extern fake_machine fake_machines[FAKE_MACHINES];
extern uint64_t fake_time_ns;    /* what the fake clock shows */
extern uint64_t fake_reading_ns; /* what it costs to read it */

#define FAKE_GLOBALS                                                                               \
    fake_machine fake_machines[FAKE_MACHINES];                                                     \
    uint64_t fake_time_ns = 1000000;                                                               \
    uint64_t fake_reading_ns = 0;

struct gf_program {
    fake_device *device;
    const gf_problem *problem;
    gf_cpu_kernel kernel;
    uint64_t kernel_ns;
    bool launched_before;
    bool swapped;
    uint64_t device_ns;
};

/* ---- Clock ------------------------------------------------------------------------------------
 */

static inline uint64_t fake_now(void *context) {
    (void)context;
    return fake_time_ns += fake_reading_ns;
}

static inline gf_clock fake_clock(void) {
    return (gf_clock){fake_now, NULL, "fake"};
}

/* ---- Keeping watch ----------------------------------------------------------------------------
 */

static inline const char *fake_slot_name(fake_slot slot) {
    static const char *const names[FAKE_SLOT_COUNT] = {
        "open",          "close",          "host_array_create", "host_array_release",
        "buffer_create", "buffer_release", "buffer_claim",      "buffer_write",
        "buffer_read",   "prepare",        "program_release",   "launch",
        "finish",        "device_time",    "pipeline_create",   "pipeline_release",
        "pipeline_run"};
    return names[slot];
}

static inline void fake_misuse(fake_device *device, const char *what, bool wrong) {
    fake_machine *machine = device->machine;
    if (wrong && machine->misuse[0] == '\0')
        snprintf(machine->misuse, sizeof machine->misuse, "%s: %s", device->info.id, what);
}

/* Counts a call and tells what is to go wrong with it. */
static inline fake_effect fake_enter(fake_device *device, fake_slot slot) {
    device->calls[slot]++;
    const fake_fault *fault = &device->fault;
    if (fault->call == 0 || fault->slot != slot || fault->call != device->calls[slot])
        return FAKE_NO_EFFECT;
    if (fault->effect == FAKE_CANCELS)
        *device->cancel = 1;
    return fault->effect;
}

static inline gf_status fake_failure(fake_device *device, fake_slot slot, gf_error *error) {
    device->is_lost = slot == FAKE_LAUNCH || slot == FAKE_FINISH || device->is_lost;
    gf_error_set_native(error, device->fault.status, -5, "FAKE_CODE", "injected into %s, call %u",
                        fake_slot_name(slot), device->calls[slot]);
    gf_error_set_log(error, "a log that must be freed");
    return device->fault.status;
}

static inline fake_device *fake_device_of(const gf_device *device) {
    return device->state;
}

/* ---- Devices ----------------------------------------------------------------------------------
 */

static inline gf_status fake_enumerate(fake_machine *machine, const gf_session_options *options,
                                       const gf_device_sink *sink, void **state, gf_error *error) {
    machine->enumerations++;
    machine->options = *options;
    *state = machine;
    gf_status status = GF_OK;
    for (size_t i = 0; status == GF_OK && i < machine->count; i++) {
        machine->devices[i].machine = machine;
        const gf_device device = {.info = machine->devices[i].info, .state = &machine->devices[i]};
        status = sink->add_device(sink->context, &device, error);
    }
    if (status == GF_OK && machine->problem != NULL)
        status = sink->add_problem(sink->context, machine->problem, error);
    if (status == GF_OK && machine->enumerate_status != GF_OK)
        status = gf_error_set(error, machine->enumerate_status, "could not look");
    return status;
}

static inline gf_status fake_enumerate_0(const gf_session_options *options,
                                         const gf_device_sink *sink, void **state,
                                         gf_error *error) {
    return fake_enumerate(&fake_machines[0], options, sink, state, error);
}

static inline gf_status fake_enumerate_1(const gf_session_options *options,
                                         const gf_device_sink *sink, void **state,
                                         gf_error *error) {
    return fake_enumerate(&fake_machines[1], options, sink, state, error);
}

static inline void fake_shut_down(void *state) {
    fake_machine *machine = state;
    if (machine == NULL)
        return;
    machine->shut_downs++;
    for (size_t i = 0; i < machine->count; i++)
        fake_misuse(&machine->devices[i], "open at shut_down", machine->devices[i].is_open);
}

static inline gf_status fake_open(gf_device *device, gf_error *error) {
    fake_device *own = fake_device_of(device);
    fake_misuse(own, "opened twice", own->is_open);
    fake_time_ns += own->open_ns;
    if (fake_enter(own, FAKE_OPEN) == FAKE_FAILS)
        return fake_failure(own, FAKE_OPEN, error);
    own->is_open = true;
    own->is_lost = false;
    return GF_OK;
}

static inline void fake_close(gf_device *device) {
    fake_device *own = fake_device_of(device);
    (void)fake_enter(own, FAKE_CLOSE);
    fake_misuse(own, "closed twice", !own->is_open);
    fake_misuse(own, "closed with buffers", own->buffers_alive > 0);
    fake_misuse(own, "closed with programs", own->programs_alive > 0);
    own->is_open = false;
}

static inline const char *fake_variant(const gf_device *device, const gf_workload *workload,
                                       const gf_problem *problem, size_t index) {
    (void)workload;
    (void)problem;
    return index < FAKE_MAX_VARIANTS ? fake_device_of(device)->variants[index] : NULL;
}

/* ---- Buffers ----------------------------------------------------------------------------------
 */

static inline void fake_transfer(fake_device *own, uint64_t latency_ns, size_t bytes) {
    fake_time_ns += latency_ns;
    if (own->bytes_per_ns > 0)
        fake_time_ns += bytes / own->bytes_per_ns;
}

static inline gf_status fake_host_array_create(gf_host_array *array, size_t bytes,
                                               gf_error *error) {
    fake_device *own = fake_device_of(array->device);
    fake_misuse(own, "host_array_create on a closed device", !own->is_open);
    if (fake_enter(own, FAKE_HOST_ARRAY_CREATE) == FAKE_FAILS)
        return fake_failure(own, FAKE_HOST_ARRAY_CREATE, error);
    if (own->calls[FAKE_HOST_ARRAY_CREATE] > own->pinned_arrays)
        return GF_OK;
    array->memory = array->handle = aligned_alloc(64, (bytes + 63) / 64 * 64);
    if (array->memory == NULL)
        return gf_error_no_memory(error, "a fake array", bytes);
    array->kind = "pinned";
    own->arrays_alive++;
    return GF_OK;
}

static inline void fake_host_array_release(gf_host_array *array) {
    fake_device *own = fake_device_of(array->device);
    (void)fake_enter(own, FAKE_HOST_ARRAY_RELEASE);
    fake_misuse(own, "host array released twice", own->arrays_alive == 0);
    fake_misuse(own, "not the array that was made", array->memory != array->handle);
    free(array->memory);
    own->arrays_alive--;
}

static inline gf_status fake_buffer_create(gf_buffer *buffer, gf_error *error) {
    fake_device *own = fake_device_of(buffer->device);
    fake_misuse(own, "buffer_create on a closed device", !own->is_open);
    fake_misuse(own, "buffer_create of no bytes", buffer->bytes == 0 || buffer->host == NULL);
    fake_time_ns += own->create_ns;
    if (fake_enter(own, FAKE_BUFFER_CREATE) == FAKE_FAILS)
        return fake_failure(own, FAKE_BUFFER_CREATE, error);
    buffer->in_place = own->in_place;
    buffer->handle = buffer->host;
    if (!own->in_place) {
        buffer->handle = aligned_alloc(64, (buffer->bytes + 63) / 64 * 64);
        if (buffer->handle == NULL)
            return gf_error_no_memory(error, "a fake buffer", buffer->bytes);
        memset(buffer->handle, 0x5a, buffer->bytes);
    }
    own->buffers_alive++;
    return GF_OK;
}

static inline void fake_buffer_release(gf_buffer *buffer) {
    fake_device *own = fake_device_of(buffer->device);
    (void)fake_enter(own, FAKE_BUFFER_RELEASE);
    fake_misuse(own, "buffer_release on a closed device", !own->is_open);
    fake_misuse(own, "buffer released twice", buffer->handle == NULL || own->buffers_alive == 0);
    if (!buffer->in_place)
        free(buffer->handle);
    buffer->handle = NULL;
    own->buffers_alive--;
}

static inline void fake_check_transfer(fake_device *own, const gf_buffer *buffer) {
    fake_misuse(own, "transfer on a closed device", !own->is_open);
    fake_misuse(own, "transfer of a released buffer", buffer->handle == NULL);
    fake_misuse(own, "transfer between launch and finish", own->is_busy);
    fake_misuse(own, "transfer after a failed launch", own->is_lost);
}

static inline gf_status fake_buffer_claim(gf_buffer *buffer, gf_error *error) {
    fake_device *own = fake_device_of(buffer->device);
    fake_check_transfer(own, buffer);
    if (fake_enter(own, FAKE_BUFFER_CLAIM) == FAKE_FAILS)
        return fake_failure(own, FAKE_BUFFER_CLAIM, error);
    return GF_OK;
}

static inline gf_status fake_buffer_write(gf_buffer *buffer, const void *source, gf_error *error) {
    fake_device *own = fake_device_of(buffer->device);
    fake_check_transfer(own, buffer);
    fake_transfer(own, own->h2d_latency_ns, buffer->bytes);
    own->bytes_up += buffer->bytes;
    const fake_effect effect = fake_enter(own, FAKE_BUFFER_WRITE);
    if (effect == FAKE_FAILS)
        return fake_failure(own, FAKE_BUFFER_WRITE, error);
    if (effect != FAKE_DOES_NOTHING && source != buffer->handle)
        memcpy(buffer->handle, source, buffer->bytes);
    return GF_OK;
}

static inline gf_status fake_buffer_read(gf_buffer *buffer, void *target, gf_error *error) {
    fake_device *own = fake_device_of(buffer->device);
    fake_check_transfer(own, buffer);
    fake_transfer(own, own->d2h_latency_ns, buffer->bytes);
    own->bytes_down += buffer->bytes;
    const fake_effect effect = fake_enter(own, FAKE_BUFFER_READ);
    if (effect == FAKE_FAILS)
        return fake_failure(own, FAKE_BUFFER_READ, error);
    if (effect != FAKE_DOES_NOTHING && target != buffer->handle)
        memcpy(target, buffer->handle, buffer->bytes);
    return GF_OK;
}

/* ---- Programs ---------------------------------------------------------------------------------
 */

static inline gf_status fake_judge(const fake_device *own, const gf_problem *problem,
                                   gf_error *error) {
    if (problem->precision == GF_PRECISION_F64 && !own->info.f64)
        return gf_error_set(error, GF_UNSUPPORTED, "device has no f64; use --precision f32");
    if (own->info.global_memory_bytes > 0 &&
        gf_problem_bytes(problem) > own->info.global_memory_bytes)
        return gf_error_set(error, GF_UNSUPPORTED, "the buffers exceed the device's memory");
    return GF_OK;
}

static inline void fake_tunables(const gf_device *device, const gf_problem *problem,
                                 const char *variant, gf_tuning *tuning) {
    const fake_device *own = fake_device_of(device);
    (void)problem;
    if (own->tunables == NULL || strcmp(variant, own->variants[0]) != 0)
        return;
    tuning->tunables = own->tunables;
    tuning->count = own->tunable_count;
    memcpy(tuning->values, own->tuning_defaults, own->tunable_count * sizeof tuning->values[0]);
    snprintf(tuning->basis, sizeof tuning->basis, "fake defaults");
}

static inline bool fake_tuning_key(const gf_device *device, const gf_problem *problem, char *text,
                                   size_t size) {
    const fake_device *own = fake_device_of(device);
    (void)problem;
    if (own->tuning_key != NULL)
        snprintf(text, size, "%s", own->tuning_key);
    return own->tuning_key != NULL;
}

static inline void fake_check_tuning(fake_device *own, const gf_tuning *tuning) {
    fake_misuse(own, "prepare without a tuning", tuning == NULL);
    for (uint32_t i = 0; tuning != NULL && i < tuning->count; i++)
        fake_misuse(own, "prepare with a value out of range",
                    tuning->values[i] < tuning->tunables[i].min ||
                        tuning->values[i] > tuning->tunables[i].max);
}

static inline gf_status fake_prepare(gf_device *device, const gf_problem *problem,
                                     const char *variant, const gf_tuning *tuning,
                                     gf_program **program, gf_error *error) {
    fake_device *own = fake_device_of(device);
    fake_misuse(own, "prepare on a closed device", !own->is_open);
    fake_check_tuning(own, tuning);
    fake_misuse(own, "prepare without a variant", variant == NULL);
    fake_time_ns += own->prepare_ns;
    if (fake_enter(own, FAKE_PREPARE) == FAKE_FAILS)
        return fake_failure(own, FAKE_PREPARE, error);
    const gf_status status = fake_judge(own, problem, error);
    if (status != GF_OK)
        return status;
    const bool tuned = own->tuned_ns != NULL && tuning->count > 0;
    const uint64_t kernel_ns = tuned ? own->tuned_ns(tuning->values) : own->kernel_ns;
    if (tuned && kernel_ns == 0)
        return gf_error_set(error, GF_UNSUPPORTED, "not with these values");
    gf_program *made = calloc(1, sizeof *made);
    if (made == NULL)
        return gf_error_no_memory(error, "a fake program", sizeof *made);
    made->device = own;
    made->problem = problem;
    made->kernel_ns = own->problem_ns != NULL ? own->problem_ns(own, problem) : kernel_ns;
    made->kernel = gf_cpu_kernel_find(problem->workload->name, gf_isa_best(gf_isa_detect()),
                                      problem->precision);
    own->programs_alive++;
    *program = made;
    return GF_OK;
}

static inline void fake_program_release(gf_program *program) {
    fake_device *own = program->device;
    (void)fake_enter(own, FAKE_PROGRAM_RELEASE);
    fake_misuse(own, "program_release on a closed device", !own->is_open);
    fake_misuse(own, "program released before its pipeline", own->pipelines_alive > 0);
    own->programs_alive--;
    own->is_busy = false;
    free(program);
}

static inline const char *fake_program_note(const gf_program *program) {
    (void)program;
    return "a fake kernel";
}

static inline gf_lane_group fake_lane_group(const gf_program *program) {
    return program->device->lanes;
}

/* The first build of a machine is the one before this. */
static inline void fake_build_history(gf_program *program, uint64_t build_ns,
                                      gf_build_history *history) {
    (void)program;
    *history = (gf_build_history){.state = GF_BUILD_WARM, .cold_ns = build_ns + 1};
}

/* ---- Computing --------------------------------------------------------------------------------
 */

static inline void fake_spoil(const gf_problem *problem, void *result, fake_effect effect) {
    const gf_buffer_spec *spec = &problem->buffers[problem->result];
    const size_t size = gf_type_size(spec->type);
    unsigned char *bytes = result;
    if (effect == FAKE_FLIPS_FIRST)
        bytes[0] ^= 1;
    if (effect == FAKE_FLIPS_LAST)
        bytes[spec->bytes - size] ^= 1;
    if (effect == FAKE_WRITES_NAN)
        memset(bytes, 0xff, size);
}

static inline void fake_compute(gf_program *program, const gf_launch *launch, fake_effect effect) {
    const gf_problem *problem = program->problem;
    void *buffers[GF_MAX_BUFFERS] = {NULL};
    for (uint32_t i = 0; i < problem->buffer_count; i++)
        buffers[i] = launch->buffers[i].handle;
    if (launch->swapped) {
        buffers[problem->result] = launch->buffers[problem->partner].handle;
        buffers[problem->partner] = launch->buffers[problem->result].handle;
    }
    const gf_kernel_args args = {.buffers = buffers,
                                 .buffer_count = problem->buffer_count,
                                 .scalars = problem->scalars,
                                 .scalar_count = problem->scalar_count,
                                 .thread_count = 1,
                                 .step_count = launch->step_count,
                                 .cancel = launch->cancel};
    const bool exchanged = program->kernel(&args) != 0;
    program->swapped = launch->swapped != exchanged;
    fake_spoil(problem, buffers[exchanged ? problem->partner : problem->result], effect);
}

static inline gf_status fake_launch(gf_program *program, const gf_launch *launch, gf_error *error) {
    fake_device *own = program->device;
    fake_misuse(own, "launch on a closed device", !own->is_open);
    fake_misuse(own, "launch before the last was finished", own->is_busy);
    fake_misuse(own, "launch after a failed launch", own->is_lost);
    fake_misuse(own, "launch of no steps", program->problem->steps > 0 && launch->step_count == 0);
    fake_time_ns += own->launch_ns + (program->launched_before ? 0 : own->first_launch_ns);
    program->launched_before = true;
    const fake_effect effect = fake_enter(own, FAKE_LAUNCH);
    if (effect == FAKE_FAILS)
        return fake_failure(own, FAKE_LAUNCH, error);
    if (effect != FAKE_DOES_NOTHING)
        fake_compute(program, launch, effect);
    else
        program->swapped = launch->swapped;
    own->is_busy = true;
    return GF_OK;
}

static inline gf_status fake_finish(gf_program *program, bool *swapped, gf_error *error) {
    fake_device *own = program->device;
    fake_misuse(own, "finish without a launch", !own->is_busy);
    fake_time_ns += program->kernel_ns;
    program->device_ns = program->kernel_ns;
    own->is_busy = false;
    if (fake_enter(own, FAKE_FINISH) == FAKE_FAILS)
        return fake_failure(own, FAKE_FINISH, error);
    *swapped = program->swapped;
    return GF_OK;
}

static inline bool fake_device_time(const gf_program *program, uint64_t *kernel_ns,
                                    const char **clock, const char **reason) {
    fake_device *own = program->device;
    (void)fake_enter(own, FAKE_DEVICE_TIME);
    const bool bad = own->calls[FAKE_DEVICE_TIME] >= own->bad_clock_from;
    const fake_device_clock behaviour = bad ? own->clock : FAKE_CLOCK_RIGHT;
    *kernel_ns = program->device_ns;
    *clock = "fake events";
    if (behaviour == FAKE_CLOCK_TOO_LONG)
        *kernel_ns =
            own->launch_ns + own->first_launch_ns + program->kernel_ns + 4 * fake_reading_ns + 1;
    if (behaviour == FAKE_CLOCK_ZERO)
        *reason = "the device's event times are zero";
    if (behaviour == FAKE_CLOCK_OUT_OF_ORDER)
        *reason = "the device's event times are out of order";
    return behaviour == FAKE_CLOCK_RIGHT || behaviour == FAKE_CLOCK_TOO_LONG;
}

/* ---- Pipelines --------------------------------------------------------------------------------
 */

struct gf_pipeline {
    gf_program *program;
    gf_buffer *buffers;
};

static inline gf_status fake_pipeline_create(gf_program *program, gf_buffer *buffers,
                                             gf_pipeline **pipeline, gf_error *error) {
    fake_device *own = program->device;
    if (fake_enter(own, FAKE_PIPELINE_CREATE) == FAKE_FAILS)
        return fake_failure(own, FAKE_PIPELINE_CREATE, error);
    if (!own->overlaps)
        return GF_OK;
    gf_pipeline *made = calloc(1, sizeof *made);
    if (made == NULL)
        return gf_error_no_memory(error, "a fake pipeline", sizeof *made);
    *made = (gf_pipeline){program, buffers};
    own->pipelines_alive++;
    *pipeline = made;
    return GF_OK;
}

static inline void fake_pipeline_release(gf_pipeline *pipeline) {
    fake_device *own = pipeline->program->device;
    (void)fake_enter(own, FAKE_PIPELINE_RELEASE);
    own->pipelines_alive--;
    free(pipeline);
}

/* All steps at once: only the last stop is looked at. */
static inline void fake_pipeline_compute(gf_pipeline *pipeline, fake_effect effect,
                                         const volatile sig_atomic_t *cancel) {
    const gf_problem *problem = pipeline->program->problem;
    for (uint32_t i = 0; i < problem->buffer_count; i++) {
        const gf_buffer *buffer = &pipeline->buffers[i];
        if (buffer->access == GF_ACCESS_IN || buffer->access == GF_ACCESS_INOUT)
            memcpy(buffer->handle, buffer->host, buffer->bytes);
    }
    const gf_launch launch = {pipeline->buffers, false, problem->steps, cancel};
    fake_compute(pipeline->program, &launch, effect);
    const uint32_t content = pipeline->program->swapped ? problem->partner : problem->result;
    const gf_buffer *result = &pipeline->buffers[content];
    memcpy(result->host, result->handle, result->bytes);
}

static inline gf_status fake_pipeline_run(gf_pipeline *pipeline,
                                          const volatile sig_atomic_t *cancel, bool *swapped,
                                          gf_error *error) {
    fake_device *own = pipeline->program->device;
    fake_misuse(own, "pipeline_run between launch and finish", own->is_busy);
    fake_misuse(own, "pipeline_run after a failed launch", own->is_lost);
    fake_time_ns += own->pipeline_ns;
    const fake_effect effect = fake_enter(own, FAKE_PIPELINE_RUN);
    if (effect == FAKE_FAILS) {
        own->is_lost = true;
        return fake_failure(own, FAKE_PIPELINE_RUN, error);
    }
    pipeline->program->swapped = false;
    if (effect != FAKE_DOES_NOTHING)
        fake_pipeline_compute(pipeline, effect, cancel);
    *swapped = pipeline->program->swapped;
    return GF_OK;
}

/* ---- The tables -------------------------------------------------------------------------------
 */

/* The backend of fake_machines[index], as a copy that a test may change. */
static inline gf_backend fake_backend(size_t index) {
    return (gf_backend){
        .abi_version = GF_BACKEND_ABI,
        .name = index == 0 ? "fake" : "other",
        .order = (uint32_t)index * 10,
        .enumerate = index == 0 ? fake_enumerate_0 : fake_enumerate_1,
        .shut_down = fake_shut_down,
        .open = fake_open,
        .close = fake_close,
        .variant = fake_variant,
        .host_array_create = fake_host_array_create,
        .host_array_release = fake_host_array_release,
        .buffer_create = fake_buffer_create,
        .buffer_release = fake_buffer_release,
        .buffer_claim = fake_buffer_claim,
        .buffer_write = fake_buffer_write,
        .buffer_read = fake_buffer_read,
        .tunables = fake_tunables,
        .tuning_key = fake_tuning_key,
        .prepare = fake_prepare,
        .program_release = fake_program_release,
        .program_note = fake_program_note,
        .lane_group = fake_lane_group,
        .build_history = fake_build_history,
        .launch = fake_launch,
        .finish = fake_finish,
        .device_time = fake_device_time,
        .pipeline_create = fake_pipeline_create,
        .pipeline_release = fake_pipeline_release,
        .pipeline_run = fake_pipeline_run,
    };
}

/* Adds a device of a class to a machine. All times are 0 and the memory is 1 GiB. */
static inline fake_device *fake_add(size_t machine, const char *id, const char *name,
                                    gf_device_class device_class) {
    static const char *const kinds[] = {"native", "opencl-gpu", "opencl-cpu", "opencl-accel"};
    fake_device *device = &fake_machines[machine].devices[fake_machines[machine].count++];
    device->info = (gf_device_info){.id = id,
                                    .name = name,
                                    .kind = kinds[device_class],
                                    .platform = "Fake Platform",
                                    .driver = "1.0",
                                    .simd = "f64x4",
                                    .device_class = device_class,
                                    .global_memory_bytes = UINT64_C(1) << 30,
                                    .max_alloc_bytes = UINT64_C(1) << 30,
                                    .vector_width_f32 = 8,
                                    .vector_width_f64 = 4,
                                    .compute_units = 4,
                                    .f64 = true};
    device->lanes = (gf_lane_group){1, 4};
    device->variants[0] = "best";
    device->variants[1] = "plain";
    device->machine = &fake_machines[machine];
    return device;
}

/* NULL, or what is wrong now that every session is closed: leaks and breaches of the contract. */
static inline const char *fake_complaint(void) {
    for (size_t m = 0; m < FAKE_MACHINES; m++) {
        const fake_machine *machine = &fake_machines[m];
        if (machine->misuse[0] != '\0')
            return machine->misuse;
        if (machine->enumerations != machine->shut_downs)
            return "a backend was not shut down";
        for (size_t i = 0; i < machine->count; i++) {
            const fake_device *device = &machine->devices[i];
            if (device->arrays_alive > 0)
                return "a host array was not released";
            if (device->buffers_alive > 0)
                return "a buffer was not released";
            if (device->pipelines_alive > 0)
                return "a pipeline was not released";
            if (device->programs_alive > 0)
                return "a program was not released";
            if (device->is_open)
                return "a device was not closed";
        }
    }
    return NULL;
}

#endif
