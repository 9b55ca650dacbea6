/* The checklist's grades and the verdict, against numbers in closed form. */
#include <criterion/criterion.h>
#include <math.h>

#include "analyse/checklist.h"
#include "analyse/payback.h"
#include "analyse/ranking.h"
#include "analyse/verdict.h"
#include "base/array.h"
#include "fake_bench.h"

FAKE_GLOBALS

TestSuite(checklist, .timeout = 120);

static fake_device *add(const char *id, gf_device_class device_class, uint64_t kernel_ns) {
    fake_device *device = fake_add(0, id, id, device_class);
    device->kernel_ns = kernel_ns;
    return device;
}

static gf_criterion_result evaluate(const fake_bench *bench, const gf_result *result,
                                    gf_criterion point) {
    gf_criterion_row rows[GF_CRITERION_COUNT];
    gf_criteria_evaluate(bench->comparison, result, rows);
    const gf_criterion_result check = rows[point].result;
    cr_expect_eq(check.criterion, point);
    cr_expect_gt(strlen(check.question), 0);
    cr_expect_gt(strlen(check.evidence), 0, "%s has no evidence", gf_criterion_name(point));
    return check;
}

static void expect_words(const char *text, const char *words, const char *name) {
    cr_expect_not_null(strstr(text, words), "%s: '%s' lacks '%s'", name, text, words);
}

/* ---- Memory ------------------------------------------------------------ */

/* Diffusion of 32 x 32 in f64: two buffers of 8192 bytes. */
Test(checklist, memory_is_the_larger_of_two_shares) {
    static const struct {
        uint64_t global, largest;
        double value;
        gf_grade grade;
        const char *name, *flips;
    } cases[] = {
        {163840, 163840, 0.1, GF_GRADE_PASS, "a tenth", "from 10 times as many"},
        {32768, 32768, 0.5, GF_GRADE_PASS, "half", "from 2.00 times"},
        {32767, 32768, 16384.0 / 32767, GF_GRADE_MARGINAL, "over half", "does not fit from"},
        {16384, 16384, 1, GF_GRADE_MARGINAL, "all", "from 1.00 times"},
        {16383, 16384, 16384.0 / 16383, GF_GRADE_FAIL, "a byte short", "fits with"},
        {8192, 8192, 2, GF_GRADE_FAIL, "twice", "fits with 0.50 times"},
        {163840, 10240, 0.8, GF_GRADE_MARGINAL, "the largest buffer decides", "from 1.25 times"},
        {163840, 4096, 2, GF_GRADE_FAIL, "the largest buffer is too large", "fits with 0.5"},
        {163840, 0, 0.1, GF_GRADE_PASS, "no limit of its own", "from 10 times"},
        {0, 0, 0, GF_GRADE_UNKNOWN, "unknown", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        memset(fake_machines, 0, sizeof fake_machines);
        fake_device *device = add("0:0", GF_CLASS_GPU, 1000);
        device->info.global_memory_bytes = cases[i].global;
        device->info.max_alloc_bytes = cases[i].largest;
        fake_bench bench = fake_bench_new();
        FAKE_BENCH_OPEN(&bench, "diffusion", "size=32x32", "steps=2");
        const gf_result *result = fake_bench_run(&bench, 0);
        const gf_criterion_result check = evaluate(&bench, result, GF_CRITERION_MEMORY);
        cr_expect_float_eq(check.value, cases[i].value, 1e-12, "%s: %g", cases[i].name,
                           check.value);
        cr_expect_eq(check.grade, cases[i].grade, "%s: %s", cases[i].name,
                     gf_grade_name(check.grade));
        expect_words(check.flips_when, cases[i].flips, cases[i].name);
        /* Too large to run is an outcome, and the checklist still says by how much. */
        cr_expect_eq(result->outcome,
                     cases[i].global > 0 && cases[i].global < 16384 ? GF_OUTCOME_UNSUPPORTED
                                                                    : GF_OUTCOME_OK,
                     "%s", cases[i].name);
        fake_bench_close(&bench, cases[i].name);
    }
}

/* PoCL's memory differs from run to run. */
Test(checklist, memory_of_a_driver_on_the_host_may_differ_later) {
    static const gf_device_class classes[] = {GF_CLASS_CPU, GF_CLASS_GPU, GF_CLASS_NATIVE};
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
        memset(fake_machines, 0, sizeof fake_machines);
        (void)add("0:0", classes[i], 1000);
        fake_bench bench = fake_bench_new();
        FAKE_BENCH_OPEN(&bench, "diffusion", "size=32x32", "steps=2");
        const gf_result *result = fake_bench_run(&bench, 0);
        const gf_criterion_result check = evaluate(&bench, result, GF_CRITERION_MEMORY);
        cr_expect_eq(strstr(check.flips_when, "that its driver reports now") != NULL, i == 0, "%s",
                     check.flips_when);
        fake_bench_close(&bench, "memory");
    }
}

/* ---- Branching --------------------------------------------------------- */

static uint32_t pattern_cols;
static void (*pattern)(size_t row, uint32_t *work);

static void give_pattern(const gf_problem *problem, const void *result, size_t row,
                         uint32_t *work) {
    (void)problem;
    (void)result;
    pattern(row, work);
}

static void all_equal(size_t row, uint32_t *work) {
    (void)row;
    for (uint32_t i = 0; i < pattern_cols; i++)
        work[i] = 7;
}

static void one_in_eight(size_t row, uint32_t *work) {
    (void)row;
    for (uint32_t i = 0; i < pattern_cols; i++)
        work[i] = i % 8 == 0 ? 100 : 0;
}

static void by_row(size_t row, uint32_t *work) {
    for (uint32_t i = 0; i < pattern_cols; i++)
        work[i] = row % 4 == 0 ? 30 : 10;
}

static void nothing(size_t row, uint32_t *work) {
    (void)row;
    memset(work, 0, pattern_cols * sizeof *work);
}

