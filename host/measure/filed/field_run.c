#include "measure/filed/field_run.h"

#include <math.h>
#include <string.h>

#include "base/entry.h"
#include "base/error.h"
#include "base/text.h"
#include "device/targets/extended.h"
#include "measure/autotune.h"
#include "measure/filed/field_proof.h"
#include "os/machine.h"
#include "problem/problem.h"

/* ---- The device ------------------------------------------------------------------ */

/* Bands are in memory of the host and, where the device has memory of its own, there as well, with
 * what goes up next beside them. */
static gf_memory_limits limits_of(const gf_device *device, const gf_field *field) {
    const bool native = device->info.device_class == GF_CLASS_NATIVE;
    const bool shares = native || device->info.unified_memory;
    const uint64_t room = shares ? gf_field_room(field) : gf_field_room(field) / 2;
    gf_memory_limits limits = gf_device_limits(device);
    if (native)
        limits = (gf_memory_limits){0, 0};
    if (limits.total == 0 || room < limits.total)
        limits.total = room;
    return limits;
}

static gf_status check_device(const gf_device *device, gf_error *error) {
    size_t members = 0;
    return gf_device_members(device, &members) == NULL
               ? GF_OK
               : gf_error_set(error, GF_UNSUPPORTED,
                              "a set of devices can't compute a field in files; name one device");
}

static gf_status open_device(gf_run *run, const gf_field *field, gf_error *error) {
    const gf_context *context = gf_run_context(run);
    const gf_memory_limits limits = limits_of(run->device, field);
    gf_device *extended = NULL;
    gf_status status = check_device(run->device, error);
    if (status == GF_OK)
        status = gf_context_open_device(context, run->device, error);
    if (status == GF_OK)
        status = gf_session_extend(context->session, run->device, &limits, &extended, error);
    if (status != GF_OK)
        return status;
    if (extended == NULL)
        return gf_error_set(error, GF_UNSUPPORTED, "this build takes no problem through devices");
    run->device = extended;
    return gf_context_open_device(context, extended, error);
}

/* ---- Before the round trip --------------------------------------------------------- */

static void give_buffers(gf_run *run, gf_field *field) {
    const gf_problem *problem = gf_run_problem(run);
    for (uint32_t i = 0; i < problem->buffer_count; i++) {
        run->buffers[i] = (gf_buffer){.device = run->device,
                                      .bytes = problem->buffers[i].bytes,
                                      .access = problem->buffers[i].access};
        gf_field_give(field, i, &run->buffers[i]);
    }
}

/* What is known of the field before its round trip. */
static void note_field(const gf_run *run, const gf_field *field) {
    gf_result *result = run->result;
    result->field = (gf_field_facts){.memory_bytes = field->memory_bytes, .direct = field->direct};
    result->visits = *run->device->backend->visits(run->program);
}

static void foretell(const gf_run *run) {
    const gf_run_options *options = gf_run_context(run)->options;
    char expected[640], text[sizeof expected + 160];
    if (options->foretell == NULL)
        return;
    gf_field_format(run->result, expected, sizeof expected);
    snprintf(text, sizeof text, "%s: %s", run->device->info.id, expected);
    const locale_t own_locale = gf_callback_begin();
    options->foretell(text, options->foretell_context);
    gf_callback_end(own_locale);
}

/* The files were made before, the band's buffers with the program. */
static gf_status note_preparation(gf_run *run, gf_error *error) {
    const char *clock = gf_run_context(run)->session->clock.name;
    gf_ledger *ledger = &run->result->ledger;
    ledger->clocks[GF_PHASE_BUILD] = ledger->clocks[GF_PHASE_ALLOC] = clock;
    const gf_status status =
        gf_samples_add(&ledger->phases[GF_PHASE_BUILD], run->prepare_ns, error);
    return status == GF_OK ? gf_samples_add(&ledger->phases[GF_PHASE_ALLOC],
                                            gf_run_now(run) - ledger->alloc_began_ns, error)
                           : status;
}

static gf_status prepare(gf_run *run, gf_field *field, gf_error *error) {
    gf_ledger *ledger = &run->result->ledger;
    gf_run_progress(run, "build", 0, 0, 0);
    gf_status status = gf_run_autotune(run, error);
    run->result->tuning = run->tuning;
    ledger->build_began_ns = gf_run_now(run);
    if (status == GF_OK)
        status = gf_device_prepare(run->device, gf_run_problem(run), run->variant, &run->tuning,
                                   &run->program, error);
    ledger->alloc_began_ns = gf_run_now(run);
    run->prepare_ns = ledger->alloc_began_ns - ledger->build_began_ns;
    if (status != GF_OK)
        return status;
    give_buffers(run, field);
    status = note_preparation(run, error);
    if (status != GF_OK)
        return status;
    gf_run_progress(run, "rehearsal", 0, 0, 0);
    status = run->device->backend->rehearse(run->program, run->buffers,
                                            gf_run_context(run)->options->cancel, error);
    if (status == GF_OK)
        status = gf_field_poison(field, error);
    if (status != GF_OK)
        return status;
    note_field(run, field);
    foretell(run);
    return GF_OK;
}

/* ---- The round trip -------------------------------------------------------------------- */

static void forget_times(gf_field *field) {
    for (uint32_t i = 0; i < 2; i++) {
        gf_large_file *file = &field->files[i];
        file->read_ns = file->write_ns = file->read_bytes = file->written_bytes = 0;
    }
}

static void note_times(const gf_field *field, gf_field_facts *facts) {
    for (uint32_t i = 0; i < 2; i++) {
        const gf_large_file *file = &field->files[i];
        facts->read_ns += file->read_ns;
        facts->write_ns += file->write_ns;
        facts->read_bytes += file->read_bytes;
        facts->written_bytes += file->written_bytes;
    }
}

