/* What everybody knows of GPUs must come out on every model that the library carries. The times of
 * CPUs are measured ones (docs/measurements/2026-11-29-accuracy-times.json: two cores of an EPYC,
 * and 2026-11-29-h200-accuracy-times.json: 16 cores of a Xeon). */
#include <criterion/criterion.h>
#include <string.h>

#include "bound/bound_text.h"
#include "made_problem.h"

typedef struct fixture {
    gf_models *models;
    gf_tables *tables;
    gf_problem *problem;
    gf_estimate estimate;
} fixture;

static void set_up(fixture *f, const char *workload, const char *const *values) {
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_models_create(NULL, &f->models, &error), GF_OK, "%s", error.text);
    cr_assert_eq(gf_tables_create(&f->tables, &error), GF_OK, "%s", error.text);
    f->problem = made_problem(workload, values);
    f->estimate = gf_estimate_of(f->problem);
}

static void tear_down(fixture *f) {
    gf_problem_destroy(f->problem);
    gf_tables_destroy(f->tables);
    gf_models_destroy(f->models);
}

static gf_host_time cpu_of(double ms) {
    return (gf_host_time){.known = true,
                          .measured = true,
                          .value = ms * 1e6,
                          .low = ms * 1e6,
                          .high = ms * 1e6,
                          .cores = 2};
}

static gf_bound bound_on(fixture *f, const gf_model *model) {
    const gf_bound_request request = {f->tables, f->problem, &f->estimate};
    gf_bound bound;
    gf_bound_of(&request, model, &bound);
    return bound;
}

static gf_worth verdict(fixture *f, const gf_model *model, double cpu_ms) {
    const gf_host_time host = cpu_of(cpu_ms);
    const gf_bound bound = bound_on(f, model);
    gf_bound_ratio ratio;
    return gf_worth_of(&bound, &host, &ratio);
}

static bool has_bus(const gf_model *model, double most_generation) {
    return model->bus == GF_BUS_PCIE &&
           model->values[GF_MODEL_PCIE_GENERATION].high <= most_generation;
}

/* 10^8 doubles are 800 MB. PCIe 5 x16 brings them in 13.65 ms at best (0.93 of 63.0 GB/s), PCIe 4
 * in 27.3 ms. Two cores of an EPYC took 17.5 ms in one round, 23.5 ms in another, so only the
 * slower buses lose against them whatever they do, and the fast one does from memory that is not
 * pinned, which NVIDIA's drivers copy first; 16 cores of a Xeon took 4.3 ms for as many floats
 * and 8.7 ms for doubles, against which all lose. */
Test(known_outcomes, a_sum_of_what_the_host_has_is_not_worth_a_bus) {
    const char *const values[] = {"count", "100000000", NULL};
    fixture f;
    set_up(&f, "sum", values);
    size_t asked = 0, fast = 0;
    for (size_t i = 0; i < f.models->count; i++) {
        const gf_model *model = f.models->items[i];
        if (!has_bus(model, 6) || gf_model_high(model, GF_MODEL_F64_ADD, 0) <= 0)
            continue;
        asked++;
        cr_expect_eq(verdict(&f, model, 8.7), GF_WORTH_NOT, "%s", model->name);
        cr_expect_eq(verdict(&f, model, 13.6), GF_WORTH_NOT, "%s", model->name);
        if (has_bus(model, 4)) {
            cr_expect_eq(verdict(&f, model, 23.5), GF_WORTH_NOT, "%s", model->name);
            continue;
        }
        const gf_bound bound = bound_on(&f, model);
        fast++;
        cr_expect_eq(bound.best_limit, GF_LIMIT_BUS, "%s", model->name);
        cr_expect_float_eq(bound.total.best, 13.65e6, 0.01e6, "%s: %g", model->name,
                           bound.total.best);
        cr_expect_eq(verdict(&f, model, 17.5), GF_WORTH_OPEN, "%s", model->name);
        cr_expect_neq(verdict(&f, model, 23.5), GF_WORTH_NOT, "%s", model->name);
        if (model->family == GF_FAMILY_NVIDIA)
            cr_expect_gt(bound.pageable.total.best, 23.5e6, "%s", model->name);
    }
    cr_expect(asked >= 20 && fast >= 5);
    tear_down(&f);
}

/* The same two cores, and the 16. A field beyond their caches moves no faster than PCIe 5 both
 * ways, so that against two cores only slower buses lose whatever they do. */
