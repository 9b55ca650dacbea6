/* Programs, launches and pipelines of a fake backend (fake_backend.h). */
#pragma once

#include <math.h>
#include <time.h>

#include "fake_machine.h"
#include "problem/parts/division.h"
#include "problem/problem.h"
#include "problem/traffic.h"

/* ---- Programs ---------------------------------------------------------- */

static inline gf_status fake_check_limits(const fake_device *fake, const gf_problem *problem,
                                          gf_error *error) {
    if (problem->precision == GF_PRECISION_F64 && !fake->info.f64)
        return gf_error_set(error, GF_UNSUPPORTED, "device has no f64; use --precision f32");
    if (fake->info.global_memory_bytes > 0 &&
        gf_problem_bytes(problem) > fake->info.global_memory_bytes)
        return gf_error_set(error, GF_UNSUPPORTED, "the buffers exceed the device's memory");
    return GF_OK;
}

static inline void fake_tunables(const gf_device *device, const gf_problem *problem,
                                 const char *variant, gf_tuning *tuning) {
    const fake_device *fake = fake_device_of(device);
    (void)problem;
    if (fake->tunables == NULL ||
        (fake->tuned_variant_ns == NULL && strcmp(variant, fake->variants[0]) != 0))
        return;
    memcpy(tuning->tunables, fake->tunables, fake->tunable_count * sizeof fake->tunables[0]);
    tuning->count = fake->tunable_count;
    if (fake->derive != NULL)
        fake->derive(tuning->values);
    for (uint32_t i = 0; i < fake->tunable_count; i++) {
        if (tuning->values[i] == 0) /* not given */
            tuning->values[i] = fake->tuning_defaults[i];
    }
    snprintf(tuning->basis, sizeof tuning->basis, "fake defaults");
}

static inline bool fake_tuning_key(const gf_device *device, const gf_problem *problem, char *text,
                                   size_t size) {
    const fake_device *fake = fake_device_of(device);
    (void)problem;
    if (fake->tuning_key != NULL)
        snprintf(text, size, "%s", fake->tuning_key);
    return fake->tuning_key != NULL;
}

static inline void fake_check_tuning(fake_device *fake, const gf_tuning *tuning) {
    fake_misuse(fake, "prepare without a tuning", tuning == NULL);
    for (uint32_t i = 0; tuning != NULL && i < tuning->count; i++)
        fake_misuse(fake, "prepare with a value out of range",
                    tuning->values[i] < tuning->tunables[i].min ||
                        tuning->values[i] > tuning->tunables[i].max);
}

static inline gf_status fake_prepare(gf_device *device, const gf_problem *problem,
                                     const char *variant, const gf_tuning *tuning,
                                     gf_program **program, gf_error *error) {
    fake_device *fake = fake_device_of(device);
    fake_misuse(fake, "prepare on a closed device", !fake->is_open || fake->is_gone);
    fake_check_tuning(fake, tuning);
    fake_misuse(fake, "prepare without a variant", variant == NULL);
    fake_time_ns += fake->prepare_ns + (fake->calls[FAKE_PREPARE] == 0 ? fake->compile_ns : 0);
    const fake_effect effect = fake_enter(fake, FAKE_PREPARE);
    fake->is_gone = effect == FAKE_LOSES;
    device->is_open = !fake->is_gone;
    if (effect == FAKE_FAILS || effect == FAKE_LOSES)
        return fake_failure(fake, FAKE_PREPARE, error);
    const gf_status status = fake_check_limits(fake, problem, error);
    if (status != GF_OK)
        return status;
    const bool tuned = fake->tuned_ns != NULL && tuning->count > 0;
    uint64_t kernel_ns = tuned ? fake->tuned_ns(tuning->values) : fake->kernel_ns;
    if (fake->tuned_variant_ns != NULL)
        kernel_ns = fake->tuned_variant_ns(variant, tuning->values);
    if (tuned && kernel_ns == 0)
        return gf_error_set(error, GF_UNSUPPORTED, "not with these values");
    gf_program *made = calloc(1, sizeof *made);
    if (made == NULL)
        return gf_error_no_memory(error, "a fake program", sizeof *made);
    made->device = fake;
    made->problem = problem;
    made->variant = variant;
    made->kernel_ns = fake->problem_ns != NULL ? fake->problem_ns(fake, problem) : kernel_ns;
    made->kernel = gf_cpu_kernel_find(problem->workload->stem, gf_isa_best(gf_isa_detect()),
                                      problem->precision);
    fake->programs_alive++;
    *program = made;
    return GF_OK;
}

