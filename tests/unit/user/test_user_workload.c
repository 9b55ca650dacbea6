/* Sources with what they include, and workloads that are read from manifests. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyse/divergence.h"
#include "made_folder.h"
#include "problem/params.h"
#include "problem/problem.h"
#include "user/source/source_text.h"
#include "user/user_workload.h"

static void enter_folder(void) {
    cr_assert_eq(chdir(made_folder()), 0);
}

TestSuite(user_workload, .init = enter_folder);

static void write_file(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    cr_assert_geq(fputs(text, file), 0);
    cr_assert_eq(fclose(file), 0);
}

static void expect_text(const char *path, const char *wanted) {
    gf_source_text text = {NULL, 0};
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_source_text_read(path, path, &text, &error), GF_OK, "%s", error.text);
    cr_expect_str_eq(text.text, wanted);
    cr_expect_eq(text.length, strlen(wanted));
    gf_source_text_clear(&text);
}

Test(user_workload, included_files_become_a_part_of_the_text) {
    cr_assert_eq(mkdir("sub", 0777), 0);
    write_file("sub/b.h", "#include \"c.h\"\nb\n");
    write_file("sub/c.h", "c"); /* beside b.h; without a newline */
    write_file("a.cl", "a\n  # include \"sub/b.h\" // so\n#include \"missing.h\"\nend\n");
    expect_text("a.cl", "#line 1 \"a.cl\"\na\n"
                        "#line 1 \"sub/b.h\"\n#line 1 \"c.h\"\nc\n#line 2 \"sub/b.h\"\nb\n"
                        "#line 3 \"a.cl\"\n#include \"missing.h\"\nend\n");
}

Test(user_workload, comments_and_files_that_come_once_are_left_out) {
    write_file("once.h", "#pragma once\nonce\n");
    write_file("twice.h", "twice\n");
    write_file("a.cl", "/* \"\n#include \"twice.h\"\n*/ // /*\n"
                       "#include \"once.h\"\n#include \"once.h\"\n#include \"twice.h\"\n"
                       "char q = '\"'; /* x */\n#include \"twice.h\"\n");
    expect_text("a.cl", "#line 1 \"a.cl\"\n/* \"\n#include \"twice.h\"\n*/ // /*\n"
                        "#line 1 \"once.h\"\n#pragma once\nonce\n#line 5 \"a.cl\"\n"
                        "#line 6 \"a.cl\"\n#line 1 \"twice.h\"\ntwice\n#line 7 \"a.cl\"\n"
                        "char q = '\"'; /* x */\n#line 1 \"twice.h\"\ntwice\n#line 9 \"a.cl\"\n");
}

Test(user_workload, what_is_no_source_is_refused) {
    gf_source_text text = {NULL, 0};
    gf_error error = GF_ERROR_INIT;
    write_file("self.h", "#include \"self.h\"\n");
    cr_expect_eq(gf_source_text_read("self.h", "self.h", &text, &error), GF_USAGE);
    cr_expect_not_null(strstr(error.text, "include itself"), "%s", error.text);
    cr_expect_eq(gf_source_text_read("nothing", "nothing", &text, &error), GF_FAILED);
    cr_expect_eq(gf_source_text_read(".", ".", &text, &error), GF_USAGE);
    cr_expect_null(text.text);
    gf_error_clear(&error);
}

static const char manifest[] = "[parameter n]\ndefault = 100\n"
                               "[buffer x]\nshape = n\nbegin = uniform(0, 1)\n"
                               "[kernel]\nglobal = n\n";
static const char kernel[] = "#include \"value.h\"\n"
                             "kernel void k(global double *x, uint n) { x[0] = VALUE + n; }\n";

static const gf_workload *find(void) {
    gf_error error = GF_ERROR_INIT;
    const gf_workload *found = gf_workload_find("./k.ini", &error);
    cr_assert_not_null(found, "%s", error.text);
    return found;
}

