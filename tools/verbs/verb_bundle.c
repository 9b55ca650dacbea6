#include <stdlib.h>
#include <string.h>

#include "job.h"
#include "options/message.h"
#include "os/files/scratch_folder.h"
#include "standard_output.h"
#include "verbs/verbs.h"

const char *const bundle_words[] = {"verify", NULL};

static const cli_option bundle_options[] = {
    CLI_OPTION(CLI_FLAG, "rerun", 0, rerun, NULL,
               "also run its command on this machine, and compare the results' bits and the times"),
    CLI_OPTION(CLI_TEXT, "manifest", 0, manifest, "FILE.ini",
               "where the kernel of one's own is that --rerun runs: a bundle never says which code "
               "is run"),
    CLI_OPTION(CLI_FLAG, "quiet", 'q', quiet, NULL,
               "print only errors; the exit status says it: 0 sound, 4 other results, 6 faults or "
               "regressions"),
};
static const cli_group bundle_group = CLI_GROUP("Options", bundle_options);

/* ---- The saved command ------------------------------------------------- */

/* A command line that may be run again. */
struct again {
    const cli_command *command;
    char **words; /* owned, as what they point to */
    int count;
    const char *workload;
    char *devices; /* of its results; owned */
};

static void again_clear(struct again *again) {
    free(again->devices);
    for (int i = 0; again->words != NULL && i < again->count; i++)
        free(again->words[i]);
    free(again->words);
}

/* Only what measures results can be compared with results. */
static gf_status find_command(const char *name, const cli_command **command, gf_error *error) {
    if (strcmp(name, compare_command.name) == 0)
        *command = &compare_command;
    else if (strcmp(name, run_command.name) == 0)
        *command = &run_command;
    else
        return message_set(error, GF_USAGE,
                           "--rerun: the bundle is of `gpufare %.40s`; only those of run and "
                           "compare have results to compare",
                           name);
    return GF_OK;
}

static bool is_built_in(const char *name) {
    for (size_t i = 0; i < gf_workload_count(); i++) {
        if (strcmp(gf_workload_name(gf_workload_at(i)), name) == 0)
            return true;
    }
    return false;
}

/* A kernel of one's own is code, so that the user says where it is. */
static gf_status choose_workload(const struct settings *settings, const gf_saved_bundle *bundle,
                                 size_t *index, const char **workload, gf_error *error) {
    bool built_in = false;
    *index = gf_saved_bundle_workload(bundle, &built_in);
    const char *named = gf_saved_bundle_argument(bundle, *index);
    if (*index == 0 || named == NULL)
        return message_set(error, GF_USAGE, "--rerun: the bundle does not say its workload");
    if (settings->manifest != NULL) {
        *workload = settings->manifest;
        return GF_OK;
    }
    *workload = named;
    if (built_in && is_built_in(named))
        return GF_OK;
    return message_set(error, GF_USAGE,
                       "--rerun: %.80s is no workload of gpufare's own; say where the kernel is "
                       "with --manifest",
                       named);
}

static gf_status copy_words(const gf_saved_bundle *bundle, size_t index, struct again *again,
                            gf_error *error) {
    const size_t count = gf_saved_bundle_argument_count(bundle);
    again->words = calloc(count + 1, sizeof *again->words);
    for (size_t i = 0; again->words != NULL && i < count; i++) {
        again->words[i] =
            strdup(i == index ? again->workload : gf_saved_bundle_argument(bundle, i));
        if (again->words[i] == NULL)
            break;
        again->count++;
    }
    return again->words != NULL && again->count == (int)count
               ? GF_OK
               : message_set(error, GF_FAILED, "no memory for the saved command");
}

