/* One device: make buffers and program, then round trips that are poisoned before, timed, and
 * verified after. docs/how-we-time.md describes the ledger that comes out. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "comparison.h"
#include "error.h"
#include "host_memory.h"
#include "tuning.h"

/* However short a run is, more samples than this tell nothing new. */
#define MAX_SAMPLES 10000

/* What a run holds while it lasts. */
typedef struct trial {
    gf_comparison *comparison;
    const gf_problem *problem;
    gf_device *device;
    gf_result *result; /* NULL: nothing is recorded */
    gf_tuning tuning;
    gf_program *program;
    gf_pipeline *pipeline; /* NULL: the device has nothing to overlap */
    gf_buffer buffers[GF_MAX_BUFFERS];
    uint32_t buffers_made;
    uint64_t prepare_ns;
    uint64_t first_compute_ns; /* launch to finish of the first round trip */
    uint64_t last_total_ns;    /* of a round trip, and of the pipelined one that follows it */
    uint64_t sampled_ns;       /* sum of these */
    bool pipelined_wrong;      /* the latest pipelined round trip was not right */
    uint64_t stop_every;       /* 0: as the problem says */
    gf_stop_callback stop;
    void *stop_context;
} trial;

gf_status gf_check_cancel(const gf_comparison *comparison, gf_error *error) {
    if (comparison->options.cancel == NULL || *comparison->options.cancel == 0)
        return GF_OK;
    return gf_error_set(error, GF_INTERRUPTED, "interrupted");
}

static uint64_t now(const trial *t) {
    return gf_clock_now(&t->comparison->clock);
}

/* ---- Memory -----------------------------------------------------------------------------------
 */

static void free_host(gf_comparison *comparison) {
    for (uint32_t i = 0; i < GF_MAX_BUFFERS; i++)
        gf_host_array_release(&comparison->host[i]);
    comparison->output = NULL;
}

static gf_status make_buffers(trial *t, gf_error *error) {
    gf_comparison *comparison = t->comparison;
    free_host(comparison); /* of the search for tunables, or the latest run */
    for (uint32_t i = 0; i < t->problem->buffer_count; i++) {
        const gf_buffer_spec *spec = &t->problem->buffers[i];
        gf_status status =
            gf_host_array_create(t->device, spec->name, spec->bytes, comparison->options.cancel,
                                 &comparison->host[i], error);
        if (status == GF_OK)
            status = gf_check_cancel(comparison, error);
        if (status != GF_OK)
            return status;
        t->buffers[i] = (gf_buffer){.device = t->device,
                                    .bytes = spec->bytes,
                                    .access = spec->access,
                                    .host = comparison->host[i].memory};
        status = t->device->backend->buffer_create(&t->buffers[i], error);
        if (status != GF_OK)
            return status;
        t->buffers_made++;
    }
    return GF_OK;
}

static void release(trial *t) {
    const gf_backend *backend = t->device->backend;
    if (t->pipeline != NULL)
        backend->pipeline_release(t->pipeline);
    if (t->program != NULL)
        backend->program_release(t->program);
    for (uint32_t i = 0; i < t->buffers_made; i++)
        backend->buffer_release(&t->buffers[i]);
    t->pipeline = NULL;
    t->program = NULL;
    t->buffers_made = 0;
}

/* ---- One round trip ---------------------------------------------------------------------------
 */

static bool goes_up(gf_access access) {
    return access == GF_ACCESS_IN || access == GF_ACCESS_INOUT;
}

static bool comes_down(gf_access access) {
    return access == GF_ACCESS_OUT || access == GF_ACCESS_INOUT;
}

/* The buffer that holds the pair's content now. */
static uint32_t content_of(const trial *t, uint32_t index, bool swapped) {
    return swapped && t->problem->has_pair && index == t->problem->result ? t->problem->partner
                                                                          : index;
}

static gf_status upload(trial *t, bool first, bool swapped, gf_error *error) {
    for (uint32_t i = 0; i < t->problem->buffer_count; i++) {
        const gf_access access = t->problem->buffers[i].access;
        if (!goes_up(access) || (!first && access == GF_ACCESS_IN))
            continue;
        gf_buffer *buffer = &t->buffers[content_of(t, i, swapped)];
        const gf_status status = t->device->backend->buffer_write(buffer, buffer->host, error);
        if (status != GF_OK)
            return status;
    }
    return GF_OK;
}

