/* Exported thresholds of fake devices whose crossings are known in closed form. The headers are
 * compiled as C and as C++, and answer on both sides of each crossing. */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "breakeven/placement.h"
#include "made_folder.h"
#include "report/exported/c_text.h"
#include "sweep_study.h"

FAKE_GLOBALS

TestSuite(threshold_export, .timeout = 120);

/* ---- Exporting and compiling ------------------------------------------- */

static void enter_folder(void) {
    cr_assert_eq(chdir(made_folder()), 0);
}

static gf_status try_export(const sweep_study *study, gf_error *error) {
    FILE *json = fopen("place.json", "w"), *header = fopen("place.h", "w");
    cr_assert(json != NULL && header != NULL);
    const gf_status status =
        gf_breakeven_lines_export(study->lines, "place", SEED, json, header, error);
    cr_assert_eq(fclose(json), 0);
    cr_assert_eq(fclose(header), 0);
    return status;
}

static void export(sweep_study *study) {
    gf_error error = GF_ERROR_INIT;
    conclude(study);
    cr_assert_eq(try_export(study, &error), GF_OK, "%s", error.text);
}

/* Compiles a program whose main returns the number of the first check that fails, with every
 * compiler that is here, and runs it. */
static void expect_program(const char *checks) {
    static const char *const compilers[] = {"gcc -std=c99 -x c", "clang -std=c99 -x c",
                                            "g++ -std=c++11 -x c++", "clang++ -std=c++11 -x c++"};
    size_t compiled = 0;
    FILE *source = fopen("main.c", "w");
    cr_assert_not_null(source);
    fprintf(source,
            "#include \"place.h\"\n#define CHECK(condition) do { number++; if (!(condition)) "
            "return number; } while (0)\nint main(void) {\n    int number = 0;\n%s\n"
            "    return 0;\n}\n",
            checks);
    cr_assert_eq(fclose(source), 0);
    for (size_t i = 0; i < GF_COUNT_OF(compilers); i++) {
        char command[256];
        snprintf(command, sizeof command, "command -v %.*s >/dev/null",
                 (int)strcspn(compilers[i], " "), compilers[i]);
        if (system(command) != 0)
            continue;
        snprintf(command, sizeof command,
                 "%s -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -o program main.c -lm",
                 compilers[i]);
        cr_assert_eq(system(command), 0, "%s", compilers[i]);
        const int ended = system("./program");
        cr_expect_eq(ended, 0, "%s: check %d fails", compilers[i], ended / 256);
        compiled++;
    }
    cr_assert_gt(compiled, 0, "there is no compiler");
}

static void expect_in_file(const char *path, const char *words) {
    char text[16384];
    FILE *file = fopen(path, "r");
    cr_assert_not_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    cr_expect_not_null(strstr(text, words), "'%s' is missing in:\n%s", words, text);
}

/* ---- One crossing, none ------------------------------------------------ */

/* Julia's result has 2 bytes a pixel and nothing goes up: the remote device takes
 * 50000 + 3 n^2, the local one 10 n^2. */
static void open_sides(sweep_study *study, const char *sweep) {
    add_devices();
    open_study(study, "julia", sweep, (const char *const[]){"max-iter=8", NULL});
    for (size_t i = 0; i < study->breakeven->sweep.count; i++) {
        const uint64_t side = (uint64_t)study->breakeven->sweep.values[i].number;
        fake_machines[0].devices[REMOTE].kernel_ns = side * side;
        fake_machines[0].devices[LOCAL].kernel_ns = side * side * 10;
        measure(study, i);
    }
}

#define SIDE "84.5154" /* sqrt(50000 / 7) */

