#include "report/report_tables.h"

#include <math.h>
#include <stdlib.h>

#include "analyse/payback.h"
#include "analyse/ranking.h"
#include "analyse/verdict.h"
#include "base/array.h"
#include "base/error.h"
#include "base/text.h"
#include "report/report_text.h"
#include "report/table/table.h"

#define MILLI 1e3

/* ---- Cells of a result ------------------------------------------------- */

static void add_median(gf_table *table, const gf_result *result, gf_phase phase) {
    const gf_statistics *statistics = &result->statistics[phase];
    gf_table_number_if(table, statistics->count > 0, (double)statistics->median_ns);
}

static void add_extremes(gf_table *table, const gf_result *result, gf_phase phase) {
    const gf_statistics *statistics = &result->statistics[phase];
    gf_table_number_if(table, statistics->count > 0, (double)statistics->min_ns);
    gf_table_number_if(table, statistics->count > 0, (double)statistics->max_ns);
}

/* The phase of the median round trip: unlike the medians of the phases, these add up. */
static void add_trip(gf_table *table, const gf_result *result, gf_phase phase) {
    const gf_samples *samples = &result->ledger.phases[phase];
    const bool has = samples->count > 0;
    gf_table_number_if(table, has, has ? (double)samples->ns[result->median_trip] : 0);
}

static void add_cold_build(gf_table *table, const gf_result *result) {
    gf_table_number_if(table, result->build_known && result->build.cold_ns > 0,
                       (double)result->build.cold_ns);
}

static void add_sample_count(gf_table *table, const gf_result *result) {
    const uint32_t count = result->statistics[GF_PHASE_TOTAL].count;
    gf_table_number_if(table, count > 0, count);
}

/* A number that only verified results have. */
static void add_if_ok(gf_table *table, const gf_result *result, double number) {
    gf_table_number_if(table, result->outcome == GF_OUTCOME_OK, number);
}

/* None where it overflows, as a note says. */
static void add_checksum(gf_table *table, const gf_result *result) {
    gf_table_number_if(table, result->outcome == GF_OUTCOME_OK && isfinite(result->checksum),
                       result->checksum);
}

/* By the better schedule of each. None of samples that other programs disturbed. */
static void add_speedup(gf_table *table, const gf_result *result, const gf_result *baseline) {
    const double best = gf_result_best_ns(result);
    const bool has = baseline != NULL && best > 0 && !gf_result_is_disturbed(result) &&
                     !gf_result_is_disturbed(baseline);
    gf_table_number_if(table, has, has ? gf_result_best_ns(baseline) / best : 0);
}

static void add_calls(gf_table *table, const gf_comparison *comparison, const gf_result *result) {
    const uint64_t calls = gf_ahead_of_baseline(comparison, result);
    gf_table_number_if(table, calls > 0, (double)calls);
}

static void add_pipelined(gf_table *table, const gf_result *result) {
    gf_table_number_if(table, result->pipelined.count > 0, (double)result->pipelined.median_ns);
}

static bool has_pipelined(const gf_comparison *comparison) {
    for (size_t i = 0; i < comparison->result_count; i++) {
        if (comparison->results[i]->pipelined.count > 0)
            return true;
    }
    return false;
}

/* Work per ns is 10^9 per s. */
static void add_rate(gf_table *table, const gf_result *result) {
    const double kernel = gf_result_median_ns(result, GF_PHASE_KERNEL);
    gf_table_number_if(table, kernel > 0, result->work / kernel);
}

static void add_traffic(gf_table *table, const gf_result *result) {
    add_if_ok(table, result, (double)result->bytes_up);
    add_if_ok(table, result, (double)result->bytes_down);
}

static void add_memory(gf_table *table, const gf_result *result) {
    const uint64_t bytes[] = {result->device_bytes, result->host_bytes, result->host_peak_bytes};
    for (size_t i = 0; i < GF_COUNT_OF(bytes); i++)
        gf_table_number_if(table, result->outcome == GF_OUTCOME_OK && bytes[i] > 0,
                           (double)bytes[i]);
}

/* What failed is red, what was disturbed yellow. */
static gf_tone outcome_tone(const gf_result *result) {
    if (result->outcome == GF_OUTCOME_OK)
        return gf_result_is_disturbed(result) ? GF_TONE_WARN : GF_TONE_PLAIN;
    return result->outcome == GF_OUTCOME_UNSUPPORTED ? GF_TONE_WARN : GF_TONE_BAD;
}

