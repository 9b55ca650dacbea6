/* Where on a scale of whole numbers another one starts to win. */
#ifndef GF_FLIP_SEARCH_H
#define GF_FLIP_SEARCH_H

#include "gpufare.h"

/* Tells who wins at a value. GF_USAGE and GF_UNSUPPORTED: there is no such value, the scale ends
 * before it. Anything else that is not GF_OK ends the search. */
typedef gf_status (*gf_winner_at)(void *context, uint64_t value, size_t *winner, gf_error *error);

typedef struct gf_flip_search {
    bool found;
    uint64_t value; /* the first one, seen from where the search starts, at which `winner` wins */
    size_t winner;
    uint64_t reached; /* how far the search got */
} gf_flip_search;

/* Looks from `now`, where `present` wins, towards `limit` (on either side) for the nearest value
 * from which on another wins: in octaves, 10 at most, then by bisection, to the exact value below
 * 200 and to 1 % above. A change that is gone again an octave further does not count. At most 18
 * evaluations. */
gf_status gf_flip_search_find(gf_winner_at at, void *context, uint64_t now, size_t present,
                              uint64_t limit, gf_flip_search *point, gf_error *error);

#endif
