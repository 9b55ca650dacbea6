/* Reports in every format: what must be in them, and what must not. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "base/array.h"
#include "fake_bench.h"
#include "json_schema.h"

FAKE_GLOBALS

TestSuite(report, .timeout = 120);

static const gf_format formats[] = {GF_FORMAT_TEXT, GF_FORMAT_MARKDOWN, GF_FORMAT_CSV,
                                    GF_FORMAT_JSON};
static const char *const format_names[] = {"text", "Markdown", "CSV", "JSON"};

static fake_device *add(const char *id, const char *name, gf_device_class device_class,
                        uint64_t kernel_ns) {
    fake_device *device = fake_add(0, id, name, device_class);
    device->kernel_ns = kernel_ns;
    device->launch_ns = 5000;
    device->h2d_latency_ns = device->d2h_latency_ns = 20000;
    return device;
}

/* One of each outcome: ok twice, unsupported, failed, mismatch. */
static void add_five(void) {
    fake_device *native = add("native", "Test Processor", GF_CLASS_NATIVE, 8000000);
    native->variants[0] = "avx2";
    native->variants[1] = "scalar";
    native->info.baseline_variant = "scalar";
    add("0:0", "Quick", GF_CLASS_GPU, 2000000);
    add("0:1", "Single", GF_CLASS_GPU, 777777777)->info.f64 = false;
    add("0:2", "Broken", GF_CLASS_ACCELERATOR, 777777777)->fault =
        (fake_fault){FAKE_FINISH, 2, FAKE_FAILS, GF_FAILED};
    add("0:3", "Liar", GF_CLASS_CPU, 777777777)->fault =
        (fake_fault){FAKE_LAUNCH, 3, FAKE_FLIPS_LAST, GF_OK};
    fake_machines[0].complaint = "libbad.so: crashed | while probed";
}

static void run_all(fake_bench *bench, size_t devices) {
    const gf_result *result = NULL;
    if (gf_session_device(bench->session, 0)->info.baseline_variant != NULL)
        cr_assert_eq(fake_bench_try(bench, 0, "scalar", &result, NULL), GF_OK);
    for (size_t i = 0; i < devices; i++)
        (void)fake_bench_run(bench, i);
}

static void open_five(fake_bench *bench) {
    add_five();
    *bench = fake_bench_new();
    bench->options.repeat = 3;
    FAKE_BENCH_OPEN(bench, "julia", "size=40x30", "max-iter=60");
    run_all(bench, 5);
}

static char *write_report(const fake_bench *bench, gf_format format, const gf_report_style *style) {
    char *text = NULL;
    size_t length = 0;
    gf_error error = GF_ERROR_INIT;
    FILE *stream = open_memstream(&text, &length);
    cr_assert_not_null(stream);
    cr_assert_eq(gf_comparison_report(bench->comparison, format, style, stream, &error), GF_OK,
                 "%s", error.text);
    fclose(stream);
    return text;
}

static json_t *load_report(const fake_bench *bench, const char *schema) {
    char *text = write_report(bench, GF_FORMAT_JSON, &(gf_report_style){.schema = schema});
    json_error_t error;
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    cr_assert_not_null(root, "line %d: %s\n%s", error.line, error.text, text);
    json_verdict verdict = {""};
    json_check_report(root, schema, &verdict);
    cr_expect_str_eq(verdict.text, "", "%s\n%s", verdict.text, text);
    free(text);
    return root;
}

static const json_t *result_at(const json_t *root, size_t index) {
    return json_array_get(json_object_get(root, "results"), index);
}

static const char *text_of(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text == NULL ? "(none)" : text;
}

/* ---- JSON -------------------------------------------------------------- */

static size_t count_words(const char *text, const char *words) {
    size_t count = 0;
    while ((text = strstr(text, words)) != NULL) {
        text += strlen(words);
        count++;
    }
    return count;
}

Test(report, json_of_a_busy_machine_names_no_device_and_no_ratio) {
    static const char *const figures[] = {"winner", "runner_up", "winner_schedule",
                                          "runner_up_schedule", "ratio"};
    for (size_t busy = 0; busy < 2; busy++) {
        memset(fake_machines, 0, sizeof fake_machines);
        add("native", "Slow", GF_CLASS_NATIVE, 4000000);
        add("0:0", "Quick", GF_CLASS_GPU, 2000000);
        fake_bench bench = fake_bench_new();
        FAKE_BENCH_OPEN(&bench, "julia", "size=9x9");
        run_all(&bench, 2);
        if (busy == 1)
            bench.comparison->results[0]->disturbed =
                bench.comparison->results[0]->ledger.phases[GF_PHASE_TOTAL].count;
        json_t *root = load_report(&bench, "gpufare.compare/1");
        const json_t *verdict = json_object_get(root, "verdict");
        for (size_t i = 0; i < GF_COUNT_OF(figures); i++)
            cr_expect_eq(json_is_null(json_object_get(verdict, figures[i])), busy == 1, "%s, %zu",
                         figures[i], busy);
        cr_expect_eq(json_is_string(json_object_get(verdict, "reason")), busy == 1);
        json_decref(root);
        fake_bench_close(&bench, "busy");
    }
}

