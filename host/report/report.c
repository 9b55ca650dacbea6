/* Reports for people, as text or Markdown: the tables, the notes, the checklist and the verdict. */
#include "report/report.h"

#include <stdlib.h>
#include <string.h>

#include "analyse/ranking.h"
#include "analyse/verdict.h"
#include "base/entry.h"
#include "base/error.h"
#include "base/stream.h"
#include "device/session.h"
#include "measure/tuning.h"
#include "report/report_checklist.h"
#include "report/report_json.h"
#include "report/report_tables.h"

const char *gf_outcome_name(gf_outcome outcome) {
    static const char *const names[] = {"ok", "unsupported", "failed", "mismatch"};
    return names[outcome];
}

const char *gf_build_state_name(gf_build_state state) {
    return state == GF_BUILD_COLD ? "cold" : state == GF_BUILD_WARM ? "warm" : NULL;
}

/* ---- The pieces of the report ------------------------------------------ */

void gf_write_heading(const gf_problem *problem, gf_format format, FILE *stream) {
    const gf_workload *workload = problem->workload;
    fprintf(stream, format == GF_FORMAT_MARKDOWN ? "## %s: " : "%s: ", workload->name);
    for (uint32_t i = 0; i < workload->param_count; i++)
        fprintf(stream, "%s%s %s", i == 0 ? "" : ", ", workload->params[i].name,
                gf_params_text(problem->params, workload->params[i].name));
    fputs("\n\n", stream);
}

void gf_verification_format(const gf_comparison *comparison, char *text, size_t room) {
    const gf_result *proved = NULL;
    for (size_t i = 0; proved == NULL && i < comparison->result_count; i++) {
        if (gf_was_verified(comparison->results[i]))
            proved = comparison->results[i];
    }
    if (proved == NULL) {
        snprintf(text, room, "nothing ran, so nothing was verified");
        return;
    }
    const gf_verification *verification = &proved->verification;
    char how[160], known[96] = "";
    if (verification->sampled)
        snprintf(how, sizeof how,
                 "sampled: %u parts, %llu elements, each recomputed by the scalar reference",
                 verification->sample_count, (unsigned long long)verification->difference.compared);
    else
        snprintf(how, sizeof how, "every element of every run, against the scalar reference");
    if (verification->has_known_answer)
        snprintf(known, sizeof known, "; known answer %.17g", verification->known_answer.checksum);
    snprintf(text, room, "%s%s; %s; outputs poisoned before each run", how, known,
             verification->tolerance_note == NULL ? "equal to the bit"
                                                  : verification->tolerance_note);
}

void gf_write_note(gf_format format, const char *label, const char *text, FILE *stream) {
    fprintf(stream, format == GF_FORMAT_MARKDOWN ? "- %s: %s\n" : "  %s: %s\n", label, text);
}

static void write_spread_warning(const gf_result *result, gf_format format, FILE *stream) {
    const gf_statistics total = gf_result_phase(result, GF_PHASE_TOTAL);
    const double spread = gf_statistics_spread(&total);
    if (spread <= GF_WIDE_SPREAD)
        return;
    char text[160];
    snprintf(text, sizeof text,
             "warning: unsteady, half of the samples spread over %.0f %% of the median; close "
             "other programs or raise --min-time",
             spread * 100);
    gf_write_note(format, result->label, text, stream);
}

/* Said of every device that copies; in place is worth a word only to those who ask. */
static void write_transfer_note(const gf_result *result, bool verbose, gf_format format,
                                FILE *stream) {
    char text[96];
    if (result->outcome != GF_OUTCOME_OK || (result->in_place && !verbose))
        return;
    snprintf(text, sizeof text,
             result->in_place ? "transfers %s, no copies" : "transfers from and to %s host memory",
             result->host_memory);
    gf_write_note(format, result->label, text, stream);
}

static void write_pipelined_note(const gf_result *result, gf_format format, FILE *stream) {
    const gf_statistics pipelined = gf_samples_statistics(&result->ledger.pipelined);
    if (pipelined.count == 0)
        return;
    char text[128];
    snprintf(text, sizeof text,
             "pipelined: %.3f ms, %.2f x the longest of upload, kernel and download",
             (double)pipelined.median_ns * 1e-6,
             (double)pipelined.median_ns / (double)gf_ledger_longest_ns(&result->ledger));
    gf_write_note(format, result->label, text, stream);
}

static void write_result_notes(const gf_result *result, bool verbose, gf_format format,
                               FILE *stream) {
    char text[640];
    if (result->note[0] != '\0' || result->why[0] != '\0') {
        snprintf(text, sizeof text, "%s%s%s (%s)", result->device->info.name,
                 result->note[0] == '\0' ? "" : "; ", result->note, result->why);
        gf_write_note(format, result->label, text, stream);
    }
    if (result->outcome == GF_OUTCOME_OK && result->ledger.clock_trouble != NULL) {
        snprintf(text, sizeof text, "device times not used: %s; kernel is the host's clock",
                 result->ledger.clock_trouble);
        gf_write_note(format, result->label, text, stream);
    }
    gf_tuning_format(&result->tuning, text, sizeof text);
    if (result->outcome == GF_OUTCOME_OK && text[0] != '\0')
        gf_write_note(format, result->label, text, stream);
    write_transfer_note(result, verbose, format, stream);
    write_pipelined_note(result, format, stream);
    write_spread_warning(result, format, stream);
    if (result->png_path != NULL)
        gf_write_note(format, result->label, result->png_path, stream);
    if (result->difference_path != NULL)
        gf_write_note(format, result->label, result->difference_path, stream);
}

