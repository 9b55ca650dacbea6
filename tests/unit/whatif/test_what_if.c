/* Traces on other devices, whose ledgers are known in closed form. */
#include <criterion/criterion.h>
#include <math.h>

#include "calibrate/profile_store.h"
#include "made_folder.h"
#include "made_trace.h"
#include "model/model_list.h"
#include "whatif/model_device.h"
#include "whatif/profile_device.h"
#include "whatif/what_if.h"

#define MS UINT64_C(1000000)

/* 1 ms and 1 ns a byte at best, twice as much at worst; launches take 0.1 to 0.2 ms, and a byte of
 * its memory 1 ns. */
static gf_other_device made_device(void) {
    const gf_cost_range moved = {true, {1e6, 1}, {2e6, 2}};
    return (gf_other_device){.name = "other",
                             .basis = "made",
                             .memory_bytes = 3000000,
                             .up = {moved, moved},
                             .down = {moved, moved},
                             .copy = moved,
                             .launch = {true, {1e5, 0}, {2e5, 0}},
                             .touch_ns = 1};
}

static void add_kernel(made_trace *made, uint64_t called, uint64_t begin, uint64_t end) {
    made_command(made,
                 (gf_trace_command){.kind = GF_TRACE_LAUNCH_KERNEL,
                                    .start_ns = called,
                                    .end_ns = called,
                                    .dimensions = 1,
                                    .global = {64, 1, 1}},
                 (gf_trace_times){.queued = called, .submit = called, .start = begin, .end = end},
                 0);
}

/* Build 10 to 30 ms; a write of 10^6 bytes, called at 39, runs from 40 to 50, back at 51; kernels
 * that could touch 2 x 10^6 bytes run from 52 to 60 and from 60 to 80; then a read of 4 x 10^5
 * bytes, called at 53, until 84, back at 85, or `waits`: the same by a call that waits for the
 * queue. The process ends at 100. */
static gf_trace *five_phases(bool waits) {
    gf_error error = GF_ERROR_INIT;
    made_trace made = made_trace_begin(100 * MS);
    made_call(&made, GF_TRACE_CALL_BUILD, 10 * MS, 30 * MS, 7);
    made_memory(&made, 1, 2000000, 31 * MS);
    made_arguments(&made, (const uint64_t[]){1}, 1, 0);
    gf_trace_command write = made_transfer(GF_TRACE_WRITE, 4096, 1000000, 39 * MS, 12 * MS);
    made_command(
        &made, write,
        (gf_trace_times){.queued = 39 * MS, .submit = 39 * MS, .start = 40 * MS, .end = 50 * MS},
        0);
    add_kernel(&made, 52 * MS, 52 * MS, 60 * MS);
    add_kernel(&made, 52 * MS, 60 * MS, 80 * MS);
    gf_trace_command read = made_transfer(GF_TRACE_READ, 4096, 400000, 53 * MS, 32 * MS);
    if (waits) {
        read.flags = 0;
        read.end_ns = 53 * MS;
    }
    made_command(
        &made, read,
        (gf_trace_times){.queued = 53 * MS, .submit = 53 * MS, .start = 80 * MS, .end = 84 * MS},
        0);
    if (waits)
        made_call(&made, GF_TRACE_CALL_WAIT, 53 * MS, 85 * MS, 0);
    gf_trace *trace = made_trace_read(&made, &error);
    cr_assert_not_null(trace, "%s", error.text);
    trace->others = calloc(1, sizeof *trace->others);
    cr_assert_not_null(trace->others);
    trace->others[0] = made_device();
    trace->other_count = 1;
    return trace;
}

static gf_what_if make(const gf_trace *trace) {
    gf_what_if what_if;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_what_if_make(trace, 0, 2000000, &what_if, &error), GF_OK);
    for (size_t i = 0; i < what_if.count; i++) {
        for (int k = 0; k < GF_SCENARIOS; k++) {
            const gf_program_ledger *ledger = &what_if.rows[i].scenarios[k].ledger;
            uint64_t sum = 0;
            for (int part = 0; part < GF_PROGRAM_PARTS; part++)
                sum += ledger->parts_ns[part];
            cr_expect_eq(sum, ledger->total_ns);
        }
    }
    return what_if;
}

static void expect_ns(const gf_replayed *replayed, double total_ms) {
    cr_expect_float_eq(1e-6 * (double)replayed->ledger.total_ns, total_ms, 1e-5);
    cr_expect(replayed->known);
}

