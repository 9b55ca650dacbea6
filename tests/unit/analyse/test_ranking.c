/* The ranking of rows made by hand, of results and of predictions. */
#include <criterion/criterion.h>

#include "analyse/ranking.h"
#include "base/array.h"

/* Devices; only their addresses count. */
static const char cpu, gpu, other;

static gf_rank_row row_of_array(const gf_rank_rows *rows, size_t index) {
    return ((const gf_rank_row *)rows->source)[index];
}

static gf_rank_rows rows_of(const gf_rank_row *array, size_t count) {
    return (gf_rank_rows){.count = count, .at = row_of_array, .source = array};
}

static void expect_ranking(gf_ranking found, gf_ranking want) {
    cr_expect_eq(found.winner, want.winner, "winner %zu", found.winner);
    cr_expect_eq(found.runner_up, want.runner_up, "runner-up %zu", found.runner_up);
    cr_expect_eq(found.gpu, want.gpu, "GPU %zu", found.gpu);
    cr_expect_eq(found.kernel_best, want.kernel_best, "kernel %zu", found.kernel_best);
    cr_expect_eq(found.baseline, want.baseline, "baseline %zu", found.baseline);
}

Test(ranking, the_runner_up_is_of_another_device_and_the_gpu_is_a_gpu) {
    const gf_rank_row array[] = {
        {.device = &cpu, .kernel_ns = 40, .total_ns = 50, .ok = true, .is_baseline = true},
        {.device = &cpu, .kernel_ns = 10, .total_ns = 20, .ok = true},
        {.device = &other, .kernel_ns = 30, .total_ns = 30, .ok = true},
        {.device = &gpu, .kernel_ns = 5, .total_ns = 90, .ok = true, .is_gpu = true},
        {.device = &gpu, .kernel_ns = 1, .total_ns = 1, .ok = false, .is_gpu = true},
        {.device = &cpu, .kernel_ns = 1, .total_ns = 1, .ok = false}};
    const gf_rank_rows rows = rows_of(array, GF_COUNT_OF(array));
    expect_ranking(gf_rank(&rows), (gf_ranking){1, 2, 3, 3, 0});
}

Test(ranking, the_first_of_equal_rows_wins) {
    const gf_rank_row array[] = {{.device = &cpu, .kernel_ns = 10, .total_ns = 20, .ok = true},
                                 {.device = &gpu, .kernel_ns = 10, .total_ns = 20, .ok = true},
                                 {.device = &other, .kernel_ns = 10, .total_ns = 20, .ok = true}};
    const gf_rank_rows rows = rows_of(array, GF_COUNT_OF(array));
    expect_ranking(gf_rank(&rows), (gf_ranking){0, 1, 3, 0, 0});
}

/* The winner keeps the best kernel unless another is faster by GF_CLOSE_RATIO. */
Test(ranking, a_kernel_that_is_hardly_faster_does_not_count) {
    gf_rank_row array[] = {{.device = &cpu, .kernel_ns = 105, .total_ns = 105, .ok = true},
                           {.device = &gpu, .kernel_ns = 101, .total_ns = 200, .ok = true}};
    const gf_rank_rows rows = rows_of(array, GF_COUNT_OF(array));
    cr_expect_eq(gf_rank(&rows).kernel_best, 0);
    array[1].kernel_ns = 99;
    cr_expect_eq(gf_rank(&rows).kernel_best, 1);
}

Test(ranking, without_a_row_that_is_ok_there_is_nothing) {
    const gf_rank_row array[] = {{.device = &cpu, .total_ns = 1}, {.device = &gpu, .total_ns = 2}};
    for (size_t count = 0; count <= GF_COUNT_OF(array); count++) {
        const gf_rank_rows rows = rows_of(array, count);
        expect_ranking(gf_rank(&rows), (gf_ranking){count, count, count, count, count});
    }
}

