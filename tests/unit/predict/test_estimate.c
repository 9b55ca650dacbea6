/* Sampled work and SIMD efficiency against those of every item, over random pictures: views, sets,
 * sizes, up to 100000 iterations, both precisions, in order and shuffled, and lane groups of any
 * shape. GPUFARE_ESTIMATE_CASES is the number of pictures (300 take two minutes),
 * GPUFARE_ESTIMATE_SEED chooses others, and GPUFARE_ESTIMATE_JSON names a file for all of them. */
#include <math.h>

#include "predict/estimate.h"
#include "problem/problem.h"
#include "problem/sampling.h"
#include "real_devices.h"

TestSuite(estimates, .timeout = 600);

#define DEFAULT_CASES 40
#define DEFAULT_SEED  20261130

static uint64_t number_from(const char *variable, uint64_t otherwise) {
    const char *text = getenv(variable);
    return text == NULL ? otherwise : strtoull(text, NULL, 10);
}

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
    double worst_work;       /* relative error of the work, bounds aside */
    FILE *json;              /* or NULL */
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
    if (found->json != NULL)
        fprintf(found->json, ", \"%ux%u\": [%.5f, %.5f]", group.rows, group.cols, want, want + off);
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
    const double off = estimate.work / fmax(sum, (double)items) - 1;
    found->work_near += estimate.bound || fabs(off) <= 0.2;
    if (!estimate.bound)
        found->worst_work = fmax(found->worst_work, fabs(off));
    if (found->json != NULL)
        fprintf(found->json, "%s\n{\"picture\": \"%s\", \"work\": [%.6g, %.6g, %s]",
                found->cases == 1 ? "" : ",", p->text, sum, estimate.work,
                estimate.bound ? "\"bound\"" : "null");
    check_efficiency(p, work, &estimate, p->group, found);
    for (int i = 0; i < GF_LANE_GROUPS; i++)
        check_efficiency(p, work, &estimate, gf_lane_groups[i], found);
    const double took_s = (double)estimate.sampled_ns * 1e-9;
    found->longest_s = fmax(found->longest_s, took_s);
    cr_expect_leq(took_s, 0.5, "%s: %.3f s", p->text, took_s);
    if (found->json != NULL)
        fprintf(found->json, ", \"seconds\": %.3f}", took_s);
    free(work);
}

static void open_json(uint64_t seed, tally *found) {
    const char *path = getenv("GPUFARE_ESTIMATE_JSON");
    if (path == NULL)
        return;
    found->json = fopen(path, "w");
    cr_assert_not_null(found->json, "%s can't be written", path);
    fprintf(found->json, "{\"schema\": \"gpufare.estimates/1\", \"seed\": %llu, \"pictures\": [",
            (unsigned long long)seed);
}

static void close_json(const tally *found) {
    if (found->json == NULL)
        return;
    fprintf(found->json,
            "],\n\"bounds\": %d, \"work_within_20_percent_or_bound\": %d, \"worst_work\": %.4f, "
            "\"efficiencies\": %d, \"within_0.02\": %d, \"worst_efficiency\": %.4f, "
            "\"longest_seconds\": %.3f}\n",
            found->bounds, found->work_near, found->worst_work, found->efficiencies,
            found->efficiencies_near, found->worst, found->longest_s);
    cr_assert_eq(fclose(found->json), 0);
}

Test(estimates, are_near_what_every_item_gives) {
    const uint64_t cases = number_from("GPUFARE_ESTIMATE_CASES", DEFAULT_CASES);
    const uint64_t seed = number_from("GPUFARE_ESTIMATE_SEED", DEFAULT_SEED);
    uint64_t random = seed;
    tally found = {.cases = 0};
    open_json(seed, &found);
    for (uint64_t i = 0; i < cases; i++) {
        picture p = choose_picture(&random);
        check_picture(&p, &found);
        gf_problem_destroy(p.problem);
    }
    close_json(&found);
    printf(
        "estimates: %d pictures, %d bounds, work of %d within 20 %% (the worst %.1f %% off); %d of "
        "%d efficiencies within 0.02, the worst %.3f off; at most %.3f s\n",
        found.cases, found.bounds, found.work_near, 100 * found.worst_work, found.efficiencies_near,
        found.efficiencies, found.worst, found.longest_s);
    cr_expect_geq(found.work_near, 0.95 * found.cases, "%d", found.work_near);
    cr_expect_geq(found.efficiencies_near, 0.95 * found.efficiencies, "%d of %d",
                  found.efficiencies_near, found.efficiencies);
    cr_expect_leq(found.bounds, 0.1 * found.cases, "%d", found.bounds);
}
