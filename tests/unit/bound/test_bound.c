/* Bounds of problems on a made-up GPU, against numbers that follow from its data sheet by hand. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "bound/bound.h"
#include "bound_tables.h"
#include "made_problem.h"
#include "model/model_read.h"
#include "model_texts.h"

static gf_model *model_of(const char *text) {
    gf_model *model = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_model_parse("made.ini", text, &model, &error), GF_OK, "%s", error.text);
    return model;
}

/* With these counts, or none. */
static gf_bound bound_on(gf_model *model, const char *workload, const char *const *values,
                         const char *counts) {
    gf_problem *problem = made_problem(workload, values);
    gf_tables *tables = bound_tables(counts);
    gf_estimate estimate = gf_estimate_of(problem);
    const gf_bound_request request = {tables, problem, &estimate};
    gf_bound bound;
    gf_bound_of(&request, model, &bound);
    bound.model = NULL;
    gf_tables_destroy(tables);
    gf_problem_destroy(problem);
    return bound;
}

#define NO_COUNTS "[compiler none]\ntitle = x\n"

static void expect_near(double value, double expected, const char *what) {
    cr_expect(value > expected * 0.999999 - 1e-9 && value < expected * 1.000001 + 1e-9,
              "%s: %.9g, not %.9g", what, value, expected);
}

/* A lane of PCIe 4: 16 GT/s, 128 of 130 bits are data. */
#define BUS (4 * 16.0 * 128 / 130 / 8)

/* 62 blocks of 16384 values of 8 bytes go up, 62 sums come down. */
Test(bound, of_a_sum_is_that_of_the_bus) {
    const char *const values[] = {"count", "1000000", NULL};
    gf_model *model = model_of(MODEL_GPU);
    const gf_bound bound = bound_on(model, "sum", values, NO_COUNTS);
    cr_assert(bound.possible, "%s", bound.why_not);
    expect_near(bound.up.best, 8126464 / BUS + 10000, "up, best");
    expect_near(bound.up.worst, 8126464 / BUS * 2 + 20000, "up, worst");
    expect_near(bound.down.best, 496 / BUS + 10000, "down");
    const gf_bounds *limits = bound.limits;
    expect_near(limits[GF_LIMIT_MEMORY].best, (8126960 - 1048576) / 100.0, "memory, best");
    expect_near(limits[GF_LIMIT_MEMORY].worst, 8126960 / 50.0, "memory, worst");
    expect_near(limits[GF_LIMIT_ARITHMETIC].best, 25000, "arithmetic, best");
    expect_near(limits[GF_LIMIT_ARITHMETIC].worst, 100000 * 3910.0 / 3907, "arithmetic, worst");
    expect_near(limits[GF_LIMIT_ISSUE].best, 1562.5, "issue, best");
    expect_near(limits[GF_LIMIT_ISSUE].worst, 12500 * 3910.0 / 3907 + 8, "issue, worst");
    expect_near(bound.kernel.best, 70783.84 + 5000, "kernel, best");
    expect_near(bound.kernel.worst, 162539.2 + 10000, "kernel, worst");
    /* Bands of rows overlap, so that the upload hides the rest at best. */
    expect_near(bound.total.best, bound.up.best, "total, best");
    expect_near(bound.total.worst, bound.up.worst + bound.kernel.worst + bound.down.worst,
                "total, worst");
    expect_near(bound.pageable.total.worst - bound.total.worst, 2 * (8126464 + 496) / BUS,
                "pageable, worst");
    expect_near(bound.pageable.up.best, 8126464 / (BUS * 0.5) + 10000, "pageable up, best");
    expect_near(bound.pageable.down.worst, 496 / (BUS * 0.25) + 20000, "pageable down, worst");
    expect_near(bound.pageable.total.best, bound.pageable.up.best, "pageable, best");
    cr_expect_eq(bound.best_limit, GF_LIMIT_BUS);
    gf_model_destroy(model);
}

