#include "report/report_comparison.h"

#include <math.h>
#include <stdlib.h>

#include "analyse/verdict.h"
#include "base/entry.h"
#include "base/error.h"
#include "base/text.h"
#include "bound/bound_typical.h"
#include "device/session.h"
#include "measure/filed/field_run.h"
#include "measure/reference/f64_difference.h"
#include "measure/tuning.h"
#include "os/cores.h"
#include "report/page/result_pictures.h"
#include "report/report_checklist.h"
#include "report/report_json.h"
#include "report/report_origin.h"
#include "report/report_tables.h"
#include "report/report_text.h"

/* ---- Notes ------------------------------------------------------------- */

static void write_verification(const gf_comparison *comparison, const gf_writer *to) {
    const gf_result *verified = NULL;
    for (size_t i = 0; verified == NULL && i < comparison->result_count; i++) {
        if (gf_was_verified(comparison->results[i]))
            verified = comparison->results[i];
    }
    if (verified == NULL) {
        gf_write_note(to, "verification", "nothing ran, so nothing was verified");
        return;
    }
    const gf_verification *verification = &verified->verification;
    char how[240] = "every element of every run, against the scalar reference", known[96] = "";
    if (verification->reference[0] != '\0')
        snprintf(
            how, sizeof how, "every element of every run, against the result of %s%s",
            verification->reference,
            verification->independent
                ? ""
                : " or of another device; nothing independent proves them, as a CPU twin would");
    if (verification->sampled)
        snprintf(how, sizeof how,
                 "sampled: %u parts, %llu elements, each recomputed by the scalar reference%s",
                 verification->sample_count, (unsigned long long)verification->difference.compared,
                 verification->has_hash ? "; all results have the same bits" : "");
    if (verification->has_known_answer)
        snprintf(known, sizeof known, "; known answer %.17g", verification->known_answer.checksum);
    gf_write_note(to, "verification", "%s%s; %s; outputs poisoned before each run", how, known,
                  verification->tolerance_note == NULL ? "equal to the bit"
                                                       : verification->tolerance_note);
}

/* All of it was compared, and to the bit. */
static bool equal_to_reference(const gf_verification *verification) {
    return !verification->sampled && verification->tolerance_note == NULL;
}

static void write_overflow(const gf_comparison *comparison, const gf_result *result,
                           const gf_writer *to) {
    const gf_buffer_spec *spec = &comparison->problem->buffers[comparison->problem->result];
    if (result->outcome != GF_OUTCOME_OK || isfinite(result->checksum))
        return;
    if (result->nonfinite > 0)
        gf_write_note(
            to, result->label,
            "warning: the computation overflows, %llu of %zu elements of the result are "
            "infinite or no number%s",
            (unsigned long long)result->nonfinite, spec->rows * spec->cols * spec->components,
            equal_to_reference(&result->verification) ? "; the reference has the same" : "");
    else
        gf_write_note(to, result->label, "warning: the sum of the result's elements overflows");
}

static void write_disturbance(const gf_result *result, const gf_writer *to) {
    if (result->disturbed > 0)
        gf_write_note(to, result->label,
                      "warning: other programs had the cores in %u of %u samples, after %u were "
                      "taken again",
                      result->disturbed, result->ledger.phases[GF_PHASE_TOTAL].count,
                      result->retaken);
    else if (result->retaken > 0)
        gf_write_note(to, result->label,
                      "%u samples were taken again, because other programs had the cores",
                      result->retaken);
}

/* Where nothing goes up there are no inputs. */
static void write_same_inputs(const gf_result *result, const gf_writer *to) {
    if (result->outcome == GF_OUTCOME_OK && result->bytes_up > 0 && !result->inputs_vary)
        gf_write_note(
            to, result->label,
            "all samples had the same inputs, because these in reverse order are the same "
            "or another problem; an earlier result would pass for a new one");
}