/* Of two devices, of which the first is the baseline; without its times there is none. */
Test(report, speedups_of_disturbed_samples_are_left_out) {
    static const struct {
        bool disturbed[2];
        size_t empty;
    } cases[] = {{{false, false}, 0}, {{true, false}, 2}, {{false, true}, 1}, {{true, true}, 2}};
    for (size_t i = 0; i < GF_COUNT_OF(cases); i++) {
        memset(fake_machines, 0, sizeof fake_machines);
        add("native", "Slow", GF_CLASS_NATIVE, 4000000);
        add("0:0", "Quick", GF_CLASS_GPU, 2000000);
        fake_bench bench = fake_bench_new();
        FAKE_BENCH_OPEN(&bench, "julia", "size=9x9");
        for (size_t d = 0; d < 2; d++) {
            (void)fake_bench_run(&bench, d);
            gf_result *result = bench.comparison->results[d];
            const uint32_t samples = result->ledger.phases[GF_PHASE_TOTAL].count;
            result->disturbed = cases[i].disturbed[d] ? samples : 0;
        }
        char *text = write_report(&bench, GF_FORMAT_CSV, NULL);
        cr_expect_eq(count_words(text, ",native:best,,"), cases[i].empty, "case %zu:\n%s", i, text);
        free(text);
        fake_bench_close(&bench, "disturbed");
    }
}

/* What was finished of a longer work; a complete one does not speak of it, but for a null in JSON.
 */
Test(report, work_that_was_cut_short_is_marked) {
    static const struct {
        gf_format format;
        const char *words;
    } cases[] = {
        {GF_FORMAT_TEXT, "Cut short: interrupted after 1 of 3 devices\nVerdict: "},
        {GF_FORMAT_MARKDOWN, "\n**Cut short:** interrupted after 1 of 3 devices\n\n"},
        {GF_FORMAT_CSV,
         ",disturbed_samples,nonfinite_elements,ahead_after_calls,joules_of_result,set_ceiling_ns,set_best_alone_ns,set_shares,cut_short\n"},
        {GF_FORMAT_CSV, ",interrupted after 1 of 3 devices\n"},
        {GF_FORMAT_JSON, "\"cut_short\": \"interrupted after 1 of 3 devices\""}};
    add("0:0", "Quick", GF_CLASS_GPU, 2000000);
    fake_bench bench = fake_bench_new();
    FAKE_BENCH_OPEN(&bench, "julia", "size=9x9");
    (void)fake_bench_run(&bench, 0);
    for (size_t i = 0; i < GF_COUNT_OF(cases); i++) {
        char *text =
            write_report(&bench, cases[i].format,
                         &(gf_report_style){.cut_short = "interrupted after 1 of 3 devices"});
        cr_expect_not_null(strstr(text, cases[i].words), "no '%s' in\n%s", cases[i].words, text);
        free(text);
        text = write_report(&bench, cases[i].format, NULL);
        cr_expect_null(strstr(text, "1 of 3"), "%s", text);
        cr_expect(strstr(text, "cut_short") == NULL || cases[i].format == GF_FORMAT_JSON, "%s",
                  text);
        free(text);
    }
    fake_bench_close(&bench, "cut short");
}

Test(report, json_keeps_the_schema_with_every_outcome) {
    fake_bench bench;
    open_five(&bench);
    json_t *root = load_report(&bench, "gpufare.compare/1");
    static const struct {
        const char *id, *kind, *variant, *status;
    } want[] = {
        {"native", "native", "scalar", "ok"},      {"native", "native", "avx2", "ok"},
        {"0:0", "opencl-gpu", "best", "ok"},       {"0:1", "opencl-gpu", "best", "unsupported"},
        {"0:2", "opencl-accel", "best", "failed"}, {"0:3", "opencl-cpu", "best", "mismatch"},
    };
    cr_assert_eq(json_array_size(json_object_get(root, "results")), 6);
    for (size_t i = 0; i < 6; i++) {
        const json_t *result = result_at(root, i), *device = json_object_get(result, "device");
        cr_expect_str_eq(text_of(device, "id"), want[i].id, "result %zu", i);
        cr_expect_str_eq(text_of(device, "kind"), want[i].kind, "result %zu", i);
        cr_expect_str_eq(text_of(result, "variant"), want[i].variant, "result %zu", i);
        cr_expect_str_eq(text_of(result, "status"), want[i].status, "result %zu", i);
    }
    const json_t *verification = json_object_get(result_at(root, 5), "verification");
    cr_expect_eq(json_int_of(verification, "mismatches"), 1);
    cr_expect_eq(json_int_of(verification, "compared"), 1200);
    cr_expect(json_is_null(json_object_get(result_at(root, 5), "phases")));
    cr_expect_not_null(strstr(text_of(result_at(root, 4), "reason"), "injected into finish"));
    cr_expect_str_eq(text_of(root, "baseline"), "native:scalar");
    cr_expect_str_eq(text_of(json_object_get(root, "verdict"), "winner"), "0:0:best");
    cr_expect(json_is_true(json_object_get(json_object_get(root, "verdict"), "gpu_evidence")));
    cr_expect_eq(json_array_size(json_object_get(root, "not_used")), 1);
    json_decref(root);
    fake_bench_close(&bench, "JSON");
}

