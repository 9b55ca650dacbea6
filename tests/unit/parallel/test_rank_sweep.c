/* Up to how many ranks it is worth it, from times that the test makes up. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/array.h"
#include "parallel/scaling/rank_sweep.h"

TestSuite(rank_sweep, .timeout = 30);

/* The times of 1, 2, 4 and 8 ranks, in us; each has five samples around it. */
typedef struct sweep_case {
    const char *name;
    uint64_t us[4], spread;
    uint32_t ranks;
    bool surely, open;
    const char *words;
} sweep_case;

static const sweep_case cases[] = {
    {"every rank gains", {800, 400, 200, 100}, 1, 8, true, true, "worth it up to 8 ranks: 100"},
    {"two gain", {800, 400, 500, 600}, 1, 2, true, false, "more ranks gain nothing"},
    {"none gains", {100, 200, 300, 400}, 1, 1, true, false, "more ranks than 1 are not worth it"},
    {"a gain below 1 %", {800, 400, 399, 398}, 1, 2, false, false, "but not surely"},
    {"noise", {800, 780, 400, 410}, 60, 4, false, false, "worth it up to 4 ranks, but not surely"},
};

static void make_samples(const sweep_case *of, size_t index, uint64_t ns[5], gf_samples *samples) {
    for (uint64_t i = 0; i < 5; i++)
        ns[i] = 1000 * (of->us[index] + of->spread * i) - 2000 * of->spread;
    *samples = (gf_samples){.ns = ns, .count = 5};
}

Test(rank_sweep, more_ranks_count_where_they_gain) {
    for (size_t c = 0; c < GF_COUNT_OF(cases); c++) {
        gf_parallel_result results[4];
        uint64_t ns[4][5];
        /* Without a prediction, which would need the problem. */
        gf_parallel parallel = {.results = results, .result_count = 4, .how = {.weak = true}};
        gf_rank_sweep sweep;
        char text[400];
        for (size_t i = 0; i < 4; i++) {
            results[i] = (gf_parallel_result){.ranks = 1U << i, .trips = 5, .holds = true};
            make_samples(&cases[c], i, ns[i], &results[i].totals);
        }
        gf_rank_sweep_make(&parallel, &sweep);
        gf_rank_sweep_format(&sweep, text, sizeof text);
        cr_expect_eq(sweep.measured.ranks, cases[c].ranks, "%s: %u", cases[c].name,
                     sweep.measured.ranks);
        cr_expect_eq(sweep.measured.surely, cases[c].surely, "%s", cases[c].name);
        cr_expect_eq(sweep.measured.open, cases[c].open, "%s", cases[c].name);
        cr_expect_eq(sweep.predicted.ranks, 0, "%s", cases[c].name);
        cr_expect_not_null(strstr(text, cases[c].words), "%s: %s", cases[c].name, text);
    }
}

Test(rank_sweep, a_wrong_result_is_no_point) {
    gf_parallel_result results[1] = {{.ranks = 1, .trips = 0, .holds = false}};
    const gf_parallel parallel = {.results = results, .result_count = 1, .how = {.weak = true}};
    gf_rank_sweep sweep;
    gf_rank_sweep_make(&parallel, &sweep);
    cr_expect_eq(sweep.count, 0);
}