static gf_status download(trial *t, bool swapped, gf_error *error) {
    for (uint32_t i = 0; i < t->problem->buffer_count; i++) {
        if (!comes_down(t->problem->buffers[i].access))
            continue;
        gf_buffer *buffer = &t->buffers[content_of(t, i, swapped)];
        const gf_status status = t->device->backend->buffer_read(buffer, buffer->host, error);
        if (status != GF_OK)
            return status;
    }
    return GF_OK;
}

/* The device's own clock is believed only where it can be true. */
static void read_device_clock(const trial *t, uint64_t wall_ns, gf_round_trip *trip) {
    const gf_backend *backend = t->device->backend;
    if (backend->device_time == NULL) {
        trip->device_clock_ok = false;
        return;
    }
    uint64_t kernel_ns = 0;
    const char *clock = NULL, *trouble = NULL;
    if (!backend->device_time(t->program, &kernel_ns, &clock, &trouble)) {
        trip->device_clock_ok = false;
        trip->clock_trouble = trouble;
    } else if (kernel_ns > wall_ns) {
        trip->device_clock_ok = false;
        trip->clock_trouble = "device events are longer than the wall clock allows";
    } else {
        trip->device_ns += kernel_ns;
        trip->device_clock = clock;
    }
}

static gf_status compute(trial *t, uint64_t steps, bool *swapped, gf_round_trip *trip,
                         gf_error *error) {
    const gf_backend *backend = t->device->backend;
    const gf_launch launch = {.buffers = t->buffers,
                              .swapped = *swapped,
                              .step_count = steps,
                              .cancel = t->comparison->options.cancel};
    const uint64_t start = now(t);
    gf_status status = backend->launch(t->program, &launch, error);
    if (status == GF_OK)
        status = backend->finish(t->program, swapped, error);
    const uint64_t wall_ns = now(t) - start;
    if (status != GF_OK)
        return status;
    trip->compute_wall_ns += wall_ns;
    read_device_clock(t, wall_ns, trip);
    return gf_check_cancel(t->comparison, error);
}

/* One stop: up (if the host has something new), the steps, down. */
static gf_status leg(trial *t, bool first, uint64_t steps, bool *swapped, gf_round_trip *trip,
                     gf_error *error) {
    const uint64_t start = now(t);
    gf_status status = GF_OK;
    if (first || t->problem->upload_again)
        status = upload(t, first, *swapped, error);
    const uint64_t uploaded = now(t);
    if (status == GF_OK)
        status = compute(t, steps, swapped, trip, error);
    const uint64_t computed = now(t);
    if (status == GF_OK)
        status = download(t, *swapped, error);
    trip->h2d_ns += uploaded - start;
    trip->d2h_ns += now(t) - computed;
    return status;
}

static gf_status round_trip(trial *t, gf_round_trip *trip, gf_error *error) {
    const gf_problem *problem = t->problem;
    const uint64_t every = t->stop_every != 0 ? t->stop_every : problem->steps_per_transfer;
    *trip = (gf_round_trip){.device_clock_ok = t->device->backend->device_time != NULL};
    gf_status status = GF_OK;
    bool swapped = false;
    uint64_t done = 0;
    const uint64_t start = now(t);
    do {
        const uint64_t left = problem->steps - done;
        const uint64_t steps = left < every ? left : every;
        status = leg(t, done == 0, steps, &swapped, trip, error);
        done += steps;
        t->comparison->output = t->comparison->host[content_of(t, problem->result, swapped)].memory;
        if (status == GF_OK && t->stop != NULL)
            status = t->stop(t->stop_context, done, t->comparison->output, error);
    } while (status == GF_OK && done < problem->steps);
    trip->total_ns = now(t) - start;
    t->last_total_ns = trip->total_ns;
    return status;
}

/* ---- Before and after a round trip ------------------------------------------------------------
 */

