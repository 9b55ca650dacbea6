#include "bundle/report_audit.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/ranking.h"
#include "analyse/verdict.h"
#include "base/array.h"
#include "base/error.h"
#include "base/text.h"

/* A ratio is written with 17 digits. */
#define RATIO_ERROR 1e-12

typedef struct audit {
    const json_t *document;
    const gf_saved_report *report;
    gf_notes *faults;
    gf_error *error;
    gf_status status;
    gf_device_info *infos; /* one for each result */
    char (*chips)[160];
    char (*labels)[160];
} audit;

static void GF_PRINTF(2, 3) find_fault(audit *of, const char *format, ...) {
    char text[400];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    gf_flatten_text(text);
    if (of->status == GF_OK)
        of->status = gf_notes_add(of->faults, of->error, "report.json: %s", text);
}

static const json_t *result_at(const audit *of, size_t index) {
    return json_array_get(json_object_get(of->document, "results"), index);
}

static bool is_ok(const audit *of, size_t index) {
    return strcmp(of->report->results[index].status, "ok") == 0;
}

/* ---- Samples ----------------------------------------------------------- */

static void check_count(audit *of, size_t index, const char *time, const char *key,
                        const json_t *entry, uint64_t right) {
    const json_t *stated = json_object_get(entry, key);
    if (json_is_integer(stated) && json_integer_value(stated) == (json_int_t)right)
        return;
    find_fault(of, "%s of %s of %s is said to be %lld, but by its samples it is %llu", key, time,
               of->labels[index], (long long)json_integer_value(stated), (unsigned long long)right);
}

static void check_time(audit *of, size_t index, size_t time) {
    const json_t *result = result_at(of, index);
    const char *name = gf_saved_time_name(time);
    const json_t *entry = time == GF_SAVED_PIPELINED
                              ? json_object_get(result, "pipelined")
                              : json_object_get(json_object_get(result, "phases"), name);
    const gf_samples *samples = &of->report->results[index].times[time];
    if (samples->count == 0)
        return;
    const gf_statistics statistics = gf_samples_statistics(samples);
    check_count(of, index, name, "median_ns", entry, statistics.median_ns);
    check_count(of, index, name, "min_ns", entry, statistics.min_ns);
    check_count(of, index, name, "max_ns", entry, statistics.max_ns);
}

/* Each round trip's phases add up to its total. */
static void check_sums(audit *of, size_t index) {
    const gf_samples *times = of->report->results[index].times;
    const gf_samples *total = &times[GF_PHASE_TOTAL];
    for (uint32_t i = 0; i < total->count; i++) {
        uint64_t sum = 0;
        for (size_t phase = GF_PHASE_H2D; phase < GF_PHASE_TOTAL; phase++) {
            if (times[phase].count != total->count) {
                find_fault(of, "%s has %u samples of %s and %u of total", of->labels[index],
                           times[phase].count, gf_saved_time_name(phase), total->count);
                return;
            }
            sum += times[phase].ns[i];
        }
        if (sum == total->ns[i])
            continue;
        find_fault(of, "the phases of round trip %u of %s add up to %llu ns, its total is %llu ns",
                   i, of->labels[index], (unsigned long long)sum, (unsigned long long)total->ns[i]);
        return;
    }
}

/* ---- Results ----------------------------------------------------------- */

static gf_statistics best_of(const audit *of, size_t index) {
    const gf_samples *times = of->report->results[index].times;
    const gf_statistics serial = gf_samples_statistics(&times[GF_PHASE_TOTAL]);
    const gf_statistics pipelined = gf_samples_statistics(&times[GF_SAVED_PIPELINED]);
    return pipelined.count > 0 && pipelined.median_ns < serial.median_ns ? pipelined : serial;
}

