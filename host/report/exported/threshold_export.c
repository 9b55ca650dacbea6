/* Thresholds for a user's own program: the two files. */
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

gf_status gf_breakeven_lines_export(const gf_breakeven_lines *lines, const char *name,
                                    uint64_t seed, FILE *json, FILE *header, gf_error *error) {
    GF_ENTER(error);
    gf_threshold_export made;
    gf_status status = gf_threshold_gather(lines, name, seed, &made, error);
    if (status == GF_OK) {
        gf_threshold_write_header(&made, header);
        status = gf_check_stream(header, error);
    }
    if (status == GF_OK)
        status = gf_threshold_write_json(&made, json, error);
    gf_threshold_clear(&made);
    return status;
}
