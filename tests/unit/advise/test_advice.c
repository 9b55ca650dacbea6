/* Advice against closed forms: devices made by hand, whose every time is known. */
#include <criterion/criterion.h>
#include <inttypes.h>

#include "advise/advice_text.h"
#include "analyse/payback.h"
#include "made_profiles.h"
#include "workloads/prime/prime_factors.h"

FAKE_GLOBALS

TestSuite(advice, .timeout = 120);

/* ---- Predictions ------------------------------------------------------- */

/* Without noise the prediction is the closed form itself, so what follows may rely on it. */
Test(advice, predictions_of_a_device_made_by_hand_are_its_closed_form) {
    const maker makers[] = {{"gpu", "fast", GF_CLASS_GPU, 0.01, 5000, 7000, 0.25, 1 << 30, 0, 0}};
    made m;
    ADVISE(&m, makers, "diffusion", "size=100x50", "steps=40", "steps-per-transfer=8");
    const gf_interval *ns = m.candidates->items[0].prediction.phases;
    const double bytes = 100 * 50 * 8;
    const double kernel = m.bench.comparison->problem->cost.operations * 0.01;
    cr_expect_float_eq(ns[GF_PHASE_KERNEL].value / kernel, 1, 1e-6);
    cr_expect_float_eq(ns[GF_PHASE_H2D].value, 5000 + 0.25 * bytes, 1e-6);
    cr_expect_float_eq(ns[GF_PHASE_D2H].value, 5 * (7000 + 0.25 * bytes), 1e-6);
    cr_expect_lt(ns[GF_PHASE_TOTAL].low, ns[GF_PHASE_TOTAL].value);
    cr_expect_gt(ns[GF_PHASE_TOTAL].high, ns[GF_PHASE_TOTAL].value);
    done(&m, "closed form");
}

/* Notes builds in the cases of both, and predicts again. */
static void set_builds(made *m, double gpu_ns, bool known) {
    for (size_t i = 0; i < 2; i++) {
        gf_profile *profile = m->candidates->items[i].profile;
        for (size_t c = 0; c < profile->case_count; c++) {
            profile->cases[c].build_ns = i == 1 ? gpu_ns : 0;
            profile->cases[c].build_known = known;
        }
    }
    gf_candidates_predict(m->candidates, m->bench.comparison->problem, &m->advice->estimate);
}

/* What the kernel's build takes is made up for by what each call saves. */
Test(advice, says_after_how_many_calls_the_winner_is_ahead) {
    const maker makers[] = {{"cpu", "best", GF_CLASS_NATIVE, 1, 0, 0, 0, 1 << 30, 0, 0},
                            {"gpu", "fast", GF_CLASS_GPU, 0.1, 5000, 7000, 0, 1 << 30, 0, 0}};
    char text[320], words[64];
    made m;
    ADVISE(&m, makers, "diffusion", "size=100x50", "steps=40");
    set_builds(&m, 1e9, true);
    const gf_prediction *cpu = &m.candidates->items[0].prediction;
    const gf_prediction *gpu = &m.candidates->items[1].prediction;
    const double saved = cpu->phases[GF_PHASE_TOTAL].value - gpu->phases[GF_PHASE_TOTAL].value;
    const uint64_t calls = (uint64_t)ceil(1e9 / saved);
    cr_expect_float_eq(saved, 0.9 * m.bench.comparison->problem->cost.operations - 12000, 1);
    cr_expect_eq(gf_advice_ahead_after(m.advice), calls);
    cr_expect_eq(gf_candidate_ahead(m.candidates, 1, 0), calls);
    cr_expect_eq(gf_candidate_ahead(m.candidates, 0, 1), 0);
    gf_advice_format_payback(m.advice, text, sizeof text);
    snprintf(words, sizeof words, "it is ahead after %" PRIu64 " calls", calls);
    expect_words(text, words, "payback");
    set_builds(&m, 1e9, false); /* as in profiles of an older version */
    cr_expect_eq(gf_advice_ahead_after(m.advice), 0);
    gf_advice_format_payback(m.advice, text, sizeof text);
    cr_expect_str_eq(text, "");
    done(&m, "payback");
}

