#include "advise/flip_search.h"

#define OCTAVES 10

/* The next value on the way; the same one when there is no further. */
static uint64_t step(uint64_t from, uint64_t limit) {
    if (limit > from)
        return limit - from > from ? 2 * from : limit;
    return from / 2 > limit ? from / 2 : limit;
}

static bool is_end(gf_status status) {
    return status == GF_USAGE || status == GF_UNSUPPORTED;
}

/* Finds the octave: `present` wins at *inside, and another at point->value. */
static gf_status walk(gf_winner_at at, void *context, size_t present, uint64_t limit,
                      uint64_t *inside, gf_flip_search *point, gf_error *error) {
    for (int octave = 0; octave < OCTAVES; octave++) {
        const uint64_t next = step(point->reached, limit);
        size_t winner = 0;
        if (next == point->reached)
            return GF_OK;
        const gf_status status = at(context, next, &winner, error);
        if (is_end(status)) {
            gf_error_clear(error);
            return GF_OK;
        }
        if (status != GF_OK)
            return status;
        point->reached = next;
        if (winner == present) {
            *inside = next;
            point->found = false;
        } else if (point->found) {
            return GF_OK; /* it lasts */
        } else {
            point->found = true;
            point->value = next;
            point->winner = winner;
        }
    }
    return GF_OK;
}

static uint64_t apart(uint64_t a, uint64_t b) {
    return a > b ? a - b : b - a;
}

static gf_status bisect(gf_winner_at at, void *context, size_t present, uint64_t inside,
                        gf_flip_search *point, gf_error *error) {
    for (;;) {
        const uint64_t low = inside < point->value ? inside : point->value;
        const uint64_t gap = apart(inside, point->value), middle = low + gap / 2;
        if (gap <= 1 || gap <= low / 100)
            return GF_OK;
        size_t winner = 0;
        const gf_status status = at(context, middle, &winner, error);
        if (status != GF_OK)
            return status;
        if (winner == present) {
            inside = middle;
        } else {
            point->value = middle;
            point->winner = winner;
        }
    }
}

gf_status gf_flip_search_find(gf_winner_at at, void *context, uint64_t now, size_t present,
                              uint64_t limit, gf_flip_search *point, gf_error *error) {
    *point = (gf_flip_search){.reached = now};
    uint64_t inside = now;
    const gf_status status = walk(at, context, present, limit, &inside, point, error);
    if (status != GF_OK || !point->found)
        return status;
    return bisect(at, context, present, inside, point, error);
}
