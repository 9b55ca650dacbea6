#include <string.h>

#include "analyse/ranking.h"
#include "problem/problem.h"
#include "report/report_tables.h"
#include "report/table.h"

/* ---- Columns of a comparison ------------------------------------------- */

static const gf_result *row_of(const void *context, size_t row) {
    return ((const gf_comparison *)context)->results[row];
}

/* The median of the phase `tag`. */
static gf_cell get_median(const void *context, size_t row, int tag) {
    const gf_statistics statistics = gf_result_phase(row_of(context, row), (gf_phase)tag);
    return statistics.count == 0 ? GF_NO_CELL : gf_cell_number((double)statistics.median_ns);
}

/* The phase `tag` of the median round trip: these add up. */
static gf_cell get_trip(const void *context, size_t row, int tag) {
    const gf_ledger *timing = &row_of(context, row)->ledger;
    if (timing->phases[tag].count == 0)
        return GF_NO_CELL;
    return gf_cell_number((double)timing->phases[tag].ns[row_of(context, row)->median_trip]);
}

static gf_cell get_pipelined(const void *context, size_t row, int tag) {
    (void)tag;
    const gf_statistics pipelined = row_of(context, row)->pipelined;
    return pipelined.count == 0 ? GF_NO_CELL : gf_cell_number((double)pipelined.median_ns);
}

static gf_cell get_label(const void *context, size_t row, int tag) {
    (void)tag;
    return gf_cell_text(row_of(context, row)->label);
}

static gf_cell get_kind(const void *context, size_t row, int tag) {
    (void)tag;
    return gf_cell_text(row_of(context, row)->device->info.kind);
}

static gf_cell get_name(const void *context, size_t row, int tag) {
    (void)tag;
    return gf_cell_text(row_of(context, row)->device->info.name);
}

static gf_cell get_status(const void *context, size_t row, int tag) {
    (void)tag;
    return gf_cell_text(gf_outcome_name(row_of(context, row)->outcome));
}

static gf_cell get_reason(const void *context, size_t row, int tag) {
    (void)tag;
    return gf_cell_text(row_of(context, row)->error.text);
}

static gf_cell get_cold_build(const void *context, size_t row, int tag) {
    (void)tag;
    const gf_result *result = row_of(context, row);
    if (!result->build_known || result->build.cold_ns == 0)
        return GF_NO_CELL;
    return gf_cell_number((double)result->build.cold_ns);
}

static gf_cell get_min(const void *context, size_t row, int tag) {
    const gf_statistics statistics = gf_result_phase(row_of(context, row), (gf_phase)tag);
    return statistics.count == 0 ? GF_NO_CELL : gf_cell_number((double)statistics.min_ns);
}

static gf_cell get_max(const void *context, size_t row, int tag) {
    const gf_statistics statistics = gf_result_phase(row_of(context, row), (gf_phase)tag);
    return statistics.count == 0 ? GF_NO_CELL : gf_cell_number((double)statistics.max_ns);
}

static gf_cell get_samples(const void *context, size_t row, int tag) {
    (void)tag;
    const gf_statistics total = gf_result_phase(row_of(context, row), GF_PHASE_TOTAL);
    return total.count == 0 ? GF_NO_CELL : gf_cell_number(total.count);
}

/* What is paid for moving data and for starting kernels, as a share of the total. */
static gf_cell get_fare(const void *context, size_t row, int tag) {
    (void)tag;
    const gf_result *result = row_of(context, row);
    return result->outcome == GF_OUTCOME_OK ? gf_cell_number(result->fare) : GF_NO_CELL;
}

static gf_cell get_speedup(const void *context, size_t row, int tag) {
    (void)tag;
    const gf_result *baseline = gf_comparison_baseline(context);
    const gf_cell total = get_median(context, row, GF_PHASE_TOTAL);
    if (baseline == NULL || !total.has || total.number <= 0)
        return GF_NO_CELL;
    const double denominator = (double)gf_result_phase(baseline, GF_PHASE_TOTAL).median_ns;
    return gf_cell_number(denominator / total.number);
}