/* A pattern that no right result has everywhere: NaN in reals, and in integers an odd number, since
 * the largest one is what all counts are where nothing escapes in 65535 iterations. */
static int poison_byte(gf_type type) {
    return type == GF_TYPE_F32 || type == GF_TYPE_F64 ? 0xff : 0xa5;
}

/* Hands new content of buffer->host to the device, untimed. */
static gf_status hand_over(gf_buffer *buffer, gf_error *error) {
    return buffer->device->backend->buffer_write(buffer, buffer->host, error);
}

/* Before the host writes to memory that the device may own. */
static gf_status claim(gf_buffer *buffer, gf_error *error) {
    const gf_backend *backend = buffer->device->backend;
    return backend->buffer_claim == NULL ? GF_OK : backend->buffer_claim(buffer, error);
}

/* Puts the first content into what goes up again each time, and poison into the rest: on the host
 * and on the device, so that neither a kernel nor a transfer that did nothing can pass. */
static gf_status reset(trial *t, gf_error *error) {
    gf_status status = GF_OK;
    for (uint32_t i = 0; status == GF_OK && i < t->problem->buffer_count; i++) {
        const gf_buffer_spec *spec = &t->problem->buffers[i];
        gf_buffer *buffer = &t->buffers[i];
        const bool up = goes_up(spec->access);
        status = claim(buffer, error);
        if (status != GF_OK)
            break;
        memset(buffer->host, poison_byte(spec->type), spec->bytes);
        if (!up || !buffer->in_place)
            status = hand_over(buffer, error);
        if (status == GF_OK && up) /* stays the host's until the timed upload */
            memcpy(buffer->host, t->comparison->inputs[i], spec->bytes);
    }
    return status;
}

static void report_progress(const trial *t, const char *stage, uint32_t done, uint32_t planned,
                            uint64_t expected_ns) {
    const gf_run_options *options = &t->comparison->options;
    if (options->progress == NULL)
        return;
    const gf_progress progress = {t->device->info.id, t->result->variant, stage, done, planned,
                                  expected_ns};
    options->progress(&progress, options->progress_context);
}

/* One round trip with everything around it. *holds tells whether the result is right. */
static gf_status verified_trip(trial *t, gf_round_trip *trip, bool *holds, gf_error *error) {
    gf_status status = reset(t, error);
    if (status == GF_OK)
        status = round_trip(t, trip, error);
    if (status == GF_OK)
        status = gf_verification_check(t->comparison, t->comparison->output,
                                       &t->result->verification, holds, error);
    return status;
}

/* A round trip with transfers beside the kernels, poisoned before and verified after like every
 * other. Does nothing where there is nothing to overlap. */
static gf_status pipelined_trip(trial *t, uint64_t *total_ns, bool *holds, gf_error *error) {
    gf_comparison *comparison = t->comparison;
    *total_ns = 0;
    if (t->pipeline == NULL)
        return GF_OK;
    bool swapped = false;
    gf_status status = reset(t, error);
    const uint64_t start = now(t);
    if (status == GF_OK)
        status = t->device->backend->pipeline_run(t->pipeline, comparison->options.cancel, &swapped,
                                                  error);
    *total_ns = now(t) - start;
    t->last_total_ns += *total_ns;
    if (status == GF_OK)
        status = gf_check_cancel(comparison, error);
    comparison->output = comparison->host[content_of(t, t->problem->result, swapped)].memory;
    if (status == GF_OK)
        status = gf_verification_check(comparison, comparison->output, &t->result->verification,
                                       holds, error);
    t->pipelined_wrong = !*holds;
    return status;
}

/* ---- Samples ----------------------------------------------------------------------------------
 */

static uint32_t planned_samples(const trial *t) {
    const gf_run_options *options = &t->comparison->options;
    const double trip_s = (double)t->last_total_ns * 1e-9;
    const double for_time = trip_s > 0 ? options->min_time_s / trip_s : MAX_SAMPLES;
    if (for_time <= (double)options->repeat)
        return options->repeat;
    return for_time < MAX_SAMPLES ? (uint32_t)for_time + 1 : MAX_SAMPLES;
}

