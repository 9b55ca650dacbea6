/* Advice against closed forms: profiles made by hand, of devices whose every time is known. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <math.h>

#include "advice.h"
#include "cache.h"
#include "fake_bench.h"
#include "json_advise.h"
#include "turning_point.h"

FAKE_GLOBALS

TestSuite(advice, .timeout = 120);

static void expect_words(const char *text, const char *words, const char *name) {
    cr_expect_not_null(strstr(text, words), "%s: '%s' lacks '%s'", name, text, words);
}

/* A cache of the test's own. */
static void use_own_cache(void) {
    static char folder[] = "/tmp/gpufare-advice-XXXXXX";
    cr_assert_not_null(mkdtemp(folder));
    cr_assert_eq(setenv("XDG_CACHE_HOME", folder, 1), 0);
}

/* ---- Turning points ---------------------------------------------------------------------------
 */

typedef struct scale {
    uint64_t first, last; /* 1 wins in between, 0 elsewhere */
    uint64_t end;         /* no values beyond; 0: none is missing */
    uint32_t evaluations;
    gf_status failure; /* of every evaluation */
} scale;

static gf_status winner_of(void *context, uint64_t value, size_t *winner, gf_error *error) {
    scale *s = context;
    s->evaluations++;
    if (s->failure != GF_OK)
        return gf_error_set(error, s->failure, "as asked");
    if (s->end > 0 && value > s->end)
        return gf_error_set(error, GF_UNSUPPORTED, "too large");
    *winner = value >= s->first && value <= s->last ? 1 : 0;
    return GF_OK;
}

Test(advice, turning_points_are_exact_below_200_and_within_1_per_cent_above) {
    for (uint64_t first = 2; first < 900; first += first < 250 ? 1 : 37) {
        scale s = {.first = first, .last = UINT64_MAX};
        gf_turning_point point;
        gf_error error = GF_ERROR_INIT;
        cr_assert_eq(gf_turning_point_find(winner_of, &s, 1, 0, 1000000, &point, &error), GF_OK);
        cr_assert(point.found, "%" PRIu64, first);
        cr_expect_eq(point.winner, 1);
        cr_expect(point.value >= first && point.value - first <= first / 100,
                  "%" PRIu64 " for %" PRIu64, point.value, first);
        cr_expect(first >= 200 || point.value == first, "%" PRIu64 " for %" PRIu64, point.value,
                  first);
        cr_expect_leq(s.evaluations, 18, "%u for %" PRIu64, s.evaluations, first);
    }
}

Test(advice, turning_points_downwards) {
    for (uint64_t last = 1; last < 1000; last += 13) {
        scale s = {.first = 0, .last = last};
        gf_turning_point point;
        gf_error error = GF_ERROR_INIT;
        cr_assert_eq(gf_turning_point_find(winner_of, &s, 1000, 0, 1, &point, &error), GF_OK);
        cr_assert(point.found, "%" PRIu64, last);
        cr_expect(point.value <= last && last - point.value <= last / 100 + 1,
                  "%" PRIu64 " for %" PRIu64, point.value, last);
    }
}

