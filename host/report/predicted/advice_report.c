/* Advice for people: tables, checklist, notes and verdict, as text, Markdown or CSV. */
#include "advise/advice.h"
#include "advise/advice_check.h"
#include "advise/advice_flips.h"
#include "advise/advice_text.h"
#include "analyse/payback.h"
#include "analyse/ranking.h"
#include "base/array.h"
#include "base/entry.h"
#include "base/text.h"
#include "report/bounded/bound_report.h"
#include "report/predicted/advice_json.h"
#include "report/predicted/divergence_report.h"
#include "report/predicted/roofline_figure.h"
#include "report/report_checklist.h"
#include "report/report_origin.h"
#include "report/report_text.h"
#include "report/table/table.h"
#include "stats/confidence.h"

/* ---- The predicted ledger and the roofline ----------------------------- */

static const gf_column ledger_columns[] = {
    {"device", "device", GF_CELL_TEXT, GF_MEANING_DEVICE},
    {"kind", "kind", GF_CELL_TEXT, "what reaches the device: native, or OpenCL"},
    {"", "modelled", GF_CELL_TEXT, NULL},
    {"total ms", "total_ns", GF_CELL_MS,
     "predicted: one round trip, data to the device, computing, results back"},
    {"low", "total_low_ns", GF_CELL_MS, "the interval of the number before: it should be above"},
    {"high", "total_high_ns", GF_CELL_MS, "and below this"},
    {"h2d", "h2d_ns", GF_CELL_MS, GF_MEANING_H2D},
    {"launch", "launch_ns", GF_CELL_MS, "starting kernels and waiting for them"},
    {"kernel", "kernel_ns", GF_CELL_MS, "computing"},
    {"low", "kernel_low_ns", GF_CELL_MS, "its interval: from here"},
    {"high", "kernel_high_ns", GF_CELL_MS, "to here"},
    {"d2h", "d2h_ns", GF_CELL_MS, GF_MEANING_D2H},
    {"alloc", "alloc_ns", GF_CELL_MS, GF_MEANING_ALLOC},
    {"fare", "fare_share", GF_CELL_SHARE, GF_MEANING_FARE},
    {"speed-up", "speedup", GF_CELL_RATIO,
     "how many times as fast as the denominator that the title names"},
    {"low", "speedup_low", GF_CELL_RATIO, "its interval: from here"},
    {"high", "speedup_high", GF_CELL_RATIO, "to here"},
    {"cases", "points", GF_CELL_COUNT, "measured small problems that the prediction starts from"},
    {"pipelined", "pipelined_ns", GF_CELL_MS,
     "a round trip with data on their way while others are computed"},
    {"low", "pipelined_low_ns", GF_CELL_MS, "its interval: from here"},
    {"high", "pipelined_high_ns", GF_CELL_MS, "to here"},
    {"build", "build_ns", GF_CELL_MS, "compiling the kernel, once"},
    {"ahead after", "ahead_after_calls", GF_CELL_COUNT,
     "calls until it has caught up with the denominator, build and alloc counted"},
    {"unexplained", "unexplained_ns", GF_CELL_MS, GF_MEANING_UNEXPLAINED},
};

static void add_phase(gf_table *table, const gf_prediction *prediction, gf_phase phase) {
    gf_table_number_if(table, prediction->possible, prediction->phases[phase].value);
}

static void add_interval(gf_table *table, bool has, const gf_interval *interval) {
    gf_table_number_if(table, has, interval->value);
    gf_table_number_if(table, has, interval->low);
    gf_table_number_if(table, has, interval->high);
}

static void add_fare(gf_table *table, const gf_prediction *prediction) {
    double ns[GF_PHASE_COUNT];
    for (gf_phase phase = 0; phase < GF_PHASE_COUNT; phase++)
        ns[phase] = prediction->phases[phase].value;
    gf_table_number_if(table, prediction->possible, gf_fare_share(ns));
}

