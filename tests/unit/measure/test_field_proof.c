/* What the proof of a field in files costs: the announced operations against the rows that the
 * reference is really computed of, counted where their first content is made. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <unistd.h>

#include "device/session.h"
#include "made_folder.h"
#include "measure/filed/field_proof.h"
#include "problem/params.h"
#include "problem/problem.h"

TestSuite(field_proof, .timeout = 60);

static char path[64];

/* ---- A workload that counts ----------------------------------------------------- */

static const gf_workload *true_workload;
static uint64_t rows_made;

static gf_status count_rows(const gf_problem *problem, uint32_t index, size_t first, size_t rows,
                            void *memory, gf_error *error) {
    rows_made += rows;
    return true_workload->fill_rows(problem, index, first, rows, memory, error);
}

typedef struct bench {
    gf_workload workload;
    gf_session *session;
    gf_problem *problem;
    gf_run_options options;
    gf_field_options how;
    gf_field field;
    gf_error error;
} bench;

/* One operation for each row and step, so that operations are rows. */
static void open_bench(bench *b, const char *boundary, const char *steps, uint64_t memory_bytes) {
    gf_params *params = NULL;
    *b = (bench){.how = {.path = path, .memory_bytes = memory_bytes, .access = GF_FIELD_MAPPED}};
    true_workload = gf_workload_find("diffusion", NULL);
    gf_run_options_defaults(&b->options);
    b->options.field = &b->how;
    cr_assert_eq(gf_session_open_with(NULL, NULL, 0, &b->session, &b->error), GF_OK);
    cr_assert_eq(gf_params_create(true_workload, &params, &b->error), GF_OK);
    cr_assert_eq(gf_params_set(params, "size", "60x517", &b->error), GF_OK);
    cr_assert_eq(gf_params_set(params, "steps", steps, &b->error), GF_OK);
    cr_assert_eq(gf_params_set(params, "boundary", boundary, &b->error), GF_OK);
    cr_assert_eq(gf_problem_create(params, &b->problem, &b->error), GF_OK, "%s", b->error.text);
    gf_params_destroy(params);
    b->workload = *true_workload;
    b->workload.fill_rows = count_rows;
    b->problem->workload = &b->workload;
    snprintf(path, sizeof path, "%s", made_path("field.npy"));
    const gf_context context = {b->session, &b->options};
    cr_assert_eq(gf_field_open(&b->field, b->problem, &context, &b->error), GF_OK, "%s",
                 b->error.text);
    b->problem->cost.operations = 517;
}

static void close_bench(bench *b) {
    gf_field_close(&b->field);
    b->problem->workload = true_workload;
    gf_problem_destroy(b->problem);
    gf_session_close(b->session);
    cr_expect_neq(access(path, F_OK), 0, "a field without a result stays");
}

/* The file has its first content, so that the proof fails: what it costs is the same. */
static gf_verification prove(bench *b) {
    const gf_visits visits = {.bands = 4, .first_units = 140, .inner_units = 120};
    gf_verification verification;
    bool holds = true;
    rows_made = 0;
    cr_assert_eq(gf_field_prove(&b->field, &visits, &verification, &holds, &b->error), GF_OK, "%s",
                 b->error.text);
    cr_expect_not(holds, "no step was made");
    return verification;
}

/* ---- Tests ------------------------------------------------------------------------ */

static const struct {
    const char *boundary, *steps;
    uint64_t memory_bytes;
} cases[] = {
    {"fixed", "30", 400000},     {"periodic", "30", 400000}, {"fixed", "120", 400000},
    {"periodic", "120", 400000}, {"fixed", "3", 300000},     {"fixed", "30", 6000000},
};

Test(field_proof, its_operations_are_those_of_the_rows_that_are_computed) {
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bench b;
        open_bench(&b, cases[i].boundary, cases[i].steps, cases[i].memory_bytes);
        b.options.verify = GF_VERIFY_FULL;
        const double announced = gf_field_proof_operations(&b.field, 1e9);
        const gf_verification verification = prove(&b);
        cr_expect_not(verification.sampled);
        cr_expect_gt(rows_made, 0);
        cr_expect_float_eq(announced, (double)rows_made, 1e-6 * announced,
                           "case %zu: %g announced, %llu computed", i, announced,
                           (unsigned long long)rows_made);
        close_bench(&b);
    }
}

/* A twentieth less is proved as a whole; a twentieth more is sampled, within the limit. */
Test(field_proof, it_is_sampled_from_the_limit_on) {
    static const char *const boundaries[] = {"fixed", "periodic"};
    for (size_t i = 0; i < 2; i++) {
        bench b;
        open_bench(&b, boundaries[i], "30", 400000);
        const double rows = gf_field_proof_operations(&b.field, 1e9);
        b.problem->cost.operations = 0.95 * 517 * GF_CHEAP_OPERATIONS / rows;
        cr_expect_not(prove(&b).sampled, "%s", boundaries[i]);
        b.problem->cost.operations = 1.05 * 517 * GF_CHEAP_OPERATIONS / rows;
        const gf_verification verification = prove(&b);
        cr_expect(verification.sampled, "%s", boundaries[i]);
        cr_expect_gt(verification.sample_count, 3, "%s", boundaries[i]);
        cr_expect_leq((double)rows_made * b.problem->cost.operations / 517, GF_CHEAP_OPERATIONS,
                      "%s: %llu rows for %u samples", boundaries[i], (unsigned long long)rows_made,
                      verification.sample_count);
        close_bench(&b);
    }
}