Test(advice, what_does_not_turn_or_not_for_long_is_no_turning_point) {
    const struct {
        scale scale;
        uint64_t limit, reached;
        bool found;
        const char *name;
    } cases[] = {
        {{.first = 100000, .last = UINT64_MAX}, 1 << 20, 1024, false, "too far away"},
        {{.first = 50, .last = UINT64_MAX}, 40, 40, false, "beyond the limit"},
        {{.first = 50, .last = UINT64_MAX, .end = 40}, 1000, 32, false, "beyond the end"},
        {{.first = 9, .last = 20}, 1000, 1000, false, "gone an octave further"},
        {{.first = 9, .last = 20}, 16, 16, true, "there is no further octave"},
        {{.first = 9, .last = 100}, 1000, 32, true, "for three octaves"},
        {{.first = 1, .last = UINT64_MAX}, 1, 1, false, "nowhere to go"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        scale s = cases[i].scale;
        gf_turning_point point;
        gf_error error = GF_ERROR_INIT;
        cr_assert_eq(gf_turning_point_find(winner_of, &s, 1, 0, cases[i].limit, &point, &error),
                     GF_OK, "%s", cases[i].name);
        cr_expect_eq(point.found, cases[i].found, "%s", cases[i].name);
        cr_expect_eq(point.reached, cases[i].reached, "%s: %" PRIu64, cases[i].name, point.reached);
        cr_expect(!point.found || point.value == s.first, "%s: %" PRIu64, cases[i].name,
                  point.value);
    }
}

Test(advice, a_search_that_fails_says_so) {
    scale s = {.failure = GF_INTERRUPTED};
    gf_turning_point point;
    gf_error error = GF_ERROR_INIT;
    cr_expect_eq(gf_turning_point_find(winner_of, &s, 1, 0, 100, &point, &error), GF_INTERRUPTED);
    expect_words(error.text, "as asked", "error");
}

/* ---- Devices made by hand ---------------------------------------------------------------------
 */

/* A device whose kernels take `op_ns` for each operation, and whose transfers up_ns or down_ns and
 * byte_ns for each byte. */
typedef struct maker {
    const char *id, *variant;
    gf_device_class device_class;
    double op_ns, up_ns, down_ns, byte_ns;
    uint64_t memory;
    bool no_f64;
    double spread; /* of its points */
} maker;

static gf_line line(double a_ns, double b_ns) {
    return (gf_line){.a_ns = a_ns, .b_ns = b_ns, .least = 1, .most = 1e9, .count = 9};
}

/* One point for the corner of a cube that holds the problems of these tests. */
static void add_point(gf_profile *profile, const maker *m, const gf_problem *problem, int corner) {
    const double items = corner & 1 ? 1e8 : 1, leg_steps = corner & 2 ? 1e6 : 1;
    const double work = items * leg_steps * (corner & 4 ? 1e4 : 1);
    gf_point point = {.precision = problem->precision,
                      .math = problem->math,
                      .work = work,
                      .operations = work * 10,
                      .items = items,
                      .footprint = items * (corner & 1 ? 16 : 32),
                      .legs = 1,
                      .leg_steps = leg_steps,
                      .bytes_up = 1000,
                      .bytes_down = 1000,
                      .moves_up = 1,
                      .moves_down = 1,
                      .efficiency = 1,
                      .lanes = {1, 1},
                      .kernel_ns = work * 10 * m->op_ns,
                      .h2d_ns = m->up_ns + 1000 * m->byte_ns,
                      .d2h_ns = m->down_ns + 1000 * m->byte_ns,
                      .spread = m->spread};
    gf_error error = GF_ERROR_INIT;
    snprintf(point.workload, sizeof point.workload, "%s", problem->workload->name);
    snprintf(point.variant, sizeof point.variant, "%s", m->variant);
    snprintf(point.values, sizeof point.values, "corner=%d", corner);
    cr_assert_eq(gf_profile_add(profile, &point, &error), GF_OK, "%s", error.text);
}

static gf_profile *make_profile(const maker *m, const gf_problem *problem) {
    const gf_device_info info = {.id = m->id,
                                 .name = "made by hand",
                                 .kind = m->device_class == GF_CLASS_GPU ? "opencl-gpu" : "native",
                                 .platform = "",
                                 .driver = "",
                                 .simd = "",
                                 .device_class = m->device_class,
                                 .global_memory_bytes = m->memory,
                                 .max_alloc_bytes = m->memory,
                                 .f64 = !m->no_f64};
    gf_profile *profile = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_profile_create(&info, 1, &profile, &error), GF_OK, "%s", error.text);
    profile->used = GF_MEMORY_PINNED;
    profile->transfers[GF_UP][GF_MEMORY_PINNED] = line(m->up_ns, m->byte_ns);
    profile->transfers[GF_DOWN][GF_MEMORY_PINNED] = line(m->down_ns, m->byte_ns);
    profile->ceilings = (gf_ceilings){.launch_ns = 1, .copy_memory = 1e10, .f64 = 2e9 / m->op_ns};
    for (int corner = 0; m->variant[0] != '\0' && corner < 8; corner++)
        add_point(profile, m, problem, corner);
    return profile;
}

typedef struct made {
    fake_bench bench;
    gf_contenders *contenders; /* of the advice */
    gf_advice *advice;
} made;

static gf_contenders *make_contenders(const fake_bench *bench, const maker *makers, size_t count) {
    const gf_problem *problem = bench->comparison->problem;
    gf_contenders *contenders = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_contenders_create_empty(&contenders, &error), GF_OK);
    for (size_t i = 0; i < count; i++) {
        gf_profile *profile = make_profile(&makers[i], problem);
        cr_assert_eq(
            gf_contenders_add_model(contenders, problem->values, profile, "by the test", &error),
            GF_OK, "%s", error.text);
    }
    return contenders;
}

static void advise(made *m, const maker *makers, size_t count) {
    gf_error error = GF_ERROR_INIT;
    m->contenders = make_contenders(&m->bench, makers, count);
    cr_assert_eq(gf_advice_of(m->bench.comparison, m->contenders, &m->advice, &error), GF_OK, "%s",
                 error.text);
}

#define ADVISE(m, makers, workload, ...)                                                           \
    do {                                                                                           \
        memset(fake_machines, 0, sizeof fake_machines);                                            \
        (m)->bench = fake_bench_new();                                                             \
        FAKE_BENCH_OPEN(&(m)->bench, workload, __VA_ARGS__);                                       \
        advise((m), (makers), sizeof(makers) / sizeof(makers)[0]);                                 \
    } while (0)

static void done(made *m, const char *name) {
    gf_advice_destroy(m->advice);
    fake_bench_close(&m->bench, name);
}

