/* A sweep on two fake devices whose times, and so their thresholds, are known in closed form. */
#pragma once

#include "breakeven/lines.h"
#include "fake_bench.h"

#define SEED UINT64_C(20260521)

enum { REMOTE, LOCAL, DEVICES };

/* A device across a bus, and one that has the host's memory and pays no fare. */
static inline void add_devices(void) {
    fake_device *remote = fake_add(0, "0:0", "Remote", GF_CLASS_GPU);
    remote->d2h_latency_ns = 40000;
    remote->h2d_latency_ns = 20000;
    remote->bytes_per_ns = 1;
    remote->launch_ns = 10000;
    fake_device *local = fake_add(0, "native", "Local", GF_CLASS_NATIVE);
    local->in_place = true;
}

typedef struct sweep_study {
    fake_bench bench;
    gf_target_list selection;
    gf_target choices[DEVICES];
    gf_breakeven_lines *lines;
    gf_breakeven *breakeven; /* the first line */
} sweep_study;

/* `along`: a second sweep, or NULL. */
static inline void open_lines(sweep_study *study, const char *name, const char *sweep,
                              const char *along, const char *const *settings) {
    const gf_workload *workload = gf_workload_find(name, NULL);
    gf_error error = GF_ERROR_INIT;
    study->bench = fake_bench_new();
    study->bench.options.repeat = 5;
    study->bench.options.search = false;
    study->bench.options.pipeline = false;
    fake_bench_open_session(&study->bench, workload, settings);
    for (size_t d = 0; d < DEVICES; d++)
        study->choices[d] = (gf_target){gf_session_device(study->bench.session, d), "best", "test"};
    study->selection = (gf_target_list){.targets = study->choices, .count = DEVICES};
    cr_assert_eq(
        gf_breakeven_lines_create(study->bench.params, sweep, along, &study->lines, &error), GF_OK,
        "%s", error.text);
    study->breakeven = gf_breakeven_lines_at(study->lines, 0);
}

static inline void open_study(sweep_study *study, const char *name, const char *sweep,
                              const char *const *settings) {
    open_lines(study, name, sweep, NULL, settings);
}

static inline void measure_line(sweep_study *study, size_t line, size_t index) {
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_breakeven_measure(gf_breakeven_lines_at(study->lines, line), index,
                                      study->bench.session, &study->selection,
                                      &study->bench.options, &error),
                 GF_OK, "%s", error.text);
}

static inline void measure(sweep_study *study, size_t index) {
    measure_line(study, 0, index);
}

static inline void conclude(sweep_study *study) {
    gf_error error = GF_ERROR_INIT;
    for (size_t i = 0; i < study->lines->count; i++)
        cr_assert_eq(gf_breakeven_conclude(study->lines->line[i], SEED, &error), GF_OK, "%s",
                     error.text);
}

static inline void close_study(sweep_study *study) {
    gf_breakeven_lines_destroy(study->lines);
    fake_bench_close(&study->bench, "breakeven");
}
