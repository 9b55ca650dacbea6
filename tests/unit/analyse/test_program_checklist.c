/* The checklist of a traced program, from traces whose truth is known. */
#include <criterion/criterion.h>

#include "analyse/program_checklist.h"
#include "made_trace.h"

#define MS UINT64_C(1000000)

/* Memory of 600 bytes; an upload of 10 ms, a launch of 30 ms with groups of `local` items, where 8
 * run at a time. A second launch and a build are refused if `refused`. */
static gf_trace *program(uint64_t local, bool refused) {
    gf_error error = GF_ERROR_INIT;
    made_trace made = made_trace_begin(100 * MS);
    made_memory(&made, 1, 600, 1000);
    made_command(&made, made_transfer(GF_TRACE_WRITE, 4096, 1000, 10 * MS, 10 * MS),
                 made_run(10 * MS, 10 * MS), 0);
    const gf_trace_command launch = {.kind = GF_TRACE_LAUNCH_KERNEL,
                                     .start_ns = 30 * MS,
                                     .end_ns = 30 * MS,
                                     .dimensions = 1,
                                     .global = {60, 1, 1},
                                     .local = {local, 1, 1}};
    made_command(&made, launch, made_run(30 * MS, 30 * MS), 0);
    if (refused) {
        gf_trace_command failed = launch;
        failed.status = -54;
        made_command(&made, failed, made_run(60 * MS, 0), 0);
    }
    gf_trace *trace = made_trace_read(&made, &error);
    cr_assert_not_null(trace, "%s", error.text);
    return trace;
}

static void grade(const gf_trace *trace, gf_criterion_row rows[GF_CRITERION_COUNT]) {
    gf_program_ledger ledger;
    gf_program_rows of;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_program_ledger_make(trace, 0, &ledger, &error), GF_OK);
    cr_assert_eq(gf_program_rows_make(trace, 0, &of, &error), GF_OK);
    gf_program_criteria_grade(trace, 0, &ledger, &of, rows);
    gf_program_rows_clear(&of);
}

static void expect(const gf_criterion_row *row, gf_grade expected, double value,
                   const char *words) {
    const gf_criterion_result *result = &row->result;
    cr_expect_eq(result->grade, expected, "%s: %s", gf_criterion_name(result->criterion),
                 result->evidence);
    cr_expect_float_eq(result->value, value, 1e-9);
    cr_expect_not_null(strstr(result->evidence, words), "'%s' lacks '%s'", result->evidence, words);
}

Test(program_checklist, grades_what_the_trace_shows) {
    gf_criterion_row rows[GF_CRITERION_COUNT];
    gf_trace *trace = program(3, true);
    trace->devices[0].record.memory_bytes = 1000;
    grade(trace, rows);
    expect(&rows[GF_CRITERION_MEMORY], GF_GRADE_MARGINAL, 0.6, "600 B of 1000 B");
    expect(&rows[GF_CRITERION_BRANCHING], GF_GRADE_FAIL, 0.375, "fill 37.5 %");
    expect(&rows[GF_CRITERION_MOVEMENT], GF_GRADE_MARGINAL, 0.25, "25.0 % of a device's time");
    expect(&rows[GF_CRITERION_OPERATIONS], GF_GRADE_MARGINAL, 0, "1 of 2 launches were refused");
    gf_trace_destroy(trace);
}

/* Full lanes do not say that items go the same way. */
Test(program_checklist, says_what_the_trace_does_not_show) {
    gf_criterion_row rows[GF_CRITERION_COUNT];
    gf_trace *trace = program(8, false);
    grade(trace, rows);
    expect(&rows[GF_CRITERION_MEMORY], GF_GRADE_UNKNOWN, 0, "not known");
    expect(&rows[GF_CRITERION_BRANCHING], GF_GRADE_UNKNOWN, 1, "is not seen from outside");
    expect(&rows[GF_CRITERION_BRANCHING], GF_GRADE_UNKNOWN, 1, "1 have fewer items");
    expect(&rows[GF_CRITERION_OPERATIONS], GF_GRADE_PASS, 1, "0 of 1 launches");
    gf_trace_destroy(trace);
}
