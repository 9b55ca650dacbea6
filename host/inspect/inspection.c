#include "inspect/inspection.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cancel.h"
#include "base/entry.h"
#include "base/error.h"
#include "measure/run.h"
#include "os/files/scratch_folder.h"
#include "problem/params.h"
#include "problem/problem.h"
#include "user/twin_sanitize.h"
#include "user/user_cases.h"

/* How long one size may take, unless the caller says: a simulator is slow, but sizes are small. */
#define LIMIT_S 60.0

const char *gf_inspected_name(gf_inspected part) {
    return part == GF_INSPECT_KERNELS ? "kernel" : "twin";
}

const char *gf_inspected_by(gf_inspected part) {
    return part == GF_INSPECT_KERNELS ? "Oclgrind" : "AddressSanitizer and UBSan";
}

/* ---- Findings ---------------------------------------------------------- */

/* What the findings of one run are added to. */
typedef struct taker {
    gf_inspection *inspection;
    gf_inspected part;
    const char *size;
} taker;

static bool is_same(const gf_inspection_row *row, gf_inspected part, const gf_flaw *finding) {
    return row->part == part && row->finding.line == finding->line &&
           strcmp(row->finding.what, finding->what) == 0 &&
           strcmp(row->finding.file, finding->file) == 0 &&
           strcmp(row->finding.function, finding->function) == 0;
}

static gf_status take(void *context, const gf_flaw *finding, gf_error *error) {
    const taker *t = context;
    gf_inspection *inspection = t->inspection;
    for (size_t i = 0; i < inspection->count; i++) {
        if (is_same(&inspection->rows[i], t->part, finding)) {
            inspection->rows[i].finding.count += finding->count;
            return GF_OK;
        }
    }
    const gf_status status =
        gf_array_grow(&inspection->rows, inspection->count, sizeof *inspection->rows, error);
    if (status != GF_OK)
        return status;
    gf_inspection_row *row = &inspection->rows[inspection->count++];
    *row = (gf_inspection_row){.part = t->part, .finding = *finding};
    snprintf(row->size, sizeof row->size, "%s", t->size);
    gf_flatten_text(row->finding.what);
    return GF_OK;
}

static bool has_kind(const gf_inspection *inspection, const char *kind) {
    for (size_t i = 0; i < inspection->count; i++) {
        if (inspection->rows[i].part == GF_INSPECT_KERNELS &&
            strcmp(inspection->rows[i].finding.kind, kind) == 0)
            return true;
    }
    return false;
}

/* What is read out of bounds counts as uninitialised wherever it goes, which is no flaw of its own.
 */
static gf_status drop_consequences(gf_inspection *inspection, gf_error *error) {
    size_t kept = 0;
    if (!has_kind(inspection, "bounds") || !has_kind(inspection, "uninitialised"))
        return GF_OK;
    for (size_t i = 0; i < inspection->count; i++) {
        if (strcmp(inspection->rows[i].finding.kind, "uninitialised") != 0)
            inspection->rows[kept++] = inspection->rows[i];
    }
    inspection->count = kept;
    return gf_notes_add(&inspection->notes, error,
                        "uninitialised values are shown once nothing is used out of bounds");
}

/* ---- One problem ------------------------------------------------------- */

typedef struct check {
    gf_inspection *inspection;
    const gf_session_options *options;
    char folder[GF_SCRATCH_PATH];
    gf_problem *problem;
    const char *size;
} check;

/* A size that takes too long, or that a tool can't do, is a note; where none was done before it, it
 * is why none is. */
static gf_status note_failure(check *c, gf_inspected part, gf_status status, gf_error *failure,
                              gf_error *error) {
    gf_inspected_part *noted = &c->inspection->parts[part];
    if (status == GF_INTERRUPTED) {
        gf_error_clear(failure);
        return gf_error_interrupted(error);
    }
    if (noted->sizes == 0) {
        noted->none = *failure;
        return GF_OK;
    }
    status = gf_notes_add(&c->inspection->notes, error, "the %s with %s was not checked: %s",
                          gf_inspected_name(part), c->size, failure->text);
    gf_error_clear(failure);
    return status;
}

static void note_success(check *c, gf_inspected part) {
    c->inspection->parts[part].sizes++;
}