/* A normal deviate: the sum of 12 uniform ones has the variance 1. */
static double random_normal(uint64_t *state) {
    double sum = -6;
    for (int i = 0; i < 12; i++) {
        *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        sum += (double)(*state >> 11) * 0x1p-53;
    }
    return sum;
}

/* Every measured case is off by 6 %, and says so; intervals hold the truth nine times in ten. */
static void add_noise(gf_profile *profile, uint64_t *state) {
    for (size_t i = 0; i < profile->case_count; i++) {
        profile->cases[i].kernel_ns *= exp(0.06 * random_normal(state));
        profile->cases[i].spread = 0.06 * 1.349; /* quartile distance of a normal distribution */
    }
}

Test(advice, intervals_hold_the_truth_nine_times_in_ten) {
    const maker makers[] = {{"cpu", "best", GF_CLASS_NATIVE, 1, 0, 0, 0, 1 << 30, 0, 0},
                            {"gpu", "fast", GF_CLASS_GPU, 0.8, 50, 50, 0.1, 1 << 30, 0, 0}};
    uint64_t state = 20261122;
    int totals = 0, ratios = 0, right = 0, called = 0;
    const int repetitions = 400;
    made m;
    ADVISE(&m, makers, "diffusion", "size=300x200", "steps=40");
    const gf_interval cpu = m.candidates->items[0].prediction.phases[GF_PHASE_TOTAL];
    const gf_interval gpu = m.candidates->items[1].prediction.phases[GF_PHASE_TOTAL];
    for (int i = 0; i < repetitions; i++) {
        gf_candidates *noisy = make_candidates(&m.bench, makers, 2);
        add_noise(noisy->items[0].profile, &state);
        add_noise(noisy->items[1].profile, &state);
        gf_candidates_predict(noisy, m.bench.comparison->problem, &m.advice->estimate);
        const gf_advice_verdict verdict = gf_advice_judge(noisy, NULL);
        const gf_interval total = noisy->items[0].prediction.phases[GF_PHASE_TOTAL];
        const gf_interval ratio =
            gf_predict_speedup(&noisy->items[1].prediction, &noisy->items[0].prediction);
        totals += total.low <= cpu.value && cpu.value <= total.high;
        ratios += ratio.low <= cpu.value / gpu.value && cpu.value / gpu.value <= ratio.high;
        called += verdict.kind != GF_ADVICE_TOO_CLOSE;
        right += verdict.kind != GF_ADVICE_TOO_CLOSE && verdict.ranking.winner == 1;
        gf_candidates_destroy(noisy);
    }
    cr_expect_geq(totals, repetitions * 9 / 10, "totals: %d of %d", totals, repetitions);
    cr_expect_geq(ratios, repetitions * 9 / 10, "ratios: %d of %d", ratios, repetitions);
    cr_expect_geq(called, repetitions / 2, "called: %d of %d", called, repetitions);
    cr_expect_geq(right, called * 95 / 100, "right: %d of %d called", right, called);
    done(&m, "intervals");
}

/* ---- What would flip it ------------------------------------------------ */

/* CPU: c N S. GPU: g N S + (a + b n) + segments (a + b n), with n bytes; it wins from the first K
 * on whose segments = ceil(S / K) are few enough. */
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
        uint64_t want = 1; /* fare of the segments below what computing gains */
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
            cr_expect_str_eq(m.candidates->items[flip->winner].variant, "fast");
            cr_expect_str_eq(flip->now, "1");
            char text[256];
            gf_flip_format(m.candidates, flip, text, sizeof text);
            /* The value is the nearest one, so the two totals mostly are near to one another. */
            const double fare = 1000 + 0.5 * bytes +
                                ceil(1000.0 / (double)found) * (cases[i].down_ns + 0.5 * bytes);
            const double ratio = operations / (cases[i].op_ns * operations + fare);
            cr_expect_eq(flip->too_close, ratio < GF_LEAST_LEAD, "case %zu: %g", i, ratio);
            expect_words(text, "or more (now 1) model gpu:fast ", "flip");
            expect_words(text, flip->too_close ? "has the smallest predicted total" : "wins",
                         "flip");
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
            cr_expect_eq(m.candidates->items[flip->winner].device_class,
                         small ? GF_CLASS_GPU : GF_CLASS_NATIVE);
            cr_expect_null(find_flip(&m.advice->flips, "size", !small));
            done(&m, "size");
        }
    }
}

