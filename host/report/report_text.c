#include "report/report_text.h"

#include <stdarg.h>
#include <string.h>

#include "base/text.h"

void gf_write_heading(const gf_problem *problem, const gf_writer *to) {
    const gf_workload *workload = problem->workload;
    fprintf(to->stream, to->format == GF_FORMAT_MARKDOWN ? "## %s: " : "%s: ", workload->name);
    for (uint32_t i = 0; i < workload->param_count; i++)
        fprintf(to->stream, "%s%s %s", i == 0 ? "" : ", ", workload->params[i].name,
                gf_params_text(problem->params, workload->params[i].name));
    fputs("\n\n", to->stream);
}

static void write_labelled(const char *label, const char *text, gf_tone tone, const gf_writer *to) {
    if (to->format == GF_FORMAT_MARKDOWN)
        fprintf(to->stream, "**%s:** %s\n", label, text);
    else
        fprintf(to->stream, "%s%s%s: %s%s%s\n", gf_tone_begin(to, GF_TONE_TITLE), label,
                gf_tone_end(to, GF_TONE_TITLE), gf_tone_begin(to, tone), text,
                gf_tone_end(to, tone));
}

void gf_write_conclusion(const char *label, const char *text, const gf_writer *to) {
    write_labelled(label, text, GF_TONE_PLAIN, to);
}

void gf_write_verdict(const char *label, const char *answer, gf_tone tone, const char *next,
                      const gf_writer *to) {
    gf_write_cut_short(to);
    if (to->document != NULL) {
        gf_document_answer(to->document, label, gf_tone_class(tone), answer, next);
        return;
    }
    write_labelled(label, answer, tone, to);
    if (next[0] != '\0')
        fprintf(to->stream, to->format == GF_FORMAT_MARKDOWN ? "\n%s\n" : "  %s\n", next);
    fputc('\n', to->stream);
}

void gf_write_cut_short(const gf_writer *to) {
    if (to->cut_short == NULL)
        return;
    write_labelled("Cut short", to->cut_short, GF_TONE_WARN, to);
    if (to->format == GF_FORMAT_MARKDOWN)
        fputc('\n', to->stream);
}

#define WARNING "warning: "

void gf_write_note(const gf_writer *to, const char *label, const char *text, ...) {
    va_list arguments;
    const bool warns = strncmp(text, WARNING, strlen(WARNING)) == 0;
    const gf_tone tone = warns ? GF_TONE_WARN : GF_TONE_PLAIN;
    fprintf(to->stream, to->format == GF_FORMAT_MARKDOWN ? "- %s: %s" : "  %s: %s", label,
            gf_tone_begin(to, tone));
    va_start(arguments, text);
    vfprintf(to->stream, text, arguments);
    va_end(arguments);
    fprintf(to->stream, "%s\n", gf_tone_end(to, tone));
}

void gf_write_checkpoint_notes(const char *label, const gf_checkpoint_state *state,
                               uint64_t all_steps, const gf_writer *to) {
    const unsigned long long steps = (unsigned long long)all_steps;
    char bytes[32], spent[32];
    if (state->first_step > 0)
        gf_write_note(to, label,
                      "went on from the saved state of step %llu: times and rates are of the last "
                      "%llu of %llu steps, the result is of all",
                      (unsigned long long)state->first_step, steps - state->first_step, steps);
    gf_format_bytes((double)state->bytes, bytes, sizeof bytes);
    gf_format_ns((double)state->ns, spent, sizeof spent);
    if (state->bytes > 0)
        gf_write_note(to, label,
                      "checkpoints: %llu saved, of %s each; they took %s%s, which is in none of "
                      "the times",
                      (unsigned long long)state->states, bytes, spent,
                      state->first_step > 0 ? " with what was read" : "");
}

bool gf_was_verified(const gf_result *result) {
    return result->outcome == GF_OUTCOME_OK || result->outcome == GF_OUTCOME_MISMATCH;
}

const char *gf_best_schedule_name(const gf_result *result) {
    if (result == NULL || gf_result_best(result)->count == 0)
        return NULL;
    return gf_schedule_name(gf_result_schedule(result));
}
