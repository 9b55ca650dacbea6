/* Advice for people: tables, checklist, notes and verdict, as text, Markdown or CSV. */
#include <stdlib.h>
#include <string.h>

#include "advise/advice.h"
#include "advise/advice_check.h"
#include "advise/advice_flips.h"
#include "advise/advice_text.h"
#include "base/error.h"
#include "base/stream.h"
#include "problem/problem.h"
#include "report/predicted/advice_json.h"
#include "report/predicted/divergence_report.h"
#include "report/report.h"
#include "report/table.h"
#include "stats/confidence.h"
#include "report/report_checklist.h"

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

/* ---- The predicted ledger ---------------------------------------------- */

static const gf_candidate *row_of(const void *context, size_t row) {
    return &((const gf_advice *)context)->candidates->items[row];
}

static gf_cell get_label(const void *context, size_t row, int tag) {
    (void)tag;
    return gf_cell_text(row_of(context, row)->label);
}

static gf_cell get_kind(const void *context, size_t row, int tag) {
    (void)tag;
    const gf_candidate *item = row_of(context, row);
    return gf_cell_text(item->profile == NULL ? NULL : item->profile->kind);
}

static gf_cell get_model(const void *context, size_t row, int tag) {
    (void)tag;
    return gf_cell_text(row_of(context, row)->device == NULL ? "modelled" : NULL);
}

static gf_cell get_phase(const void *context, size_t row, int tag) {
    const gf_prediction *prediction = &row_of(context, row)->prediction;
    return prediction->possible ? gf_cell_number(prediction->phases[tag].value) : GF_NO_CELL;
}

static gf_cell get_low(const void *context, size_t row, int tag) {
    const gf_prediction *prediction = &row_of(context, row)->prediction;
    return prediction->possible ? gf_cell_number(prediction->phases[tag].low) : GF_NO_CELL;
}

static gf_cell get_high(const void *context, size_t row, int tag) {
    const gf_prediction *prediction = &row_of(context, row)->prediction;
    return prediction->possible ? gf_cell_number(prediction->phases[tag].high) : GF_NO_CELL;
}

static gf_cell get_fare(const void *context, size_t row, int tag) {
    (void)tag;
    const gf_prediction *prediction = &row_of(context, row)->prediction;
    double ns[GF_PHASE_COUNT];
    for (gf_phase phase = 0; phase < GF_PHASE_COUNT; phase++)
        ns[phase] = prediction->phases[phase].value;
    return prediction->possible ? gf_cell_number(gf_fare_share(ns)) : GF_NO_CELL;
}

enum { SPEEDUP_VALUE, SPEEDUP_LOW, SPEEDUP_HIGH };

static gf_cell get_speedup(const void *context, size_t row, int tag) {
    const gf_advice *advice = context;
    const size_t baseline = advice->verdict.ranking.baseline;
    const gf_prediction *own = &row_of(context, row)->prediction;
    if (!own->possible || baseline == advice->candidates->count)
        return GF_NO_CELL;
    if (baseline == row)
        return tag == SPEEDUP_VALUE ? gf_cell_number(1) : GF_NO_CELL;
    const gf_interval ratio =
        gf_predict_speedup(own, &advice->candidates->items[baseline].prediction);
    return gf_cell_number(tag == SPEEDUP_VALUE ? ratio.value
                          : tag == SPEEDUP_LOW ? ratio.low
                                               : ratio.high);
}

static gf_cell get_points(const void *context, size_t row, int tag) {
    (void)tag;
    return gf_cell_number(row_of(context, row)->prediction.case_count);
}

static const gf_column ledger_columns[] = {
    {"device", "device", GF_CELL_TEXT, get_label, 0},
    {"kind", "kind", GF_CELL_TEXT, get_kind, 0},
    {"", "modelled", GF_CELL_TEXT, get_model, 0},
    {"total ms", "total_ns", GF_CELL_MS, get_phase, GF_PHASE_TOTAL},
    {"low", "total_low_ns", GF_CELL_MS, get_low, GF_PHASE_TOTAL},
    {"high", "total_high_ns", GF_CELL_MS, get_high, GF_PHASE_TOTAL},
    {"h2d", "h2d_ns", GF_CELL_MS, get_phase, GF_PHASE_H2D},
    {"launch", "launch_ns", GF_CELL_MS, get_phase, GF_PHASE_LAUNCH},
    {"kernel", "kernel_ns", GF_CELL_MS, get_phase, GF_PHASE_KERNEL},
    {"low", "kernel_low_ns", GF_CELL_MS, get_low, GF_PHASE_KERNEL},
    {"high", "kernel_high_ns", GF_CELL_MS, get_high, GF_PHASE_KERNEL},
    {"d2h", "d2h_ns", GF_CELL_MS, get_phase, GF_PHASE_D2H},
    {"alloc", "alloc_ns", GF_CELL_MS, get_phase, GF_PHASE_ALLOC},
    {"fare", "fare_share", GF_CELL_SHARE, get_fare, 0},
    {"speed-up", "speedup", GF_CELL_RATIO, get_speedup, SPEEDUP_VALUE},
    {"low", "speedup_low", GF_CELL_RATIO, get_speedup, SPEEDUP_LOW},
    {"high", "speedup_high", GF_CELL_RATIO, get_speedup, SPEEDUP_HIGH},
    {"cases", "points", GF_CELL_COUNT, get_points, 0},
};