/* The same while nothing changes; another one after any edit, whose saved data has another key. */
Test(user_workload, an_edit_makes_another_workload) {
    char before[GF_WORKLOAD_KEY], after[GF_WORKLOAD_KEY];
    write_file("k.ini", manifest);
    write_file("k.cl", kernel);
    write_file("value.h", "#define VALUE 1\n");
    const gf_workload *first = find();
    cr_expect_eq(find(), first);
    cr_expect_str_eq(first->name, "k");
    cr_expect_eq(first->precision, GF_PRECISION_F64);
    cr_expect_null(first->stem);
    cr_expect_null(first->load_cpu_kernel);
    cr_expect(first->path[0] == '/');
    write_file("value.h", "#define VALUE 2\n");
    const gf_workload *second = find();
    cr_expect_neq(second, first);
    gf_workload_key(first, before);
    gf_workload_key(second, after);
    cr_expect_str_neq(before, after);
    write_file("value.h", "#define VALUE 1\n");
    cr_expect_eq(find(), first);
}

static gf_problem *make_problem(const gf_workload *workload) {
    gf_params *params = NULL;
    gf_problem *problem = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_params_create(workload, &params, &error), GF_OK, "%s", error.text);
    cr_assert_eq(gf_problem_create(params, &problem, &error), GF_OK, "%s", error.text);
    gf_params_destroy(params);
    return problem;
}

/* Two draws of a random input are of one kind and have nothing in common. */
Test(user_workload, draws_differ_and_repeat) {
    double draws[3][100];
    gf_error error = GF_ERROR_INIT;
    write_file("k.ini", manifest);
    write_file("k.cl", kernel);
    write_file("value.h", "#define VALUE 1\n");
    gf_problem *problem = make_problem(find());
    cr_assert_eq(problem->buffers[0].bytes, sizeof draws[0]);
    cr_expect(problem->workload->can_redraw(problem));
    for (uint32_t i = 0; i < 3; i++) {
        problem->draw = i % 2;
        cr_assert_eq(problem->workload->fill(problem, 0, draws[i], &error), GF_OK);
    }
    cr_expect_arr_eq(draws[0], draws[2], sizeof draws[0]);
    double sum = 0;
    for (size_t i = 0; i < 100; i++) {
        cr_expect_neq(draws[0][i], draws[1][i]);
        cr_expect(draws[0][i] >= 0 && draws[0][i] < 1);
        sum += draws[0][i];
    }
    cr_expect(sum > 35 && sum < 65, "the mean of 100 is %g", sum / 100);
    gf_problem_destroy(problem);
}

/* ---- Offsets and tolerances -------------------------------------------- */

static void write_offsets(const char *limit) {
    char text[400];
    snprintf(text, sizeof text,
             "[parameter n]\ndefault = 1000\nmax = 100000\n[parameter total]\ndefault = 7000\n"
             "max = 1 << 40\nmin = 0\n[buffer x]\nshape = n\nbegin = offsets(total)\n"
             "[kernel k]\nglobal = n\n[tolerance]\nabsolute = %s\n",
             limit);
    write_file("k.ini", text);
    write_file("k.cl", "kernel void k(global uint *x, uint n) { x[get_global_id(0)] = n; }\n");
}

/* A problem with these values; NULL: it is refused, with the status and the error. */
static gf_problem *make_with(const char *n, const char *total, gf_status *status, gf_error *error) {
    gf_params *params = NULL;
    gf_problem *problem = NULL;
    *status = gf_params_create(find(), &params, error);
    if (*status == GF_OK)
        *status = gf_params_set(params, "n", n, error);
    if (*status == GF_OK)
        *status = gf_params_set(params, "total", total, error);
    if (*status == GF_OK)
        *status = gf_problem_create(params, &problem, error);
    gf_params_destroy(params);
    return problem;
}