static inline void fake_program_release(gf_program *program) {
    fake_device *fake = program->device;
    (void)fake_enter(fake, FAKE_PROGRAM_RELEASE);
    fake_misuse(fake, "program_release on a closed device", !fake->is_open);
    fake_misuse(fake, "program released before its pipeline", fake->pipelines_alive > 0);
    fake->programs_alive--;
    fake->is_busy = false;
    free(program->kept.memory);
    free(program);
}

static inline const char *fake_program_note(const gf_program *program) {
    (void)program;
    return "a fake kernel";
}

static inline gf_lane_group fake_lane_group(const gf_program *program) {
    return program->device->lanes;
}

/* Reports a warm build, whose cold one took a nanosecond longer than the slowest that it knows. */
static inline void fake_build_history(gf_program *program, uint64_t build_ns,
                                      gf_build_history *history) {
    uint64_t *slowest_ns = &program->device->slowest_build_ns;
    *slowest_ns = build_ns > *slowest_ns ? build_ns : *slowest_ns;
    *history = (gf_build_history){.state = GF_BUILD_WARM, .cold_ns = *slowest_ns + 1};
}

/* ---- Computing --------------------------------------------------------- */

/* The element in the first third of the result's bytes. */
static inline unsigned char *fake_inner_element(const gf_problem *problem, void *result) {
    const gf_buffer_spec *spec = &problem->buffers[problem->result];
    const size_t size = gf_type_size(spec->type);
    return (unsigned char *)result + spec->bytes / size / 3 * size;
}

static inline void fake_spoil(const gf_problem *problem, void *result, fake_effect effect) {
    const gf_buffer_spec *spec = &problem->buffers[problem->result];
    const size_t size = gf_type_size(spec->type);
    unsigned char *bytes = result;
    if (effect == FAKE_FLIPS_FIRST)
        bytes[0] ^= 1;
    if (effect == FAKE_FLIPS_LAST)
        bytes[spec->bytes - size] ^= 1;
    if (effect == FAKE_FLIPS_INSIDE)
        *fake_inner_element(problem, result) ^= 1;
    if (effect == FAKE_WRITES_NAN)
        memset(bytes, 0xff, size);
}

/* Returns whether the pair was exchanged. */
static inline bool fake_compute_or_replay(gf_program *program, const gf_kernel_args *args) {
    fake_device *fake = program->device;
    const gf_problem *problem = program->problem;
    const size_t bytes = problem->buffers[problem->result].bytes;
    const bool latest = fake->replays_at > 0;
    if (!fake->replays && !latest)
        return program->kernel(args) != 0;
    if (latest && ++fake->computed != fake->replays_at) {
        free(fake->replayed);
        fake->replayed = NULL;
    }
    if (fake->replayed == NULL) {
        fake->replay_exchanges = program->kernel(args) != 0;
        fake->replayed = malloc(bytes);
        if (fake->replayed == NULL)
            abort();
        memcpy(fake->replayed,
               args->buffers[fake->replay_exchanges ? problem->partner : problem->result], bytes);
    }
    memcpy(args->buffers[fake->replay_exchanges ? problem->partner : problem->result],
           fake->replayed, bytes);
    return fake->replay_exchanges;
}

static inline void fake_compute(gf_program *program, const gf_launch *launch, fake_effect effect) {
    gf_problem part;
    const gf_problem *problem = gf_problem_of_part(program->problem, launch->part, &part);
    void *buffers[GF_MAX_BUFFERS] = {NULL};
    for (uint32_t i = 0; i < problem->buffer_count; i++)
        buffers[i] = (char *)launch->buffers[i].handle + launch->buffers[i].first;
    if (launch->swapped) {
        void *held = buffers[problem->result];
        buffers[problem->result] = buffers[problem->partner];
        buffers[problem->partner] = held;
    }
    const gf_kernel_args args = {.buffers = buffers,
                                 .buffer_count = problem->buffer_count,
                                 .scalars = problem->scalars,
                                 .scalar_count = problem->scalar_count,
                                 .thread_count = 1,
                                 .step_count = launch->step_count,
                                 .kept = &program->kept,
                                 .cancel = launch->cancel};
    unsigned char before[8]; /* problems with a pair are not used with FAKE_OMITS_INSIDE */
    const size_t size = gf_type_size(problem->buffers[problem->result].type);
    memcpy(before, fake_inner_element(problem, buffers[problem->result]), size);
    const bool exchanged = fake_compute_or_replay(program, &args);
    if (effect == FAKE_OMITS_INSIDE)
        memcpy(fake_inner_element(problem, buffers[problem->result]), before, size);
    program->swapped = launch->swapped != exchanged;
    fake_spoil(problem, buffers[exchanged ? problem->partner : problem->result], effect);
}

