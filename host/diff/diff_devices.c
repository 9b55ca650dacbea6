#include "diff/diff_devices.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"
#include "base/text.h"

/* Memory of one machine that two of its kernels count differently. */
#define MEMORY_ALIKE 0.02

/* ---- Matching ---------------------------------------------------------- */

/* How surely two results are of one device and kernel. Ids change when a driver is added, and names
 * when it gets a new version. */
typedef enum likeness { UNLIKE, SAME_ID, SAME_NAME, SAME_BOTH } likeness;

static likeness compare_results(const gf_saved_result *a, const gf_saved_result *b) {
    if (strcmp(a->variant, b->variant) != 0 || strcmp(a->kind, b->kind) != 0)
        return UNLIKE;
    const bool id = strcmp(a->id, b->id) == 0;
    const bool name = strcmp(a->name, b->name) == 0 && strcmp(a->platform, b->platform) == 0;
    return id && name ? SAME_BOTH : name ? SAME_NAME : id ? SAME_ID : UNLIKE;
}

static bool is_taken(const gf_diff *diff, const gf_saved_result *result, int side, size_t report) {
    for (size_t i = 0; i < diff->device_count; i++) {
        if (diff->devices[i].results[side][report] == result)
            return true;
    }
    return false;
}

static const gf_saved_result *find_match(const gf_diff *diff, const gf_saved_result *wanted,
                                         int side, size_t index) {
    const gf_saved_report *report = &diff->reports[side]->reports[index];
    for (int least = SAME_BOTH; least > UNLIKE; least--) {
        for (size_t i = 0; i < report->result_count; i++) {
            const gf_saved_result *result = &report->results[i];
            if ((int)compare_results(wanted, result) == least &&
                !is_taken(diff, result, side, index))
                return result;
        }
    }
    return NULL;
}

static gf_status add_device(gf_diff *diff, const gf_saved_result *first, gf_error *error) {
    gf_status status =
        gf_array_grow(&diff->devices, diff->device_count, sizeof *diff->devices, error);
    if (status != GF_OK)
        return status;
    gf_diff_device *device = &diff->devices[diff->device_count];
    *device = (gf_diff_device){.brief = NULL};
    gf_text label = gf_text_in(device->label, sizeof device->label);
    gf_text_add(&label, "%s%s%s", first->id, first->variant[0] == '\0' ? "" : ":", first->variant);
    for (int side = 0; side < 2; side++) {
        const size_t count = diff->reports[side]->count;
        device->results[side] = calloc(count, sizeof *device->results[side]);
        device->counts[side] = count;
        if (device->results[side] == NULL)
            status = gf_error_no_memory(error, "devices", count * sizeof *device->results[side]);
    }
    for (int side = 0; side < 2 && status == GF_OK; side++) {
        for (size_t i = 0; i < diff->reports[side]->count; i++)
            device->results[side][i] = find_match(diff, first, side, i);
    }
    diff->device_count++; /* also half made, so that it is freed */
    return status;
}

/* A result that looks the same in all but its id, where both a match by id and one by name are
 * possible, goes to the one that is alike in both. */
static gf_status add_devices(gf_diff *diff, likeness least, gf_error *error) {
    gf_status status = GF_OK;
    for (int side = 0; side < 2; side++) {
        const gf_saved_report *report = &diff->reports[side]->reports[0];
        for (size_t i = 0; i < report->result_count && status == GF_OK; i++) {
            const gf_saved_result *result = &report->results[i];
            const gf_saved_result *other = find_match(diff, result, 1 - side, 0);
            const likeness like = other == NULL ? UNLIKE : compare_results(result, other);
            if (like >= least && !is_taken(diff, result, side, 0))
                status = add_device(diff, result, error);
        }
    }
    return status;
}

/* ---- What has no figures ----------------------------------------------- */

/* Whether the other side has a result of the same device and variant. */
static bool has_counterpart(const gf_diff *diff, const gf_saved_result *result, int side,
                            size_t index) {
    for (size_t i = 0; i < diff->device_count; i++) {
        if (diff->devices[i].results[side][index] == result)
            return diff->devices[i].results[1 - side][0] != NULL;
    }
    return false;
}