static gf_cell get_rate(const void *context, size_t row, int tag) {
    (void)tag;
    const gf_result *result = row_of(context, row);
    const gf_cell kernel = get_median(context, row, GF_PHASE_KERNEL);
    if (!kernel.has || kernel.number <= 0)
        return GF_NO_CELL;
    return gf_cell_number(result->work / kernel.number); /* per ns is 10^9 per s */
}

static gf_cell get_up(const void *context, size_t row, int tag) {
    (void)tag;
    const gf_result *result = row_of(context, row);
    return result->outcome == GF_OUTCOME_OK ? gf_cell_number((double)result->bytes_up) : GF_NO_CELL;
}

static gf_cell get_down(const void *context, size_t row, int tag) {
    (void)tag;
    const gf_result *result = row_of(context, row);
    return result->outcome == GF_OUTCOME_OK ? gf_cell_number((double)result->bytes_down)
                                            : GF_NO_CELL;
}

enum { MEMORY_DEVICE, MEMORY_HOST, MEMORY_PEAK };

static gf_cell get_memory(const void *context, size_t row, int tag) {
    const gf_result *result = row_of(context, row);
    const uint64_t bytes[] = {[MEMORY_DEVICE] = result->device_bytes,
                              [MEMORY_HOST] = result->host_bytes,
                              [MEMORY_PEAK] = result->host_peak_bytes};
    return result->outcome == GF_OUTCOME_OK && bytes[tag] > 0 ? gf_cell_number((double)bytes[tag])
                                                              : GF_NO_CELL;
}

bool gf_was_verified(const gf_result *result) {
    return result->outcome == GF_OUTCOME_OK || result->outcome == GF_OUTCOME_MISMATCH;
}

static gf_cell get_mismatches(const void *context, size_t row, int tag) {
    (void)tag;
    const gf_result *result = row_of(context, row);
    return gf_was_verified(result)
               ? gf_cell_number((double)result->verification.difference.mismatches)
               : GF_NO_CELL;
}

static gf_cell get_compared(const void *context, size_t row, int tag) {
    (void)tag;
    const gf_result *result = row_of(context, row);
    return gf_was_verified(result)
               ? gf_cell_number((double)result->verification.difference.compared)
               : GF_NO_CELL;
}

static gf_cell get_checksum(const void *context, size_t row, int tag) {
    (void)tag;
    const gf_result *result = row_of(context, row);
    return result->outcome == GF_OUTCOME_OK ? gf_cell_number(result->checksum) : GF_NO_CELL;
}

static gf_cell get_answer(const void *context, size_t row, int tag) {
    (void)tag;
    return gf_cell_text(row_of(context, row)->answer);
}

static gf_cell get_note(const void *context, size_t row, int tag) {
    (void)tag;
    return gf_cell_text(row_of(context, row)->note);
}

static gf_cell get_png(const void *context, size_t row, int tag) {
    (void)tag;
    return gf_cell_text(row_of(context, row)->png_path);
}

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static const gf_problem *problem_of(const void *context) {
    return ((const gf_comparison *)context)->problem;
}

static gf_cell get_workload(const void *context, size_t row, int tag) {
    (void)row;
    (void)tag;
    return gf_cell_text(problem_of(context)->workload->name);
}

static gf_cell get_rows(const void *context, size_t row, int tag) {
    (void)row;
    (void)tag;
    const gf_problem *problem = problem_of(context);
    return gf_cell_number((double)problem->buffers[problem->result].rows);
}

static gf_cell get_cols(const void *context, size_t row, int tag) {
    (void)row;
    (void)tag;
    const gf_problem *problem = problem_of(context);
    return gf_cell_number((double)problem->buffers[problem->result].cols);
}

