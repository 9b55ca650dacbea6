/* The CPU's time on other numbers of cores, and verdicts of bounds against it. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "bound/bound_set.h"
#include "bound/bound_text.h"

static gf_host_time host_of(double ns, uint32_t cores) {
    return (gf_host_time){.known = true,
                          .measured = true,
                          .value = ns,
                          .low = ns,
                          .high = ns,
                          .cores = cores,
                          .label = "native:made"};
}

/* 180 on one core and 100 on two: a ninth is serial, by Amdahl's law. */
Test(host_time, is_bounded_by_amdahl_on_more_cores) {
    gf_host_time host = host_of(100, 2);
    host.single_ns = 180;
    host.memory_known = true;
    gf_host_scale(&host, 8);
    cr_expect_float_eq(host.low, 25, 1e-9);
    cr_expect_float_eq(host.high, 40, 1e-9);
    cr_expect_eq(host.asked_cores, 8);
}

Test(host_time, is_bounded_by_memory_on_more_cores) {
    gf_host_time host = host_of(100, 2);
    host.single_ns = 180;
    host.memory_known = true;
    host.memory_ns = 60;
    gf_host_scale(&host, 8);
    cr_expect_float_eq(host.low, 25, 1e-9);
    cr_expect_float_eq(host.high, 60, 1e-9);
    host = host_of(100, 2);
    host.memory_known = true;
    host.memory_ns = 500; /* of a kernel that keeps values: more cores make nothing slower */
    gf_host_scale(&host, 8);
    cr_expect_float_eq(host.high, 100, 1e-9);
}

/* All of the time may be memory's. */
Test(host_time, gets_no_shorter_where_memory_is_not_known) {
    gf_host_time host = host_of(100, 2);
    gf_host_scale(&host, 8);
    cr_expect_float_eq(host.low, 25, 1e-9);
    cr_expect_float_eq(host.high, 100, 1e-9);
}

/* One thread was chosen where two were there: two were no faster, and 64 may be no faster. */
Test(host_time, gets_no_shorter_where_more_cores_were_tried) {
    char text[400];
    gf_host_time host = host_of(100, 1);
    host.tried_cores = 2;
    host.memory_known = true;
    gf_host_format(&host, text, sizeof text);
    cr_expect_str_eq(text, "native:made on 1 of 2 cores (measured 100 ns)");
    gf_host_scale(&host, 2); /* of the machine as it is */
    cr_expect_eq(host.asked_cores, 0);
    gf_host_scale(&host, 64);
    cr_expect_float_eq(host.low, 100.0 / 64, 1e-9);
    cr_expect_float_eq(host.high, 100, 1e-9);
}

/* Of one thread or of four: each bound is that of the number which is worse for it. */
Test(host_time, is_bounded_where_its_threads_are_not_sure) {
    char text[400];
    gf_host_time host = host_of(100, 4);
    host.least_cores = 1;
    host.tried_cores = 4;
    host.memory_known = true;
    gf_host_format(&host, text, sizeof text);
    cr_expect_str_eq(text, "native:made on 1 to 4 cores (measured 100 ns)");
    gf_host_scale(&host, 2);
    cr_expect_float_eq(host.low, 50, 1e-9);
    cr_expect_float_eq(host.high, 200, 1e-9);
}

/* Amdahl's share is of one kernel: another one's time with one thread says nothing. */
Test(host_time, takes_one_thread_of_the_same_kernel_only) {
    gf_host_time host = {.known = false};
    const gf_host_time slow = {.known = true, .value = 300, .cores = 2, .label = "native:scalar"};
    const gf_host_time fast = {.known = true, .value = 100, .cores = 2, .label = "native:avx512"};
    gf_host_offer(&host, &slow);
    gf_host_offer(&host, &fast);
    gf_host_offer(&host, &slow);
    cr_expect_str_eq(host.label, "native:avx512");
    gf_host_offer_single(&host, "native:scalar-1t", 600);
    gf_host_offer_single(&host, "native:avx512", 100);
    gf_host_offer_single(&host, "native:avx5124-1t", 100);
    cr_expect_eq(host.single_ns, 0);
    gf_host_offer_single(&host, "native:avx512-1t", 180);
    cr_expect_eq(host.single_ns, 180);
}

/* ---- From results ------------------------------------------------------ */

typedef struct made_results {
    gf_device device;
    gf_result results[3], *list[3];
    gf_comparison comparison;
} made_results;

/* Of a native device with four threads; `threads` 0: nothing chose their number. */
static void add_result(made_results *m, const char *variant, uint64_t ns, uint32_t threads) {
    const size_t at = m->comparison.result_count++;
    gf_result *result = &m->results[at];
    m->device.info.device_class = GF_CLASS_NATIVE;
    m->device.info.compute_units = 4;
    *result = (gf_result){.device = &m->device, .outcome = GF_OUTCOME_OK};
    result->statistics[GF_PHASE_TOTAL] = (gf_statistics){.count = 5, .median_ns = ns};
    snprintf(result->variant, sizeof result->variant, "%s", variant);
    snprintf(result->label, sizeof result->label, "native:%s", variant);
    result->tuning.count = threads > 0 ? 2 : 0;
    result->tuning.tunables[0].name = "tile-cols";
    result->tuning.tunables[1].name = "threads";
    result->tuning.values[1] = threads;
    m->list[at] = result;
    m->comparison.results = m->list;
}

