#include "backends/device_set/band_run.h"

#include <pthread.h>
#include <string.h>

#include "problem/traffic.h"

typedef struct band_run {
    gf_set_run *run;
    pthread_mutex_t lock; /* of the queue and of the joined result */
    gf_band_queue queue;
    uint64_t most[GF_MOST_MEMBERS]; /* units that members have room for */
    bool stopped;
} band_run;

/* ---- One band ----------------------------------------------------------- */

static char *rows_at(const gf_program *program, const gf_launch *launch, uint32_t index,
                     uint64_t first) {
    const size_t row_bytes = gf_row_bytes(&program->problem->buffers[index]);
    return (char *)launch->buffers[index].host + (size_t)first * row_bytes;
}

/* Buffers in the memory of the whole, made when that is another than before. */
static gf_status make_inside(const gf_set_run *run, gf_set_member *member, gf_error *error) {
    const gf_buffer *whole = run->launch->buffers;
    if (member->made > 0 && member->buffers[0].host == whole[0].host)
        return GF_OK;
    return gf_set_member_take_memory(member, whole, error);
}

static gf_status compute_inside(gf_set_run *run, gf_set_member *member, gf_part band,
                                gf_error *error) {
    const gf_program *program = run->program;
    gf_buffer buffers[GF_MAX_BUFFERS];
    const gf_status status = make_inside(run, member, error);
    if (status != GF_OK)
        return status;
    for (uint32_t i = 0; i < member->made; i++) {
        const size_t row_bytes = gf_row_bytes(&program->problem->buffers[i]);
        buffers[i] = member->buffers[i];
        if (!gf_is_cut(&program->division, i))
            continue;
        buffers[i].first = (size_t)band.first * row_bytes;
        buffers[i].bytes = (size_t)band.count * row_bytes;
    }
    return gf_set_member_compute(member, buffers, band, 0, 0, run->launch->cancel, error);
}

/* Inputs that every part has all of go up once, unless kernels change them. */
static gf_status put_inputs(const gf_set_run *run, gf_set_member *member, gf_part band,
                            gf_error *error) {
    const gf_program *program = run->program;
    gf_status status = GF_OK;
    for (uint32_t i = 0; status == GF_OK && i < program->problem->buffer_count; i++) {
        const gf_buffer_spec *spec = &program->problem->buffers[i];
        if (!gf_goes_up(spec->access))
            continue;
        if (gf_is_cut(&program->division, i))
            status = gf_set_member_put(member, i, 0, band.count,
                                       rows_at(program, run->launch, i, band.first), error);
        else if (program->common[i] != NULL || !member->common_is_up)
            status = gf_set_member_put(member, i, 0, spec->rows,
                                       program->common[i] != NULL ? program->common[i]
                                                                  : run->launch->buffers[i].host,
                                       error);
    }
    member->common_is_up = true;
    return status;
}

/* Results that are not cut are joined afterwards, under the lock. */
static gf_status get_results(const gf_set_run *run, gf_set_member *member, gf_part band,
                             gf_error *error) {
    const gf_program *program = run->program;
    gf_status status = GF_OK;
    for (uint32_t i = 0; status == GF_OK && i < program->problem->buffer_count; i++) {
        const gf_buffer_spec *spec = &program->problem->buffers[i];
        if (!gf_comes_down(spec->access))
            continue;
        if (gf_is_cut(&program->division, i))
            status = gf_set_member_get(member, i, 0, band.count,
                                       rows_at(program, run->launch, i, band.first), error);
        else
            status = gf_set_member_get(member, i, 0, spec->rows, member->buffers[i].host, error);
    }
    return status;
}

static gf_status compute_outside(gf_set_run *run, gf_set_member *member, gf_part band,
                                 gf_error *error) {
    const uint64_t start_ns = gf_set_now();
    gf_status status = put_inputs(run, member, band, error);
    member->share.h2d_ns += gf_set_now() - start_ns;
    if (status == GF_OK)
        status =
            gf_set_member_compute(member, member->buffers, band, 0, 0, run->launch->cancel, error);
    const uint64_t computed_ns = gf_set_now();
    if (status == GF_OK)
        status = get_results(run, member, band, error);
    member->share.d2h_ns += gf_set_now() - computed_ns;
    return status;
}

