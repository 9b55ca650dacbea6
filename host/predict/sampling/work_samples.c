#include "predict/sampling/work_samples.h"

#include <assert.h>
#include <math.h>

#include "base/array.h"
#include "base/clock.h"
#include "problem/ndrange.h"
#include "stats/random.h"

/* Places are points of independent sequences, each of which covers the result evenly, so that a
 * sample of any size is stratified. The differences between the sequences give the error. */
#define SEQUENCES 16
#define SEED      20261130
/* Steps of a sequence in each direction, in units of 2^-64: the powers of the inverse of the
 * plastic number, whose multiples are spread most evenly in a square (M. Roberts, "The
 * Unreasonable Effectiveness of Quasirandom Sequences", 2018). */
#define ROW_STEP UINT64_C(0xc13fa9a902a6328f)
#define COL_STEP UINT64_C(0x91e10da5c79e7b1d)

/* Operations after which a single item is given up: about half a millisecond. */
#define ITEM_OPERATIONS 1e6
/* Operations after which an item counts as long: a few microseconds. In most lane groups it is
 * given up there and has the mean work of all long items, so that a sample has many groups. In
 * others it is followed to its end, for half of the time: they tell by how much the mean misleads.
 */
#define LONG_OPERATIONS 8192
/* Sampling ends when these errors are reached: of the work, relative, and of an efficiency. */
#define WORK_ERROR       0.02
#define EFFICIENCY_ERROR 0.005
/* Sampled blocks are representative if their mean work is that of all items to this share. */
#define REPRESENTATIVE 0.1
/* The fewest items and blocks of a sequence, and the fewest blocks that make up most of an
 * efficiency: the square of the sum of their times / the sum of the squares. */
#define LEAST_ITEMS     64
#define LEAST_BLOCKS    16
#define LEAST_EFFECTIVE 60
/* The error of an efficiency, or of its correction, from fewer than two blocks of each sequence:
 * one block may be all idle, or not at all, and the differences between sequences show nothing. */
#define TOO_FEW_ERROR 0.5
/* The items of one call, so that it takes about a millisecond. */
#define MOST_ITEMS 1024
#define CALL_NS    1000000

/* ---- Places ------------------------------------------------------------ */

typedef struct place {
    uint64_t row, col; /* shares of the height and width, in units of 2^-64 */
} place;

static void scatter(place places[SEQUENCES]) {
    uint64_t random = SEED;
    for (int s = 0; s < SEQUENCES; s++)
        places[s] = (place){gf_random_bits(&random), gf_random_bits(&random)};
}

static void advance(place *at) {
    at->row += ROW_STEP;
    at->col += COL_STEP;
}

/* Which of `count` equal parts a share is in; count < 2^32. */
static size_t part_of(uint64_t share, size_t count) {
    return (size_t)(((share >> 32) * (uint64_t)count) >> 32);
}

/* ---- What all samples share -------------------------------------------- */

typedef struct sampler {
    const gf_problem *problem;
    size_t rows, cols;
    double items;       /* of the result */
    double bound;       /* of the work of an item */
    uint32_t most;      /* work after which an item is given up */
    uint32_t long_work; /* work from which on an item is long */
    gf_clock clock;
    uint64_t start_ns, limit_ns;
} sampler;

static sampler make_sampler(const gf_problem *problem, uint64_t limit_ns) {
    const gf_buffer_spec *result = &problem->buffers[problem->result];
    const double unit = problem->cost.operations / problem->cost.work;
    sampler made = {.problem = problem,
                    .rows = result->rows,
                    .cols = result->cols,
                    .items = (double)result->rows * (double)result->cols,
                    .most = (uint32_t)fmin(ITEM_OPERATIONS / unit, UINT32_MAX),
                    .long_work = (uint32_t)fmin(LONG_OPERATIONS / unit, UINT32_MAX),
                    .clock = gf_clock_thread(),
                    .limit_ns = limit_ns};
    made.bound = problem->cost.work / made.items;
    made.start_ns = gf_clock_now(&made.clock);
    return made;
}

static uint64_t time_of(const sampler *s) {
    return gf_clock_now(&s->clock) - s->start_ns;
}

/* Whether to count all items, which takes whole_ns: it fits into the limit, and sampling has
 * already taken as long. */
static bool should_count_all(const sampler *s, double whole_ns) {
    const double taken_ns = (double)time_of(s);
    return whole_ns <= taken_ns && whole_ns + taken_ns <= (double)s->limit_ns;
}