static const gf_flip *find_flip(const gf_flips *flips, const char *param, bool upwards) {
    for (size_t i = 0; i < flips->count; i++) {
        if (strcmp(flips->items[i].param, param) == 0 && flips->items[i].upwards == upwards)
            return &flips->items[i];
    }
    return NULL;
}

/* ---- Predictions ------------------------------------------------------------------------------
 */

/* Without noise the prediction is the closed form itself, so what follows may rely on it. */
Test(advice, predictions_of_a_device_made_by_hand_are_its_closed_form) {
    const maker makers[] = {{"gpu", "fast", GF_CLASS_GPU, 0.01, 5000, 7000, 0.25, 1 << 30, 0, 0}};
    made m;
    ADVISE(&m, makers, "diffusion", "size=100x50", "steps=40", "steps-per-transfer=8");
    const gf_interval *ns = m.contenders->items[0].prediction.phases;
    const double bytes = 100 * 50 * 8;
    const double kernel = m.bench.comparison->problem->cost.operations * 0.01;
    cr_expect_float_eq(ns[GF_PHASE_KERNEL].value / kernel, 1, 1e-6);
    cr_expect_float_eq(ns[GF_PHASE_H2D].value, 5000 + 0.25 * bytes, 1e-6);
    cr_expect_float_eq(ns[GF_PHASE_D2H].value, 5 * (7000 + 0.25 * bytes), 1e-6);
    cr_expect_lt(ns[GF_PHASE_TOTAL].low, ns[GF_PHASE_TOTAL].value);
    cr_expect_gt(ns[GF_PHASE_TOTAL].high, ns[GF_PHASE_TOTAL].value);
    done(&m, "closed form");
}

/* ---- What would flip it -----------------------------------------------------------------------
 */

/* CPU: c N S. GPU: g N S + (a + b n) + legs (a + b n), with n bytes; it wins from the first K on
 * whose legs = ceil(S / K) are few enough. */
Test(advice, the_steps_from_which_the_gpu_wins) {
    static const struct {
        double op_ns, down_ns;
    } cases[] = {{0.5, 20000}, {0.8, 20000}, {0.9, 40000}, {0.2, 60000}, {0.95, 15000}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const maker makers[] = {{"cpu", "best", GF_CLASS_NATIVE, 1, 0, 0, 0, 1 << 30, 0, 0},
                                {"gpu", "fast", GF_CLASS_GPU, cases[i].op_ns, 1000,
                                 cases[i].down_ns, 0.5, 1 << 30, 0, 0}};
        made m;
        ADVISE(&m, makers, "diffusion", "size=64x64", "steps=1000", "steps-per-transfer=1");
        const double bytes = 64 * 64 * 8;
        const double operations = m.bench.comparison->problem->cost.operations;
        const double gain = (1 - cases[i].op_ns) * operations - (1000 + 0.5 * bytes);
        uint64_t want = 1; /* fare of the legs below what computing gains */
        while (ceil(1000.0 / (double)want) * (cases[i].down_ns + 0.5 * bytes) >= gain)
            want++;
        const gf_flip *flip = find_flip(&m.advice->flips, "steps-per-transfer", true);
        if (want == 1) {
            cr_expect_null(flip, "case %zu", i);
        } else {
            cr_assert_not_null(flip, "case %zu: nothing from %" PRIu64 " on", i, want);
            const uint64_t found = strtoull(flip->value, NULL, 10);
            cr_expect(found >= want && found - want <= want / 100, "case %zu: %s for %" PRIu64, i,
                      flip->value, want);
            cr_expect_str_eq(m.contenders->items[flip->winner].variant, "fast");
            cr_expect_str_eq(flip->now, "1");
            char text[256];
            gf_flip_describe(m.contenders, flip, text, sizeof text);
            expect_words(text, "or more (now 1) model gpu:fast wins", "flip");
        }
        done(&m, "steps");
    }
}

/* CPU: c o N S. GPU: g o N S + 2 a + 2 b 8 N: it wins from N = 2 a / ((c - g) o S - 16 b) on. */
Test(advice, the_size_from_which_the_gpu_wins_and_below_which_it_does_not) {
    const double latencies[] = {3e5, 2e6, 1.1e7};
    for (size_t i = 0; i < sizeof latencies / sizeof latencies[0]; i++) {
        const maker makers[] = {
            {"cpu", "best", GF_CLASS_NATIVE, 1, 0, 0, 0, 1 << 30, 0, 0},
            {"gpu", "fast", GF_CLASS_GPU, 0.25, latencies[i], latencies[i], 0.5, 1 << 30, 0, 0}};
        for (int small = 0; small < 2; small++) {
            made m;
            ADVISE(&m, makers, "diffusion", small ? "size=32x32" : "size=1500x1500", "steps=100");
            const gf_problem *problem = m.bench.comparison->problem;
            const gf_buffer_spec *field = &problem->buffers[problem->result];
            const double a_cell =
                problem->cost.operations / ((double)field->rows * (double)field->cols);
            const double side = sqrt(2 * latencies[i] / (0.75 * a_cell - 16 * 0.5));
            const gf_flip *flip = find_flip(&m.advice->flips, "size", small);
            cr_assert_not_null(flip, "from %g, seen from %s", side, small ? "below" : "above");
            const double found = (double)strtoull(flip->value, NULL, 10);
            cr_expect(fabs(found - side) <= 1 + side / 100, "%g for %g", found, side);
            cr_expect_eq(m.contenders->items[flip->winner].device_class,
                         small ? GF_CLASS_GPU : GF_CLASS_NATIVE);
            cr_expect_null(find_flip(&m.advice->flips, "size", !small));
            done(&m, "size");
        }
    }
}