/* A blocking read and a wait for all events come to the same. */
Test(what_if, five_phases_are_replayed_in_closed_form) {
    for (int waits = 0; waits < 2; waits++) {
        gf_trace *trace = five_phases(waits != 0);
        gf_what_if what_if = make(trace);
        cr_assert_eq(what_if.count, 1);
        const gf_what_if_row *row = &what_if.rows[0];
        cr_expect_float_eq(what_if.replay_error, 0, 1e-12);
        expect_ns(&what_if.as_traced, 100);
        /* The write ends at 41, a launch at 42.1, one at 42.2, the read from 43 to 44.4. */
        expect_ns(&row->scenarios[GF_SCENARIO_FREE], 59.4);
        /* Kernels until 44.1 and 46.2, the read until 47.6. */
        expect_ns(&row->scenarios[GF_SCENARIO_TOUCHING], 62.6);
        /* Kernels until 50.1 and 70.2, the read until 71.6. */
        expect_ns(&row->scenarios[GF_SCENARIO_SAME_BEST], 86.6);
        /* The write is back at 44, kernels until 53.2 and 73.4, the read is back at 77.2. */
        expect_ns(&row->scenarios[GF_SCENARIO_SAME_WORST], 92.2);
        cr_expect_float_eq(row->most_times, 100 / 59.4, 1e-6);
        const gf_program_ledger *best = &row->scenarios[GF_SCENARIO_SAME_BEST].ledger;
        cr_expect_eq(best->parts_ns[GF_PART_BUILD], 20 * MS);
        cr_expect_eq(best->parts_ns[GF_PART_UP], 2 * MS);
        cr_expect_eq(best->parts_ns[GF_PART_KERNELS], 28 * MS);
        cr_expect_eq(best->parts_ns[GF_PART_DOWN], 1400000);
        cr_expect_eq(row->scenarios[GF_SCENARIO_SAME_WORST].launches_ns, 400000);
        cr_expect(row->fits);
        gf_what_if_clear(&what_if);
        gf_trace_destroy(trace);
    }
}

Test(what_if, what_is_not_known_is_not_predicted) {
    gf_trace *trace = five_phases(false);
    trace->others[0].launch.known = false;
    gf_what_if what_if = make(trace);
    cr_expect_not(what_if.rows[0].scenarios[GF_SCENARIO_FREE].known);
    cr_expect_eq(what_if.rows[0].most_times, 0);
    gf_what_if_clear(&what_if);
    trace->others[0] = made_device();
    trace->others[0].memory_bytes = 1999999;
    trace->commands[1].is_placed = false; /* a kernel whose time is not known */
    what_if = make(trace);
    cr_expect_not(what_if.rows[0].fits);
    cr_expect(what_if.rows[0].scenarios[GF_SCENARIO_FREE].known);
    cr_expect_not(what_if.rows[0].scenarios[GF_SCENARIO_SAME_BEST].known);
    gf_what_if_clear(&what_if);
    gf_trace_destroy(trace);
}

/* A larger bus, launch or kernel time never makes a process shorter. */
Test(what_if, scenarios_are_in_order_on_all_models) {
    gf_trace *trace = five_phases(false);
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_trace_what_if(trace, "h100-pcie,radeon-780m,gtx-1650", false, &error), GF_OK,
                 "%s", error.text);
    cr_assert_eq(trace->other_count, 4);
    gf_what_if what_if = make(trace);
    for (size_t i = 0; i < what_if.count; i++) {
        const gf_replayed *all = what_if.rows[i].scenarios;
        for (int k = 1; k < GF_SCENARIOS; k++)
            cr_expect(k == GF_SCENARIO_SAME_BEST ||
                      all[k].ledger.total_ns >= all[k - 1].ledger.total_ns);
        cr_expect(all[GF_SCENARIO_SAME_BEST].ledger.total_ns >=
                  all[GF_SCENARIO_FREE].ledger.total_ns);
    }
    gf_what_if_clear(&what_if);
    gf_trace_destroy(trace);
}