static void add_label(gf_table *table, const gf_comparison *comparison, const gf_result *result) {
    gf_table_text(table, result->label);
    gf_table_tone(table,
                  gf_verdict_names(comparison, result) ? GF_TONE_GOOD : outcome_tone(result));
}

/* ---- Tables for people ------------------------------------------------- */

gf_status gf_write_comparison(const gf_comparison *comparison, const gf_writer *to,
                              gf_error *error) {
    const gf_result *baseline = gf_rank_baseline(comparison);
    const char *label = baseline == NULL ? "" : baseline->label;
    char speedup[96], arithmetic[64], denominator[128], title[384];
    gf_baseline_format_result(baseline, denominator, sizeof denominator);
    snprintf(speedup, sizeof speedup, "vs %s", label);
    const gf_column columns[] = {
        {"device", "", GF_CELL_TEXT, GF_MEANING_DEVICE},
        {"status", "", GF_CELL_TEXT, "ok: the result was verified; else it has no time"},
        {"total ms", "", GF_CELL_MS,
         "one round trip: data to the device, computing, results back (median)"},
        {"pipelined ms", "", GF_CELL_MS,
         "the same, with data on their way while others are computed"},
        {"kernel ms", "", GF_CELL_MS, "computing alone (median)"},
        {"fare", "", GF_CELL_SHARE, GF_MEANING_FARE},
        {speedup, "", GF_CELL_RATIO,
         "how many times as fast, by total or, where shorter, pipelined time"},
        {"ahead after", "", GF_CELL_COUNT,
         "calls until it has caught up with that baseline, build and buffers counted"},
        {comparison->problem->workload->rate_unit, "", GF_CELL_REAL,
         "billions of units of work a second, in the kernel"},
        {"up", "", GF_CELL_BYTES, "bytes to the device in a round trip"},
        {"down", "", GF_CELL_BYTES, "bytes back from it"},
        {"checksum", "", GF_CELL_SUM, "sum over the result: equal results have equal ones"},
        {"mismatches", "", GF_CELL_COUNT, "elements that differ from the reference"},
        {"reason", "", GF_CELL_TEXT, "why there is no time"},
    };
    gf_arithmetic_format(comparison->problem, arithmetic, sizeof arithmetic);
    snprintf(title, sizeof title, "Comparison in %s (medians; speed-up in total time%s%s%s)",
             arithmetic, has_pipelined(comparison) ? ", or pipelined where that is shorter," : "",
             baseline == NULL ? "" : " against ", denominator);
    gf_table table = gf_table_begin(title, columns, GF_COUNT_OF(columns));
    for (size_t i = 0; i < comparison->result_count; i++) {
        const gf_result *result = comparison->results[i];
        add_label(&table, comparison, result);
        gf_table_text(&table, gf_outcome_name(result->outcome));
        gf_table_tone(&table, outcome_tone(result));
        add_median(&table, result, GF_PHASE_TOTAL);
        add_pipelined(&table, result);
        add_median(&table, result, GF_PHASE_KERNEL);
        add_if_ok(&table, result, result->fare);
        add_speedup(&table, result, baseline);
        add_calls(&table, comparison, result);
        add_rate(&table, result);
        add_traffic(&table, result);
        add_checksum(&table, result);
        gf_table_number_if(&table, gf_was_verified(result),
                           (double)result->verification.difference.mismatches);
        gf_table_text(&table, result->error.text);
    }
    return gf_table_write_apart(&table, to, error);
}

static const gf_column ledger_columns[] = {
    {"device", "", GF_CELL_TEXT, GF_MEANING_DEVICE},
    {"cold build", "", GF_CELL_MS, "compiling the kernel when no cache has it yet"},
    {"build", "", GF_CELL_MS, "making the kernel ready this time"},
    {"alloc", "", GF_CELL_MS, GF_MEANING_ALLOC},
    {"h2d", "", GF_CELL_MS, GF_MEANING_H2D},
    {"launch", "", GF_CELL_MS, "starting kernels and waiting for them, without computing"},
    {"kernel", "", GF_CELL_MS, "computing"},
    {"d2h", "", GF_CELL_MS, GF_MEANING_D2H},
    {"unexplained", "", GF_CELL_MS, GF_MEANING_UNEXPLAINED},
    {"total", "", GF_CELL_MS, "the whole round trip: the phases from h2d on add up to it"},
    {"min", "", GF_CELL_MS, "the shortest round trip"},
    {"max", "", GF_CELL_MS, "the longest"},
    {"samples", "", GF_CELL_COUNT, "round trips that were timed"},
    {"device mem", "", GF_CELL_BYTES, "all buffers on the device"},
    {"host mem", "", GF_CELL_BYTES, "arrays of this run in the computer's memory"},
    {"host peak", "", GF_CELL_BYTES, "the most memory that the process had"},
};

