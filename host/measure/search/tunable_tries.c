#include "measure/search/tunable_tries.h"

#include <math.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"

#define MOST_TRIES 256
/* On prompt devices the defaults take a turn after so many others. */
#define PACE_EVERY 4
/* By less than this the machine's slowdown changes from turn to turn: that is scatter. */
#define PACE_SCATTER 0.1

const gf_run *gf_tries_run(const gf_tunable_search *s) {
    return s->turns->run;
}

bool gf_tries_are_prompt(const gf_tunable_search *s) {
    return gf_tries_run(s)->device->backend->prompt;
}

uint64_t gf_tries_took_ns(const gf_tunable_search *s) {
    return s->turns->took_ns - s->started_ns;
}

bool gf_tries_have_time(const gf_tunable_search *s) {
    return gf_tries_took_ns(s) < s->budget_ns && s->count < MOST_TRIES;
}

/* ---- Values -------------------------------------------------------------- */

void gf_derive_tuning(const gf_run *run, const uint32_t *given, gf_tuning *tuning) {
    const gf_backend *backend = run->device->backend;
    *tuning = (gf_tuning){.count = 0};
    if (backend->tunables == NULL)
        return;
    memcpy(tuning->values, given, sizeof tuning->values);
    backend->tunables(run->device, gf_run_problem(run), run->variant, tuning);
}

bool gf_is_same_tuning(const gf_tuning *a, const gf_tuning *b) {
    return memcmp(a->values, b->values, sizeof a->values) == 0;
}

bool gf_is_candidate(const gf_tunable *tunable, uint32_t value) {
    return value >= tunable->min && value <= tunable->max;
}

gf_tuning gf_tuning_with(const gf_tunable_search *s, const gf_tuning *tuning, uint32_t index,
                         uint32_t value) {
    gf_tuning tried = *tuning;
    tried.values[index] = value;
    if (gf_tries_are_prompt(s)) {
        const gf_tuning given = tried;
        gf_derive_tuning(gf_tries_run(s), given.values, &tried);
    }
    return tried;
}

/* ---- The machine's pace ---------------------------------------------------- */

/* *slowdown: how many times as long the defaults take as at first. */
static gf_status time_defaults(gf_tunable_search *s, double *slowdown, gf_error *error) {
    s->pacer = s->tries[0];
    s->pacer.turns = 0;
    s->turns->slowdown = 0;
    const gf_status status = gf_turns_take(s->turns, &s->pacer, error);
    if (status != GF_OK)
        s->tries[0].ns = UINT64_MAX;
    *slowdown = (double)s->pacer.ns / fmax((double)s->tries[0].turns_ns[0], 1);
    return status;
}

static bool is_other_pace(double now, double before) {
    return fabs(now / before - 1) > PACE_SCATTER;
}

/* The machine may have become slower at any time since the last turn of the defaults. Tries that
 * seem fast by that have to prove it in a further turn. */
static void correct_since_pace(gf_tunable_search *s, double change) {
    for (uint32_t i = s->paced; change > 1 && i < s->count; i++)
        gf_turns_correct_latest(&s->tries[i], change);
    s->paced = s->count;
    s->since_pace = 0;
}

/* What seems to be another pace is timed twice: one disturbed turn is none. */
gf_status gf_tries_take_pace(gf_tunable_search *s, gf_error *error) {
    const double before = s->turns->slowdown > 0 ? s->turns->slowdown : 1;
    double now = before;
    gf_status status = time_defaults(s, &now, error);
    if (status == GF_OK && is_other_pace(now, before))
        status = time_defaults(s, &now, error);
    s->turns->slowdown = status == GF_OK && is_other_pace(now, before) ? now : before;
    correct_since_pace(s, s->turns->slowdown / before);
    return status;
}

/* ---- Tries ----------------------------------------------------------------- */

static bool was_tried(const gf_tunable_search *s, const gf_tuning *tuning) {
    for (uint32_t i = 0; i < s->count; i++) {
        if (gf_is_same_tuning(&s->tries[i].tuning, tuning))
            return true;
    }
    return false;
}

static gf_status take_turn(gf_tunable_search *s, uint32_t index, uint32_t pace_every,
                           gf_error *error) {
    const bool is_due = gf_tries_are_prompt(s) && index > 0 && s->since_pace >= pace_every;
    const gf_status status = is_due ? gf_tries_take_pace(s, error) : GF_OK;
    s->since_pace++;
    return status == GF_OK ? gf_turns_take(s->turns, &s->tries[index], error) : status;
}

gf_status gf_try_again(gf_tunable_search *s, uint32_t index, gf_error *error) {
    return take_turn(s, index, 1, error);
}

gf_status gf_try_values(gf_tunable_search *s, const gf_tuning *tuning, gf_error *error) {
    if (was_tried(s, tuning))
        return GF_OK;
    const gf_status status = gf_array_grow(&s->tries, s->count, sizeof *s->tries, error);
    if (status != GF_OK)
        return status;
    s->tries[s->count] =
        (gf_try){.variant = gf_tries_run(s)->variant, .tuning = *tuning, .ns = UINT64_MAX};
    const gf_status taken = take_turn(s, s->count, PACE_EVERY, error);
    s->count++; /* the pace that was taken first corrects those before it only */
    return taken;
}

void gf_try_release_program(gf_tunable_search *s, uint32_t index) {
    gf_try *tried = &s->tries[index];
    if (tried->program != NULL)
        gf_tries_run(s)->device->backend->program_release(tried->program);
    tried->program = NULL;
}