/* The work of a number ends at its smallest divisor, so a search goes from prime to prime. CPU:
 * 16 D; GPU: 4 D + fare; a prime has about a third of its root of divisions D. */
Test(advice, numbers_that_flip_are_primes) {
    const double fare = 1e6, divisions = fare / 12;
    const maker makers[] = {
        {"cpu", "best", GF_CLASS_NATIVE, 1, 0, 0, 0, 1 << 30, 0, 0},
        {"gpu", "fast", GF_CLASS_GPU, 0.25, fare / 2, fare / 2, 0, 1 << 30, 0, 0}};
    static const char *const numbers[] = {"1000000007", "10000000000037"};
    for (int large = 0; large < 2; large++) {
        made m;
        char number[64];
        snprintf(number, sizeof number, "number=%s", numbers[large]);
        ADVISE(&m, makers, "prime", number);
        const gf_flip *flip = find_flip(&m.advice->flips, "number", !large);
        cr_assert_not_null(flip, "from %s", numbers[large]);
        const uint64_t found = strtoull(flip->value, NULL, 10);
        cr_expect_eq(gf_smallest_factor(found), 0, "%s", flip->value);
        cr_expect_float_eq(sqrt((double)found) / 3 / divisions, 1, 0.01, "%s", flip->value);
        cr_expect_eq(m.candidates->items[flip->winner].device_class,
                     large ? GF_CLASS_NATIVE : GF_CLASS_GPU);
        cr_expect_null(find_flip(&m.advice->flips, "number", large));
        done(&m, "numbers");
    }
}

/* Beyond the largest prime below 2^63 are only composite numbers, whose search ends early: a device
 * that loses only by its fare would win them. */
Test(advice, nothing_flips_beyond_the_last_prime) {
    const maker makers[] = {{"cpu", "best", GF_CLASS_NATIVE, 1, 0, 0, 0, 1 << 30, 0, 0},
                            {"gpu", "fast", GF_CLASS_GPU, 0.25, 5e5, 5e5, 0, 1 << 30, 0, 0}};
    made m;
    ADVISE(&m, makers, "prime", "number=9223372036854775783");
    const gf_flip *flip = find_flip(&m.advice->flips, "number", true);
    cr_expect_null(flip, "%s", flip == NULL ? "" : flip->value);
    done(&m, "last prime");
}

Test(advice, what_flips_nothing_is_listed) {
    const uint64_t plenty = (uint64_t)1 << 40;
    const maker makers[] = {{"cpu", "best", GF_CLASS_NATIVE, 1, 0, 0, 0, plenty, 0, 0},
                            {"gpu", "fast", GF_CLASS_GPU, 2, 10, 10, 1, plenty, 0, 0}};
    made m;
    ADVISE(&m, makers, "diffusion", "size=200x100", "steps=300");
    cr_expect_eq(m.advice->flips.count, 0);
    expect_words(m.advice->flips.unchanged, "size from 1x1 to ", "sizes");
    expect_words(m.advice->flips.unchanged, "steps-per-transfer from 1 to 300", "steps");
    done(&m, "nothing flips");
}

/* Larger grids go through the device's memory in bands, whose halos cost what it was ahead by. */
Test(advice, memory_ends_what_a_device_wins) {
    const maker makers[] = {{"cpu", "best", GF_CLASS_NATIVE, 1, 0, 0, 0, 1 << 30, 0, 0},
                            {"gpu", "fast", GF_CLASS_GPU, 0.8, 0, 0, 2, 16 * 512 * 512, 0, 0}};
    made m;
    ADVISE(&m, makers, "diffusion", "size=100x100", "steps=100");
    const gf_flip *flip = find_flip(&m.advice->flips, "size", true);
    cr_assert_not_null(flip);
    const uint64_t found = strtoull(flip->value, NULL, 10);
    cr_expect(found > 512 && found <= 512 + 6, "%s", flip->value);
    cr_expect_eq(m.candidates->items[flip->winner].device_class, GF_CLASS_NATIVE);
    done(&m, "memory");
}