/* The standard error of a mean, from one value for each sequence. */
static double standard_error(const double values[SEQUENCES]) {
    double mean = 0, square = 0;
    for (int i = 0; i < SEQUENCES; i++)
        mean += values[i] / SEQUENCES;
    for (int i = 0; i < SEQUENCES; i++)
        square += (values[i] - mean) * (values[i] - mean);
    return sqrt(square / (SEQUENCES * (SEQUENCES - 1)));
}

/* ---- Single items ------------------------------------------------------ */

/* Sums of the items of each sequence, and of the long items of all. */
typedef struct item_sums {
    double work[SEQUENCES], least[SEQUENCES];
    double long_work, long_items;
    uint64_t count;
} item_sums;

/* Items that were given up may have the most work. */
static void add_item(const sampler *s, uint32_t work, size_t sequence, item_sums *sums) {
    const double most = work == s->most ? fmax(s->bound, work) : work;
    sums->work[sequence] += most;
    sums->least[sequence] += work;
    sums->long_work += work >= s->long_work ? most : 0;
    sums->long_items += work >= s->long_work ? 1 : 0;
    sums->count++;
}

/* `each`: new items of each sequence. */
static void add_random_items(const sampler *s, place places[SEQUENCES], size_t each,
                             item_sums *sums) {
    uint64_t items[MOST_ITEMS] = {0};
    uint32_t work[MOST_ITEMS];
    for (size_t i = 0; i < each * SEQUENCES; i++) {
        place *at = &places[i % SEQUENCES];
        items[i] = (uint64_t)part_of(at->row, s->rows) * s->cols + part_of(at->col, s->cols);
        advance(at);
    }
    s->problem->workload->sample_work(s->problem, items, each * SEQUENCES, s->most, work);
    for (size_t i = 0; i < each * SEQUENCES; i++)
        add_item(s, work[i], i % SEQUENCES, sums);
}

static void add_all_items(const sampler *s, item_sums *sums) {
    uint64_t items[MOST_ITEMS];
    uint32_t work[MOST_ITEMS];
    const uint64_t count = (uint64_t)s->rows * s->cols;
    while (sums->count < count) {
        size_t next = 0;
        for (; next < MOST_ITEMS && sums->count + next < count; next++)
            items[next] = sums->count + next;
        s->problem->workload->sample_work(s->problem, items, next, s->most, work);
        for (size_t i = 0; i < next; i++)
            add_item(s, work[i], 0, sums);
    }
}

static gf_sampled_work work_of_sums(const sampler *s, const item_sums *sums) {
    const double share = s->items / (double)sums->count;
    gf_sampled_work found = {.items = sums->count,
                             .item_ns = (double)time_of(s) / (double)sums->count};
    for (int i = 0; i < SEQUENCES; i++) {
        found.work.value += sums->work[i] * share;
        found.least += sums->least[i] * share;
    }
    /* An item without work still takes a test. */
    found.work.value = fmax(found.work.value, s->items);
    found.least = fmax(found.least, s->items);
    found.work.error = standard_error(sums->work) * SEQUENCES * share;
    found.unseen = 3.0 / (double)sums->count * s->bound * s->items;
    found.long_work = sums->long_items > 0 ? sums->long_work / sums->long_items : s->bound;
    return found;
}

/* Whether the work is known to WORK_ERROR, and unseen places can't have as much again. */
static bool is_work_known(const gf_sampled_work *found) {
    return found->items >= LEAST_ITEMS * SEQUENCES &&
           found->work.error <= WORK_ERROR * found->work.value &&
           found->unseen <= found->work.value;
}

static gf_sampled_work count_all_items(const sampler *s) {
    item_sums all = {.count = 0};
    add_all_items(s, &all);
    gf_sampled_work found = work_of_sums(s, &all);
    found.work.error = found.unseen = 0;
    return found;
}

gf_sampled_work gf_sample_items(const gf_problem *problem, uint64_t limit_ns) {
    const sampler s = make_sampler(problem, limit_ns);
    place places[SEQUENCES];
    item_sums sums = {.count = 0};
    gf_sampled_work found;
    size_t each = 1;
    scatter(places);
    do {
        const uint64_t before_ns = time_of(&s);
        add_random_items(&s, places, each, &sums);
        found = work_of_sums(&s, &sums);
        if (should_count_all(&s, found.item_ns * s.items))
            return count_all_items(&s);
        if (time_of(&s) - before_ns < CALL_NS && each * SEQUENCES * 2 <= MOST_ITEMS)
            each *= 2;
    } while (!is_work_known(&found) && time_of(&s) < limit_ns);
    return found;
}

