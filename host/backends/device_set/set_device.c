#include "backends/device_set/set_device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "device/chip.h"
#include "device/session.h"

/* ---- Whether they can compute together --------------------------------- */

static gf_status check_pair(const gf_member *a, const gf_member *b, gf_error *error) {
    const gf_device_info *first = &a->device->info, *second = &b->device->info;
    const gf_backend *backend = a->device->backend;
    if (a->device == b->device)
        return gf_error_set_parameter(error, GF_USAGE, "device",
                                      ": a set has %s twice; name each device once", first->id);
    if (gf_is_other_listing(first, second))
        return gf_error_set_parameter(
            error, GF_USAGE, "device",
            ": a set has %s and %s, which are one chip (%s) under two names; name one of them",
            first->id, second->id, first->chip);
    if (backend->channel != NULL && b->device->backend->channel == backend->channel &&
        backend->channel(a->device) == backend->channel(b->device))
        return gf_error_set_parameter(
            error, GF_USAGE, "device",
            ": a set has %s and %s, whose driver answers one after the other in its process; "
            "run it in this process, or name devices of different drivers",
            first->id, second->id);
    return GF_OK;
}

static gf_status check_members(const gf_member *members, size_t count, gf_error *error) {
    if (count > GF_MOST_MEMBERS)
        return gf_error_set_parameter(error, GF_USAGE, "device",
                                      ": a set of %zu devices; at most %d compute together", count,
                                      GF_MOST_MEMBERS);
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < i; j++) {
            const gf_status status = check_pair(&members[j], &members[i], error);
            if (status != GF_OK)
                return status;
        }
    }
    return GF_OK;
}

/* ---- What is said of a set --------------------------------------------- */

static void name_set(gf_set *set) {
    gf_text id = gf_text_in(set->id, sizeof set->id),
            name = gf_text_in(set->name, sizeof set->name);
    for (size_t i = 0; i < set->count; i++) {
        const gf_member *member = &set->members[i];
        gf_text_add(&id, "%s%s%s%s", i == 0 ? "" : "+", member->device->info.id,
                    member->variant == NULL ? "" : ":",
                    member->variant == NULL ? "" : member->variant);
        gf_text_add(&name, "%s%s", i == 0 ? "" : " + ", member->device->info.name);
    }
}

static uint64_t lesser(uint64_t a, uint64_t b) {
    if (a == 0 || b == 0) /* not known */
        return a + b;
    return a < b ? a : b;
}

/* A set with a GPU counts as one, and one with the CPU alone as no GPU. */
static gf_device_class class_of(const gf_set *set) {
    gf_device_class made = GF_CLASS_CPU;
    for (size_t i = 0; i < set->count; i++) {
        const gf_device_class its = set->members[i].device->info.device_class;
        if (its == GF_CLASS_GPU || (its == GF_CLASS_ACCELERATOR && made == GF_CLASS_CPU))
            made = its;
    }
    return made;
}

/* Each member needs room for what the problem needs, and what its kernels need. */
static gf_device_info info_of(const gf_set *set) {
    static const char *const kinds[] = {[GF_CLASS_NATIVE] = "set-cpu",
                                        [GF_CLASS_GPU] = "set-gpu",
                                        [GF_CLASS_CPU] = "set-cpu",
                                        [GF_CLASS_ACCELERATOR] = "set-accel"};
    gf_device_info info = {.id = set->id,
                           .name = set->name,
                           .platform = "set",
                           .driver = "",
                           .simd = "",
                           .limits = "",
                           .device_class = class_of(set),
                           .f64 = true};
    info.kind = kinds[info.device_class];
    for (size_t i = 0; i < set->count; i++) {
        const gf_device_info *its = &set->members[i].device->info;
        info.global_memory_bytes = lesser(info.global_memory_bytes, its->global_memory_bytes);
        info.max_alloc_bytes = lesser(info.max_alloc_bytes, its->max_alloc_bytes);
        info.f64 = info.f64 && its->f64;
        if (its->compute_units > info.compute_units)
            info.compute_units = its->compute_units;
    }
    return info;
}

/* ---- Slots ------------------------------------------------------------- */

gf_status gf_set_combine(void *state, const gf_member *members, size_t count, gf_device *made,
                         gf_error *error) {
    gf_set **sets = state;
    const gf_status status = check_members(members, count, error);
    if (status != GF_OK)
        return status;
    gf_set *set = calloc(1, sizeof *set);
    if (set == NULL)
        return gf_error_no_memory(error, "a set of devices", sizeof *set);
    memcpy(set->members, members, count * sizeof members[0]);
    set->count = count;
    name_set(set);
    set->following = *sets;
    *sets = set;
    made->info = info_of(set);
    made->state = set;
    return GF_OK;
}

gf_member *gf_set_members(const gf_device *device, size_t *count) {
    gf_set *set = gf_set_of(device);
    *count = set->count;
    return set->members;
}

gf_status gf_set_open(gf_device *device, gf_error *error) {
    gf_set *set = gf_set_of(device);
    gf_status status = GF_OK;
    for (size_t i = 0; status == GF_OK && i < set->count; i++) {
        gf_device *member = set->members[i].device;
        gf_error failure = GF_ERROR_INIT;
        member->cancel = device->cancel;
        status = gf_device_open(member, &failure);
        member->cancel = NULL;
        if (status != GF_OK)
            gf_error_set(error, status, "%s: %s", member->info.id, failure.text);
        gf_error_clear(&failure);
        set->lost[i] = false;
    }
    return status;
}

/* Members are the session's; those whose calls failed can't be trusted any more. */
void gf_set_close(gf_device *device) {
    gf_set *set = gf_set_of(device);
    for (size_t i = 0; i < set->count; i++) {
        if (set->lost[i])
            gf_device_close(set->members[i].device);
        set->lost[i] = false;
    }
}