Test(advice, what_flips_nothing_is_listed) {
    const maker makers[] = {{"cpu", "best", GF_CLASS_NATIVE, 1, 0, 0, 0, 1 << 30, 0, 0},
                            {"gpu", "fast", GF_CLASS_GPU, 2, 10, 10, 1, 1 << 30, 0, 0}};
    made m;
    ADVISE(&m, makers, "diffusion", "size=200x100", "steps=300");
    cr_expect_eq(m.advice->flips.count, 0);
    expect_words(m.advice->flips.unchanged, "--size from 1x1 to ", "sizes");
    expect_words(m.advice->flips.unchanged, "--steps-per-transfer from 1 to 300", "steps");
    done(&m, "nothing flips");
}

/* A device that runs out of memory loses what is larger. */
Test(advice, memory_ends_what_a_device_wins) {
    const maker makers[] = {{"cpu", "best", GF_CLASS_NATIVE, 1, 0, 0, 0, 1 << 30, 0, 0},
                            {"gpu", "fast", GF_CLASS_GPU, 0.1, 10, 10, 0, 16 * 512 * 512, 0, 0}};
    made m;
    ADVISE(&m, makers, "diffusion", "size=100x100", "steps=100");
    const gf_flip *flip = find_flip(&m.advice->flips, "size", true);
    cr_assert_not_null(flip);
    const uint64_t found = strtoull(flip->value, NULL, 10);
    cr_expect(found > 512 && found <= 512 + 6, "%s", flip->value);
    cr_expect_eq(m.contenders->items[flip->winner].device_class, GF_CLASS_NATIVE);
    done(&m, "memory");
}

Test(advice, an_interrupted_search_ends) {
    const maker makers[] = {{"cpu", "best", GF_CLASS_NATIVE, 1, 0, 0, 0, 1 << 30, 0, 0}};
    volatile sig_atomic_t cancel = 1;
    gf_flips flips;
    gf_error error = GF_ERROR_INIT;
    made m;
    ADVISE(&m, makers, "diffusion", "size=64x64", "steps=10");
    cr_expect_eq(gf_flips_find(m.contenders, m.bench.comparison->problem, &cancel, &flips, &error),
                 GF_INTERRUPTED);
    gf_error_clear(&error);
    done(&m, "interrupted");
}

/* ---- The verdict ------------------------------------------------------------------------------
 */