gf_status gf_write_ledger(const gf_comparison *comparison, const gf_writer *to, gf_error *error) {
    gf_table table = gf_table_begin(
        "Ledger of the median round trip, in ms (h2d + launch + kernel + d2h + unexplained = total; "
        "build and alloc are outside it)",
        ledger_columns, GF_COUNT_OF(ledger_columns));
    table.stack = (gf_stack){GF_STACK_ROWS, 5, {4, 5, 6, 7, 8}}; /* h2d to unexplained */
    for (size_t i = 0; i < comparison->result_count; i++) {
        const gf_result *result = comparison->results[i];
        add_label(&table, comparison, result);
        add_cold_build(&table, result);
        add_median(&table, result, GF_PHASE_BUILD);
        add_median(&table, result, GF_PHASE_ALLOC);
        for (gf_phase phase = GF_PHASE_H2D; phase <= GF_PHASE_TOTAL; phase++)
            add_trip(&table, result, phase);
        add_extremes(&table, result, GF_PHASE_TOTAL);
        add_sample_count(&table, result);
        add_memory(&table, result);
    }
    return gf_table_write_apart(&table, to, error);
}

static const gf_column share_columns[] = {
    {"set", "", GF_CELL_TEXT, "the devices that computed the problem together"},
    {"device", "", GF_CELL_TEXT, GF_MEANING_DEVICE},
    {"alone", "", GF_CELL_MS, "the whole problem on this device"},
    {"h2d", "", GF_CELL_MS, "moving its part of the data to the device"},
    {"launch", "", GF_CELL_MS, "what its launches took besides the kernels"},
    {"kernel", "", GF_CELL_MS, "computing its part"},
    {"d2h", "", GF_CELL_MS, "moving its part of the result back"},
    {"halo", "", GF_CELL_MS, "rows exchanged with its neighbours between launches"},
    {"idle", "", GF_CELL_MS, "waiting for the others"},
    {"share", "", GF_CELL_SHARE, "its part of the problem"},
    {"units", "", GF_CELL_COUNT, "the same in rows, blocks or elements"},
    {"launches", "", GF_CELL_COUNT, "how often it was given some"},
};

static void add_share(gf_table *table, const gf_shares *shares, const gf_member_share *share) {
    const uint64_t ns[] = {share->h2d_ns, share->launch_ns, share->kernel_ns, share->d2h_ns};
    gf_table_text(table, share->device->id);
    gf_table_number(table, share->alone_ns);
    for (size_t i = 0; i < GF_COUNT_OF(ns); i++)
        gf_table_number(table, (double)ns[i]);
    gf_table_number_if(table, shares->visit_steps > 0, (double)share->halo_ns);
    gf_table_number(table, (double)share->idle_ns);
    gf_table_number(table, (double)share->units / (double)shares->units);
    gf_table_number(table, (double)share->units);
    gf_table_number(table, (double)share->bands);
}

static bool has_shares(const gf_comparison *comparison) {
    for (size_t i = 0; i < comparison->result_count; i++) {
        if (gf_result_shares(comparison->results[i]) != NULL)
            return true;
    }
    return false;
}

gf_status gf_write_shares(const gf_comparison *comparison, const gf_writer *to, gf_error *error) {
    if (!has_shares(comparison))
        return GF_OK;
    gf_table table = gf_table_begin("Devices of sets in that round trip, in ms (h2d + launch + "
                                    "kernel + d2h + halo + idle = launch + kernel of the set; "
                                    "alone: the whole problem on that device)",
                                    share_columns, GF_COUNT_OF(share_columns));
    table.key_count = 2;
    table.stack = (gf_stack){GF_STACK_ROWS, 6, {3, 4, 5, 6, 7, 8}}; /* h2d to idle */
    for (size_t i = 0; i < comparison->result_count; i++) {
        const gf_shares *shares = gf_result_shares(comparison->results[i]);
        for (uint32_t m = 0; shares != NULL && m < shares->count; m++) {
            gf_table_text(&table, m == 0 ? comparison->results[i]->label : NULL);
            add_share(&table, shares, &shares->members[m]);
        }
    }
    return gf_table_write_apart(&table, to, error);
}

