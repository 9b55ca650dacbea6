/* What kernels need, against devices that lack one thing each: what is refused, and that advice
 * leads to something that runs. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"
#include "problem/facts/fact.h"
#include "problem/facts/needs.h"
#include "problem/params.h"
#include "problem/problem.h"

typedef struct made_device {
    gf_device_info info;
    gf_fact facts[GF_FACT_COUNT];
} made_device;

/* Can do everything; without f64 nothing of f64 is tried. */
static void make_device(bool f64, made_device *made) {
    *made = (made_device){.info = {.id = "0:0",
                                   .device_class = GF_CLASS_CPU,
                                   .global_memory_bytes = UINT64_C(1) << 34,
                                   .max_alloc_bytes = UINT64_C(1) << 34,
                                   .local_memory_bytes = 65536,
                                   .compute_units = 4,
                                   .vector_width_f32 = 8,
                                   .vector_width_f64 = f64 ? 4 : 0,
                                   .max_work_group_size = 1024,
                                   .f64 = f64}};
    for (int i = 0; i < GF_FACT_COUNT; i++) {
        if (!f64 && i >= GF_FACT_F64 && i < GF_FACT_ROUNDS)
            continue;
        made->facts[i].state = GF_FACT_KNOWN;
        made->facts[i].value = i < GF_FACT_ROUNDS ? 1 : GF_NO_LIMIT;
    }
    made->info.facts = made->facts;
}

static gf_problem *make_problem(const char *workload, const char *precision, const char *math) {
    gf_error error = GF_ERROR_INIT;
    gf_params *params = NULL;
    gf_problem *problem = NULL;
    const gf_workload *found = gf_workload_find(workload, &error);
    cr_assert_not_null(found, "%s", error.text);
    cr_assert_eq(gf_params_create(found, &params, &error), GF_OK, "%s", error.text);
    if (precision != NULL) {
        cr_assert_eq(gf_params_set(params, "precision", precision, &error), GF_OK);
        cr_assert_eq(gf_params_set(params, "math", math, &error), GF_OK);
    }
    cr_assert_eq(gf_problem_create(params, &problem, &error), GF_OK, "%s", error.text);
    gf_params_destroy(params);
    return problem;
}

static bool can_run(const gf_problem *problem, const gf_device_info *device, const char *name) {
    for (uint32_t i = 0; i < problem->workload->ndrange_variant_count; i++) {
        const gf_ndrange_variant *row = &problem->workload->ndrange_variants[i];
        if ((name == NULL || strcmp(row->name, name) == 0) &&
            gf_variant_can_run(problem, row, device))
            return true;
    }
    return false;
}

/* The refusal of a variant; "": it runs. */
static void check(const gf_problem *problem, const gf_ndrange_variant *row,
                  const gf_device_info *device, char *text, size_t size) {
    gf_error error = GF_ERROR_INIT;
    gf_ndrange_plan plan;
    uint32_t tuning[GF_MAX_TUNABLES] = {0};
    gf_status status = gf_precision_check(problem, device, &error);
    if (status == GF_OK) {
        if (row->tunable_count > 0)
            row->defaults(problem, device, tuning);
        row->plan(problem, device, tuning, &plan);
        status = gf_needs_check(problem, row, &plan, device, &error);
    }
    cr_assert(status == GF_OK || status == GF_UNSUPPORTED);
    snprintf(text, size, "%s", status == GF_OK ? "" : error.text);
    gf_error_clear(&error);
}

/* Follows one piece of advice: "relaxed math", "variant naive", "precision f32 with relaxed math".
 */
static bool leads_somewhere(const gf_problem *problem, const char *advice,
                            const gf_device_info *device) {
    char name[32] = "";
    gf_problem other = *problem;
    if (strcmp(advice, "another device") == 0)
        return true;
    if (sscanf(advice, "variant %31s", name) == 1)
        return can_run(problem, device, name);
    if (strstr(advice, "relaxed math") != NULL)
        other.math = GF_MATH_RELAXED;
    if (sscanf(advice, "precision %31s", name) == 1)
        other.precision = strcmp(name, "f32") == 0 ? GF_PRECISION_F32 : GF_PRECISION_F64;
    return can_run(&other, device, NULL);
}

