/* Sampled work and SIMD efficiency against those of every item, over random pictures: views, sets,
 * sizes, up to 100000 iterations, both precisions, in order and shuffled, and lane groups of any
 * shape. GPUFARE_ESTIMATE_CASES is the number of pictures; 300 take a minute or two. */
#include <math.h>

#include "predict/estimate.h"
#include "problem/problem.h"
#include "problem/sampling.h"
#include "real_devices.h"

TestSuite(estimates, .timeout = 600);

#define DEFAULT_CASES 40

/* ---- Random pictures --------------------------------------------------- */

typedef struct picture {
    gf_problem *problem;
    gf_lane_group group;
    char text[384];
} picture;

static void choose_view(uint64_t *random, char *text, size_t size) {
    const double extent = exp(random_real(random, log(1e-4), log(3.6)));
    const double x = random_real(random, -1.5, 1.5), y = random_real(random, -1.2, 1.2);
    const bool whole = random_below(random, 3) == 0;
    snprintf(text, size, "%.8f,%.8f,%.8f,%.8f", whole ? -1.8 : x, whole ? 1.8 : x + extent,
             whole ? -1.8 : y, whole ? 1.8 : y + extent);
}

static gf_lane_group choose_group(uint64_t *random) {
    for (;;) {
        const uint32_t rows = 1 + (uint32_t)random_below(random, 64);
        const uint32_t cols = 1 + (uint32_t)random_below(random, 64);
        if (rows * cols >= 4 && rows * cols <= 64)
            return (gf_lane_group){rows, cols};
    }
}

static picture choose_picture(uint64_t *random) {
    char size[32], iterations[32], c[64], view[128];
    picture made;
    snprintf(size, sizeof size, "%ux%u", 64 + (unsigned)random_below(random, 700),
             64 + (unsigned)random_below(random, 700));
    snprintf(iterations, sizeof iterations, "%.0f", exp(random_real(random, log(10), log(1e5))));
    snprintf(c, sizeof c, "%.6f,%.6f", random_real(random, -1.2, 0.5),
             random_real(random, -0.9, 0.9));
    choose_view(random, view, sizeof view);
    const bool usual = random_below(random, 3) == 0, shuffled = random_below(random, 6) == 0;
    const setting settings[] = {{"size", size},
                                {"max-iter", iterations},
                                {"view", view},
                                {"precision", random_below(random, 3) == 0 ? "f32" : "f64"},
                                {"inputs", shuffled ? "shuffled" : "generated"},
                                {usual ? NULL : "c", c},
                                {NULL, NULL}};
    gf_error error = GF_ERROR_INIT;
    gf_params *params = make_values("julia", settings);
    cr_assert_eq(gf_problem_create(params, &made.problem, &error), GF_OK, "%s", error.text);
    gf_params_destroy(params);
    made.group = choose_group(random);
    snprintf(made.text, sizeof made.text, "%s n=%s c=%s view=%s%s", size, iterations,
             usual ? "usual" : c, view, shuffled ? " shuffled" : "");
    return made;
}

/* ---- Every item -------------------------------------------------------- */

static double efficiency_of(const gf_problem *problem, const uint32_t *work, gf_lane_group group) {
    const gf_buffer_spec *result = &problem->buffers[problem->result];
    double useful = 0, spent = 0;
    gf_lane_efficiency_add(work, result->rows, result->cols, group, &useful, &spent);
    return spent > 0 ? useful / spent : 1;
}

typedef struct tally {
    int cases, bounds, work_near, efficiencies, efficiencies_near;
    double worst, longest_s; /* difference of an efficiency; time of a picture */
} tally;

static void check_efficiency(const picture *p, const uint32_t *work, gf_estimate *estimate,
                             gf_lane_group group, tally *found) {
    const double want = efficiency_of(p->problem, work, group);
    const double off = gf_estimate_efficiency(estimate, group).value - want;
    found->efficiencies++;
    found->efficiencies_near += fabs(off) <= 0.02;
    found->worst = fmax(found->worst, fabs(off));
    cr_expect_leq(fabs(off), 0.05, "%s, %ux%u: off by %g from %g", p->text, group.rows, group.cols,
                  off, want);
}

static void check_picture(const picture *p, tally *found) {
    const gf_buffer_spec *result = &p->problem->buffers[p->problem->result];
    const size_t items = result->rows * result->cols;
    gf_estimate estimate = gf_estimate_of(p->problem);
    uint32_t *work = malloc(items * sizeof *work);
    cr_assert_not_null(work);
    gf_sample_rows(p->problem, 0, result->rows, work);
    double sum = 0;
    for (size_t i = 0; i < items; i++)
        sum += work[i];
    found->cases++;
    found->bounds += estimate.bound;
    found->work_near += estimate.bound || fabs(estimate.work / fmax(sum, (double)items) - 1) <= 0.2;
    check_efficiency(p, work, &estimate, p->group, found);
    for (int i = 0; i < GF_LANE_GROUPS; i++)
        check_efficiency(p, work, &estimate, gf_lane_groups[i], found);
    const double took_s = (double)estimate.sampled_ns * 1e-9;
    found->longest_s = fmax(found->longest_s, took_s);
    cr_expect_leq(took_s, 0.5, "%s: %.3f s", p->text, took_s);
    free(work);
}

Test(estimates, are_near_what_every_item_gives) {
    const char *text = getenv("GPUFARE_ESTIMATE_CASES");
    const int cases = text == NULL ? DEFAULT_CASES : atoi(text);
    uint64_t random = 20261130;
    tally found = {.cases = 0};
    for (int i = 0; i < cases; i++) {
        picture p = choose_picture(&random);
        check_picture(&p, &found);
        gf_problem_destroy(p.problem);
    }
    printf(
        "estimates: %d pictures, %d bounds, work of %d within 20 %%; %d of %d efficiencies within "
        "0.02, the worst %.3f off; at most %.3f s\n",
        found.cases, found.bounds, found.work_near, found.efficiencies_near, found.efficiencies,
        found.worst, found.longest_s);
    cr_expect_geq(found.work_near, 0.95 * found.cases, "%d", found.work_near);
    cr_expect_geq(found.efficiencies_near, 0.95 * found.efficiencies, "%d of %d",
                  found.efficiencies_near, found.efficiencies);
    cr_expect_leq(found.bounds, 0.1 * found.cases, "%d", found.bounds);
}