Test(threshold_export, one_crossing, .init = enter_folder) {
    sweep_study study;
    open_sides(&study, "size=16:256");
    study.breakeven->series[REMOTE]->cells[4].cost.build_ns = 1e9; /* 655360 - 246608 saved */
    study.breakeven->series[LOCAL]->cells[4].cost.build_ns = 0;
    study.breakeven->series[REMOTE]->cells[4].cost.alloc_ns = 0;
    study.breakeven->series[LOCAL]->cells[4].cost.alloc_ns = 0;
    export(&study);
    expect_program(
        "    CHECK(!place_on_device(" SIDE " * 0.95) && place_on_device(" SIDE " * 1.05));\n"
        "    CHECK(!place_on_device(16) && place_on_device(256));\n"
        "    CHECK(!place_on_device(1) && place_on_device(1e9));\n"
        "    CHECK(!place_in_range(15.9) && place_in_range(16) && place_in_range(256));\n"
        "    CHECK(!place_in_range(256.1));\n"
        "    CHECK(PLACE_CROSSINGS == 1);\n"
        "    CHECK(PLACE_CROSSING_1_LOW <= " SIDE " && " SIDE " <= PLACE_CROSSING_1_HIGH);\n"
        "    CHECK(PLACE_CROSSING_1 > " SIDE " * 0.97 && PLACE_CROSSING_1 < " SIDE " * 1.03);\n"
        "    CHECK(PLACE_BUILD_NS == 1e9 && PLACE_FIRST_CALL_AT == 256);\n"
        "    CHECK(PLACE_AHEAD_AFTER == 2447);\n"
        "    CHECK(PLACE_UNCERTAIN == 0);\n");
    expect_in_file("place.h", "the device is ahead from 84");
    json_t *root = json_load_file("place.json", 0, NULL);
    cr_assert_not_null(root);
    const json_t *line = json_array_get(json_object_get(root, "lines"), 0);
    const json_t *crossing = json_array_get(json_object_get(line, "crossings"), 0);
    cr_expect_float_eq(json_number_value(json_object_get(crossing, "at")), sqrt(50000.0 / 7), 2);
    cr_expect_str_eq(json_string_value(json_object_get(line, "ahead_first")), "cpu");
    cr_expect_eq(json_integer_value(
                     json_object_get(json_object_get(line, "first_call"), "ahead_after_calls")),
                 2447);
    json_decref(root);
    close_study(&study);
}

Test(threshold_export, always_and_never, .init = enter_folder) {
    sweep_study study;
    open_sides(&study, "size=128:256");
    export(&study);
    expect_program(
        "    CHECK(place_on_device(128) && place_on_device(1) && place_on_device(1e9));\n"
        "    CHECK(PLACE_CROSSINGS == 0 && PLACE_FROM == 128 && PLACE_TO == 256);\n");
    expect_in_file("place.h", "the device is ahead at every value from 128x128 to 256x256");
    close_study(&study);
    fake_machines[0] = (fake_machine){.count = 0};
    open_sides(&study, "size=8:64");
    export(&study);
    expect_program("    CHECK(!place_on_device(8) && !place_on_device(64) && "
                   "!place_on_device(1e9));\n    CHECK(PLACE_AHEAD_AFTER == 0);\n");
    expect_in_file("place.h", "the device is ahead nowhere from 8x8 to 64x64");
    close_study(&study);
}

/* ---- Several ----------------------------------------------------------- */

/* The device takes exp(0.4 sin(pi (log2 n - 4.6) / 2)) times as long: it is ahead up to 2^4.6 and
 * from 2^6.6 to 2^8.6. */
Test(threshold_export, several_crossings, .init = enter_folder) {
    sweep_study study;
    add_devices();
    open_study(&study, "julia", "size=16:1024:x1.4142", (const char *const[]){"max-iter=8", NULL});
    for (size_t i = 0; i < study.breakeven->sweep.count; i++) {
        const double side = study.breakeven->sweep.values[i].number;
        const double ratio = exp(0.4 * sin(acos(-1) * (log2(side) - 4.6) / 2));
        fake_machines[0].devices[LOCAL].kernel_ns = 100000000;
        fake_machines[0].devices[REMOTE].kernel_ns =
            (uint64_t)llround(1e8 * ratio - 50000 - 2 * side * side);
        measure(&study, i);
    }
    export(&study);
    expect_program("    CHECK(PLACE_CROSSINGS == 3);\n"
                   "    CHECK(place_on_device(16) && place_on_device(23.5));\n" /* 24.25 */
                   "    CHECK(!place_on_device(25) && !place_on_device(94));\n" /* 97.0 */
                   "    CHECK(place_on_device(100) && place_on_device(375));\n" /* 388 */
                   "    CHECK(!place_on_device(400) && !place_on_device(1024));\n");
    expect_in_file("place.h", "the device is ahead from 16x16 to 24.");
    close_study(&study);
}

