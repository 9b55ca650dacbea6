/* A backend made of recorded devices, for tests of the core.
 *
 * Its devices compute the right results, with the best CPU kernel of this machine. A test sets the
 * time that each slot takes on a fake clock, so that every number of the ledger is known in
 * advance, and can inject a fault at the n-th call of any slot. The fake counts the objects that
 * are made and released, and notes breaches of the contract of host/device/backend.h.
 *
 * Each backend has one global fake_machine, because every test runs in a process of its own.
 */
#pragma once

#include "fake_buffers.h"
#include "fake_programs.h"

/* ---- Devices ----------------------------------------------------------- */

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
    if (status == GF_OK && machine->complaint != NULL)
        status = sink->add_warning(sink->context, machine->complaint, error);
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
    fake_device *fake = fake_device_of(device);
    fake_misuse(fake, "opened twice", fake->is_open && !fake->is_gone);
    fake_time_ns += fake->open_ns;
    if (fake_enter(fake, FAKE_OPEN) == FAKE_FAILS)
        return fake_failure(fake, FAKE_OPEN, error);
    fake->is_open = true;
    fake->is_lost = fake->is_gone = false;
    return GF_OK;
}

static inline void fake_close(gf_device *device) {
    fake_device *fake = fake_device_of(device);
    (void)fake_enter(fake, FAKE_CLOSE);
    fake_misuse(fake, "closed twice", !fake->is_open);
    fake_misuse(fake, "closed with buffers", fake->buffers_alive > 0);
    fake_misuse(fake, "closed with programs", fake->programs_alive > 0);
    fake->is_open = false;
}

static inline const char *fake_variant(const gf_device *device, const gf_workload *workload,
                                       const gf_problem *problem, size_t index) {
    (void)workload;
    (void)problem;
    return index < FAKE_MAX_VARIANTS ? fake_device_of(device)->variants[index] : NULL;
}

/* ---- The tables -------------------------------------------------------- */

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
        .settle = fake_settle,
        .launch = fake_launch,
        .finish = fake_finish,
        .device_time = fake_device_time,
        .pipeline_create = fake_pipeline_create,
        .pipeline_release = fake_pipeline_release,
        .pipeline_overlap = fake_pipeline_overlap,
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

/* Adds a device whose kernel has these tunables, and takes `tuned_ns` of their values. */
static inline fake_device *fake_add_tunable(const gf_tunable *tunables, uint32_t count,
                                            const uint32_t *defaults,
                                            uint64_t (*tuned_ns)(const uint32_t *values)) {
    fake_device *device = fake_add(0, "0:0", "Fake", GF_CLASS_GPU);
    device->tunables = tunables;
    device->tunable_count = count;
    device->tuning_defaults = defaults;
    device->tuned_ns = tuned_ns;
    device->tuning_key = "fake device, driver 1";
    return device;
}

/* After every session is closed: the first leak or breach of the contract, or NULL. */
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