Test(known_outcomes, diffusion_with_a_transfer_each_step_is_not_worth_a_bus) {
    static const struct {
        const char *size, *steps, *precision, *host_use;
        double cpu_ms, most_generation;
    } fields[] = {
        {"320x320", "24", "f64", "write", 0.518, 6}, {"800x800", "12", "f32", "write", 0.794, 6},
        {"48x48", "50", "f64", "read", 0.0878, 6},   {"256x256", "200", "f64", "read", 2.269, 6},
        {"256x256", "200", "f64", "read", 3.36, 4},  {"4096x4096", "6", "f32", "write", 26.06, 4},
        {"1024x1024", "12", "f64", "read", 2.919, 4}};
    for (size_t k = 0; k < sizeof fields / sizeof fields[0]; k++) {
        const char *const values[] = {"size",
                                      fields[k].size,
                                      "steps",
                                      fields[k].steps,
                                      "steps-per-transfer",
                                      "1",
                                      "host-use",
                                      fields[k].host_use,
                                      "precision",
                                      fields[k].precision,
                                      NULL};
        fixture f;
        set_up(&f, "diffusion", values);
        size_t asked = 0;
        for (size_t i = 0; i < f.models->count; i++) {
            const gf_worth worth = verdict(&f, f.models->items[i], fields[k].cpu_ms);
            if (!has_bus(f.models->items[i], fields[k].most_generation) ||
                worth == GF_WORTH_UNKNOWN)
                continue;
            asked++;
            cr_expect_eq(worth, GF_WORTH_NOT, "%s, %s", fields[k].size, f.models->items[i]->name);
        }
        cr_expect(asked >= 20);
        tear_down(&f);
    }
}

Test(known_outcomes, nothing_below_ten_microseconds_is_worth_a_bus) {
    const char *const julia[] = {"size", "16x16", "max-iter", "20", NULL};
    const char *const prime[] = {"number", "10007", NULL};
    const char *const sum[] = {"count", "1000", NULL};
    const char *const diffusion[] = {"size", "16x16", "steps", "10", NULL};
    const char *const peak[] = {"size", "16x16", NULL};
    const struct {
        const char *workload;
        const char *const *values;
    } problems[] = {
        {"julia", julia}, {"prime", prime}, {"sum", sum}, {"diffusion", diffusion}, {"peak", peak}};
    for (size_t p = 0; p < sizeof problems / sizeof problems[0]; p++) {
        fixture f;
        set_up(&f, problems[p].workload, problems[p].values);
        size_t asked = 0;
        for (size_t i = 0; i < f.models->count; i++) {
            const gf_worth worth = verdict(&f, f.models->items[i], 0.0099);
            if (!has_bus(f.models->items[i], 6) || worth == GF_WORTH_UNKNOWN)
                continue;
            asked++;
            cr_expect_eq(worth, GF_WORTH_NOT, "%s on %s", problems[p].workload,
                         f.models->items[i]->name);
        }
        cr_expect(asked >= 20, "%s", problems[p].workload);
        tear_down(&f);
    }
}

/* Shared memory has no fare: at best the same sum is read as fast as the memory goes, at worst a
 * driver copies it; the report says both. */
Test(known_outcomes, shared_memory_differs_and_says_why) {
    const char *const values[] = {"count", "100000000", "precision", "f32", NULL};
    fixture f;
    set_up(&f, "sum", values);
    size_t differing = 0;
    for (size_t i = 0; i < f.models->count; i++) {
        const gf_model *model = f.models->items[i];
        char text[160];
        if (model->bus != GF_BUS_SHARED || model->type != GF_MODEL_GPU)
            continue;
        const gf_bound bound = bound_on(&f, model);
        cr_expect_eq(bound.up.best, 0, "%s", model->name);
        gf_bound_format_limits(&bound, text, sizeof text);
        cr_expect_str_eq(text,
                         "its memory decides at best, copying buffers within the shared memory at "
                         "worst",
                         "%s: %s", model->name, text);
        differing += verdict(&f, model, 8.7) != GF_WORTH_NOT;
    }
    cr_expect(differing > 0);
    tear_down(&f);
}

/* About 1.7 x 10^10 iterations. Two cores with AVX-512 make 2 of them a clock each at most, which
 * nobody clocks above 6 GHz: 0.7 s at least. */
Test(known_outcomes, a_large_julia_set_is_worth_a_data_centre) {
    const char *const values[] = {"size", "4096x4096", "max-iter", "10000", NULL};
    static const char *const names[] = {
        "p100-pcie",    "p100-sxm2",   "v100-pcie",   "v100s-pcie", "v100-sxm2", "a100-pcie-40",
        "a100-pcie-80", "a100-sxm-40", "a100-sxm-80", "h100-pcie",  "h100-sxm",  "h200",
        "b200",         "mi100",       "mi250x",      "mi300x",     "max-1550"};
    fixture f;
    set_up(&f, "julia", values);
    cr_expect(f.estimate.work > 1e10 && f.estimate.work < 3e10, "%g", f.estimate.work);
    for (size_t k = 0; k < sizeof names / sizeof names[0]; k++) {
        gf_model *model = NULL;
        gf_error error = GF_ERROR_INIT;
        cr_assert_eq(gf_model_find(names[k], &model, &error), GF_OK, "%s", error.text);
        cr_expect_eq(verdict(&f, model, f.estimate.work / (2 * 2 * 6e9) * 1e3), GF_WORTH_YES, "%s",
                     names[k]);
        gf_model_destroy(model);
    }
    tear_down(&f);
}
