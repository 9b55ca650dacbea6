/* The search for the variant itself, where several may be the fastest. */
#pragma once

#include "measure/round_trip.h"

typedef struct gf_variant_choice {
    const gf_device *device;
    const char *variant; /* NULL: none was chosen */
    bool saved_before;   /* an earlier search found it */
    /* Of a search that was made now. */
    gf_variant_try tries[GF_MOST_VARIANT_TRIES];
    uint32_t try_count;
} gf_variant_choice;

/* Chooses the one of the device's contestants that an earlier search found to be the fastest for
 * such problems, or that a search finds now if the inputs are made. On a prompt device only where
 * the problem is short, since some contestants may be much slower. */
gf_status gf_find_fastest_variant(gf_truth *truth, gf_device *device, gf_variant_choice *choice,
                                  gf_error *error);
