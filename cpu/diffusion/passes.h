/* Passes over the field, each of many steps: overlapped tiles, one parallel loop a pass.
 *
 * Tiles read the field of one pass and write that of the next. Each tile also computes the cells of
 * its neighbours that it needs, so that threads meet only between two passes. The choice of tiles
 * does not change the arithmetic of any cell.
 */
#pragma once

#include <stdlib.h>

#include "barrier.h"
#include "diffusion/tile.h"
#include "diffusion/tunables.h"

/* Used when no values are given: enough steps that memory is not the limit, strips of which 6 rows
 * (a block and two above it) fit into 32 KiB of first-level cache, all rows. */
#define DEFAULT_STEPS     16
#define DEFAULT_TILE_COLS (32 * 1024 / 6 / sizeof(gf_real) - 2 * DEFAULT_STEPS)

/* These limit a workspace to 64 MiB, whatever values are given. */
#define MOST_STEPS     256
#define MOST_TILE_COLS 16384

/* How far a run has come: steps done, and exchanges of the pair. */
typedef struct progress {
    uint64_t steps, passes;
} progress;

#define CACHE_LINE (64 / sizeof(gf_real)) /* in reals */

typedef struct pass_plan {
    const grid *grid;
    gf_real *const *pair;
    uint64_t step_count, pass_count;
    size_t most_steps; /* of a pass */
    size_t tile_cols, tile_rows, tiles_across, bands;
    size_t strips;        /* of a tile; several are a chain */
    size_t strip_vectors; /* of a chain */
    bool streaming, balanced;
    bool scaling; /* tiles with tiny values are scaled */
} pass_plan;

static size_t pieces(size_t whole, size_t part) {
    return whole / part + (whole % part != 0 ? 1 : 0);
}

static size_t at_most(size_t value, uint64_t limit) {
    return value < limit ? value : (size_t)limit;
}

static size_t rounded_up(size_t value, size_t to) {
    return pieces(value, to) * to;
}

static size_t common_divisor(size_t a, size_t b) {
    return b == 0 ? a : common_divisor(b, a % b);
}

/* Makes tiles alike, none larger than asked for: values that suit one size then suit similar ones.
 * Where there are several bands, threads get equally many tiles. */
static void even_bands(pass_plan *p, size_t threads) {
    const size_t rows = p->grid->rows;
    if (p->bands >= threads && rounded_up(p->bands, threads) <= rows)
        p->bands = rounded_up(p->bands, threads);
    p->tile_rows = pieces(rows, p->bands);
    p->bands = pieces(rows, p->tile_rows);
}

/* Tiles lie side by side only if there would be too few for the threads otherwise: each of them
 * computes cells of its neighbours, and the strips of a tile don't. Tiles share no cache line. */
static void place_tiles_across(pass_plan *p, size_t threads) {
    const size_t strips = pieces(p->grid->cols, p->tile_cols);
    const size_t even = threads / common_divisor(threads, p->bands);
    p->tiles_across = even < strips ? even : strips;
    const size_t cols = rounded_up(pieces(p->grid->cols, p->tiles_across), CACHE_LINE);
    p->strips = pieces(cols, p->tile_cols);
    p->tile_cols = at_most(cols, p->grid->cols);
    p->tiles_across = pieces(p->grid->cols, p->tile_cols);
}

/* A chain's strips are alike, and wide enough that a column beyond the grid stays in the first. */
static void place_strips(pass_plan *p) {
    const size_t least = 2 * p->most_steps + 4 * CACHE_LINE;
    const size_t whole = p->tile_cols + 3 * p->most_steps + 2 + CACHE_LINE;
    const size_t most = p->tile_cols / least;
    p->strips = p->strips < most ? p->strips : most;
    if (p->strips < 2)
        p->strips = 1;
    p->strip_vectors = rounded_up(pieces(whole, p->strips), CACHE_LINE) / GF_LANES;
}

static pass_plan make_plan(const grid *g, gf_real *const pair[2], const gf_kernel_args *args) {
    pass_plan p = {.grid = g, .pair = pair, .step_count = args->step_count};
    p.most_steps = at_most(gf_arg_tuning(args, "steps-per-pass", DEFAULT_STEPS), MOST_STEPS);
    p.most_steps = at_most(p.most_steps, args->step_count);
    p.tile_cols = at_most(gf_arg_tuning(args, "tile-cols", DEFAULT_TILE_COLS), MOST_TILE_COLS);
    p.tile_cols = at_most(p.tile_cols, g->cols);
    p.tile_rows = at_most(gf_arg_tuning(args, "tile-rows", UINT32_MAX), g->rows);
    p.streaming = gf_arg_tuning(args, "streaming-stores", THROUGH_CACHES) == PAST_CACHES;
    p.balanced = gf_arg_tuning(args, "balance", PLAIN_ADDITIONS) == BALANCED_PIPES;
    p.scaling = gf_arg_tuning(args, "small-numbers", SCALED_UP) == SCALED_UP;
    if (p.tile_cols < g->cols)
        p.tile_rows = at_most(p.tile_rows, GF_DIFFUSION_MOST_CHAIN_ROWS);
    p.bands = pieces(g->rows, p.tile_rows);
    even_bands(&p, args->thread_count);
    place_tiles_across(&p, args->thread_count);
    place_strips(&p);
    p.pass_count = p.most_steps < 2 ? 0 : (args->step_count - 1) / p.most_steps + 1;
    return p;
}