static inline void fake_settle(gf_program *program) {
    fake_device *fake = program->device;
    fake_misuse(fake, "settle on a closed device", !fake->is_open);
    fake_misuse(fake, "settle before the last launch was finished", fake->is_busy);
    fake_time_ns += fake->settle_ns;
    fake->settled++;
}

static inline bool fake_is_variant(const gf_program *program, const char *variant) {
    return variant != NULL && strcmp(program->variant, variant) == 0;
}

/* The whole problem has a unit for each row of its result. */
static inline uint64_t fake_units(const gf_program *program, const gf_launch *launch) {
    const gf_problem *problem = program->problem;
    return launch->part.count > 0 ? launch->part.count : problem->buffers[problem->result].rows;
}

static inline gf_status fake_launch(gf_program *program, const gf_launch *launch, gf_error *error) {
    fake_device *fake = program->device;
    fake_misuse(fake, "launch on a closed device", !fake->is_open);
    fake_misuse(fake, "launch before the last was finished", fake->is_busy);
    fake_misuse(fake, "launch after a failed launch", fake->is_lost);
    fake_misuse(fake, "launch of no steps", program->problem->steps > 0 && launch->step_count == 0);
    fake_time_ns += fake->launch_ns + (program->launched_before ? 0 : fake->first_launch_ns) +
                    (fake->calls[FAKE_LAUNCH] == 0 ? fake->specialise_ns : 0);
    program->launched_before = true;
    program->sleep_ns = fake->sleeps_ns * (double)fake_units(program, launch) *
                        (launch->step_count > 0 ? (double)launch->step_count : 1);
    if (fake->steps_ns != NULL)
        program->kernel_ns = fake->steps_ns(fake, program->problem, launch->step_count);
    if (fake->variant_ns != NULL)
        program->kernel_ns = fake->variant_ns(program->variant, launch->step_count);
    fake_effect effect = fake_enter(fake, FAKE_LAUNCH);
    if (fake_is_variant(program, fake->failing_variant)) {
        fake->fault.status = GF_FAILED;
        effect = FAKE_FAILS;
    }
    if (fake_is_variant(program, fake->wrong_variant))
        effect = FAKE_FLIPS_FIRST;
    if (effect == FAKE_FAILS)
        return fake_failure(fake, FAKE_LAUNCH, error);
    if (effect != FAKE_DOES_NOTHING)
        fake_compute(program, launch, effect);
    else
        program->swapped = launch->swapped;
    fake->is_busy = true;
    return GF_OK;
}

/* Like a device that computes while this process does something else. */
static inline void fake_sleep(gf_program *program) {
    const double seconds = floor(program->sleep_ns * 1e-9);
    const struct timespec wait = {(time_t)seconds, (long)(program->sleep_ns - seconds * 1e9)};
    if (program->sleep_ns > 0)
        (void)nanosleep(&wait, NULL);
}

static inline gf_status fake_finish(gf_program *program, bool *swapped, gf_error *error) {
    fake_device *fake = program->device;
    fake_misuse(fake, "finish without a launch", !fake->is_busy);
    const double pace = fake->pace != NULL ? fake->pace() : 1;
    const uint64_t kernel_ns = (uint64_t)(pace * (double)program->kernel_ns);
    fake_sleep(program);
    fake_time_ns += kernel_ns;
    program->device_ns = fake->sleeps_ns > 0 ? (uint64_t)program->sleep_ns : kernel_ns;
    fake->is_busy = false;
    if (fake_enter(fake, FAKE_FINISH) == FAKE_FAILS)
        return fake_failure(fake, FAKE_FINISH, error);
    *swapped = program->swapped;
    return GF_OK;
}