/* Each against a CPU that takes 1 ns for an operation. */
Test(advice, kinds_of_verdict) {
    static const struct {
        double op_ns, fare_ns, spread;
        gf_advice_kind kind;
        const char *winner, *words;
    } cases[] = {
        {0.5, 0, 0, GF_ADVICE_DEVICE, "model gpu:fast", "2 times as fast"},
        {2, 0, 0, GF_ADVICE_DEVICE, "model cpu:best", "2 times as fast"},
        {0.99, 0, 0, GF_ADVICE_TOO_CLOSE, "model gpu:fast", "less than 5 % apart"},
        {0.93, 0, 1.2, GF_ADVICE_TOO_CLOSE, "model gpu:fast", "with a probability of only"},
        {0.5, 1e9, 0, GF_ADVICE_SPLIT, "model cpu:best", "model gpu:fast has the fastest kernel"},
        {0.97, 1e9, 0, GF_ADVICE_DEVICE, "model cpu:best", "model cpu:best: "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const maker makers[] = {
            {"cpu", "best", GF_CLASS_NATIVE, 1, 0, 0, 0, 1 << 30, 0, cases[i].spread},
            {"gpu", "fast", GF_CLASS_GPU, cases[i].op_ns, cases[i].fare_ns, 0, 0, 1 << 30, 0,
             cases[i].spread}};
        char text[1024];
        made m;
        ADVISE(&m, makers, "diffusion", "size=64x64", "steps=100");
        const gf_ranking *ranking = &m.advice->ranking;
        gf_advice_describe(m.advice, text, sizeof text);
        cr_expect_eq(ranking->kind, cases[i].kind, "case %zu: %s: %s", i,
                     gf_advice_kind_name(ranking->kind), text);
        cr_expect_str_eq(m.contenders->items[ranking->winner].label, cases[i].winner, "case %zu",
                         i);
        cr_expect_neq(ranking->runner_up, ranking->winner);
        expect_words(text, cases[i].words, "verdict");
        cr_expect_leq(ranking->ratio.low, ranking->ratio.value);
        cr_expect_geq(ranking->ratio.high, ranking->ratio.value);
        done(&m, "kinds");
    }
}

/* The runner-up is another device's, however fast the winner's own variants are. */
Test(advice, variants_of_the_winner_are_no_rivals) {
    const maker makers[] = {{"cpu", "best", GF_CLASS_NATIVE, 1, 0, 0, 0, 1 << 30, 0, 0},
                            {"gpu", "fast", GF_CLASS_GPU, 4, 0, 0, 0, 1 << 30, 0, 0}};
    made m;
    ADVISE(&m, makers, "diffusion", "size=64x64", "steps=100");
    gf_contender twin = m.contenders->items[0];
    twin.prediction = m.contenders->items[0].prediction;
    snprintf(twin.variant, sizeof twin.variant, "twin");
    gf_contender items[] = {m.contenders->items[0], twin, m.contenders->items[1]};
    const gf_contenders three = {.items = items, .count = 3};
    gf_ranking ranking;
    gf_rank(&three, NULL, &ranking);
    cr_expect_eq(ranking.kind, GF_ADVICE_DEVICE);
    cr_expect_eq(ranking.winner, 0);
    cr_expect_eq(ranking.runner_up, 2);
    done(&m, "variants");
}

Test(advice, one_device_has_no_rival_and_none_is_no_verdict) {
    const maker one[] = {{"cpu", "best", GF_CLASS_NATIVE, 1, 0, 0, 0, 1 << 30, 0, 0}};
    const maker none[] = {{"cpu", "best", GF_CLASS_NATIVE, 1, 0, 0, 0, 1000, 0, 0},
                          {"gpu", "fast", GF_CLASS_GPU, 1, 0, 0, 0, 1 << 30, true, 0},
                          {"bare", "", GF_CLASS_GPU, 1, 0, 0, 0, 1 << 30, 0, 0}};
    char text[1024];
    made m;
    ADVISE(&m, one, "diffusion", "size=64x64", "steps=100");
    gf_advice_describe(m.advice, text, sizeof text);
    cr_expect_eq(m.advice->ranking.kind, GF_ADVICE_DEVICE);
    expect_words(text, "no other device to compare with", "one");
    done(&m, "one");
    ADVISE(&m, none, "diffusion", "size=64x64", "steps=100");
    gf_advice_describe(m.advice, text, sizeof text);
    cr_expect_eq(m.advice->ranking.kind, GF_ADVICE_NONE);
    expect_words(text, "no device can be predicted", "none");
    expect_words(m.contenders->items[0].prediction.why_not, "64.0 KiB", "memory");
    expect_words(m.contenders->items[1].prediction.why_not, "no f64", "f64");
    expect_words(m.contenders->items[2].prediction.why_not, "no f64 cases of diffusion", "bare");
    done(&m, "none");
}

Test(advice, no_cpu_counts_as_evidence_about_gpus) {
    static const struct {
        gf_device_class device_class;
        bool here, evidence;
        const char *words;
    } cases[] = {{GF_CLASS_CPU, true, false, "No GPU was measured"},
                 {GF_CLASS_CPU, false, false, "gpufare calibrate --json"},
                 {GF_CLASS_GPU, false, false, "The GPU is modelled"},
                 {GF_CLASS_GPU, true, true, ""}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const maker makers[] = {{"x", "best", cases[i].device_class, 1, 0, 0, 0, 1 << 30, 0, 0}};
        char text[512];
        made m;
        ADVISE(&m, makers, "diffusion", "size=64x64", "steps=10");
        gf_device here = {.info = {.id = "x"}};
        m.contenders->items[0].device = cases[i].here ? &here : NULL;
        cr_expect_eq(gf_advice_has_gpu(m.advice, text, sizeof text), cases[i].evidence, "%zu", i);
        expect_words(text, cases[i].words, "GPU");
        cr_expect(!cases[i].evidence || text[0] == '\0', "%s", text);
        done(&m, "GPU");
    }
}

/* ---- The checklist ----------------------------------------------------------------------------
 */

Test(advice, the_checklist_before_a_run) {
    const maker makers[] = {
        {"gpu", "fast", GF_CLASS_GPU, 0.01, 30000, 30000, 0.5, 4 * 64 * 64 * 16, 0, 0},
        {"old", "fast", GF_CLASS_GPU, 0.01, 1, 1, 0, 64 * 64 * 8, true, 0}};
    made m;
    ADVISE(&m, makers, "diffusion", "size=64x64", "steps=100");
    const gf_check_row *rows = m.advice->checks;
    const double kernel = m.bench.comparison->problem->cost.operations * 0.01;
    const double fare = 2 * (30000 + 0.5 * 64 * 64 * 8);
    cr_expect_float_eq(rows[GF_POINT_MEMORY].check.value, 0.25, 1e-12);
    cr_expect_eq(rows[GF_POINT_MEMORY].check.grade, GF_GRADE_PASS);
    cr_expect_eq(rows[GF_POINT_BRANCHING].check.value, 1);
    cr_expect_float_eq(rows[GF_POINT_MOVEMENT].check.value, fare / (fare + kernel), 1e-6);
    cr_expect_eq(rows[GF_POINT_OPERATIONS].check.grade, GF_GRADE_PASS);
    expect_words(rows[GF_POINT_MOVEMENT].check.source, "predicted", "source");
    const gf_check_row *old = rows + GF_POINT_COUNT;
    cr_expect_eq(old[GF_POINT_MEMORY].check.grade, GF_GRADE_FAIL);
    cr_expect_eq(old[GF_POINT_MEMORY].check.value, 2);
    cr_expect_eq(old[GF_POINT_MOVEMENT].check.grade, GF_GRADE_UNKNOWN);
    cr_expect_eq(old[GF_POINT_OPERATIONS].check.grade, GF_GRADE_FAIL);
    for (int i = 0; i < 2 * GF_POINT_COUNT; i++)
        cr_expect_gt(strlen(rows[i].check.evidence), 0);
    done(&m, "checklist");
}

/* Divergent work is sampled, and lane groups are those of the measured cases. */
Test(advice, branching_comes_from_sampled_work) {
    const maker makers[] = {{"gpu", "fast", GF_CLASS_GPU, 1, 1, 1, 0, 1 << 30, 0, 0}};
    made m;
    ADVISE(&m, makers, "julia", "size=200x200");
    gf_profile *profile = m.contenders->items[0].profile;
    for (size_t i = 0; i < profile->point_count; i++)
        profile->points[i].lanes = (gf_lane_group){1, 4};
    gf_check_row rows[GF_POINT_COUNT];
    gf_advice_grade(m.bench.comparison->problem, &m.advice->estimate, &m.contenders->items[0],
                    rows);
    const double want = m.advice->estimate.efficiency[0];
    cr_expect_lt(want, 1);
    cr_expect_eq(rows[GF_POINT_BRANCHING].check.value, want);
    expect_words(rows[GF_POINT_BRANCHING].check.evidence, "in 1x64", "evidence");
    done(&m, "branching");
}

/* ---- The ledger of errors ---------------------------------------------------------------------
 */

static gf_error_entry entry_of(double predicted, double measured) {
    gf_error_entry entry = {.at = "2026-05-21T12:00:00Z",
                            .workload = "julia",
                            .values = "size=9x9",
                            .device = "native:scalar"};
    entry.predicted_ns[GF_PHASE_TOTAL] = predicted;
    entry.measured_ns[GF_PHASE_TOTAL] = measured;
    return entry;
}

static gf_error_ledger *open_ledger(const char *machine) {
    gf_error_ledger *ledger = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_error_ledger_open(machine, &ledger, &error), GF_OK, "%s", error.text);
    return ledger;
}

