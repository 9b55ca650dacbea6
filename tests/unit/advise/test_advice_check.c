/* Advice beside runs on fake devices whose times are known, and its reports. */
#include <criterion/criterion.h>

#include "advise/advice_check.h"
#include "advise/advice_text.h"
#include "json_advise.h"
#include "made_profiles.h"

FAKE_GLOBALS

TestSuite(advice_check, .timeout = 120);

/* A fake device: how long its kernel takes, what it is said to take for an operation, and whether
 * it runs. */
typedef struct runner {
    uint64_t kernel_ns;
    double op_ns;
    bool runs;
} runner;

/* Of the first two devices; NULL: each has a chip of its own. */
static const char *shared_chip;
/* Of the uploads of the second device. */
static double second_up_ns;

/* CPUs, and last a GPU. */
static void run_all(made *m, const runner *runners, size_t count) {
    static const char *const ids[] = {"0:0", "0:1", "0:2"};
    maker makers[3];
    memset(fake_machines, 0, sizeof fake_machines);
    for (size_t i = 0; i < count; i++) {
        const gf_device_class device_class = i + 1 == count ? GF_CLASS_GPU : GF_CLASS_CPU;
        fake_device *device = fake_add(0, ids[i], "a device", device_class);
        device->kernel_ns = runners[i].kernel_ns;
        device->info.chip = i < 2 ? shared_chip : NULL;
        makers[i] = (maker){.id = ids[i],
                            .variant = "best",
                            .device_class = device_class,
                            .op_ns = runners[i].op_ns,
                            .up_ns = i == 1 ? second_up_ns : 0,
                            .memory = 1 << 30};
    }
    m->bench = fake_bench_new();
    FAKE_BENCH_OPEN(&m->bench, "diffusion", "size=32x32", "steps=10");
    gf_error error = GF_ERROR_INIT;
    m->candidates = make_candidates(&m->bench, makers, count);
    for (size_t i = 0; i < count; i++)
        m->candidates->items[i].device = gf_session_device(m->bench.session, i);
    cr_assert_eq(gf_advice_of(m->bench.comparison, m->candidates, &m->advice, &error), GF_OK, "%s",
                 error.text);
    for (size_t i = 0; i < count; i++) {
        if (runners[i].runs)
            (void)fake_bench_run(&m->bench, i);
    }
}

/* Two devices, which both run. */
static void run_on_fakes(made *m, uint64_t cpu_ns, uint64_t gpu_ns, double cpu_op, double gpu_op) {
    run_all(m, (const runner[]){{cpu_ns, cpu_op, true}, {gpu_ns, gpu_op, true}}, 2);
}

static void check(made *m) {
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_advice_check(m->advice, &error), GF_OK, "%s", error.text);
}

static void check_on_fakes(made *m, uint64_t cpu_ns, uint64_t gpu_ns, double cpu_op,
                           double gpu_op) {
    run_on_fakes(m, cpu_ns, gpu_ns, cpu_op, gpu_op);
    check(m);
}

Test(advice_check, checking_says_whether_the_verdict_held) {
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
        {1000000, 1020000, 2, 1, true, "within the precision of the measurement"},
        {1000000, 2000000, 1.01, 1, true, "held: model 0:0:best"},
    };
    made_cache();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        made m;
        check_on_fakes(&m, cases[i].cpu_ns, cases[i].gpu_ns, cases[i].cpu_op, cases[i].gpu_op);
        cr_expect_eq(m.advice->review->held, cases[i].held, "case %zu", i);
        expect_words(m.advice->review->text, cases[i].words, "check");
        cr_expect_eq(m.advice->log->count, 2 * (i + 1), "%zu entries", m.advice->log->count);
        done(&m, "checked");
    }
}

/* The first two can't be told apart; the third should take twice as long. */
Test(advice_check, a_verdict_that_was_too_close_holds_when_one_of_its_two_is_the_fastest) {
    static const struct {
        runner runners[3];
        bool held;
        const char *words;
    } cases[] = {
        {{{1000000, 1, true}, {2000000, 1.01, true}, {3000000, 2, true}},
         true,
         "the verdict held: model 0:0:best was the fastest"},
        {{{2000000, 1, true}, {1000000, 1.01, true}, {3000000, 2, true}},
         true,
         "the verdict held: model 0:1:best was the fastest"},
        {{{4000000, 1, true}, {3000000, 1.01, true}, {1000000, 2, true}},
         false,
         "the verdict did not hold: model 0:2:best was the fastest, and model 0:1:best took 3 times"},
        {{{3000000, 1, true}, {4000000, 1.01, true}, {1000000, 2, true}},
         false,
         "the verdict did not hold: model 0:2:best was the fastest, and model 0:0:best took 3 times"},
        {{{1, 1, false}, {1000000, 1.01, true}, {3000000, 2, true}},
         true,
         "the verdict held: model 0:1:best was the fastest"},
        {{{1, 1, false}, {2000000, 1.01, true}, {1000000, 2, true}},
         false,
         "the verdict did not hold: model 0:2:best was the fastest, and model 0:1:best took 2 times"},
        {{{1, 1, false}, {1, 1.01, false}, {1000000, 2, true}},
         false,
         "model 0:0:best did not run; model 0:2:best was the fastest that did"},
    };
    made_cache();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        made m;
        run_all(&m, cases[i].runners, 3);
        cr_assert_eq(m.advice->verdict.kind, GF_ADVICE_TOO_CLOSE, "case %zu", i);
        check(&m);
        cr_expect_eq(m.advice->review->held, cases[i].held, "case %zu", i);
        expect_words(m.advice->review->text, cases[i].words, "check");
        for (size_t k = 0; k < 3; k++) {
            char words[80];
            snprintf(words, sizeof words, "model 0:%zu:best has no time: it did not run", k);
            cr_expect_eq(strstr(m.advice->review->text, words) == NULL, cases[i].runners[k].runs,
                         "case %zu: %s", i, m.advice->review->text);
        }
        done(&m, "too close");
    }
}

