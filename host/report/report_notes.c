#include "report/report_notes.h"

#include "device/session.h"
#include "measure/tuning.h"
#include "report/report_text.h"

/* How the results were verified. */
static void format_verification(const gf_comparison *comparison, char *text, size_t room) {
    const gf_result *verified = NULL;
    for (size_t i = 0; verified == NULL && i < comparison->result_count; i++) {
        if (gf_was_verified(comparison->results[i]))
            verified = comparison->results[i];
    }
    if (verified == NULL) {
        snprintf(text, room, "nothing ran, so nothing was verified");
        return;
    }
    const gf_verification *verification = &verified->verification;
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

static void write_spread_warning(const gf_result *result, gf_format format, FILE *stream) {
    const double spread = gf_statistics_spread(&result->statistics[GF_PHASE_TOTAL]);
    if (spread <= GF_WIDE_SPREAD)
        return;
    char text[160];
    snprintf(text, sizeof text,
             "warning: unsteady, half of the samples spread over %.0f %% of the median; close "
             "other programs or measure for longer",
             spread * 100);
    gf_write_note(format, result->label, text, stream);
}

/* Transfers in place are the plain case, which only a verbose report mentions. */
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
    const gf_statistics *pipelined = &result->pipelined;
    if (pipelined->count == 0)
        return;
    char text[128];
    snprintf(text, sizeof text,
             "pipelined: %.3f ms, %.2f x the longest of upload, kernel and download",
             (double)pipelined->median_ns * 1e-6,
             (double)pipelined->median_ns / (double)gf_longest_phase_ns(result->statistics));
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

/* The answer of the first verified result; that of any other is the same. */
static void write_answer(const gf_comparison *comparison, gf_format format, FILE *stream) {
    for (size_t i = 0; i < comparison->result_count; i++) {
        if (comparison->results[i]->answer[0] != '\0') {
            gf_write_note(format, "answer", comparison->results[i]->answer, stream);
            return;
        }
    }
}

void gf_write_notes(const gf_comparison *comparison, bool verbose, gf_format format, FILE *stream) {
    char text[320];
    fputs(format == GF_FORMAT_MARKDOWN ? "**Notes**\n\n" : "Notes\n", stream);
    write_answer(comparison, format, stream);
    format_verification(comparison, text, sizeof text);
    gf_write_note(format, "verification", text, stream);
    if (comparison->truth.has_f64_difference) {
        const gf_difference *difference = &comparison->truth.f64_difference;
        snprintf(text, sizeof text, "%llu of %llu elements differ from those of f64, by up to %.3g",
                 (unsigned long long)difference->mismatches,
                 (unsigned long long)difference->compared, difference->max_abs_error);
        gf_write_note(format, "f32", text, stream);
    }
    for (size_t i = 0; i < comparison->result_count; i++)
        write_result_notes(comparison->results[i], verbose, format, stream);
    for (size_t i = 0; i < comparison->session->warnings.count; i++)
        gf_write_note(format, "not used", comparison->session->warnings.lines[i], stream);
    fputc('\n', stream);
}