static void write_spread_warning(const gf_result *result, const gf_writer *to) {
    const double spread = gf_statistics_spread(gf_result_best(result));
    if (spread <= GF_WIDE_SPREAD)
        return;
    gf_write_note(to, result->label,
                  "warning: unsteady, half of the samples spread over %.0f %% of the median; close "
                  "other programs or measure for longer",
                  spread * 100);
}

/* Transfers in place are the plain case, which only a verbose report mentions. */
static void write_transfer_note(const gf_result *result, const gf_writer *to) {
    if (result->outcome != GF_OUTCOME_OK || (result->in_place && !to->verbose))
        return;
    gf_write_note(to, result->label,
                  result->in_place ? "transfers %s, no copies"
                                   : "transfers from and to %s host memory",
                  result->host_memory);
}

/* Which kernel of a step takes how much. */
static void write_kernels_note(const gf_comparison *comparison, const gf_result *result,
                               const gf_writer *to) {
    const gf_workload *workload = comparison->problem->workload;
    const gf_ledger *ledger = &result->ledger;
    char buffer[640];
    gf_text text = gf_text_in(buffer, sizeof buffer);
    if (ledger->stage_count < 2 || workload->stage_name == NULL)
        return;
    for (uint32_t i = 0; i < ledger->stage_count; i++)
        gf_text_add(&text, "%s%s %.3f", i == 0 ? "" : ", ", workload->stage_name(workload, i),
                    (double)gf_samples_statistics(&ledger->stages[i]).median_ns * 1e-6);
    gf_write_note(to, result->label, "of kernel ms: %s", buffer);
}

static void write_pipelined_note(const gf_result *result, const gf_writer *to) {
    const gf_statistics *pipelined = &result->pipelined;
    if (pipelined->count == 0)
        return;
    gf_write_note(to, result->label,
                  "pipelined: %.3f ms, %.2f x the longest of upload, kernel and download; the %s "
                  "round trip counts",
                  (double)pipelined->median_ns * 1e-6,
                  (double)pipelined->median_ns / (double)gf_longest_phase_ns(result->statistics),
                  gf_schedule_name(gf_result_schedule(result)));
}

/* What was expected of a set of devices, and what it reached. */
static void write_set_notes(const gf_result *result, const gf_writer *to) {
    const gf_shares *shares = gf_result_shares(result);
    const double best = gf_result_best_ns(result);
    if (shares == NULL || best <= 0)
        return;
    const gf_member_share *fastest = &shares->members[shares->best];
    gf_write_note(to, result->label, "%s", shares->forecast);
    gf_write_note(to, result->label,
                  "reached: %.3f ms, %.2f of the ceiling's rate; %.2f times as fast as %s alone%s",
                  best * 1e-6, shares->ceiling_ns / best, fastest->alone_ns / best,
                  fastest->device->id,
                  shares->divided ? "" : ", which was chosen to compute all of it");
    if (shares->visit_steps > 0 && shares->divided)
        gf_write_note(to, result->label, "rows are exchanged every %llu steps",
                      (unsigned long long)shares->visit_steps);
}

/* What files took of a round trip. */
static void write_disk_note(const gf_result *result, const gf_writer *to) {
    const gf_field_facts *field = &result->field;
    char read[32], written[32], reading[32], writing[32];
    gf_format_bytes((double)field->read_bytes, read, sizeof read);
    gf_format_bytes((double)field->written_bytes, written, sizeof written);
    gf_format_ns((double)field->read_ns, reading, sizeof reading);
    gf_format_ns((double)field->write_ns, writing, sizeof writing);
    gf_write_note(to, result->label,
                  "files: %s read in %s, which is in h2d, %s written in %s, which is in d2h%s",
                  read, reading, written, writing,
                  result->visits.overlapped ? "; beside kernels both are in launch" : "");
}

