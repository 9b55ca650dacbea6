#include <float.h>
#include <math.h>
#include <stdio.h>

#include "base/array.h"
#include "problem/ndrange.h"
#include "problem/problem.h"
#include "workloads/diffusion/diffusion_internal.h"
#include "workloads/diffusion/diffusion_ndrange.h"

static uint32_t within(size_t value, uint32_t least, uint32_t most) {
    if (value < least)
        return least;
    return value > most ? most : (uint32_t)value;
}

static size_t unit_count(const gf_device_info *device) {
    return device->compute_units > 0 ? device->compute_units : 1;
}

/* Values may become as small as they like. */
static void add_needs(const gf_problem *problem, double rounds, gf_needs *needs) {
    needs->rounds = gf_ndrange_rounds(rounds);
    if (problem->math == GF_MATH_STRICT)
        gf_needs_add(needs, problem->precision, GF_NEEDS_SUMS_AND_PRODUCTS);
}

/* GF_MODERATE: whether no sum of four cells and no 4 u can overflow, with room for roundings. Then
 * 4 u is exact, and a kernel may fuse its product. */
static int values_are_moderate(const gf_problem *problem) {
    const first_state_range *range = problem->extra;
    const double most = (problem->precision == GF_PRECISION_F64 ? DBL_MAX : (double)FLT_MAX) / 16;
    return range->low >= -most && range->high <= most ? 1 : 0;
}

static void naive_needs(const gf_problem *problem, const gf_ndrange_plan *plan, gf_needs *needs) {
    (void)plan;
    add_needs(problem, 1, needs);
}

/* 32 work-items along a row read memory in one piece, and 4 rows of them share neighbours. */
static void plan_naive(const gf_problem *problem, const gf_device_info *device,
                       const uint32_t *tuning, gf_ndrange_plan *plan) {
    enum { COLS = 32, ROWS = 4 };
    (void)tuning;
    (void)device;
    *plan = (gf_ndrange_plan){
        .kernel = "diffusion_naive",
        .dimensions = 2,
        .global = {gf_ndrange_pieces(gf_problem_u32(problem, "cols"), COLS) * COLS,
                   gf_ndrange_pieces(gf_problem_u32(problem, "rows"), ROWS) * ROWS},
        .local = {COLS, ROWS},
        .steps_per_launch = 1};
    snprintf(plan->options, sizeof plan->options, "-D GF_MODERATE=%d",
             values_are_moderate(problem));
}

enum { GROUP_ROWS = 4, MOST_GROUPS = 16 };

/* Each work-item updates a block of rows. Several blocks for each compute unit balance the load; a
 * block is made of groups of 4 rows (GF_GROUP_ROWS of diffusion.cl), which the kernel updates
 * together. */
static void plan_vector(const gf_problem *problem, const gf_device_info *device,
                        const uint32_t *tuning, gf_ndrange_plan *plan) {
    enum { BLOCKS_PER_UNIT = 8 };
    (void)tuning;
    const size_t rows = gf_problem_u32(problem, "rows");
    const size_t groups =
        within(rows / (GROUP_ROWS * BLOCKS_PER_UNIT * unit_count(device)), 1, MOST_GROUPS);
    const uint32_t lanes = gf_ndrange_lanes(problem, device);
    *plan = (gf_ndrange_plan){.kernel = "diffusion_vector",
                              .dimensions = 1,
                              .global = {gf_ndrange_pieces(rows, groups * GROUP_ROWS), 1},
                              .local = {1, 1},
                              .lanes = {1, lanes},
                              .steps_per_launch = 1};
    snprintf(plan->options, sizeof plan->options,
             "-D GF_MODERATE=%d -D GF_WIDTH=%u -D GF_BLOCK_ROWS=%zu", values_are_moderate(problem),
             lanes, groups * GROUP_ROWS);
}

/* Vectors of each row of a block, with a loop over the rows of a group in each column; two rows may
 * be copied cell by cell, and narrow grids are. */
