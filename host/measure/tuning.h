/* Which values the tunables of a variant get: those that the user asks for, those that a search
 * finds or found earlier, else the defaults that the backend derives. */
#ifndef GF_TUNING_H
#define GF_TUNING_H

#include "base/clock.h"
#include "device/backend.h"

/* The first variant of a workload that has a tunable of this name, looking from `*at` on, which is
 * 0 at first and is moved behind what was found; NULL: no further one. */
const gf_tunable *gf_tunable_next(const gf_workload *workload, const char *name, size_t *at);

/* ---- Wishes: "NAME=VALUE,NAME=VALUE" ----------------------------------- */

/* GF_USAGE when a name is not a tunable of any kernel of the workload, a value is not a number, or
 * is out of range in every kernel that has the tunable. `wish` may be NULL. */
gf_status gf_tuning_check_override(const gf_workload *workload, const char *wish, gf_error *error);

/* Takes over the values for these tunables from a wish that was checked; *taken tells whether there
 * was any. GF_UNSUPPORTED when one is out of this variant's range. */
gf_status gf_tuning_apply_override(gf_tuning *tuning, const char *wish, bool *taken,
                                   gf_error *error);

/* ---- What earlier searches found --------------------------------------- */

/* A text that names everything the best values depend on. `device_key` is what the backend's
 * tuning_key wrote. The problem's size enters by its order of magnitude: to powers of two. */
void gf_tuning_name(const char *device_key, const gf_problem *problem, const char *variant,
                    char *text, size_t size);

typedef enum gf_load_result { GF_LOAD_NOTHING, GF_LOAD_VALUES, GF_LOAD_DAMAGED } gf_load_result;

/* Takes over the values kept under this name. What is damaged or does not fit the tunables leaves
 * *tuning as it was. */
gf_load_result gf_tuning_load(const char *name, gf_tuning *tuning);
/* false: they could not be kept. */
bool gf_tuning_save(const char *name, const gf_tuning *tuning);

/* ---- The search -------------------------------------------------------- */

/* Times the problem up to a stop with these values. *ns UINT64_MAX: the kernel can't be had with
 * them, which is no error. */
typedef gf_status (*gf_tuning_timer)(void *context, const gf_tuning *tuning, uint64_t *ns,
                                     gf_error *error);

typedef struct gf_search {
    gf_tuning_timer trial;
    void *context;
    const gf_clock *clock;
    uint32_t tries;   /* trials made */
    uint64_t took_ns; /* by all of them */
    bool fruitless;   /* it ended at once: a run is over before a better one would be noticed, or
                         the kernel can't be had */
} gf_search;

/* Tries the candidates of one tunable after the other, the others left at the best values so far,
 * and leaves the best in *tuning. Ends early when its time is up (GF_SEARCH_NS). On an error
 * *tuning holds the best values so far. */
gf_status gf_tuning_search(gf_search *search, gf_tuning *tuning, gf_error *error);

/* No further trial starts after this much time. */
#define GF_SEARCH_NS UINT64_C(5000000000)

/* "steps-per-pass 16, tile-cols 512 (derived from ...)"; "" without tunables. */
void gf_tuning_format(const gf_tuning *tuning, char *text, size_t size);

#endif
