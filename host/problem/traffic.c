#include "problem/traffic.h"

#include <math.h>

/* Bytes of a band, in the direction that carries more: 16 MiB take about 0.7 ms on PCIe 4.0 x16, a
 * hundred times what enqueueing them takes, and a large problem still gets many bands. */
#define BAND_BYTES ((size_t)16 << 20)
/* With n equal bands at least 1/n of the transfers overlaps nothing: the first band's upload and
 * the last band's download. */
#define FEWEST_BANDS 4

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

double gf_problem_least_share(const gf_problem *problem, double work) {
    const gf_buffer_spec *items = &problem->buffers[problem->result];
    const double units =
        (double)items->rows * (double)items->cols * (double)gf_problem_stops(problem);
    return work > units ? units / work : 1;
}

/* ---- Transfers that overlap kernels ------------------------------------ */

const char *gf_schedule_name(gf_schedule schedule) {
    return schedule == GF_SCHEDULE_PIPELINED ? "pipelined" : "serial";
}

/* Whether every buffer that moves has the result's rows. */
static bool has_common_rows(const gf_problem *problem) {
    for (uint32_t i = 0; i < problem->buffer_count; i++) {
        const gf_buffer_spec *spec = &problem->buffers[i];
        if (spec->access != GF_ACCESS_SCRATCH &&
            spec->rows != problem->buffers[problem->result].rows)
            return false;
    }
    return true;
}

/* Bytes of the direction that carries more. */
static size_t heavier_bytes(const gf_problem *problem) {
    size_t up = 0, down = 0;
    for (uint32_t i = 0; i < problem->buffer_count; i++) {
        const gf_buffer_spec *spec = &problem->buffers[i];
        up += gf_goes_up(spec->access) ? spec->bytes : 0;
        down += gf_comes_down(spec->access) ? spec->bytes : 0;
    }
    return up > down ? up : down;
}

size_t gf_problem_bands(const gf_problem *problem) {
    if (problem->steps > 0 || problem->has_pair || !has_common_rows(problem))
        return 0;
    const size_t rows = problem->buffers[problem->result].rows;
    const size_t wanted = heavier_bytes(problem) / BAND_BYTES;
    const size_t bands = wanted < FEWEST_BANDS ? FEWEST_BANDS : wanted;
    return rows < 2 ? 0 : rows < bands ? rows : bands;
}

/* Only the ping-pong pair may be downloaded while steps run; no other written buffer has a second
 * copy. */
bool gf_problem_overlaps_at_stops(const gf_problem *problem) {
    if (!problem->has_pair || problem->upload_again ||
        problem->steps_per_transfer >= problem->steps)
        return false;
    for (uint32_t i = 0; i < problem->buffer_count; i++) {
        if (i != problem->result && gf_comes_down(problem->buffers[i].access))
            return false;
    }
    return true;
}

/* Bands pass three queues: after the first band has passed all of them, the slowest queue sets the
 * pace. At stops the second launch of a segment waits for the download of the stop before. */
double gf_overlap_ns(const gf_overlap *overlap, double up, double kernel, double down) {
    const double parts = (double)overlap->parts;
    const double waiting = fmax(down - kernel / (double)overlap->launches, 0);
    const double pace = overlap->at_stops ? kernel + waiting : fmax(fmax(up, kernel), down);
    return up + kernel + down + (parts - 1) * pace;
}