/* `baseline` is the candidates' count if there is none. */
static void add_speedup(gf_table *table, const gf_candidates *candidates, size_t index,
                        size_t baseline) {
    gf_interval ratio = {.value = NAN};
    const bool has = gf_candidate_speedup(candidates, index, baseline, &ratio);
    gf_table_number_if(table, has, ratio.value);
    gf_table_number_if(table, has && index != baseline, ratio.low);
    gf_table_number_if(table, has && index != baseline, ratio.high);
}

static void add_candidate(gf_table *table, const gf_candidates *candidates, size_t index,
                          size_t baseline, gf_tone label_tone) {
    const gf_candidate *item = &candidates->items[index];
    const gf_prediction *prediction = &item->prediction;
    gf_table_text(table, item->label);
    gf_table_tone(table, label_tone);
    gf_table_text(table, item->profile == NULL ? NULL : item->profile->kind);
    gf_table_text(table, item->device == NULL ? "modelled" : NULL);
    add_interval(table, prediction->possible, &prediction->phases[GF_PHASE_TOTAL]);
    add_phase(table, prediction, GF_PHASE_H2D);
    add_phase(table, prediction, GF_PHASE_LAUNCH);
    add_interval(table, prediction->possible, &prediction->phases[GF_PHASE_KERNEL]);
    add_phase(table, prediction, GF_PHASE_D2H);
    gf_table_number_if(table, prediction->possible && prediction->phases[GF_PHASE_ALLOC].value > 0,
                       prediction->phases[GF_PHASE_ALLOC].value);
    add_fare(table, prediction);
    add_speedup(table, candidates, index, baseline);
    gf_table_number(table, prediction->case_count);
    add_interval(table, prediction->pipelined.value > 0, &prediction->pipelined);
    const uint64_t calls = gf_candidate_ahead(candidates, index, baseline);
    gf_table_number_if(table, prediction->possible && prediction->build_ns > 0,
                       prediction->build_ns);
    gf_table_number_if(table, calls > 0, (double)calls);
    add_phase(table, prediction, GF_PHASE_UNEXPLAINED);
}

/* Whether the verdict names a device as the fastest. */
static bool has_winner(const gf_advice *advice) {
    return advice->verdict.kind == GF_ADVICE_DEVICE || advice->verdict.kind == GF_ADVICE_SPLIT;
}

static gf_tone label_tone(const gf_advice *advice, size_t index) {
    if (!advice->candidates->items[index].prediction.possible)
        return GF_TONE_WARN;
    return has_winner(advice) && advice->verdict.ranking.winner == index ? GF_TONE_GOOD
                                                                         : GF_TONE_PLAIN;
}

static bool has_pipelined(const gf_candidates *candidates) {
    for (size_t i = 0; i < candidates->count; i++) {
        if (candidates->items[i].prediction.pipelined.value > 0)
            return true;
    }
    return false;
}

static gf_status write_ledger(const gf_advice *advice, const gf_writer *to, gf_error *error) {
    const gf_candidates *candidates = advice->candidates;
    const size_t baseline = advice->verdict.ranking.baseline;
    char title[512], arithmetic[64], denominator[128] = "nothing";
    if (baseline < candidates->count)
        gf_baseline_format_candidate(&candidates->items[baseline], denominator, sizeof denominator);
    gf_arithmetic_format(advice->comparison->problem, arithmetic, sizeof arithmetic);
    snprintf(title, sizeof title,
             "Predicted ledger in %s, in ms: nothing ran at this size (%.0f %% intervals; h2d + "
             "launch + kernel + d2h + unexplained = total; speed-up in total time%s against %s)",
             arithmetic, 100 * GF_CONFIDENCE,
             has_pipelined(candidates) ? ", or pipelined where that is shorter," : "", denominator);
    gf_table table = gf_table_begin(title, ledger_columns, GF_COUNT_OF(ledger_columns));
    table.stack = (gf_stack){GF_STACK_ROWS, 5, {6, 7, 8, 11, 23}}; /* h2d to d2h, unexplained */
    for (size_t i = 0; i < candidates->count; i++)
        add_candidate(&table, candidates, i, baseline, label_tone(advice, i));
    return gf_table_write_apart(&table, to, error);
}