static void add_entry(gf_error_ledger *ledger, double predicted, double measured) {
    const gf_error_entry entry = entry_of(predicted, measured);
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_error_ledger_add(ledger, &entry, &error), GF_OK, "%s", error.text);
}

Test(advice, the_ledger_of_errors_is_kept_for_a_machine) {
    use_own_cache();
    gf_error_ledger *ledger = open_ledger("here");
    cr_expect_eq(ledger->count, 0);
    cr_expect_eq(gf_error_ledger_median(ledger), 0);
    add_entry(ledger, 110, 100);
    add_entry(ledger, 70, 100);
    cr_expect_float_eq(gf_error_ledger_median(ledger), 0.2, 1e-12);
    add_entry(ledger, 100, 100);
    cr_expect_float_eq(gf_error_ledger_median(ledger), 0.1, 1e-12);
    cr_expect(gf_error_ledger_keep(ledger));
    gf_error_ledger_close(ledger);
    ledger = open_ledger("elsewhere");
    cr_expect_eq(ledger->count, 0);
    gf_error_ledger_close(ledger);
    ledger = open_ledger("here");
    cr_assert_eq(ledger->count, 3);
    cr_expect_str_eq(ledger->begun_anew, "");
    cr_expect_str_eq(ledger->entries[1].device, "native:scalar");
    cr_expect_eq(ledger->entries[1].predicted_ns[GF_PHASE_TOTAL], 70);
    cr_expect_float_eq(gf_error_ledger_median(ledger), 0.1, 1e-12);
    gf_error_ledger_close(ledger);
}