static void vector_needs(const gf_problem *problem, const gf_ndrange_plan *plan, gf_needs *needs) {
    const double cols = gf_problem_u32(problem, "cols"), lanes = plan->lanes.cols;
    const double rows = fmin(gf_problem_u32(problem, "rows"), GROUP_ROWS * MOST_GROUPS);
    add_needs(problem, rows * (2 * cols / lanes + 16 + lanes) + 2 * cols, needs);
}

/* The rows and columns of a tile, as kernels divide the grid by the plan's `strips` and `bands`. */
static double tile_rows_of(const gf_problem *problem, size_t bands) {
    return (double)gf_ndrange_pieces(gf_problem_u32(problem, "rows"), bands);
}

static double tile_cols_of(const gf_problem *problem, size_t strips) {
    return (double)gf_ndrange_pieces(gf_problem_u32(problem, "cols"), strips);
}

/* How well a kernel with several steps in a launch suits. It pays when the run has several steps
 * between two transfers: on a CPU from 4 on. Such kernels count rows and columns, also mirrored
 * ones, in an int. */
static uint32_t suits_many_steps(const gf_problem *problem, bool made_for_device) {
    const uint32_t most = INT32_MAX / 4;
    if (gf_problem_u32(problem, "rows") > most || gf_problem_u32(problem, "cols") > most)
        return 0;
    return made_for_device && problem->steps_per_transfer >= 4 ? 3 : 1;
}

/* The rows of a tile of `cols` columns when each compute unit gets `tiles` tiles. */
static size_t rows_of_share(const gf_problem *problem, const gf_device_info *device, size_t cols,
                            size_t tiles) {
    const size_t strips = gf_ndrange_pieces(gf_problem_u32(problem, "cols"), cols);
    return gf_problem_u32(problem, "rows") * strips / (unit_count(device) * tiles);
}

/* ---- blocked ----------------------------------------------------------- */

enum { BLOCKED_STEPS, BLOCKED_COLS, BLOCKED_ROWS, BLOCKED_LAYOUT };
enum { PLAIN_ROWS = 1, LIFTED_ROWS };

static const gf_tunable blocked_tunables[] = {
    {"steps-per-launch", "steps in one launch, and so the width of the halo", 1, 64,
     (const uint32_t[]){8, 16, 32, 48, 0}},
    {"tile-cols", "columns of a work-item's tile", 1, 8192, (const uint32_t[]){512, 1024, 2048, 0}},
    {"tile-rows", "rows of a tile", 1, 8192, NULL},
    {"layout", "1: rows as they are, 2: lifted, so that neighbours are whole vectors", PLAIN_ROWS,
     LIFTED_ROWS, (const uint32_t[]){PLAIN_ROWS, LIFTED_ROWS, 0}},
};

/* Local memory of a CPU is in its cache, where the fields need room, too. */
#define MOST_RING_BYTES  (UINT64_C(1) << 20)
#define LEAST_RING_BYTES (UINT64_C(8) << 10)

static uint32_t suits_blocked(const gf_problem *problem, const gf_device_info *device) {
    if (device->local_memory_bytes < LEAST_RING_BYTES)
        return 0;
    return suits_many_steps(problem, device->device_class == GF_CLASS_CPU);
}

/* With vectors of 64 bytes come 32 registers, which a lifted loop over four rows needs. */
static bool has_long_vectors(const gf_problem *problem, const gf_device_info *device) {
    return gf_ndrange_lanes(problem, device) * gf_type_size(gf_problem_real_type(problem)) >= 64;
}

/* A row of 8 KiB: the rows of 32 levels then fill a quarter of an L2 cache of 2 MiB. Redundant work
 * in the halo of 32 steps is 3 % at each side, and should be as little above and below; but in a
 * small grid every compute unit must have a tile. */