static const gf_column roof_columns[] = {
    {"device", "device", GF_CELL_TEXT, GF_MEANING_DEVICE},
    {"operations/byte", "intensity", GF_CELL_REAL,
     "arithmetic for each byte that the kernel reads or writes"},
    {"ceiling", "ceiling", GF_CELL_TEXT,
     "what limits the kernel first: memory, cache or arithmetic"},
    {"at the ceiling ms", "ceiling_ns", GF_CELL_MS,
     "the least that it can take under this ceiling"},
    {"reached", "ceiling_share", GF_CELL_SHARE,
     "share of the ceiling that the predicted time reaches"},
};

static bool has_ceiling(const gf_prediction *prediction) {
    return prediction->possible && prediction->roofline.ceiling != NULL;
}

static bool has_any_ceiling(const gf_candidates *candidates) {
    for (size_t i = 0; i < candidates->count; i++) {
        if (has_ceiling(&candidates->items[i].prediction))
            return true;
    }
    return false;
}

/* Nothing if no profile has ceilings. */
static gf_status write_roofline(const gf_candidates *candidates, const gf_writer *to,
                                gf_error *error) {
    if (!has_any_ceiling(candidates))
        return GF_OK;
    gf_table table = gf_table_begin("Roofline: the lowest ceiling of each device, and the share of "
                                    "it that the kernel should reach",
                                    roof_columns, GF_COUNT_OF(roof_columns));
    for (size_t i = 0; i < candidates->count; i++) {
        const gf_prediction *prediction = &candidates->items[i].prediction;
        const gf_roofline *roof = &prediction->roofline;
        const bool has = has_ceiling(prediction);
        gf_table_text(&table, candidates->items[i].label);
        gf_table_number_if(&table, has, roof->intensity);
        gf_table_text(&table, has ? roof->ceiling : NULL);
        gf_table_number_if(&table, has, roof->ceiling_ns);
        gf_table_number_if(&table, has, roof->share);
    }
    return gf_table_write_apart(&table, to, error);
}

/* ---- The predictions compared with a run ------------------------------- */

static const gf_column review_columns[] = {
    {"device", "device", GF_CELL_TEXT, GF_MEANING_DEVICE},
    {"phase", "phase", GF_CELL_TEXT, GF_MEANING_PHASE},
    {"predicted ms", "predicted_ns", GF_CELL_MS, "what was predicted"},
    {"low", "low_ns", GF_CELL_MS, "its interval: from here"},
    {"high", "high_ns", GF_CELL_MS, "to here"},
    {"measured ms", "measured_ns", GF_CELL_MS, "what was then measured (median)"},
    {"error", "error", GF_CELL_SHARE, "predicted / measured - 1: below 0 it took longer"},
    {"interval", "interval", GF_CELL_TEXT, "whether the measured time is inside the interval"},
};

static void add_comparison(gf_table *table, const char *label, const char *what,
                           const gf_interval *predicted, double measured) {
    gf_table_text(table, label);
    gf_table_text(table, what);
    gf_table_number(table, predicted->value);
    gf_table_number(table, predicted->low);
    gf_table_number(table, predicted->high);
    gf_table_number(table, measured);
    gf_table_number(table, predicted->value / measured - 1);
    const bool inside = measured >= predicted->low && measured <= predicted->high;
    gf_table_text(table, inside ? "inside" : "outside");
    gf_table_tone(table, inside ? GF_TONE_PLAIN : GF_TONE_WARN);
}

static void add_review(gf_table *table, const gf_advice *advice, size_t index, gf_phase phase) {
    const gf_candidate *item = &advice->candidates->items[index];
    double measured = 0;
    if (gf_advice_compares(advice, index, phase, &measured))
        add_comparison(table, item->label, gf_phase_name(phase), &item->prediction.phases[phase],
                       measured);
}