static void write_visits_note(const gf_result *result, const gf_writer *to) {
    char text[640], reached[32];
    const bool filed = result->field.memory_bytes > 0;
    if (result->visits.bands == 0 || result->outcome != GF_OUTCOME_OK)
        return;
    if (filed)
        gf_field_format(result, text, sizeof text);
    else
        gf_visits_format(&result->visits, text, sizeof text);
    gf_format_bytes((double)result->visits.reached_bytes, reached, sizeof reached);
    gf_write_note(to, result->label, "%s, of which %s were used", text, reached);
    if (filed)
        write_disk_note(result, to);
}

/* What a search for the fastest variant saw. */
static void write_tries_note(const gf_result *result, const gf_writer *to) {
    char buffer[512];
    gf_text text = gf_text_in(buffer, sizeof buffer);
    for (uint32_t i = 0; i < result->try_count; i++) {
        const gf_variant_try *tried = &result->tries[i];
        gf_text_add(&text, "%s%s ", i == 0 ? "" : ", ", tried->variant);
        if (tried->fate == GF_VARIANT_TIMED)
            gf_text_add(&text, "%.3f ms", (double)tried->ns * 1e-6);
        else
            gf_text_add(&text, "%s", gf_variant_fate_name(tried->fate));
    }
    if (result->try_count > 0)
        gf_write_note(to, result->label, "tried: %s, of computing up to a transfer", buffer);
}

/* Whether something told the energy of the device itself, and not only of its host. */
static bool has_own_sensor(const gf_result *result) {
    const gf_device_class class = result->device->info.device_class;
    bool own = false;
    for (size_t i = 0; i < result->energy.sensor_count; i++)
        own = own || !result->energy.sensors[i].of_host || class == GF_CLASS_NATIVE ||
              class == GF_CLASS_CPU;
    return own;
}

/* What was asked for and can't be read, and why. */
static void write_energy_note(const gf_result *result, const gf_writer *to) {
    if (result->outcome != GF_OUTCOME_OK || !result->energy.asked || has_own_sensor(result))
        return;
    gf_write_note(to, result->label, "energy: %snot readable here, because %s",
                  result->energy.sensor_count > 0 ? "the host's only; the device's is " : "",
                  result->energy.why);
}

static void write_result_notes(const gf_comparison *comparison, const gf_result *result,
                               const gf_writer *to) {
    char tuning[640];
    if (result->note[0] != '\0' || result->why[0] != '\0')
        gf_write_note(to, result->label, "%s%s%s (%s)", result->device->info.name,
                      result->note[0] == '\0' ? "" : "; ", result->note, result->why);
    write_tries_note(result, to);
    write_set_notes(result, to);
    write_visits_note(result, to);
    if (result->outcome == GF_OUTCOME_OK && result->ledger.clock_trouble != NULL)
        gf_write_note(to, result->label, "device times not used: %s; kernel is the host's clock",
                      result->ledger.clock_trouble);
    gf_tuning_format(&result->tuning, tuning, sizeof tuning);
    if (result->outcome == GF_OUTCOME_OK && tuning[0] != '\0')
        gf_write_note(to, result->label, "%s", tuning);
    write_transfer_note(result, to);
    write_kernels_note(comparison, result, to);
    write_pipelined_note(result, to);
    write_energy_note(result, to);
    gf_write_checkpoint_notes(result->label, &result->checkpoint, comparison->problem->steps, to);
    write_overflow(comparison, result, to);
    write_same_inputs(result, to);
    write_disturbance(result, to);
    write_spread_warning(result, to);
    if (result->png_path != NULL)
        gf_write_note(to, result->label, "%s", result->png_path);
    if (result->difference_path != NULL)
        gf_write_note(to, result->label, "%s", result->difference_path);
    if (result->field.memory_bytes > 0 && result->npy_path != NULL)
        gf_write_note(to, result->label, "%s", result->npy_path);
}