static void blocked_defaults(const gf_problem *problem, const gf_device_info *device,
                             uint32_t *tuning) {
    const uint32_t cols = (uint32_t)(8192 / gf_type_size(gf_problem_real_type(problem)));
    const size_t share = rows_of_share(problem, device, cols, 1);
    tuning[BLOCKED_STEPS] = within(share / 8, 4, 32);
    tuning[BLOCKED_COLS] = cols;
    tuning[BLOCKED_ROWS] = within(share, 16, 1024);
    tuning[BLOCKED_LAYOUT] = has_long_vectors(problem, device) ? LIFTED_ROWS : PLAIN_ROWS;
}

/* As in diffusion.cl. */
static bool rows_avoid_aliases(size_t row_bytes) {
    enum { PAGE = 4096, LEAST = 3 * 64, ROWS = 6 };
    bool avoid = true;
    for (size_t rows = 1; rows < ROWS; rows++) {
        const size_t distance = rows * row_bytes % PAGE;
        avoid = avoid && distance >= LEAST && distance <= PAGE - LEAST;
    }
    return avoid;
}

static size_t row_pitch(size_t vectors, size_t vector_bytes) {
    while (!rows_avoid_aliases(vectors * vector_bytes))
        vectors++;
    return vectors;
}

/* Vectors of local memory that the kernel needs: two rows for each level, four new ones and a spare
 * one. */
static size_t ring_vectors(size_t cols, size_t steps, size_t lanes, size_t vector_bytes) {
    return (2 * steps + 5) * row_pitch(gf_ndrange_pieces(cols + 2 * steps, lanes), vector_bytes);
}

/* The number of bands of at most `tile_rows` rows, raised so that all compute units get equally
 * many tiles. */
static size_t bands_of(size_t rows, size_t tile_rows, size_t strips, const gf_device_info *device) {
    const size_t units = unit_count(device);
    const size_t tiles = gf_ndrange_pieces(rows, tile_rows) * strips;
    const size_t bands = gf_ndrange_pieces(gf_ndrange_pieces(tiles, units) * units, strips);
    return bands < rows ? bands : rows;
}

static void plan_blocked(const gf_problem *problem, const gf_device_info *device,
                         const uint32_t *tuning, gf_ndrange_plan *plan) {
    const size_t cols = gf_problem_u32(problem, "cols"), rows = gf_problem_u32(problem, "rows");
    const uint32_t lanes = gf_ndrange_lanes(problem, device);
    const uint64_t bytes =
        device->local_memory_bytes < MOST_RING_BYTES ? device->local_memory_bytes : MOST_RING_BYTES;
    const size_t vector_bytes = lanes * gf_type_size(gf_problem_real_type(problem));
    const size_t room = (size_t)bytes / vector_bytes;
    uint32_t steps = tuning[BLOCKED_STEPS];
    size_t strips = gf_ndrange_pieces(cols, tuning[BLOCKED_COLS]);
    while (ring_vectors(gf_ndrange_pieces(cols, strips), steps, lanes, vector_bytes) > room) {
        /* Narrower strips as long as the halo is the smaller part, then fewer steps. */
        if (steps == 1 || cols / strips > 4 * steps)
            strips *= 2;
        else
            steps /= 2;
    }
    *plan =
        (gf_ndrange_plan){.kernel = "diffusion_blocked",
                          .dimensions = 2,
                          .global = {strips, bands_of(rows, tuning[BLOCKED_ROWS], strips, device)},
                          .local = {1, 1},
                          .lanes = {1, lanes},
                          .steps_per_launch = steps};
    snprintf(plan->options, sizeof plan->options,
             "-D GF_MODERATE=%d -D GF_WIDTH=%u -D GF_RING=%zu -D GF_LIFTED=%d",
             values_are_moderate(problem), lanes, room,
             tuning[BLOCKED_LAYOUT] == LIFTED_ROWS ? 1 : 0);
}

/* For each pair of rows, of which four rows are two: both are read, every level makes a vector at a
 * time, one pair is written. */