static void write_ledger(const gf_advice *advice, gf_format format, bool colour, FILE *stream) {
    const gf_problem *problem = advice->comparison->problem;
    const gf_candidates *candidates = advice->candidates;
    const size_t baseline = advice->verdict.ranking.baseline;
    char title[320];
    snprintf(
        title, sizeof title,
        "Predicted ledger in %s, %s math, in ms: nothing ran at this size (%.0f %% intervals; h2d "
        "+ launch + kernel + d2h = total; speed-up in total time against %s)",
        gf_precision_name(problem->precision), gf_math_choices[problem->math], 100 * GF_CONFIDENCE,
        baseline < candidates->count ? candidates->items[baseline].label : "nothing");
    const gf_table table = {title, ledger_columns, COUNT_OF(ledger_columns), advice,
                            candidates->count};
    gf_table_write(&table, format, colour, stream);
    if (format != GF_FORMAT_CSV)
        fputc('\n', stream);
}

/* ---- The roofline ------------------------------------------------------ */

enum { ROOF_INTENSITY, ROOF_NS, ROOF_SHARE };

static gf_cell get_roof(const void *context, size_t row, int tag) {
    const gf_prediction *prediction = &row_of(context, row)->prediction;
    const gf_roofline *roof = &prediction->roofline;
    if (!prediction->possible || roof->ceiling == NULL)
        return GF_NO_CELL;
    return gf_cell_number(tag == ROOF_INTENSITY ? roof->intensity
                          : tag == ROOF_NS      ? roof->ceiling_ns
                                                : roof->share);
}

static gf_cell get_ceiling(const void *context, size_t row, int tag) {
    (void)tag;
    const gf_prediction *prediction = &row_of(context, row)->prediction;
    return gf_cell_text(prediction->possible ? prediction->roofline.ceiling : NULL);
}

static const gf_column roof_columns[] = {
    {"device", "device", GF_CELL_TEXT, get_label, 0},
    {"operations/byte", "intensity", GF_CELL_REAL, get_roof, ROOF_INTENSITY},
    {"ceiling", "ceiling", GF_CELL_TEXT, get_ceiling, 0},
    {"at the ceiling ms", "ceiling_ns", GF_CELL_MS, get_roof, ROOF_NS},
    {"reached", "ceiling_share", GF_CELL_SHARE, get_roof, ROOF_SHARE},
};

/* Profiles without ceilings have no roof. */
static void write_roofline(const gf_advice *advice, gf_format format, bool colour, FILE *stream) {
    bool any = false;
    for (size_t i = 0; i < advice->candidates->count; i++)
        any = any || get_ceiling(advice, i, 0).has;
    if (!any)
        return;
    const gf_table table = {"Roofline: the lowest ceiling of each device, and the share of it that "
                            "the kernel should reach",
                            roof_columns, COUNT_OF(roof_columns), advice,
                            advice->candidates->count};
    gf_table_write(&table, format, colour, stream);
    fputc('\n', stream);
}

/* ---- The checklist ----------------------------------------------------- */

static gf_status write_checklist(const gf_advice *advice, const gf_report_style *style,
                                 gf_format format, FILE *stream, gf_error *error) {
    const size_t most = advice->candidates->count * GF_CRITERION_COUNT;
    gf_criterion_row *rows = calloc(most + 1, sizeof *rows);
    if (rows == NULL)
        return gf_error_no_memory(error, "the checklist", (most + 1) * sizeof *rows);
    const gf_rank_rows candidates = gf_rank_rows_of_candidates(advice->candidates, NULL);
    size_t count = 0;
    for (size_t i = 0; i < advice->candidates->count; i++) {
        if (!style->verbose && !gf_rank_stands_for_device(&candidates, i))
            continue;
        memcpy(&rows[count], &advice->criteria[i * GF_CRITERION_COUNT],
               GF_CRITERION_COUNT * sizeof *rows);
        count += GF_CRITERION_COUNT;
    }
    gf_write_criteria(rows, count, format, style->colour, stream);
    free(rows);
    return GF_OK;
}

/* ---- Notes ------------------------------------------------------------- */

static void write_contender_notes(const gf_candidate *item, bool verbose, gf_format format,
                                  FILE *stream) {
    char text[384];
    if (!item->prediction.possible)
        gf_write_note(format, item->label, item->prediction.why_not, stream);
    else if (item->prediction.beyond)
        gf_write_note(format, item->label,
                      "the problem lies outside the range of the measured cases; the interval is "
                      "wider for it",
                      stream);
    if (item->device == NULL && item->profile != NULL) {
        snprintf(text, sizeof text, "modelled: %.100s, as measured on %.200s", item->name,
                 item->profile->machine);
        gf_write_note(format, item->label, text, stream);
    }
    if (verbose && item->device != NULL) {
        snprintf(text, sizeof text, "%.120s (%.150s)", item->name, item->why);
        gf_write_note(format, item->label, text, stream);
    }
}