/* "native:avx2,0:0:naive": those that have results. */
static gf_status list_devices(const gf_saved_bundle *bundle, struct again *again, gf_error *error) {
    const char *label = NULL;
    size_t size = 1;
    for (size_t i = 0; (label = gf_saved_bundle_label(bundle, i)) != NULL; i++)
        size += strlen(label) + 1;
    again->devices = malloc(size);
    if (again->devices == NULL)
        return message_set(error, GF_FAILED, "no memory for the saved command");
    gf_text text = gf_text_in(again->devices, size);
    for (size_t i = 0; (label = gf_saved_bundle_label(bundle, i)) != NULL; i++)
        gf_text_add(&text, "%s%s", i == 0 ? "" : ",", label);
    return GF_OK;
}

static gf_status run_again(const struct settings *settings, const gf_saved_bundle *bundle,
                           const char *path, gf_error *error) {
    struct again again = {.count = 0};
    size_t index = 0;
    gf_status status = find_command(gf_saved_bundle_argument(bundle, 0), &again.command, error);
    if (status == GF_OK)
        status = choose_workload(settings, bundle, &index, &again.workload, error);
    if (status == GF_OK)
        status = copy_words(bundle, index, &again, error);
    if (status == GF_OK)
        status = list_devices(bundle, &again, error);
    if (status == GF_OK) {
        const struct job_again restricted = {again.workload, path, again.devices};
        status = job_do_again(again.command, again.count, again.words, &restricted, error);
    }
    again_clear(&again);
    return status;
}

/* ---- Comparing --------------------------------------------------------- */

static gf_status report_diff(const struct settings *settings, const gf_diff *diff,
                             gf_error *error) {
    const gf_report_style style = settings_style(settings, NULL);
    if (settings->quiet)
        return GF_OK;
    putchar('\n');
    return gf_diff_report(diff, GF_FORMAT_TEXT, &style, stdout, error);
}

/* Times of a run that went on from a saved state are of its last steps, as many as there were then.
 */
static bool is_whole(const struct settings *settings, const gf_saved_reports *old_reports,
                     const gf_saved_reports *new_reports) {
    const uint64_t before = gf_saved_reports_first_step(old_reports);
    const uint64_t now = gf_saved_reports_first_step(new_reports);
    if (before == 0 && now == 0)
        return true;
    if (!settings->quiet)
        printf(
            "\nTimes are not compared: they are of the steps after %llu in the bundle, and after "
            "%llu now\n",
            (unsigned long long)before, (unsigned long long)now);
    return false;
}

/* On another machine times differ, which is no regression. */
static gf_status compare_times(const struct settings *settings, const gf_saved_bundle *before,
                               const gf_saved_bundle *after, gf_error *error) {
    gf_saved_reports *old_reports = NULL, *new_reports = NULL;
    gf_diff *diff = NULL;
    gf_status status = gf_saved_bundle_reports(before, NULL, &old_reports, error);
    if (status == GF_OK)
        status = gf_saved_bundle_reports(after, "the new run", &new_reports, error);
    const bool whole = status == GF_OK && is_whole(settings, old_reports, new_reports);
    if (whole)
        status = gf_diff_create(old_reports, new_reports, settings->fail_above, settings->seed,
                                &diff, error);
    if (whole && status == GF_OK)
        status = report_diff(settings, diff, error);
    if (whole && status == GF_OK && gf_diff_is_same_machine(diff))
        status = gf_diff_status(diff, error);
    gf_diff_destroy(diff);
    gf_saved_reports_destroy(old_reports);
    gf_saved_reports_destroy(new_reports);
    return status;
}

/* Results that differ outrank times that do. */
static gf_status compare_both(const struct settings *settings, const gf_saved_bundle *before,
                              const gf_saved_bundle *after, gf_error *error) {
    gf_error other = GF_ERROR_INIT;
    FILE *stream = settings->quiet ? fopen("/dev/null", "w") : stdout;
    if (stream == NULL)
        return message_set(error, GF_FAILED, "cannot open /dev/null");
    const gf_status bits = gf_saved_bundle_compare(before, after, stream, error);
    if (stream != stdout)
        fclose(stream);
    if (bits != GF_OK && bits != GF_MISMATCH)
        return bits;
    const gf_status times = compare_times(settings, before, after, bits == GF_OK ? error : &other);
    gf_error_clear(&other);
    return bits == GF_OK ? times : bits;
}