Test(report, json_of_a_run_has_one_result) {
    add("0:0", "Quick", GF_CLASS_GPU, 2000000)->prepare_ns = 50;
    fake_bench bench = fake_bench_new();
    FAKE_BENCH_OPEN(&bench, "diffusion", "size=12x7", "steps=4");
    (void)fake_bench_run(&bench, 0);
    json_t *root = load_report(&bench, "gpufare.run/1");
    const json_t *phases = json_object_get(result_at(root, 0), "phases");
    const json_t *build = json_object_get(phases, "build");
    cr_expect_eq(json_int_of(build, "median_ns"), 50);
    cr_expect_str_eq(text_of(build, "state"), "warm");
    cr_expect_eq(json_int_of(build, "cold_ns"), 51);
    cr_expect_eq(json_int_of(json_object_get(phases, "kernel"), "median_ns"), 2000000);
    cr_expect_str_eq(text_of(json_object_get(phases, "kernel"), "clock"), "fake events");
    cr_expect_str_eq(text_of(json_object_get(phases, "h2d"), "clock"), "fake");
    const json_t *rate = json_object_get(result_at(root, 0), "throughput");
    cr_expect_float_eq(json_number_value(json_object_get(rate, "value")), 12.0 * 7 * 4 / 2e6,
                       1e-15);
    cr_expect_str_eq(text_of(rate, "unit"), "GCell/s");
    json_decref(root);
    fake_bench_close(&bench, "run");
}

Test(report, json_holds_the_parameters_by_their_types) {
    add("0:0", "Quick", GF_CLASS_GPU, 2000000);
    fake_bench bench = fake_bench_new();
    FAKE_BENCH_OPEN(&bench, "julia", "size=40x30", "max-iter=60", "c=-0.5,0.25", "rendering=grey");
    (void)fake_bench_run(&bench, 0);
    json_t *root = load_report(&bench, "gpufare.run/1");
    const json_t *workload = json_object_get(root, "workload");
    const json_t *parameters = json_object_get(workload, "parameters");
    cr_expect_str_eq(text_of(workload, "name"), "julia");
    const json_t *size = json_object_get(parameters, "size");
    cr_expect(json_int_of(size, "width") == 40 && json_int_of(size, "height") == 30);
    cr_expect_eq(json_int_of(parameters, "max-iter"), 60);
    const json_t *c = json_object_get(parameters, "c");
    cr_expect_eq(json_array_size(c), 2);
    cr_expect_eq(json_real_value(json_array_get(c, 0)), -0.5);
    cr_expect_str_eq(text_of(parameters, "rendering"), "grey");
    cr_expect_str_eq(text_of(parameters, "precision"), "f64");
    cr_expect_eq(json_object_size(parameters), bench.comparison->problem->workload->param_count);
    json_decref(root);
    fake_bench_close(&bench, "parameters");
}

/* A workload without a precision row: no f32, no f64, no math; and an answer in words. */
Test(report, integer_arithmetic_and_the_answer_are_named_in_every_format) {
    add("0:0", "Quick", GF_CLASS_GPU, 2000000);
    fake_bench bench = fake_bench_new();
    FAKE_BENCH_OPEN(&bench, "prime", "number=91");
    (void)fake_bench_run(&bench, 0);
    json_t *root = load_report(&bench, "gpufare.run/1");
    const json_t *result = result_at(root, 0);
    cr_expect_str_eq(text_of(result, "precision"), "integer");
    cr_expect_str_eq(text_of(result, "math"), "strict");
    cr_expect_str_eq(text_of(result, "answer"), "91 = 7 x 13; its smallest divisor is 7");
    cr_expect(json_is_null(json_object_get(root, "f64_difference")));
    json_decref(root);
    static const struct {
        gf_format format;
        const char *words[2];
    } want[] = {
        {GF_FORMAT_TEXT, {"Comparison in integer arithmetic (", "  answer: 91 = 7 x 13;"}},
        {GF_FORMAT_MARKDOWN, {"Comparison in integer arithmetic (", "- answer: 91 = 7 x 13;"}},
        {GF_FORMAT_CSV, {",integer,strict,", ",91 = 7 x 13; its smallest divisor is 7,"}},
    };
    for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
        char *text = write_report(&bench, want[i].format, &(gf_report_style){.verbose = false});
        for (size_t k = 0; k < 2; k++)
            cr_expect_not_null(strstr(text, want[i].words[k]), "%s is not in %s", want[i].words[k],
                               text);
        free(text);
    }
    fake_bench_close(&bench, "integers");
}

Test(report, a_workload_may_have_no_answer) {
    add("0:0", "Quick", GF_CLASS_GPU, 2000000);
    fake_bench bench = fake_bench_new();
    FAKE_BENCH_OPEN(&bench, "julia", "size=9x9");
    (void)fake_bench_run(&bench, 0);
    json_t *root = load_report(&bench, "gpufare.run/1");
    cr_expect(json_is_null(json_object_get(result_at(root, 0), "answer")));
    json_decref(root);
    char *text = write_report(&bench, GF_FORMAT_TEXT, &(gf_report_style){.verbose = false});
    cr_expect_null(strstr(text, "answer"));
    free(text);
    fake_bench_close(&bench, "no answer");
}