/* The driver of a CPU may count cores that this process may not use. */
static void add_wider_devices(const gf_comparison *comparison, uint32_t usable, gf_text *text) {
    const gf_device *last = NULL;
    for (size_t i = 0; i < comparison->result_count; i++) {
        const gf_device *device = comparison->results[i]->device;
        const gf_device_info *info = &device->info;
        if (device != last && info->device_class == GF_CLASS_CPU && info->compute_units > usable)
            gf_text_add(text, "; the driver of %s sees %u", info->id, info->compute_units);
        last = device;
    }
}

/* What keeps the devices on the CPU from the whole machine: the same for all of them. */
static void write_limits(const gf_comparison *comparison, const gf_writer *to) {
    char buffer[GF_LIMITS_TEXT + 256];
    gf_text text = gf_text_in(buffer, sizeof buffer);
    for (size_t i = 0; i < comparison->result_count; i++) {
        const char *limits = comparison->results[i]->device->info.limits;
        if (limits == NULL || limits[0] == '\0')
            continue;
        gf_text_add(&text, "%s", limits);
        add_wider_devices(comparison, gf_cores_examine("").usable, &text);
        gf_write_note(to, "cores", "%s", buffer);
        return;
    }
}

/* Whoever runs a manifest of somebody else should know. */
static void write_trust(const gf_comparison *comparison, const gf_writer *to) {
    if (comparison->problem->workload->path != NULL)
        gf_write_note(
            to, "native code",
            "a twin, and a kernel on a CPU's driver, run as native code, with the rights of "
            "this user");
}

/* The answer of the first verified result; that of any other is the same. */
static void write_answer(const gf_comparison *comparison, const gf_writer *to) {
    for (size_t i = 0; i < comparison->result_count; i++) {
        if (comparison->results[i]->answer[0] != '\0') {
            gf_write_note(to, "answer", "%s", comparison->results[i]->answer);
            return;
        }
    }
}

static void write_notes(const gf_comparison *comparison, const gf_writer *to) {
    fputs(to->format == GF_FORMAT_MARKDOWN ? "**Notes**\n\n" : "Notes\n", to->stream);
    write_answer(comparison, to);
    write_verification(comparison, to);
    if (comparison->truth.has_f64_difference) {
        char text[160];
        gf_f64_difference_format(&comparison->truth.f64_difference, text, sizeof text);
        gf_write_note(to, "f32", "%s", text);
    }
    write_limits(comparison, to);
    write_trust(comparison, to);
    for (size_t i = 0; i < comparison->result_count; i++)
        write_result_notes(comparison, comparison->results[i], to);
    for (size_t i = 0; i < comparison->session->warnings.count; i++)
        gf_write_note(to, "not used", "%s", comparison->session->warnings.lines[i]);
    fputc('\n', to->stream);
}

/* ---- The report -------------------------------------------------------- */

static gf_status write_checklist(const gf_comparison *comparison, const gf_writer *to,
                                 gf_error *error) {
    const size_t count = comparison->result_count * GF_CRITERION_COUNT;
    gf_criterion_row *rows = calloc(count + 1, sizeof *rows);
    if (rows == NULL)
        return gf_error_no_memory(error, "the checklist", (count + 1) * sizeof *rows);
    for (size_t i = 0; i < comparison->result_count; i++)
        gf_criteria_evaluate(comparison, comparison->results[i], &rows[i * GF_CRITERION_COUNT]);
    const gf_rank_rows results = gf_rank_rows_of_comparison(comparison);
    const gf_status status = gf_write_criteria(rows, &results, to, error);
    free(rows);
    return status;
}

static void write_line(const char *name, const char *text, const gf_writer *to) {
    const bool markdown = to->format == GF_FORMAT_MARKDOWN;
    if (text[0] != '\0')
        fprintf(to->stream, markdown ? "\n**%s:** %s\n" : "  %s: %s\n", name, text);
}

static gf_tone verdict_tone(const gf_verdict *verdict) {
    if (verdict->winner == NULL)
        return GF_TONE_BAD;
    return verdict->too_close || verdict->busy || verdict->doubtful ? GF_TONE_WARN : GF_TONE_GOOD;
}