Test(host_time, of_results_has_the_time_of_its_own_kernel_with_one_thread) {
    made_results m = {0};
    add_result(&m, "scalar", 100, 0);
    add_result(&m, "avx2-1t", 900, 0);
    gf_host_time host = gf_host_measured(&m.comparison);
    cr_expect_str_eq(host.label, "native:scalar");
    cr_expect_float_eq(host.single_ns, 0, 0);
    add_result(&m, "scalar-1t", 300, 0);
    host = gf_host_measured(&m.comparison);
    cr_expect_float_eq(host.single_ns, 300, 0);
    cr_expect_eq(host.cores, 4);
}

Test(host_time, of_results_has_the_threads_that_were_chosen) {
    char text[400];
    made_results m = {0};
    add_result(&m, "avx2", 100, 1);
    const gf_host_time host = gf_host_measured(&m.comparison);
    cr_expect_eq(host.cores, 1);
    gf_host_format(&host, text, sizeof text);
    cr_expect_str_eq(text, "native:avx2 on 1 of 4 cores (measured 100 ns)");
}

/* ---- Fewer and as many cores ------------------------------------------- */

Test(host_time, grows_on_fewer_cores) {
    gf_host_time host = host_of(100, 4);
    gf_host_scale(&host, 2); /* a tenth is serial where nothing is known */
    cr_expect_float_eq(host.high, 200, 1e-9);
    cr_expect_float_eq(host.low, 100 * (0.1 + 0.9 / 2) / (0.1 + 0.9 / 4), 1e-9);
}

Test(host_time, stays_on_as_many_cores) {
    gf_host_time host = host_of(100, 4);
    gf_host_scale(&host, 4);
    gf_host_scale(&host, 0);
    cr_expect_float_eq(host.low, 100, 0);
    cr_expect_eq(host.asked_cores, 0);
}

static gf_worth worth(double best, double worst, double low, double high, gf_bound_ratio *ratio) {
    const gf_bound bound = {.possible = true, .total = {best, worst}};
    gf_host_time host = host_of(low, 2);
    host.high = high;
    return gf_worth_of(&bound, &host, ratio);
}

Test(worth, has_three_values) {
    gf_bound_ratio ratio;
    cr_expect_eq(worth(10, 40, 80, 100, &ratio), GF_WORTH_YES);
    cr_expect_float_eq(ratio.at_worst, 2, 1e-9);
    cr_expect_float_eq(ratio.at_best, 10, 1e-9);
    cr_expect_eq(worth(10, 40, 30, 30, &ratio), GF_WORTH_OPEN);
    cr_expect_eq(worth(10, 40, 5, 9, &ratio), GF_WORTH_NOT);
    cr_expect_float_eq(ratio.at_best, 0.9, 1e-9);
    /* What is level is not worth the trouble, and not sure either. */
    cr_expect_eq(worth(10, 40, 10, 10, &ratio), GF_WORTH_NOT);
    cr_expect_eq(worth(10, 40, 40, 40, &ratio), GF_WORTH_OPEN);
    const gf_bound impossible = {.possible = false};
    const gf_host_time host = host_of(10, 2), unknown = {.known = false};
    const gf_bound possible = {.possible = true, .total = {1, 2}};
    cr_expect_eq(gf_worth_of(&impossible, &host, &ratio), GF_WORTH_UNKNOWN);
    cr_expect_eq(gf_worth_of(&possible, &unknown, &ratio), GF_WORTH_UNKNOWN);
}

/* Another program can only make the CPU's time longer. */
Test(worth, is_not_concluded_from_a_disturbed_time) {
    const gf_bound bound = {.possible = true, .total = {10, 40}};
    gf_bound_ratio ratio;
    gf_host_time host = host_of(100, 2);
    host.disturbed = true;
    cr_expect_eq(gf_worth_of(&bound, &host, &ratio), GF_WORTH_OPEN);
    host = host_of(9, 2);
    host.disturbed = true;
    cr_expect_eq(gf_worth_of(&bound, &host, &ratio), GF_WORTH_NOT);
}

Test(worth, is_told_in_words) {
    char text[160];
    const gf_bound_ratio ratio = {3.1, 8.4}, below = {0.2, 0.8};
    gf_worth_format(GF_WORTH_YES, &ratio, text, sizeof text);
    cr_expect_str_eq(text, "worth it, even at its worst (3.1 to 8.4 times)");
    gf_worth_format(GF_WORTH_NOT, &below, text, sizeof text);
    cr_expect(strstr(text, "not worth it, even at its best (0.2") == text, "%s", text);
    gf_worth_format(GF_WORTH_OPEN, &ratio, text, sizeof text);
    cr_expect_str_eq(text, "open (3.1 to 8.4 times)");
}

Test(host_time, says_how_many_cores_it_had) {
    char text[400];
    gf_host_time host = host_of(4.7e6, 2);
    gf_host_format(&host, text, sizeof text);
    cr_expect_str_eq(text, "native:made on 2 cores (measured 4.7 ms)");
    host.single_ns = 9.4e6;
    gf_host_scale(&host, 16);
    gf_host_format(&host, text, sizeof text);
    cr_expect(strstr(text, "on 16 cores (bounds from the time on the present cores") != NULL, "%s",
              text);
}