/* The sum of counts is an integer; the sum of a field is not. */
Test(report, a_checksum_has_the_type_of_its_elements) {
    add("0:0", "Quick", GF_CLASS_GPU, 2000000);
    fake_bench julia = fake_bench_new();
    FAKE_BENCH_OPEN(&julia, "julia", "size=17x17");
    (void)fake_bench_run(&julia, 0);
    json_t *root = load_report(&julia, "gpufare.run/1");
    const json_t *checksum = json_object_get(result_at(root, 0), "checksum");
    cr_expect(json_is_integer(checksum) && json_integer_value(checksum) == 10972, "julia: %g",
              json_number_value(checksum));
    json_decref(root);
    fake_bench_close(&julia, "julia");
    memset(fake_machines, 0, sizeof fake_machines);
    add("0:0", "Quick", GF_CLASS_GPU, 2000000);
    fake_bench diffusion = fake_bench_new();
    FAKE_BENCH_OPEN(&diffusion, "diffusion", "size=20x20", "steps=1");
    const gf_result *result = fake_bench_run(&diffusion, 0);
    root = load_report(&diffusion, "gpufare.run/1");
    checksum = json_object_get(result_at(root, 0), "checksum");
    cr_expect(json_is_real(checksum) && json_real_value(checksum) == result->checksum,
              "diffusion: not all digits are there");
    json_decref(root);
    fake_bench_close(&diffusion, "diffusion");
}

static double not_a_number(const gf_problem *problem, const void *result) {
    (void)problem;
    (void)result;
    return NAN;
}

/* JSON has no NaN: null stands for it, and the rest of the report is there. */
Test(report, a_sum_that_is_no_number_does_not_stop_the_report) {
    add("0:0", "Quick", GF_CLASS_GPU, 2000000);
    gf_workload workload = *gf_workload_find("diffusion", NULL);
    workload.checksum = not_a_number;
    workload.known_answer = NULL;
    fake_bench bench = fake_bench_new();
    fake_bench_open_workload(&bench, &workload, (const char *const[]){"size=9x9", "steps=1", NULL});
    cr_expect_eq(fake_bench_run(&bench, 0)->outcome, GF_OUTCOME_OK);
    char *text =
        write_report(&bench, GF_FORMAT_JSON, &(gf_report_style){.schema = "gpufare.run/1"});
    json_t *root = json_loads(text, 0, NULL);
    cr_assert_not_null(root, "%s", text);
    cr_expect(json_is_null(json_object_get(result_at(root, 0), "checksum")));
    json_decref(root);
    free(text);
    fake_bench_close(&bench, "NaN");
}

/* Names come from drivers, paths from users: JSON must stay UTF-8. */
Test(report, json_survives_texts_that_are_no_utf_8) {
    add("0:0",
        "Gr\xfc\xdf"
        "e \"GPU\"\n",
        GF_CLASS_GPU, 2000000)
        ->info.platform = "\xff\xfe";
    fake_machines[0].complaint = "lib\xe9.so: crashed";
    fake_bench bench = fake_bench_new();
    FAKE_BENCH_OPEN(&bench, "julia", "size=9x9");
    (void)fake_bench_run(&bench, 0);
    json_t *root = load_report(&bench, "gpufare.run/1");
    const json_t *device = json_object_get(result_at(root, 0), "device");
    cr_expect_str_eq(text_of(device, "name"), "Gr??e \"GPU\"\n");
    cr_expect_str_eq(text_of(device, "platform"), "??");
    cr_expect_str_eq(json_string_value(json_array_get(json_object_get(root, "not_used"), 0)),
                     "lib?.so: crashed");
    json_decref(root);
    fake_bench_close(&bench, "UTF-8");
}

/* An infinite error has no form in JSON either. */
Test(report, json_of_a_mismatch_by_nan) {
    add("0:0", "Liar", GF_CLASS_GPU, 2000000)->fault =
        (fake_fault){FAKE_LAUNCH, 1, FAKE_WRITES_NAN, GF_OK};
    fake_bench bench = fake_bench_new();
    FAKE_BENCH_OPEN(&bench, "diffusion", "size=9x9", "steps=1");
    (void)fake_bench_run(&bench, 0);
    json_t *root = load_report(&bench, "gpufare.run/1");
    const json_t *verification = json_object_get(result_at(root, 0), "verification");
    cr_expect(json_is_null(json_object_get(verification, "max_abs_error")));
    json_decref(root);
    fake_bench_close(&bench, "mismatch by NaN");
}

