/* Profiles made by hand, of devices whose times have a closed form, and advice from them. */
#pragma once

#include <math.h>

#include "advise/advice.h"
#include "fake_bench.h"
#include "made_folder.h"

static inline void expect_words(const char *text, const char *words, const char *name) {
    cr_expect_not_null(strstr(text, words), "%s: '%s' lacks '%s'", name, text, words);
}

/* A device whose kernels take `op_ns` for each operation, and whose transfers up_ns or down_ns and
 * byte_ns for each byte. */
typedef struct maker {
    const char *id, *variant;
    gf_device_class device_class;
    double op_ns, up_ns, down_ns, byte_ns;
    uint64_t memory;
    bool no_f64;
    double spread; /* of its cases */
} maker;

static inline gf_line line(double a_ns, double b_ns) {
    return (gf_line){.a_ns = a_ns, .b_ns = b_ns, .least = 1, .most = 1e9, .count = 9};
}

/* One case at the corner of a cube that holds the problems of these tests. */
static inline void add_case(gf_profile *profile, const maker *m, const gf_problem *problem,
                            int corner) {
    const double items = corner & 1 ? 1e8 : 1, segment_steps = corner & 2 ? 1e6 : 1;
    const double work = items * segment_steps * (corner & 4 ? 1e4 : 1);
    const double operations = work * (problem->cost.operations / problem->cost.work);
    gf_case made = {.precision = problem->precision,
                    .math = problem->math,
                    .work = work,
                    .operations = operations,
                    .items = items,
                    .footprint = items * (corner & 1 ? 16 : 32),
                    .segments = 1,
                    .segment_steps = segment_steps,
                    .bytes_up = 1000,
                    .bytes_down = 1000,
                    .uploads = 1,
                    .downloads = 1,
                    .efficiency = 1,
                    .lanes = {1, 1},
                    .kernel_ns = operations * m->op_ns,
                    .h2d_ns = m->up_ns + 1000 * m->byte_ns,
                    .d2h_ns = m->down_ns + 1000 * m->byte_ns,
                    .spread = m->spread};
    gf_error error = GF_ERROR_INIT;
    snprintf(made.workload, sizeof made.workload, "%s", problem->workload->name);
    snprintf(made.variant, sizeof made.variant, "%s", m->variant);
    snprintf(made.values, sizeof made.values, "corner=%d", corner);
    cr_assert_eq(gf_profile_add_case(profile, &made, &error), GF_OK, "%s", error.text);
}

static inline gf_profile *make_profile(const maker *m, const gf_problem *problem) {
    const gf_device_info info = {.id = m->id,
                                 .name = "made by hand",
                                 .kind = m->device_class == GF_CLASS_GPU ? "opencl-gpu" : "native",
                                 .platform = "",
                                 .driver = "",
                                 .simd = "",
                                 .device_class = m->device_class,
                                 .global_memory_bytes = m->memory,
                                 .max_alloc_bytes = m->memory,
                                 .f64 = !m->no_f64};
    gf_profile *profile = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_profile_create(&info, 1, &profile, &error), GF_OK, "%s", error.text);
    profile->used = GF_MEMORY_PINNED;
    profile->transfers[GF_UP][GF_MEMORY_PINNED] = line(m->up_ns, m->byte_ns);
    profile->transfers[GF_DOWN][GF_MEMORY_PINNED] = line(m->down_ns, m->byte_ns);
    profile->ceilings = (gf_ceilings){.copy_memory = 1e10, .f64 = 2e9 / m->op_ns};
    for (int corner = 0; m->variant[0] != '\0' && corner < 8; corner++)
        add_case(profile, m, problem, corner);
    return profile;
}

typedef struct made {
    fake_bench bench;
    gf_candidates *candidates; /* of the advice */
    gf_advice *advice;
} made;

static inline gf_candidates *no_candidates(void) {
    gf_candidates *candidates = calloc(1, sizeof *candidates);
    cr_assert_not_null(candidates);
    return candidates;
}

static inline gf_candidates *make_candidates(const fake_bench *bench, const maker *makers,
                                             size_t count) {
    const gf_problem *problem = bench->comparison->problem;
    gf_candidates *candidates = no_candidates();
    gf_error error = GF_ERROR_INIT;
    for (size_t i = 0; i < count; i++) {
        gf_profile *profile = make_profile(&makers[i], problem);
        cr_assert_eq(
            gf_candidates_add_model(candidates, problem->params, profile, "by the test", &error),
            GF_OK, "%s", error.text);
    }
    return candidates;
}

static inline void advise(made *m, const maker *makers, size_t count) {
    gf_error error = GF_ERROR_INIT;
    m->candidates = make_candidates(&m->bench, makers, count);
    cr_assert_eq(gf_advice_of(m->bench.comparison, m->candidates, &m->advice, &error), GF_OK, "%s",
                 error.text);
}

#define ADVISE(m, makers, workload, ...)                                                           \
    do {                                                                                           \
        memset(fake_machines, 0, sizeof fake_machines);                                            \
        (m)->bench = fake_bench_new();                                                             \
        FAKE_BENCH_OPEN(&(m)->bench, workload, __VA_ARGS__);                                       \
        advise((m), (makers), sizeof(makers) / sizeof(makers)[0]);                                 \
    } while (0)

static inline void done(made *m, const char *name) {
    gf_advice_destroy(m->advice);
    fake_bench_close(&m->bench, name);
}

static inline const gf_flip *find_flip(const gf_flips *flips, const char *param, bool upwards) {
    for (size_t i = 0; i < flips->count; i++) {
        if (strcmp(flips->items[i].param, param) == 0 && flips->items[i].upwards == upwards)
            return &flips->items[i];
    }
    return NULL;
}