/* In the order of gf_lane_groups: 1x4, 1x8, 1x16, 1x32, 1x64, 4x8, 8x4. */
Test(checklist, simd_efficiency_of_patterns) {
    static const struct {
        const char *name, *size;
        uint32_t cols;
        void (*pattern)(size_t, uint32_t *);
        double want[GF_LANE_GROUPS];
    } cases[] = {
        {"equal work", "size=64x8", 64, all_equal, {1, 1, 1, 1, 1, 1, 1}},
        {"no work", "size=64x8", 64, nothing, {1, 1, 1, 1, 1, 1, 1}},
        /* 1 of 8 lanes works: groups of 4 are half idle as groups and a quarter used otherwise. */
        {"one in eight", "size=64x8", 64, one_in_eight, {.25, .125, .125, .125, .125, .125, .25}},
        /* Rows of 30, 10, 10, 10: a tile of 4 rows spends 4 x 30 for 60. */
        {"by row", "size=64x8", 64, by_row, {1, 1, 1, 1, 1, 0.5, 0.5}},
        /* 6 columns: the second group of 4 has 2 idle lanes, groups of 8 have 2, of 64 have 58. */
        {"idle lanes at the right",
         "size=6x8",
         6,
         all_equal,
         {6. / 8, 6. / 8, 6. / 16, 6. / 32, 6. / 64, 6. / 8, 6. / 8}},
        /* 5 rows: the second tile of 4 rows has 3 idle ones, a tile of 8 has 3. */
        {"idle lanes at the bottom", "size=64x5", 64, all_equal, {1, 1, 1, 1, 1, 5. / 8, 5. / 8}},
        {"one item",
         "size=1x1",
         1,
         all_equal,
         {1. / 4, 1. / 8, 1. / 16, 1. / 32, 1. / 64, 1. / 32, 1. / 32}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gf_workload workload = *gf_workload_find("julia", NULL);
        workload.row_work = give_pattern;
        pattern = cases[i].pattern;
        pattern_cols = cases[i].cols;
        memset(fake_machines, 0, sizeof fake_machines);
        add("0:0", GF_CLASS_GPU, 1000);
        fake_bench bench = fake_bench_new();
        fake_bench_open_workload(&bench, &workload, (const char *const[]){cases[i].size, NULL});
        (void)fake_bench_run(&bench, 0);
        cr_assert(bench.comparison->has_efficiency, "%s", cases[i].name);
        for (int g = 0; g < GF_LANE_GROUPS; g++)
            cr_expect_float_eq(bench.comparison->efficiency[g], cases[i].want[g], 1e-12,
                               "%s, group %d: %g, not %g", cases[i].name, g,
                               bench.comparison->efficiency[g], cases[i].want[g]);
        fake_bench_close(&bench, cases[i].name);
    }
}

/* Counted by a program of its own, from the definition; idle lanes at the right edge count. */
Test(checklist, simd_efficiency_of_the_default_picture) {
    static const double want[GF_LANE_GROUPS] = {0.8609, 0.7899, 0.7145, 0.6376,
                                                0.5564, 0.7324, 0.7346};
    add("0:0", GF_CLASS_GPU, 1000);
    fake_bench bench = fake_bench_new();
    bench.options.repeat = 1;
    FAKE_BENCH_OPEN(&bench, "julia", "precision=f64");
    (void)fake_bench_run(&bench, 0);
    for (int g = 0; g < GF_LANE_GROUPS; g++)
        cr_expect_float_eq(bench.comparison->efficiency[g], want[g], 0.00005, "group %d: %g", g,
                           bench.comparison->efficiency[g]);
    fake_bench_close(&bench, "the default picture");
}

Test(checklist, branching_is_judged_in_the_programs_own_groups) {
    static const struct {
        gf_lane_group lanes;
        double value;
        gf_grade grade;
        const char *evidence;
    } cases[] = {
        {{4, 8}, 0.5, GF_GRADE_MARGINAL, "0.500 in this variant's lane groups of 4x8; 1.00 in 1x4"},
        {{1, 16}, 1, GF_GRADE_PASS, "lane groups of 1x16"},
        {{1, 1}, 1, GF_GRADE_PASS, "lane groups of 1x1"},
        /* Pairs of rows of (30, 10) and (10, 10): 60 of 80. */
        {{2, 16}, 0.75, GF_GRADE_PASS, "lane groups of 2x16"},
        {{0, 0}, 0, GF_GRADE_UNKNOWN, "not known"},
    };
    gf_workload workload = *gf_workload_find("julia", NULL);
    workload.row_work = give_pattern;
    pattern = by_row;
    pattern_cols = 64;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        memset(fake_machines, 0, sizeof fake_machines);
        add("0:0", GF_CLASS_GPU, 1000)->lanes = cases[i].lanes;
        fake_bench bench = fake_bench_new();
        fake_bench_open_workload(&bench, &workload, (const char *const[]){"size=64x8", NULL});
        const gf_criterion_result check =
            evaluate(&bench, fake_bench_run(&bench, 0), GF_CRITERION_BRANCHING);
        cr_expect_float_eq(check.value, cases[i].value, 1e-12, "case %zu: %g", i, check.value);
        cr_expect_eq(check.grade, cases[i].grade, "case %zu: %s", i, gf_grade_name(check.grade));
        expect_words(check.evidence, cases[i].evidence, "branching");
        fake_bench_close(&bench, cases[i].evidence);
    }
}

/* Larger groups than the result would only tell of the edge. */
Test(checklist, only_lane_groups_that_fit_the_result_are_listed) {
    static const struct {
        const char *size, *listed, *left_out;
    } cases[] = {{"size=64x1", "in 1x64", "in 4x8"},
                 {"size=40x1", "in 1x32", "in 1x64"},
                 {"size=64x5", "in 4x8", "in 8x4"},
                 {"size=64x8", "in 8x4", "in 16x16"},
                 {"size=3x3", "lane groups of 1x8", "; "}};
    gf_workload workload = *gf_workload_find("julia", NULL);
    workload.row_work = give_pattern;
    pattern = all_equal;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        pattern_cols = (uint32_t)atoi(cases[i].size + strlen("size="));
        memset(fake_machines, 0, sizeof fake_machines);
        add("0:0", GF_CLASS_GPU, 1000)->lanes = (gf_lane_group){1, 8};
        fake_bench bench = fake_bench_new();
        fake_bench_open_workload(&bench, &workload, (const char *const[]){cases[i].size, NULL});
        const gf_criterion_result check =
            evaluate(&bench, fake_bench_run(&bench, 0), GF_CRITERION_BRANCHING);
        expect_words(check.evidence, cases[i].listed, cases[i].size);
        cr_expect_null(strstr(check.evidence, cases[i].left_out), "%s: %s", cases[i].size,
                       check.evidence);
        fake_bench_close(&bench, cases[i].size);
    }
}