static bool enough(const trial *t, uint32_t samples) {
    const gf_run_options *options = &t->comparison->options;
    if (samples >= MAX_SAMPLES)
        return true;
    return samples >= options->repeat && (double)t->sampled_ns * 1e-9 >= options->min_time_s;
}

static gf_status warm_up(trial *t, bool *holds, gf_error *error) {
    const uint32_t asked = t->comparison->options.warmup;
    const uint32_t trips = asked == 0 ? 1 : asked;
    gf_status status = GF_OK;
    for (uint32_t i = 0; status == GF_OK && *holds && i < trips; i++) {
        gf_round_trip trip = {0};
        report_progress(t, "warm-up", i, trips + t->comparison->options.repeat,
                        t->last_total_ns * (trips - i + t->comparison->options.repeat));
        status = verified_trip(t, &trip, holds, error);
        if (i == 0)
            t->first_compute_ns = trip.compute_wall_ns;
    }
    uint64_t pipelined_ns = 0;
    return status == GF_OK && *holds ? pipelined_trip(t, &pipelined_ns, holds, error) : status;
}

/* Serial and pipelined round trips take turns, so that what changes with time meets both. */
static gf_status sample(trial *t, bool *holds, gf_error *error) {
    gf_status status = GF_OK;
    for (uint32_t i = 0; status == GF_OK && *holds && !enough(t, i); i++) {
        gf_round_trip trip = {0};
        const uint32_t planned = planned_samples(t);
        const uint32_t left = planned > i ? planned - i : 1;
        report_progress(t, "sample", i, i + left, t->last_total_ns * left);
        status = verified_trip(t, &trip, holds, error);
        if (status == GF_OK && *holds)
            status = gf_timing_add(&t->result->timing, &trip, t->comparison->clock.name, error);
        uint64_t pipelined_ns = 0;
        if (status == GF_OK && *holds)
            status = pipelined_trip(t, &pipelined_ns, holds, error);
        if (status == GF_OK && *holds && t->pipeline != NULL)
            status = gf_samples_add(&t->result->timing.pipelined, pipelined_ns, error);
        t->sampled_ns += trip.total_ns + pipelined_ns;
    }
    return status;
}

/* ---- What a run leaves in its result ----------------------------------------------------------
 */

/* The backend may have run out of its own kind of memory between two arrays. */
static const char *host_memory_kind(const trial *t) {
    const char *kind = t->comparison->host[0].kind;
    for (uint32_t i = 1; i < t->problem->buffer_count; i++) {
        if (strcmp(kind, t->comparison->host[i].kind) != 0)
            return "mixed";
    }
    return kind;
}

static void note_traffic(trial *t) {
    const gf_problem *problem = t->problem;
    const uint64_t stops =
        problem->steps == 0
            ? 1
            : (problem->steps + problem->steps_per_transfer - 1) / problem->steps_per_transfer;
    gf_result *result = t->result;
    result->device_bytes = gf_problem_bytes(problem);
    result->in_place = true;
    for (uint32_t i = 0; i < problem->buffer_count; i++) {
        const gf_buffer_spec *spec = &problem->buffers[i];
        const bool again = problem->upload_again && spec->access == GF_ACCESS_INOUT;
        const uint64_t ups = !goes_up(spec->access) ? 0 : again ? stops : 1;
        const uint64_t downs = comes_down(spec->access) ? stops : 0;
        result->bytes_up += ups * spec->bytes;
        result->bytes_down += downs * spec->bytes;
        result->transfers += ups + downs;
        result->in_place = result->in_place && t->buffers[i].in_place;
    }
    result->host_memory = result->in_place ? "in place" : host_memory_kind(t);
}

/* Drivers may put off compilation to the first launch: what that took longer than the median
 * launch is part of the build, if it took longer than any other. */
static uint64_t deferred_build_ns(const trial *t) {
    const gf_timing *timing = &t->result->timing;
    const gf_statistics kernel = gf_samples_statistics(&timing->phases[GF_PHASE_KERNEL]);
    const gf_statistics launch = gf_samples_statistics(&timing->phases[GF_PHASE_LAUNCH]);
    if (t->first_compute_ns <= kernel.max_ns + launch.max_ns)
        return 0;
    return t->first_compute_ns - (kernel.median_ns + launch.median_ns);
}