/* From 0 to the total, without falling, and no two parts of one draw alike by design. */
static void expect_offsets(const char *n, const char *total, uint32_t draw) {
    gf_status status;
    gf_error error = GF_ERROR_INIT;
    gf_problem *problem = make_with(n, total, &status, &error);
    cr_assert_not_null(problem, "%s", error.text);
    const size_t count = strtoul(n, NULL, 10), most = strtoul(total, NULL, 10);
    uint32_t *offsets = calloc(count, sizeof *offsets);
    cr_assert_not_null(offsets);
    problem->draw = draw;
    cr_expect(problem->workload->can_redraw(problem));
    cr_assert_eq(problem->workload->fill(problem, 0, offsets, &error), GF_OK);
    cr_expect_eq(offsets[0], 0);
    cr_expect_eq(offsets[count - 1], most, "the last is %u", offsets[count - 1]);
    uint32_t shortest = UINT32_MAX, longest = 0;
    for (size_t i = 1; i < count; i++) {
        cr_assert(offsets[i] >= offsets[i - 1], "%s, %s: element %zu falls", n, total, i);
        const uint32_t length = offsets[i] - offsets[i - 1];
        shortest = length < shortest ? length : shortest;
        longest = length > longest ? length : longest;
    }
    if (count > 100 && most / count >= 7)
        cr_expect(shortest < most / count && longest > most / count &&
                      longest <= 2 * most / count + 2,
                  "parts of %u to %u", shortest, longest);
    free(offsets);
    gf_problem_destroy(problem);
}

Test(user_workload, offsets_never_fall) {
    write_offsets("1");
    for (uint32_t draw = 0; draw < 2; draw++) {
        expect_offsets("1000", "7000", draw);
        expect_offsets("100000", "4294967295", draw);
        expect_offsets("1000", "3", draw);
        expect_offsets("1000", "0", draw);
        expect_offsets("2", "17", draw);
        expect_offsets("3", "1", draw);
    }
}

Test(user_workload, offsets_beyond_the_type_are_refused) {
    gf_status status;
    gf_error error = GF_ERROR_INIT;
    write_offsets("1");
    cr_expect_null(make_with("1000", "4294967296", &status, &error));
    cr_expect_eq(status, GF_USAGE);
    cr_expect_not_null(strstr(error.text, "begin of x: total is 4294967296"), "%s", error.text);
    gf_error_clear(&error);
}

Test(user_workload, a_tolerance_may_depend_on_parameters) {
    gf_status status;
    gf_error error = GF_ERROR_INIT;
    gf_tolerance tolerance = {0};
    write_offsets("0.5 * sqrt(n) - 4");
    gf_problem *problem = make_with("10000", "0", &status, &error);
    cr_assert_not_null(problem, "%s", error.text);
    problem->workload->tolerance(problem, NULL, &tolerance);
    cr_expect_eq(tolerance.abs_error, 46);
    cr_expect_str_eq(tolerance.why, "the manifest allows up to 0.5 * sqrt(n) - 4");
    gf_problem_destroy(problem);
    cr_expect_null(make_with("36", "0", &status, &error));
    cr_expect_eq(status, GF_USAGE);
    cr_expect_not_null(strstr(error.text, "k.ini:14: tolerance: 0.5 * sqrt(n) - 4 is -1"), "%s",
                       error.text);
    gf_error_clear(&error);
}

/* ---- Rows in another order --------------------------------------------- */

static const char permutable[] = "[workload]\npermutable = x\nresult = y\n"
                                 "[parameter n]\ndefault = 1000\n"
                                 "[buffer x]\nshape = n, 3\nbegin = index\n"
                                 "[buffer y]\nshape = n\naccess = out\n"
                                 "[kernel]\nglobal = n\n[twin]\n";
static const char sums[] =
    "kernel void k(global const uint *x, global uint *y, uint n) {\n"
    "    uint i = get_global_id(0);\n"
    "    if (i < n) y[i] = x[3 * i] + x[3 * i + 1] + x[3 * i + 2] OTHER;\n}\n";
static const char sums_twin[] =
    "void k(unsigned long begin, unsigned long end, const unsigned *x, unsigned *y) {\n"
    "    for (unsigned long i = begin; i < end; i++)\n"
    "        y[i] = x[3 * i] + x[3 * i + 1] + x[3 * i + 2] OTHER;\n}\n";

