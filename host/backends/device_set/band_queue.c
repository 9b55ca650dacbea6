#include "backends/device_set/band_queue.h"

#include <math.h>

#include "problem/parts/division.h"

/* A band takes this share of what is left for a member at its rate: then the others end before it
 * does, however wrong the rates are by less than a factor of two. */
#define BAND_SHARE 0.5
/* The fixed time of a band is at most this share of it. */
#define FIXED_SHARE 0.05
/* Bands are not made smaller than this share of the whole: members then end within as much. */
#define LEAST_SHARE 0.004
#define CACHE_LINE  64

static double rate_of_all(const gf_band_queue *queue) {
    double all = 0;
    for (uint32_t i = 0; i < queue->count; i++)
        all += queue->rates[i];
    return all;
}

static bool is_fastest(const gf_band_queue *queue, uint32_t member) {
    for (uint32_t i = 0; i < queue->count; i++) {
        if (queue->rates[i] > queue->rates[member] ||
            (i < member && queue->rates[i] >= queue->rates[member]))
            return false;
    }
    return true;
}

/* The units that pay for the fixed time of a band. */
static double paying_units(const gf_band_queue *queue, uint32_t member) {
    return queue->fixed_ns[member] * queue->rates[member] / FIXED_SHARE;
}

static double least_units(const gf_band_queue *queue, uint32_t member, double all) {
    const double of_whole = LEAST_SHARE * (double)queue->units * queue->rates[member] / all;
    return fmax(paying_units(queue, member), of_whole);
}

/* Bands that are computed at the same time are together this share of what came before them: so
 * much is at most computed in vain. */
#define VAIN_SHARE 0.25

static double most_in_vain(const gf_band_queue *queue, uint32_t member, double all) {
    const double share = VAIN_SHARE * queue->rates[member] / all;
    return queue->ramps ? fmax(paying_units(queue, member), share * (double)queue->next) : INFINITY;
}

/* Where half of its share is too short a band, the rest is shared once more, and all end together.
 */
static double wanted_units(const gf_band_queue *queue, uint32_t member, double left, double all) {
    const double share = left * queue->rates[member] / all;
    const double least = least_units(queue, member, all);
    const double wanted = BAND_SHARE * share >= least ? BAND_SHARE * share : fmin(least, share);
    return fmax(fmin(wanted, most_in_vain(queue, member, all)), (double)queue->grain);
}

static uint64_t to_grain(uint64_t units, uint64_t grain) {
    return units < grain ? grain : units / grain * grain;
}

/* The last band need not be a multiple of the grain. */
static uint64_t most_units(const gf_band_queue *queue, uint32_t member) {
    const uint64_t left = queue->units - queue->next, most = queue->most[member];
    return left <= most ? left : to_grain(most, queue->grain);
}

static gf_part take(gf_band_queue *queue, uint64_t units) {
    const uint64_t left = queue->units - queue->next;
    const gf_part band = {queue->next, units < left ? units : left};
    queue->next += band.count;
    return band;
}

gf_part gf_band_queue_close(gf_band_queue *queue) {
    return take(queue, UINT64_MAX);
}

gf_part gf_band_queue_take(gf_band_queue *queue, uint32_t member) {
    const double rate = queue->rates[member], all = rate_of_all(queue);
    const double left = (double)(queue->units - queue->next);
    if (rate <= 0 || left <= 0)
        return (gf_part){queue->next, 0};
    const uint64_t most = most_units(queue, member);
    if (rate >= all) /* there is no other */
        return take(queue, most);
    const double wanted = wanted_units(queue, member, left, all);
    /* Before this member has done its band the others have done all that is left. */
    if (!is_fastest(queue, member) && queue->fixed_ns[member] + wanted / rate > left / (all - rate))
        return (gf_part){queue->next, 0};
    const uint64_t units = to_grain((uint64_t)fmin(wanted, left), queue->grain);
    return take(queue, units < most ? units : most);
}

static uint64_t largest_divisor(uint64_t a, uint64_t b) {
    return b == 0 ? a : largest_divisor(b, a % b);
}

uint64_t gf_band_grain(const gf_problem *problem, const gf_division *division, uint32_t members) {
    const uint64_t fewest_bands = 8;
    uint64_t grain = 1;
    for (uint32_t i = 0; i < problem->buffer_count; i++) {
        if (!gf_is_cut(division, i))
            continue;
        const uint64_t rows =
            CACHE_LINE / largest_divisor(CACHE_LINE, gf_row_bytes(&problem->buffers[i]));
        grain = rows > grain ? rows : grain;
    }
    return division->units / grain >= fewest_bands * members ? grain : 1;
}