/* Steps made before pass `pass`. Passes differ by one step at most. */
static uint64_t steps_before(const pass_plan *p, uint64_t pass) {
    return p->step_count / p->pass_count * pass +
           p->step_count % p->pass_count * pass / p->pass_count;
}

static tile make_tile(const pass_plan *p, const workspace *w, uint64_t pass, size_t index,
                      size_t strip) {
    const grid *const g = p->grid;
    const size_t row = index / p->tiles_across * p->tile_rows;
    const size_t col = index % p->tiles_across * p->tile_cols;
    tile t = {
        .grid = g,
        .from = p->pair[pass % 2],
        .to = p->pair[(pass + 1) % 2],
        .streaming = p->streaming,
        .balanced = p->balanced,
        .scaling = p->scaling,
        .steps = (ptrdiff_t)(steps_before(p, pass + 1) - steps_before(p, pass)),
        .first_row = (ptrdiff_t)row,
        .end_row = (ptrdiff_t)(row + at_most(p->tile_rows, g->rows - row)),
        .first_col = (ptrdiff_t)col,
        .end_col = (ptrdiff_t)(col + at_most(p->tile_cols, g->cols - col)),
        .left = strip == 0 ? NULL : w->edges[strip % 2],
        .right = w->edges[(strip + 1) % 2],
    };
    if (p->strips == 1)
        place_single_strip(&t);
    else
        place_strip_of_chain(&t, strip, p->strip_vectors);
    return t;
}

/* ---- Workspaces -------------------------------------------------------- */

#define ALIAS (GF_PAGE / 64) /* in lines */

/* Whether the rows that an update touches at once, consecutive in memory, are at least 3 lines
 * apart modulo ALIAS: processors compare addresses without their upper bits, and a load that seems
 * to need an earlier store waits for it. */
static bool rows_avoid_aliases(size_t lines) {
    for (size_t rows = 1; rows < BLOCK_ROWS + 2; rows++) {
        const size_t distance = rows * lines % ALIAS;
        if (distance < 3 || distance > ALIAS - 3)
            return false;
    }
    return true;
}

static size_t row_pitch(const pass_plan *p) {
    const size_t single = p->tile_cols + 2 * p->most_steps + 2 + GF_LANES;
    const size_t of_chain = (p->strip_vectors + 2) * GF_LANES;
    size_t lines = pieces(p->strips == 1 ? single : of_chain, CACHE_LINE);
    while (!rows_avoid_aliases(lines))
        lines++;
    return lines * CACHE_LINE;
}

/* The least whole number of pages with so many reals, in reals. */
static size_t whole_pages(size_t reals) {
    return rounded_up(reals, ALIAS * CACHE_LINE);
}

/* Reals that a chain hands on from one strip to the next. */
static size_t handed_on(const pass_plan *p) {
    const size_t blocks = pieces(p->tile_rows + 2 * p->most_steps, BLOCK_ROWS) + 1;
    return p->strips == 1 ? 0 : blocks * (p->most_steps + 1) * HANDED_ON;
}

/* Places the rows in `memory`; returns how many reals they take. The rows above precede the block
 * as they do in the grid, and have the same place in a page at every level. `before`: what sliding
 * rows need before they begin. */
static size_t place_rows(const pass_plan *p, gf_real *memory, workspace *w) {
    const size_t pitch = row_pitch(p), before = (p->most_steps + 2) * GF_LANES;
    const size_t level = whole_pages(2 * pitch + GF_LANES), edges = handed_on(p);
    const size_t above = whole_pages(before);
    const size_t block = above + (p->most_steps + 1) * level + whole_pages(before) + 2 * pitch;
    const size_t line = block + BLOCK_ROWS * pitch, border = line + pitch + before;
    const size_t end = border + 2 * (pitch + before);
    *w = (workspace){.pitch = pitch, .level_pitch = level, .border_pitch = pitch + before};
    if (memory != NULL) {
        w->memory = memory;
        w->above = memory + above;
        w->block = memory + block;
        w->line = memory + line;
        w->border = memory + border;
        w->edges[0] = memory + end;
        w->edges[1] = memory + end + edges;
    }
    return end + 2 * edges;
}

/* Takes the calling thread's memory. It is zeroed, because halo cells that no result depends on
 * are computed too and must not be NaN. */
static bool open_workspace(const pass_plan *p, const gf_kernel_args *args, workspace *w) {
    const size_t bytes = whole_pages(place_rows(p, NULL, w)) * sizeof *w->memory;
    gf_real *const memory = gf_take_memory(args, bytes);
    place_rows(p, memory, w);
    if (memory != NULL)
        memset(memory, 0, bytes);
    return memory != NULL;
}