/* 10^9 bytes over PCIe 5 x16: 63.02 GB/s after coding, of which 0.65 to 0.93 are reached. */
Test(what_if, a_model_s_lines_are_those_of_its_data_sheet) {
    gf_models *models = NULL;
    gf_tables *tables = NULL;
    gf_error error = GF_ERROR_INIT;
    gf_other_device device;
    cr_assert_eq(gf_models_create("h100-pcie", &models, &error), GF_OK);
    cr_assert_eq(gf_tables_create(&tables, &error), GF_OK);
    gf_other_device_of_model(tables, models->items[0], &device);
    cr_expect(device.bounded);
    cr_expect_float_eq(gf_cost_ns(&device.up[1], false, 1e9), 4e3 + 1e9 / (63.02 * 0.93), 1e5);
    cr_expect_float_eq(gf_cost_ns(&device.up[1], true, 1e9), 40e3 + 1e9 / (63.02 * 0.65), 1e5);
    cr_expect_float_eq(device.launch.best.a_ns, 1700, 1e-6);
    cr_expect_float_eq(device.launch.worst.a_ns, 20000, 1e-6);
    cr_expect_eq(device.memory_bytes, UINT64_C(80) << 30);
    /* 150 MB, of which its cache holds 50 MiB. */
    cr_expect_float_eq(gf_touch_ns(&device, 150e6), (150e6 - 52428800.) / 2040, 1e-3 * 5e4);
    gf_tables_destroy(tables);
    gf_models_destroy(models);
}

/* 90 % of measurements lie within exp(1.645 x spread) of their line. */
Test(what_if, a_profile_s_lines_have_intervals) {
    gf_profile profile = {.device_id = "0:0", .device_name = "a device", .global_memory_bytes = 7};
    gf_other_device device;
    profile.transfers[GF_UP][GF_MEMORY_PINNED] =
        (gf_line){.a_ns = 1000, .b_ns = 2, .spread = 0.1, .least = 1, .most = 1e9, .count = 9};
    profile.ceilings.launch_ns = 3000;
    profile.ceilings.least_launch_ns = 2500;
    gf_other_device_of_profile(&profile, &device);
    cr_expect_not(device.bounded);
    cr_expect_not(device.up[0].known);
    cr_expect(device.up[1].known);
    cr_expect_float_eq(gf_cost_ns(&device.up[1], false, 500), 2000 / exp(0.1645), 1e-6);
    cr_expect_float_eq(gf_cost_ns(&device.up[1], true, 500), 2000 * exp(0.1645), 1e-6);
    cr_expect_float_eq(device.launch.best.a_ns, 2500, 1e-9);
    cr_expect_not(device.copy.known);
}

/* ---- What is stored ---------------------------------------------------- */

/* Saves a profile of the device that the trace is of. */
static void save_profile(void) {
    const gf_device_info device = {.id = "0:0",
                                   .name = "a device",
                                   .kind = "gpu",
                                   .platform = "a platform",
                                   .driver = "",
                                   .simd = "",
                                   .device_class = GF_CLASS_GPU};
    gf_profile *profile = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_profile_create(&device, 0, &profile, &error), GF_OK);
    const gf_line line = {
        .a_ns = 1000, .b_ns = 2, .spread = 0.1, .least = 1, .most = 1e9, .count = 9};
    for (int direction = 0; direction < GF_DIRECTIONS; direction++) {
        for (int kind = 0; kind < GF_MEMORY_KINDS; kind++)
            profile->transfers[direction][kind] = line;
    }
    profile->first_touch = line;
    profile->ceilings.launch_ns = 3000;
    snprintf(profile->measured_at, sizeof profile->measured_at, "2026-11-30T12:00:00Z");
    cr_assert(gf_profile_save(profile));
    gf_profile_destroy(profile);
}

Test(what_if, stored_profiles_are_found) {
    gf_error error = GF_ERROR_INIT;
    made_cache();
    gf_trace *trace = five_phases(false);
    trace->other_count = 0;
    cr_assert_eq(gf_trace_what_if(trace, NULL, false, &error), GF_OK);
    cr_expect_not(trace->devices[0].has_profile);
    cr_expect_eq(gf_trace_what_if(trace, NULL, true, &error), GF_NO_DEVICE);
    gf_error_clear(&error);
    save_profile();
    cr_assert_eq(gf_trace_what_if(trace, NULL, true, &error), GF_OK, "%s", error.text);
    cr_assert_eq(trace->other_count, 1);
    cr_expect_str_eq(trace->others[0].basis, "profile of 2026-11-30");
    cr_expect(trace->devices[0].has_profile);
    cr_expect(trace->devices[0].profile.up[1].known);
    gf_trace_destroy(trace);
}