/* What the first verified result answers: the others say the same, or they would not be verified.
 */
static void write_answer(const gf_comparison *comparison, gf_format format, FILE *stream) {
    for (size_t i = 0; i < comparison->result_count; i++) {
        if (comparison->results[i]->answer[0] != '\0') {
            gf_write_note(format, "answer", comparison->results[i]->answer, stream);
            return;
        }
    }
}

static void write_notes(const gf_comparison *comparison, bool verbose, gf_format format,
                        FILE *stream) {
    char text[320];
    fputs(format == GF_FORMAT_MARKDOWN ? "**Notes**\n\n" : "Notes\n", stream);
    write_answer(comparison, format, stream);
    gf_verification_format(comparison, text, sizeof text);
    gf_write_note(format, "verification", text, stream);
    if (comparison->has_f64_difference) {
        snprintf(text, sizeof text, "%llu of %llu elements differ from those of f64, by up to %.3g",
                 (unsigned long long)comparison->f64_difference.mismatches,
                 (unsigned long long)comparison->f64_difference.compared,
                 comparison->f64_difference.max_abs_error);
        gf_write_note(format, "f32", text, stream);
    }
    for (size_t i = 0; i < comparison->result_count; i++)
        write_result_notes(comparison->results[i], verbose, format, stream);
    for (size_t i = 0; i < comparison->session->warnings.count; i++)
        gf_write_note(format, "not used", comparison->session->warnings.lines[i], stream);
    fputc('\n', stream);
}

/* ---- The checklist ----------------------------------------------------- */

static void add_checks(const gf_comparison *comparison, const gf_result *result,
                       gf_criterion_row *rows, size_t *count) {
    for (gf_criterion criterion = 0; criterion < GF_CRITERION_COUNT; criterion++) {
        gf_criterion_row *row = &rows[(*count)++];
        row->label = result->label;
        gf_criterion_evaluate(comparison, result, criterion, &row->result);
    }
}

static gf_status write_checklist(const gf_comparison *comparison, const gf_report_style *style,
                                 gf_format format, FILE *stream, gf_error *error) {
    const size_t most = comparison->result_count * GF_CRITERION_COUNT;
    gf_criterion_row *rows = calloc(most + 1, sizeof *rows);
    if (rows == NULL)
        return gf_error_no_memory(error, "the checklist", (most + 1) * sizeof *rows);
    const gf_rank_rows results = gf_rank_rows_of_comparison(comparison);
    size_t count = 0;
    for (size_t i = 0; i < comparison->result_count; i++) {
        if (style->verbose || gf_rank_stands_for_device(&results, i))
            add_checks(comparison, comparison->results[i], rows, &count);
    }
    gf_write_criteria(rows, count, format, style->colour, stream);
    free(rows);
    return GF_OK;
}

static void write_verdict(const gf_comparison *comparison, gf_format format, bool colour,
                          FILE *stream) {
    gf_verdict verdict;
    gf_verdict_reach(comparison, &verdict);
    const bool markdown = format == GF_FORMAT_MARKDOWN;
    fprintf(stream,
            markdown ? "**Verdict:** %s\n"
            : colour ? "\033[1mVerdict\033[0m: %s\n"
                     : "Verdict: %s\n",
            verdict.text);
    if (verdict.flips_when[0] != '\0')
        fprintf(stream, markdown ? "\n**What would flip it:** %s\n" : "  what would flip it: %s\n",
                verdict.flips_when);
}

/* ---- The whole --------------------------------------------------------- */

gf_status gf_comparison_report(const gf_comparison *comparison, gf_format format,
                               const gf_report_style *style, FILE *stream, gf_error *error) {
    GF_ENTER(error);
    if (format == GF_FORMAT_JSON)
        return gf_comparison_report_json(comparison, style->schema, stream, error);
    if (format == GF_FORMAT_CSV) {
        gf_write_csv(comparison, stream);
        return gf_check_stream(stream, error);
    }
    gf_write_heading(comparison->problem, format, stream);
    gf_write_comparison(comparison, format, style->colour, stream);
    gf_write_ledger(comparison, format, style->colour, stream);
    if (style->verbose)
        gf_write_phases(comparison, format, style->colour, stream);
    write_notes(comparison, style->verbose, format, stream);
    const gf_status status = write_checklist(comparison, style, format, stream, error);
    if (status != GF_OK)
        return status;
    write_verdict(comparison, format, style->colour, stream);
    return gf_check_stream(stream, error);
}