/* The lanes of one program say nothing of another's: a backend that does not tell has none. */
Test(checklist, branching_without_lane_groups_is_unknown) {
    add("0:0", GF_CLASS_GPU, 1000);
    fake_bench bench = fake_bench_new();
    bench.backend.lane_group = NULL;
    FAKE_BENCH_OPEN(&bench, "julia", "size=9x9");
    cr_expect_eq(evaluate(&bench, fake_bench_run(&bench, 0), GF_CRITERION_BRANCHING).grade,
                 GF_GRADE_UNKNOWN);
    fake_bench_close(&bench, "no lane groups");
}

Test(checklist, branching_grades) {
    static const struct {
        double value;
        gf_grade grade;
    } cases[] = {{1, GF_GRADE_PASS},       {0.7, GF_GRADE_PASS},  {0.69, GF_GRADE_MARGINAL},
                 {0.4, GF_GRADE_MARGINAL}, {0.39, GF_GRADE_FAIL}, {0.01, GF_GRADE_FAIL}};
    add("0:0", GF_CLASS_GPU, 1000);
    fake_bench bench = fake_bench_new();
    FAKE_BENCH_OPEN(&bench, "julia", "size=9x9");
    const gf_result *result = fake_bench_run(&bench, 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bench.comparison->results[0]->efficiency = cases[i].value;
        const gf_criterion_result check = evaluate(&bench, result, GF_CRITERION_BRANCHING);
        cr_expect_eq(check.grade, cases[i].grade, "%g: %s", cases[i].value,
                     gf_grade_name(check.grade));
    }
    fake_bench_close(&bench, "branching");
}

Test(checklist, diffusion_does_not_branch) {
    add("0:0", GF_CLASS_GPU, 1000);
    fake_bench bench = fake_bench_new();
    FAKE_BENCH_OPEN(&bench, "diffusion", "size=9x9", "steps=2");
    const gf_criterion_result check =
        evaluate(&bench, fake_bench_run(&bench, 0), GF_CRITERION_BRANCHING);
    cr_expect_eq(check.value, 1);
    cr_expect_eq(check.grade, GF_GRADE_PASS);
    expect_words(check.flips_when, "never", "diffusion");
    fake_bench_close(&bench, "diffusion");
}

/* ---- Movement ---------------------------------------------------------- */