Test(advice, the_ledger_of_errors_forgets_what_is_oldest) {
    use_own_cache();
    gf_error_ledger *ledger = open_ledger("here");
    for (int i = 0; i < GF_ERROR_LEDGER_MOST + 7; i++)
        add_entry(ledger, i + 1, 1);
    /* Of 8 to 507, each 1 too large: the median is that of 7 to 506. */
    cr_expect_float_eq(gf_error_ledger_median(ledger), 256.5, 1e-12);
    cr_expect(gf_error_ledger_keep(ledger));
    gf_error_ledger_close(ledger);
    ledger = open_ledger("here");
    cr_assert_eq(ledger->count, GF_ERROR_LEDGER_MOST, "%zu: %s", ledger->count, ledger->begun_anew);
    cr_expect_eq(ledger->entries[0].predicted_ns[GF_PHASE_TOTAL], 8);
    gf_error_ledger_close(ledger);
}

Test(advice, a_damaged_ledger_is_named_and_begun_anew) {
    static const char phases[] = "{\"build\":0,\"alloc\":0,\"h2d\":0,\"launch\":0,\"kernel\":0,"
                                 "\"d2h\":0,\"unexplained\":0,\"total\":%s}";
    static const struct {
        const char *format, *total, *words;
    } cases[] = {
        {"[1]", "", "schema"},
        {"{\"schema\":\"gpufare.errors/2\",\"machine\":\"here\",\"entries\":[]}", "", "schema"},
        {"{\"schema\":\"gpufare.errors/1\",\"machine\":\"there\",\"entries\":[]}", "",
         "another machine"},
        {"{\"schema\":\"gpufare.errors/1\",\"machine\":\"here\"}", "", "no entries"},
        {"{\"schema\":\"gpufare.errors/1\",\"machine\":\"here\",\"entries\":[%s]}", "0",
         "can't be"},
        {"{\"schema\":\"gpufare.errors/1\",\"machine\":\"here\",\"entries\":[%s]}", "-3",
         "can't be"},
        {"{\"schema\":\"gpufare.errors/1\",\"machine\":\"here\",\"entries\":[%s]}", "\"7\"",
         "can't be"},
        {"{\"schema\":\"gpufare.errors/1\",\"machine\":\"here\",\"entries\":[%s]}", "7", ""},
    };
    use_own_cache();
    const uint64_t key = gf_hash_text(GF_HASH_START, "here");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char ns[256], entry[1024], text[2048];
        snprintf(ns, sizeof ns, phases, cases[i].total);
        snprintf(entry, sizeof entry,
                 "{\"at\":\"now\",\"workload\":\"sum\",\"values\":\"\",\"device\":\"0:0\","
                 "\"predicted_ns\":%s,\"measured_ns\":%s}",
                 ns, ns);
        snprintf(text, sizeof text, cases[i].format, entry);
        json_t *document = json_loads(text, 0, NULL);
        cr_assert_not_null(document, "%s", text);
        cr_assert(gf_cache_write("errors", key, document));
        json_decref(document);
        gf_error_ledger *ledger = open_ledger("here");
        const bool good = cases[i].words[0] == '\0';
        expect_words(ledger->begun_anew, cases[i].words, "begun anew");
        cr_expect_eq(ledger->begun_anew[0] == '\0', good, "%s", ledger->begun_anew);
        cr_expect_eq(ledger->count, good ? 1 : 0, "case %zu", i);
        cr_expect_eq(gf_cache_holds("errors", key), good, "case %zu", i);
        gf_error_ledger_close(ledger);
    }
}

/* ---- Checked ----------------------------------------------------------------------------------
 */

/* Two fake devices, whose kernels take what they are said to, and predictions of them. */
static void check_on_fakes(made *m, uint64_t cpu_ns, uint64_t gpu_ns, double cpu_op,
                           double gpu_op) {
    memset(fake_machines, 0, sizeof fake_machines);
    fake_add(0, "0:0", "a CPU", GF_CLASS_CPU)->kernel_ns = cpu_ns;
    fake_add(0, "0:1", "a GPU", GF_CLASS_GPU)->kernel_ns = gpu_ns;
    m->bench = fake_bench_new();
    FAKE_BENCH_OPEN(&m->bench, "diffusion", "size=32x32", "steps=10");
    const maker makers[] = {{"0:0", "best", GF_CLASS_CPU, cpu_op, 0, 0, 0, 1 << 30, 0, 0},
                            {"0:1", "best", GF_CLASS_GPU, gpu_op, 0, 0, 0, 1 << 30, 0, 0}};
    gf_error error = GF_ERROR_INIT;
    m->contenders = make_contenders(&m->bench, makers, 2);
    for (size_t i = 0; i < 2; i++)
        m->contenders->items[i].device = gf_session_device(m->bench.session, i);
    cr_assert_eq(gf_advice_of(m->bench.comparison, m->contenders, &m->advice, &error), GF_OK, "%s",
                 error.text);
    (void)fake_bench_run(&m->bench, 0);
    (void)fake_bench_run(&m->bench, 1);
    cr_assert_eq(gf_advice_check(m->advice, &error), GF_OK, "%s", error.text);
}