static void check_verified(audit *of, size_t index) {
    const json_t *verification = json_object_get(result_at(of, index), "verification");
    const double compared = json_number_value(json_object_get(verification, "compared"));
    const double wrong = json_number_value(json_object_get(verification, "mismatches"));
    const double share =
        json_number_value(json_object_get(verification, "differing_share_allowed"));
    if (!(compared > 0))
        find_fault(of, "%s is said to be ok, but nothing of it was compared", of->labels[index]);
    else if (wrong > share * compared)
        find_fault(of, "%s is said to be ok, but %g of %g elements differ", of->labels[index],
                   wrong, compared);
    if (json_is_false(json_object_get(verification, "known_checksum_holds")))
        find_fault(of, "%s is said to be ok, but its checksum is not the known one",
                   of->labels[index]);
}

static void check_ok(audit *of, size_t index) {
    const gf_samples *times = of->report->results[index].times;
    const char *schedule = json_string_value(json_object_get(result_at(of, index), "schedule"));
    const bool pipelined =
        best_of(of, index).median_ns < gf_samples_statistics(&times[GF_PHASE_TOTAL]).median_ns;
    for (size_t time = 0; time < GF_SAVED_TIMES; time++)
        check_time(of, index, time);
    check_sums(of, index);
    check_verified(of, index);
    if (schedule == NULL || strcmp(schedule, pipelined ? "pipelined" : "serial") != 0)
        find_fault(of, "%s is compared by the schedule %.40s, which is the slower one",
                   of->labels[index], schedule == NULL ? "null" : schedule);
}

/* What is not verified has no time. */
static void check_not_ok(audit *of, size_t index) {
    static const char *const statuses[] = {"unsupported", "failed", "mismatch"};
    const json_t *result = result_at(of, index);
    bool known = false;
    for (size_t i = 0; i < GF_COUNT_OF(statuses); i++)
        known = known || strcmp(of->report->results[index].status, statuses[i]) == 0;
    if (!known)
        find_fault(of, "%s has the unknown status %.40s", of->labels[index],
                   of->report->results[index].status);
    if (!json_is_null(json_object_get(result, "phases")) ||
        !json_is_null(json_object_get(result, "checksum")))
        find_fault(of, "%s is not ok and has numbers nevertheless", of->labels[index]);
}

/* ---- The verdict ------------------------------------------------------- */

static gf_device_class class_of(const char *kind) {
    const char *end = strrchr(kind, '-');
    if (end == NULL)
        return GF_CLASS_NATIVE;
    return strcmp(end, "-gpu") == 0   ? GF_CLASS_GPU
           : strcmp(end, "-cpu") == 0 ? GF_CLASS_CPU
                                      : GF_CLASS_ACCELERATOR;
}

/* The first result of the same device stands for it. */
static const void *device_of(const audit *of, size_t index) {
    size_t first = 0;
    while (strcmp(of->report->results[first].id, of->report->results[index].id) != 0)
        first++;
    return &of->report->results[first];
}

static gf_rank_row row_at(const gf_rank_rows *rows, size_t index) {
    const audit *of = rows->source;
    const gf_samples *kernel = &of->report->results[index].times[GF_PHASE_KERNEL];
    const bool ok = is_ok(of, index);
    return (gf_rank_row){.label = of->labels[index],
                         .device = device_of(of, index),
                         .info = &of->infos[index],
                         .kernel_ns = ok ? (double)gf_samples_statistics(kernel).median_ns : 0,
                         .total_ns = ok ? (double)best_of(of, index).median_ns : 0,
                         .ok = ok,
                         .is_gpu = of->infos[index].device_class == GF_CLASS_GPU};
}

static void check_name(audit *of, const char *key, size_t right) {
    const char *stated =
        json_string_value(json_object_get(json_object_get(of->document, "verdict"), key));
    const char *label = right < of->report->result_count ? of->labels[right] : NULL;
    if ((stated == NULL) != (label == NULL) || (label != NULL && strcmp(stated, label) != 0))
        find_fault(of, "the verdict's %s is %.80s, but by the samples it is %s", key,
                   stated == NULL ? "none" : stated, label == NULL ? "none" : label);
}