/* Diffusion: one transfer each way, of 8 KiB. */
Test(checklist, movement_is_the_fares_share_of_the_total) {
    static const struct {
        uint64_t up_ns, launch_ns, kernel_ns, down_ns;
        double value;
        gf_grade grade;
        const char *flips;
    } cases[] = {
        {5000, 1000, 90000, 4000, 0.1, GF_GRADE_PASS,
         "above 20 % with less than 0.44 of the computing"},
        {10000, 5000, 80000, 5000, 0.2, GF_GRADE_PASS, "less than 1 of"},
        {10000, 5000, 79000, 6000, 0.21, GF_GRADE_MARGINAL, "below 20 % with 1.063 times"},
        {30000, 10000, 50000, 10000, 0.5, GF_GRADE_MARGINAL, "below 20 % with 4 times"},
        {30000, 10000, 49000, 11000, 0.51, GF_GRADE_FAIL, "below 20 %"},
        {50000, 9000, 1000, 40000, 0.99, GF_GRADE_FAIL, "below 20 % with 396 times"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        memset(fake_machines, 0, sizeof fake_machines);
        fake_device *device = add("0:0", GF_CLASS_GPU, cases[i].kernel_ns);
        device->h2d_latency_ns = cases[i].up_ns;
        device->launch_ns = cases[i].launch_ns;
        device->d2h_latency_ns = cases[i].down_ns;
        fake_bench bench = fake_bench_new();
        FAKE_BENCH_OPEN(&bench, "diffusion", "size=32x32", "steps=10");
        const gf_criterion_result check =
            evaluate(&bench, fake_bench_run(&bench, 0), GF_CRITERION_MOVEMENT);
        cr_expect_float_eq(check.value, cases[i].value, 1e-12, "case %zu: %g", i, check.value);
        cr_expect_eq(check.grade, cases[i].grade, "case %zu: %s", i, gf_grade_name(check.grade));
        expect_words(check.flips_when, cases[i].flips, "movement");
        fake_bench_close(&bench, "movement");
    }
}

Test(checklist, movement_of_a_busy_machine_is_not_graded) {
    add("0:0", GF_CLASS_GPU, 1000000);
    fake_bench bench = fake_bench_new();
    FAKE_BENCH_OPEN(&bench, "diffusion", "size=32x32", "steps=10");
    (void)fake_bench_run(&bench, 0);
    gf_result *result = bench.comparison->results[0];
    result->disturbed = result->ledger.phases[GF_PHASE_TOTAL].count;
    const gf_criterion_result check = evaluate(&bench, result, GF_CRITERION_MOVEMENT);
    cr_expect_eq(check.grade, GF_GRADE_UNKNOWN);
    expect_words(check.evidence, "the machine was busy", "movement");
    cr_expect_str_empty(check.flips_when);
    fake_bench_close(&bench, "movement");
}

/* A step between two stops is the least: there is nothing below it. */
Test(checklist, movement_names_no_computing_below_one_step) {
    static const char *const steps[] = {"steps-per-transfer=1", "steps-per-transfer=2",
                                        "steps-per-transfer=4"};
    static const char *const flips[] = {"never: with the least computing",
                                        "never: with the least computing",
                                        "above 20 % with less than 0.44 of the computing"};
    for (size_t i = 0; i < 3; i++) {
        memset(fake_machines, 0, sizeof fake_machines);
        fake_device *device = add("0:0", GF_CLASS_GPU, 90000); /* for each launch */
        device->d2h_latency_ns = 10000;
        fake_bench bench = fake_bench_new();
        FAKE_BENCH_OPEN(&bench, "diffusion", "size=32x32", "steps=4", steps[i]);
        const gf_criterion_result check =
            evaluate(&bench, fake_bench_run(&bench, 0), GF_CRITERION_MOVEMENT);
        cr_expect_float_eq(check.value, 0.1, 1e-12, "%g", check.value);
        expect_words(check.flips_when, flips[i], steps[i]);
        fake_bench_close(&bench, "least");
    }
}

/* The factor that is named must be the one that moves the share to a fifth: try it. */
Test(checklist, movement_names_the_factor_that_changes_the_grade) {
    double shares[2];
    for (int round = 0; round < 2; round++) {
        memset(fake_machines, 0, sizeof fake_machines);
        /* A fare of 60 us and a kernel of 40 us: the factor is 60 * 4 / 40 = 6. */
        fake_device *device = add("0:0", GF_CLASS_GPU, round == 0 ? 40000 : 6 * 40000);
        device->h2d_latency_ns = device->d2h_latency_ns = 30000;
        fake_bench bench = fake_bench_new();
        FAKE_BENCH_OPEN(&bench, "diffusion", "size=32x32", "steps=2");
        const gf_criterion_result check =
            evaluate(&bench, fake_bench_run(&bench, 0), GF_CRITERION_MOVEMENT);
        if (round == 0)
            expect_words(check.flips_when, "with 6 times the computing", "movement");
        shares[round] = check.value;
        fake_bench_close(&bench, "factor");
    }
    cr_expect_float_eq(shares[0], 0.6, 1e-12);
    cr_expect_float_eq(shares[1], 0.2, 1e-12);
}

Test(checklist, movement_evidence_has_bytes_bandwidth_and_intensity) {
    fake_device *device = add("0:0", GF_CLASS_GPU, 1000000);
    device->bytes_per_ns = 4;
    fake_bench bench = fake_bench_new();
    FAKE_BENCH_OPEN(&bench, "diffusion", "size=32x32", "steps=16");
    const gf_criterion_result check =
        evaluate(&bench, fake_bench_run(&bench, 0), GF_CRITERION_MOVEMENT);
    expect_words(check.evidence, "8.0 KiB up at 4 GB/s, 8.0 KiB down at 4 GB/s", "evidence");
    expect_words(check.evidence, "1 cells for each byte moved", "evidence"); /* 16/16 */
    fake_bench_close(&bench, "evidence");
    memset(fake_machines, 0, sizeof fake_machines);
    add("0:0", GF_CLASS_CPU, 1000000)->in_place = true;
    fake_bench in_place = fake_bench_new();
    FAKE_BENCH_OPEN(&in_place, "julia", "size=32x32");
    const gf_criterion_result other =
        evaluate(&in_place, fake_bench_run(&in_place, 0), GF_CRITERION_MOVEMENT);
    expect_words(other.evidence, "nothing up, 2.0 KiB down in place", "in place");
    fake_bench_close(&in_place, "in place");
}

/* ---- Operations -------------------------------------------------------- */

/* A device that lacks more than f64 is not told to do what it refuses. */
Test(checklist, operations_flip_with_what_runs) {
    static gf_fact facts[GF_FACT_COUNT];
    static const struct {
        gf_fact_kind lacking;
        const char *flips;
    } cases[] = {{GF_FACT_SQUARE_ROOT, "precision f32"},
                 {GF_FACT_FMA_DENORMALS, "precision f32 with relaxed math"},
                 {GF_FACT_FMA, "another device"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        memset(fake_machines, 0, sizeof fake_machines);
        for (int k = 0; k < GF_FACT_COUNT; k++)
            facts[k] = (gf_fact){.state = k < GF_FACT_F64 ? GF_FACT_KNOWN : GF_FACT_UNTRIED,
                                 .value = k != (int)cases[i].lacking};
        fake_device *device = add("0:0", GF_CLASS_GPU, 1000);
        device->info.f64 = false;
        device->info.facts = facts;
        fake_bench bench = fake_bench_new();
        FAKE_BENCH_OPEN(&bench, "julia", "size=9x9", "precision=f64");
        const gf_criterion_result check =
            evaluate(&bench, fake_bench_run(&bench, 0), GF_CRITERION_OPERATIONS);
        cr_expect_str_eq(check.flips_when, cases[i].flips, "case %zu: %s", i, check.flips_when);
        fake_bench_close(&bench, "what runs");
    }
}

Test(checklist, operations_need_f64_only_in_f64) {
    static const struct {
        bool f64;
        const char *precision;
        double value;
        gf_grade grade;
        const char *evidence, *flips;
    } cases[] = {
        {true, "precision=f64", 1, GF_GRADE_PASS, "f64 needed: device has f64",
         "the same on a device without f64"},
        {false, "precision=f64", 0, GF_GRADE_FAIL, "f64 needed: device has no f64",
         "precision f32"},
        {false, "precision=f32", 1, GF_GRADE_PASS, "f32 is enough",
         "precision f64 on a device without f64"},
        {true, "precision=f32", 1, GF_GRADE_PASS, "f32 is enough",
         "precision f64 on a device without f64"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        memset(fake_machines, 0, sizeof fake_machines);
        add("0:0", GF_CLASS_GPU, 1000)->info.f64 = cases[i].f64;
        fake_bench bench = fake_bench_new();
        FAKE_BENCH_OPEN(&bench, "julia", "size=9x9", cases[i].precision);
        const gf_criterion_result check =
            evaluate(&bench, fake_bench_run(&bench, 0), GF_CRITERION_OPERATIONS);
        cr_expect_eq(check.value, cases[i].value, "case %zu: %g", i, check.value);
        cr_expect_eq(check.grade, cases[i].grade, "case %zu: %s", i, gf_grade_name(check.grade));
        expect_words(check.evidence, cases[i].evidence, "operations");
        expect_words(check.flips_when, cases[i].flips, "operations");
        fake_bench_close(&bench, "operations");
    }
}

Test(checklist, whole_numbers_need_no_f64) {
    memset(fake_machines, 0, sizeof fake_machines);
    add("0:0", GF_CLASS_GPU, 1000)->info.f64 = false;
    fake_bench bench = fake_bench_new();
    FAKE_BENCH_OPEN(&bench, "prime", "number=91");
    const gf_criterion_result check =
        evaluate(&bench, fake_bench_run(&bench, 0), GF_CRITERION_OPERATIONS);
    cr_expect_eq(check.grade, GF_GRADE_PASS, "%s", gf_grade_name(check.grade));
    expect_words(check.evidence, "whole numbers are enough: device has no f64", "operations");
    expect_words(check.flips_when, "never", "operations");
    fake_bench_close(&bench, "whole numbers");
}

/* Too little memory is point 1's business: of the operations nothing is known then. */
Test(checklist, operations_are_unknown_where_something_else_was_missing) {
    add("0:0", GF_CLASS_GPU, 1000)->info.global_memory_bytes = 10;
    fake_bench bench = fake_bench_new();
    FAKE_BENCH_OPEN(&bench, "julia", "size=9x9");
    const gf_result *result = fake_bench_run(&bench, 0);
    cr_expect_eq(result->outcome, GF_OUTCOME_UNSUPPORTED);
    cr_expect_eq(evaluate(&bench, result, GF_CRITERION_MEMORY).grade, GF_GRADE_FAIL);
    cr_expect_eq(evaluate(&bench, result, GF_CRITERION_OPERATIONS).grade, GF_GRADE_UNKNOWN);
    fake_bench_close(&bench, "too little memory");
}

Test(checklist, a_device_that_failed_gives_no_evidence_of_its_speed) {
    add("0:0", GF_CLASS_GPU, 1000)->fault = (fake_fault){FAKE_FINISH, 1, FAKE_FAILS, GF_FAILED};
    fake_bench bench = fake_bench_new();
    FAKE_BENCH_OPEN(&bench, "julia", "size=9x9");
    const gf_result *result = fake_bench_run(&bench, 0);
    cr_expect_eq(evaluate(&bench, result, GF_CRITERION_MEMORY).grade, GF_GRADE_PASS);
    cr_expect_eq(evaluate(&bench, result, GF_CRITERION_BRANCHING).grade, GF_GRADE_UNKNOWN);
    cr_expect_eq(evaluate(&bench, result, GF_CRITERION_MOVEMENT).grade, GF_GRADE_UNKNOWN);
    cr_expect_eq(evaluate(&bench, result, GF_CRITERION_OPERATIONS).grade, GF_GRADE_UNKNOWN);
    fake_bench_close(&bench, "failed");
}

/* ---- The verdict ------------------------------------------------------- */

typedef struct candidate {
    const char *id;
    gf_device_class device_class;
    uint64_t kernel_ns, fare_ns;
    bool fails;
} candidate;

static gf_verdict reach(fake_bench *bench, const candidate *candidates, size_t count) {
    memset(fake_machines, 0, sizeof fake_machines);
    for (size_t i = 0; i < count; i++) {
        fake_device *device =
            add(candidates[i].id, candidates[i].device_class, candidates[i].kernel_ns);
        device->d2h_latency_ns = candidates[i].fare_ns;
        if (candidates[i].fails)
            device->fault = (fake_fault){FAKE_FINISH, 1, FAKE_FAILS, GF_FAILED};
    }
    *bench = fake_bench_new();
    bench->options.repeat = 5;
    FAKE_BENCH_OPEN(bench, "julia", "size=9x9");
    for (size_t i = 0; i < count; i++)
        (void)fake_bench_run(bench, i);
    gf_verdict verdict;
    gf_verdict_reach(bench->comparison, &verdict);
    return verdict;
}

Test(checklist, the_fastest_other_device_is_the_denominator) {
    static const candidate three[] = {{"native", GF_CLASS_NATIVE, 6000000, 0, false},
                                      {"0:0", GF_CLASS_GPU, 1000000, 1000000, false},
                                      {"0:1", GF_CLASS_GPU, 9000000, 0, false}};
    fake_bench bench;
    const gf_verdict verdict = reach(&bench, three, 3);
    cr_assert_not_null(verdict.winner);
    cr_assert_not_null(verdict.runner_up);
    cr_expect_str_eq(verdict.winner->label, "0:0:best");
    cr_expect_str_eq(verdict.runner_up->label, "native:best");
    cr_expect_float_eq(verdict.ratio, 3, 1e-12);
    cr_expect_not(verdict.too_close);
    cr_expect(verdict.gpu_evidence);
    expect_words(verdict.text,
                 " is the fastest: 2 ms a round trip, 3.00 times as fast as native:best (6 ms), "
                 "which is this CPU, without OpenCL.",
                 "verdict");
    cr_expect_null(strstr(verdict.text, "nothing about GPUs"));
    cr_expect_eq(strncmp(verdict.text, "0:0:best (the GPU ", 18), 0, "%s", verdict.text);
    cr_expect_eq(verdict.answer_length,
                 (size_t)(strstr(verdict.text, " By medians") - verdict.text), "%s", verdict.text);
    cr_expect(gf_verdict_names(bench.comparison, verdict.winner));
    cr_expect_not(gf_verdict_names(bench.comparison, verdict.runner_up));
    fake_bench_close(&bench, "three");
}

/* Variants of one device do not compete with each other. */
Test(checklist, the_runner_up_is_another_device) {
    fake_device *native = add("native", GF_CLASS_NATIVE, 2000000);
    native->info.baseline_variant = "plain";
    add("0:0", GF_CLASS_CPU, 5000000);
    fake_bench bench = fake_bench_new();
    bench.options.repeat = 3;
    FAKE_BENCH_OPEN(&bench, "julia", "size=9x9");
    const gf_result *result = NULL;
    cr_assert_eq(fake_bench_try(&bench, 0, "plain", &result, NULL), GF_OK);
    native->kernel_ns = 1000000;
    cr_assert_eq(fake_bench_try(&bench, 0, "best", &result, NULL), GF_OK);
    (void)fake_bench_run(&bench, 1);
    gf_verdict verdict;
    gf_verdict_reach(bench.comparison, &verdict);
    cr_expect_str_eq(verdict.winner->label, "native:best");
    cr_expect_str_eq(verdict.runner_up->label, "0:0:best");
    cr_expect_float_eq(verdict.ratio, 5, 1e-12);
    expect_words(verdict.text, "2.00 times as fast as native:plain (4 threads)",
                 "the baseline is named");
    expect_words(verdict.text, "No GPU took part", "a CPU behind OpenCL is no GPU");
    cr_expect_not(verdict.gpu_evidence);
    fake_bench_close(&bench, "variants");
}

/* A search may find that fewer threads than cores are the fastest. */
Test(checklist, the_baseline_has_the_threads_that_it_ran_with) {
    static const gf_tunable threads[] = {{.name = "threads", .min = 1, .max = 4}};
    static const uint32_t defaults[] = {2};
    fake_device *native = add("native", GF_CLASS_NATIVE, 2000000);
    native->info.baseline_variant = native->variants[0];
    native->tunables = threads;
    native->tuning_defaults = defaults;
    native->tunable_count = 1;
    fake_bench bench = fake_bench_new();
    bench.options.repeat = 3;
    FAKE_BENCH_OPEN(&bench, "julia", "size=9x9");
    const gf_result *result = fake_bench_run(&bench, 0);
    cr_assert_eq(result->device->info.compute_units, 4);
    char text[64];
    gf_baseline_format_result(result, text, sizeof text);
    cr_expect_str_eq(text, "native:best (2 threads)");
    fake_bench_close(&bench, "threads");
}

Test(checklist, a_predicted_baseline_has_up_to_all_threads) {
    static const struct {
        uint32_t threads;
        bool is_baseline;
        const char *text;
    } cases[] = {
        {8, true, "native:scalar (up to 8 threads)"},
        {1, true, "native:scalar (1 thread)"},
        {0, true, "native:scalar"},
        {8, false, "native:scalar"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gf_profile profile = {.threads = cases[i].threads};
        const gf_candidate item = {
            .profile = &profile, .label = "native:scalar", .is_baseline = cases[i].is_baseline};
        char text[64];
        gf_baseline_format_candidate(&item, text, sizeof text);
        cr_expect_str_eq(text, cases[i].text, "case %zu: %s", i, text);
    }
}

Test(checklist, devices_within_five_per_cent_are_too_close_to_call) {
    static const struct {
        uint64_t second_ns;
        bool too_close;
    } cases[] = {{1000000, true}, {1049999, true}, {1050001, false}, {2000000, false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const candidate two[] = {{"0:0", GF_CLASS_GPU, 1000000, 0, false},
                                 {"native", GF_CLASS_NATIVE, cases[i].second_ns, 0, false}};
        fake_bench bench;
        const gf_verdict verdict = reach(&bench, two, 2);
        cr_expect_eq(verdict.too_close, cases[i].too_close, "%ju ns",
                     (uintmax_t)cases[i].second_ns);
        cr_expect_eq(strstr(verdict.text, "too close to call") != NULL, cases[i].too_close, "%s",
                     verdict.text);
        fake_bench_close(&bench, "too close");
    }
}

/* Medians 30 % apart, and quartiles that overlap. */
Test(checklist, overlapping_quartiles_are_too_close_to_call) {
    static const candidate two[] = {{"0:0", GF_CLASS_GPU, 1000000, 0, false},
                                    {"native", GF_CLASS_NATIVE, 1300000, 0, false}};
    fake_bench bench;
    cr_expect_not(reach(&bench, two, 2).too_close);
    gf_samples *totals = &bench.comparison->results[0]->ledger.phases[GF_PHASE_TOTAL];
    totals->ns[3] = totals->ns[4] = 1300000; /* the upper quartile of 5 is the fourth */
    cr_assert_eq(gf_result_summarize(bench.comparison->results[0], NULL), GF_OK);
    gf_verdict verdict;
    gf_verdict_reach(bench.comparison, &verdict);
    cr_expect(verdict.too_close);
    cr_expect_float_eq(verdict.ratio, 1.3, 1e-12);
    expect_words(verdict.text,
                 "can't tell: the samples of 0:0:best (1 ms) and native:best (1.3 ms) overlap",
                 "overlap");
    totals->ns[3] = 1299999;
    cr_assert_eq(gf_result_summarize(bench.comparison->results[0], NULL), GF_OK);
    gf_verdict_reach(bench.comparison, &verdict);
    cr_expect_not(verdict.too_close);
    fake_bench_close(&bench, "quartiles");
}

/* Also one that lost: its samples may hide that it is the fastest. */
Test(checklist, every_unsteady_device_is_named) {
    static const candidate three[] = {{"0:0", GF_CLASS_GPU, 1000000, 0, false},
                                      {"0:1", GF_CLASS_GPU, 5000000, 0, false},
                                      {"native", GF_CLASS_NATIVE, 9000000, 0, false}};
    fake_bench bench;
    gf_verdict verdict = reach(&bench, three, 3);
    cr_expect_null(strstr(verdict.text, "Doubtful"), "%s", verdict.text);
    for (size_t i = 0; i < 3; i += 2) {
        gf_samples *totals = &bench.comparison->results[i]->ledger.phases[GF_PHASE_TOTAL];
        totals->ns[0] = totals->ns[1] = totals->ns[2] / 2;
        cr_assert_eq(gf_result_summarize(bench.comparison->results[i], NULL), GF_OK);
    }
    gf_verdict_reach(bench.comparison, &verdict);
    cr_expect(verdict.doubtful);
    expect_words(verdict.text, "Doubtful: the samples of 0:0:best and native:best are unsteady",
                 "caution");
    fake_bench_close(&bench, "unsteady");
}

/* 2 s of compiling and 0.5 s of buffers more than the other's, for 5 ms less in each round trip. */
Test(checklist, what_a_device_takes_once_is_paid_back) {
    static const candidate two[] = {{"0:0", GF_CLASS_GPU, 1000000, 0, false},
                                    {"native", GF_CLASS_NATIVE, 6000000, 0, false}};
    static const struct {
        uint64_t cold_ns[2], alloc_ns[2];
        uint64_t trips, calls;
        const char *words;
    } cases[] = {
        {{2000000000, 0}, {600000000, 100000000}, 500, 500, "takes 2.6 s once, 2.5 s more than"},
        {{2000000001, 0}, {600000000, 100000000}, 501, 501, "it is ahead after 501 calls"},
        {{4000000, 0}, {1000000, 0}, 1, 1, ""},        /* within the first one */
        {{0, 2000000000}, {0, 0}, 0, 1, ""},           /* the other one takes more */
        {{2000000000, 2000000000}, {7, 7}, 0, 1, ""}}; /* both the same */
    fake_bench bench;
    gf_verdict verdict = reach(&bench, two, 2);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (size_t d = 0; d < 2; d++) {
            gf_result *result = bench.comparison->results[d];
            result->build_known = true;
            result->build.cold_ns = cases[i].cold_ns[d];
            result->statistics[GF_PHASE_BUILD].median_ns = 0;
            result->statistics[GF_PHASE_ALLOC].median_ns = cases[i].alloc_ns[d];
        }
        gf_verdict_reach(bench.comparison, &verdict);
        cr_expect_str_eq(verdict.winner->label, "0:0:best");
        cr_expect_eq(verdict.payback_trips, cases[i].trips, "case %zu: %llu", i,
                     (unsigned long long)verdict.payback_trips);
        cr_expect_eq(verdict.ahead_after, cases[i].calls, "case %zu: %llu", i,
                     (unsigned long long)verdict.ahead_after);
        cr_expect_eq(verdict.payback[0] == '\0', cases[i].words[0] == '\0', "%s", verdict.payback);
        expect_words(verdict.payback, cases[i].words, "payback");
    }
    fake_bench_close(&bench, "paid back");
}

/* Of a and b: once, each call; then 1000 + 1.9 n <= 2.9 n from n = 1000 on. */
Test(checklist, calls_until_a_device_is_ahead) {
    static const struct {
        gf_call_cost a, b;
        uint64_t calls;
    } cases[] = {
        {{true, 900, 100, 1.9}, {true, 0, 0, 2.9}, 1000}, /* ends at once */
        {{true, 900, 101, 1.9}, {true, 0, 0, 2.9}, 1001},
        {{true, 900, 100, 1.9}, {true, 400, 600, 2.9}, 1},
        {{true, 0, 0, 1.9}, {true, 900, 100, 2.9}, 1},
        {{true, 0, 1, 1}, {true, 0, 0, 2}, 1},
        {{true, 0, 0, 2}, {true, 900, 100, 2}, 0}, /* no call of it is shorter */
        {{true, 0, 0, 3}, {true, 900, 100, 2}, 0},
        {{false, 0, 0, 1}, {true, 0, 0, 2}, 0}, /* a build is not known */
        {{true, 0, 0, 1}, {false, 0, 0, 2}, 0},
        {{true, 1e18, 0, 1}, {true, 0, 0, 2}, 0}, /* nobody waits so long */
    };
    for (size_t i = 0; i < GF_COUNT_OF(cases); i++)
        cr_expect_eq(gf_calls_until_ahead(&cases[i].a, &cases[i].b), cases[i].calls, "case %zu", i);
}

/* Half of its samples are enough, of either of the two that are compared. */
Test(checklist, no_figure_comes_from_a_busy_machine) {
    static const candidate two[] = {{"0:0", GF_CLASS_GPU, 1000000, 0, false},
                                    {"native", GF_CLASS_NATIVE, 274000000, 0, false}};
    static const struct {
        uint32_t disturbed[2];
        bool busy;
    } cases[] = {{{0, 0}, false}, {{2, 2}, false}, {{0, 3}, true}, {{3, 0}, true}, {{5, 5}, true}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        fake_bench bench;
        (void)reach(&bench, two, 2);
        for (size_t d = 0; d < 2; d++)
            bench.comparison->results[d]->disturbed = cases[i].disturbed[d];
        gf_verdict verdict;
        gf_verdict_reach(bench.comparison, &verdict);
        cr_expect_eq(verdict.busy, cases[i].busy, "case %zu", i);
        cr_expect_eq(strstr(verdict.text, "can't tell: the machine is busy") != NULL, cases[i].busy,
                     "%s", verdict.text);
        cr_expect_eq(strstr(verdict.text, "274") == NULL, cases[i].busy, "%s", verdict.text);
        cr_expect_eq(verdict.ratio == 0, cases[i].busy);
        cr_expect_eq(verdict.flips_when[0] == '\0', cases[i].busy, "%s", verdict.flips_when);
        fake_bench_close(&bench, "busy");
    }
}

/* A third one might have won, too; one that failed has no samples. */
Test(checklist, any_disturbed_device_makes_the_machine_busy) {
    static const candidate three[] = {{"0:0", GF_CLASS_GPU, 1000000, 0, false},
                                      {"0:1", GF_CLASS_GPU, 3000000, 0, false},
                                      {"native", GF_CLASS_NATIVE, 9000000, 0, false}};
    static const struct {
        uint32_t disturbed[3];
        const char *words;
    } cases[] = {
        {{0, 0, 3}, "had the cores in 3 of 5 samples of native:best; measure"},
        {{0, 5, 4}, "in 5 of 5 samples of 0:1:best and 4 of 5 samples of native:best;"},
        {{3, 3, 3}, "in 3 of 5 samples of 0:0:best, 3 of 5 samples of 0:1:best and 3 of 5 "}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        fake_bench bench;
        (void)reach(&bench, three, 3);
        for (size_t d = 0; d < 3; d++)
            bench.comparison->results[d]->disturbed = cases[i].disturbed[d];
        gf_verdict verdict;
        gf_verdict_reach(bench.comparison, &verdict);
        cr_expect(verdict.busy, "case %zu", i);
        cr_expect_eq(verdict.ratio, 0);
        expect_words(verdict.text, cases[i].words, "busy");
        for (size_t d = 0; d < 3; d++)
            bench.comparison->results[d]->outcome = GF_OUTCOME_FAILED;
        bench.comparison->results[0]->outcome = GF_OUTCOME_OK;
        bench.comparison->results[0]->disturbed = 3;
        gf_verdict_reach(bench.comparison, &verdict);
        cr_expect(verdict.busy);
        expect_words(verdict.text, "Missing: 0:1:best (failed), native:best (failed)", "busy");
        bench.comparison->results[0]->disturbed = 0;
        gf_verdict_reach(bench.comparison, &verdict);
        cr_expect_not(verdict.busy, "case %zu", i);
        fake_bench_close(&bench, "busy");
    }
}

Test(checklist, gpu_evidence_needs_a_gpu_that_was_ok) {
    static const struct {
        candidate candidates[2];
        bool evidence;
        const char *name;
    } cases[] = {
        {{{"native", GF_CLASS_NATIVE, 10, 0, false}, {"0:0", GF_CLASS_GPU, 90, 0, false}},
         true,
         "a GPU that lost"},
        {{{"native", GF_CLASS_NATIVE, 10, 0, false}, {"0:0", GF_CLASS_GPU, 5, 0, true}},
         false,
         "a GPU that failed"},
        {{{"native", GF_CLASS_NATIVE, 10, 0, false}, {"0:0", GF_CLASS_CPU, 5, 0, false}},
         false,
         "a CPU"},
        {{{"native", GF_CLASS_NATIVE, 10, 0, false}, {"0:0", GF_CLASS_ACCELERATOR, 5, 0, false}},
         false,
         "an accelerator"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        fake_bench bench;
        const gf_verdict verdict = reach(&bench, cases[i].candidates, 2);
        cr_expect_eq(verdict.gpu_evidence, cases[i].evidence, "%s", cases[i].name);
        cr_expect_eq(strstr(verdict.text, "No GPU took part") == NULL, cases[i].evidence, "%s: %s",
                     cases[i].name, verdict.text);
        fake_bench_close(&bench, cases[i].name);
    }
}

/* Each total is fare + k * kernel for k times the computing: the k that is named makes them equal.
 */
Test(checklist, what_flips_it_depends_on_why_the_second_lost) {
    static const struct {
        candidate two[2];
        const char *words;
    } cases[] = {
        /* 2 + 0 against 1 + 9 ms: 18 ms each at 9 times the computing. */
        {{{"native", GF_CLASS_NATIVE, 2000000, 0, false},
          {"0:0", GF_CLASS_GPU, 1000000, 9000000, false}},
         "0:0:best wins with more than 9 times the computing"},
        /* 1 + 1 against 5 + 0 ms: 1.25 ms each at a quarter. */
        {{{"0:0", GF_CLASS_GPU, 1000000, 1000000, false},
          {"native", GF_CLASS_NATIVE, 5000000, 0, false}},
         "native:best wins with less than 0.25 times the computing"},
        /* 2 + 0 against 5 + 1 ms: slower in both; 1 + 5/5 would do. */
        {{{"native", GF_CLASS_NATIVE, 2000000, 0, false},
          {"0:0", GF_CLASS_GPU, 5000000, 1000000, false}},
         "no amount of computing between transfers; 0:0:best wins with a kernel 5.00 times as fast"},
        /* 2 + 0 against 2 + 1 ms: the same kernel. */
        {{{"native", GF_CLASS_NATIVE, 2000000, 0, false},
          {"0:0", GF_CLASS_GPU, 2000000, 1000000, false}},
         "0:0:best wins with a kernel 2.00 times as fast"},
        /* 2 + 0 against 5 + 3 ms: its fare alone is more. */
        {{{"native", GF_CLASS_NATIVE, 2000000, 0, false},
          {"0:0", GF_CLASS_GPU, 5000000, 3000000, false}},
         "only a smaller fare: that of 0:0:best"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        fake_bench bench;
        const gf_verdict verdict = reach(&bench, cases[i].two, 2);
        expect_words(verdict.flips_when, cases[i].words, "flips");
        fake_bench_close(&bench, cases[i].words);
    }
}

/* Two samples have no quartiles to speak of. */
Test(checklist, too_few_samples_are_too_close_to_call) {
    add("0:0", GF_CLASS_GPU, 1000000);
    add("native", GF_CLASS_NATIVE, 9000000);
    fake_bench bench = fake_bench_new();
    bench.options.repeat = 2;
    FAKE_BENCH_OPEN(&bench, "julia", "size=9x9");
    (void)fake_bench_run(&bench, 0);
    (void)fake_bench_run(&bench, 1);
    gf_verdict verdict;
    gf_verdict_reach(bench.comparison, &verdict);
    cr_expect(verdict.too_close);
    expect_words(
        verdict.text,
        "can't tell: 0:0:best (1 ms) and native:best (9 ms) have too few samples (raise repeat).",
        "too few");
    cr_expect_null(strstr(verdict.text, "%"), "%s", verdict.text);
    fake_bench_close(&bench, "too few");
}

Test(checklist, a_gpu_that_came_third_is_named) {
    static const candidate three[] = {{"native", GF_CLASS_NATIVE, 1000000, 0, false},
                                      {"0:0", GF_CLASS_CPU, 2000000, 0, false},
                                      {"1:0", GF_CLASS_GPU, 9000000, 0, false}};
    fake_bench bench;
    const gf_verdict verdict = reach(&bench, three, 3);
    expect_words(verdict.text, "The fastest GPU is 1:0:best (9 ms)", "third");
    cr_expect(verdict.gpu_evidence);
    fake_bench_close(&bench, "third");
}

Test(checklist, a_verdict_on_few_or_no_devices) {
    static const candidate one[] = {{"0:0", GF_CLASS_GPU, 1000, 0, false}};
    static const candidate none[] = {{"0:0", GF_CLASS_GPU, 1000, 0, true}};
    fake_bench bench;
    gf_verdict verdict = reach(&bench, one, 1);
    cr_expect_null(verdict.runner_up);
    cr_expect_eq(verdict.ratio, 0);
    cr_expect_not(verdict.too_close);
    expect_words(verdict.text, "no other device to compare with", "one device");
    cr_expect_str_eq(verdict.flips_when, "");
    fake_bench_close(&bench, "one device");
    verdict = reach(&bench, none, 1);
    cr_expect_null(verdict.winner);
    expect_words(verdict.text, "no device returned a verified result", "none");
    fake_bench_close(&bench, "no device");
}

Test(checklist, the_baseline_is_the_first_ok_one_that_ran_the_baseline_variant) {
    fake_device *native = add("native", GF_CLASS_NATIVE, 2000000);
    native->info.baseline_variant = "plain";
    add("0:0", GF_CLASS_GPU, 1000000);
    fake_bench bench = fake_bench_new();
    FAKE_BENCH_OPEN(&bench, "julia", "size=9x9");
    cr_expect_null(gf_rank_baseline(bench.comparison));
    (void)fake_bench_run(&bench, 1);
    cr_expect_str_eq(gf_rank_baseline(bench.comparison)->label, "0:0:best");
    const gf_result *result = NULL;
    native->fault = (fake_fault){FAKE_FINISH, 1, FAKE_FAILS, GF_FAILED};
    cr_assert_eq(fake_bench_try(&bench, 0, "plain", &result, NULL), GF_OK);
    cr_expect_str_eq(gf_rank_baseline(bench.comparison)->label, "0:0:best", "it failed");
    cr_assert_eq(fake_bench_try(&bench, 0, "plain", &result, NULL), GF_OK);
    cr_expect_eq(gf_rank_baseline(bench.comparison), result);
    fake_bench_close(&bench, "baseline");
}

Test(checklist, names) {
    static const char *const names[] = {"memory", "branching", "movement", "operations"};
    static const char *const grades[] = {"pass", "marginal", "fail", "unknown"};
    for (int i = 0; i < 4; i++) {
        cr_expect_str_eq(gf_criterion_name((gf_criterion)i), names[i]);
        cr_expect_str_eq(gf_grade_name((gf_grade)i), grades[i]);
    }
}