Test(bound, of_shared_memory_has_no_bus) {
    const char *const values[] = {"count", "1000000", NULL};
    gf_model *model = model_of(MODEL_SHARED);
    const gf_bound bound = bound_on(model, "sum", values, NO_COUNTS);
    expect_near(bound.up.best, 0, "up, best");
    expect_near(bound.up.worst, 8126464 / 25.0, "up, worst: a quarter of the memory's rate");
    expect_near(bound.total.best, 70783.84 + 5000, "total");
    expect_near(bound.pageable.total.best, bound.total.best, "pageable, best");
    expect_near(bound.pageable.total.worst, bound.total.worst, "pageable, worst");
    cr_expect_eq(bound.best_limit, GF_LIMIT_MEMORY);
    gf_model_destroy(model);
}

/* The field of 256 KiB and its copy fit into the cache of 1 MiB. Six operations a cell at best:
 * four additions, a multiplication and an fma, none of which strict arithmetic may fuse. */
Test(bound, of_a_stencil_in_the_cache_is_arithmetic) {
    const char *const values[] = {"size", "256x256", "steps", "10", "precision", "f32", NULL};
    gf_model *model = model_of(MODEL_GPU);
    const gf_bound bound = bound_on(model, "diffusion", values, NO_COUNTS);
    const double balance = 205 * 320 / 65536.0; /* 2048 waves on 10 units */
    expect_near(bound.limits[GF_LIMIT_MEMORY].best, 0, "memory, best");
    expect_near(bound.limits[GF_LIMIT_MEMORY].worst, 65536 * 8 * 5 / 50.0, "memory, 5 passes");
    expect_near(bound.limits[GF_LIMIT_ARITHMETIC].best, 655360 * 6 / 1280.0 * balance,
                "arithmetic, best");
    expect_near(bound.limits[GF_LIMIT_LAUNCH].best, 5000, "one launch");
    expect_near(bound.limits[GF_LIMIT_LAUNCH].worst, 50000, "a launch for each pass");
    /* Serial: the field goes up before the first step and comes down after the last one. */
    expect_near(bound.total.best, bound.up.best + bound.kernel.best + bound.down.best, "total");
    gf_model_destroy(model);
}

/* A pass over both fields at 200 GB/s, in which up to 64 steps are made. */
Test(bound, of_a_stencil_in_the_cache_counts_the_caches_rate) {
    const char *const values[] = {"size", "256x256", "steps", "10", "precision", "f32", NULL};
    gf_model *model = model_of(MODEL_GPU MODEL_FIELD("l2-rate", "200"));
    const gf_bound bound = bound_on(model, "diffusion", values, NO_COUNTS);
    expect_near(bound.limits[GF_LIMIT_MEMORY].best, 65536 * 8 / 200.0, "memory");
    gf_model_destroy(model);
}

/* Relaxed arithmetic fuses the multiplication with an addition: five instructions. */
Test(bound, of_relaxed_arithmetic_fuses) {
    const char *const values[] = {"size", "256x256", "steps",   "10", "precision",
                                  "f32",  "math",    "relaxed", NULL};
    gf_model *model = model_of(MODEL_GPU);
    const gf_bound bound = bound_on(model, "diffusion", values, NO_COUNTS);
    expect_near(bound.limits[GF_LIMIT_ARITHMETIC].best, 655360 * 5 / 1280.0 * (205 * 320 / 65536.0),
                "arithmetic");
    gf_model_destroy(model);
}