static void blocked_needs(const gf_problem *problem, const gf_ndrange_plan *plan, gf_needs *needs) {
    const double depth = plan->steps_per_launch, lanes = plan->lanes.cols;
    const double pairs = tile_rows_of(problem, plan->global[1]) / 2 + depth + 3;
    const double vectors = (tile_cols_of(problem, plan->global[0]) + 2 * depth) / lanes + 2;
    const double edges = 2 * depth + 2 * lanes; /* cell by cell */
    add_needs(problem, pairs * (depth * (2 * vectors + 24) + 4 * (vectors + edges) + 8), needs);
}

/* ---- streamed ---------------------------------------------------------- */

enum { STREAMED_STEPS, STREAMED_GROUP, STREAMED_BUFFERS, STREAMED_ROWS };

static const gf_tunable streamed_tunables[] = {
    {"steps-per-launch", "steps in one launch, and so the width of the halo", 1, 16,
     (const uint32_t[]){4, 6, 8, 12, 0}},
    {"group-cols", "columns of a work-group, halo included", 32, 1024,
     (const uint32_t[]){128, 256, 512, 0}},
    {"exchange-buffers", "1: less local memory, 2: fewer barriers", 1, 2,
     (const uint32_t[]){1, 2, 0}},
    {"tile-rows", "rows of a work-group's tile", 1, 8192,
     (const uint32_t[]){32, 128, 512, 2048, 0}},
};

#define FEWEST_GROUP_COLS 32
/* Tiles that a compute unit works on at a time, which hide one another's barriers. */
#define TILES_OF_UNIT 4

/* A value of each step for each column passes through each buffer in local memory. */
static uint64_t exchange_bytes(const gf_problem *problem, uint64_t steps, uint64_t group,
                               uint64_t buffers) {
    return buffers * steps * group * gf_type_size(gf_problem_real_type(problem));
}

static uint32_t suits_streamed(const gf_problem *problem, const gf_device_info *device) {
    if (device->max_work_group_size < FEWEST_GROUP_COLS ||
        device->local_memory_bytes < exchange_bytes(problem, 1, FEWEST_GROUP_COLS, 1))
        return 0;
    return suits_many_steps(problem, device->device_class != GF_CLASS_CPU);
}

/* One buffer where two would keep a unit from holding all tiles. That can be known only where a
 * group may have all of the unit's local memory; a limit of 48 KiB is one of the driver, and the
 * units have more. */
static uint32_t default_buffers(const gf_problem *problem, const gf_device_info *device,
                                uint32_t steps, uint32_t group) {
    const uint64_t least_of_unit = UINT64_C(64) << 10;
    const uint64_t bytes = TILES_OF_UNIT * exchange_bytes(problem, steps, group, 2);
    return device->local_memory_bytes >= least_of_unit && bytes > device->local_memory_bytes ? 1
                                                                                             : 2;
}

/* Rows of a tile for which no more tiles are left over than the units work on at a time: of 540
 * tiles for 528 places, 12 would take as long as all others. Large grids fill the places several
 * times. */
static uint32_t rows_for_full_units(const gf_problem *problem, const gf_device_info *device,
                                    size_t strips) {
    enum { FEWEST_ROWS = 64, MOST_ROWS = 1024, MOST_ROUNDS = 1 << 20 };
    const size_t rows = gf_problem_u32(problem, "rows");
    const size_t places = unit_count(device) * TILES_OF_UNIT;
    size_t tile = MOST_ROWS + 1;
    for (size_t rounds = 1; tile > MOST_ROWS && rounds < MOST_ROUNDS; rounds++) {
        const size_t bands = places * rounds / strips;
        tile = bands == 0 ? tile : gf_ndrange_pieces(rows, bands);
    }
    return within(tile, FEWEST_ROWS, MOST_ROWS);
}

/* The halo of 8 steps is 6 % of 256 columns. */
static void streamed_defaults(const gf_problem *problem, const gf_device_info *device,
                              uint32_t *tuning) {
    const uint32_t steps = 8, group = 256;
    const size_t strips = gf_ndrange_pieces(gf_problem_u32(problem, "cols"), group - 2 * steps);
    tuning[STREAMED_STEPS] = steps;
    tuning[STREAMED_GROUP] = group;
    tuning[STREAMED_BUFFERS] = default_buffers(problem, device, steps, group);
    tuning[STREAMED_ROWS] = rows_for_full_units(problem, device, strips);
}