static gf_status make_trip(gf_run *run, gf_field *field, gf_error *error) {
    const char *clock = gf_run_context(run)->session->clock.name;
    gf_ledger *ledger = &run->result->ledger;
    gf_round_trip trip = {0};
    bool swapped = false;
    gf_run_progress(run, "sample", 0, 0, 0);
    forget_times(field);
    trip.began_ns = gf_run_now(run);
    const uint64_t began_ns = trip.began_ns;
    gf_status status = gf_run_trip(run, &swapped, &trip, error);
    if (status == GF_OK) /* a short launch ends before the flag is looked at */
        status = gf_context_check_cancel(gf_run_context(run), error);
    if (status != GF_OK)
        return status;
    trip.began_ns = began_ns;
    field->content = swapped ? 1 : 0;
    note_times(field, &run->result->field);
    return gf_ledger_add(ledger, &trip, clock, error);
}

/* ---- The result -------------------------------------------------------------------------- */

static void note_program(gf_run *run) {
    const gf_backend *backend = run->device->backend;
    gf_result *result = run->result;
    if (backend->program_note != NULL)
        snprintf(result->note, sizeof result->note, "%s", backend->program_note(run->program));
    if (backend->build_record != NULL)
        result->build_record = backend->build_record(run->program);
    if (backend->lane_group != NULL)
        result->lanes = backend->lane_group(run->program);
    result->efficiency = 1;
}

static void note_memory(gf_run *run) {
    gf_result *result = run->result;
    result->bytes_up = result->visits.bytes_up;
    result->bytes_down = result->visits.bytes_down;
    result->transfers = 2 * result->visits.visits;
    result->host_memory = "file-backed";
    result->device_bytes = result->visits.reached_bytes;
    result->host_bytes = result->field.memory_bytes;
    result->host_peak_bytes = gf_process_peak_bytes();
    result->inputs_vary = true; /* there is no earlier result that could pass for this one */
    result->work = gf_run_problem(run)->cost.work;
}

static void note_mismatch(gf_run *run, bool elements_hold) {
    gf_result *result = run->result;
    const gf_difference *difference = &result->verification.difference;
    result->outcome = GF_OUTCOME_MISMATCH;
    gf_result_drop_times(result);
    if (elements_hold)
        gf_error_set(&result->error, GF_MISMATCH, "checksum %.17g is not the known answer %.17g",
                     result->checksum, result->verification.known_answer.checksum);
    else
        gf_error_set(
            &result->error, GF_MISMATCH,
            "%llu of %llu %s elements differ from the reference, by up to %g; no file is "
            "left",
            (unsigned long long)difference->mismatches, (unsigned long long)difference->compared,
            result->verification.sampled ? "sampled" : "result", difference->max_abs_error);
}

/* Of a result that is right. */
static gf_status keep_result(gf_run *run, gf_field *field, gf_error *error) {
    const gf_status status = gf_result_summarize(run->result, error);
    if (status != GF_OK)
        return status;
    run->result->npy_path = strdup(field->options->path);
    if (run->result->npy_path == NULL)
        return gf_error_no_memory(error, "a path", strlen(field->options->path) + 1);
    return gf_field_put(field, error);
}

/* The device is free by now, and so is the memory of its bands. */
static gf_status prove(gf_run *run, gf_field *field, gf_error *error) {
    gf_result *result = run->result;
    bool holds = false;
    gf_status status = gf_field_prove(field, &result->visits, &result->verification, &holds, error);
    const bool elements_hold = holds;
    if (status == GF_OK && holds)
        status = gf_field_checksum(field, &result->checksum, &result->nonfinite, error);
    if (status == GF_OK && holds)
        holds = gf_verification_check_known(gf_run_problem(run), result->checksum,
                                            &result->verification);
    if (status != GF_OK)
        return status;
    note_memory(run);
    if (holds)
        return keep_result(run, field, error);
    note_mismatch(run, elements_hold);
    return GF_OK;
}

/* ---- The run ------------------------------------------------------------------------------- */

/* A disk may fail, too. */
static gf_status note_failure(gf_run *run, gf_status status, gf_error *error) {
    gf_result *result = run->result;
    gf_device_close(run->device);
    run->result = NULL;
    return gf_result_note_failure(result, status, error);
}

gf_status gf_field_run_execute(gf_run *run, gf_field *field, gf_result *result, gf_error *error) {
    gf_truth *truth = run->truth;
    gf_run_free_host(run);
    *run = (gf_run){
        .truth = truth, .device = result->device, .variant = result->variant, .result = result};
    field->used = true;
    gf_status status = open_device(run, field, error);
    if (status == GF_OK)
        status = prepare(run, field, error);
    if (status == GF_OK)
        status = make_trip(run, field, error);
    if (status == GF_OK)
        note_program(run);
    gf_run_release(run);
    if (status == GF_OK)
        status = prove(run, field, error);
    return status == GF_OK ? GF_OK : note_failure(run, status, error);
}

/* ---- Words ---------------------------------------------------------------------------------- */

void gf_field_format(const gf_result *result, char *buffer, size_t size) {
    char each[32], most[32];
    gf_text text = gf_text_in(buffer, size);
    gf_format_bytes((double)result->visits.needed_bytes / 2, each, sizeof each);
    gf_format_bytes((double)result->field.memory_bytes, most, sizeof most);
    gf_text_add(
        &text, "the field is in two files of %s each, %s, and has at most %s of memory: ", each,
        result->field.direct ? "moved past the page cache" : "through the page cache", most);
    gf_visits_add(&text, &result->visits);
}