static void follow_advice(const gf_problem *problem, char *refusal, const gf_device_info *device) {
    char copy[GF_ERROR_TEXT];
    snprintf(copy, sizeof copy, "%s", refusal);
    char *advice = strstr(refusal, "; use ");
    cr_assert_not_null(advice, "%s", copy);
    advice += strlen("; use ");
    while (advice != NULL) {
        char *more = strstr(advice, " or ");
        if (more != NULL) {
            *more = '\0';
            more += strlen(" or ");
        }
        cr_expect(leads_somewhere(problem, advice, device), "%s: '%s' leads to another refusal",
                  copy, advice);
        advice = more;
    }
}

static const struct {
    const char *workload, *precision, *math;
} problems[] = {
    {"julia", "f32", "strict"},      {"julia", "f64", "strict"},     {"julia", "f32", "relaxed"},
    {"julia", "f64", "relaxed"},     {"diffusion", "f32", "strict"}, {"diffusion", "f64", "strict"},
    {"diffusion", "f32", "relaxed"}, {"sum", "f32", "strict"},       {"sum", "f64", "strict"},
    {"peak", "f32", "strict"},       {"peak", "f64", "strict"},      {"prime", NULL, NULL},
};

/* Every problem and variant on every device that lacks one fact, or ends its loops early. */
Test(needs, advice_leads_to_something_that_runs) {
    size_t refused = 0, ran = 0;
    for (size_t i = 0; i < GF_COUNT_OF(problems); i++) {
        gf_problem *problem =
            make_problem(problems[i].workload, problems[i].precision, problems[i].math);
        for (int lacking = 0; lacking <= GF_FACT_ROUNDS; lacking++) {
            for (int f64 = 0; f64 < 2; f64++) {
                made_device device;
                make_device(f64 != 0, &device);
                device.facts[lacking].value = lacking == GF_FACT_ROUNDS ? 65535 : 0;
                for (uint32_t v = 0; v < problem->workload->ndrange_variant_count; v++) {
                    const gf_ndrange_variant *row = &problem->workload->ndrange_variants[v];
                    char text[GF_ERROR_TEXT];
                    if (row->suits(problem, &device.info) == 0)
                        continue;
                    check(problem, row, &device.info, text, sizeof text);
                    cr_expect_eq(text[0] == '\0', gf_variant_can_run(problem, row, &device.info));
                    if (text[0] != '\0')
                        follow_advice(problem, text, &device.info);
                    refused += text[0] != '\0';
                    ran += text[0] == '\0';
                }
            }
        }
        gf_problem_destroy(problem);
    }
    cr_expect_gt(refused, 50);
    cr_expect_gt(ran, refused);
}