static inline bool fake_device_time(const gf_program *program, uint64_t *kernel_ns,
                                    const char **clock, const char **reason) {
    fake_device *fake = program->device;
    (void)fake_enter(fake, FAKE_DEVICE_TIME);
    const bool bad = fake->calls[FAKE_DEVICE_TIME] >= fake->bad_clock_from;
    const fake_device_clock behaviour = bad ? fake->clock : FAKE_CLOCK_RIGHT;
    *kernel_ns = program->device_ns;
    *clock = "fake events";
    if (behaviour == FAKE_CLOCK_TOO_LONG)
        *kernel_ns =
            fake->launch_ns + fake->first_launch_ns + program->kernel_ns + 4 * fake_reading_ns + 1;
    if (behaviour == FAKE_CLOCK_ZERO)
        *reason = "the device's event times are zero";
    if (behaviour == FAKE_CLOCK_OUT_OF_ORDER)
        *reason = "the device's event times are out of order";
    if (behaviour == FAKE_CLOCK_NANOSECOND)
        *kernel_ns = 1;
    return behaviour == FAKE_CLOCK_RIGHT || behaviour == FAKE_CLOCK_TOO_LONG ||
           behaviour == FAKE_CLOCK_NANOSECOND;
}

/* ---- Pipelines --------------------------------------------------------- */

struct gf_pipeline {
    gf_program *program;
    gf_buffer *buffers;
};

static inline gf_status fake_pipeline_create(gf_program *program, gf_buffer *buffers,
                                             gf_pipeline **pipeline, gf_error *error) {
    fake_device *fake = program->device;
    if (fake_enter(fake, FAKE_PIPELINE_CREATE) == FAKE_FAILS)
        return fake_failure(fake, FAKE_PIPELINE_CREATE, error);
    if (!fake->overlaps)
        return GF_OK;
    gf_pipeline *made = calloc(1, sizeof *made);
    if (made == NULL)
        return gf_error_no_memory(error, "a fake pipeline", sizeof *made);
    *made = (gf_pipeline){program, buffers};
    fake->pipelines_alive++;
    *pipeline = made;
    return GF_OK;
}

static inline void fake_pipeline_release(gf_pipeline *pipeline) {
    fake_device *fake = pipeline->program->device;
    (void)fake_enter(fake, FAKE_PIPELINE_RELEASE);
    fake->pipelines_alive--;
    free(pipeline);
}

/* Bands as they should be, or segments of launches of one step. */
static inline gf_overlap fake_pipeline_overlap(const gf_pipeline *pipeline) {
    const gf_problem *problem = pipeline->program->problem;
    if (problem->steps > 0)
        return (gf_overlap){gf_problem_stops(problem), problem->steps_per_transfer, true};
    return (gf_overlap){gf_problem_bands(problem), 1, false};
}

/* Makes all steps at once, because tests read the last stop only. */
static inline void fake_pipeline_compute(gf_pipeline *pipeline, fake_effect effect,
                                         const volatile sig_atomic_t *cancel) {
    const gf_problem *problem = pipeline->program->problem;
    for (uint32_t i = 0; i < problem->buffer_count; i++) {
        const gf_buffer *buffer = &pipeline->buffers[i];
        if (buffer->access == GF_ACCESS_IN || buffer->access == GF_ACCESS_INOUT)
            memcpy(buffer->handle, buffer->host, buffer->bytes);
    }
    const gf_launch launch = {
        .buffers = pipeline->buffers, .step_count = problem->steps, .cancel = cancel};
    fake_compute(pipeline->program, &launch, effect);
    const uint32_t content = pipeline->program->swapped ? problem->partner : problem->result;
    const gf_buffer *result = &pipeline->buffers[content];
    memcpy(result->host, result->handle, result->bytes);
}

static inline gf_status fake_pipeline_run(gf_pipeline *pipeline,
                                          const volatile sig_atomic_t *cancel, bool *swapped,
                                          gf_error *error) {
    fake_device *fake = pipeline->program->device;
    fake_misuse(fake, "pipeline_run between launch and finish", fake->is_busy);
    fake_misuse(fake, "pipeline_run after a failed launch", fake->is_lost);
    fake_time_ns += fake->problem_pipeline_ns == NULL
                        ? fake->pipeline_ns
                        : fake->problem_pipeline_ns(fake, pipeline->program->problem);
    const fake_effect effect = fake_enter(fake, FAKE_PIPELINE_RUN);
    if (effect == FAKE_FAILS) {
        fake->is_lost = true;
        return fake_failure(fake, FAKE_PIPELINE_RUN, error);
    }
    pipeline->program->swapped = false;
    if (effect != FAKE_DOES_NOTHING)
        fake_pipeline_compute(pipeline, effect, cancel);
    *swapped = pipeline->program->swapped;
    return GF_OK;
}