static void check_flag(audit *of, const char *key, bool right) {
    const json_t *stated = json_object_get(json_object_get(of->document, "verdict"), key);
    if (!json_is_boolean(stated) || json_is_true(stated) != right)
        find_fault(of, "the verdict's %s must be %s by the samples", key, right ? "true" : "false");
}

static bool is_busy(const audit *of) {
    bool busy = false;
    for (size_t i = 0; i < of->report->result_count; i++)
        busy = busy || (is_ok(of, i) &&
                        gf_are_disturbed(of->report->results[i].disturbed,
                                         of->report->results[i].times[GF_PHASE_TOTAL].count));
    return busy;
}

static void check_ratio(audit *of, const gf_ranking *ranking, bool busy) {
    const size_t count = of->report->result_count;
    const bool both = ranking->winner < count && ranking->runner_up < count;
    gf_statistics fast = {0}, slow = {0};
    if (both) {
        fast = best_of(of, ranking->winner);
        slow = best_of(of, ranking->runner_up);
    }
    const double right = both && !busy ? (double)slow.median_ns / (double)fast.median_ns : 0;
    const double stated =
        json_number_value(json_object_get(json_object_get(of->document, "verdict"), "ratio"));
    if (!(fabs(stated - right) <= RATIO_ERROR * fabs(right)))
        find_fault(of, "the verdict's ratio is %.6g, but by the samples it is %.6g", stated, right);
    check_flag(of, "too_close", both && (busy || gf_are_too_close(&fast, &slow)));
}

/* On a busy machine no device is named. */
static void check_verdict(audit *of) {
    const gf_rank_rows rows = {.count = of->report->result_count, .at = row_at, .source = of};
    const gf_ranking ranking = gf_rank(&rows);
    const bool busy = is_busy(of);
    check_name(of, "winner", busy ? rows.count : ranking.winner);
    check_name(of, "runner_up", busy ? rows.count : ranking.runner_up);
    if (ranking.winner >= rows.count)
        return;
    check_ratio(of, &ranking, busy);
    check_flag(of, "busy", busy);
    check_flag(of, "gpu_evidence", ranking.gpu < rows.count);
}

/* ---- The report -------------------------------------------------------- */

static void describe(audit *of, size_t index) {
    const gf_saved_result *result = &of->report->results[index];
    const char *chip =
        json_string_value(json_object_get(json_object_get(result_at(of, index), "device"), "chip"));
    gf_text label = gf_text_in(of->labels[index], sizeof of->labels[index]);
    gf_text_add(&label, "%s:%s", result->id, result->variant);
    gf_text copy = gf_text_in(of->chips[index], sizeof of->chips[index]);
    gf_text_add(&copy, "%s", chip == NULL ? "" : chip);
    of->infos[index] = (gf_device_info){.id = result->id,
                                        .name = result->name,
                                        .kind = result->kind,
                                        .chip = of->chips[index],
                                        .device_class = class_of(result->kind)};
}

static void check_all(audit *of) {
    for (size_t i = 0; i < of->report->result_count; i++)
        describe(of, i);
    for (size_t i = 0; i < of->report->result_count; i++) {
        if (is_ok(of, i))
            check_ok(of, i);
        else
            check_not_ok(of, i);
    }
    check_verdict(of);
}

gf_status gf_report_audit(const json_t *document, const gf_saved_report *report, gf_notes *faults,
                          gf_error *error) {
    const size_t count = report->result_count;
    audit of = {.document = document,
                .report = report,
                .faults = faults,
                .error = error,
                .infos = calloc(count, sizeof *of.infos),
                .chips = calloc(count, sizeof *of.chips),
                .labels = calloc(count, sizeof *of.labels)};
    if (of.infos == NULL || of.chips == NULL || of.labels == NULL)
        of.status = gf_error_no_memory(error, "a report", count * sizeof *of.chips);
    else
        check_all(&of);
    free(of.infos);
    free(of.chips);
    free(of.labels);
    return of.status;
}