static gf_status note_build(trial *t, gf_error *error) {
    gf_result *result = t->result;
    uint64_t build_ns = t->prepare_ns;
    if (t->device->backend->build_history != NULL) { /* else there is nothing to compile */
        build_ns += deferred_build_ns(t);
        t->device->backend->build_history(t->program, build_ns, &result->build);
        result->build_known = true;
    }
    result->timing.clocks[GF_PHASE_BUILD] = t->comparison->clock.name;
    return gf_samples_add(&result->timing.phases[GF_PHASE_BUILD], build_ns, error);
}

static gf_status note_result(trial *t, gf_error *error) {
    gf_result *result = t->result;
    const void *output = t->comparison->output;
    if (t->device->backend->program_note != NULL)
        snprintf(result->note, sizeof result->note, "%s",
                 t->device->backend->program_note(t->program));
    result->checksum = t->problem->workload->checksum(t->problem, output);
    result->work = t->problem->workload->work(t->problem, output);
    note_traffic(t);
    return note_build(t, error);
}

static gf_status note_efficiency(trial *t, gf_error *error) {
    gf_comparison *comparison = t->comparison;
    gf_status status = GF_OK;
    if (!comparison->has_efficiency) {
        status = gf_simd_efficiency(t->problem, comparison->output, comparison->efficiency, error);
        comparison->has_efficiency = status == GF_OK;
    }
    if (status != GF_OK || t->device->backend->lane_group == NULL)
        return status;
    t->result->lanes = t->device->backend->lane_group(t->program);
    return gf_simd_efficiency_in(t->problem, comparison->output, t->result->lanes,
                                 &t->result->efficiency, error);
}

/* Why a result is wrong: its elements if they don't hold, else their sum. */
static void describe_mismatch(trial *t, bool elements_hold) {
    gf_result *result = t->result;
    const gf_verification *verification = &result->verification;
    const gf_difference *difference = &verification->difference;
    if (!elements_hold)
        gf_error_set(&result->error, GF_MISMATCH,
                     "%llu of %llu %s elements differ from the reference, by up to %g%s",
                     (unsigned long long)difference->mismatches,
                     (unsigned long long)difference->compared,
                     verification->sampled ? "sampled" : "result", difference->max_abs_error,
                     t->pipelined_wrong ? ", in a pipelined round trip" : "");
    else if (verification->has_known_answer && !verification->known_answer_holds)
        gf_error_set(&result->error, GF_MISMATCH, "checksum %.17g is not the known answer %.17g",
                     result->checksum, verification->known_answer.checksum);
    else
        gf_error_set(&result->error, GF_MISMATCH,
                     "checksum %.17g is too far from the reference's %.17g", result->checksum,
                     t->comparison->reference_checksum);
}

/* A wrong result has no time: the samples go, and what the build took. */
static void note_mismatch(trial *t, bool elements_hold) {
    gf_result *result = t->result;
    result->outcome = GF_OUTCOME_MISMATCH;
    result->build_known = false;
    gf_timing_clear(&result->timing);
    describe_mismatch(t, elements_hold);
}

/* ---- Tuning -----------------------------------------------------------------------------------
 */

/* Enough steps for several passes of any kernel that does many at once. */
#define SEARCH_STEPS 64
/* Launches that are timed with each set of values, the best of which counts; fewer when they take
 * long. */
#define SEARCH_LAUNCHES 3
#define LONG_LAUNCH_NS  UINT64_C(50000000)

/* The content that the first stop begins with. Later launches go on from what is there. */
static gf_status fill_for_search(trial *t, gf_error *error) {
    gf_status status = GF_OK;
    if (t->buffers_made == 0) {
        status = make_buffers(t, error);
        if (status == GF_OK)
            status = reset(t, error);
        if (status == GF_OK)
            status = upload(t, true, false, error);
    }
    return status;
}