/* `other`: what is added to each sum. */
static gf_params *make_permutable(const char *other) {
    char text[512];
    gf_params *params = NULL;
    gf_error error = GF_ERROR_INIT;
    write_file("k.ini", permutable);
    snprintf(text, sizeof text, "#define OTHER %s\n%s", other, sums);
    write_file("k.cl", text);
    snprintf(text, sizeof text, "#define OTHER %s\n%s", other, sums_twin);
    write_file("k.c", text);
    cr_assert_eq(gf_params_create(find(), &params, &error), GF_OK, "%s", error.text);
    return params;
}

Test(user_workload, rows_are_shuffled_whole) {
    uint32_t rows[2][1000][3];
    bool seen[1000] = {false};
    size_t moved = 0;
    gf_error error = GF_ERROR_INIT;
    gf_params_destroy(make_permutable(""));
    gf_problem *problem = make_problem(find());
    cr_expect_str_eq(problem->workload->permutable, "x");
    for (int i = 0; i < 2; i++) {
        problem->shuffled = i == 1;
        cr_assert_eq(problem->workload->fill(problem, 0, rows[i], &error), GF_OK);
    }
    for (uint32_t i = 0; i < 1000; i++) {
        const uint32_t from = rows[1][i][0] / 3;
        cr_expect_eq(rows[0][i][0], 3 * i);
        cr_assert_lt(from, 1000u);
        cr_expect_arr_eq(rows[1][i], rows[0][from], sizeof rows[0][from]);
        cr_expect_not(seen[from]);
        seen[from] = true;
        moved += from != i ? 1 : 0;
    }
    cr_expect_gt(moved, (size_t)900);
    gf_problem_destroy(problem);
}

/* On the native device of this process. */
static gf_divergence *measure(gf_params *params, gf_session **session) {
    const gf_session_options in_process = {.in_process = true, .loads_kernels = true};
    gf_target_list targets = {NULL, 0, NULL, 0};
    gf_run_options options;
    gf_divergence *divergence = NULL;
    gf_error error = GF_ERROR_INIT;
    gf_run_options_defaults(&options);
    options.min_time_s = 0;
    cr_assert_eq(gf_session_open(&in_process, session, &error), GF_OK, "%s", error.text);
    cr_assert_eq(gf_session_select(*session, gf_params_workload(params), "native:twin",
                                   GF_PICK_MANY, &targets, &error),
                 GF_OK, "%s", error.text);
    const gf_context context = {*session, &options};
    cr_assert_eq(gf_divergence_measure(&context, params, &targets, &divergence, &error), GF_OK,
                 "%s", error.text);
    gf_target_list_clear(&targets);
    return divergence;
}

static void expect_divergence(const char *other, gf_outcome outcome, const char *words) {
    gf_session *session = NULL;
    gf_params *params = make_permutable(other);
    gf_divergence *divergence = measure(params, &session);
    cr_assert_eq(divergence->count, (size_t)1);
    const gf_divergence_row *row = &divergence->rows[0];
    cr_expect_eq(row->outcome, outcome, "%s", row->reason);
    cr_expect_not_null(strstr(row->reason, words), "%s", row->reason);
    cr_expect(row->predicted <= 0); /* the work of single items is not known */
    if (outcome == GF_OUTCOME_OK)
        cr_expect(row->measured > 0 && row->low <= row->measured && row->measured <= row->high);
    gf_divergence_destroy(divergence);
    gf_session_close(session);
    gf_params_destroy(params);
}

Test(user_workload, divergence_is_measured_by_permutable_inputs, .timeout = 120) {
    made_cache();
    expect_divergence("", GF_OUTCOME_OK, "");
    expect_divergence("+ (unsigned)i", GF_OUTCOME_MISMATCH, "it is not permutable");
}

Test(user_workload, divergence_needs_a_permutable_input) {
    gf_params *params = NULL;
    gf_error error = GF_ERROR_INIT;
    write_file("k.ini", manifest);
    write_file("k.cl", kernel);
    write_file("value.h", "#define VALUE 1\n");
    cr_assert_eq(gf_params_create(find(), &params, &error), GF_OK);
    cr_expect_eq(gf_divergence_check(params, &error), GF_USAGE);
    cr_expect_not_null(strstr(error.text, "name a permutable input"), "%s", error.text);
    gf_error_clear(&error);
    gf_params_destroy(params);
}