/* Intel's compiler takes as many work-items in step as it can, and then runs out of registers. It
 * may be told how many; other compilers ignore it. Of its GPUs those without f64 have registers for
 * 8 values in f32, and it takes 8 by itself. */
static const char *sub_group_option(const gf_device_info *device) {
    return device->device_class == GF_CLASS_GPU && device->f64 ? " -D GF_SUB_GROUP=16" : "";
}

/* What does not fit gets one buffer, then fewer columns if not even one step fits, then fewer
 * steps.
 */
static void plan_streamed(const gf_problem *problem, const gf_device_info *device,
                          const uint32_t *tuning, gf_ndrange_plan *plan) {
    const size_t cols = gf_problem_u32(problem, "cols"), rows = gf_problem_u32(problem, "rows");
    const uint64_t room = device->local_memory_bytes;
    uint32_t steps = tuning[STREAMED_STEPS], group = tuning[STREAMED_GROUP];
    if (group > device->max_work_group_size)
        group = (uint32_t)device->max_work_group_size;
    while (exchange_bytes(problem, 1, group, 1) > room)
        group /= 2;
    const bool fits_twice = exchange_bytes(problem, steps, group, 2) <= room;
    const uint32_t buffers = fits_twice ? tuning[STREAMED_BUFFERS] : 1;
    while (steps > 1 &&
           (exchange_bytes(problem, steps, group, buffers) > room || steps > group / 4))
        steps--;
    *plan = (gf_ndrange_plan){.kernel = "diffusion_streamed",
                              .dimensions = 2,
                              .global = {gf_ndrange_pieces(cols, group - 2 * steps) * group,
                                         gf_ndrange_pieces(rows, tuning[STREAMED_ROWS])},
                              .local = {group, 1},
                              .steps_per_launch = steps};
    snprintf(plan->options, sizeof plan->options,
             "-D GF_GROUP=%u -D GF_STEPS=%u -D GF_BUFFERS=%u -D GF_MODERATE=%d%s", group, steps,
             buffers, values_are_moderate(problem), sub_group_option(device));
}

/* A row at a time, with two loops over the levels where the compiler does not unroll them. */
static void streamed_needs(const gf_problem *problem, const gf_ndrange_plan *plan,
                           gf_needs *needs) {
    const double depth = plan->steps_per_launch;
    const double rows = tile_rows_of(problem, plan->global[1]) + 2 * depth;
    add_needs(problem, rows * (3 + 2 * depth) + depth + 8, needs);
}

const gf_ndrange_variant gf_diffusion_ndrange_variants[GF_DIFFUSION_NDRANGE_VARIANTS] = {
    {.name = "naive",
     .summary = "one work-item per cell",
     .suits = gf_ndrange_suits_scalar,
     .plan = plan_naive,
     .needs = naive_needs},
    {.name = "streamed",
     .summary = "one work-item per column of a tile, several steps in registers",
     .suits = suits_streamed,
     .plan = plan_streamed,
     .needs = streamed_needs,
     .tunables = streamed_tunables,
     .tunable_count = GF_TUNABLE_COUNT(streamed_tunables),
     .defaults = streamed_defaults},
    {.name = "vector",
     .summary = "one work-item per block of rows, explicit vectors",
     .suits = gf_ndrange_suits_vector,
     .plan = plan_vector,
     .needs = vector_needs},
    {.name = "blocked",
     .summary = "one work-item per tile, many steps in the cache, explicit vectors",
     .suits = suits_blocked,
     .plan = plan_blocked,
     .needs = blocked_needs,
     .tunables = blocked_tunables,
     .tunable_count = GF_TUNABLE_COUNT(blocked_tunables),
     .defaults = blocked_defaults},
};
