#include "parallel/saving/rank_saving.h"

#include <stdlib.h>

#include "base/cancel.h"
#include "base/entry.h"
#include "base/error.h"
#include "measure/saving/segment.h"
#include "parallel/saving/rank_epoch.h"
#include "parallel/saving/rank_state.h"

/* Between two pauses: a launcher gives ranks two seconds or so to end. */
#define PAUSE_NS UINT64_C(250000000)

static bool is_first(const gf_rank_saving *saving) {
    return saving->ranks->rank == 0;
}

static const gf_problem *problem_of(const gf_rank_saving *saving) {
    return saving->part->whole;
}

/* ---- Opening -------------------------------------------------------------- */

static gf_status add_hashes(const gf_rank_saving *saving, uint64_t *hash, gf_error *error) {
    const uint64_t mine = gf_rank_inputs_hash(saving->part);
    const uint32_t count = saving->ranks->size;
    uint64_t *all = calloc(count, sizeof *all);
    if (all == NULL)
        return gf_error_no_memory(error, "hashes of inputs", count * sizeof *all);
    const gf_status status =
        gf_ranks_gather_everywhere(saving->ranks, &mine, sizeof mine, all, error);
    *hash = 0;
    for (uint32_t i = 0; i < count; i++)
        *hash += all[i];
    free(all);
    return status;
}

/* The first rank has the lock before the others look. */
static gf_status open_folders(gf_rank_saving *saving, uint64_t hash, gf_error *error) {
    const gf_problem *problem = problem_of(saving);
    gf_status status = GF_OK;
    if (is_first(saving))
        status = gf_saving_open(&saving->states, &saving->options, problem, hash, error);
    status = gf_ranks_agree(saving->ranks, status, error);
    if (status != GF_OK)
        return status;
    if (!is_first(saving))
        status = gf_saving_share(&saving->states, &saving->options, problem, hash, error);
    if (status == GF_OK)
        status = gf_rank_state_check(problem, &saving->states.identity, error);
    return gf_ranks_agree(saving->ranks, status, error);
}

/* ---- Going on --------------------------------------------------------------- */

static gf_status read_fields(gf_rank_saving *saving, gf_error *error) {
    const gf_checkpoint_identity *identity = &saving->states.identity;
    gf_status status = GF_OK;
    for (uint32_t i = 0; status == GF_OK && i < identity->field_count; i++)
        status =
            gf_rank_state_read(saving->part, saving->states.from, i, identity->buffers[i], error);
    return status;
}

/* The others find the state of the first rank, and nothing newer. */
static gf_status read_state(gf_rank_saving *saving, uint64_t step, gf_error *error) {
    gf_status status = GF_OK;
    if (!is_first(saving))
        status = gf_saving_find(&saving->states, step + 1, error);
    if (status == GF_OK && saving->states.state.first_step != step)
        status = gf_error_set(error, GF_FAILED,
                              "the state of step %llu is not here; give a folder that all hosts "
                              "share",
                              (unsigned long long)step);
    if (status == GF_OK && saving->part->mine.count > 0)
        status = read_fields(saving, error);
    return gf_ranks_agree(saving->ranks, status, error);
}

/* The newest state that every rank can read its part of; 0: there was none from the beginning. */
static gf_status restore(gf_rank_saving *saving, gf_error *error) {
    for (;;) {
        uint64_t step = saving->states.from == NULL ? 0 : saving->states.state.first_step;
        gf_status status = gf_ranks_broadcast(saving->ranks, &step, sizeof step, error);
        if (status != GF_OK || step == 0)
            return status;
        status = read_state(saving, step, error);
        if (status != GF_FAILED || !gf_ranks_have_agreed(saving->ranks))
            return status;
        gf_saving_pass_over(&saving->states, error);
        status = is_first(saving) ? gf_saving_find(&saving->states, step, error) : GF_OK;
        status = gf_ranks_agree(saving->ranks, status, error);
        if (status != GF_OK)
            return status;
    }
}

static void tell_saved(const gf_rank_saving *saving, uint64_t step) {
    if (saving->options.saved == NULL)
        return;
    const locale_t own_locale = gf_callback_begin();
    saving->options.saved(step, saving->options.tell_context);
    gf_callback_end(own_locale);
}

static gf_status go_on(gf_rank_saving *saving, gf_error *error) {
    const uint64_t start_ns = gf_set_now();
    const gf_status status = restore(saving, error);
    saving->states.state.ns += gf_set_now() - start_ns;
    if (status != GF_OK || saving->states.from == NULL)
        return status;
    gf_saving_tell_beginning(&saving->states);
    if (is_first(saving))
        gf_saving_tidy(&saving->states);
    if (saving->states.state.saved_step > 0)
        tell_saved(saving, saving->states.state.saved_step);
    return GF_OK;
}

/* ---- Saving ------------------------------------------------------------------- */

/* Where all agree that it was not written the job goes on. */
static gf_status save_state(gf_rank_saving *saving, uint64_t step, gf_error *error) {
    const gf_rank_epoch epoch = {saving->ranks, saving->part, &saving->states.folder,
                                 &saving->states.identity, step};
    gf_error failure = GF_ERROR_INIT;
    const gf_status status = gf_rank_epoch_write(&epoch, &failure);
    if (status == GF_OK) {
        gf_saving_note_success(&saving->states, step);
        tell_saved(saving, step);
        return GF_OK;
    }
    if (!gf_ranks_have_agreed(saving->ranks)) {
        *error = failure;
        return status;
    }
    saving->ranks->agreed = false;
    gf_saving_note_failure(&saving->states, step, &failure);
    return GF_OK;
}