gf_status gf_write_phases(const gf_comparison *comparison, const gf_writer *to, gf_error *error) {
    static const gf_column columns[] = {
        {"device", "", GF_CELL_TEXT, GF_MEANING_DEVICE},
        {"phase", "", GF_CELL_TEXT, GF_MEANING_PHASE},
        {"median", "", GF_CELL_MS, "half of the samples take no longer"},
        {"min", "", GF_CELL_MS, "the shortest sample"},
        {"max", "", GF_CELL_MS, "the longest"},
        {"clock", "", GF_CELL_TEXT, "whose clock it was: the device's or the host's"},
    };
    gf_table table = gf_table_begin("Every phase, in ms", columns, GF_COUNT_OF(columns));
    table.key_count = 2;
    for (size_t i = 0; i < comparison->result_count; i++) {
        const gf_result *result = comparison->results[i];
        for (gf_phase phase = 0; phase < GF_PHASE_COUNT; phase++) {
            gf_table_text(&table, phase == 0 ? result->label : NULL);
            gf_table_text(&table, gf_phase_name(phase));
            add_median(&table, result, phase);
            add_extremes(&table, result, phase);
            gf_table_text(&table, result->ledger.clocks[phase]);
        }
    }
    return gf_table_write_apart(&table, to, error);
}

static const gf_column energy_columns[] = {
    {"device", "", GF_CELL_TEXT, GF_MEANING_DEVICE},
    {"sensor", "", GF_CELL_TEXT, "what was read: a meter of the processor or of the GPU"},
    {"mJ a result", "", GF_CELL_REAL, "energy of a whole round trip, idle power included"},
    {"h2d mJ", "", GF_CELL_REAL,
     "energy of moving the data to the device, which was repeated alone"},
    {"compute mJ", "", GF_CELL_REAL, "energy of computing, which was repeated alone"},
    {"d2h mJ", "", GF_CELL_REAL, "energy of moving the result back, which was repeated alone"},
    {"mean W", "", GF_CELL_REAL, "mean power during the round trips"},
    {"idle W", "", GF_CELL_REAL, "mean power just before them, with nothing to do"},
    {"device busy", "", GF_CELL_SHARE, "share of the time for which the GPU calls itself busy"},
    {"threads busy", "", GF_CELL_REAL,
     "hardware threads of the machine that were busy, of any program"},
    {"results", "", GF_CELL_COUNT, "round trips that the energy was read over"},
};

static void add_sensor(gf_table *table, const gf_result *result, size_t sensor) {
    const gf_energy *energy = &result->energy;
    const gf_energy_span *total = &energy->parts[GF_ENERGY_TOTAL];
    const bool first = sensor == 0;
    gf_table_text(table, first ? result->label : NULL);
    gf_table_text(table, energy->sensors[sensor].name);
    for (gf_energy_part part = GF_ENERGY_TOTAL; part < GF_ENERGY_PARTS; part++) {
        const double joules = gf_energy_joules(energy, sensor, part);
        gf_table_number_if(table, joules >= 0, MILLI * joules);
    }
    const double watts = gf_energy_watts(energy, sensor, GF_ENERGY_TOTAL);
    const double idle = gf_energy_watts(energy, sensor, GF_ENERGY_IDLE);
    gf_table_number_if(table, watts >= 0, watts);
    gf_table_number_if(table, idle >= 0, idle);
    gf_table_number_if(table, total->span.busy[sensor] >= 0 && total->repeats > 0,
                       total->span.busy[sensor]);
    gf_table_number_if(table, first && total->host_busy >= 0, total->host_busy);
    gf_table_number_if(table, first, (double)total->repeats);
}

static bool has_energy(const gf_result *result) {
    return result->outcome == GF_OUTCOME_OK && result->energy.sensor_count > 0;
}