/* ---- What is missing, wrong or doubtful -------------------------------- */

static void drop_times(sweep_study *study, size_t device, size_t from, size_t to) {
    for (size_t i = from; i <= to; i++) {
        gf_breakeven_cell *cell = &study->breakeven->series[device]->cells[i];
        cell->total.count = 0;
        cell->totals.count = 0;
        cell->cost.known = false;
    }
}

Test(threshold_export, values_without_times, .init = enter_folder) {
    sweep_study study;
    gf_error error = GF_ERROR_INIT;
    open_sides(&study, "size=16:256"); /* 16, 32, 64, 128, 256 */
    drop_times(&study, LOCAL, 0, 0);
    drop_times(&study, REMOTE, 4, 4);
    export(&study);
    /* Where the device has no time the CPU computes; where the CPU has none nothing is known. */
    expect_program("    CHECK(PLACE_FROM == 32 && PLACE_TO == 256);\n"
                   "    CHECK(!place_on_device(80) && place_on_device(90));\n"
                   "    CHECK(place_on_device(127) && !place_on_device(256));\n"
                   "    CHECK(PLACE_UNCERTAIN == 1 && PLACE_FIRST_CALL_AT == 128);\n");
    expect_in_file("place.h", "the device has no verified time at some values");
    drop_times(&study, REMOTE, 0, 4);
    cr_expect_eq(try_export(&study, &error), GF_FAILED);
    cr_expect_not_null(strstr(error.text, "no other device has no verified time"), "%s",
                       error.text);
    close_study(&study);
    fake_machines[0] = (fake_machine){.count = 0};
    open_sides(&study, "size=16:256");
    drop_times(&study, LOCAL, 1, 4);
    cr_expect_eq(try_export(&study, &error), GF_FAILED);
    cr_expect_not_null(strstr(error.text, "at 1 of 5 values; two are needed"), "%s", error.text);
    close_study(&study);
}

Test(threshold_export, doubts_are_told, .init = enter_folder) {
    sweep_study study;
    open_sides(&study, "size=16:256");
    study.breakeven->series[REMOTE]->cells[2].disturbed = true;
    export(&study);
    expect_program("    CHECK(PLACE_UNCERTAIN == 1);\n");
    expect_in_file("place.h", "uncertain: other programs had the cores");
    close_study(&study);
    fake_machines[0] = (fake_machine){.count = 0};
    open_sides(&study, "size=83:86:+1"); /* 2.6 % slower to 2.5 % faster */
    export(&study);
    expect_program("    CHECK(PLACE_UNCERTAIN == 1);\n");
    expect_in_file("place.h", "nowhere is either ahead by 5 %, so that both will do");
    close_study(&study);
}

/* ---- The fingerprint --------------------------------------------------- */

Test(threshold_export, names_that_would_end_a_string_or_a_comment, .init = enter_folder) {
    sweep_study study;
    open_sides(&study, "size=16:256");
    gf_breakeven_series *remote = study.breakeven->series[REMOTE];
    snprintf(remote->name, sizeof remote->name, "A \"B\" */ ?\?/ \\ \303\251 1");
    snprintf(remote->driver, sizeof remote->driver, "3.1+debian");
    snprintf(study.breakeven->series[LOCAL]->name, sizeof remote->name, "Some CPU");
    study.breakeven->series[LOCAL]->compute_units = 6;
    export(&study);
    expect_program(
        "    static const char name[] = \"A \\\"B\\\" */ ?\\?/ \\\\ \\303\\251 1\";\n"
        "    static const char padded[] = \"  A \\\"B\\\" */ ?\\?/ \\\\ \\303\\251 1 \\t\";\n"
        "    CHECK(place_fits(name, \"3.1+debian\") && place_fits(padded, \" 3.1+debian\"));\n"
        "    CHECK(!place_fits(name, \"3.1+debian1\") && !place_fits(name, \"3.1\"));\n"
        "    CHECK(!place_fits(\"Another\", \"3.1+debian\") && !place_fits(\"\", \"3.1+debian\"));\n"
        "    CHECK(!place_fits(NULL, \"3.1+debian\") && !place_fits(name, NULL));\n"
        "    CHECK(place_fits_cpu(\"Some CPU\", 6) && !place_fits_cpu(\"Some CPU\", 5));\n"
        "    CHECK(!place_fits_cpu(\"Some other CPU\", 6) && !place_fits_cpu(NULL, 6));\n");
    close_study(&study);
}