/* Two drivers of one CPU, of which the other one than predicted is the fastest. */
Test(advice_check, a_verdict_holds_when_another_listing_of_its_chip_is_the_fastest) {
    static const runner runners[] = {{2000000, 1, true}, {1000000, 1.5, true}, {3000000, 5, true}};
    made_cache();
    for (int shared = 0; shared < 2; shared++) {
        made m;
        shared_chip = shared != 0 ? "the host's CPU" : NULL;
        run_all(&m, runners, 3);
        cr_assert_eq(m.advice->verdict.kind, GF_ADVICE_DEVICE);
        check(&m);
        cr_expect_eq(m.advice->review->held, shared != 0, "%s", m.advice->review->text);
        expect_words(m.advice->review->text,
                     shared != 0 ? "the verdict held: model 0:1:best was the fastest"
                                 : "the verdict did not hold: model 0:1:best was the fastest",
                     "check");
        done(&m, "listings");
    }
}

/* The second has a longer way to its device, and computes faster. */
Test(advice_check, another_listing_of_the_chip_is_no_flip) {
    static const runner runners[] = {{1000000, 1, true}, {1000000, 0.5, true}, {1000000, 50, true}};
    made_cache();
    for (int shared = 0; shared < 2; shared++) {
        made m;
        shared_chip = shared != 0 ? "the host's CPU" : NULL;
        second_up_ns = 200000;
        run_all(&m, runners, 3);
        cr_expect_eq(m.advice->flips.count > 0, shared == 0, "%zu flips", m.advice->flips.count);
        done(&m, "flips");
    }
}

/* Two fakes whose kernels are said to take 1 and 2 ns for each operation and take 1.25 and 2.5. */
static void check_slow_fakes(made *m) {
    memset(fake_machines, 0, sizeof fake_machines);
    fake_bench small = fake_bench_new();
    FAKE_BENCH_OPEN(&small, "diffusion", "size=32x32", "steps=10");
    const double operations = small.comparison->problem->cost.operations;
    fake_bench_close(&small, "small");
    check_on_fakes(m, (uint64_t)(1.25 * operations), (uint64_t)(2.5 * operations), 1, 2);
    double measured = 0;
    cr_expect(gf_advice_compares(m->advice, 0, GF_PHASE_KERNEL, &measured));
    cr_expect_float_eq(measured, 1.25 * operations, 1);
}

/* The trust in an advice comes from earlier reviews: not from its own, whose errors stand above. */
Test(advice_check, checking_keeps_the_errors_for_later_advice) {
    static const char *const words[] = {
        "No earlier prediction of diffusion on these devices was checked",
        ("Earlier predictions of diffusion on these devices were off by a median of 20.0 % of the "
         "total, at worst by 20.0 % (2 device runs)."),
        "at worst by 20.0 % (4 device runs)"};
    made_cache();
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        char text[320];
        double measured = 0;
        made m;
        check_slow_fakes(&m);
        gf_advice_format_trust(m.advice, text, sizeof text);
        expect_words(text, words[i], "trust");
        cr_expect_eq(m.advice->log->count, 2 * (i + 1));
        cr_expect_not(gf_advice_compares(m.advice, 0, GF_PHASE_BUILD, &measured));
        gf_error error = GF_ERROR_INIT;
        cr_expect_eq(gf_advice_check(m.advice, &error), GF_FAILED, "a second check");
        gf_error_clear(&error);
        done(&m, "errors");
    }
}

/* Five reviews of two devices: ten errors are enough for their ninth decile. */
Test(advice_check, many_errors_have_a_ninth_decile) {
    char text[320];
    made_cache();
    for (int i = 0; i < 6; i++) {
        made m;
        check_slow_fakes(&m);
        gf_advice_format_trust(m.advice, text, sizeof text);
        done(&m, "many");
    }
    expect_words(text, "nine in ten by at most 20.0 % (10 device runs)", "trust");
}