/* Which facts each problem needs, by which of its devices refuse it: as the kernels' texts say. */
Test(needs, only_what_is_used_is_needed) {
    static const struct {
        size_t problem; /* above */
        const char *variant;
        uint32_t needs; /* of its own precision */
    } cases[] = {
        {0, "naive", GF_NEEDS_SUMS_AND_PRODUCTS | GF_NEED(FMA) | GF_NEED(FMA_DENORMALS)},
        {1, "naive", GF_NEEDS_SUMS_AND_PRODUCTS | GF_NEED(DIVIDE)},
        {2, "naive", GF_NEED(FMA)},
        {3, "naive", 0},
        {4, "naive", GF_NEEDS_SUMS_AND_PRODUCTS},
        {5, "blocked", GF_NEEDS_SUMS_AND_PRODUCTS},
        {6, "vector", 0},
        {7, "naive", GF_NEED(ADD)},
        {8, "group", GF_NEED(ADD)},
        {9, "naive", GF_NEED(ADD) | GF_NEED(MULTIPLY)},
        {11, "naive", 0},
    };
    for (size_t i = 0; i < GF_COUNT_OF(cases); i++) {
        const size_t p = cases[i].problem;
        gf_problem *problem =
            make_problem(problems[p].workload, problems[p].precision, problems[p].math);
        for (uint32_t k = 0; k < GF_FACT_F64; k++) {
            made_device device;
            make_device(true, &device);
            device.facts[k + (problem->precision == GF_PRECISION_F64 ? GF_FACT_F64 : 0)].value = 0;
            cr_expect_eq(can_run(problem, &device.info, cases[i].variant),
                         (cases[i].needs >> k & 1) == 0, "%s %s: %s", problems[p].workload,
                         cases[i].variant, gf_fact_name((gf_fact_kind)k));
        }
        gf_problem_destroy(problem);
    }
}

/* Whether some variant of some problem, which the device without a fault runs, is refused. */
static bool is_some_refused(const gf_device_info *device, bool relaxed) {
    bool found = false;
    for (size_t i = 0; i < GF_COUNT_OF(problems); i++) {
        gf_problem *problem =
            make_problem(problems[i].workload, problems[i].precision, problems[i].math);
        if (!relaxed || problem->math == GF_MATH_RELAXED) {
            for (uint32_t v = 0; v < problem->workload->ndrange_variant_count; v++) {
                const gf_ndrange_variant *row = &problem->workload->ndrange_variants[v];
                char text[GF_ERROR_TEXT];
                if (row->suits(problem, device) == 0)
                    continue;
                check(problem, row, device, text, sizeof text);
                found = found || text[0] != '\0';
            }
        }
        gf_problem_destroy(problem);
    }
    return found;
}

/* The table of what can refuse, against refusals. */
Test(needs, facts_refuse_what_is_refused) {
    for (int k = 0; k < GF_FACT_ROUNDS; k++) {
        made_device device;
        make_device(true, &device);
        cr_expect_not(gf_facts_refuse(device.facts));
        device.facts[k].value = 0;
        cr_expect_eq(gf_facts_refuse(device.facts), is_some_refused(&device.info, false), "%s",
                     gf_fact_name((gf_fact_kind)k));
        device.facts[k].state = GF_FACT_UNKNOWN;
        cr_expect_eq(gf_facts_refuse(device.facts), is_some_refused(&device.info, false), "%s",
                     gf_fact_name((gf_fact_kind)k));
        if (k < GF_FACT_F64)
            cr_expect_eq(gf_facts_need_relaxed_f32(device.facts),
                         gf_facts_refuse(device.facts) && !is_some_refused(&device.info, true),
                         "%s", gf_fact_name((gf_fact_kind)k));
    }
}

Test(needs, limits_that_are_unknown_refuse_nothing) {
    for (int k = GF_FACT_ROUNDS; k < GF_FACT_COUNT; k++) {
        made_device device;
        char text[400];
        make_device(true, &device);
        device.facts[k] = (gf_fact){.state = GF_FACT_UNKNOWN, .why = "it crashed"};
        cr_expect_not(gf_facts_refuse(device.facts), "%s", gf_fact_name((gf_fact_kind)k));
        gf_facts_format_lacks(device.facts, text, sizeof text);
        cr_expect_not_null(strstr(text, "it crashed"), "%s", text);
        device.facts[k] =
            (gf_fact){.state = GF_FACT_KNOWN, .claimed = true, .claim = 1024, .value = 512};
        cr_expect(gf_facts_refuse(device.facts), "%s", gf_fact_name((gf_fact_kind)k));
    }
}

