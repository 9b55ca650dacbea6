/* What would pay of transfers, in traces whose truth is known; what kernels could touch. */
#include <criterion/criterion.h>

#include "made_trace.h"
#include "trace/trace_findings.h"

#define MS  UINT64_C(1000000)
#define MIB UINT64_C(1048576)

typedef struct study {
    gf_trace *trace;
    gf_program_ledger ledger;
    gf_program_rows rows;
    gf_trace_findings findings;
} study;

static study begin_study(made_trace *made, bool shared) {
    gf_error error = GF_ERROR_INIT;
    study all = {.trace = made_trace_read(made, &error)};
    cr_assert_not_null(all.trace, "%s", error.text);
    all.trace->devices[0].record.unified = shared;
    cr_assert_eq(gf_program_ledger_make(all.trace, 0, &all.ledger, &error), GF_OK);
    cr_assert_eq(gf_program_rows_make(all.trace, 0, &all.rows, &error), GF_OK);
    return all;
}

static void find_all(study *all) {
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(
        gf_trace_findings_make(all->trace, 0, &all->ledger, &all->rows, &all->findings, &error),
        GF_OK);
}

static void end_study(study *all) {
    gf_program_rows_clear(&all->rows);
    gf_trace_destroy(all->trace);
}

static void expect_only(const study *all, gf_trace_finding_kind kind, uint64_t saving_ns) {
    cr_assert_eq(all->findings.count, 1, "%zu findings", all->findings.count);
    cr_expect_eq(all->findings.items[0].kind, kind, "%s", all->findings.items[0].text);
    cr_expect_eq(all->findings.items[0].saving_ns, saving_ns, "%llu",
                 (unsigned long long)all->findings.items[0].saving_ns);
}

/* Ten downloads of 5 ms to one address; the host has `own_ns` between two of them, and an upload
 * uses the bytes where `used`. */
static study downloads(uint64_t own_ns, bool used) {
    made_trace made = made_trace_begin(100 * MS);
    made_memory(&made, 1, 16 * MIB, 1000);
    for (uint64_t i = 0; i < 10; i++) {
        const uint64_t at = (1 + 8 * i) * MS;
        made_command(&made, made_transfer(GF_TRACE_READ, 4096, 16 * MIB, at, 5 * MS),
                     made_run(at, 5 * MS), 0);
        if (used)
            made_command(&made, made_transfer(GF_TRACE_WRITE, 4096 + MIB, 64, at + 5 * MS, 1000),
                         made_run(at + 5 * MS, 1000), 0);
        made_call(&made, GF_TRACE_CALL_WAIT, at + 5 * MS + own_ns, at + 8 * MS, 0);
    }
    study all = begin_study(&made, false);
    find_all(&all);
    return all;
}

/* 16 MiB are not read in 10 us. Nine of ten were overwritten. */
Test(transfer_findings, downloads_that_nobody_could_look_at_are_found) {
    study all = downloads(10000, false);
    expect_only(&all, GF_FOUND_UNSEEN, 45 * MS);
    end_study(&all);
}

Test(transfer_findings, downloads_that_the_host_may_have_looked_at_are_counted) {
    study all = downloads(2 * MS, false);
    cr_expect_eq(all.findings.count, 0);
    cr_expect_eq(all.findings.overwritten, 9);
    cr_expect_eq(all.findings.overwritten_ns, 45 * MS);
    end_study(&all);
}

Test(transfer_findings, downloads_that_are_sent_again_are_used) {
    study all = downloads(10000, true);
    cr_expect_eq(all.findings.count, 0);
    cr_expect_eq(all.findings.overwritten, 0);
    end_study(&all);
}

/* Four uploads of 1 MiB that run 5 ms, one of them from pinned memory. */
static study uploads(bool shared) {
    made_trace made = made_trace_begin(100 * MS);
    made_memory(&made, 1, 4 * MIB, 1000);
    for (uint64_t i = 0; i < 4; i++) {
        const uint64_t at = (1 + 10 * i) * MS;
        gf_trace_command upload = made_transfer(GF_TRACE_WRITE, 4096, MIB, at, 5 * MS);
        upload.flags |= i == 3 ? GF_TRACE_PINNED : 0u;
        made_command(&made, upload, made_run(at, 5 * MS), 0);
    }
    return begin_study(&made, shared);
}

