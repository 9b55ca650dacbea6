#include "report/exported/threshold_export.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/entry.h"
#include "base/error.h"
#include "base/stream.h"
#include "manifest/identifier.h"
#include "os/files/temporary_file.h"
#include "report/exported/threshold_header.h"
#include "report/exported/threshold_json.h"

gf_status gf_export_check_name(const char *path, const char **name, gf_error *error) {
    GF_ENTER(error);
    *name = path + gf_directory_length(path);
    const char *refusal = gf_identifier_refuse(*name);
    if (refusal != NULL)
        return gf_error_set_parameter(error, GF_USAGE, "export", " %s: %s%s", path,
                                      (*name)[0] == '\0' ? "the name behind the folder" : *name,
                                      refusal);
    return GF_OK;
}

gf_status gf_breakeven_lines_check_export(const gf_breakeven_lines *lines,
                                          const gf_target_list *targets, gf_error *error) {
    GF_ENTER(error);
    bool cpu = false, device = false;
    if (lines->line[0]->sweep.threads)
        return gf_error_set_parameter(
            error, GF_USAGE, "export",
            ": a sweep of threads compares no devices; sweep another number");
    for (size_t i = 0; i < targets->count; i++) {
        const bool native = targets->targets[i].device->info.device_class == GF_CLASS_NATIVE;
        cpu = cpu || native;
        device = device || !native;
    }
    if (cpu && device)
        return GF_OK;
    return gf_error_set_parameter(error, GF_USAGE, "export",
                                  ": it compares a device with the native one, and %s; choose both",
                                  cpu ? "only that takes part" : "that takes no part");
}

/* ---- Gathering --------------------------------------------------------- */

static void note_date(gf_threshold_export *made) {
    struct tm utc;
    const time_t now = time(NULL);
    if (gmtime_r(&now, &utc) == NULL ||
        strftime(made->date, sizeof made->date, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
        made->date[0] = '\0';
}

static void note_range(gf_threshold_export *made, const gf_placement *placement) {
    const gf_sweep_value *values = gf_export_sweep(made)->values;
    char doubt[GF_DOUBT_SIZE];
    made->from = fmax(made->from, values[placement->first].number);
    made->to = fmin(made->to, values[placement->last].number);
    made->uncertain = made->uncertain || gf_placement_doubt(placement, 0, doubt, sizeof doubt);
}

static gf_status gather(const gf_breakeven_lines *lines, const char *name, uint64_t seed,
                        gf_threshold_export *made, gf_error *error) {
    const char *label = NULL;
    *made = (gf_threshold_export){.lines = lines, .name = name, .to = INFINITY};
    for (size_t i = lines->count; i-- > 0 && label == NULL;)
        label = gf_placement_device(lines->line[i]);
    made->placements = calloc(lines->count, sizeof *made->placements);
    if (made->placements == NULL)
        return gf_error_no_memory(error, "thresholds", lines->count * sizeof *made->placements);
    for (size_t i = 0; name[i] != '\0' && i + 1 < sizeof made->upper; i++)
        made->upper[i] = (char)toupper((unsigned char)name[i]);
    note_date(made);
    gf_status status = GF_OK;
    for (size_t i = 0; status == GF_OK && i < lines->count; i++) {
        status = gf_placement_find(lines->line[i], label, seed, &made->placements[i], error);
        if (status == GF_OK)
            note_range(made, &made->placements[i]);
        else if (lines->along.param != NULL)
            gf_error_prefix(error, "%s %s", lines->along.param->name, lines->along.values[i].text);
    }
    return status;
}

gf_status gf_breakeven_lines_export(const gf_breakeven_lines *lines, const char *name,
                                    uint64_t seed, FILE *json, FILE *header, gf_error *error) {
    GF_ENTER(error);
    gf_threshold_export made;
    gf_status status = gather(lines, name, seed, &made, error);
    if (status == GF_OK) {
        gf_threshold_write_header(&made, header);
        status = gf_check_stream(header, error);
    }
    if (status == GF_OK)
        status = gf_threshold_write_json(&made, json, error);
    free(made.placements);
    return status;
}
