/* Ledgers of five made programs, each of them heavy in one part: every share is known to the ns. */
#include <criterion/criterion.h>

#include "made_trace.h"
#include "trace/program_ledger.h"

#define MS UINT64_C(1000000)

/* What a program does, in ms; all but the build in each of its rounds, one after the other. */
typedef struct shape {
    const char *name;
    uint64_t build, rounds, up, kernel, wait, down, host;
} shape;

/* Each takes 1000 ms. */
static const shape shapes[] = {
    {"transfers", 20, 14, 30, 6, 2, 27, 5}, {"kernels", 50, 10, 5, 80, 1, 4, 5},
    {"build", 700, 5, 10, 20, 5, 10, 15},   {"waiting", 40, 8, 6, 10, 90, 4, 10},
    {"host", 60, 20, 3, 6, 1, 2, 35},
};

static uint64_t put_build(made_trace *made, const shape *of, uint64_t at_ns) {
    made_call(made, GF_TRACE_CALL_BUILD, at_ns, at_ns + of->build * MS, 7);
    return at_ns + of->build * MS;
}

static uint64_t put_transfer(made_trace *made, gf_trace_command_kind kind, uint64_t ms,
                             uint64_t at_ns, uint64_t clock_ns) {
    made_command(made, made_transfer(kind, 4096, 1000, at_ns, ms * MS), made_run(at_ns, ms * MS),
                 clock_ns);
    return at_ns + ms * MS;
}

static void put_launch(made_trace *made, uint64_t called_ns, uint64_t start_ns, uint64_t run_ns,
                       uint64_t clock_ns) {
    made_command(
        made,
        (gf_trace_command){
            .kind = GF_TRACE_LAUNCH_KERNEL, .start_ns = called_ns, .end_ns = called_ns},
        (gf_trace_times){
            .queued = called_ns, .submit = called_ns, .start = start_ns, .end = start_ns + run_ns},
        clock_ns);
}

/* Two launches, one behind the other, that the host waits for; and for `wait` longer. */
static uint64_t put_kernels(made_trace *made, const shape *of, uint64_t at_ns, uint64_t clock_ns) {
    const uint64_t half = of->kernel * MS / 2, end = at_ns + 2 * half + of->wait * MS;
    put_launch(made, at_ns, at_ns, half, clock_ns);
    put_launch(made, at_ns, at_ns + half, half, clock_ns);
    made_call(made, GF_TRACE_CALL_WAIT, at_ns, end, 0);
    return end;
}

static gf_trace *make_program(const shape *of, uint64_t clock_ns) {
    made_trace made = made_trace_begin(1000 * MS);
    uint64_t at_ns = put_build(&made, of, 0);
    for (uint64_t round = 0; round < of->rounds; round++) {
        at_ns = put_transfer(&made, GF_TRACE_WRITE, of->up, at_ns, clock_ns);
        at_ns = put_kernels(&made, of, at_ns, clock_ns);
        at_ns = put_transfer(&made, GF_TRACE_READ, of->down, at_ns, clock_ns);
        at_ns += of->host * MS;
    }
    cr_assert_eq(at_ns, 1000 * MS, "%s: %llu", of->name, (unsigned long long)at_ns);
    gf_error error = GF_ERROR_INIT;
    gf_trace *trace = made_trace_read(&made, &error);
    cr_assert_not_null(trace, "%s", error.text);
    return trace;
}

static void expect_share(const shape *of, const gf_program_ledger *ledger, gf_program_part part,
                         uint64_t ms) {
    cr_expect_eq(ledger->parts_ns[part], ms * MS, "%s: %s is %llu ns, not %llu ms", of->name,
                 gf_program_part_name(part), (unsigned long long)ledger->parts_ns[part],
                 (unsigned long long)ms);
}

static void expect_shares(const shape *of, const gf_trace *trace) {
    gf_program_ledger ledger;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_program_ledger_make(trace, 0, &ledger, &error), GF_OK);
    cr_expect_eq(ledger.total_ns, 1000 * MS);
    expect_share(of, &ledger, GF_PART_BUILD, of->build);
    expect_share(of, &ledger, GF_PART_ALLOC, 0);
    expect_share(of, &ledger, GF_PART_UP, of->rounds * of->up);
    expect_share(of, &ledger, GF_PART_KERNELS, of->rounds * of->kernel);
    expect_share(of, &ledger, GF_PART_WAITING, of->rounds * of->wait);
    expect_share(of, &ledger, GF_PART_DOWN, of->rounds * of->down);
    expect_share(of, &ledger, GF_PART_COPY, 0);
    expect_share(of, &ledger, GF_PART_OVERLAP, 0);
    expect_share(of, &ledger, GF_PART_HOST, of->rounds * of->host);
    cr_expect_eq(ledger.builds_ns, of->build * MS);
}

/* Whatever the device's clock counts from. */
Test(program_shares, five_programs_have_the_shares_that_they_were_made_with) {
    static const uint64_t clocks[] = {0, 123456789012345};
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        for (size_t clock = 0; clock < 2; clock++) {
            gf_trace *trace = make_program(&shapes[i], clocks[clock]);
            expect_shares(&shapes[i], trace);
            gf_trace_destroy(trace);
        }
    }
}
