/* The NDRange variants that have tunables, with random values of them on random problems, against
 * the scalar kernel: whatever the values, the result is the same to the bit.
 *
 * GPUFARE_PROPERTY_CASES  how many cases
 * GPUFARE_PROPERTY_SEED   seed of the random numbers; unset: another in every run. A failure names
 * it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "base/text.h"
#include "gpufare.h"
#include "problem/params.h"
#include "problem/problem.h"
#include "problem/workload.h"
#include "real_devices.h"

TestSuite(opencl_tunables, .timeout = 3600);

/* Most cases compile a program, which takes about a second. */
#define DEFAULT_CASES 20

static uint64_t setting_or(const char *name, uint64_t otherwise) {
    const char *text = getenv(name);
    return text != NULL ? strtoull(text, NULL, 10) : otherwise;
}

static const gf_ndrange_variant *find_row(const gf_workload *workload, const char *name) {
    for (uint32_t i = 0; i < workload->ndrange_variant_count; i++) {
        if (strcmp(workload->ndrange_variants[i].name, name) == 0)
            return &workload->ndrange_variants[i];
    }
    return NULL;
}

/* One of the ends of the range, a candidate, or any value. */
static uint32_t random_value(const gf_tunable *tunable, uint64_t *state) {
    uint32_t candidates = 0;
    while (tunable->candidates != NULL && tunable->candidates[candidates] != 0)
        candidates++;
    const uint64_t kind = random_below(state, 4);
    if (kind == 0)
        return random_below(state, 2) == 0 ? tunable->min : tunable->max;
    if (kind == 1 || candidates == 0)
        return tunable->min + (uint32_t)random_below(state, tunable->max - tunable->min + 1);
    return tunable->candidates[random_below(state, candidates)];
}

static void random_override(const gf_ndrange_variant *row, uint64_t *state, char text[300]) {
    gf_text list = gf_text_in(text, 300);
    for (uint32_t i = 0; i < row->tunable_count; i++)
        gf_text_add(&list, "%s%s=%u", i == 0 ? "" : ",", row->tunables[i].name,
                    random_value(&row->tunables[i], state));
}

/* Half of the sides have a few cells, the others some hundreds. */
static size_t random_side(uint64_t *state) {
    return 1 + (size_t)random_below(state, random_below(state, 2) == 0 ? 12 : 400);
}

static void set_random_problem(bench *b, uint64_t *state) {
    static const char *const boundaries[] = {"fixed", "periodic", "insulated"};
    static const char *const precisions[] = {"f32", "f64"};
    static const char *const inputs[] = {"generated", "list"};
    char text[64];
    snprintf(text, sizeof text, "%zux%zu", random_side(state), random_side(state));
    bench_set(b, "size", text);
    bench_set(b, "precision", precisions[random_below(state, 2)]);
    if (gf_params_text(b->params, "steps") != NULL) {
        snprintf(text, sizeof text, "%" PRIu64, 4 + random_below(state, 100));
        bench_set(b, "steps", text);
        bench_set(b, "boundary", boundaries[random_below(state, 3)]);
    }
    if (gf_params_text(b->params, "max-iter") != NULL) {
        snprintf(text, sizeof text, "%" PRIu64, 1 + random_below(state, 400));
        bench_set(b, "max-iter", text);
        bench_set(b, "inputs", inputs[random_below(state, 2)]);
    }
}

/* From some cell on nothing but zeros, into which the values before spread: kernels may go on in
 * another way where they meet that. */
static void add_front(bench *b, uint64_t *state) {
    const gf_buffer_spec *spec = bench_result_spec(b);
    const size_t count = spec->rows * spec->cols;
    const size_t first = (size_t)random_below(state, count), size = gf_type_size(spec->type);
    char *field = b->comparison->truth.inputs[0];
    memset(field + first * size, 0, (count - first) * size);
}

static void run_case(bench *b, const gf_target *target, const char *override, uint64_t *state,
                     const char *what) {
    gf_run_options options = one_sample(GF_VERIFY_FULL);
    options.tuning = override;
    const gf_result *result = NULL;
    gf_error error = GF_ERROR_INIT;
    gf_comparison_destroy(b->comparison);
    b->comparison = NULL;
    cr_assert_eq(gf_comparison_create(b->session, b->params, &options, &b->comparison, &error),
                 GF_OK, "%s: %s", what, error.text);
    bench_scramble_inputs(b, -1.5, 1.5, state);
    if (gf_params_text(b->params, "boundary") != NULL && random_below(state, 2) == 0)
        add_front(b, state);
    cr_assert_eq(gf_comparison_run(b->comparison, target, &result, &error), GF_OK, "%s: %s", what,
                 error.text);
    cr_assert_eq(result->outcome, GF_OUTCOME_OK, "%s: %s", what, result->error.text);
    const gf_buffer_spec *spec = bench_result_spec(b);
    cr_assert_eq(memcmp(b->comparison->truth.reference, b->comparison->run.output, spec->bytes), 0,
                 "%s: differs from the reference", what);
}

/* A target whose variant has tunables; NULL if there is none. */
static const gf_target *random_target(const bench *b, const gf_ndrange_variant **row,
                                      uint64_t *state) {
    const gf_target *found = NULL;
    uint64_t count = 0;
    for (size_t i = 0; i < b->selection.count; i++) {
        const gf_target *target = &b->selection.targets[i];
        const gf_ndrange_variant *candidate =
            strncmp(target->device->info.kind, "opencl", strlen("opencl")) == 0 &&
                    target->variant != NULL
                ? find_row(gf_params_workload(b->params), target->variant)
                : NULL;
        if (candidate == NULL || candidate->tunable_count == 0)
            continue;
        count++;
        if (random_below(state, count) == 0) {
            found = target;
            *row = candidate;
        }
    }
    return found;
}

Test(opencl_tunables, any_values_give_the_same_bits) {
    static const char *const workloads[] = {"diffusion", "julia"};
    const setting none[] = {{NULL, NULL}};
    const uint64_t cases = setting_or("GPUFARE_PROPERTY_CASES", DEFAULT_CASES);
    const uint64_t seed = setting_or("GPUFARE_PROPERTY_SEED", (uint64_t)time(NULL));
    uint64_t state = seed, ran = 0;
    for (size_t w = 0; w < 2; w++) {
        bench b = bench_open(workloads[w], none, EVERYTHING, 0);
        for (uint64_t k = 0; k < (cases + 1 - w) / 2; k++) {
            const gf_ndrange_variant *row = NULL;
            char override[300], what[600];
            const gf_target *target = random_target(&b, &row, &state);
            cr_assert_not_null(target, "%s has no OpenCL variant with tunables", workloads[w]);
            set_random_problem(&b, &state);
            random_override(row, &state, override);
            snprintf(what, sizeof what,
                     "GPUFARE_PROPERTY_SEED=%" PRIu64 ", case %" PRIu64
                     ": %s %s, size %s, %s, --tune %s",
                     seed, k, workloads[w], row->name, gf_params_text(b.params, "size"),
                     gf_params_text(b.params, "precision"), override);
            run_case(&b, target, override, &state, what);
            ran++;
        }
        bench_close(&b);
    }
    cr_assert_eq(ran, cases);
}
