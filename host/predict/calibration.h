/* The devices that `gpufare calibrate` measures, and what is known of them. */
#ifndef GF_CALIBRATION_H
#define GF_CALIBRATION_H

#include "base/notes.h"
#include "calibrate/profile.h"
#include "device/session.h"

/* A kernel whose points are measured: a variant with a precision. */
typedef struct gf_case_set {
    gf_params *params; /* owned */
    gf_device *device;
    char variant[32];
} gf_case_set;

struct gf_calibration {
    gf_session *session;
    gf_run_options options;
    gf_device **devices;
    gf_profile **profiles; /* one for each device; empty if nothing is known */
    bool *known;           /* what is in the profile was kept or measured */
    size_t device_count;
    gf_case_set *covers;
    size_t cover_count;
    gf_notes notes;
    size_t replaced_notes; /* the first of them, of what measuring replaces */
    double took_s;
};

#endif