/* A claim beyond what is tried is no claim that does not hold. */
Test(needs, limits_are_judged_by_what_was_tried) {
    static const struct {
        gf_fact_kind kind;
        uint64_t claim, value;
        bool lacking;
    } cases[] = {
        {GF_FACT_WORK_GROUP, 1048576, 65536, false}, {GF_FACT_WORK_GROUP, 1048576, 32768, true},
        {GF_FACT_WORK_GROUP, 1024, 1024, false},     {GF_FACT_WORK_GROUP, 1024, 512, true},
        {GF_FACT_LOCAL_MEMORY, 32769, 32768, false}, {GF_FACT_LOCAL_MEMORY, 32769, 16384, true},
        {GF_FACT_LOCAL_MEMORY, 1048576, 65536, true}};
    for (size_t i = 0; i < GF_COUNT_OF(cases); i++) {
        made_device device;
        char text[400];
        make_device(true, &device);
        device.facts[cases[i].kind] = (gf_fact){.state = GF_FACT_KNOWN,
                                                .claimed = true,
                                                .claim = cases[i].claim,
                                                .value = cases[i].value};
        gf_facts_format_lacks(device.facts, text, sizeof text);
        cr_expect_eq(text[0] != '\0', cases[i].lacking, "case %zu: %s", i, text);
        cr_expect_eq(gf_facts_refuse(device.facts), cases[i].lacking, "case %zu", i);
    }
}

/* A loop that is wrong has no number of rounds after which it ends. */
Test(needs, wrong_loops_have_words_of_their_own) {
    gf_problem *problem = make_problem("peak", "f32", "strict");
    made_device device;
    char text[GF_ERROR_TEXT];
    make_device(true, &device);
    device.facts[GF_FACT_ROUNDS].value = 0;
    check(problem, &problem->workload->ndrange_variants[0], &device.info, text, sizeof text);
    cr_expect_not_null(strstr(text, "its loops give wrong results (measured)"), "%s", text);
    cr_expect_null(strstr(text, "rounds"), "%s", text);
    gf_problem_destroy(problem);
}

/* Until something was tried, the driver's word counts; what can't be found out counts as lacking.
 */
Test(needs, claims_count_until_something_is_known) {
    gf_problem *problem = make_problem("diffusion", "f32", "strict");
    made_device device;
    make_device(false, &device);
    gf_fact *fact = &device.facts[GF_FACT_ADD_DENORMALS];
    *fact = (gf_fact){.state = GF_FACT_UNTRIED, .claimed = true, .claim = 0};
    cr_expect_not(can_run(problem, &device.info, NULL));
    fact->claim = 1;
    cr_expect(can_run(problem, &device.info, NULL));
    fact->claimed = false;
    cr_expect(can_run(problem, &device.info, NULL));
    *fact = (gf_fact){.state = GF_FACT_UNKNOWN, .claimed = true, .claim = 1, .why = "it crashed"};
    char text[GF_ERROR_TEXT];
    check(problem, &problem->workload->ndrange_variants[0], &device.info, text, sizeof text);
    cr_expect_not_null(strstr(text, "f32 add denormals: it crashed"), "%s", text);
    *fact = (gf_fact){.state = GF_FACT_KNOWN, .claimed = true, .claim = 0, .value = 1};
    cr_expect(can_run(problem, &device.info, NULL));
    gf_problem_destroy(problem);
}

/* fma() in place of product and sum: only where it gives the same bits. */
Test(needs, fma_is_used_where_it_is_exact) {
    gf_problem *problem = make_problem("diffusion", "f32", "strict");
    made_device device;
    make_device(true, &device);
    cr_expect(gf_has_fma(problem, &device.info) && gf_has_exact_fma(problem, &device.info));
    device.facts[GF_FACT_FMA_DENORMALS].value = 0;
    cr_expect(gf_has_fma(problem, &device.info) && !gf_has_exact_fma(problem, &device.info));
    device.facts[GF_FACT_FMA].value = 0;
    cr_expect_not(gf_has_fma(problem, &device.info));
    gf_problem_destroy(problem);
}
