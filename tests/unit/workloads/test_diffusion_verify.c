/* Verification of diffusion, in full and by dependence cones: what it accepts and what it finds. */
#include "base/array.h"
#include "diffusion_runs.h"
#include "measure/comparison.h"

TestSuite(diffusion_verify, .timeout = 200);

/* ---- Sampled verification ---------------------------------------------- */

/* Changes the last bit of one cell. */
static void flip_bit(const bench *b, void *field, size_t index) {
    ((unsigned char *)field)[index * gf_type_size(bench_result_spec(b)->type)] ^= 1;
}

/* Shapes smaller than a sampled block, smaller than the cone of `steps`, and larger in one
 * dimension or both. */
static const struct {
    grid g;
    const char *steps;
} cones[] = {
    {{1, 1}, "5"},   {{3, 5}, "9"},    {{9, 11}, "40"},  {{20, 17}, "6"},
    {{120, 4}, "7"}, {{5, 130}, "12"}, {{90, 70}, "10"}, {{1, 64}, "3"},
};

static void expect_sampling_works(size_t index, int boundary, const char *precision) {
    const grid g = cones[index].g;
    double *first = random_field(g, 37 + index);
    bench b = open_field(g, first, boundaries[boundary], precision, cones[index].steps, NULL,
                         "native:scalar", 2);
    /* The file is gone, so the second comparison gets the contents of the first. */
    void *input = copy_bytes(b.comparison->truth.inputs[0], bench_result_spec(&b)->bytes);
    bench_run(&b, 0, "truth");
    void *field = bench_copy_output(&b);
    bench_set(&b, "init", "square");
    char size[32];
    snprintf(size, sizeof size, "%zux%zu", g.cols, g.rows);
    bench_set(&b, "size", size);
    bench_restart(&b, GF_VERIFY_SAMPLED);
    bench_make_inputs(&b);
    memcpy(b.comparison->truth.inputs[0], input, bench_result_spec(&b)->bytes);
    /* On such small grids the whole would be cheaper than samples: without preparation there
     * is no reference, and only samples are left. */
    gf_verification verification;
    cr_expect(bench_accepts(&b, field, &verification),
              "%s, %s, %s, %s steps: %llu of %llu sampled cells of a right result differ", size,
              boundaries[boundary], precision, cones[index].steps,
              (unsigned long long)verification.difference.mismatches,
              (unsigned long long)verification.difference.compared);
    cr_expect(verification.sampled && verification.difference.compared > 0);
    /* The samples include the first and the last corner, and in a small grid every cell. */
    const size_t cells = g.rows * g.cols;
    for (size_t i = 0; i < cells; i++) {
        const bool corner = i == 0 || i == cells - 1;
        if (cells > 400 && !corner)
            continue;
        flip_bit(&b, field, i);
        cr_expect_not(bench_accepts(&b, field, &verification),
                      "%s, %s, %s, %s steps: a wrong cell %zu goes unnoticed", size,
                      boundaries[boundary], precision, cones[index].steps, i);
        flip_bit(&b, field, i);
    }
    free(field);
    free(input);
    free(first);
    bench_close(&b);
}

Test(diffusion_verify, sampling_accepts_right_results_and_finds_faults) {
    for (size_t i = 0; i < GF_COUNT_OF(cones); i++) {
        for (int k = 0; k < BOUNDARIES; k++) {
            expect_sampling_works(i, k, "f64");
            expect_sampling_works(i, k, "f32");
        }
    }
}

Test(diffusion_verify, full_verification_finds_any_wrong_cell) {
    const grid g = {7, 13};
    double *first = random_field(g, 41);
    for (int p = 0; p < 2; p++) {
        bench b = open_field(g, first, "periodic", precisions[p], "4", NULL, "native:scalar", 1);
        bench_run(&b, 0, "truth");
        void *field = bench_copy_output(&b);
        gf_verification verification;
        cr_expect(bench_accepts(&b, field, &verification));
        cr_expect_not(verification.sampled);
        cr_expect_eq(verification.difference.compared, 7 * 13);
        for (size_t i = 0; i < 7 * 13; i++) {
            flip_bit(&b, field, i);
            cr_expect_not(bench_accepts(&b, field, &verification), "cell %zu", i);
            cr_expect_eq(verification.difference.mismatches, 1);
            flip_bit(&b, field, i);
        }
        free(field);
        bench_close(&b);
    }
    free(first);
}

/* A result of NaNs, like poison, equals nothing. */
Test(diffusion_verify, poison_is_never_right) {
    const setting settings[] = {{"size", "30x20"}, {"steps", "2"}, {NULL, NULL}};
    for (int k = 0; k < 2; k++) {
        bench b = bench_open("diffusion", settings, "native:scalar", 1);
        bench_restart(&b, GF_VERIFY_FULL);
        if (k == 0)
            bench_prepare_truth(&b);
        else
            bench_make_inputs(&b); /* no reference: samples */
        void *poison = malloc(bench_result_spec(&b)->bytes);
        cr_assert_not_null(poison);
        memset(poison, 0xff, bench_result_spec(&b)->bytes);
        gf_verification verification;
        cr_expect_not(bench_accepts(&b, poison, &verification));
        cr_expect_eq(verification.difference.mismatches, verification.difference.compared);
        cr_expect_eq(verification.sampled, k == 1);
        free(poison);
        bench_close(&b);
    }
}