static gf_cell get_steps(const void *context, size_t row, int tag) {
    (void)row;
    (void)tag;
    const uint64_t steps = problem_of(context)->steps;
    return steps > 0 ? gf_cell_number((double)steps) : GF_NO_CELL;
}

static gf_cell get_precision(const void *context, size_t row, int tag) {
    (void)row;
    (void)tag;
    return gf_cell_text(gf_precision_name(problem_of(context)->precision));
}

static gf_cell get_math(const void *context, size_t row, int tag) {
    (void)row;
    (void)tag;
    return gf_cell_text(gf_math_choices[problem_of(context)->math]);
}

static gf_cell get_baseline(const void *context, size_t row, int tag) {
    (void)row;
    (void)tag;
    const gf_result *baseline = gf_comparison_baseline(context);
    return gf_cell_text(baseline == NULL ? NULL : baseline->label);
}

static gf_cell get_variant(const void *context, size_t row, int tag) {
    (void)tag;
    return gf_cell_text(row_of(context, row)->variant);
}

static gf_cell get_clock(const void *context, size_t row, int tag) {
    return gf_cell_text(row_of(context, row)->ledger.clocks[tag]);
}

static gf_cell get_build_state(const void *context, size_t row, int tag) {
    (void)tag;
    const gf_result *result = row_of(context, row);
    return gf_cell_text(result->build_known ? gf_build_state_name(result->build.state) : NULL);
}

/* Median, minimum and maximum of a phase. */
#define CSV_PHASE(name, phase)                                                                     \
    {"", name "_ns", GF_CELL_MS, get_median, phase},                                               \
        {"", name "_min_ns", GF_CELL_MS, get_min, phase}, {                                        \
        "", name "_max_ns", GF_CELL_MS, get_max, phase                                             \
    }

static const gf_column csv_columns[] = {
    {"", "workload", GF_CELL_TEXT, get_workload, 0},
    {"", "rows", GF_CELL_COUNT, get_rows, 0},
    {"", "cols", GF_CELL_COUNT, get_cols, 0},
    {"", "steps", GF_CELL_COUNT, get_steps, 0},
    {"", "precision", GF_CELL_TEXT, get_precision, 0},
    {"", "math", GF_CELL_TEXT, get_math, 0},
    {"", "device", GF_CELL_TEXT, get_label, 0},
    {"", "variant", GF_CELL_TEXT, get_variant, 0},
    {"", "kind", GF_CELL_TEXT, get_kind, 0},
    {"", "name", GF_CELL_TEXT, get_name, 0},
    {"", "status", GF_CELL_TEXT, get_status, 0},
    {"", "reason", GF_CELL_TEXT, get_reason, 0},
    {"", "samples", GF_CELL_COUNT, get_samples, 0},
    {"", "build_state", GF_CELL_TEXT, get_build_state, 0},
    {"", "build_cold_ns", GF_CELL_MS, get_cold_build, 0},
    CSV_PHASE("build", GF_PHASE_BUILD),
    CSV_PHASE("alloc", GF_PHASE_ALLOC),
    CSV_PHASE("h2d", GF_PHASE_H2D),
    CSV_PHASE("launch", GF_PHASE_LAUNCH),
    CSV_PHASE("kernel", GF_PHASE_KERNEL),
    CSV_PHASE("d2h", GF_PHASE_D2H),
    CSV_PHASE("unexplained", GF_PHASE_UNEXPLAINED),
    CSV_PHASE("total", GF_PHASE_TOTAL),
    {"", "pipelined_ns", GF_CELL_MS, get_pipelined, 0},
    {"", "kernel_clock", GF_CELL_TEXT, get_clock, GF_PHASE_KERNEL},
    {"", "fare_share", GF_CELL_SHARE, get_fare, 0},
    {"", "baseline", GF_CELL_TEXT, get_baseline, 0},
    {"", "speedup_to_baseline", GF_CELL_RATIO, get_speedup, 0},
    {"", "throughput_giga_per_s", GF_CELL_REAL, get_rate, 0},
    {"", "bytes_up", GF_CELL_BYTES, get_up, 0},
    {"", "bytes_down", GF_CELL_BYTES, get_down, 0},
    {"", "device_bytes", GF_CELL_BYTES, get_memory, MEMORY_DEVICE},
    {"", "host_bytes", GF_CELL_BYTES, get_memory, MEMORY_HOST},
    {"", "host_peak_bytes", GF_CELL_BYTES, get_memory, MEMORY_PEAK},
    {"", "compared", GF_CELL_COUNT, get_compared, 0},
    {"", "mismatches", GF_CELL_COUNT, get_mismatches, 0},
    {"", "checksum", GF_CELL_SUM, get_checksum, 0},
    {"", "answer", GF_CELL_TEXT, get_answer, 0},
    {"", "note", GF_CELL_TEXT, get_note, 0},
    {"", "png", GF_CELL_TEXT, get_png, 0},
};