static void write_ledger_notes(const gf_advice *advice, gf_format format, FILE *stream) {
    char text[320];
    if (advice->log != NULL && advice->log->discarded[0] != '\0') {
        snprintf(text, sizeof text, "what was kept is damaged (%s); begun anew",
                 advice->log->discarded);
        gf_write_note(format, "ledger of errors", text, stream);
    }
    if (!advice->log_saved)
        gf_write_note(format, "ledger of errors", "it could not be kept", stream);
}

/* They are the same for every device. */
static void write_sources(const gf_advice *advice, gf_format format, FILE *stream) {
    char text[512];
    size_t used = 0;
    for (size_t i = 0; advice->candidates->count > 0 && i < GF_CRITERION_COUNT; i++) {
        const gf_criterion_result *check = &advice->criteria[i].result;
        if (used < sizeof text)
            used += (size_t)snprintf(text + used, sizeof text - used, "%s%s from %s",
                                     i == 0 ? "" : ". ", gf_criterion_name(check->criterion),
                                     check->source);
    }
    if (used > 0)
        gf_write_note(format, "checklist", text, stream);
}

static void write_notes(const gf_advice *advice, bool verbose, gf_format format, FILE *stream) {
    const gf_candidates *candidates = advice->candidates;
    const gf_session *session = advice->comparison->session;
    fputs(format == GF_FORMAT_MARKDOWN ? "**Notes**\n\n" : "Notes\n", stream);
    for (size_t i = 0; i < candidates->notes.count; i++)
        gf_write_note(format, "profile", candidates->notes.lines[i], stream);
    for (size_t i = 0; i < candidates->count; i++)
        write_contender_notes(&candidates->items[i], verbose, format, stream);
    for (size_t i = 0; i < session->warnings.count; i++)
        gf_write_note(format, "not used", session->warnings.lines[i], stream);
    write_sources(advice, format, stream);
    write_ledger_notes(advice, format, stream);
    fputc('\n', stream);
}

/* ---- The verdict ------------------------------------------------------- */

static void write_flips(const gf_advice *advice, bool markdown, FILE *stream) {
    const gf_flips *flips = &advice->flips;
    const char *lead = markdown ? "- what would flip it: " : "  what would flip it: ";
    char text[256];
    for (size_t i = 0; i < flips->count; i++) {
        gf_flip_format(advice->candidates, &flips->items[i], text, sizeof text);
        fprintf(stream, "%s%s\n", lead, text);
    }
    if (flips->unchanged[0] != '\0')
        fprintf(stream, "%swould not: %s\n", markdown ? "- " : "  ", flips->unchanged);
}

static void write_verdict(const gf_advice *advice, gf_format format, bool colour, FILE *stream) {
    const bool markdown = format == GF_FORMAT_MARKDOWN;
    char text[1024], gpu[512], trust[256], caution[512];
    gf_advice_format(advice, text, sizeof text);
    gf_advice_format_trust(advice, trust, sizeof trust);
    (void)gf_advice_has_gpu(advice, gpu, sizeof gpu);
    fprintf(stream,
            markdown ? "**Verdict (predicted):** %s\n\n"
            : colour ? "\033[1mVerdict (predicted)\033[0m: %s\n"
                     : "Verdict (predicted): %s\n",
            text);
    fprintf(stream, "%s%s\n", markdown ? "- " : "  ", trust);
    if (gf_candidates_caution(advice->candidates, advice->comparison->problem->params, caution,
                              sizeof caution))
        fprintf(stream, "%s%s\n", markdown ? "- " : "  ", caution);
    if (gpu[0] != '\0')
        fprintf(stream, "%s%s\n", markdown ? "- " : "  ", gpu);
    write_flips(advice, markdown, stream);
}

/* ---- The whole --------------------------------------------------------- */

gf_status gf_advice_report(const gf_advice *advice, gf_format format, const gf_report_style *style,
                           FILE *stream, gf_error *error) {
    if (format == GF_FORMAT_JSON)
        return gf_advice_report_json(advice, style->schema, stream, error);
    if (format == GF_FORMAT_CSV) {
        write_ledger(advice, format, false, stream);
        return gf_check_stream(stream, error);
    }
    gf_write_heading(advice->comparison->problem, format, stream);
    write_ledger(advice, format, style->colour, stream);
    write_roofline(advice, format, style->colour, stream);
    gf_status status = write_checklist(advice, style, format, stream, error);
    if (status != GF_OK)
        return status;
    write_notes(advice, style->verbose, format, stream);
    write_verdict(advice, format, style->colour, stream);
    if (advice->review != NULL)
        status = gf_advice_review_write(advice, format, style->colour, stream, error);
    if (advice->divergence != NULL) {
        fputc('\n', stream);
        gf_divergence_write(advice->divergence, format, style->colour, stream);
    }
    return status == GF_OK ? gf_check_stream(stream, error) : status;
}