/* The checker itself must be able to find fault. */
Test(report, the_schema_check_finds_what_is_missing) {
    fake_bench bench;
    open_five(&bench);
    static const struct {
        const char *path[3], *complaint;
    } cases[] = {
        {{"machine", "cpu"}, "machine lacks \"cpu\""},
        {{"verdict"}, "the report lacks \"verdict\""},
        {{"results", "0", "status"}, "a result lacks \"status\""},
        {{"results", "0", "checksum"}, "a result lacks \"checksum\""},
        {{"results", "5", "reason"}, "a result lacks \"reason\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        json_t *root = load_report(&bench, "gpufare.compare/1"), *at = root;
        size_t last = 0;
        while (last + 1 < 3 && cases[i].path[last + 1] != NULL) {
            at = json_is_array(at) ? json_array_get(at, (size_t)atoi(cases[i].path[last]))
                                   : json_object_get(at, cases[i].path[last]);
            last++;
        }
        cr_assert_eq(json_object_del(at, cases[i].path[last]), 0, "case %zu", i);
        json_verdict verdict = {""};
        json_check_report(root, "gpufare.compare/1", &verdict);
        cr_expect_str_eq(verdict.text, cases[i].complaint, "case %zu: '%s'", i, verdict.text);
        json_decref(root);
    }
    json_t *root = load_report(&bench, "gpufare.compare/1");
    json_t *kernel = json_object_get(json_object_get(result_at(root, 0), "phases"), "kernel");
    json_t *samples = json_object_get(kernel, "samples_ns");
    json_array_set_new(samples, 1,
                       json_integer(json_integer_value(json_array_get(samples, 1)) - 1));
    json_object_set_new(kernel, "min_ns", json_integer(0));
    json_verdict verdict = {""};
    json_check_report(root, "gpufare.compare/1", &verdict);
    cr_expect_str_eq(verdict.text, "sample 1 does not add up to its total", "'%s'", verdict.text);
    json_decref(root);
    fake_bench_close(&bench, "schema check");
}

/* ---- Text, Markdown, CSV ----------------------------------------------- */

static void expect_words(const char *text, const char *const *words, const char *name) {
    for (; *words != NULL; words++)
        cr_expect_not_null(strstr(text, *words), "%s lacks '%s':\n%s", name, *words, text);
}

Test(report, text_and_markdown_say_what_was_found) {
    fake_bench bench;
    open_five(&bench);
    static const char *const words[] = {"julia: size 40x30, max-iter 60",
                                        "native:scalar",
                                        "0:0:best",
                                        "unsupported",
                                        "no f64",
                                        "failed",
                                        "injected into finish, call 2",
                                        "mismatch",
                                        "1 of 1200 result elements differ",
                                        "vs native:scalar",
                                        "unexplained",
                                        "every element of every run, against the scalar reference",
                                        "outputs poisoned",
                                        "libbad.so: crashed",
                                        "by the test",
                                        "a fake kernel",
                                        "SIMD efficiency",
                                        "Verdict",
                                        "times as fast as native:",
                                        ", which is this CPU, without OpenCL",
                                        "Giter/s",
                                        NULL};
    for (size_t i = 0; i < 2; i++) {
        char *text = write_report(&bench, formats[i], &(gf_report_style){.verbose = false});
        expect_words(text, words, format_names[i]);
        cr_expect_null(strstr(text, "\033"), "%s is coloured", format_names[i]);
        free(text);
    }
    fake_bench_close(&bench, "text");
}

/* 777.777777 ms is what the bad devices' kernels took: no format may show it, nor a part of it. */
Test(report, bad_results_have_no_time_in_any_format) {
    fake_bench bench;
    open_five(&bench);
    for (size_t i = 0; i < 4; i++) {
        char *text = write_report(&bench, formats[i], &(gf_report_style){.verbose = true});
        cr_expect_null(strstr(text, "777"), "%s:\n%s", format_names[i], text);
        cr_expect_not_null(strstr(text, i < 2 ? "8.0" : "80"), "%s shows no time at all",
                           format_names[i]);
        free(text);
    }
    fake_bench_close(&bench, "no time");
}

Test(report, csv_has_a_row_for_each_result_and_a_field_for_each_column) {
    fake_bench bench;
    open_five(&bench);
    char *text = write_report(&bench, GF_FORMAT_CSV, &(gf_report_style){.verbose = false});
    size_t lines = 0, columns = 0;
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        size_t fields = 1;
        bool quoted = false;
        for (const char *at = line; *at != '\0'; at++) {
            quoted = *at == '"' ? !quoted : quoted;
            fields += *at == ',' && !quoted ? 1 : 0;
        }
        columns = lines == 0 ? fields : columns;
        cr_expect_eq(fields, columns, "line %zu has %zu fields, not %zu: %s", lines, fields,
                     columns, line);
        cr_expect_not(quoted, "line %zu", lines);
        lines++;
    }
    cr_expect_eq(lines, 7);
    free(text);
    fake_bench_close(&bench, "CSV");
}

static size_t occurrences(const char *text, const char *piece) {
    size_t count = 0;
    for (; (text = strstr(text, piece)) != NULL; text++)
        count++;
    return count;
}

/* 30 empty fields stand between the reason and the baseline, then 4 before the verification, and 3
 * at the end. */
