/* Passes in which the threads share the time levels instead of the rows.
 *
 * The first thread takes blocks of all rows through the first levels and hands each on to the next
 * thread, which takes it through the next levels; the last one writes the results. So no row is
 * computed twice, and each thread keeps the rows of its own levels only. A pass begins while the
 * one before it ends: the threads don't meet.
 *
 * This is for fields whose rows are one strip, without rows beyond an edge that are far away. It
 * stops where values are too large or tiny, and where threads wait for each other for long, as they
 * do where other programs have the cores as well: of threads that need each other for every block,
 * none gets far alone. The rest is left to passes.h. Only the first thread stops by itself: it
 * closes the way to the next, which ends when it comes to that.
 */
#pragma once

#include <stdalign.h>

#include "diffusion/passes.h"

/* Blocks by which a thread may be ahead of the next one. */
#define SLOTS       4
#define MOST_STAGES 64

/* Between a thread and the next one; the counts are of blocks since the launch began. */
typedef struct handover {
    alignas(128) gf_progress sent;
    alignas(128) gf_progress taken;
    gf_real *slots;
    atomic_bool closed;
    unsigned blocks; /* if it is closed: how many were sent */
} handover;

typedef struct pipeline {
    handover to_next[MOST_STAGES];
    alignas(128) gf_progress stored; /* rows since the launch began */
    atomic_bool unfit;               /* passes.h should go on, from the next pass */
    bool no_memory;
    gf_barrier barrier;
    progress done;
} pipeline;

/* One thread's part of a pass. */
typedef struct stage {
    const pass_plan *plan;
    const gf_kernel_args *args;
    pipeline *line;
    const workspace *w;
    size_t number, count;
    unsigned sent, taken; /* blocks */
    size_t bytes;         /* of a strip */
} stage;

/* ---- From thread to thread --------------------------------------------- */

static gf_real *slot_of(const stage *s, gf_real *slots, unsigned block) {
    return slots + block % SLOTS * BLOCK_ROWS * s->w->pitch;
}

/* Waits for another thread. The first block takes long in any case. */
static void wait_for(stage *s, gf_progress *progress, unsigned count) {
    if (gf_progress_wait(progress, count) && s->sent + s->taken > SLOTS)
        atomic_store(&s->line->unfit, true);
}

static void copy_block(const stage *s, gf_real *to, const gf_real *from) {
    for (size_t j = 0; j < BLOCK_ROWS; j++)
        memcpy(to + j * s->w->pitch, from + j * s->w->pitch, s->bytes);
}

/* Waits for room for the next block; returns it. */
static gf_real *next_slot(stage *s) {
    if (s->number + 1 == s->count)
        return NULL;
    handover *const h = &s->line->to_next[s->number];
    wait_for(s, &h->taken, s->sent + 1 - SLOTS);
    return slot_of(s, h->slots, s->sent);
}

static void send_block(stage *s) {
    handover *const h = &s->line->to_next[s->number];
    copy_block(s, slot_of(s, h->slots, s->sent), s->w->block);
    gf_progress_set(&h->sent, ++s->sent);
}

static void close_way(stage *s) {
    handover *const h = &s->line->to_next[s->number];
    h->blocks = s->sent;
    atomic_store(&h->closed, true);
    gf_progress_set(&h->sent, s->sent + 1);
}

/* Returns whether there is one more block. */
static bool take_block(stage *s) {
    handover *const h = &s->line->to_next[s->number - 1];
    wait_for(s, &h->sent, s->taken + 1);
    if (atomic_load(&h->closed) && h->blocks == s->taken)
        return false;
    copy_block(s, s->w->block, slot_of(s, h->slots, s->taken));
    gf_progress_set(&h->taken, ++s->taken);
    return true;
}

/* ---- Blocks ------------------------------------------------------------ */

/* Rows stored when the first `rows` of a pass are. */
static unsigned stored_count(const stage *s, uint64_t pass, ptrdiff_t rows) {
    const ptrdiff_t all = (ptrdiff_t)s->plan->grid->rows;
    return (unsigned)pass * (unsigned)all + (unsigned)smaller(rows, all);
}

/* The first thread's: returns whether the block may be computed. */
static bool bring_block(stage *s, const tile *t, uint64_t pass, ptrdiff_t begin,
                        tile_report *report) {
    if (gf_kernel_cancelled(s->args) || (begin == 0 && atomic_load(&s->line->unfit)))
        return false;
    if (pass > 0)
        wait_for(s, &s->line->stored, stored_count(s, pass - 1, begin + BLOCK_ROWS));
    load_block(t, s->w, begin, report);
    return !report->too_large && !report->tiny_found;
}