static gf_status save(gf_rank_saving *saving, uint64_t step, gf_error *error) {
    const uint64_t start_ns = gf_set_now();
    const gf_status status = save_state(saving, step, error);
    saving->states.tried_ns = gf_set_now();
    saving->states.state.ns += saving->states.tried_ns - start_ns;
    return status;
}

/* ---- Pauses ---------------------------------------------------------------------- */

/* What the first rank decides. Plain bytes. */
typedef struct pause_plan {
    uint64_t next;
    uint32_t saves, ends;
} pause_plan;

static uint64_t smaller(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

static uint64_t pause_ns(const gf_checkpoint_options *options) {
    const double half = options->every_s * 1e9 / 2;
    return options->every_steps == 0 && half < (double)PAUSE_NS ? (uint64_t)half : PAUSE_NS;
}

/* The steps until the next pause, after `steps` steps that took `took` ns. Between two exchanges it
 * would cost one. */
static uint64_t next_pause(const gf_rank_saving *saving, uint64_t done, uint64_t steps,
                           uint64_t took) {
    const uint64_t every = saving->options.every_steps, visit = saving->part->visit_steps;
    uint64_t next = gf_segment_steps(steps, took, pause_ns(&saving->options));
    if (visit > 0 && next > visit)
        next -= next % visit;
    if (every > 0)
        next = smaller(next, every - done % every);
    return done + smaller(next, problem_of(saving)->steps - done);
}

static bool is_due(const gf_rank_saving *saving, uint64_t done, uint64_t now_ns) {
    const gf_checkpoint_options *options = &saving->options;
    if (options->every_steps > 0)
        return done % options->every_steps == 0;
    return (double)(now_ns - saving->states.tried_ns) >= options->every_s * 1e9;
}

/* By the first rank's clock; any rank can be asked to end. */
static pause_plan decide(const gf_rank_saving *saving, uint64_t done, const unsigned char *asked) {
    const uint64_t now_ns = gf_set_now();
    pause_plan plan = {.ends = 0};
    for (uint32_t i = 0; i < saving->ranks->size; i++)
        plan.ends |= asked[i];
    plan.saves = plan.ends != 0 || is_due(saving, done, now_ns) ? 1 : 0;
    plan.next = next_pause(saving, done, done - saving->resumed_step, now_ns - saving->resumed_ns);
    return plan;
}

static gf_status agree_on_plan(const gf_rank_saving *saving, uint64_t done, pause_plan *plan,
                               gf_error *error) {
    const unsigned char mine = gf_cancelled(saving->options.stop) ? 1 : 0;
    unsigned char *asked = calloc(saving->ranks->size, 1);
    if (asked == NULL)
        return gf_error_no_memory(error, "what ranks say", saving->ranks->size);
    gf_status status = gf_ranks_gather(saving->ranks, &mine, 1, asked, error);
    if (status == GF_OK && is_first(saving))
        *plan = decide(saving, done, asked);
    free(asked);
    return status == GF_OK ? gf_ranks_broadcast(saving->ranks, plan, sizeof *plan, error) : status;
}

static gf_status pause_here(void *context, uint64_t done, uint64_t *waited_ns, uint64_t *next,
                            gf_error *error) {
    gf_rank_saving *saving = context;
    pause_plan plan = {.ends = 0};
    const uint64_t start_ns = gf_set_now();
    gf_status status = agree_on_plan(saving, done, &plan, error);
    *waited_ns = gf_set_now() - start_ns;
    if (status == GF_OK && plan.saves != 0)
        status = save(saving, done, error);
    if (status == GF_OK && plan.ends != 0) {
        saving->ranks->agreed = true;
        status = gf_error_interrupted(error);
    }
    *next = plan.next;
    saving->resumed_ns = gf_set_now();
    saving->resumed_step = done;
    return status;
}

/* ---- Beginning and ending ------------------------------------------------------------ */

static void give_pauses(gf_rank_saving *saving) {
    const uint64_t first = saving->states.state.first_step;
    saving->resumed_step = first;
    saving->resumed_ns = saving->states.tried_ns = gf_set_now();
    saving->part->pauses = (gf_rank_pauses){.first = first};
    if (saving->options.directory == NULL)
        return;
    saving->part->pauses.next = next_pause(saving, first, 0, 0);
    saving->part->pauses.pause = pause_here;
    saving->part->pauses.context = saving;
}

gf_status gf_rank_saving_begin(gf_rank_saving *saving, gf_ranks *ranks, gf_rank_part *part,
                               gf_error *error) {
    uint64_t hash = 0;
    *saving = (gf_rank_saving){
        .options = *part->context->options->checkpoint, .ranks = ranks, .part = part};
    if (!is_first(saving))
        saving->options.tell = NULL;
    gf_status status = gf_ranks_agree(ranks, gf_checkpoint_check(part->whole, error), error);
    if (status == GF_OK)
        status = add_hashes(saving, &hash, error);
    if (status == GF_OK)
        status = open_folders(saving, hash, error);
    if (status == GF_OK)
        status = go_on(saving, error);
    if (status == GF_OK)
        give_pauses(saving);
    return status;
}

void gf_rank_saving_end(gf_rank_saving *saving) {
    gf_saving_end(&saving->states);
    *saving = (gf_rank_saving){.part = NULL};
}

void gf_rank_saving_listen(const gf_rank_saving *saving, bool listens) {
    if (saving->options.listens != NULL && saving->options.directory != NULL)
        *saving->options.listens = listens;
}
