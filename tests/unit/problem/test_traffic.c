/* Traffic: what is said to move, what is predicted to move, and what really moved. */
#include <criterion/criterion.h>

#include "fake_bench.h"
#include "predict/estimate.h"
#include "problem/traffic.h"

FAKE_GLOBALS

TestSuite(traffic, .timeout = 60);

/* ---- Against what the fake backend counted ----------------------------- */

static gf_status (*real_set_up)(gf_problem *, gf_error *);
static uint64_t steps, steps_per_transfer;
static bool upload_again;

/* Julia with lists, made to stop several times, whose first list comes down as well: two buffers
 * come down, of which one also goes up. Its kernel computes the same at each stop. */
static gf_status set_up_with_two_outputs(gf_problem *problem, gf_error *error) {
    const gf_status status = real_set_up(problem, error);
    problem->buffers[0].access = GF_ACCESS_INOUT;
    problem->steps = steps;
    problem->steps_per_transfer = steps_per_transfer;
    problem->upload_again = upload_again;
    return status;
}

static void check_counted(uint64_t stops, uint64_t uploads, const char *name) {
    enum { TRIPS = 3 }; /* a warm-up and two samples */
    gf_workload workload = *gf_workload_find("julia", NULL);
    real_set_up = workload.set_up;
    workload.set_up = set_up_with_two_outputs;
    memset(fake_machines, 0, sizeof fake_machines);
    const fake_device *device = fake_add(0, "0:0", "Fake", GF_CLASS_GPU);
    fake_bench bench = fake_bench_new();
    fake_bench_open_workload(&bench, &workload,
                             (const char *const[]){"size=9x5", "max-iter=20", "inputs=list", NULL});
    const gf_result *result = fake_bench_run(&bench, 0);
    cr_assert_eq(result->outcome, GF_OUTCOME_OK, "%s: %s", name, result->error.text);
    const gf_problem *problem = bench.comparison->problem;
    const gf_traffic traffic = gf_problem_traffic(problem);
    cr_expect_eq(gf_problem_stops(problem), stops, "%s: stops", name);
    cr_expect_eq(traffic.uploads, uploads, "%s: %ju uploads", name, (uintmax_t)traffic.uploads);
    cr_expect_eq(traffic.downloads, 2 * stops, "%s: %ju downloads", name,
                 (uintmax_t)traffic.downloads);
    /* Before each round trip every buffer is poisoned, which counts as a transfer up. */
    cr_expect_eq(device->calls[FAKE_BUFFER_WRITE],
                 TRIPS * (traffic.uploads + problem->buffer_count), "%s: uploads", name);
    cr_expect_eq(device->bytes_up, TRIPS * (traffic.bytes_up + gf_problem_bytes(problem)),
                 "%s: bytes up", name);
    cr_expect_eq(device->calls[FAKE_BUFFER_READ], TRIPS * traffic.downloads, "%s: downloads", name);
    cr_expect_eq(device->bytes_down, TRIPS * traffic.bytes_down, "%s: bytes down", name);
    /* The report and the prediction say the same. */
    cr_expect(result->bytes_up == traffic.bytes_up && result->bytes_down == traffic.bytes_down,
              "%s: the result's bytes", name);
    cr_expect_eq(result->transfers, traffic.uploads + traffic.downloads, "%s: transfers", name);
    const gf_estimate estimate = gf_estimate_of(problem);
    cr_expect_eq(estimate.segments, (double)stops, "%s: segments", name);
    cr_expect_eq(estimate.bytes_up, (double)traffic.bytes_up, "%s: predicted bytes up", name);
    cr_expect_eq(estimate.bytes_down, (double)traffic.bytes_down, "%s: predicted bytes down", name);
    cr_expect_eq(estimate.uploads, (double)traffic.uploads, "%s: predicted uploads", name);
    cr_expect_eq(estimate.downloads, (double)traffic.downloads, "%s: predicted downloads", name);
    fake_bench_close(&bench, name);
}

Test(traffic, runs_reports_and_predictions_agree_with_what_moved) {
    static const struct {
        uint64_t steps, steps_per_transfer;
        bool upload_again;
        uint64_t stops, uploads; /* two inputs, of which one goes up again */
        const char *name;
    } cases[] = {
        {0, 0, false, 1, 2, "no steps"},
        {6, 6, true, 1, 2, "one stop"},
        {6, 2, false, 3, 2, "three stops, the host reads"},
        {6, 2, true, 3, 4, "three stops, the host writes"},
        {7, 2, true, 4, 5, "the last stop is shorter"},
        {5, 1, false, 5, 2, "a stop after each step"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        steps = cases[i].steps;
        steps_per_transfer = cases[i].steps_per_transfer;
        upload_again = cases[i].upload_again;
        check_counted(cases[i].stops, cases[i].uploads, cases[i].name);
    }
}

/* ---- Beyond 64 bits ---------------------------------------------------- */

Test(traffic, more_bytes_than_can_be_counted_are_all_there_are) {
    gf_problem problem = {.buffer_count = 1, .steps = 1000000000, .steps_per_transfer = 1};
    problem.buffers[0] = (gf_buffer_spec){.access = GF_ACCESS_INOUT, .bytes = (size_t)1 << 40};
    const gf_traffic traffic = gf_problem_traffic(&problem);
    cr_expect_eq(traffic.bytes_down, UINT64_MAX);
    cr_expect_eq(traffic.downloads, 1000000000);
    cr_expect_eq(traffic.bytes_up, UINT64_C(1) << 40);
}
