#include "parallel/parallel_result.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

gf_status gf_parallel_result_create(gf_parallel_result *result, uint32_t ranks, gf_error *error) {
    gf_part *parts = calloc(ranks, sizeof *parts);
    if (parts == NULL)
        return gf_error_no_memory(error, "parts", ranks * sizeof *parts);
    *result = (gf_parallel_result){.ranks = ranks, .holds = true, .parts = parts};
    return GF_OK;
}

void gf_parallel_result_clear(gf_parallel_result *result) {
    free(result->parts);
    free(result->words);
    free(result->totals.ns);
}

/* ---- Trips ------------------------------------------------------------------ */

void gf_parallel_result_judge(gf_parallel_result *result, const gf_trip_word *words) {
    result->compared = result->mismatches = 0;
    for (uint32_t i = 0; i < result->ranks; i++) {
        result->compared += words[i].compared;
        result->mismatches += words[i].mismatches;
        result->holds = result->holds && words[i].holds != 0;
        result->sampled = result->sampled || words[i].sampled != 0;
    }
}

gf_status gf_parallel_result_add(gf_parallel_result *result, const gf_trip_word *words,
                                 gf_error *error) {
    const size_t old = (size_t)result->trips * result->ranks;
    gf_trip_word *grown = realloc(result->words, (old + result->ranks) * sizeof *grown);
    if (grown == NULL)
        return gf_error_no_memory(error, "times of ranks", old * sizeof *grown);
    result->words = grown;
    memcpy(grown + old, words, result->ranks * sizeof *grown);
    result->trips++;
    return gf_samples_add(&result->totals, gf_trip_total_ns(result, result->trips - 1), error);
}

void gf_parallel_result_find_median(gf_parallel_result *result) {
    const gf_statistics total = gf_parallel_total(result);
    uint64_t nearest = UINT64_MAX;
    for (uint32_t i = 0; i < result->trips; i++) {
        const uint64_t ns = result->totals.ns[i];
        const uint64_t distance =
            ns > total.median_ns ? ns - total.median_ns : total.median_ns - ns;
        result->median = distance < nearest ? i : result->median;
        nearest = distance < nearest ? distance : nearest;
    }
}

/* ---- Asking ----------------------------------------------------------------- */

gf_statistics gf_parallel_total(const gf_parallel_result *result) {
    return gf_samples_statistics(&result->totals);
}

uint64_t gf_trip_total_ns(const gf_parallel_result *result, uint32_t trip) {
    uint64_t longest = 0;
    for (uint32_t i = 0; i < result->ranks; i++) {
        const uint64_t own_ns = result->words[trip * result->ranks + i].times.own_ns;
        longest = own_ns > longest ? own_ns : longest;
    }
    return longest;
}

gf_rank_times gf_median_times(const gf_parallel_result *result, uint32_t rank) {
    gf_rank_times times = result->words[result->median * result->ranks + rank].times;
    times.imbalance_ns += gf_trip_total_ns(result, result->median) - times.own_ns;
    return times;
}

uint64_t gf_units_of_rank(const gf_parallel_result *result, uint32_t rank) {
    return result->queues ? gf_median_times(result, rank).units : result->parts[rank].count;
}