Test(report, csv_has_no_number_for_a_bad_result) {
    fake_bench bench;
    open_five(&bench);
    static const char *const reasons[] = {"use --precision f32", "call 2\"", "by up to 1\""};
    static const char baseline[] = "native:scalar";
    char *text = write_report(&bench, GF_FORMAT_CSV, &(gf_report_style){.verbose = false});
    for (size_t i = 0; i < 3; i++) {
        const char *at = strstr(text, reasons[i]);
        cr_assert_not_null(at, "%s is missing:\n%s", reasons[i], text);
        at += strlen(reasons[i]);
        const size_t commas = strspn(at, ",");
        cr_expect_eq(commas, 31, "a number %zu fields after '%s':\n%s", commas, reasons[i], text);
        at += commas;
        cr_assert_eq(strncmp(at, baseline, sizeof baseline - 1), 0, "%s", at);
        cr_expect_geq(strspn(at + sizeof baseline - 1, ","), 5, "a number after the baseline: %s",
                      at);
        const char *end = strchr(at, '\n');
        cr_assert_not_null(end);
        cr_expect_eq(strncmp(end - 3, ",,,", 3), 0, "a pipelined time or a schedule: %s", at);
    }
    free(text);
    fake_bench_close(&bench, "CSV of bad results");
}

/* Lines that are shown only for devices that copy or overlap. */
Test(report, notes_mention_host_memory_and_of_pipelined_round_trips) {
    fake_device *device = add("0:0", "Quick", GF_CLASS_GPU, 2000000);
    device->overlaps = true;
    device->pipeline_ns = 2160000;
    device->pinned_arrays = 8;
    add("0:1", "Near", GF_CLASS_CPU, 2000000)->in_place = true;
    fake_bench bench = fake_bench_new();
    FAKE_BENCH_OPEN(&bench, "julia", "size=9x9");
    run_all(&bench, 2);
    char *text = write_report(&bench, GF_FORMAT_TEXT, &(gf_report_style){.verbose = false});
    static const char *const words[] = {
        "0:0:best: transfers from and to pinned host memory",
        "0:0:best: pipelined: 2.160 ms, 1.08 x the longest of upload, kernel and download; the "
        "serial round trip counts",
        NULL};
    expect_words(text, words, "text");
    cr_expect_null(strstr(text, "0:1:best: transfers"), "nothing is copied:\n%s", text);
    cr_expect_null(strstr(text, "0:1:best: pipelined"), "nothing is overlapped:\n%s", text);
    free(text);
    text = write_report(&bench, GF_FORMAT_TEXT, &(gf_report_style){.verbose = true});
    cr_expect_not_null(strstr(text, "0:1:best: transfers in place, no copies"), "%s", text);
    free(text);
    text = write_report(&bench, GF_FORMAT_JSON, &(gf_report_style){.schema = "gpufare.compare/1"});
    json_t *root = json_loads(text, 0, NULL);
    json_t *results = json_object_get(root, "results");
    json_t *pipelined = json_object_get(json_array_get(results, 0), "pipelined");
    cr_expect_eq(json_integer_value(json_object_get(pipelined, "median_ns")), 2160000);
    cr_expect_eq(json_integer_value(json_object_get(pipelined, "longest_ns")), 2000000);
    cr_expect_float_eq(json_real_value(json_object_get(pipelined, "ratio")), 1.08, 1e-12);
    cr_expect(json_is_null(json_object_get(json_array_get(results, 1), "pipelined")));
    static const char *const kinds[] = {"pinned", "in place"};
    for (size_t i = 0; i < 2; i++) {
        json_t *traffic = json_object_get(json_array_get(results, i), "traffic");
        cr_expect_str_eq(json_string_value(json_object_get(traffic, "host_memory")), kinds[i]);
    }
    json_decref(root);
    free(text);
    fake_bench_close(&bench, "notes of transfers");
}

/* -v adds each phase's time and clock. */
Test(report, verbose_shows_every_phase) {
    fake_bench bench;
    open_five(&bench);
    char *text = write_report(&bench, GF_FORMAT_TEXT, &(gf_report_style){.verbose = true});
    static const char *const words[] = {"Every phase, in ms", "fake events", "unexplained", NULL};
    expect_words(text, words, "verbose");
    cr_expect_eq(occurrences(text, " fake events"), 3, "one for each ok result:\n%s", text);
    free(text);
    fake_bench_close(&bench, "verbose");
}

Test(report, f32_says_how_far_it_is_from_f64) {
    add("0:0", "Quick", GF_CLASS_GPU, 2000000);
    fake_bench bench = fake_bench_new();
    FAKE_BENCH_OPEN(&bench, "julia", "size=500x500", "precision=f32");
    (void)fake_bench_run(&bench, 0);
    json_t *root = load_report(&bench, "gpufare.run/1");
    const json_t *difference = json_object_get(root, "f64_difference");
    cr_expect_eq(json_int_of(difference, "compared"), 250000);
    cr_expect_gt(json_int_of(difference, "differing"), 0, "f32 is another computation");
    cr_expect_lt(json_int_of(difference, "differing"), 2500);
    json_decref(root);
    char *text = write_report(&bench, GF_FORMAT_TEXT, &(gf_report_style){.verbose = false});
    cr_expect_not_null(strstr(text, "of 250000 elements differ from those of f64"), "%s", text);
    free(text);
    fake_bench_close(&bench, "f32");
}

