/* The devices that `gpufare calibrate` measures, and what is known of them. */
#ifndef GF_CALIBRATOR_H
#define GF_CALIBRATOR_H

#include "notes.h"
#include "profile.h"
#include "session.h"

/* A kernel whose points are measured: a variant with a precision. */
typedef struct gf_cover {
    gf_values *values; /* owned */
    gf_device *device;
    char variant[32];
} gf_cover;

struct gf_calibrator {
    gf_session *session;
    gf_run_options options;
    gf_device **devices;
    gf_profile **profiles; /* one for each device; empty if nothing is known */
    bool *known;           /* what is in the profile was kept or measured */
    size_t device_count;
    gf_cover *covers;
    size_t cover_count;
    gf_notes notes;
    size_t replaced_notes; /* the first of them, of what measuring replaces */
    double took_s;
};

#endif