static void add_pipelined_review(gf_table *table, const gf_advice *advice, size_t index) {
    const gf_candidate *item = &advice->candidates->items[index];
    const gf_interval *predicted = &item->prediction.pipelined;
    double measured = 0;
    if (gf_advice_compares_pipelined(advice, index, &measured))
        add_comparison(table, item->label, gf_schedule_name(GF_SCHEDULE_PIPELINED), predicted,
                       measured);
}

static gf_status write_review(const gf_advice *advice, const gf_writer *to, gf_error *error) {
    gf_table table =
        gf_table_begin("Predicted beside measured (medians; error: predicted / measured - 1)",
                       review_columns, GF_COUNT_OF(review_columns));
    table.key_count = 2;
    for (size_t i = 0; i < advice->candidates->count; i++) {
        for (gf_phase phase = 0; phase < GF_PHASE_COUNT; phase++)
            add_review(&table, advice, i, phase);
        add_pipelined_review(&table, advice, i);
    }
    fputc('\n', to->stream);
    const gf_status status = gf_table_write_apart(&table, to, error);
    gf_write_conclusion("Checked", advice->review->text, to);
    return status;
}

/* ---- Notes ------------------------------------------------------------- */

static void write_first_touch_note(const gf_candidate *item, const gf_estimate *estimate,
                                   const gf_writer *to) {
    if (item->profile == NULL || !item->prediction.possible)
        return;
    const gf_line *line =
        gf_profile_first_touch(item->profile, estimate->footprint / estimate->buffers);
    if (line->count > 0 && !gf_line_usable(line))
        gf_write_note(to, item->label,
                      "alloc is not known: first touches were %.0f %% off their line; calibrate it "
                      "again while other programs rest",
                      100 * line->spread);
}

/* "fits in 3 visits, fare 41 %; native:avx512 is 2.30 times as fast" */
static void write_visits_note(const gf_advice *advice, const gf_candidate *item,
                              const gf_writer *to) {
    const gf_prediction *prediction = &item->prediction;
    const size_t winner = advice->verdict.ranking.winner;
    char buffer[320];
    gf_text text = gf_text_in(buffer, sizeof buffer);
    if (!prediction->possible || prediction->visits.bands == 0)
        return;
    const gf_interval *phases = prediction->phases;
    const double fare =
        phases[GF_PHASE_H2D].value + phases[GF_PHASE_LAUNCH].value + phases[GF_PHASE_D2H].value;
    gf_text_add(
        &text, "fits in %llu visit%s, fare %.0f %%", (unsigned long long)prediction->visits.visits,
        prediction->visits.visits == 1 ? "" : "s", 100 * fare / phases[GF_PHASE_TOTAL].value);
    if (winner < advice->candidates->count && &advice->candidates->items[winner] != item) {
        const gf_candidate *fastest = &advice->candidates->items[winner];
        gf_text_add(&text, "; %s is %.2f times as fast", fastest->label,
                    phases[GF_PHASE_TOTAL].value / gf_prediction_best(&fastest->prediction).value);
    }
    gf_write_note(to, item->label, "%s", buffer);
}

static void write_candidate_notes(const gf_candidate *item, const gf_estimate *estimate,
                                  const gf_writer *to) {
    if (!item->prediction.possible)
        gf_write_note(to, item->label, "%s", item->prediction.why_not);
    else if (item->prediction.beyond)
        gf_write_note(to, item->label,
                      "the problem is outside the range of the measured cases, so its interval is "
                      "wider");
    if (item->prediction.bound)
        gf_write_note(to, item->label,
                      "sampling the work took too long: the times are the most that it can take, "
                      "and their intervals reach down to the least");
    write_first_touch_note(item, estimate, to);
    if (item->device == NULL && item->profile != NULL)
        gf_write_note(to, item->label, "modelled: %.100s, as measured on %.200s", item->name,
                      item->profile->machine);
    if (to->verbose && item->device != NULL)
        gf_write_note(to, item->label, "%.120s (%.150s)", item->name, item->why);
}

static void write_log_notes(const gf_advice *advice, const gf_writer *to) {
    if (advice->log != NULL && advice->log->discarded[0] != '\0')
        gf_write_note(to, "ledger of errors",
                      "the saved errors were damaged (%s) and are discarded",
                      advice->log->discarded);
    if (!advice->log_saved)
        gf_write_note(to, "ledger of errors", "it could not be saved");
}