/* Comparison, ledger and checklist; in CSV and JSON keys must do. */
Test(report, each_table_is_explained_where_it_is_asked_for) {
    fake_bench bench;
    open_five(&bench);
    static const size_t explained[] = {3, 3, 0, 0};
    for (size_t i = 0; i < 4; i++) {
        char *text = write_report(&bench, formats[i], &(gf_report_style){.explain = true});
        cr_expect_eq(
            occurrences(text, formats[i] == GF_FORMAT_TEXT ? "\nColumns\n" : "\nColumns:\n"),
            explained[i], "%s:\n%s", format_names[i], text);
        free(text);
        text = write_report(&bench, formats[i], NULL);
        cr_expect_null(strstr(text, "share of the total that moving"), "%s", format_names[i]);
        free(text);
    }
    fake_bench_close(&bench, "explain");
}

/* The whole report, of every outcome, on a terminal: only a word that is longer may pass its edge.
 */
Test(report, lines_fit_the_width) {
    fake_bench bench;
    open_five(&bench);
    char *text = write_report(&bench, GF_FORMAT_TEXT,
                              &(gf_report_style){.width = 100, .verbose = true, .explain = true});
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"))
        cr_expect_leq(strlen(line), 100, "%s", line);
    free(text);
    fake_bench_close(&bench, "width");
}

Test(report, colour_only_where_it_is_asked_for) {
    fake_bench bench;
    open_five(&bench);
    for (size_t i = 0; i < 4; i++) {
        char *text = write_report(&bench, formats[i], &(gf_report_style){.colour = true});
        cr_expect_eq(strchr(text, '\033') != NULL, formats[i] == GF_FORMAT_TEXT, "%s",
                     format_names[i]);
        free(text);
    }
    fake_bench_close(&bench, "colour");
}

Test(report, the_checklist_is_of_one_result_for_each_device_unless_verbose) {
    fake_bench bench;
    open_five(&bench);
    char *brief = write_report(&bench, GF_FORMAT_TEXT, &(gf_report_style){.verbose = false});
    char *all = write_report(&bench, GF_FORMAT_TEXT, &(gf_report_style){.verbose = true});
    cr_expect_eq(occurrences(brief, "    movement "), 5, "%s", brief);
    cr_expect_eq(occurrences(all, "    movement "), 6, "%s", all);
    free(brief);
    free(all);
    fake_bench_close(&bench, "checklist");
}

/* More results than a machine has devices, as with --all-variants. */
Test(report, the_checklist_of_many_results_is_whole) {
    static char ids[FAKE_MAX_DEVICES][8];
    for (int i = 0; i < FAKE_MAX_DEVICES; i++) {
        snprintf(ids[i], sizeof ids[i], "0:%d", i);
        add(ids[i], "Twin", GF_CLASS_GPU, 1000000);
    }
    fake_bench bench = fake_bench_new();
    bench.options.repeat = 1;
    FAKE_BENCH_OPEN(&bench, "julia", "size=3x3", "max-iter=3");
    for (size_t i = 0; i < FAKE_MAX_DEVICES; i++)
        (void)fake_bench_run(&bench, i);
    static const char *const needles[] = {"    operations  ", "| operations |"};
    for (size_t i = 0; i < 2; i++) {
        char *text = write_report(&bench, formats[i], &(gf_report_style){.verbose = true});
        cr_expect_eq(occurrences(text, needles[i]), FAKE_MAX_DEVICES, "%s: %zu", format_names[i],
                     occurrences(text, needles[i]));
        free(text);
    }
    fake_bench_close(&bench, "many");
}

Test(report, notes_tell_of_a_clock_that_was_not_used_and_of_wide_spread) {
    fake_device *device = add("0:0", "Odd", GF_CLASS_GPU, 2000000);
    device->clock = FAKE_CLOCK_OUT_OF_ORDER;
    fake_bench bench = fake_bench_new();
    FAKE_BENCH_OPEN(&bench, "julia", "size=9x9");
    const gf_result *result = fake_bench_run(&bench, 0);
    gf_samples *totals = &bench.comparison->results[0]->ledger.phases[GF_PHASE_TOTAL];
    totals->ns[0] = 3 * totals->ns[1];
    cr_assert_eq(gf_result_summarize(bench.comparison->results[0], NULL), GF_OK);
    char *text = write_report(&bench, GF_FORMAT_TEXT, &(gf_report_style){.verbose = false});
    static const char *const words[] = {
        "device times not used: the device's event times are out of", "warning: unsteady",
        "or measure for longer", NULL};
    expect_words(text, words, "text");
    free(text);
    cr_expect_eq(result->outcome, GF_OUTCOME_OK);
    fake_bench_close(&bench, "notes");
}

Test(report, a_comparison_without_results_is_still_a_report) {
    fake_bench bench = fake_bench_new();
    FAKE_BENCH_OPEN(&bench, "julia", "size=9x9");
    for (size_t i = 0; i < 4; i++) {
        char *text =
            write_report(&bench, formats[i], &(gf_report_style){.schema = "gpufare.compare/1"});
        cr_expect_gt(strlen(text), 20, "%s", format_names[i]);
        if (i < 2)
            cr_expect_not_null(strstr(text, "no device returned a verified result"));
        free(text);
    }
    fake_bench_close(&bench, "nothing");
}