/* Another variant of the same device in a report, which the search or somebody chose instead. */
static const gf_saved_result *find_other_variant(const gf_diff *diff, int side, size_t index,
                                                 const gf_saved_result *of) {
    const gf_saved_report *report = &diff->reports[side]->reports[index];
    for (size_t i = 0; i < report->result_count; i++) {
        const gf_saved_result *result = &report->results[i];
        if (strcmp(result->id, of->id) == 0 && strcmp(result->variant, of->variant) != 0 &&
            !has_counterpart(diff, result, side, index))
            return result;
    }
    return NULL;
}

static const gf_saved_result *first_result(const gf_diff *diff, const gf_diff_device *device) {
    for (int side = 0; side < 2; side++) {
        for (size_t i = 0; i < diff->reports[side]->count; i++) {
            if (device->results[side][i] != NULL)
                return device->results[side][i];
        }
    }
    return NULL;
}

static const char *say_missing(const gf_diff *diff, const gf_diff_device *device, int side,
                               size_t index, gf_text *why) {
    const gf_saved_result *other =
        find_other_variant(diff, side, index, first_result(diff, device));
    gf_text_add(why, "it is not in %s", gf_saved_report_name(&diff->reports[side]->reports[index]));
    if (other == NULL)
        return "missing";
    gf_text_add(why, ", which has %s:%s; name the variant in the device list of both", other->id,
                other->variant);
    return "another kernel";
}

/* Says why a device has no figures because of this report; NULL: nothing is in their way. */
static const char *judge_result(const gf_diff *diff, const gf_diff_device *device, int side,
                                size_t index, gf_text *why) {
    const gf_saved_report *report = &diff->reports[side]->reports[index];
    const gf_saved_result *result = device->results[side][index];
    if (result == NULL)
        return say_missing(diff, device, side, index, why);
    if (strcmp(result->status, "ok") == 0)
        return NULL;
    gf_text_add(why, "%s in %s%s%s", result->status, gf_saved_report_name(report),
                result->reason[0] == '\0' ? "" : ": ", result->reason);
    return "no verified result";
}

/* Says why a run's times are none to compare; NULL: they are. */
static const char *judge_run(const gf_saved_report *report, const gf_saved_result *result,
                             gf_text *why) {
    const char *name = gf_saved_report_name(report);
    const uint32_t samples = result->times[GF_PHASE_TOTAL].count;
    if (report->cut_short[0] != '\0') {
        gf_text_add(why, "%s was cut short (%s); measure it again", name, report->cut_short);
        return "cut short";
    }
    if (result->disturbed == 0 || 2 * (uint64_t)result->disturbed < samples)
        return NULL;
    gf_text_add(why,
                "other programs had the cores in %u of %u samples of %s; measure it again when the "
                "machine is quiet",
                result->disturbed, samples, name);
    return "busy machine";
}

/* Of several runs those that are fit are enough. */
static gf_status drop_unfit(gf_diff *diff, gf_diff_device *device, int side, gf_error *error) {
    const size_t count = diff->reports[side]->count;
    const char *brief = NULL;
    char first[GF_ERROR_TEXT] = "";
    size_t fit = 0;
    for (size_t i = 0; i < count; i++) {
        gf_text why = gf_text_in(device->why, sizeof device->why);
        const char *unfit =
            judge_run(&diff->reports[side]->reports[i], device->results[side][i], &why);
        if (unfit == NULL)
            device->results[side][fit++] = device->results[side][i];
        else if (brief == NULL)
            memcpy(first, device->why, sizeof first);
        brief = brief == NULL ? unfit : brief;
    }
    memcpy(device->why, first, sizeof first);
    device->brief = fit == 0 ? brief : NULL;
    device->counts[side] = fit;
    if (fit == 0 || fit == count)
        return GF_OK;
    return gf_notes_add(&diff->notes, error, "%s: %zu of the %zu %s runs left out: %s",
                        device->label, count - fit, count, side == 0 ? "old" : "new", first);
}