/* The second bundle lives in a folder of its own for as long as it is compared. A run whose results
 * are wrong has one, too. */
static gf_status rerun(const struct settings *settings, const gf_saved_bundle *before,
                       gf_error *error) {
    char folder[GF_SCRATCH_PATH], path[GF_SCRATCH_PATH + 32];
    gf_saved_bundle *after = NULL;
    gf_error failure = GF_ERROR_INIT;
    gf_status status = gf_scratch_folder_create(folder, error);
    if (status != GF_OK)
        return status;
    snprintf(path, sizeof path, "%s/rerun.tar.zst", folder);
    const gf_status again = run_again(settings, before, path, &failure);
    if (again == GF_OK || again == GF_MISMATCH || again == GF_FAILED)
        status = gf_saved_bundle_read(path, &after, error);
    else
        status = again;
    if (after != NULL) {
        status = compare_both(settings, before, after, error);
    } else if (again != GF_OK) {
        gf_error_clear(error);
        *error = failure;
        failure = (gf_error)GF_ERROR_INIT;
        status = again;
    }
    gf_error_clear(&failure);
    gf_saved_bundle_destroy(after);
    gf_scratch_folder_remove(folder);
    return status;
}

/* ---- The command ------------------------------------------------------- */

static gf_status judge(const char *path, const gf_saved_bundle *bundle, gf_error *error) {
    const size_t faults = gf_saved_bundle_fault_count(bundle);
    if (faults == 0)
        return GF_OK;
    return message_set(error, GF_FINDINGS, "%s does not hold: %zu fault%s, the first: %.300s", path,
                       faults, faults == 1 ? "" : "s", gf_saved_bundle_fault(bundle, 0));
}

static gf_status verify(const struct settings *settings, const char *path, gf_error *error) {
    gf_saved_bundle *bundle = NULL;
    gf_status status = gf_saved_bundle_read(path, &bundle, error);
    if (status == GF_OK && !settings->quiet)
        status = gf_saved_bundle_report(bundle, stdout, error);
    if (status == GF_OK)
        status = standard_output_flush(error);
    if (status == GF_OK)
        status = judge(path, bundle, error);
    if (status == GF_OK && settings->rerun)
        status = rerun(settings, bundle, error);
    if (status == GF_OK)
        status = standard_output_flush(error);
    gf_saved_bundle_destroy(bundle);
    return status;
}

static gf_status act(struct job *job, gf_error *error) {
    const cli_request *request = &job->request;
    const char *what = request->operand_count == 0 ? "" : request->operands[0];
    if (strcmp(what, bundle_words[0]) == 0 && request->operand_count > 2)
        return message_set(error, GF_USAGE,
                           "%s: unexpected argument; bundle verify takes one bundle",
                           request->operands[2]);
    if (strcmp(what, bundle_words[0]) != 0 || request->operand_count != 2)
        return message_set(error, GF_USAGE,
                           "bundle%s%s: give `verify FILE`, a bundle that "
                           "--bundle has written",
                           *what == '\0' ? "" : " ", what);
    if (job->settings.manifest != NULL && !job->settings.rerun)
        return message_set(error, GF_USAGE, "--manifest: it names what is run again; add --rerun");
    return verify(&job->settings, request->operands[1], error);
}

static const cli_group *const groups[] = {&bundle_group, NULL};
const cli_command bundle_command = {
    "bundle",
    "verify FILE.tar.zst [--rerun]",
    "Check a bundle of evidence: its checksums, its figures, and on request by a new run",
    groups,
    settings_defaults,
    CLI_BUNDLES,
    act,
    CLI_RANKS_FIRST};