Test(advice, an_interrupted_search_ends) {
    const maker makers[] = {{"cpu", "best", GF_CLASS_NATIVE, 1, 0, 0, 0, 1 << 30, 0, 0}};
    volatile sig_atomic_t cancel = 1;
    gf_flips flips;
    gf_error error = GF_ERROR_INIT;
    made m;
    ADVISE(&m, makers, "diffusion", "size=64x64", "steps=10");
    cr_expect_eq(gf_flips_find(m.candidates, m.bench.comparison->problem, &cancel, &flips, &error),
                 GF_INTERRUPTED);
    gf_error_clear(&error);
    done(&m, "interrupted");
}

/* ---- The verdict ------------------------------------------------------- */

/* Each against a CPU that takes 1 ns for an operation. */
Test(advice, kinds_of_verdict) {
    static const struct {
        double op_ns, fare_ns, spread;
        gf_advice_kind kind;
        const char *winner, *words;
    } cases[] = {
        {0.5, 0, 0, GF_ADVICE_DEVICE, "model gpu:fast", "2.00 times as fast"},
        {2, 0, 0, GF_ADVICE_DEVICE, "model cpu:best", "2.00 times as fast"},
        {0.99, 0, 0, GF_ADVICE_TOO_CLOSE, "model gpu:fast", "too close to call: model gpu:fast"},
        {0.93, 0, 6, GF_ADVICE_TOO_CLOSE, "model gpu:fast", "not known: model gpu:fast"},
        {0.7, 0, 6, GF_ADVICE_TOO_CLOSE, "model gpu:fast", "not sure enough to choose by"},
        {0.5, 1e9, 0, GF_ADVICE_SPLIT, "model cpu:best", "model gpu:fast has the fastest kernel"},
        {0.97, 1e9, 0, GF_ADVICE_DEVICE, "model cpu:best",
         "model cpu:best should be the fastest: "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const maker makers[] = {
            {"cpu", "best", GF_CLASS_NATIVE, 1, 0, 0, 0, 1 << 30, 0, cases[i].spread},
            {"gpu", "fast", GF_CLASS_GPU, cases[i].op_ns, cases[i].fare_ns, 0, 0, 1 << 30, 0,
             cases[i].spread}};
        char text[1024];
        made m;
        ADVISE(&m, makers, "diffusion", "size=64x64", "steps=100");
        const gf_advice_verdict *verdict = &m.advice->verdict;
        gf_advice_format(m.advice, text, sizeof text);
        cr_expect_eq(verdict->kind, cases[i].kind, "case %zu: %s: %s", i,
                     gf_advice_kind_name(verdict->kind), text);
        cr_expect_str_eq(m.candidates->items[verdict->ranking.winner].label, cases[i].winner,
                         "case %zu", i);
        cr_expect_neq(verdict->ranking.runner_up, verdict->ranking.winner);
        expect_words(text, cases[i].words, "verdict");
        cr_expect_leq(verdict->lead.ratio.low, verdict->lead.ratio.value);
        cr_expect_geq(verdict->lead.ratio.high, verdict->lead.ratio.value);
        char odds[96];
        snprintf(odds, sizeof odds,
                 "a probability of %.0f %%, and choosing it costs an expected %.2g %%",
                 floor(verdict->lead.certainty * 100), verdict->lead.loss * 100);
        expect_words(text, odds, "odds");
        done(&m, "kinds");
    }
}

/* Totals and deviations by hand. */
static gf_candidate timed(const gf_candidate *like, gf_profile *profile, double total,
                          double deviation) {
    gf_candidate item = *like;
    item.profile = profile;
    item.prediction = (gf_prediction){.possible = true, .log_deviation = deviation};
    item.prediction.phases[GF_PHASE_TOTAL].value = total;
    item.prediction.phases[GF_PHASE_KERNEL].value = total;
    return item;
}

/* A probability of two thirds is much or little, by what a wrong choice costs. */
Test(advice, a_winner_is_named_by_what_a_wrong_choice_costs) {
    static const struct {
        double lead, deviation;
        gf_advice_kind kind;
        gf_doubt doubt;
    } cases[] = {
        {1.32, 1.41, GF_ADVICE_TOO_CLOSE, GF_DOUBT_WIDE}, /* 0.16 to 10.5 times as fast */
        {3, 1.41, GF_ADVICE_TOO_CLOSE, GF_DOUBT_WIDE},
        {1.32, 0.3, GF_ADVICE_DEVICE, GF_DOUBT_NONE},
        {3, 0.5, GF_ADVICE_DEVICE, GF_DOUBT_NONE},
        {1.02, 0.01, GF_ADVICE_TOO_CLOSE, GF_DOUBT_NEAR}, /* sure, but by nothing */
        {1.04, 0.03, GF_ADVICE_DEVICE, GF_DOUBT_NONE},
        {1.04, 0.3, GF_ADVICE_TOO_CLOSE, GF_DOUBT_NEAR},
    };
    const maker makers[] = {{"cpu", "best", GF_CLASS_NATIVE, 1, 0, 0, 0, 1 << 30, 0, 0},
                            {"gpu", "fast", GF_CLASS_GPU, 4, 0, 0, 0, 1 << 30, 0, 0}};
    made m;
    ADVISE(&m, makers, "diffusion", "size=64x64", "steps=100");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const gf_candidate *items = m.candidates->items;
        gf_candidate two[] = {
            timed(&items[0], items[0].profile, 100, cases[i].deviation),
            timed(&items[1], items[1].profile, 100 * cases[i].lead, cases[i].deviation)};
        const gf_candidates both = {.items = two, .count = 2};
        const gf_advice_verdict verdict = gf_advice_judge(&both, NULL);
        cr_expect_eq(verdict.kind, cases[i].kind, "case %zu: %s, %g, %g", i,
                     gf_advice_kind_name(verdict.kind), verdict.lead.certainty, verdict.lead.loss);
        cr_expect_eq(verdict.lead.doubt, cases[i].doubt, "case %zu: %s", i,
                     gf_doubt_name(verdict.lead.doubt));
    }
    done(&m, "costs");
}