Test(ranking, one_row_stands_for_each_device) {
    const gf_rank_row array[] = {{.device = &cpu, .total_ns = 9, .ok = true},
                                 {.device = &cpu, .total_ns = 5, .ok = true},
                                 {.device = &cpu, .total_ns = 5, .ok = true},
                                 {.device = &gpu},
                                 {.device = &gpu},
                                 {.device = &other},
                                 {.device = &other, .total_ns = 9, .ok = true}};
    static const bool stands[] = {false, true, false, true, false, false, true};
    const gf_rank_rows rows = rows_of(array, GF_COUNT_OF(array));
    for (size_t i = 0; i < GF_COUNT_OF(array); i++)
        cr_expect_eq(gf_rank_stands_for_device(&rows, i), stands[i], "row %zu", i);
    cr_expect_eq(gf_rank_fastest_of(&rows, &cpu), 1);
    cr_expect_eq(gf_rank_fastest_of(&rows, &gpu), rows.count);
}

/* ---- What rows are made of --------------------------------------------- */

Test(ranking, rows_of_results) {
    uint64_t kernels[] = {300, 100, 200}, totals[] = {30, 10, 20};
    gf_device device = {.info = {.baseline_variant = "plain", .device_class = GF_CLASS_GPU}};
    gf_result ran = {
        .device = &device,
        .variant = "plain",
        .label = "0:0:plain",
        .ledger.phases = {[GF_PHASE_KERNEL] = {kernels, 3}, [GF_PHASE_TOTAL] = {totals, 3}}};
    const gf_result failed = {.device = &device, .variant = "x", .outcome = GF_OUTCOME_FAILED};
    cr_assert_eq(gf_result_summarize(&ran, NULL), GF_OK);
    const gf_result *const results[] = {&ran, &failed, NULL};
    const gf_rank_rows rows = gf_rank_rows_of_results(results, GF_COUNT_OF(results));
    const gf_rank_row row = rows.at(&rows, 0);
    cr_expect(row.ok && row.is_baseline && row.is_gpu);
    cr_expect_eq(row.device, &device);
    cr_expect_eq(row.kernel_ns, 200);
    cr_expect_eq(row.total_ns, 20);
    cr_expect_str_eq(row.label, "0:0:plain");
    cr_expect_not(rows.at(&rows, 1).ok);
    cr_expect_not(rows.at(&rows, 1).is_baseline);
    cr_expect_not(rows.at(&rows, 2).ok);
}

Test(ranking, rows_of_candidates) {
    gf_profile profile = {.case_count = 0};
    const gf_prediction slow = {
        .possible = true,
        .phases = {[GF_PHASE_KERNEL] = {8, 7, 9}, [GF_PHASE_TOTAL] = {10, 9, 11}}};
    gf_candidate items[] = {
        {.profile = &profile, .label = "0:0:a", .device_class = GF_CLASS_GPU, .prediction = slow},
        {.profile = &profile, .label = "0:0:b", .is_baseline = true},
        {.label = "0:1:a"},
        {.label = "0:1:b"}};
    const gf_candidates candidates = {.items = items, .count = GF_COUNT_OF(items)};
    gf_rank_rows rows = gf_rank_rows_of_candidates(&candidates, NULL);
    cr_expect(rows.at(&rows, 0).ok && rows.at(&rows, 0).is_gpu);
    cr_expect_eq(rows.at(&rows, 0).kernel_ns, 8);
    cr_expect_eq(rows.at(&rows, 0).total_ns, 10);
    cr_expect_eq(rows.at(&rows, 0).device, rows.at(&rows, 1).device, "they share a profile");
    cr_expect_neq(rows.at(&rows, 2).device, rows.at(&rows, 3).device, "neither has a profile");
    cr_expect_eq(gf_rank(&rows).winner, 0);
    const gf_prediction others[] = {{.possible = false}, slow, {.possible = false}, slow};
    rows = gf_rank_rows_of_candidates(&candidates, others);
    cr_expect_eq(gf_rank(&rows).winner, 1);
    cr_expect_eq(gf_rank(&rows).runner_up, 3);
    cr_expect_eq(gf_rank(&rows).baseline, 1);
}
