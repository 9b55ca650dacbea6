/* Items of a problem at random places, for problems whose items differ in their work: the work of
 * all items, and how much of their lanes' time groups of neighbouring items waste. Limits are
 * processor time of the calling thread, so that a busy machine makes a sample no smaller. What has
 * begun is finished, which takes up to a twentieth of a second for each 64 items of a block. */
#pragma once

#include "measure/simd_efficiency.h"
#include "problem/workload.h"

/* A sampled number. */
typedef struct gf_sampled {
    double value, error; /* standard error; 0: exact */
} gf_sampled;

typedef struct gf_sampled_work {
    gf_sampled work;  /* of all items; those whose end was not found count as the largest */
    double least;     /* the same, counting what was found of them */
    double unseen;    /* what places may hold that are so small that one in twenty such samples
                         misses them all */
    uint64_t items;   /* sampled ones */
    double item_ns;   /* the time that one took */
    double long_work; /* mean work of the long items, which are not followed to their end in lane
                         groups */
} gf_sampled_work;

/* Samples single items until the work is known well, at most for `limit_ns`. The work of all items
 * is counted where that takes no longer. */
gf_sampled_work gf_sample_items(const gf_problem *problem, uint64_t limit_ns);

/* The most lanes of a block, and the most shapes of one call. No device has more lanes, and the
 * items of a larger block, followed to their end, might take longer than a problem may. */
#define GF_MOST_LANES  128
#define GF_MOST_SHAPES 8

/* Samples the SIMD efficiency in `count` shapes of lane groups, each of which fills a block of
 * `block_shape` without a rest. Whole blocks are sampled, which have fewer items at the right and
 * bottom edges. */
void gf_sample_lane_groups(const gf_problem *problem, const gf_sampled_work *work,
                           gf_lane_group block_shape, const gf_lane_group *shapes, size_t count,
                           uint64_t limit_ns, gf_sampled *efficiency);
