/* Ledgers of traces whose truth is known in closed form; what damaged files are told. */
#include <criterion/criterion.h>

#include "made_trace.h"
#include "trace/trace_findings.h"

#define MS 1000000

static gf_program_ledger ledger_of(const gf_trace *trace) {
    gf_program_ledger ledger;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_program_ledger_make(trace, 0, &ledger, &error), GF_OK);
    uint64_t sum = 0;
    for (int i = 0; i < GF_PROGRAM_PARTS; i++)
        sum += ledger.parts_ns[i];
    cr_expect_eq(sum, ledger.total_ns);
    return ledger;
}

static gf_trace *read_ok(made_trace *made) {
    gf_error error = GF_ERROR_INIT;
    gf_trace *trace = made_trace_read(made, &error);
    cr_assert_neq(trace, NULL, "%s", error.text);
    return trace;
}

/* Build 10 to 30 ms, a write 40 to 50 (called at 39, waited for until 51), a kernel 60 to 80 behind
 * one that begins at once 52 to 60, a read 80 to 84, all of it waited for until 85; the process
 * ends at 100. */
static gf_trace *five_phases(uint64_t clock_ns, bool waits_before_submit) {
    made_trace made = made_trace_begin(100 * MS);
    made_call(&made, GF_TRACE_CALL_BUILD, 10 * MS, 30 * MS, 7);
    const uint64_t ms = MS;
    made_command(
        &made,
        (gf_trace_command){.kind = GF_TRACE_WRITE,
                           .bytes = 1000,
                           .start_ns = 39 * ms,
                           .end_ns = 51 * ms,
                           .flags = GF_TRACE_BLOCKING},
        (gf_trace_times){.queued = 39 * ms, .submit = 39 * ms, .start = 40 * ms, .end = 50 * ms},
        clock_ns);
    const gf_trace_command kernel = {.kind = GF_TRACE_LAUNCH_KERNEL,
                                     .start_ns = 52 * ms,
                                     .end_ns = 52 * ms,
                                     .dimensions = 1,
                                     .global = {64, 1, 1}};
    made_command(
        &made, kernel,
        (gf_trace_times){.queued = 52 * ms, .submit = 52 * ms, .start = 52 * ms, .end = 60 * ms},
        clock_ns);
    made_command(&made, kernel,
                 (gf_trace_times){.queued = 52 * ms,
                                  .submit = waits_before_submit ? 60 * ms : 52 * ms,
                                  .start = 60 * ms,
                                  .end = 80 * ms},
                 clock_ns);
    made_command(&made,
                 (gf_trace_command){.kind = GF_TRACE_READ,
                                    .bytes = 400,
                                    .start_ns = 53 * ms,
                                    .end_ns = 85 * ms,
                                    .flags = GF_TRACE_BLOCKING},
                 (gf_trace_times){.queued = 53 * ms,
                                  .submit = waits_before_submit ? 80 * ms : 53 * ms,
                                  .start = 80 * ms,
                                  .end = 84 * ms},
                 clock_ns);
    return read_ok(&made);
}

/* Whatever a driver counts from, and wherever waiting for earlier commands lies. */
Test(trace, five_phases_have_one_ledger_on_all_drivers) {
    static const uint64_t clocks[] = {0, 123456789012345, (uint64_t)0 - 30 * MS};
    for (size_t i = 0; i < 3; i++) {
        for (int before = 0; before < 2; before++) {
            gf_trace *trace = five_phases(clocks[i], before != 0);
            const gf_program_ledger ledger = ledger_of(trace);
            cr_expect_eq(ledger.total_ns, 100 * MS);
            cr_expect_eq(ledger.parts_ns[GF_PART_BUILD], 20 * MS);
            cr_expect_eq(ledger.parts_ns[GF_PART_UP], 10 * MS);
            cr_expect_eq(ledger.parts_ns[GF_PART_KERNELS], 28 * MS);
            cr_expect_eq(ledger.parts_ns[GF_PART_DOWN], 4 * MS);
            cr_expect_eq(ledger.parts_ns[GF_PART_WAITING], 3 * MS);
            cr_expect_eq(ledger.parts_ns[GF_PART_HOST], 35 * MS);
            /* 39 to 51 and 80 to 85 would be gone. */
            cr_expect_eq(ledger.transfers_ns, 17 * MS);
            cr_expect_eq(ledger.builds_ns, 20 * MS);
            cr_expect_eq(ledger.both_ns, 37 * MS);
            gf_trace_destroy(trace);
        }
    }
}

Test(trace, runs_at_the_same_time_overlap) {
    made_trace made = made_trace_begin(10 * MS);
    const uint64_t ms = MS;
    made_command(&made,
                 (gf_trace_command){.kind = GF_TRACE_LAUNCH_KERNEL, .start_ns = ms, .end_ns = ms},
                 (gf_trace_times){.queued = ms, .submit = ms, .start = ms, .end = 6 * ms}, 0);
    made_command(&made, (gf_trace_command){.kind = GF_TRACE_WRITE, .start_ns = ms, .end_ns = ms},
                 (gf_trace_times){.queued = ms, .submit = ms, .start = 4 * ms, .end = 8 * ms}, 0);
    gf_trace *trace = read_ok(&made);
    const gf_program_ledger ledger = ledger_of(trace);
    cr_expect_eq(ledger.parts_ns[GF_PART_KERNELS], 3 * MS);
    cr_expect_eq(ledger.parts_ns[GF_PART_OVERLAP], 2 * MS);
    cr_expect_eq(ledger.parts_ns[GF_PART_UP], 2 * MS);
    cr_expect_eq(ledger.transfers_ns, 2 * MS);
    gf_trace_destroy(trace);
}