/* Without such an instruction the fma that strict arithmetic may use is two, too: seven. */
Test(bound, of_a_device_without_fma_counts_each_operation) {
    const char *const strict[] = {"size", "256x256", "steps", "10", "precision", "f32", NULL};
    const char *const relaxed[] = {"size", "256x256", "steps",   "10", "precision",
                                   "f32",  "math",    "relaxed", NULL};
    gf_model *model = model_of(MODEL_GPU);
    model->values[GF_MODEL_F32_FMA].low = model->values[GF_MODEL_F32_FMA].high = 0;
    gf_bound bound = bound_on(model, "diffusion", strict, NO_COUNTS);
    expect_near(bound.limits[GF_LIMIT_ARITHMETIC].best, 655360 * 7 / 1280.0 * (205 * 320 / 65536.0),
                "strict");
    bound = bound_on(model, "diffusion", relaxed, NO_COUNTS);
    expect_near(bound.limits[GF_LIMIT_ARITHMETIC].best, 655360 * 7 / 1280.0 * (205 * 320 / 65536.0),
                "relaxed");
    gf_model_destroy(model);
}

/* 64 KiB hold a square of 90 cells a side: 45 steps of a pass, so 3 passes make 100 steps. */
Test(bound, of_a_large_stencil_counts_passes) {
    const char *const values[] = {"size", "1024x1024", "steps", "100", NULL};
    gf_model *model = model_of(MODEL_GPU);
    const gf_bound bound = bound_on(model, "diffusion", values, NO_COUNTS);
    expect_near(bound.limits[GF_LIMIT_MEMORY].best, 1048576 * 16.0 * 3 * (1 - 1 / 16.0) / 100,
                "memory, best");
    expect_near(bound.limits[GF_LIMIT_MEMORY].worst, 1048576 * 16.0 * 50 / 50, "memory, worst");
    expect_near(bound.limits[GF_LIMIT_ARITHMETIC].best,
                104857600 * 6 / 40.0 * (3277 * 320 / 1048576.0), "arithmetic: f64 is slow");
    cr_expect_eq(bound.best_limit, GF_LIMIT_ARITHMETIC);
    gf_model_destroy(model);
}

/* Each point stays, so that no lane waits for another one: 100 iterations of 4096 points. */
Test(bound, of_an_escape_time_picture_uses_counts_of_compilers) {
    const char *const values[] = {"size",      "64x64", "max-iter", "100",
                                  "c",         "0,0",   "view",     "-0.1,0.1,-0.1,0.1",
                                  "precision", "f32",   NULL};
    static const char counts[] =
        "[count a]\nworkload = julia\nvariant = a\nfamily = nvidia\nprecision = f32\nmath = "
        "strict\ninstructions = 8\ncompiler = x\n"
        "[count b]\nworkload = julia\nvariant = b\nfamily = nvidia\nprecision = f32\nmath = "
        "strict\ninstructions = 16\ncompiler = x\n"
        "[count c]\nworkload = julia\nvariant = b\nfamily = amd\nprecision = f32\nmath = "
        "strict\ninstructions = 99\ncompiler = x\n";
    gf_model *model = model_of(MODEL_GPU);
    const gf_bound bound = bound_on(model, "julia", values, counts);
    const double balance = 13 * 320 / 4096.0; /* 128 waves on 10 units */
    expect_near(bound.lane_efficiency, 1, "lanes");
    expect_near(bound.limits[GF_LIMIT_ARITHMETIC].best, 409600 * 6 / 1280.0 * balance,
                "arithmetic, best");
    expect_near(bound.limits[GF_LIMIT_ISSUE].best, 409600 * 8 / 1280.0 * balance, "issue, best");
    /* 16 groups of 256 on 10 units: the fullest has two. At the end one point goes on alone. */
    expect_near(bound.limits[GF_LIMIT_ISSUE].worst,
                409600 * 16 / 640.0 / 0.5 * 20 / 16 + 100 * 16 / 0.5, "issue, worst");
    gf_model_destroy(model);
}

/* Eight points of 16384 leave after 0, 1, 2 ... iterations of their neighbours; the most that
 * lanes lose is bounded by their number. */