/* Of "NAME=VALUE,NAME=VALUE": the item of the threads, which have an option of their own, or the
 * others. */
static void copy_items(const char *tuning, bool threads, gf_text *text) {
    static const char name[] = "threads=";
    while (*tuning != '\0') {
        const int length = (int)strcspn(tuning, ",");
        if ((strncmp(tuning, name, strlen(name)) == 0) == threads)
            gf_text_add(text, "%.*s,", length, tuning);
        tuning += length;
        tuning += *tuning == ',' ? 1 : 0;
    }
}

static bool have_other_items(const gf_saved_result *a, const gf_saved_result *b, bool threads) {
    char left[sizeof a->tuning + 1], right[sizeof b->tuning + 1];
    gf_text of_a = gf_text_in(left, sizeof left), of_b = gf_text_in(right, sizeof right);
    copy_items(a->tuning, threads, &of_a);
    copy_items(b->tuning, threads, &of_b);
    return strcmp(left, right) != 0;
}

/* The options that set what differs. */
static const char *options_of(const gf_saved_result *a, const gf_saved_result *b) {
    if (!have_other_items(a, b, true))
        return "tune";
    return have_other_items(a, b, false) ? "tune, threads" : "threads";
}

/* Kernels with other tunables are other kernels. */
static const char *judge_tuning(const gf_diff *diff, const gf_diff_device *device, gf_text *why) {
    const gf_saved_result *first = device->results[0][0];
    for (int side = 0; side < 2; side++) {
        for (size_t i = 0; i < diff->reports[side]->count; i++) {
            const gf_saved_result *result = device->results[side][i];
            if (strcmp(first->tuning, result->tuning) == 0)
                continue;
            gf_text_add(why, "%s in %s, %s in %s; give both runs the same values (%s)",
                        first->tuning[0] == '\0' ? "no tunables" : first->tuning,
                        gf_saved_report_name(&diff->reports[0]->reports[0]),
                        result->tuning[0] == '\0' ? "none" : result->tuning,
                        gf_saved_report_name(&diff->reports[side]->reports[i]),
                        options_of(first, result));
            return "other tunables";
        }
    }
    return NULL;
}

/* Whether a device's result was verified before and is wrong or failed now. */
static bool has_lost_result(const gf_diff_device *device) {
    bool was_verified = false, is_unverified = false;
    for (size_t i = 0; i < device->counts[0]; i++) {
        const gf_saved_result *result = device->results[0][i];
        was_verified = was_verified || (result != NULL && strcmp(result->status, "ok") == 0);
    }
    for (size_t i = 0; i < device->counts[1]; i++) {
        const gf_saved_result *result = device->results[1][i];
        is_unverified = is_unverified || (result != NULL && strcmp(result->status, "ok") != 0);
    }
    return was_verified && is_unverified;
}

static void judge_device(const gf_diff *diff, gf_diff_device *device) {
    gf_text why = gf_text_in(device->why, sizeof device->why);
    for (int side = 0; side < 2; side++) {
        for (size_t i = 0; i < diff->reports[side]->count && device->brief == NULL; i++)
            device->brief = judge_result(diff, device, side, i, &why);
    }
    device->lost = has_lost_result(device);
    if (device->brief == NULL)
        device->brief = judge_tuning(diff, device, &why);
}

gf_status gf_diff_match_devices(gf_diff *diff, gf_error *error) {
    gf_status status = GF_OK;
    for (int least = SAME_BOTH; least >= UNLIKE && status == GF_OK; least--)
        status = add_devices(diff, (likeness)least, error);
    for (size_t d = 0; d < diff->device_count && status == GF_OK; d++)
        judge_device(diff, &diff->devices[d]);
    /* Afterwards, because results then no longer stand at the number of their report. */
    for (size_t d = 0; d < diff->device_count; d++) {
        for (int side = 0; side < 2 && status == GF_OK && diff->devices[d].brief == NULL; side++)
            status = drop_unfit(diff, &diff->devices[d], side, error);
    }
    return status;
}