/* A first launch that begins 60 ms after it could compiles; a second one of the same form waits. */
Test(trace, a_first_launch_that_compiles_is_a_build) {
    made_trace made = made_trace_begin(200 * MS);
    const uint64_t ms = MS;
    for (uint64_t i = 0; i < 2; i++)
        made_command(&made,
                     (gf_trace_command){.kind = GF_TRACE_LAUNCH_KERNEL,
                                        .start_ns = (10 + 80 * i) * ms,
                                        .end_ns = (10 + 80 * i) * ms,
                                        .local = {64, 1, 1}},
                     (gf_trace_times){.queued = (10 + 80 * i) * ms,
                                      .submit = (10 + 80 * i) * ms,
                                      .start = (70 + 80 * i) * ms,
                                      .end = (71 + 80 * i) * ms},
                     0);
    gf_trace *trace = read_ok(&made);
    const gf_program_ledger ledger = ledger_of(trace);
    cr_expect_eq(ledger.parts_ns[GF_PART_BUILD], 60 * MS);
    cr_expect_eq(ledger.parts_ns[GF_PART_KERNELS], 2 * MS);
    gf_trace_destroy(trace);
}

/* PoCL compiles one local size again for grids of few groups. */
Test(trace, a_first_launch_of_another_grid_that_compiles_is_a_build) {
    made_trace made = made_trace_begin(200 * MS);
    const uint64_t ms = MS;
    for (uint64_t i = 0; i < 2; i++)
        made_command(&made,
                     (gf_trace_command){.kind = GF_TRACE_LAUNCH_KERNEL,
                                        .start_ns = (10 + 80 * i) * ms,
                                        .end_ns = (10 + 80 * i) * ms,
                                        .global = {UINT64_C(64) << (10 * i), 1, 1},
                                        .local = {64, 1, 1}},
                     (gf_trace_times){.queued = (10 + 80 * i) * ms,
                                      .submit = (10 + 80 * i) * ms,
                                      .start = (70 + 80 * i) * ms,
                                      .end = (71 + 80 * i) * ms},
                     0);
    gf_trace *trace = read_ok(&made);
    cr_expect_eq(ledger_of(trace).parts_ns[GF_PART_BUILD], 120 * MS);
    gf_trace_destroy(trace);
}

/* A clock that gives 1 ns for everything: blocking transfers by the host's clock, and a note. */
Test(trace, without_a_clock_the_host_s_is_used) {
    made_trace made = made_trace_begin(100 * MS);
    const uint64_t ms = MS;
    made_command(&made,
                 (gf_trace_command){.kind = GF_TRACE_WRITE,
                                    .start_ns = 10 * ms,
                                    .end_ns = 20 * ms,
                                    .flags = GF_TRACE_BLOCKING},
                 (gf_trace_times){.queued = 1, .submit = 2, .start = 3, .end = 4}, 0);
    made_command(
        &made,
        (gf_trace_command){.kind = GF_TRACE_LAUNCH_KERNEL, .start_ns = 30 * ms, .end_ns = 30 * ms},
        (gf_trace_times){.queued = 5, .submit = 6, .start = 7, .end = 8}, 0);
    made_command(&made,
                 (gf_trace_command){.kind = GF_TRACE_READ,
                                    .start_ns = 40 * ms,
                                    .end_ns = 70 * ms,
                                    .flags = GF_TRACE_BLOCKING},
                 (gf_trace_times){.queued = 9, .submit = 10, .start = 11, .end = 12}, 0);
    gf_trace *trace = read_ok(&made);
    const gf_program_ledger ledger = ledger_of(trace);
    cr_expect_neq(trace->devices[0].trouble, NULL);
    cr_expect_eq(ledger.parts_ns[GF_PART_UP], 10 * MS);
    cr_expect_eq(ledger.parts_ns[GF_PART_KERNELS], 0);
    cr_expect_eq(ledger.parts_ns[GF_PART_DOWN], 0); /* the read waits for the kernel */
    cr_expect_eq(ledger.parts_ns[GF_PART_WAITING], 30 * MS);
    cr_expect(ledger.by_host);
    gf_trace_destroy(trace);
}

Test(trace, damaged_files_are_refused_in_one_line) {
    static const struct {
        size_t at;
        const char *words;
    } cases[] = {{0, "no trace"}, {8, "version"}, {17, "byte order"}, {100, "damaged at byte 64"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        made_trace made = made_trace_begin(10 * MS);
        gf_error error = GF_ERROR_INIT;
        fseek(made.file, (long)cases[i].at, SEEK_SET);
        fputc(0x5a, made.file);
        gf_trace *trace = made_trace_read(&made, &error);
        cr_expect_eq(trace, NULL);
        cr_expect_neq(strstr(error.text, cases[i].words), NULL, "%s", error.text);
    }
}