/* ---- Blocks of lane groups --------------------------------------------- */

/* Sums of the blocks of each sequence, and the squares of those of all. */
typedef struct block_sums {
    double useful[SEQUENCES][GF_MOST_SHAPES], spent[SEQUENCES][GF_MOST_SHAPES];
    double squares[GF_MOST_SHAPES]; /* of spent */
    double items;
    uint64_t count;
} block_sums;

typedef struct block_kind {
    gf_lane_group block;
    size_t down, across; /* blocks of the result */
    const gf_lane_group *shapes;
    size_t count;
    uint32_t long_work; /* the work of a long item */
} block_kind;

/* All blocks with the mean work in place of long items; some of them again, followed to their end.
 */
typedef struct block_sample {
    block_sums all, not_followed, followed;
    uint64_t with_long, with_long_followed; /* blocks that have long items */
    uint64_t following_ns;
} block_sample;

/* The items of one block. */
typedef struct block {
    size_t rows, cols, count;
    uint64_t items[GF_MOST_LANES];
    uint32_t work[GF_MOST_LANES];
} block;

static void locate_block(const sampler *s, const block_kind *kind, size_t row, size_t col,
                         block *b) {
    const size_t top = row * kind->block.rows, left = col * kind->block.cols;
    b->rows = kind->block.rows < s->rows - top ? kind->block.rows : s->rows - top;
    b->cols = kind->block.cols < s->cols - left ? kind->block.cols : s->cols - left;
    b->count = b->rows * b->cols;
    for (size_t i = 0; i < b->count; i++)
        b->items[i] = (uint64_t)(top + i / b->cols) * s->cols + left + i % b->cols;
}

static void add_work(const block_kind *kind, const block *b, size_t sequence, block_sums *sums) {
    for (size_t k = 0; k < kind->count; k++) {
        double useful = 0, spent = 0;
        gf_lane_efficiency_add(b->work, b->rows, b->cols, kind->shapes[k], &useful, &spent);
        sums->useful[sequence][k] += useful;
        sums->spent[sequence][k] += spent;
        sums->squares[k] += spent * spent;
    }
    sums->items += (double)b->count;
    sums->count++;
}

/* Sets long items to their mean work; returns whether there are any. */
static bool count_short_items(const sampler *s, const block_kind *kind, block *b) {
    bool any = false;
    s->problem->workload->sample_work(s->problem, b->items, b->count, s->long_work, b->work);
    for (size_t i = 0; i < b->count; i++) {
        if (b->work[i] == s->long_work) {
            b->work[i] = kind->long_work;
            any = true;
        }
    }
    return any;
}

static void follow_items(const sampler *s, block *b) {
    s->problem->workload->sample_work(s->problem, b->items, b->count, s->most, b->work);
    for (size_t i = 0; i < b->count; i++) {
        if (b->work[i] == s->most)
            b->work[i] = (uint32_t)fmin(fmax(s->bound, s->most), UINT32_MAX);
    }
}

static void add_block(const sampler *s, const block_kind *kind, size_t row, size_t col,
                      size_t sequence, block_sample *sample) {
    block b = {.rows = 0};
    const bool follow = 2 * sample->following_ns <= time_of(s);
    locate_block(s, kind, row, col, &b);
    const bool has_long = count_short_items(s, kind, &b);
    add_work(kind, &b, sequence, &sample->all);
    sample->with_long += has_long;
    if (!follow)
        return;
    sample->with_long_followed += has_long;
    add_work(kind, &b, sequence, &sample->not_followed);
    if (has_long) {
        const uint64_t before_ns = time_of(s);
        follow_items(s, &b);
        sample->following_ns += time_of(s) - before_ns;
    }
    add_work(kind, &b, sequence, &sample->followed);
}

static double total(const double values[SEQUENCES][GF_MOST_SHAPES], size_t shape) {
    double sum = 0;
    for (int i = 0; i < SEQUENCES; i++)
        sum += values[i][shape];
    return sum;
}

static double ratio_of(const block_sums *sums, size_t shape) {
    const double spent = total(sums->spent, shape);
    return spent > 0 ? total(sums->useful, shape) / spent : 1;
}

/* Adds the relative deviations of each sequence's ratio, to first order. */
static void add_deviations(const block_sums *sums, size_t shape, double sign,
                           double deviations[SEQUENCES]) {
    const double useful = total(sums->useful, shape), spent = total(sums->spent, shape);
    for (int i = 0; i < SEQUENCES && useful > 0; i++)
        deviations[i] +=
            sign * (sums->useful[i][shape] / useful - sums->spent[i][shape] / spent) * SEQUENCES;
}