static gf_status time_launches(trial *t, uint64_t *best_ns, gf_error *error) {
    const uint64_t every = t->problem->steps_per_transfer;
    const uint64_t steps = every < SEARCH_STEPS ? every : SEARCH_STEPS;
    uint64_t sum_ns = 0;
    gf_status status = GF_OK;
    for (int i = 0; status == GF_OK && i <= SEARCH_LAUNCHES && sum_ns < LONG_LAUNCH_NS; i++) {
        gf_round_trip trip = {0};
        bool swapped = false;
        const bool warm_up = i == 0; /* the driver may compile now; one step is enough for that */
        status = compute(t, warm_up && steps > 1 ? 1 : steps, &swapped, &trip, error);
        if (warm_up)
            continue;
        sum_ns += trip.compute_wall_ns;
        *best_ns = trip.compute_wall_ns < *best_ns ? trip.compute_wall_ns : *best_ns;
    }
    return status;
}

static gf_status time_values(void *context, const gf_tuning *tuning, uint64_t *ns,
                             gf_error *error) {
    trial *t = context;
    const gf_backend *backend = t->device->backend;
    *ns = UINT64_MAX;
    report_progress(t, "search", 0, 0, 0);
    if (backend->prepare(t->device, t->problem, t->result->variant, tuning, &t->program, NULL) !=
        GF_OK)
        return GF_OK;
    gf_status status = fill_for_search(t, error);
    if (status == GF_OK)
        status = time_launches(t, ns, error);
    backend->program_release(t->program);
    t->program = NULL;
    return status;
}

/* A driver that failed under some values is opened anew and runs with the best of the others. */
static gf_status search_tuning(trial *t, gf_search *search, gf_error *error) {
    gf_error failure = GF_ERROR_INIT;
    gf_status status = gf_tuning_search(search, &t->tuning, &failure);
    release(t);
    if (status != GF_OK)
        gf_device_close(t->device);
    if (status == GF_FAILED || status == GF_UNSUPPORTED)
        status = gf_device_open(t->device, error);
    else if (status != GF_OK)
        gf_error_set(error, status, "%s", failure.text);
    gf_error_clear(&failure);
    return status;
}

static gf_status search_and_keep(trial *t, const char *name, bool damaged, gf_error *error) {
    gf_search search = {.trial = time_values, .context = t, .clock = &t->comparison->clock};
    const gf_status status = search_tuning(t, &search, error);
    if (status != GF_OK || search.too_short)
        return status;
    const bool kept = gf_tuning_keep(name, &t->tuning);
    snprintf(t->tuning.basis, sizeof t->tuning.basis, "best of %u tries in %.1f s%s%s",
             search.tries, (double)search.took_ns * 1e-9, kept ? "" : ", not kept",
             damaged ? "; what was kept is damaged" : "");
    return GF_OK;
}

static void note_basis(trial *t, const char *basis) {
    snprintf(t->tuning.basis, sizeof t->tuning.basis, "%s", basis);
}

/* Sets the values of the variant's tunables: as the user wishes, as an earlier search found, as a
 * search finds now; else the backend's defaults. */
static gf_status choose_tuning(trial *t, const char *variant, gf_error *error) {
    const gf_backend *backend = t->device->backend;
    const gf_run_options *options = &t->comparison->options;
    char key[512], name[768];
    bool wished = false;
    t->tuning = (gf_tuning){0};
    if (backend->tunables != NULL)
        backend->tunables(t->device, t->problem, variant, &t->tuning);
    const gf_status status = gf_tuning_take_wish(&t->tuning, options->tuning, &wished, error);
    if (wished)
        note_basis(t, "--tune");
    if (status != GF_OK || wished || t->tuning.count == 0 || !options->search ||
        backend->tuning_key == NULL || !backend->tuning_key(t->device, t->problem, key, sizeof key))
        return status;
    gf_tuning_name(key, t->problem, variant, name, sizeof name);
    const gf_recall recall = gf_tuning_recall(name, &t->tuning);
    if (recall == GF_RECALL_VALUES)
        note_basis(t, "found by an earlier search");
    else if (t->result != NULL) /* an untimed run is not worth a search */
        return search_and_keep(t, name, recall == GF_RECALL_DAMAGED, error);
    return GF_OK;
}

