/* Search on a scale of whole numbers for the value from which another one wins. */
#pragma once

#include "gpufare.h"

/* Sets *winner to who wins at a value. GF_USAGE and GF_UNSUPPORTED: there is no such value, and the
 * scale ends before it. Any other status but GF_OK ends the search. */
typedef gf_status (*gf_winner_at)(void *context, uint64_t value, size_t *winner, gf_error *error);

typedef struct gf_flip_search {
    bool found;
    uint64_t value; /* the value closest to the start at which `winner` wins */
    size_t winner;
    uint64_t reached; /* the last value that was evaluated on the way to the limit */
} gf_flip_search;

/* Searches from `now`, where `present` wins, towards `limit` (on either side) for the nearest value
 * from which on another wins: in at most 10 octaves, then by bisection, to the exact value below
 * 200 and to 1 % above. A change that is undone an octave further does not count. At most 18
 * evaluations. */
gf_status gf_flip_search_find(gf_winner_at winner_at, void *context, uint64_t now, size_t present,
                              uint64_t limit, gf_flip_search *search, gf_error *error);
