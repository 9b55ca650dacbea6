#include "advise/flip_search.h"

#define OCTAVES 10

/* The next value on the way to the limit; at the limit the value itself. */
static uint64_t next_value(uint64_t from, uint64_t limit) {
    if (limit > from)
        return limit - from > from ? 2 * from : limit;
    return from / 2 > limit ? from / 2 : limit;
}

static bool is_end(gf_status status) {
    return status == GF_USAGE || status == GF_UNSUPPORTED;
}

/* Finds the octave: `present` wins at *inside, another at search->value. */
static gf_status find_octave(gf_winner_at winner_at, void *context, size_t present, uint64_t limit,
                             uint64_t *inside, gf_flip_search *search, gf_error *error) {
    for (int octave = 0; octave < OCTAVES; octave++) {
        const uint64_t next = next_value(search->reached, limit);
        size_t winner = 0;
        if (next == search->reached)
            return GF_OK;
        const gf_status status = winner_at(context, next, &winner, error);
        if (is_end(status)) {
            gf_error_clear(error);
            return GF_OK;
        }
        if (status != GF_OK)
            return status;
        search->reached = next;
        if (winner == present) {
            *inside = next;
            search->found = false;
        } else if (search->found) {
            return GF_OK; /* it won in two octaves running */
        } else {
            search->found = true;
            search->value = next;
            search->winner = winner;
        }
    }
    return GF_OK;
}

static uint64_t distance(uint64_t a, uint64_t b) {
    return a > b ? a - b : b - a;
}

static gf_status bisect(gf_winner_at winner_at, void *context, size_t present, uint64_t inside,
                        gf_flip_search *search, gf_error *error) {
    for (;;) {
        const uint64_t low = inside < search->value ? inside : search->value;
        const uint64_t gap = distance(inside, search->value), middle = low + gap / 2;
        if (gap <= 1 || gap <= low / 100)
            return GF_OK;
        size_t winner = 0;
        const gf_status status = winner_at(context, middle, &winner, error);
        if (is_end(status)) {
            gf_error_clear(error);
            return GF_OK;
        }
        if (status != GF_OK)
            return status;
        if (winner == present) {
            inside = middle;
        } else {
            search->value = middle;
            search->winner = winner;
        }
    }
}

gf_status gf_flip_search_find(gf_winner_at winner_at, void *context, uint64_t now, size_t present,
                              uint64_t limit, gf_flip_search *search, gf_error *error) {
    *search = (gf_flip_search){.reached = now};
    uint64_t inside = now;
    const gf_status status =
        find_octave(winner_at, context, present, limit, &inside, search, error);
    if (status != GF_OK || !search->found)
        return status;
    return bisect(winner_at, context, present, inside, search, error);
}
