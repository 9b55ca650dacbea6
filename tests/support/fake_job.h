/* A job of ranks on a fake network, each with a fake device and a session of its own. */
#pragma once

#include <criterion/criterion.h>

#include "fake_bench.h"
#include "fake_network.h"
#include "measure/truth.h"
#include "parallel/parallel_state.h"

#define FAKE_JOB_DEVICES 16

/* "NAME=TEXT" each, ended by NULL. */
typedef struct fake_job_case {
    const char *workload;
    const char *settings[6];
} fake_job_case;

typedef struct fake_job {
    const fake_job_case *of;
    gf_parallel_options how;
    gf_run_options options;
    fake_network network;
    gf_backend backend;
    gf_session *sessions[FAKE_MOST_RANKS];
    gf_target_list targets[FAKE_MOST_RANKS];
    gf_params *params;
    /* After every run of a rank, in its thread. */
    void (*look)(struct fake_job *job, const gf_parallel *parallel, void *context);
    void *context;
    uint32_t counts[8]; /* of ranks, for one run after the other; 0: no more */
    gf_status status[FAKE_MOST_RANKS];
    char text[FAKE_MOST_RANKS][GF_ERROR_TEXT];
} fake_job;

static inline void fake_job_devices(double sleeps_ns) {
    memset(fake_machines, 0, sizeof fake_machines);
    for (uint32_t i = 0; i < FAKE_JOB_DEVICES; i++) {
        static char ids[FAKE_JOB_DEVICES][8];
        snprintf(ids[i], sizeof ids[i], "%u:0", i);
        fake_device *device = fake_add(0, ids[i], "Fake", GF_CLASS_GPU);
        device->sleeps_ns = sleeps_ns;
        device->copies_nothing = false;
    }
}

static inline void fake_job_open_rank(fake_job *job, uint32_t rank) {
    gf_error error = GF_ERROR_INIT;
    const gf_backend *const backends[] = {&job->backend};
    const gf_session_options options = {.thread_count = 1};
    cr_assert_eq(gf_session_open_with(&options, backends, 1, &job->sessions[rank], &error), GF_OK);
    job->sessions[rank]->read_contention = fake_quiet;
    cr_assert_eq(gf_session_select(job->sessions[rank], gf_workload_find(job->of->workload, NULL),
                                   "all", GF_PICK_MANY, &job->targets[rank], &error),
                 GF_OK, "%s", error.text);
}

static inline void fake_job_rank(gf_ranks *ranks, void *context) {
    fake_job *job = context;
    const uint32_t rank = gf_ranks_rank(ranks);
    gf_error error = GF_ERROR_INIT;
    gf_parallel *parallel = NULL;
    gf_status status = gf_parallel_create(ranks, job->sessions[rank], job->params, &job->options,
                                          &job->how, &job->targets[rank], &parallel, &error);
    for (size_t i = 0; status == GF_OK && i < 8 && job->counts[i] > 0; i++) {
        status = gf_parallel_run(parallel, job->counts[i], &error);
        if (status == GF_OK)
            job->look(job, parallel, job->context);
    }
    if (status == GF_OK)
        status = gf_parallel_status(parallel, &error);
    job->status[rank] = status;
    snprintf(job->text[rank], sizeof job->text[rank], "%s", error.text);
    gf_error_clear(&error);
    gf_parallel_destroy(parallel);
}

/* Devices are there already. */
static inline void fake_job_run(fake_job *job, uint32_t ranks, double latency_ns, double byte_ns) {
    gf_error error = GF_ERROR_INIT;
    unsetenv("GPUFARE_DEVICE");
    job->backend = fake_backend(0);
    fake_network_begin(&job->network, ranks, latency_ns, byte_ns);
    cr_assert_eq(gf_params_create(gf_workload_find(job->of->workload, NULL), &job->params, &error),
                 GF_OK, "%s", error.text);
    fake_bench_set(job->params, job->of->settings);
    for (uint32_t i = 0; i < ranks; i++)
        fake_job_open_rank(job, i);
    fake_network_run(&job->network, fake_job_rank, job);
    for (uint32_t i = 0; i < ranks; i++) {
        gf_target_list_clear(&job->targets[i]);
        gf_session_close(job->sessions[i]);
    }
    gf_params_destroy(job->params);
    cr_expect_null(job->network.letters, "%s: a message was not taken", job->of->workload);
}

static inline fake_job fake_job_new(const fake_job_case *of, uint32_t ranks) {
    fake_job job = {.of = of, .counts = {ranks}};
    gf_run_options_defaults(&job.options);
    job.options.min_time_s = 0;
    job.options.repeat = 2;
    job.options.verify = GF_VERIFY_FULL;
    return job;
}