static gf_device *find_simulator(const gf_session *session, gf_error *error) {
    for (size_t i = 0; i < session->device_count; i++) {
        if (session->devices[i]->info.device_class != GF_CLASS_NATIVE)
            return session->devices[i];
    }
    const size_t warnings = session->warnings.count;
    const char *why = warnings > 0 ? session->warnings.lines[warnings - 1] : "no simulator is here";
    const char *colon = strstr(why, ": "); /* behind the backend's name */
    gf_error_set(error, GF_UNSUPPORTED, "%s", colon == NULL ? why : colon + 2);
    return NULL;
}

/* One round trip on the simulator. */
static gf_status simulate(check *c, gf_session *session, gf_device *device, gf_error *error) {
    gf_run_options options;
    gf_run_options_defaults(&options);
    options.search = false;
    options.cancel = c->options->cancel;
    gf_truth truth = {.problem = c->problem, .context = {session, &options}};
    gf_run run = {.truth = &truth};
    const gf_stops none = {.every = 0};
    const char *variant = device->backend->variant(device, c->problem->workload, c->problem, 0);
    gf_status status = gf_truth_make_inputs(&truth, error);
    if (status == GF_OK)
        status = gf_run_with_stops(&run, device, variant == NULL ? "" : variant, &none, error);
    gf_run_free_host(&run);
    gf_truth_clear(&truth);
    return status;
}

/* What it found is read also if the run failed. */
static gf_status check_kernels(check *c, gf_error *error) {
    char log[GF_SCRATCH_PATH + 16];
    snprintf(log, sizeof log, "%s/kernels.log", c->folder);
    gf_session_options options = *c->options;
    options.simulator_log = log;
    options.in_process = options.loads_kernels = false;
    options.deadline_s = options.deadline_s > 0 ? options.deadline_s : LIMIT_S;
    gf_session *session = NULL;
    gf_error failure = GF_ERROR_INIT;
    gf_status status = gf_session_open(&options, &session, error);
    if (status != GF_OK)
        return status;
    status = gf_session_find_all(session, error);
    gf_device *device = status == GF_OK ? find_simulator(session, &failure) : NULL;
    const gf_backend *backend = device == NULL ? NULL : device->backend;
    gf_status ran = status != GF_OK ? status : failure.status;
    if (device != NULL)
        ran = simulate(c, session, device, &failure);
    taker t = {c->inspection, GF_INSPECT_KERNELS, c->size};
    const gf_flaw_sink sink = {&t, take};
    gf_status (*read)(const char *, const gf_flaw_sink *, gf_error *) =
        backend == NULL ? NULL : backend->read_flaws;
    gf_session_close(session);
    if (status == GF_OK && read != NULL)
        status = read(log, &sink, error);
    remove(log);
    if (status != GF_OK)
        gf_error_clear(&failure);
    else if (ran != GF_OK)
        status = note_failure(c, GF_INSPECT_KERNELS, ran, &failure, error);
    else
        note_success(c, GF_INSPECT_KERNELS);
    return status;
}

static gf_status check_twin(check *c, gf_error *error) {
    gf_run_options options;
    gf_run_options_defaults(&options);
    gf_truth truth = {.problem = c->problem, .context = {NULL, &options}};
    options.cancel = c->options->cancel;
    taker t = {c->inspection, GF_INSPECT_TWIN, c->size};
    const gf_flaw_sink sink = {&t, take};
    const gf_twin_check how = {.folder = c->folder,
                               .limit_s =
                                   c->options->deadline_s > 0 ? c->options->deadline_s : LIMIT_S,
                               .cancel = c->options->cancel};
    gf_error failure = GF_ERROR_INIT;
    gf_status status = gf_truth_make_inputs(&truth, error);
    if (status != GF_OK)
        return status;
    status = gf_twin_sanitize(c->problem, (const void *const *)truth.inputs, &how, &sink, &failure);
    gf_truth_clear(&truth);
    if (status != GF_OK)
        return note_failure(c, GF_INSPECT_TWIN, status, &failure, error);
    note_success(c, GF_INSPECT_TWIN);
    return GF_OK;
}

/* ---- All sizes --------------------------------------------------------- */

/* What could not be done with the smallest size is not tried with larger ones. */
static bool is_hopeless(const gf_inspected_part *part) {
    return part->none.status != GF_OK;
}