/* The second is beaten surely; the third, slower but hardly known, may be the fastest. */
Test(advice, a_slower_device_may_be_the_one_in_doubt) {
    const maker makers[] = {{"cpu", "best", GF_CLASS_NATIVE, 1, 0, 0, 0, 1 << 30, 0, 0},
                            {"gpu", "fast", GF_CLASS_GPU, 4, 0, 0, 0, 1 << 30, 0, 0},
                            {"far", "away", GF_CLASS_GPU, 4, 0, 0, 0, 1 << 30, 0, 0}};
    made m;
    ADVISE(&m, makers, "diffusion", "size=64x64", "steps=100");
    const gf_candidate *items = m.candidates->items;
    gf_candidate three[] = {timed(&items[0], items[0].profile, 100, 0.05),
                            timed(&items[1], items[1].profile, 130, 0.05),
                            timed(&items[2], items[2].profile, 150, 2)};
    const gf_candidates all = {.items = three, .count = 3};
    gf_advice_verdict verdict = gf_advice_judge(&all, NULL);
    cr_expect_eq(verdict.kind, GF_ADVICE_TOO_CLOSE);
    cr_expect_eq(verdict.ranking.runner_up, 1);
    cr_expect_eq(verdict.rival, 2);
    cr_expect_float_eq(verdict.lead.ratio.value, 1.5, 1e-12);
    three[2].prediction.log_deviation = 0.05;
    verdict = gf_advice_judge(&all, NULL);
    cr_expect_eq(verdict.kind, GF_ADVICE_DEVICE);
    cr_expect_eq(verdict.rival, 1);
    done(&m, "rival");
}