Test(advice, checking_tells_whether_the_verdict_held) {
    static const struct {
        uint64_t cpu_ns, gpu_ns;
        double cpu_op, gpu_op;
        bool held;
        const char *words;
    } cases[] = {
        {2000000, 1000000, 2, 1, true, "held: model 0:1:best was the fastest"},
        {1000000, 2000000, 2, 1, false,
         "did not hold: model 0:0:best was the fastest, and model "
         "0:1:best took 2 times"},
        {1000000, 1020000, 2, 1, true, "within what can be told apart"},
        {1000000, 2000000, 1.01, 1, true, "held: model 0:0:best"},
    };
    use_own_cache();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        made m;
        check_on_fakes(&m, cases[i].cpu_ns, cases[i].gpu_ns, cases[i].cpu_op, cases[i].gpu_op);
        cr_expect_eq(m.advice->check->held, cases[i].held, "case %zu", i);
        expect_words(m.advice->check->text, cases[i].words, "check");
        cr_expect_eq(m.advice->ledger->count, 2 * (i + 1), "%zu entries", m.advice->ledger->count);
        done(&m, "checked");
    }
}

Test(advice, checking_keeps_the_errors) {
    char text[320];
    made m;
    use_own_cache();
    /* The kernel is said to take 1 ns for each operation, and takes 1.25 times that. */
    memset(fake_machines, 0, sizeof fake_machines);
    fake_bench probe = fake_bench_new();
    FAKE_BENCH_OPEN(&probe, "diffusion", "size=32x32", "steps=10");
    const double operations = probe.comparison->problem->cost.operations;
    fake_bench_close(&probe, "probe");
    check_on_fakes(&m, (uint64_t)(1.25 * operations), (uint64_t)(2.5 * operations), 1, 2);
    gf_advice_describe_trust(m.advice, text, sizeof text);
    expect_words(text, "off by a median of 20.0 % of the total (2 checks)", "trust");
    double measured = 0;
    cr_expect(gf_advice_compares(m.advice, 0, GF_PHASE_KERNEL, &measured));
    cr_expect_float_eq(measured, 1.25 * operations, 1);
    cr_expect_not(gf_advice_compares(m.advice, 0, GF_PHASE_BUILD, &measured));
    gf_error error = GF_ERROR_INIT;
    cr_expect_eq(gf_advice_check(m.advice, &error), GF_FAILED, "a second check");
    gf_error_clear(&error);
    done(&m, "errors");
}

/* ---- Reports ----------------------------------------------------------------------------------
 */

static char *report_of(const made *m, gf_format format) {
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    cr_assert_not_null(stream);
    const gf_report_style style = {.verbose = true, .schema = NULL};
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_advice_report(m->advice, format, &style, stream, &error), GF_OK, "%s",
                 error.text);
    cr_assert_eq(fclose(stream), 0);
    return text;
}

Test(advice, reports_in_every_format) {
    made m;
    use_own_cache();
    check_on_fakes(&m, 1000000, 2000000, 1, 2);
    char *text = report_of(&m, GF_FORMAT_TEXT);
    static const char *const words[] = {"nothing ran at this size",
                                        "90 % intervals",
                                        "Roofline",
                                        "Checklist",
                                        "Verdict (predicted): model 0:0:best",
                                        "Predicted beside measured",
                                        "Checked: the verdict held",
                                        "(2 checks)"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        expect_words(text, words[i], "text");
    free(text);
    text = report_of(&m, GF_FORMAT_MARKDOWN);
    expect_words(text, "**Verdict (predicted):**", "Markdown");
    free(text);
    text = report_of(&m, GF_FORMAT_CSV);
    expect_words(text, "total_low_ns", "CSV");
    cr_expect_null(strstr(text, "Verdict"));
    free(text);
    text = report_of(&m, GF_FORMAT_JSON);
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    cr_assert_not_null(root);
    json_verdict verdict = {""};
    json_check_advice(root, &verdict);
    cr_expect_str_eq(verdict.text, "");
    const char *kind = NULL;
    double value = 0, low = 0, high = 0;
    cr_expect_eq(json_unpack(root, "{s:{s:s, s:{s:F, s:F, s:F}}}", "verdict", "kind", &kind,
                             "ratio", "value", &value, "low", &low, "high", &high),
                 0);
    cr_expect_str_eq(kind, "device");
    cr_expect(low < value && value < high);
    cr_expect_float_eq(value, 2, 1e-6);
    cr_expect_eq(json_array_size(json_object_get(root, "contenders")), 2);
    cr_expect_eq(json_array_size(json_object_get(root, "checklist")), 2 * GF_POINT_COUNT);
    cr_expect_eq(json_array_size(json_object_get(root, "check")), 2);
    json_decref(root);
    free(text);
    done(&m, "reports");
}
