/* The state of a device with a problem that is larger than its memory (visiting_device.h). */
#pragma once

#include "device/backend.h"

typedef struct gf_visiting {
    struct gf_visiting *following;
    gf_device *inner;
    gf_memory_limits limits; /* of the band's buffers */
    gf_backend table;        /* slots that the inner backend lacks are missing here, too */
} gf_visiting;

static inline gf_visiting *gf_visiting_of(const gf_device *device) {
    return device->state;
}