static const gf_column ledger_columns[] = {
    {"device", "", GF_CELL_TEXT, get_label, 0},
    {"cold build", "", GF_CELL_MS, get_cold_build, 0},
    {"build", "", GF_CELL_MS, get_median, GF_PHASE_BUILD},
    {"alloc", "", GF_CELL_MS, get_median, GF_PHASE_ALLOC},
    {"h2d", "", GF_CELL_MS, get_trip, GF_PHASE_H2D},
    {"launch", "", GF_CELL_MS, get_trip, GF_PHASE_LAUNCH},
    {"kernel", "", GF_CELL_MS, get_trip, GF_PHASE_KERNEL},
    {"d2h", "", GF_CELL_MS, get_trip, GF_PHASE_D2H},
    {"unexplained", "", GF_CELL_MS, get_trip, GF_PHASE_UNEXPLAINED},
    {"total", "", GF_CELL_MS, get_trip, GF_PHASE_TOTAL},
    {"min", "", GF_CELL_MS, get_min, GF_PHASE_TOTAL},
    {"max", "", GF_CELL_MS, get_max, GF_PHASE_TOTAL},
    {"samples", "", GF_CELL_COUNT, get_samples, 0},
    {"device mem", "", GF_CELL_BYTES, get_memory, MEMORY_DEVICE},
    {"host mem", "", GF_CELL_BYTES, get_memory, MEMORY_HOST},
    {"host peak", "", GF_CELL_BYTES, get_memory, MEMORY_PEAK},
};

/* Whole numbers leave nothing to be relaxed. */
static void describe_arithmetic(const gf_problem *problem, char *text, size_t room) {
    if (problem->precision == GF_PRECISION_INTEGER)
        snprintf(text, room, "integer arithmetic");
    else
        snprintf(text, room, "%s, %s math", gf_precision_name(problem->precision),
                 gf_math_choices[problem->math]);
}

void gf_write_comparison(const gf_comparison *comparison, gf_format format, bool colour,
                         FILE *stream) {
    const gf_result *baseline = gf_comparison_baseline(comparison);
    char speedup[96], arithmetic[64], title[192];
    snprintf(speedup, sizeof speedup, "vs %s", baseline == NULL ? "" : baseline->label);
    const gf_column columns[] = {
        {"device", "", GF_CELL_TEXT, get_label, 0},
        {"status", "", GF_CELL_TEXT, get_status, 0},
        {"total ms", "", GF_CELL_MS, get_median, GF_PHASE_TOTAL},
        {"kernel ms", "", GF_CELL_MS, get_median, GF_PHASE_KERNEL},
        {"fare", "", GF_CELL_SHARE, get_fare, 0},
        {speedup, "", GF_CELL_RATIO, get_speedup, 0},
        {comparison->problem->workload->rate_unit, "", GF_CELL_REAL, get_rate, 0},
        {"up", "", GF_CELL_BYTES, get_up, 0},
        {"down", "", GF_CELL_BYTES, get_down, 0},
        {"checksum", "", GF_CELL_SUM, get_checksum, 0},
        {"mismatches", "", GF_CELL_COUNT, get_mismatches, 0},
        {"reason", "", GF_CELL_TEXT, get_reason, 0},
    };
    describe_arithmetic(comparison->problem, arithmetic, sizeof arithmetic);
    snprintf(title, sizeof title, "Comparison in %s (medians; speed-up in total time%s%s)",
             arithmetic, baseline == NULL ? "" : " against ",
             baseline == NULL ? "" : baseline->label);
    const gf_table table = {title, columns, COUNT_OF(columns), comparison,
                            comparison->result_count};
    gf_table_write(&table, format, colour, stream);
    fputc('\n', stream);
}