Test(threshold_export, reals_are_exact_constants) {
    static const struct {
        double number;
        const char *text;
    } cases[] = {{1, "1.0"},
                 {0.1, "0.1"},
                 {1e300, "1e+300"},
                 {84.515425472851661, "84.51542547285166"},
                 {0, "0.0"},
                 {9007199254740993.0, "9007199254740992.0"},
                 {-2.5, "-2.5"},
                 {1e7, "1e+07"},
                 {INFINITY, "1.797693134862316e+308"}};
    for (size_t i = 0; i + 1 < GF_COUNT_OF(cases); i++) {
        char text[GF_C_REAL_SIZE];
        gf_c_format_real(cases[i].number, text);
        cr_expect_str_eq(text, cases[i].text);
        cr_expect_eq(strtod(text, NULL), cases[i].number);
    }
    char text[GF_C_REAL_SIZE];
    gf_c_format_real(INFINITY, text);
    cr_expect(isfinite(strtod(text, NULL)), "%s", text);
}

/* ---- Names ------------------------------------------------------------- */

Test(threshold_export, names_are_those_of_c) {
    static const struct {
        const char *path, *name, *words;
    } cases[] = {{"place", "place", NULL},
                 {"a/b-c/place_2", "place_2", NULL},
                 {"./_x", "_x", NULL},
                 {"", "", "is no C name"},
                 {"out/", "", "is no C name"},
                 {"place.h", "", "place.h is no C name"},
                 {"2d", "", "is no C name"},
                 {"a-b", "", "is no C name"},
                 {"while", "", "is a word of C"},
                 {"a_name_of_more_than_thirty_one_chars", "", "is longer than 31 characters"}};
    for (size_t i = 0; i < GF_COUNT_OF(cases); i++) {
        const char *name = NULL;
        gf_error error = GF_ERROR_INIT;
        const gf_status status = gf_export_check_name(cases[i].path, &name, &error);
        cr_expect_eq(status, cases[i].words == NULL ? GF_OK : GF_USAGE, "%s", cases[i].path);
        if (cases[i].words == NULL)
            cr_expect_str_eq(name, cases[i].name);
        else
            cr_expect_not_null(strstr(error.text, cases[i].words), "%s", error.text);
    }
}

/* ---- Two parameters ---------------------------------------------------- */

/* Along max-iter m the local device takes m n^2, the remote one 50000 + 3 n^2:
 * n = sqrt(50000 / (m - 3)), or nowhere up to 3. */
static void open_plane(sweep_study *study, const char *along) {
    add_devices();
    open_lines(study, "julia", "size=8:256", along, NULL);
    for (size_t l = 0; l < study->lines->count; l++) {
        const double m = study->lines->along.values[l].number;
        for (size_t i = 0; i < study->breakeven->sweep.count; i++) {
            const double side = study->breakeven->sweep.values[i].number;
            fake_machines[0].devices[REMOTE].kernel_ns = (uint64_t)(side * side);
            fake_machines[0].devices[LOCAL].kernel_ns = (uint64_t)(side * side * m);
            measure_line(study, l, i);
        }
    }
}

static double crossing_at(double m) {
    return sqrt(50000 / (m - 3));
}