gf_status gf_write_energy(const gf_comparison *comparison, const gf_writer *to, gf_error *error) {
    gf_table table = gf_table_begin(
        "Energy (round trips repeated without a pause, and each part of them alone, over the number "
        "of results; idle was measured just before and is part of all)",
        energy_columns, GF_COUNT_OF(energy_columns));
    size_t rows = 0;
    for (size_t i = 0; i < comparison->result_count; i++) {
        const gf_result *result = comparison->results[i];
        for (size_t j = 0; has_energy(result) && j < result->energy.sensor_count; j++, rows++)
            add_sensor(&table, result, j);
    }
    return rows == 0 ? GF_OK : gf_table_write_apart(&table, to, error);
}

/* ---- CSV --------------------------------------------------------------- */

/* Median, minimum and maximum of a phase. */
#define CSV_PHASE(name)                                                                            \
    {"", name "_ns", GF_CELL_MS, NULL}, {"", name "_min_ns", GF_CELL_MS, NULL}, {                  \
        "", name "_max_ns", GF_CELL_MS, NULL                                                       \
    }

/* The problem, the device, the outcome; times; traffic and memory; what was verified. Later columns
 * follow at the end, so that those before keep their places. */
static const gf_column csv_columns[] = {
    {"", "workload", GF_CELL_TEXT, NULL},
    {"", "rows", GF_CELL_COUNT, NULL},
    {"", "cols", GF_CELL_COUNT, NULL},
    {"", "steps", GF_CELL_COUNT, NULL},
    {"", "precision", GF_CELL_TEXT, NULL},
    {"", "math", GF_CELL_TEXT, NULL},
    {"", "device", GF_CELL_TEXT, NULL},
    {"", "variant", GF_CELL_TEXT, NULL},
    {"", "kind", GF_CELL_TEXT, NULL},
    {"", "name", GF_CELL_TEXT, NULL},
    {"", "status", GF_CELL_TEXT, NULL},
    {"", "reason", GF_CELL_TEXT, NULL},

    {"", "samples", GF_CELL_COUNT, NULL},
    {"", "build_state", GF_CELL_TEXT, NULL},
    {"", "build_cold_ns", GF_CELL_MS, NULL},
    CSV_PHASE("build"),
    CSV_PHASE("alloc"),
    CSV_PHASE("h2d"),
    CSV_PHASE("launch"),
    CSV_PHASE("kernel"),
    CSV_PHASE("d2h"),
    CSV_PHASE("unexplained"),
    CSV_PHASE("total"),
    {"", "pipelined_ns", GF_CELL_MS, NULL},
    {"", "kernel_clock", GF_CELL_TEXT, NULL},
    {"", "fare_share", GF_CELL_SHARE, NULL},
    {"", "baseline", GF_CELL_TEXT, NULL},
    {"", "speedup_to_baseline", GF_CELL_RATIO, NULL},
    {"", "throughput_giga_per_s", GF_CELL_REAL, NULL},

    {"", "bytes_up", GF_CELL_BYTES, NULL},
    {"", "bytes_down", GF_CELL_BYTES, NULL},
    {"", "device_bytes", GF_CELL_BYTES, NULL},
    {"", "host_bytes", GF_CELL_BYTES, NULL},
    {"", "host_peak_bytes", GF_CELL_BYTES, NULL},

    {"", "compared", GF_CELL_COUNT, NULL},
    {"", "mismatches", GF_CELL_COUNT, NULL},
    {"", "checksum", GF_CELL_SUM, NULL},
    {"", "answer", GF_CELL_TEXT, NULL},
    {"", "note", GF_CELL_TEXT, NULL},
    {"", "png", GF_CELL_TEXT, NULL},

    {"", "pipelined_min_ns", GF_CELL_MS, NULL},
    {"", "pipelined_max_ns", GF_CELL_MS, NULL},
    {"", "schedule", GF_CELL_TEXT, NULL},
    {"", "disturbed_samples", GF_CELL_COUNT, NULL},
    {"", "nonfinite_elements", GF_CELL_COUNT, NULL},
    {"", "ahead_after_calls", GF_CELL_COUNT, NULL},
    {"", "joules_of_result", GF_CELL_REAL, NULL},
    {"", "set_ceiling_ns", GF_CELL_MS, NULL},
    {"", "set_best_alone_ns", GF_CELL_MS, NULL},
    {"", "set_shares", GF_CELL_TEXT, NULL},
};

