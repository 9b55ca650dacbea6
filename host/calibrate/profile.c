#include "calibrate/profile.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "os/cores.h"
#include "os/machine.h"

const char *gf_memory_kind_name(gf_memory_kind kind) {
    static const char *const names[GF_MEMORY_KINDS] = {"pageable", "pinned", "mapped"};
    return names[kind];
}

const char *gf_direction_name(gf_direction direction) {
    return direction == GF_UP ? "up" : "down";
}

/* Copies a text of the key as JSON will return it, which holds UTF-8 only. false: no memory. */
static bool copy_text(char *to, size_t size, const char *from) {
    snprintf(to, size, "%s", from);
    json_t *text = gf_json_text(to);
    if (text != NULL)
        snprintf(to, size, "%s", json_string_value(text));
    json_decref(text);
    return text != NULL;
}

/* A quota is part of the machine: what was measured under one does not hold without. */
void gf_profile_format_machine(const gf_machine *machine, double quota, char *buffer, size_t size) {
    gf_text text = gf_text_in(buffer, size);
    gf_text_add(&text, "%.100s, %u cores, %u threads",
                machine->cpu[0] == '\0' ? "unknown processor" : machine->cpu, machine->cores,
                machine->threads);
    if (quota > 0)
        gf_text_add(&text, ", CPU quota of %.3g", quota);
    gf_text_add(&text, ", %.100s", machine->os);
}

static bool describe_machine(gf_profile *profile) {
    gf_machine machine;
    gf_machine_examine(&machine);
    char text[sizeof profile->machine];
    const gf_cores cores = gf_cores_examine("");
    gf_profile_format_machine(&machine, cores.quota < cores.allowed ? cores.quota : 0, text,
                              sizeof text);
    return copy_text(profile->machine, sizeof profile->machine, text);
}

static bool describe_device(gf_profile *profile, const gf_device_info *device) {
    return copy_text(profile->device_id, sizeof profile->device_id, device->id) &&
           copy_text(profile->device_name, sizeof profile->device_name, device->name) &&
           copy_text(profile->kind, sizeof profile->kind, device->kind) &&
           copy_text(profile->platform, sizeof profile->platform, device->platform) &&
           copy_text(profile->driver, sizeof profile->driver, device->driver) &&
           copy_text(profile->simd, sizeof profile->simd, device->simd) &&
           copy_text(profile->version, sizeof profile->version, gf_version());
}

gf_status gf_profile_create(const gf_device_info *device, uint32_t threads, gf_profile **profile,
                            gf_error *error) {
    gf_profile *made = calloc(1, sizeof *made);
    if (made == NULL || !describe_machine(made) || !describe_device(made, device)) {
        gf_profile_destroy(made);
        return gf_error_no_memory(error, "a profile", sizeof *made);
    }
    made->device_class = device->device_class;
    made->global_memory_bytes = device->global_memory_bytes;
    made->max_alloc_bytes = device->max_alloc_bytes;
    made->f64 = device->f64;
    if (device->device_class == GF_CLASS_NATIVE)
        made->threads = threads != 0 ? threads : device->compute_units;
    *profile = made;
    return GF_OK;
}

void gf_profile_destroy(gf_profile *profile) {
    if (profile == NULL)
        return;
    free(profile->cases);
    free(profile->refused);
    free(profile);
}

static bool same_case(const gf_case *a, const gf_case *b) {
    return strcmp(a->workload, b->workload) == 0 && strcmp(a->variant, b->variant) == 0 &&
           strcmp(a->values, b->values) == 0 && a->precision == b->precision && a->math == b->math;
}

gf_status gf_profile_add_case(gf_profile *profile, const gf_case *added, gf_error *error) {
    for (size_t i = 0; i < profile->case_count; i++) {
        if (same_case(&profile->cases[i], added)) {
            profile->cases[i] = *added;
            return GF_OK;
        }
    }
    const gf_status status =
        gf_array_grow(&profile->cases, profile->case_count, sizeof *profile->cases, error);
    if (status == GF_OK)
        profile->cases[profile->case_count++] = *added;
    return status;
}

bool gf_profile_refuses(const gf_profile *profile, const gf_case *asked) {
    for (size_t i = 0; i < profile->refused_count; i++) {
        if (same_case(&profile->refused[i], asked))
            return true;
    }
    return false;
}

gf_status gf_profile_add_refused(gf_profile *profile, const gf_case *added, gf_error *error) {
    if (gf_profile_refuses(profile, added))
        return GF_OK;
    const gf_status status =
        gf_array_grow(&profile->refused, profile->refused_count, sizeof *profile->refused, error);
    if (status == GF_OK)
        profile->refused[profile->refused_count++] = *added;
    return status;
}

bool gf_profile_is_partial(const gf_profile *profile) {
    const gf_profile_parts *m = &profile->missing;
    return m->transfers || m->first_touch || m->launch || m->copies || m->reads || m->arithmetic;
}

void gf_profile_list_parts(const gf_profile_parts *parts, char *buffer, size_t size) {
    const struct {
        bool is;
        const char *name;
    } all[] = {{parts->transfers, "transfers"}, {parts->first_touch, "first touches"},
               {parts->launch, "launches"},     {parts->copies, "copies"},
               {parts->reads, "reads"},         {parts->arithmetic, "arithmetic"}};
    gf_text text = gf_text_in(buffer, size);
    for (size_t i = 0; i < GF_COUNT_OF(all); i++) {
        if (all[i].is)
            gf_text_add(&text, "%s%s", text.used == 0 ? "" : ", ", all[i].name);
    }
}

/* Returns how many remain. */
static size_t keep_others(gf_case *cases, size_t count, const char *workload) {
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(cases[i].workload, workload) != 0)
            cases[kept++] = cases[i];
    }
    return kept;
}

void gf_profile_drop_cases(gf_profile *profile, const char *workload) {
    profile->case_count = keep_others(profile->cases, profile->case_count, workload);
    profile->refused_count = keep_others(profile->refused, profile->refused_count, workload);
}

bool gf_profile_same_device(const gf_profile *a, const gf_profile *b) {
    return strcmp(a->machine, b->machine) == 0 && strcmp(a->device_id, b->device_id) == 0 &&
           strcmp(a->device_name, b->device_name) == 0 && strcmp(a->platform, b->platform) == 0 &&
           a->threads == b->threads;
}

/* Between the measured sizes the lines meet in the middle, on a logarithmic scale. */
const gf_line *gf_profile_first_touch(const gf_profile *profile, double bytes) {
    const gf_line *small = &profile->first_touch, *large = &profile->first_touch_large;
    return large->count > 0 && bytes * bytes > small->most * large->least ? large : small;
}