Test(report, a_full_disk_is_an_error_in_every_format) {
    fake_bench bench;
    open_five(&bench);
    for (size_t i = 0; i < 4; i++) {
        gf_error error = GF_ERROR_INIT;
        FILE *full = fopen("/dev/full", "w");
        cr_assert_not_null(full);
        const gf_report_style style = {.schema = "gpufare.compare/1"};
        cr_expect_eq(gf_comparison_report(bench.comparison, formats[i], &style, full, &error),
                     GF_FAILED, "%s", format_names[i]);
        cr_expect_not_null(strstr(error.text, "cannot write"), "%s: '%s'", format_names[i],
                           error.text);
        gf_error_clear(&error);
        cr_expect_eq(gf_session_report(bench.session, formats[i], &style, full, &error), GF_FAILED,
                     "devices, %s", format_names[i]);
        gf_error_clear(&error);
        fclose(full);
    }
    fake_bench_close(&bench, "full");
}

/* ---- The list of devices ----------------------------------------------- */

Test(report, the_list_of_devices_in_every_format) {
    add_five();
    fake_machines[0].devices[2].info.global_memory_bytes = 0; /* not known: no cell */
    fake_bench bench = fake_bench_new();
    fake_bench_open_session(&bench, gf_workload_find("julia", NULL), NULL);
    for (size_t i = 0; i < 4; i++) {
        char *text = NULL;
        size_t length = 0;
        FILE *stream = open_memstream(&text, &length);
        cr_assert_eq(gf_session_report(bench.session, formats[i],
                                       &(gf_report_style){.colour = false}, stream, NULL),
                     GF_OK);
        fclose(stream);
        static const char *const words[] = {"native",         "0:3",           "opencl-accel",
                                            "Test Processor", "Fake Platform", NULL};
        expect_words(text, words, format_names[i]);
        cr_expect_eq(strstr(text, "libbad.so") != NULL, formats[i] != GF_FORMAT_CSV, "%s",
                     format_names[i]);
        if (formats[i] == GF_FORMAT_JSON) {
            json_t *root = json_loads(text, 0, NULL);
            cr_assert_not_null(root, "%s", text);
            cr_expect_str_eq(text_of(root, "schema"), "gpufare.devices/1");
            cr_expect_eq(json_array_size(json_object_get(root, "devices")), 5);
            json_decref(root);
        }
        free(text);
    }
    fake_bench_close(&bench, "devices");
}

/* ---- What the caller may leave out, and may not ask for ------------------ */

Test(report, no_style_means_defaults) {
    fake_bench bench;
    open_five(&bench);
    for (size_t i = 0; i < GF_COUNT_OF(formats); i++) {
        char *plain = write_report(&bench, formats[i], NULL);
        char *same = write_report(&bench, formats[i], &(gf_report_style){.colour = false});
        cr_expect_str_eq(plain, same, "%s", format_names[i]);
        free(plain);
        free(same);
        cr_expect_eq(gf_session_report(bench.session, formats[i], NULL, stderr, NULL), GF_OK);
    }
    fake_bench_close(&bench, "no style");
}

Test(report, an_unknown_format_is_refused) {
    fake_bench bench;
    open_five(&bench);
    const gf_format unknown[] = {(gf_format)(GF_FORMAT_HTML + 1), (gf_format)-1};
    for (size_t i = 0; i < GF_COUNT_OF(unknown); i++) {
        char *text = NULL;
        size_t length = 0;
        FILE *stream = open_memstream(&text, &length);
        cr_assert_not_null(stream);
        gf_error error = GF_ERROR_INIT;
        cr_expect_eq(gf_comparison_report(bench.comparison, unknown[i], NULL, stream, &error),
                     GF_USAGE);
        cr_expect_str_eq(error.parameter, "format");
        cr_expect_eq(gf_session_report(bench.session, unknown[i], NULL, stream, NULL), GF_USAGE);
        fclose(stream);
        cr_expect_str_eq(text, "");
        free(text);
        gf_error_clear(&error);
    }
    fake_bench_close(&bench, "unknown format");
}

Test(report, the_verdict_and_the_answer_can_be_read) {
    fake_bench bench = fake_bench_new();
    add("0:0", "Quick", GF_CLASS_GPU, 2000000);
    FAKE_BENCH_OPEN(&bench, "prime", "number=97");
    const gf_result *result = fake_bench_run(&bench, 0);
    cr_expect_str_eq(gf_result_answer(result), result->answer);
    cr_expect_gt(strlen(gf_result_answer(result)), 0);
    cr_expect_eq(gf_result_checksum(result), result->checksum);
    char text[GF_VERDICT_TEXT] = "", *whole = write_report(&bench, GF_FORMAT_TEXT, NULL);
    cr_assert_eq(gf_comparison_verdict(bench.comparison, text, sizeof text, NULL), GF_OK);
    cr_expect_not_null(strstr(text, "0:0:best"), "%s", text);
    cr_expect_not_null(strstr(whole, text));
    const size_t length = strlen(text);
    gf_error error = GF_ERROR_INIT;
    text[0] = '!';
    cr_expect_eq(gf_comparison_verdict(bench.comparison, text, length, &error), GF_USAGE);
    cr_expect_eq(text[0], '!', "a buffer that is too small stays as it was");
    cr_expect_eq(gf_comparison_verdict(bench.comparison, text, length + 1, NULL), GF_OK);
    gf_error_clear(&error);
    free(whole);
    fake_bench_close(&bench, "verdict");
}