static void add_identity(gf_table *table, const gf_problem *problem, const gf_result *result) {
    const gf_buffer_spec *output = &problem->buffers[problem->result];
    gf_table_text(table, problem->workload->name);
    gf_table_number(table, (double)output->rows);
    gf_table_number(table, (double)output->cols);
    gf_table_number_if(table, problem->steps > 0, (double)problem->steps);
    gf_table_text(table, gf_precision_name(problem->precision));
    gf_table_text(table, gf_math_choices[problem->math]);
    gf_table_text(table, result->label);
    gf_table_text(table, result->variant);
    gf_table_text(table, result->device->info.kind);
    gf_table_text(table, result->device->info.name);
    gf_table_text(table, gf_outcome_name(result->outcome));
    gf_table_text(table, result->error.text);
}

static void add_times(gf_table *table, const gf_result *result, const gf_result *baseline) {
    add_sample_count(table, result);
    gf_table_text(table, result->build_known ? gf_build_state_name(result->build.state) : NULL);
    add_cold_build(table, result);
    for (gf_phase phase = 0; phase < GF_PHASE_COUNT; phase++) {
        add_median(table, result, phase);
        add_extremes(table, result, phase);
    }
    add_pipelined(table, result);
    gf_table_text(table, result->ledger.clocks[GF_PHASE_KERNEL]);
    add_if_ok(table, result, result->fare);
    gf_table_text(table, baseline == NULL ? NULL : baseline->label);
    add_speedup(table, result, baseline);
    add_rate(table, result);
}

static void add_verification(gf_table *table, const gf_result *result) {
    const gf_difference *difference = &result->verification.difference;
    const bool verified = gf_was_verified(result);
    gf_table_number_if(table, verified, (double)difference->compared);
    gf_table_number_if(table, verified, (double)difference->mismatches);
    add_checksum(table, result);
    gf_table_text(table, result->answer);
    gf_table_text(table, result->note);
    gf_table_text(table, result->png_path);
}

static void add_schedule(gf_table *table, const gf_result *result) {
    gf_table_number_if(table, result->pipelined.count > 0, (double)result->pipelined.min_ns);
    gf_table_number_if(table, result->pipelined.count > 0, (double)result->pipelined.max_ns);
    gf_table_text(table, gf_best_schedule_name(result));
    add_if_ok(table, result, result->disturbed);
    add_if_ok(table, result, (double)result->nonfinite);
}

static void add_energy(gf_table *table, const gf_result *result) {
    const double joules = gf_energy_of_result(&result->energy);
    gf_table_number_if(table, result->outcome == GF_OUTCOME_OK && joules >= 0, joules);
}

/* "native 61.2 %; 0:0 38.8 %" */
static void format_shares(const gf_shares *shares, char *buffer, size_t size) {
    gf_text text = gf_text_in(buffer, size);
    for (uint32_t i = 0; shares != NULL && i < shares->count; i++)
        gf_text_add(&text, "%s%s %.1f %%", i == 0 ? "" : "; ", shares->members[i].device->id,
                    100 * (double)shares->members[i].units / (double)shares->units);
}

/* `text` has room for the shares and outlives the table. */
static void add_set(gf_table *table, const gf_result *result, char *text, size_t size) {
    const gf_shares *shares = gf_result_shares(result);
    text[0] = '\0';
    gf_table_number_if(table, shares != NULL, shares != NULL ? shares->ceiling_ns : 0);
    gf_table_number_if(table, shares != NULL,
                       shares != NULL ? shares->members[shares->best].alone_ns : 0);
    format_shares(shares, text, size);
    gf_table_text(table, text);
}

#define SHARES_TEXT 256

gf_status gf_write_csv(const gf_comparison *comparison, const gf_writer *to, gf_error *error) {
    const gf_result *baseline = gf_rank_baseline(comparison);
    char(*shares)[SHARES_TEXT] = calloc(comparison->result_count + 1, sizeof *shares);
    if (shares == NULL)
        return gf_error_no_memory(error, "a table", sizeof *shares);
    gf_table table = gf_table_begin(NULL, csv_columns, GF_COUNT_OF(csv_columns));
    for (size_t i = 0; i < comparison->result_count; i++) {
        const gf_result *result = comparison->results[i];
        add_identity(&table, comparison->problem, result);
        add_times(&table, result, baseline);
        add_traffic(&table, result);
        add_memory(&table, result);
        add_verification(&table, result);
        add_schedule(&table, result);
        add_calls(&table, comparison, result);
        add_energy(&table, result);
        add_set(&table, result, shares[i], sizeof shares[i]);
    }
    const gf_status status = gf_table_write(&table, to, error);
    free(shares);
    return status;
}