Test(advice_check, unsteady_samples_are_named) {
    made m;
    made_cache();
    run_on_fakes(&m, 1000000, 2000000, 1, 2);
    gf_samples *totals = &m.bench.comparison->results[1]->ledger.phases[GF_PHASE_TOTAL];
    cr_assert_eq(totals->count, 2);
    totals->ns[1] = 2 * totals->ns[0];
    cr_assert_eq(gf_result_summarize(m.bench.comparison->results[1], NULL), GF_OK);
    check(&m);
    expect_words(m.advice->review->text, "the verdict held: model 0:0:best", "check");
    expect_words(m.advice->review->text, "Doubtful: the samples of 0:1:best are unsteady", "check");
    done(&m, "unsteady");
}

/* What a busy machine took says nothing of the predictions, and is not kept. */
Test(advice_check, disturbed_samples_are_not_kept) {
    made m;
    made_cache();
    run_on_fakes(&m, 1000000, 2000000, 1, 2);
    m.bench.comparison->results[1]->disturbed = 1;
    check(&m);
    expect_words(m.advice->review->text,
                 "can't tell whether the verdict held: the machine is busy. Other programs had the "
                 "cores in 1 of 2 samples of 0:1:best, which are not kept",
                 "check");
    cr_expect_eq(m.advice->log->count, 1, "%zu entries", m.advice->log->count);
    done(&m, "busy");
}

/* Predicted is the geometric mean of low and high. As far outside as the interval is wide to its
 * side: what is measured is high^2 / predicted, or low^2 / predicted, which is 1 where high =
 * low^(1/3) or high = low^3. */
Test(advice_check, far_outside_of_the_interval_calibrating_is_advised) {
    static const struct {
        double low, high;  /* shares of what is measured */
        const char *words; /* NULL: not far outside */
    } cases[] = {{0.9, 1.1, NULL},
                 {0.5, 0.99, NULL},
                 {0.5, 0.8, NULL},
                 {1.26, 2.02, NULL},
                 {1.01, 2, NULL},
                 {0.5, 0.78, "0:0:best took 1.6 times the predicted time"},
                 {1.26, 1.98, "0:0:best took 0.633 times the predicted time"}};
    made_cache();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        made m;
        run_on_fakes(&m, 1000000, 2000000, 1, 2);
        for (size_t k = 0; k < 2; k++) {
            const gf_statistics total =
                gf_result_phase(m.bench.comparison->results[k], GF_PHASE_TOTAL);
            const double low = k == 1 ? 0.9 : cases[i].low, high = k == 1 ? 1.1 : cases[i].high;
            const double ns = (double)total.median_ns;
            m.candidates->items[k].prediction.phases[GF_PHASE_TOTAL] =
                (gf_interval){sqrt(low * high) * ns, low * ns, high * ns};
        }
        check(&m);
        const char *text = m.advice->review->text;
        cr_expect_eq(strstr(text, "calibrate it again") != NULL, cases[i].words != NULL,
                     "case %zu: %s", i, text);
        if (cases[i].words != NULL)
            expect_words(text, cases[i].words, "check");
        done(&m, "far");
    }
}

Test(advice_check, what_takes_no_time_is_not_compared) {
    static const struct {
        uint64_t measured_ns;
        double predicted_ns;
        bool compared;
    } cases[] = {{300, 400, false}, {999, 999, false}, {1000, 1, true}, {1, 1000, true}};
    made_cache();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        made m;
        double measured = 0;
        run_on_fakes(&m, 1000000, 2000000, 1, 2);
        gf_samples *up = &m.bench.comparison->results[0]->ledger.phases[GF_PHASE_H2D];
        for (uint32_t k = 0; k < up->count; k++)
            up->ns[k] = cases[i].measured_ns;
        cr_assert_eq(gf_result_summarize(m.bench.comparison->results[0], NULL), GF_OK);
        m.candidates->items[0].prediction.phases[GF_PHASE_H2D].value = cases[i].predicted_ns;
        check(&m);
        cr_expect_eq(gf_advice_compares(m.advice, 0, GF_PHASE_H2D, &measured), cases[i].compared,
                     "case %zu", i);
        done(&m, "short");
    }
}

/* ---- Reports ----------------------------------------------------------- */

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

Test(advice_check, reports_in_every_format) {
    made m;
    made_cache();
    check_on_fakes(&m, 1000000, 2000000, 1, 2);
    char *text = report_of(&m, GF_FORMAT_TEXT);
    static const char *const words[] = {"nothing ran at this size",
                                        "90 % intervals",
                                        "Roofline",
                                        "Checklist",
                                        "Verdict (predicted): model 0:0:best",
                                        "Predicted beside measured",
                                        "Checked: the verdict held",
                                        "No earlier prediction of diffusion"};
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
    cr_expect_eq(json_array_size(json_object_get(root, "checklist")), 2 * GF_CRITERION_COUNT);
    cr_expect_eq(json_array_size(json_object_get(root, "check")), 2);
    json_decref(root);
    free(text);
    done(&m, "reports");
}