/* The sources of the evidence, which are the same for every device. */
static void write_sources(const gf_advice *advice, const gf_writer *to) {
    char buffer[512];
    gf_text text = gf_text_in(buffer, sizeof buffer);
    for (size_t i = 0; advice->candidates->count > 0 && i < GF_CRITERION_COUNT; i++) {
        const gf_criterion_result *result = &advice->criteria[i].result;
        gf_text_add(&text, "%s%s from %s", i == 0 ? "" : ". ", gf_criterion_name(result->criterion),
                    result->source);
    }
    if (text.used > 0)
        gf_write_note(to, "checklist", "%s", buffer);
}

/* A profile was measured, and a prediction holds, with the cores that this process may use. */
static void write_limits(const gf_candidates *candidates, const gf_writer *to) {
    for (size_t i = 0; i < candidates->count; i++) {
        const gf_device *device = candidates->items[i].device;
        if (device == NULL || device->info.limits == NULL || device->info.limits[0] == '\0')
            continue;
        gf_write_note(to, "cores", "%s", device->info.limits);
        return;
    }
}

static void write_notes(const gf_advice *advice, const gf_writer *to) {
    const gf_candidates *candidates = advice->candidates;
    const gf_session *session = advice->comparison->session;
    fputs(to->format == GF_FORMAT_MARKDOWN ? "**Notes**\n\n" : "Notes\n", to->stream);
    for (size_t i = 0; i < candidates->notes.count; i++)
        gf_write_note(to, "profile", "%s", candidates->notes.lines[i]);
    write_limits(candidates, to);
    for (size_t i = 0; i < candidates->count; i++)
        write_candidate_notes(&candidates->items[i], &advice->estimate, to);
    for (size_t i = 0; i < candidates->count; i++)
        write_visits_note(advice, &candidates->items[i], to);
    for (size_t i = 0; i < session->warnings.count; i++)
        gf_write_note(to, "not used", "%s", session->warnings.lines[i]);
    write_sources(advice, to);
    write_log_notes(advice, to);
    fputc('\n', to->stream);
}

/* ---- The verdict and the report ---------------------------------------- */

static void write_flips(const gf_advice *advice, const char *mark, FILE *stream) {
    const gf_flips *flips = &advice->flips;
    char text[256];
    for (size_t i = 0; i < flips->count; i++) {
        gf_flip_format(advice->candidates, &flips->items[i], text, sizeof text);
        fprintf(stream, "%swhat would flip it: %s\n", mark, text);
    }
    if (flips->unchanged[0] != '\0')
        fprintf(stream, "%swould not flip it: %s\n", mark, flips->unchanged);
}

/* What the winner takes once, against the rival of the verdict, or the baseline where there is
 * none.
 */
static void write_payback(const gf_advice *advice, const char *mark, FILE *stream) {
    char text[320];
    gf_advice_format_payback(advice, text, sizeof text);
    if (text[0] != '\0')
        fprintf(stream, "%swhat it takes once: %s\n", mark, text);
}

static gf_tone verdict_tone(const gf_advice *advice) {
    if (advice->verdict.kind == GF_ADVICE_NONE)
        return GF_TONE_BAD;
    return has_winner(advice) ? GF_TONE_GOOD : GF_TONE_WARN;
}

/* The answer; below it how sure it is, and whether a GPU took part. */
static void write_verdict(const gf_advice *advice, const gf_writer *to) {
    char text[GF_VERDICT_TEXT], answer[GF_VERDICT_TEXT], gpu[512], buffer[GF_VERDICT_TEXT + 512];
    const size_t length = gf_advice_format(advice, text, sizeof text);
    const char *basis = text + length;
    gf_text next = gf_text_in(buffer, sizeof buffer);
    (void)gf_advice_has_gpu(advice, gpu, sizeof gpu);
    snprintf(answer, sizeof answer, "%.*s", (int)length, text);
    gf_text_add(&next, "%s", basis[0] == ' ' ? basis + 1 : basis);
    gf_text_add(&next, "%s%s", next.used > 0 && gpu[0] != '\0' ? " " : "", gpu);
    gf_write_verdict("Verdict (predicted)", answer, verdict_tone(advice), buffer, to);
}