/* Whether too few blocks were sampled, or followed of those with long items. A block without them
 * needs no following and says nothing about those that do. */
static bool is_too_small(const block_sample *sample) {
    return sample->all.count < 2 * SEQUENCES || (sample->with_long_followed < 2 * SEQUENCES &&
                                                 sample->with_long_followed < sample->with_long);
}

/* The ratio over all blocks, corrected by the followed ones. */
static gf_sampled efficiency_of(const block_sample *sample, size_t shape) {
    double of_all[SEQUENCES] = {0}, of_correction[SEQUENCES] = {0};
    const double correction =
        ratio_of(&sample->followed, shape) / ratio_of(&sample->not_followed, shape);
    const double value = fmin(ratio_of(&sample->all, shape) * correction, 1);
    add_deviations(&sample->all, shape, 1, of_all);
    add_deviations(&sample->followed, shape, 1, of_correction);
    add_deviations(&sample->not_followed, shape, -1, of_correction);
    double error = value * hypot(standard_error(of_all), standard_error(of_correction));
    if (is_too_small(sample))
        error = fmax(error, TOO_FEW_ERROR);
    return (gf_sampled){value, error};
}

static bool are_groups_known(const sampler *s, const block_sample *sample,
                             const gf_sampled_work *work, const gf_sampled *efficiency,
                             size_t count) {
    const block_sums *all = &sample->all;
    const double mean = total(all->useful, 0) / all->items;
    bool known = all->count >= LEAST_BLOCKS * SEQUENCES &&
                 fabs(mean * s->items / work->work.value - 1) <= REPRESENTATIVE;
    for (size_t k = 0; known && k < count; k++) {
        const double spent = total(all->spent, k);
        known = efficiency[k].error <= EFFICIENCY_ERROR &&
                spent * spent >= LEAST_EFFECTIVE * all->squares[k];
    }
    return known;
}

static void count_all_blocks(const sampler *s, const block_kind *kind, gf_sampled *efficiency) {
    block_sums all = {.count = 0};
    for (size_t i = 0; i < kind->down * kind->across; i++) {
        block b = {.rows = 0};
        locate_block(s, kind, i / kind->across, i % kind->across, &b);
        follow_items(s, &b);
        add_work(kind, &b, 0, &all);
    }
    for (size_t k = 0; k < kind->count; k++)
        efficiency[k] = (gf_sampled){ratio_of(&all, k), 0};
}

/* Adds a block of each sequence, unless time runs out. */
static void add_random_blocks(const sampler *s, const block_kind *kind, place places[SEQUENCES],
                              block_sample *sample) {
    for (size_t i = 0; i < SEQUENCES && (i == 0 || time_of(s) < s->limit_ns); i++) {
        add_block(s, kind, part_of(places[i].row, kind->down), part_of(places[i].col, kind->across),
                  i, sample);
        advance(&places[i]);
    }
}

void gf_sample_lane_groups(const gf_problem *problem, const gf_sampled_work *work,
                           gf_lane_group block_shape, const gf_lane_group *shapes, size_t count,
                           uint64_t limit_ns, gf_sampled *efficiency) {
    assert((size_t)block_shape.rows * block_shape.cols <= GF_MOST_LANES && count <= GF_MOST_SHAPES);
    const sampler s = make_sampler(problem, limit_ns);
    const block_kind kind = {.block = block_shape,
                             .down = gf_ndrange_pieces(s.rows, block_shape.rows),
                             .across = gf_ndrange_pieces(s.cols, block_shape.cols),
                             .shapes = shapes,
                             .count = count,
                             .long_work = (uint32_t)fmin(work->long_work, UINT32_MAX)};
    place places[SEQUENCES];
    block_sample sample = {.following_ns = 0};
    scatter(places);
    do {
        add_random_blocks(&s, &kind, places, &sample);
        for (size_t k = 0; k < count; k++)
            efficiency[k] = efficiency_of(&sample, k);
        const double whole_ns = (double)time_of(&s) / sample.all.items * s.items;
        if (sample.followed.count == sample.all.count && should_count_all(&s, whole_ns)) {
            count_all_blocks(&s, &kind, efficiency);
            return;
        }
    } while (!are_groups_known(&s, &sample, work, efficiency, count) && time_of(&s) < limit_ns);
}