Test(transfer_findings, copies_in_shared_memory_are_found) {
    study all = uploads(true);
    find_all(&all);
    expect_only(&all, GF_FOUND_SHARED, 20 * MS);
    end_study(&all);
}

/* By a profile that says 4 ns a byte of pageable memory and 1 ns of pinned. */
Test(transfer_findings, pageable_memory_is_found_by_the_lines_of_a_profile) {
    study all = uploads(false);
    gf_traced_device *device = &all.trace->devices[0];
    device->has_profile = true;
    device->profile.up[0] = (gf_cost_range){true, {0, 4}, {0, 4}};
    device->profile.up[1] = (gf_cost_range){true, {0, 1}, {0, 1}};
    find_all(&all);
    expect_only(&all, GF_FOUND_PAGEABLE, 9 * MIB);
    cr_expect_eq(all.findings.unpinned, 0);
    end_study(&all);
}

Test(transfer_findings, without_a_profile_pageable_memory_is_counted) {
    study all = uploads(false);
    find_all(&all);
    cr_expect_eq(all.findings.count, 0);
    cr_expect_eq(all.findings.unpinned, 3);
    cr_expect_eq(all.findings.unpinned_bytes, 3 * MIB);
    cr_expect_eq(all.findings.unpinned_ns, 15 * MS);
    end_study(&all);
}

/* ---- What kernels could touch ------------------------------------------ */

static void launch(made_trace *made, uint64_t at_ns) {
    made_command(made,
                 (gf_trace_command){.kind = GF_TRACE_LAUNCH_KERNEL,
                                    .start_ns = at_ns,
                                    .end_ns = at_ns,
                                    .dimensions = 1,
                                    .global = {64, 1, 1}},
                 made_run(at_ns, MS), 0);
}

/* Memory that a kernel has twice counts once; other arguments count from then on; memory that is
 * given back counts no longer. */
Test(transfer_findings, bytes_and_launches_of_arguments) {
    made_trace made = made_trace_begin(100 * MS);
    made_memory(&made, 1, 1000, 1000);
    made_memory(&made, 2, 500, 2000);
    launch(&made, 1 * MS);
    made_arguments(&made, (const uint64_t[]){1, 2, 1}, 3, 1);
    launch(&made, 3 * MS);
    launch(&made, 5 * MS);
    made_arguments(&made, (const uint64_t[]){2}, 1, 0);
    launch(&made, 7 * MS);
    made_free(&made, 1, 20 * MS);
    made_memory(&made, 3, 800, 30 * MS);
    for (uint64_t i = 0; i < 2; i++)
        made_command(&made, made_transfer(GF_TRACE_WRITE, 4096, 10, (40 + i) * MS, 1000),
                     made_run((40 + i) * MS, 1000), 0);
    study all = begin_study(&made, false);
    cr_assert_eq(all.rows.kernel_count, 1);
    cr_expect_eq(all.rows.kernels[0].touch_bytes, 1500);
    cr_expect_eq(all.rows.kernels[0].all_touch_bytes, 3500);
    cr_expect_eq(all.rows.kernels[0].unknown, 1, "the first launch has no arguments");
    cr_assert_eq(all.rows.memory_count, 1);
    cr_expect_eq(all.rows.memories[0].launches, 2);
    cr_expect_eq(all.rows.peak_bytes, 1500);
    end_study(&all);
}

/* ---- Short kernels ----------------------------------------------------- */

/* The first of 101 launches compiles for 20 ms. The others run 10 us each and begin 20 us after
 * they could, of every fourth 40 us: the saving is their sum, which no number of medians is. */
Test(transfer_findings, short_kernels_could_save_all_their_gaps) {
    made_trace made = made_trace_begin(100 * MS);
    for (uint64_t i = 0; i <= 100; i++) {
        const uint64_t at = (i == 0 ? 1 : 30) * MS + i * 100000;
        const uint64_t gap = i == 0 ? 20 * MS : i % 4 == 0 ? 40000 : 20000;
        gf_trace_times times = made_run(at, gap + 10000);
        times.start = at + gap;
        made_command(
            &made,
            (gf_trace_command){.kind = GF_TRACE_LAUNCH_KERNEL, .start_ns = at, .end_ns = at + 1000},
            times, 0);
    }
    study all = begin_study(&made, false);
    find_all(&all);
    cr_expect_eq(all.rows.kernels[0].median_gap_ns, 20000);
    expect_only(&all, GF_FOUND_SHORT, 75 * 20000 + 25 * 40000);
    end_study(&all);
}
