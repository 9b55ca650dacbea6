/* Which results of saved reports are of one device and kernel, and which can be compared. */
#pragma once

#include "diff/diff.h"

/* Fills the devices of a diff, and why some have no figures. */
gf_status gf_diff_match_devices(gf_diff *diff, gf_error *error);
/* Adds notes about machines, versions and drivers; sets same_machine. */
gf_status gf_diff_compare_machines(gf_diff *diff, gf_error *error);
