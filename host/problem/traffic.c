#include "problem/traffic.h"

uint64_t gf_problem_stops(const gf_problem *problem) {
    if (problem->steps == 0)
        return 1;
    return (problem->steps - 1) / problem->steps_per_transfer + 1;
}

/* Adds the bytes of `times` transfers of a buffer. */
static void add_bytes(uint64_t *sum, uint64_t times, size_t bytes) {
    uint64_t added = 0;
    if (__builtin_mul_overflow(times, (uint64_t)bytes, &added) ||
        __builtin_add_overflow(*sum, added, sum))
        *sum = UINT64_MAX;
}

gf_traffic gf_problem_traffic(const gf_problem *problem) {
    const uint64_t stops = gf_problem_stops(problem);
    gf_traffic traffic = {0, 0, 0, 0};
    for (uint32_t i = 0; i < problem->buffer_count; i++) {
        const uint64_t ups = (gf_uploads_before_stop(problem, i, true) ? 1 : 0) +
                             (gf_uploads_before_stop(problem, i, false) ? stops - 1 : 0);
        const uint64_t downs = gf_downloads_at_stop(problem, i) ? stops : 0;
        traffic.uploads += ups;
        traffic.downloads += downs;
        add_bytes(&traffic.bytes_up, ups, problem->buffers[i].bytes);
        add_bytes(&traffic.bytes_down, downs, problem->buffers[i].bytes);
    }
    return traffic;
}
