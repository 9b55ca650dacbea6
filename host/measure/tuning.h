/* Values of tunables that are given or saved: what a caller asks for, and what earlier searches
 * found. */
#pragma once

#include "device/backend.h"

/* ---- Overrides: "NAME=VALUE,NAME=VALUE" -------------------------------- */

/* GF_USAGE when a name is not a tunable of any kernel of the workload, a value is not a number, or
 * is out of range in every kernel that has the tunable. `override` may be NULL. */
gf_status gf_tuning_check_override(const gf_workload *workload, const char *override,
                                   gf_error *error);

/* Takes the values for these tunables from an override that was checked; *taken: there was one.
 * GF_UNSUPPORTED when a value is out of this variant's range. */
gf_status gf_tuning_apply_override(gf_tuning *tuning, const char *override, bool *taken,
                                   gf_error *error);

/* ---- Saved values ------------------------------------------------------ */

/* Writes a text that names everything the best values depend on. `device_key` is what the backend's
 * tuning_key wrote. The problem's size enters by its order of magnitude, in powers of two. */
void gf_tuning_name(const char *device_key, const gf_problem *problem, const char *variant,
                    char *text, size_t size);

typedef enum gf_load_result { GF_LOAD_NOTHING, GF_LOAD_VALUES, GF_LOAD_DAMAGED } gf_load_result;

/* Loads the values saved under this name. Values that are damaged or don't fit the tunables leave
 * *tuning unchanged. */
gf_load_result gf_tuning_load(const char *name, gf_tuning *tuning);
/* false: they could not be saved. */
bool gf_tuning_save(const char *name, const gf_tuning *tuning);

/* The same for the variant that a search found to be the fastest; a name's `variant` is then
 * GF_FASTEST_VARIANT. false: there is none, or it is damaged. */
#define GF_FASTEST_VARIANT "fastest"
bool gf_tuning_load_variant(const char *name, char *variant, size_t size);
bool gf_tuning_save_variant(const char *name, const char *variant);

/* "steps-per-pass 16, tile-cols 512 (derived from ...)"; "" without tunables. */
void gf_tuning_format(const gf_tuning *tuning, char *text, size_t size);