/* What bounds the verdict, and what would flip it. */
static void write_limits_of_verdict(const gf_advice *advice, const gf_writer *to) {
    const bool markdown = to->format == GF_FORMAT_MARKDOWN;
    const char *mark = markdown ? "- " : "  ";
    char trust[320], caution[512], profile[896];
    gf_advice_format_trust(advice, trust, sizeof trust);
    fputs(markdown ? "**About this verdict**\n\n" : "About this verdict\n", to->stream);
    fprintf(to->stream, "%s%s\n", mark, trust);
    if (gf_candidates_caution(advice->candidates, advice->comparison->problem->params, caution,
                              sizeof caution))
        fprintf(to->stream, "%s%s%s%s\n", mark, gf_tone_begin(to, GF_TONE_WARN), caution,
                gf_tone_end(to, GF_TONE_WARN));
    gf_advice_format_measured(&advice->measured, profile, sizeof profile);
    if (profile[0] != '\0')
        fprintf(to->stream, "%sprofile: %s\n", mark, profile);
    write_flips(advice, mark, to->stream);
    write_payback(advice, mark, to->stream);
}

static gf_status write_tables(const gf_advice *advice, const gf_writer *to, gf_error *error) {
    const gf_rank_rows ranked = gf_rank_rows_of_candidates(advice->candidates, NULL);
    gf_status status = write_ledger(advice, to, error);
    if (status == GF_OK)
        status = write_roofline(advice->candidates, to, error);
    if (status == GF_OK)
        status = gf_roofline_figure(advice->candidates, to, error);
    if (status == GF_OK)
        status = gf_write_criteria(advice->criteria, &ranked, to, error);
    return status;
}

static gf_status write_for_people(const gf_advice *advice, const gf_writer *to, gf_error *error) {
    if (to->format == GF_FORMAT_MARKDOWN)
        gf_write_heading(advice->comparison->problem, to);
    write_verdict(advice, to);
    if (to->format != GF_FORMAT_MARKDOWN)
        gf_write_heading(advice->comparison->problem, to);
    gf_status status = write_tables(advice, to, error);
    if (status != GF_OK)
        return status;
    write_notes(advice, to);
    write_limits_of_verdict(advice, to);
    if (advice->review != NULL)
        status = write_review(advice, to, error);
    if (status == GF_OK && advice->bounds != NULL) {
        fputc('\n', to->stream);
        status = gf_bounds_write(advice->bounds, to, error);
    }
    if (status == GF_OK && advice->divergence != NULL) {
        fputc('\n', to->stream);
        status = gf_divergence_write(advice->divergence, to, error);
    }
    if (status == GF_OK)
        status = gf_write_origin(advice->comparison->session, true, to, error);
    return status;
}

/* Bounds are no predictions: they follow as a table of their own. */
static gf_status write_csv(const gf_advice *advice, const gf_writer *to, gf_error *error) {
    const gf_status status = write_ledger(advice, to, error);
    if (status != GF_OK || advice->bounds == NULL)
        return status;
    fputc('\n', to->stream);
    return gf_bounds_write_table(advice->bounds, to, error);
}

gf_status gf_advice_report(const gf_advice *advice, gf_format format, const gf_report_style *style,
                           FILE *stream, gf_error *error) {
    GF_ENTER(error);
    gf_writer to;
    gf_status status = gf_writer_begin(stream, format, style, &to, error);
    if (status != GF_OK)
        return status;
    if (format == GF_FORMAT_JSON)
        status = gf_advice_report_json(advice, &to, error);
    else if (format == GF_FORMAT_CSV)
        status = write_csv(advice, &to, error);
    else
        status = write_for_people(advice, &to, error);
    return gf_writer_end(&to, status, error);
}
