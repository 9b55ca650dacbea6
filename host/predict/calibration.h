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

typedef struct gf_calibrated_device {
    gf_device *device;
    gf_profile *profile; /* without measurements if not known; owned */
    bool known;          /* the profile was loaded or measured */
} gf_calibrated_device;

struct gf_calibration {
    gf_context context;            /* with the options below */
    gf_run_options options;        /* the caller's */
    gf_calibrated_device *devices; /* owned */
    size_t device_count;
    gf_case_set *case_sets;
    size_t case_set_count;
    const gf_workload *only;  /* NULL, or the workload whose cases are measured */
    gf_notes notes, not_used; /* not_used: drivers and devices that the session could not use */
    size_t measured_count;    /* devices that the latest measurement finished */
    size_t replaced_notes;    /* the first this-many notes are about stored profiles */
    double took_s;
};
