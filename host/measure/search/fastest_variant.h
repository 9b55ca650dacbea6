/* The search for the variant itself, where several may be the fastest. */
#pragma once

#include "measure/round_trip.h"

/* Chooses the one of the device's contestants that an earlier search found to be the fastest for
 * such problems, or that a search finds now if the inputs are made. On a prompt device only where
 * the problem is short, since some contestants may be much slower. */
gf_status gf_find_fastest_variant(gf_truth *truth, gf_device *device, gf_variant_choice *choice,
                                  gf_error *error);