/* The answer; below it what it rests on, and what would flip it. */
static void write_verdict(const gf_verdict *verdict, const gf_writer *to) {
    char answer[GF_VERDICT_TEXT], buffer[GF_VERDICT_TEXT + sizeof verdict->flips_when];
    const char *basis = verdict->text + verdict->answer_length;
    gf_text next = gf_text_in(buffer, sizeof buffer);
    snprintf(answer, sizeof answer, "%.*s", (int)verdict->answer_length, verdict->text);
    gf_text_add(&next, "%s", basis[0] == ' ' ? basis + 1 : basis);
    if (verdict->flips_when[0] != '\0')
        gf_text_add(&next, "%sWhat would flip it: %s.", next.used == 0 ? "" : " ",
                    verdict->flips_when);
    gf_write_verdict("Verdict", answer, verdict_tone(verdict), buffer, to);
}

static void write_payback(const gf_verdict *verdict, const gf_writer *to) {
    write_line(to->format == GF_FORMAT_MARKDOWN ? "What it takes once" : "what it takes once",
               verdict->payback, to);
}

/* What GPUs that are not here would make of it, for whoever has none yet. Nobody asked for a model:
 * one that is wrong takes nothing from what was measured. */
static void write_typical(const gf_comparison *comparison, const gf_writer *to) {
    gf_bound_set *set = NULL;
    gf_error why = GF_ERROR_INIT;
    char text[900] = "";
    if (gf_bound_set_typical(comparison, &set, &why) != GF_OK)
        snprintf(text, sizeof text, "left out: %s", why.text);
    else if (set != NULL)
        gf_bound_format_typical(set, text, sizeof text);
    gf_bound_set_destroy(set);
    gf_error_clear(&why);
    write_line("GPUs that are not here", text, to);
}

static gf_status write_tables(const gf_comparison *comparison, const gf_writer *to,
                              gf_error *error) {
    gf_status status = gf_write_comparison(comparison, to, error);
    if (status == GF_OK)
        status = gf_write_ledger(comparison, to, error);
    if (status == GF_OK)
        status = gf_write_shares(comparison, to, error);
    if (status == GF_OK)
        status = gf_write_energy(comparison, to, error);
    if (status == GF_OK && to->verbose)
        status = gf_write_phases(comparison, to, error);
    return status;
}

gf_status gf_write_comparison_report(const gf_comparison *comparison, const gf_writer *to,
                                     gf_error *error) {
    gf_verdict verdict;
    gf_verdict_reach(comparison, &verdict);
    if (to->format == GF_FORMAT_MARKDOWN)
        gf_write_heading(comparison->problem, to);
    write_verdict(&verdict, to);
    if (to->format != GF_FORMAT_MARKDOWN)
        gf_write_heading(comparison->problem, to);
    gf_status status = write_tables(comparison, to, error);
    if (status != GF_OK)
        return status;
    status = gf_write_pictures(comparison, to, error);
    if (status != GF_OK)
        return status;
    write_notes(comparison, to);
    status = write_checklist(comparison, to, error);
    write_payback(&verdict, to);
    if (status == GF_OK)
        write_typical(comparison, to);
    return status == GF_OK ? gf_write_origin(comparison->session, true, to, error) : status;
}

gf_status gf_comparison_report(const gf_comparison *comparison, gf_format format,
                               const gf_report_style *style, FILE *stream, gf_error *error) {
    GF_ENTER(error);
    gf_writer to;
    gf_status status = gf_writer_begin(stream, format, style, &to, error);
    if (status != GF_OK)
        return status;
    if (format == GF_FORMAT_JSON)
        status = gf_comparison_report_json(comparison, &to, error);
    else if (format == GF_FORMAT_CSV)
        status = gf_write_csv(comparison, &to, error);
    else
        status = gf_write_comparison_report(comparison, &to, error);
    return gf_writer_end(&to, status, error);
}
