/* The truth of a problem on several ranks, and what each of them has of it. */
#pragma once

#include <stdatomic.h>

#include "fake_job.h"

/* What the scalar kernel makes of the whole problem, by itself. */
typedef struct whole_truth {
    gf_problem *problem;
    gf_truth truth;
    gf_session *session;
    gf_run_options options;
    atomic_uint wrong;
    uint64_t sent_bytes; /* by hand */
} whole_truth;

static inline void make_truth(whole_truth *made, const fake_job_case *of,
                              const gf_backend *backend) {
    gf_error error = GF_ERROR_INIT;
    gf_params *params = NULL;
    const gf_backend *const backends[] = {backend};
    *made = (whole_truth){.sent_bytes = 0};
    gf_run_options_defaults(&made->options);
    cr_assert_eq(gf_session_open_with(NULL, backends, 1, &made->session, &error), GF_OK);
    cr_assert_eq(gf_params_create(gf_workload_find(of->workload, NULL), &params, &error), GF_OK);
    fake_bench_set(params, of->settings);
    cr_assert_eq(gf_problem_create(params, &made->problem, &error), GF_OK, "%s", error.text);
    made->truth = (gf_truth){.problem = made->problem, .context = {made->session, &made->options}};
    cr_assert_eq(gf_truth_make_inputs(&made->truth, &error), GF_OK, "%s", error.text);
    cr_assert_eq(gf_truth_make_reference(&made->truth, &error), GF_OK, "%s", error.text);
    gf_params_destroy(params);
}

static inline void drop_truth(whole_truth *made) {
    gf_truth_clear(&made->truth);
    gf_problem_destroy(made->problem);
    gf_session_close(made->session);
}

/* Row by row: the part's follow one another, those of the whole lie further apart. */
static inline bool same_part(const gf_parallel *parallel, const whole_truth *whole) {
    const gf_rank_part *part = &parallel->part;
    const gf_buffer_spec *spec = &whole->problem->buffers[whole->problem->result];
    const char *expected = whole->truth.reference;
    const size_t row_bytes = gf_row_bytes(spec), cell_bytes = row_bytes / spec->cols;
    const gf_rectangle mine = gf_rank_rectangle(part, part->ranks.rank);
    const size_t bytes = mine.columns * cell_bytes;
    bool same = true;
    for (uint64_t i = 0; part->mine.count > 0 && i < mine.rows; i++)
        same = same &&
               memcmp((const char *)part->result + i * bytes,
                      expected + (mine.first_row + i) * row_bytes + mine.first_column * cell_bytes,
                      bytes) == 0;
    return same;
}

static inline bool same_bands(const gf_parallel *parallel, const whole_truth *whole) {
    const gf_rank_bands *bands = &parallel->bands;
    const gf_buffer_spec *spec = &whole->problem->buffers[whole->problem->result];
    const char *expected = whole->truth.reference;
    bool same = true;
    if (!gf_rank_bands_are_rows(bands))
        return bands->ranks.rank != 0 || memcmp(bands->joined, expected, spec->bytes) == 0;
    for (uint32_t i = 0; i < bands->count; i++) {
        const gf_part units = bands->bands[i].units;
        same = same && memcmp(gf_band_result(bands, i), expected + units.first * gf_row_bytes(spec),
                              units.count * gf_row_bytes(spec)) == 0;
    }
    return same;
}

/* In the rank's thread. */
static inline void compare_part(fake_job *job, const gf_parallel *parallel, void *context) {
    whole_truth *whole = context;
    const gf_parallel_result *result = &parallel->results[parallel->result_count - 1];
    bool same =
        gf_parallel_has_bands(parallel) ? same_bands(parallel, whole) : same_part(parallel, whole);
    (void)job;
    /* The checksum is that of the whole, whatever the parts are. */
    if (parallel->ranks->rank == 0)
        same = same && result->checksum == whole->truth.reference_checksum;
    if (!same || !result->holds)
        atomic_fetch_add(&whole->wrong, 1);
}

/* So many ranks, each with a fake device, find the bits of the scalar kernel. */
static inline void expect_bits(const fake_job_case *of, uint32_t ranks, gf_parallel_options how) {
    fake_job job = fake_job_new(of, ranks);
    whole_truth whole;
    fake_job_devices(0);
    const gf_backend backend = fake_backend(0);
    make_truth(&whole, of, &backend);
    job.how = how;
    job.look = compare_part;
    job.context = &whole;
    fake_job_run(&job, ranks, 0, 0);
    for (uint32_t i = 0; i < ranks; i++)
        cr_expect_eq(job.status[i], GF_OK, "%s %s, %u ranks: rank %u: %s", of->workload,
                     of->settings[0], ranks, i, job.text[i]);
    cr_expect_eq(atomic_load(&whole.wrong), 0,
                 "%s %s, %u ranks, halo %u, overlap %d, queue %d: %u wrong", of->workload,
                 of->settings[0], ranks, (unsigned)how.halo_steps, (int)how.overlap, (int)how.queue,
                 atomic_load(&whole.wrong));
    drop_truth(&whole);
}