/* ---- Passes ------------------------------------------------------------ */

/* Notes that the threads share. Every thread must stop after the same pass, so notes of a pass are
 * read after its barrier. The next pass writes into the other of two slots, so that a slot is
 * written again only after one more barrier. */
#define HINTS  1024
#define SHARES 64
typedef struct pass_notes {
    bool no_memory;
    bool stop[2];      /* cancelled */
    bool too_large[2]; /* the source of the pass has a value that is too large */
    bool tiny[HINTS];  /* by a strip's number modulo HINTS: its last result has tiny values */
    atomic_size_t taken[2][SHARES]; /* tiles of each share that threads have taken */
    gf_barrier barrier;
    progress done;
} pass_notes;

/* Where the plan scales, a strip is scaled if its last result, or in the first pass its source, has
 * tiny values and no large ones. */
static void run_strip(const gf_kernel_args *args, const workspace *w, uint64_t pass, tile t,
                      bool *tiny, pass_notes *notes) {
    if (t.scaling) {
#pragma omp atomic read
        t.scaled = *tiny;
        t.unknown = pass == 0;
    }
    tile_report report = run_tile(&t, w, args);
    t.unknown = false;
    if (report.tiny_found) {
        t.scaled = true;
        report = run_tile(&t, w, args);
    }
    if (report.too_large && t.scaled) {
        t.scaled = false;
        report = run_tile(&t, w, args);
    }
#pragma omp atomic write
    *tiny = report.tiny;
    if (report.too_large) {
#pragma omp atomic write
        notes->too_large[pass % 2] = true;
    }
}

/* Takes one tile through a pass, strip by strip. */
static void run_one(const pass_plan *p, const workspace *w, const gf_kernel_args *args,
                    uint64_t pass, size_t index, pass_notes *notes) {
    for (size_t strip = 0; strip < p->strips; strip++)
        run_strip(args, w, pass, make_tile(p, w, pass, index, strip),
                  &notes->tiny[(index * p->strips + strip) % HINTS], notes);
}

/* Each thread begins with a share of its own, so that it meets the same part of the field in each
 * pass. Then it helps with the others: a thread that has lost its core holds up one tile only. */
static void run_pass(const pass_plan *p, const workspace *w, const gf_kernel_args *args,
                     uint64_t pass, pass_notes *notes) {
    const size_t tiles = p->tiles_across * p->bands;
    const size_t shares = at_most((size_t)omp_get_num_threads(), SHARES);
    for (size_t k = 0; k < shares; k++) {
        const size_t share = ((size_t)omp_get_thread_num() + k) % shares;
        const size_t begin = tiles * share / shares, end = tiles * (share + 1) / shares;
        for (;;) {
            const size_t i = begin + atomic_fetch_add(&notes->taken[pass % 2][share], 1);
            if (i >= end)
                break;
            run_one(p, w, args, pass, i, notes);
        }
    }
    gf_stream_fence();
    gf_barrier_wait(&notes->barrier, (uint32_t)omp_get_num_threads());
}

/* What the next pass begins with; called by one thread during the pass before it. */
static void prepare_next(const gf_kernel_args *args, uint64_t pass, pass_notes *notes) {
    notes->stop[(pass + 1) % 2] = gf_kernel_cancelled(args);
    for (size_t share = 0; share < SHARES; share++)
        atomic_store_explicit(&notes->taken[(pass + 1) % 2][share], 0, memory_order_relaxed);
}

/* The passes of one thread. */
static void run_all(const pass_plan *p, const workspace *w, const gf_kernel_args *args,
                    pass_notes *notes) {
    for (uint64_t pass = 0; pass < p->pass_count && !notes->stop[pass % 2]; pass++) {
        if (gf_is_first_thread())
            prepare_next(args, pass, notes);
        run_pass(p, w, args, pass, notes);
        if (notes->too_large[pass % 2])
            break;
        if (gf_is_first_thread())
            notes->done = (progress){steps_before(p, pass + 1), pass + 1};
    }
}

/* Makes as many steps as it can, in whole passes: none without memory for workspaces, and none
 * after a state whose values could overflow. */
static progress run_passes(const grid *g, gf_real *const pair[2], const gf_kernel_args *args) {
    pass_notes notes = {.stop = {gf_kernel_cancelled(args), false}};
    const pass_plan p = make_plan(g, pair, args);
    if (p.pass_count == 0 || !(g->rate >= 0 && g->rate <= (gf_real)0.25))
        return notes.done;
#pragma omp parallel num_threads((int)args->thread_count)
    {
        workspace w;
        if (!open_workspace(&p, args, &w)) {
#pragma omp atomic write
            notes.no_memory = true;
        }
        gf_barrier_wait(&notes.barrier, (uint32_t)omp_get_num_threads());
        if (!notes.no_memory)
            run_all(&p, &w, args, &notes);
        gf_give_memory_back(args, w.memory);
    }
    return notes.done;
}