Test(threshold_export, a_line_of_crossings, .init = enter_folder) {
    sweep_study study;
    open_plane(&study, "max-iter=8:128:x4");
    cr_assert_eq(gf_breakeven_lines_count(study.lines), 3);
    cr_expect_str_eq(gf_breakeven_lines_value(study.lines, 1), "32");
    export(&study);
    for (size_t l = 0; l < 3; l++) {
        const gf_breakeven_threshold *found =
            gf_line_threshold(study.lines->line[l], "0:0:best", GF_MEASURED);
        const double truth = crossing_at(study.lines->along.values[l].number);
        cr_assert(found != NULL && found->crossover.kind == GF_CROSSOVER_AT);
        cr_expect(found->crossover.low <= truth && truth <= found->crossover.high, "%zu", l);
    }
    /* 16 lies in the middle of 8 and 32 by its logarithm, and so does its crossing. */
    const double middle =
        sqrt(gf_line_threshold(study.lines->line[0], "0:0:best", GF_MEASURED)->crossover.crossing *
             gf_line_threshold(study.lines->line[1], "0:0:best", GF_MEASURED)->crossover.crossing);
    /* Between the lines the closed form is no straight line; 12 is far from both. */
    char checks[2048];
    int used = 0;
    static const double along[] = {8, 10, 12, 16, 24, 32, 64, 100, 128};
    for (size_t i = 0; i < GF_COUNT_OF(along); i++)
        used += snprintf(checks + used, sizeof checks - (size_t)used,
                         "    CHECK(!place_on_device(%.17g, %g) && place_on_device(%.17g, %g));\n",
                         0.85 * crossing_at(along[i]), along[i], 1.25 * crossing_at(along[i]),
                         along[i]);
    used += snprintf(checks + used, sizeof checks - (size_t)used,
                     "    CHECK(!place_on_device(%.17g, 16) && place_on_device(%.17g, 16));\n",
                     middle * 0.9999, middle * 1.0001);
    snprintf(checks + used, sizeof checks - (size_t)used,
             "    CHECK(place_on_device(%.17g, 1) && !place_on_device(%.17g, 1));\n" /* as at 8 */
             "    CHECK(place_on_device(%.17g, 1e9) && !place_on_device(%.17g, 1e9));\n"
             "    CHECK(PLACE_LINES == 3 && place_in_range(8, 128) && !place_in_range(8, 129));\n",
             1.1 * crossing_at(8), 0.9 * crossing_at(8), 1.1 * crossing_at(128),
             0.9 * crossing_at(128));
    expect_program(checks);
    close_study(&study);
}

Test(threshold_export, lines_without_a_crossing, .init = enter_folder) {
    sweep_study study;
    open_plane(&study, "max-iter=2:32:x4"); /* 2: nowhere; 8: 100; 32: 41.5 */
    export(&study);
    expect_program("    CHECK(!place_on_device(200, 2) && !place_on_device(200, 3.9));\n"
                   "    CHECK(place_on_device(200, 4.1) && !place_on_device(90, 4.1));\n"
                   "    CHECK(place_on_device(110, 8) && !place_on_device(90, 8));\n"
                   "    CHECK(place_on_device(45, 32) && !place_on_device(38, 32));\n");
    expect_in_file("place.h", "m = 2      the device is ahead nowhere");
    json_t *root = json_load_file("place.json", 0, NULL);
    cr_expect_eq(json_array_size(json_object_get(root, "lines")), 3);
    json_decref(root);
    close_study(&study);
}

Test(threshold_export, two_sweeps_that_do_not_go_together) {
    static const struct {
        const char *sweep, *along, *words;
    } cases[] = {{"size=8:16", "size=8:64", "two sweeps vary it"},
                 {"size=8:16", "threads=1:2", "varies alone"},
                 {"threads=1:2", "size=8:16", "varies alone"},
                 {"size=8:16", "nothing=1:2", "no number called nothing"},
                 {"size=8:16", "max-iter=9:8", "must grow"},
                 {"size=8", "max-iter=8:9", "not a sweep"}};
    gf_params *params = NULL;
    cr_assert_eq(gf_params_create(gf_workload_find("julia", NULL), &params, NULL), GF_OK);
    for (size_t i = 0; i < GF_COUNT_OF(cases); i++) {
        gf_breakeven_lines *lines = NULL;
        gf_error error = GF_ERROR_INIT;
        cr_expect_eq(
            gf_breakeven_lines_create(params, cases[i].sweep, cases[i].along, &lines, &error),
            GF_USAGE, "case %zu", i);
        cr_expect_not_null(strstr(error.text, cases[i].words), "%s", error.text);
        cr_expect_null(lines);
    }
    gf_params_destroy(params);
}