/* ---- Machines ---------------------------------------------------------- */

static bool is_same_machine(const gf_saved_machine *a, const gf_saved_machine *b) {
    const double memory = (double)a->memory_bytes, other = (double)b->memory_bytes;
    return strcmp(a->cpu, b->cpu) == 0 && a->cores == b->cores && a->threads == b->threads &&
           fabs(memory - other) <= MEMORY_ALIKE * fmax(memory, other);
}

static void describe_machine(const gf_saved_machine *machine, char *buffer, size_t size) {
    char memory[32];
    gf_text text = gf_text_in(buffer, size);
    gf_format_bytes((double)machine->memory_bytes, memory, sizeof memory);
    gf_text_add(&text, "%s, %llu cores, %llu threads, %s",
                machine->cpu[0] == '\0' ? "unknown CPU" : machine->cpu,
                (unsigned long long)machine->cores, (unsigned long long)machine->threads, memory);
}

static gf_status note_change(gf_diff *diff, const char *what, const char *before, const char *after,
                             gf_error *error) {
    if (strcmp(before, after) == 0)
        return GF_OK;
    return gf_notes_add(&diff->notes, error, "%s: was %s, is %s", what,
                        before[0] == '\0' ? "not known" : before,
                        after[0] == '\0' ? "not known" : after);
}

static gf_status note_machine(gf_diff *diff, const gf_saved_report *report, gf_error *error) {
    const gf_saved_report *first = &diff->reports[0]->reports[0];
    char before[256], after[256];
    gf_status status =
        note_change(diff, "gpufare", first->machine.gpufare, report->machine.gpufare, error);
    if (status == GF_OK)
        status =
            note_change(diff, "compiler", first->machine.compiler, report->machine.compiler, error);
    if (status == GF_OK)
        status = note_change(diff, "system", first->machine.os, report->machine.os, error);
    if (status == GF_OK && report->unwatched)
        status = gf_notes_add(&diff->notes, error,
                              "%s: nobody watched whether other programs had the cores",
                              gf_saved_report_name(report));
    if (status != GF_OK || is_same_machine(&first->machine, &report->machine))
        return status;
    diff->same_machine = false;
    describe_machine(&first->machine, before, sizeof before);
    describe_machine(&report->machine, after, sizeof after);
    return gf_notes_add(&diff->notes, error,
                        "another machine: was %s, is %s; a change may be the machine's", before,
                        after);
}

static gf_status note_drivers(gf_diff *diff, const gf_diff_device *device, gf_error *error) {
    const gf_saved_result *before = device->results[0][0], *after = device->results[1][0];
    char what[192];
    if (before == NULL || after == NULL)
        return GF_OK;
    snprintf(what, sizeof what, "driver of %s", before->id);
    gf_status status = note_change(diff, what, before->driver, after->driver, error);
    snprintf(what, sizeof what, "name of %s", before->id);
    if (status == GF_OK)
        status = note_change(diff, what, before->name, after->name, error);
    snprintf(what, sizeof what, "id of %s", device->label);
    return status == GF_OK ? note_change(diff, what, before->id, after->id, error) : status;
}

gf_status gf_diff_compare_machines(gf_diff *diff, gf_error *error) {
    gf_status status = GF_OK;
    char text[256];
    diff->same_machine = true;
    for (int side = 0; side < 2; side++) {
        for (size_t i = 0; i < diff->reports[side]->count && status == GF_OK; i++)
            status = note_machine(diff, &diff->reports[side]->reports[i], error);
    }
    describe_machine(&diff->reports[0]->reports[0].machine, text, sizeof text);
    if (status == GF_OK && diff->same_machine)
        status =
            gf_notes_add(&diff->notes, error, "the same machine, by its description: %s", text);
    for (size_t d = 0; d < diff->device_count && status == GF_OK; d++)
        status = note_drivers(diff, &diff->devices[d], error);
    return status;
}