static gf_status check_problem(check *c, gf_error *error) {
    gf_inspection *inspection = c->inspection;
    gf_status status = GF_OK;
    if (!is_hopeless(&inspection->parts[GF_INSPECT_KERNELS]))
        status = check_kernels(c, error);
    if (status == GF_OK && inspection->workload->load_cpu_kernel != NULL &&
        !is_hopeless(&inspection->parts[GF_INSPECT_TWIN]))
        status = check_twin(c, error);
    return status == GF_OK && gf_cancelled(c->options->cancel) ? gf_error_interrupted(error)
                                                               : status;
}

/* Sizes that the manifest does not allow are left out; *refusal says why. */
static gf_status check_size(check *c, const gf_params *given, gf_user_size size, gf_error *refusal,
                            gf_error *error) {
    gf_params *params = NULL;
    char text[160];
    gf_status status = gf_params_copy(given, &params, error);
    if (status == GF_OK && gf_user_scale(params, size, refusal) == GF_OK &&
        gf_problem_create(params, &c->problem, refusal) == GF_OK) {
        const size_t known = c->inspection->sizes.count;
        gf_user_format_size(params, text, sizeof text);
        if (text[0] == '\0')
            snprintf(text, sizeof text, "its defaults");
        c->size = text;
        status = gf_notes_add(&c->inspection->sizes, error, "%s", text);
        if (status == GF_OK && c->inspection->sizes.count > known)
            status = check_problem(c, error);
    }
    gf_problem_destroy(c->problem);
    c->problem = NULL;
    gf_params_destroy(params);
    return status;
}

static gf_status check_sizes(check *c, const gf_params *params, gf_error *error) {
    gf_error refusal = GF_ERROR_INIT;
    gf_status status = GF_OK;
    for (int size = 0; status == GF_OK && size < GF_USER_SIZES; size++)
        status = check_size(c, params, (gf_user_size)size, &refusal, error);
    if (status == GF_OK && c->inspection->sizes.count == 0) {
        *error = refusal;
        return refusal.status;
    }
    gf_error_clear(&refusal);
    return status == GF_OK ? drop_consequences(c->inspection, error) : status;
}

gf_status gf_inspection_create(const gf_params *params, const gf_session_options *options,
                               gf_inspection **inspection, gf_error *error) {
    GF_ENTER(error);
    const gf_session_options defaults = {.thread_count = 0};
    const gf_workload *workload = gf_params_workload(params);
    if (workload->path == NULL)
        return gf_error_set(error, GF_USAGE,
                            "%s is no kernel of your own; give a manifest, or the folder of one",
                            workload->name);
    gf_inspection *made = calloc(1, sizeof *made);
    if (made == NULL)
        return gf_error_no_memory(error, "a check", sizeof *made);
    made->workload = workload;
    check c = {.inspection = made, .options = options == NULL ? &defaults : options};
    gf_status status = gf_scratch_folder_create(c.folder, error);
    if (status == GF_OK)
        status = check_sizes(&c, params, error);
    gf_scratch_folder_remove(c.folder);
    if (status == GF_OK)
        *inspection = made;
    else
        gf_inspection_destroy(made);
    return status;
}

void gf_inspection_destroy(gf_inspection *inspection) {
    if (inspection == NULL)
        return;
    for (int i = 0; i < GF_INSPECTED_COUNT; i++)
        gf_error_clear(&inspection->parts[i].none);
    gf_notes_clear(&inspection->sizes);
    gf_notes_clear(&inspection->notes);
    free(inspection->rows);
    free(inspection);
}

size_t gf_inspection_count(const gf_inspection *inspection) {
    return inspection->count;
}

gf_status gf_inspection_status(const gf_inspection *inspection, gf_error *error) {
    GF_ENTER(error);
    if (inspection->count > 0)
        return gf_error_set(error, GF_FINDINGS, "%s: %zu finding%s", inspection->workload->name,
                            inspection->count, inspection->count == 1 ? "" : "s");
    for (int i = 0; i < GF_INSPECTED_COUNT; i++) {
        const gf_error *none = &inspection->parts[i].none;
        if (none->status == GF_OK)
            continue;
        gf_error_set(error, none->status, "the %s was not checked: %s",
                     gf_inspected_name((gf_inspected)i), none->text);
        if (none->log != NULL)
            gf_error_set_log(error, none->log);
        return none->status;
    }
    return GF_OK;
}