/* ---- The run ----------------------------------------------------------------------------------
 */

static gf_status prepare(trial *t, const char *variant, gf_error *error) {
    gf_status status = choose_tuning(t, variant, error);
    if (status != GF_OK)
        return status;
    const uint64_t start = now(t);
    status =
        t->device->backend->prepare(t->device, t->problem, variant, &t->tuning, &t->program, error);
    const uint64_t prepared = now(t);
    t->prepare_ns = prepared - start;
    if (status == GF_OK)
        status = make_buffers(t, error);
    if (status == GF_OK && t->result != NULL) {
        gf_timing *timing = &t->result->timing;
        timing->clocks[GF_PHASE_ALLOC] = t->comparison->clock.name;
        status = gf_samples_add(&timing->phases[GF_PHASE_ALLOC], now(t) - prepared, error);
    }
    return status;
}

static gf_status prepare_pipeline(trial *t, gf_error *error) {
    const gf_backend *backend = t->device->backend;
    if (backend->pipeline_create == NULL || !t->comparison->options.pipeline)
        return GF_OK;
    return backend->pipeline_create(t->program, t->buffers, &t->pipeline, error);
}

static gf_status measure(trial *t, gf_error *error) {
    report_progress(t, "build", 0, 0, 0);
    bool holds = true;
    gf_status status = prepare(t, t->result->variant, error);
    t->result->tuning = t->tuning;
    if (status == GF_OK)
        status = prepare_pipeline(t, error);
    if (status == GF_OK)
        status = warm_up(t, &holds, error);
    if (status == GF_OK)
        status = sample(t, &holds, error);
    const bool elements_hold = holds;
    if (status == GF_OK && holds)
        status = note_result(t, error);
    if (status == GF_OK && holds)
        holds = gf_verification_check_known(t->problem, t->result->checksum,
                                            &t->result->verification) &&
                gf_verification_check_checksum(t->comparison, t->result->checksum);
    if (status == GF_OK && holds)
        status = note_efficiency(t, error);
    if (status == GF_OK && !holds)
        note_mismatch(t, elements_hold);
    return status;
}

/* A device that fails or lacks something is a result, too; an interruption is not. */
static gf_status settle_failure(trial *t, gf_status status, gf_error *failure, gf_error *error) {
    gf_result *result = t->result;
    if (status == GF_INTERRUPTED) {
        if (error != NULL)
            *error = *failure;
        else
            gf_error_clear(failure);
        return status;
    }
    result->outcome = status == GF_UNSUPPORTED ? GF_OUTCOME_UNSUPPORTED : GF_OUTCOME_FAILED;
    result->error = *failure;
    gf_timing_clear(&result->timing);
    return GF_OK;
}

gf_status gf_run_device(gf_comparison *comparison, gf_result *result, gf_error *error) {
    trial t = {.comparison = comparison,
               .problem = comparison->problem,
               .device = result->device,
               .result = result};
    gf_error failure = GF_ERROR_INIT;
    gf_status status = gf_device_open(t.device, &failure);
    if (status == GF_OK)
        status = measure(&t, &failure);
    release(&t);
    if (status == GF_OK)
        return GF_OK;
    free_host(comparison);
    gf_device_close(t.device); /* after an error its context can't be trusted */
    return settle_failure(&t, status, &failure, error);
}

gf_status gf_run_with_stops(gf_comparison *comparison, gf_device *device, const char *variant,
                            uint64_t every, gf_stop_callback stop, void *context, gf_error *error) {
    trial t = {.comparison = comparison,
               .problem = comparison->problem,
               .device = device,
               .stop_every = every,
               .stop = stop,
               .stop_context = context};
    gf_round_trip trip;
    gf_status status = gf_device_open(device, error);
    if (status == GF_OK)
        status = prepare(&t, variant, error);
    if (status == GF_OK)
        status = reset(&t, error);
    if (status == GF_OK)
        status = round_trip(&t, &trip, error);
    release(&t);
    if (status != GF_OK) {
        free_host(comparison);
        gf_device_close(device); /* after an error its context can't be trusted */
    }
    return status;
}