static gf_status compute_band(gf_set_run *run, gf_set_member *member, gf_part band,
                              gf_error *error) {
    member->share.units += band.count;
    return member->works_inside ? compute_inside(run, member, band, error)
                                : compute_outside(run, member, band, error);
}

/* ---- All bands ---------------------------------------------------------- */

static bool take_band(band_run *bands, uint32_t index, gf_part *band) {
    (void)pthread_mutex_lock(&bands->lock);
    *band = bands->stopped ? (gf_part){0, 0} : gf_band_queue_take(&bands->queue, index);
    (void)pthread_mutex_unlock(&bands->lock);
    return band->count > 0;
}

static void stop(band_run *bands) {
    (void)pthread_mutex_lock(&bands->lock);
    bands->stopped = true;
    (void)pthread_mutex_unlock(&bands->lock);
}

/* Behind the part that settles the result nothing is computed any more. */
static void join_band(band_run *bands, const gf_set_member *member, gf_part band) {
    const gf_program *program = bands->run->program;
    const gf_problem *problem = program->problem;
    void *result = bands->run->launch->buffers[problem->result].host;
    if (problem->workload->join == NULL)
        return;
    (void)pthread_mutex_lock(&bands->lock);
    if (problem->workload->join(problem, band, member->buffers[problem->result].host, result)) {
        const gf_part rest = gf_band_queue_close(&bands->queue);
        if (rest.count > 0)
            (void)problem->workload->join(problem, rest, NULL, result);
    }
    (void)pthread_mutex_unlock(&bands->lock);
}

static void take_bands(void *context, uint32_t index) {
    band_run *bands = context;
    gf_set_member *member = &bands->run->program->members[index];
    gf_part band;
    member->common_is_up = false;
    while (member->status == GF_OK && take_band(bands, index, &band)) {
        member->status = compute_band(bands->run, member, band, &member->failure);
        if (member->status == GF_OK)
            join_band(bands, member, band);
        else
            stop(bands);
    }
}

/* What kernels change of common inputs is kept as it was. */
static void keep_common(const gf_set_run *run) {
    const gf_program *program = run->program;
    for (uint32_t i = 0; i < program->problem->buffer_count; i++) {
        if (program->common[i] != NULL)
            memcpy(program->common[i], run->launch->buffers[i].host,
                   program->problem->buffers[i].bytes);
    }
}

static gf_band_queue queue_of(const gf_set_run *run) {
    const gf_program *program = run->program;
    return (gf_band_queue){.units = program->division.units,
                           .grain =
                               gf_band_grain(program->problem, &program->division, program->count),
                           .count = program->count,
                           .rates = run->rates,
                           .fixed_ns = program->fixed_ns};
}

void gf_band_run(gf_set_run *run) {
    band_run bands = {.run = run, .queue = queue_of(run)};
    for (uint32_t i = 0; i < run->program->count; i++)
        bands.most[i] = run->program->members[i].problem.part_room;
    bands.queue.most = bands.most;
    (void)pthread_mutex_init(&bands.lock, NULL);
    keep_common(run);
    gf_crew_run(run->program->crew, take_bands, &bands);
    (void)pthread_mutex_destroy(&bands.lock);
    run->program->swapped = false;
}

/* ---- The rehearsal ------------------------------------------------------ */

typedef struct least_run {
    gf_set_run *run;
    uint32_t member;
    uint64_t ns;
} least_run;

/* In the middle, where units do not have the work of an edge. */
static void take_least(void *context, uint32_t index) {
    least_run *least = context;
    gf_program *program = least->run->program;
    gf_set_member *member = &program->members[index];
    if (index != least->member)
        return;
    const gf_band_queue queue = queue_of(least->run);
    const gf_part band = {program->division.units / 2 / queue.grain * queue.grain, 1};
    member->common_is_up = false;
    const uint64_t start_ns = gf_set_now();
    member->status = compute_band(least->run, member, band, &member->failure);
    least->ns = gf_set_now() - start_ns;
}

gf_status gf_band_run_least(gf_set_run *run, uint32_t member, uint64_t *ns, gf_error *error) {
    least_run least = {.run = run, .member = member};
    gf_set_member *its = &run->program->members[member];
    keep_common(run);
    gf_crew_run(run->program->crew, take_least, &least);
    *ns = least.ns;
    if (its->status != GF_OK)
        *error = its->failure;
    its->failure = (gf_error)GF_ERROR_INIT;
    return its->status;
}