void gf_write_ledger(const gf_comparison *comparison, gf_format format, bool colour, FILE *stream) {
    const gf_table table = {"Ledger of the median round trip, in ms (h2d + launch + kernel + d2h + "
                            "unexplained = total; build and alloc are outside it); memory: all "
                            "buffers, the run's host arrays, the process's peak",
                            ledger_columns, COUNT_OF(ledger_columns), comparison,
                            comparison->result_count};
    gf_table_write(&table, format, colour, stream);
    fputc('\n', stream);
}

/* ---- Every phase, for those who ask ------------------------------------ */

/* Row r is phase r % GF_PHASE_COUNT of result r / GF_PHASE_COUNT. */
static size_t phase_result(size_t row) {
    return row / GF_PHASE_COUNT;
}

static int phase_of(size_t row) {
    return (int)(row % GF_PHASE_COUNT);
}

static gf_cell get_phase_device(const void *context, size_t row, int tag) {
    return phase_of(row) == 0 ? get_label(context, phase_result(row), tag) : GF_NO_CELL;
}

static gf_cell get_phase_name(const void *context, size_t row, int tag) {
    (void)context;
    (void)tag;
    return gf_cell_text(gf_phase_name((gf_phase)phase_of(row)));
}

static gf_cell get_phase_median(const void *context, size_t row, int tag) {
    (void)tag;
    return get_median(context, phase_result(row), phase_of(row));
}

static gf_cell get_phase_min(const void *context, size_t row, int tag) {
    (void)tag;
    return get_min(context, phase_result(row), phase_of(row));
}

static gf_cell get_phase_max(const void *context, size_t row, int tag) {
    (void)tag;
    return get_max(context, phase_result(row), phase_of(row));
}

static gf_cell get_phase_clock(const void *context, size_t row, int tag) {
    (void)tag;
    return get_clock(context, phase_result(row), phase_of(row));
}

void gf_write_phases(const gf_comparison *comparison, gf_format format, bool colour, FILE *stream) {
    static const gf_column columns[] = {
        {"device", "", GF_CELL_TEXT, get_phase_device, 0},
        {"phase", "", GF_CELL_TEXT, get_phase_name, 0},
        {"median", "", GF_CELL_MS, get_phase_median, 0},
        {"min", "", GF_CELL_MS, get_phase_min, 0},
        {"max", "", GF_CELL_MS, get_phase_max, 0},
        {"clock", "", GF_CELL_TEXT, get_phase_clock, 0},
    };
    const gf_table table = {"Every phase, in ms", columns, COUNT_OF(columns), comparison,
                            comparison->result_count * GF_PHASE_COUNT};
    gf_table_write(&table, format, colour, stream);
    fputc('\n', stream);
}

void gf_write_csv(const gf_comparison *comparison, FILE *stream) {
    const gf_table table = {NULL, csv_columns, COUNT_OF(csv_columns), comparison,
                            comparison->result_count};
    gf_table_write(&table, GF_FORMAT_CSV, false, stream);
}