Test(bound, of_a_picture_counts_lanes_that_wait) {
    const char *const values[] = {"size", "128x128", "precision", "f32", NULL};
    gf_model *model = model_of(MODEL_GPU);
    const gf_bound bound = bound_on(model, "julia", values, NO_COUNTS);
    cr_expect(bound.lane_efficiency > 0.2 && bound.lane_efficiency < 0.95, "%g",
              bound.lane_efficiency);
    gf_model_destroy(model);
}

/* A trip over a bus never takes less than 7 us, whatever its parts say. */
Test(bound, of_a_tiny_problem_is_a_round_trip) {
    const char *const values[] = {"number", "101", NULL};
    gf_model *model = model_of(MODEL_GPU);
    model->values[GF_MODEL_TRANSFER_LATENCY].low = 0;
    model->values[GF_MODEL_LAUNCH_TIME].low = 0;
    const gf_bound bound = bound_on(model, "prime", values, NO_COUNTS);
    expect_near(bound.total.best, 7000, "total");
    cr_expect_eq(bound.best_limit, GF_LIMIT_LAUNCH);
    gf_model_destroy(model);
}

static gf_bound with_range(gf_model_field field, double low, double high, const char *workload,
                           const char *const *values) {
    gf_model *model = model_of(MODEL_GPU);
    model->values[field].low = low;
    model->values[field].high = high;
    const gf_bound bound = bound_on(model, workload, values, NO_COUNTS);
    gf_model_destroy(model);
    return bound;
}

/* A range is as good as its better end, and as bad as its worse one. */
Test(bound, of_a_range_has_both_ends) {
    const char *const julia[] = {"size", "300x200", "max-iter", "1000", "precision", "f32", NULL};
    static const struct {
        gf_model_field field;
        double low, high;
    } cases[] = {{GF_MODEL_UNITS, 3, 10},
                 {GF_MODEL_LANES, 8, 32},
                 {GF_MODEL_PCIE_LANES, 4, 16},
                 {GF_MODEL_PCIE_GENERATION, 3, 4}};
    for (size_t i = 0; i < 4; i++) {
        const gf_model_field field = cases[i].field;
        const double low = cases[i].low, high = cases[i].high;
        const gf_bound range = with_range(field, low, high, "julia", julia),
                       least = with_range(field, low, low, "julia", julia),
                       most = with_range(field, high, high, "julia", julia);
        const char *name = gf_field_infos[field].name;
        expect_near(range.kernel.best, fmin(least.kernel.best, most.kernel.best), name);
        expect_near(range.kernel.worst, fmax(least.kernel.worst, most.kernel.worst), name);
        expect_near(range.down.best, fmin(least.down.best, most.down.best), name);
        expect_near(range.down.worst, fmax(least.down.worst, most.down.worst), name);
        cr_expect(least.kernel.best != most.kernel.best || least.down.best != most.down.best,
                  "%s counts", name);
        cr_expect(least.kernel.worst != most.kernel.worst || least.down.worst != most.down.worst,
                  "%s counts", name);
    }
}

Test(bound, of_what_does_not_fit_says_so) {
    const char *const small[] = {"count", "1000", NULL};
    gf_model *model = model_of(MODEL_GPU);
    model->values[GF_MODEL_MEMORY].high = 1.0 / 16384; /* 64 KiB */
    gf_bound bound = bound_on(model, "sum", small, NO_COUNTS);
    cr_expect_not(bound.possible);
    cr_expect(strstr(bound.why_not, "64.0 KiB of memory, and the buffers need 128.0 KiB") != NULL,
              "%s", bound.why_not);
    model->values[GF_MODEL_MEMORY].high = 8;
    model->values[GF_MODEL_F64_ADD].low = model->values[GF_MODEL_F64_ADD].high = 0;
    bound = bound_on(model, "sum", small, NO_COUNTS);
    cr_expect_not(bound.possible);
    cr_expect(strstr(bound.why_not, "no f64") != NULL, "%s", bound.why_not);
    gf_model_destroy(model);
}
