/* The search for the values of a variant's tunables with which it is the fastest on a problem. */
#pragma once

#include "measure/search/turns.h"

#define GF_BEST_TRIES 2

typedef struct gf_tunable_search {
    gf_turns *turns;
    const gf_tuning *hint; /* values that were the best of another variant; NULL: none */
    gf_try *tries;         /* of the values so far; the first are the defaults */
    uint32_t count;
    uint64_t budget_ns;
    uint64_t started_ns;        /* turns->took_ns before the search */
    gf_try best[GF_BEST_TRIES]; /* the best values and those that came next, from turns against
                                   one another; as many as best_count */
    uint32_t best_count;
    bool complete;  /* time was left when nothing promising was */
    bool fruitless; /* it ended at the first try: the computing is too short to gain from it, or
                       the kernel can't be built */
} gf_tunable_search;

/* Fills *tuning with the tunables of the run's variant, and values: the given ones, which are not
 * 0, as far as there is room, and others that suit them. */
void gf_derive_tuning(const gf_run *run, const uint32_t *given, gf_tuning *tuning);

/* Searches from *tuning, which holds the defaults of the run's variant, and puts the best values
 * there; on an error the best so far but for those that failed. */
gf_status gf_search_tunables(gf_tunable_search *search, gf_tuning *tuning, gf_error *error);
void gf_tunable_search_clear(gf_tunable_search *search);
