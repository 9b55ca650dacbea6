/* Devices that compute one problem together, as one device: what gf_backend.combine makes. */
#pragma once

#include "device/backend.h"

typedef struct gf_set {
    struct gf_set *following;
    gf_member members[GF_MOST_MEMBERS];
    size_t count;
    bool lost[GF_MOST_MEMBERS]; /* a call has failed: the device is closed with the set */
    char id[160], name[320];
} gf_set;

/* Computes on all of them; or so if it is worth it, else on the fastest alone. */
#define GF_SET_DIVIDED "divided"
#define GF_SET_CHOSEN  "chosen"

static inline gf_set *gf_set_of(const gf_device *device) {
    return device->state;
}

/* Slots of the backend. */
gf_status gf_set_combine(void *state, const gf_member *members, size_t count, gf_device *made,
                         gf_error *error);
gf_member *gf_set_members(const gf_device *device, size_t *count);
gf_status gf_set_open(gf_device *device, gf_error *error);
void gf_set_close(gf_device *device);
