/* The devices that a calibration measures, and their profiles. */
#pragma once

#include "base/notes.h"
#include "calibrate/profile.h"
#include "device/context.h"

/* The cases of a kernel: a variant with a precision. */
typedef struct gf_case_set {
    gf_params *params; /* owned */
    gf_device *device;
    char variant[32];
} gf_case_set;

struct gf_calibration {
    gf_context context;     /* with the options below */
    gf_run_options options; /* the caller's */
    gf_device **devices;
    gf_profile **profiles; /* one for each device; without measurements if not known */
    bool *known;           /* the profile was loaded or measured */
    size_t device_count;
    gf_case_set *case_sets;
    size_t case_set_count;
    gf_notes notes;
    size_t replaced_notes; /* the first this-many notes are about stored profiles */
    double took_s;
};