/* The runner-up is another device's, however fast the winner's own variants are. */
Test(advice, variants_of_the_winner_are_no_rivals) {
    const maker makers[] = {{"cpu", "best", GF_CLASS_NATIVE, 1, 0, 0, 0, 1 << 30, 0, 0},
                            {"gpu", "fast", GF_CLASS_GPU, 4, 0, 0, 0, 1 << 30, 0, 0}};
    made m;
    ADVISE(&m, makers, "diffusion", "size=64x64", "steps=100");
    gf_candidate twin = m.candidates->items[0];
    twin.prediction = m.candidates->items[0].prediction;
    snprintf(twin.variant, sizeof twin.variant, "twin");
    gf_candidate items[] = {m.candidates->items[0], twin, m.candidates->items[1]};
    const gf_candidates three = {.items = items, .count = 3};
    const gf_advice_verdict verdict = gf_advice_judge(&three, NULL);
    cr_expect_eq(verdict.kind, GF_ADVICE_DEVICE);
    cr_expect_eq(verdict.ranking.winner, 0);
    cr_expect_eq(verdict.ranking.runner_up, 2);
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
    gf_advice_format(m.advice, text, sizeof text);
    cr_expect_eq(m.advice->verdict.kind, GF_ADVICE_DEVICE);
    expect_words(text, "no other device to compare with", "one");
    done(&m, "one");
    ADVISE(&m, none, "diffusion", "size=64x64", "steps=100");
    gf_advice_format(m.advice, text, sizeof text);
    cr_expect_eq(m.advice->verdict.kind, GF_ADVICE_NONE);
    expect_words(text, "no device can be predicted", "none");
    expect_words(m.candidates->items[0].prediction.why_not, "64.0 KiB", "memory");
    expect_words(m.candidates->items[1].prediction.why_not, "no f64", "f64");
    expect_words(m.candidates->items[2].prediction.why_not, "no f64 cases of diffusion", "bare");
    done(&m, "none");
}

Test(advice, no_cpu_counts_as_evidence_about_gpus) {
    static const struct {
        gf_device_class device_class;
        bool here, evidence;
        const char *words;
    } cases[] = {{GF_CLASS_CPU, true, false, "No GPU was measured"},
                 {GF_CLASS_CPU, false, false, "give its profiles here as a device model"},
                 {GF_CLASS_GPU, false, false, "The GPU is modelled"},
                 {GF_CLASS_GPU, true, true, ""}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const maker makers[] = {{"x", "best", cases[i].device_class, 1, 0, 0, 0, 1 << 30, 0, 0}};
        char text[512];
        made m;
        ADVISE(&m, makers, "diffusion", "size=64x64", "steps=10");
        gf_device here = {.info = {.id = "x"}};
        m.candidates->items[0].device = cases[i].here ? &here : NULL;
        cr_expect_eq(gf_advice_has_gpu(m.advice, text, sizeof text), cases[i].evidence, "%zu", i);
        expect_words(text, cases[i].words, "GPU");
        cr_expect(!cases[i].evidence || text[0] == '\0', "%s", text);
        done(&m, "GPU");
    }
}

/* ---- The checklist ----------------------------------------------------- */

Test(advice, the_checklist_before_a_run) {
    const maker makers[] = {
        {"gpu", "fast", GF_CLASS_GPU, 0.01, 30000, 30000, 0.5, 4 * 64 * 64 * 16, 0, 0},
        {"old", "fast", GF_CLASS_GPU, 0.01, 1, 1, 0, 64 * 64 * 8, true, 0}};
    made m;
    ADVISE(&m, makers, "diffusion", "size=64x64", "steps=100");
    const gf_criterion_row *rows = m.advice->criteria;
    const double kernel = m.bench.comparison->problem->cost.operations * 0.01;
    const double fare = 2 * (30000 + 0.5 * 64 * 64 * 8);
    cr_expect_float_eq(rows[GF_CRITERION_MEMORY].result.value, 0.25, 1e-12);
    cr_expect_eq(rows[GF_CRITERION_MEMORY].result.grade, GF_GRADE_PASS);
    cr_expect_eq(rows[GF_CRITERION_BRANCHING].result.value, 1);
    cr_expect_float_eq(rows[GF_CRITERION_MOVEMENT].result.value, fare / (fare + kernel), 1e-6);
    cr_expect_eq(rows[GF_CRITERION_OPERATIONS].result.grade, GF_GRADE_PASS);
    expect_words(rows[GF_CRITERION_MOVEMENT].result.source, "predicted", "source");
    const gf_criterion_row *old = rows + GF_CRITERION_COUNT;
    cr_expect_eq(old[GF_CRITERION_MEMORY].result.grade, GF_GRADE_FAIL);
    cr_expect_eq(old[GF_CRITERION_MEMORY].result.value, 2);
    cr_expect_eq(old[GF_CRITERION_MOVEMENT].result.grade, GF_GRADE_UNKNOWN);
    cr_expect_eq(old[GF_CRITERION_OPERATIONS].result.grade, GF_GRADE_FAIL);
    for (int i = 0; i < 2 * GF_CRITERION_COUNT; i++)
        cr_expect_gt(strlen(rows[i].result.evidence), 0);
    done(&m, "checklist");
}

