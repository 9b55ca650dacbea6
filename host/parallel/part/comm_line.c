#include "parallel/part/comm_line.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/error.h"

enum { TRIES = 3 };

static const size_t sizes[] = {8, 4096, 65536, 1048576};
#define SIZES   GF_COUNT_OF(sizes)
#define LARGEST ((size_t)1048576)

static uint64_t now_ns(void) {
    const gf_clock clock = gf_clock_monotonic();
    return gf_clock_now(&clock);
}

/* The shortest of some ways there and back, halved; it is the first rank's. */
static gf_status play(const gf_ranks *ranks, uint32_t first, void *ball, size_t bytes, double *ns,
                      gf_error *error) {
    const bool serves = ranks->rank == first;
    const uint32_t other = serves ? first + 1 : first;
    gf_status status = GF_OK;
    for (uint32_t i = 0; status == GF_OK && i < TRIES; i++) {
        const uint64_t start = now_ns();
        status = serves ? gf_ranks_send_all(ranks, other, ball, bytes, error)
                        : gf_ranks_receive_all(ranks, other, ball, bytes, error);
        if (status == GF_OK)
            status = serves ? gf_ranks_receive_all(ranks, other, ball, bytes, error)
                            : gf_ranks_send_all(ranks, other, ball, bytes, error);
        const double took = (double)(now_ns() - start) / 2;
        *ns = i == 0 || took < *ns ? took : *ns;
    }
    return status;
}

/* The first ranks of pairs are those of one parity; the others are second, or have no partner. */
static gf_status play_round(const gf_ranks *ranks, uint32_t parity, void *ball, double times[SIZES],
                            gf_error *error) {
    const bool serves = ranks->rank % 2 == parity;
    const uint32_t first = serves ? ranks->rank : ranks->rank - 1;
    gf_status status = GF_OK;
    if ((!serves && ranks->rank == 0) || first + 1 >= ranks->size)
        return GF_OK;
    for (size_t i = 0; status == GF_OK && i < SIZES; i++) {
        double ns = 0;
        status = play(ranks, first, ball, sizes[i], &ns, error);
        if (serves)
            times[i] = ns;
    }
    return status;
}

/* Of all ranks that served: the one whose largest message took longest. */
static const double *slowest_of(const double *all, uint32_t ranks) {
    const double *slowest = all;
    for (uint32_t i = 1; i < ranks; i++) {
        if (all[i * SIZES + SIZES - 1] > slowest[SIZES - 1])
            slowest = all + i * SIZES;
    }
    return slowest;
}

static gf_status fit(const gf_ranks *ranks, const double mine[SIZES], gf_line *line,
                     gf_error *error) {
    double bytes[SIZES];
    double *all = calloc(ranks->size, sizeof(double) * SIZES);
    if (all == NULL)
        return gf_error_no_memory(error, "times of messages", ranks->size * sizeof(double) * SIZES);
    for (size_t i = 0; i < SIZES; i++)
        bytes[i] = (double)sizes[i];
    const gf_status status =
        gf_ranks_gather_everywhere(ranks, mine, sizeof(double) * SIZES, all, error);
    if (status == GF_OK)
        *line = gf_line_fit(bytes, slowest_of(all, ranks->size), (uint32_t)SIZES);
    free(all);
    return status;
}

gf_status gf_comm_line_measure(const gf_ranks *ranks, gf_line *line, gf_error *error) {
    double times[SIZES] = {0};
    *line = (gf_line){.count = 0};
    if (ranks->size < 2)
        return GF_OK;
    void *ball = calloc(1, LARGEST);
    if (ball == NULL)
        return gf_error_no_memory(error, "a message", LARGEST);
    gf_status status = gf_ranks_barrier(ranks, error);
    for (uint32_t parity = 0; status == GF_OK && parity < 2; parity++)
        status = play_round(ranks, parity, ball, times, error);
    if (status == GF_OK)
        status = fit(ranks, times, line, error);
    free(ball);
    return status;
}