static void finish_block(stage *s, const tile *t, uint64_t pass, ptrdiff_t begin) {
    if (s->number + 1 < s->count) {
        send_block(s);
        return;
    }
    if (store_block(t, s->w, begin - t->steps))
        atomic_store(&s->line->unfit, true);
    gf_stream_fence();
    gf_progress_set(&s->line->stored, stored_count(s, pass, begin - t->steps + BLOCK_ROWS));
}

/* ---- Passes ------------------------------------------------------------ */

static tile tile_of_stage(const stage *s, uint64_t pass) {
    tile t = make_tile(s->plan, s->w, pass, 0, 0);
    t.unknown = pass == 0;
    t.first_level = t.steps * (ptrdiff_t)s->number / (ptrdiff_t)s->count;
    t.last_level = t.steps * (ptrdiff_t)(s->number + 1) / (ptrdiff_t)s->count;
    return t;
}

/* Returns whether the way is still open. */
static bool run_pass_of_stage(stage *s, uint64_t pass) {
    tile t = tile_of_stage(s, pass);
    s->bytes = t.vectors * sizeof(gf_vec);
    const edge_columns e = find_edge_columns(&t, 0);
    tile_report report = {false, false, false};
    for (ptrdiff_t begin = 0; begin - t.steps < t.end_row; begin += BLOCK_ROWS) {
        if (!reaches_level(&t, begin, t.first_level))
            continue;
        t.slot = next_slot(s);
        if (s->number == 0 ? !bring_block(s, &t, pass, begin, &report) : !take_block(s))
            return false;
        if (advance_levels(&t, s->w, begin, &e, 0, &report))
            finish_block(s, &t, pass, begin);
    }
    return true;
}

static void run_stage(stage *s) {
    uint64_t pass = 0;
    while (pass < s->plan->pass_count && run_pass_of_stage(s, pass))
        pass++;
    if (s->number + 1 < s->count)
        close_way(s);
    else
        s->line->done = (progress){steps_before(s->plan, pass), pass};
}

/* The plan for so many threads; no passes if the field is not for a pipeline. */
static pass_plan plan_pipeline(const grid *g, gf_real *const pair[2], const gf_kernel_args *args) {
    const size_t threads = args->thread_count;
    pass_plan p = make_plan(g, pair, args);
    p.most_steps = at_most(gf_arg_tuning(args, "steps-per-pass", DEFAULT_STEPS), MOST_STEPS);
    p.most_steps = at_most(p.most_steps, args->step_count);
    p.levels = pieces(p.most_steps, threads);
    p.slots = SLOTS;
    p.pass_count = p.most_steps == 0 ? 0 : (args->step_count - 1) / p.most_steps + 1;
    const bool suits = gf_arg_tuning(args, "threads-take", BANDS) == LEVELS && threads > 1 &&
                       threads <= MOST_STAGES && p.tile_cols >= g->cols && p.strips == 1 &&
                       g->boundary != PERIODIC && g->rows < UINT32_MAX / 8 && p.pass_count > 0 &&
                       args->step_count / p.pass_count >= threads && g->rate >= 0 &&
                       g->rate <= (gf_real)0.25;
    p.tile_rows = g->rows;
    p.bands = p.tiles_across = 1;
    if (!suits)
        p.pass_count = 0;
    return p;
}

/* The part of one of all threads; they have met if it returns. */
static void run_thread(const pass_plan *p, const gf_kernel_args *args, pipeline *line) {
    const size_t number = (size_t)omp_get_thread_num();
    workspace w;
    const bool opened = open_workspace(p, args, &w);
    if (!opened || (size_t)omp_get_num_threads() != args->thread_count) {
#pragma omp atomic write
        line->no_memory = true;
    }
    line->to_next[number].slots = w.slots;
    gf_barrier_wait(&line->barrier, (uint32_t)omp_get_num_threads());
    stage s = {.plan = p, .args = args, .line = line, .w = &w, .number = number};
    s.count = args->thread_count;
    if (!line->no_memory)
        run_stage(&s);
    gf_barrier_wait(&line->barrier, (uint32_t)omp_get_num_threads());
    gf_give_memory_back(args, w.memory);
}

/* Makes as many steps as it can, in whole passes: maybe none. */
static progress run_pipeline(const grid *g, gf_real *const pair[2], const gf_kernel_args *args) {
    const pass_plan p = plan_pipeline(g, pair, args);
    pipeline line = {.no_memory = false};
    if (p.pass_count == 0)
        return line.done;
#pragma omp parallel num_threads((int)args->thread_count)
    run_thread(&p, args, &line);
    return line.done;
}