/* In the disc of a rotation no orbit ends or returns, so that each of a billion steps would have to
 * be taken. Of such work only a bound is known, and no winner is named from it. */
Test(advice, names_no_winner_from_a_bound) {
    const maker makers[] = {{"cpu", "best", GF_CLASS_NATIVE, 1, 0, 0, 0, 1 << 30, 0, 0},
                            {"gpu", "fast", GF_CLASS_GPU, 0.1, 0, 0, 0, 1 << 30, 0, 0}};
    char text[1024];
    made m;
    for (size_t count = 1; count <= 2; count++) {
        memset(fake_machines, 0, sizeof fake_machines);
        m.bench = fake_bench_new();
        FAKE_BENCH_OPEN(&m.bench, "julia", "size=1000x1000", "max-iter=1000000000",
                        "c=-0.3905408702184,-0.5867879073469");
        advise(&m, makers, count);
        gf_advice_format(m.advice, text, sizeof text);
        cr_expect_eq(m.advice->verdict.kind, GF_ADVICE_BOUND, "%s", text);
        expect_words(text, "no verdict: the work of this problem is only bounded", "text");
        cr_expect_eq(m.advice->flips.count, 0);
        cr_expect_str_eq(m.advice->flips.unchanged, "");
        const gf_prediction *prediction = &m.candidates->items[0].prediction;
        cr_expect(prediction->possible && prediction->bound);
        const gf_interval total = prediction->phases[GF_PHASE_TOTAL];
        cr_expect_lt(total.low, total.value / 1000);
        cr_expect_eq(m.advice->criteria[GF_CRITERION_BRANCHING].result.grade, GF_GRADE_UNKNOWN);
        cr_expect_eq(m.advice->criteria[GF_CRITERION_MOVEMENT].result.grade, GF_GRADE_UNKNOWN);
        cr_expect_eq(m.advice->criteria[GF_CRITERION_OPERATIONS].result.grade, GF_GRADE_PASS);
        done(&m, "bound");
    }
}

/* What flips a verdict is searched only where the work is known: with many more iterations it is
 * a bound, and the search ends. */
Test(advice, derives_no_flips_from_a_bound) {
    const maker makers[] = {{"cpu", "best", GF_CLASS_NATIVE, 1, 0, 0, 0, 1 << 30, 0, 0},
                            {"gpu", "fast", GF_CLASS_GPU, 0.1, 1e6, 1e6, 0, 1 << 30, 0, 0}};
    made m;
    ADVISE(&m, makers, "julia", "size=300x300", "max-iter=50000",
           "c=-0.3905408702184,-0.5867879073469");
    cr_expect_eq(m.advice->verdict.kind, GF_ADVICE_DEVICE);
    expect_words(m.advice->flips.unchanged, "max-iter from", "unchanged");
    cr_expect_null(strstr(m.advice->flips.unchanged, "to 51200000"), "%s",
                   m.advice->flips.unchanged);
    done(&m, "no flips");
}

/* Divergent work is sampled, and lane groups are those of the measured cases. */
Test(advice, branching_comes_from_sampled_work) {
    const maker makers[] = {{"gpu", "fast", GF_CLASS_GPU, 1, 1, 1, 0, 1 << 30, 0, 0}};
    made m;
    ADVISE(&m, makers, "julia", "size=200x200");
    gf_profile *profile = m.candidates->items[0].profile;
    for (size_t i = 0; i < profile->case_count; i++)
        profile->cases[i].lanes = (gf_lane_group){1, 4};
    gf_criterion_row rows[GF_CRITERION_COUNT];
    gf_advice_grade(m.bench.comparison->problem, &m.advice->estimate, &m.candidates->items[0],
                    rows);
    const double want = m.advice->estimate.efficiency[0];
    cr_expect_lt(want, 1);
    cr_expect_eq(rows[GF_CRITERION_BRANCHING].result.value, want);
    expect_words(rows[GF_CRITERION_BRANCHING].result.evidence, "in 1x64", "evidence");
    done(&m, "branching");
}
