#include "measure/search/turns.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "stats/sort.h"

/* Enough steps for several passes of any kernel that does many at once, and a multiple of the
 * candidates: 2, 3, 4, 6, 8, 12, 16, 24, 32 and 48. */
#define SEARCH_STEPS 96

/* On devices where a program has to be compiled: launches of a turn, of which the fastest counts.
 * Short ones go on until some were undisturbed; fewer when they take long. */
#define SLOW_DEVICE_LAUNCHES 3
#define SLOW_DEVICE_TURN_NS  UINT64_C(20000000)
#define BRIEF_TURN_NS        UINT64_C(4000000)
#define LONG_LAUNCH_NS       UINT64_C(150000000)
#define MOST_SHORT_LAUNCHES  1000
/* Of steps whose pace is tested: 2, 8, 32. */
#define PACE_FACTOR 4
/* A first launch may take so much longer than others, because the driver compiles. */
#define DEFERRED_BUILD_NS UINT64_C(2000000000)

/* On prompt devices a launch of a turn goes on for so many stops and so long, if the problem does.
 */
#define FEWEST_STOPS 4
#define LAUNCH_NS    UINT64_C(2000000)
/* Shorter launches are repeated for this time, because they scatter more. */
#define TURN_NS       UINT64_C(3000000)
#define MOST_LAUNCHES 15

/* ---- One launch on a prompt device -------------------------------------- */

static uint64_t at_most(uint64_t value, uint64_t most) {
    return value < most ? value : most;
}

/* Computes `steps` steps, stop by stop, from the content that every round trip begins with: a field
 * that went on from turn to turn would change what it costs. Of more stops than one the first is
 * not timed if `warm`: a short launch has a greater share of the first one's cache misses than the
 * run. */
static gf_status compute_stops(gf_run *run, uint64_t steps, bool warm, uint64_t *ns,
                               gf_error *error) {
    const uint64_t every = gf_run_problem(run)->steps_per_transfer;
    gf_round_trip trip = {0};
    bool swapped = false;
    uint64_t done = 0;
    const uint64_t first = warm ? every : 0;
    gf_status status = gf_run_reset(run, error);
    if (status == GF_OK)
        status = gf_run_upload(run, true, false, error);
    if (status == GF_OK && warm) {
        status = gf_run_compute(run, 0, every, &swapped, &trip, error);
        trip = (gf_round_trip){0};
    }
    do {
        const uint64_t now = at_most(steps - done, every);
        if (status == GF_OK)
            status = gf_run_compute(run, first + done, now, &swapped, &trip, error);
        done += now;
    } while (status == GF_OK && done < steps);
    *ns = trip.compute_wall_ns;
    return status;
}

/* The most steps of a launch: whole stops, as far as possible. */
static uint64_t most_steps(const gf_problem *problem) {
    const uint64_t every = problem->steps_per_transfer;
    const uint64_t most = at_most(problem->steps, SEARCH_STEPS);
    return every == 0 || every > most ? most : most / every * every;
}

/* Chooses the steps of all launches, from a short one. */
static gf_status choose_steps(gf_turns *turns, gf_error *error) {
    const gf_problem *problem = gf_run_problem(turns->run);
    const uint64_t every = problem->steps_per_transfer, most = most_steps(problem);
    turns->steps = most;
    if (every == 0 || most <= FEWEST_STOPS * every)
        return GF_OK;
    uint64_t ns = 0;
    const gf_status status = compute_stops(turns->run, 2 * every, true, &ns, error);
    const double stops = fmax(FEWEST_STOPS, ceil((double)LAUNCH_NS / fmax(1, (double)ns / 2)));
    turns->steps = stops * (double)every < (double)most ? (uint64_t)stops * every : most;
    return status;
}

/* A third of the values, rounded down, is shorter. So more than half of many may be long because
 * other programs ran, and some short by luck. Of two the longer counts: the shorter may be the
 * lucky one. */
static uint64_t lower_third(const uint64_t *values, uint32_t count) {
    uint64_t sorted[GF_MOST_ROUNDS > MOST_LAUNCHES ? GF_MOST_ROUNDS : MOST_LAUNCHES];
    if (count == 0)
        return UINT64_MAX;
    memcpy(sorted, values, count * sizeof sorted[0]);
    gf_sort_u64(sorted, count);
    return sorted[count == 2 ? 1 : count / 3];
}

/* The first launch of several counts for nothing: it may have to start threads. */
static gf_status time_promptly(gf_turns *turns, uint64_t *ns, gf_error *error) {
    gf_run *run = turns->run;
    uint64_t launches_ns[MOST_LAUNCHES], sum_ns = 0;
    uint32_t count = 0;
    gf_status status = run->buffers_made == 0 ? gf_run_make_buffers(run, error) : GF_OK;
    if (status == GF_OK && turns->steps == 0)
        status = choose_steps(turns, error);
    const bool warm = turns->steps < most_steps(gf_run_problem(run));
    while (status == GF_OK && count < MOST_LAUNCHES && sum_ns < TURN_NS) {
        status = compute_stops(run, turns->steps, warm, &launches_ns[count], error);
        sum_ns += launches_ns[count++];
    }
    *ns = count > 1 ? lower_third(launches_ns + 1, count - 1) : lower_third(launches_ns, count);
    return status;
}

/* ---- The same on other devices ------------------------------------------ */

/* Uploads the content that the first stop begins with. Later launches go on from what is there. */
static gf_status fill_buffers(gf_run *run, gf_error *error) {
    if (run->buffers_made > 0)
        return GF_OK;
    gf_status status = gf_run_make_buffers(run, error);
    if (status == GF_OK)
        status = gf_run_reset(run, error);
    return status == GF_OK ? gf_run_upload(run, true, false, error) : status;
}

/* The driver compiles during a search, so that the build of the run itself is warm. What the first
 * launch took beyond `usual_ns` is part of the build. */
static void note_build(const gf_run *run, uint64_t first_ns, uint64_t usual_ns) {
    gf_build_history ignored;
    if (run->device->backend->build_history == NULL)
        return;
    const uint64_t deferred_ns = first_ns > usual_ns ? first_ns - usual_ns : 0;
    run->device->backend->build_history(run->program, run->prepare_ns + deferred_ns, &ignored);
}

static gf_status compute_once(gf_run *run, uint64_t steps, uint64_t *ns, gf_error *error) {
    gf_round_trip trip = {0};
    bool swapped = false;
    const gf_status status = gf_run_compute(run, 0, steps, &swapped, &trip, error);
    *ns = trip.compute_wall_ns;
    return status;
}

/* Ever more steps, until they take longer than all of them may: *stopped. */
static gf_status test_pace(gf_run *run, uint64_t steps, uint64_t enough_ns, bool *stopped,
                           gf_error *error) {
    gf_status status = GF_OK;
    uint64_t ns = 0;
    *stopped = false;
    for (uint64_t some = 2; status == GF_OK && !*stopped && some < steps; some *= PACE_FACTOR) {
        status = compute_once(run, some, &ns, error);
        *stopped = ns > enough_ns;
    }
    return status;
}

/* Whether the fastest of `count` launches, which took `sum_ns`, counts. */
static bool were_enough(const gf_turns *turns, int count, uint64_t sum_ns) {
    if (turns->brief && sum_ns >= BRIEF_TURN_NS)
        return true;
    const bool many = count >= SLOW_DEVICE_LAUNCHES && sum_ns >= SLOW_DEVICE_TURN_NS;
    return many || sum_ns >= LONG_LAUNCH_NS || count >= MOST_SHORT_LAUNCHES;
}

static gf_status time_repeatedly(gf_turns *turns, uint64_t steps, uint64_t *shortest_ns,
                                 gf_error *error) {
    gf_status status = GF_OK;
    uint64_t sum_ns = 0, ns = 0;
    for (int count = 0; status == GF_OK && !were_enough(turns, count, sum_ns); count++) {
        status = compute_once(turns->run, steps, &ns, error);
        sum_ns += ns;
        *shortest_ns = at_most(ns, *shortest_ns);
    }
    return status;
}

/* The time of a launch of `steps` steps. */
static gf_status time_steps(gf_turns *turns, uint64_t steps, gf_try *tried, uint64_t *shortest_ns,
                            gf_error *error) {
    gf_run *run = turns->run;
    const bool built = tried->program == NULL;
    uint64_t first_ns = 0;
    const double share =
        steps > 0 ? (double)steps / (double)gf_run_problem(run)->steps_per_transfer : 1;
    /* The driver may compile now; one step is enough for that. */
    gf_status status = compute_once(run, steps > 1 ? 1 : steps, &first_ns, error);
    tried->stopped = turns->enough_ns > 0 && first_ns > DEFERRED_BUILD_NS &&
                     (first_ns - DEFERRED_BUILD_NS) / PACE_FACTOR > turns->enough_ns;
    if (status == GF_OK && turns->enough_ns > 0 && !tried->stopped)
        status = test_pace(run, steps, (uint64_t)((double)turns->enough_ns * share),
                           &tried->stopped, error);
    if (status == GF_OK && !tried->stopped)
        status = time_repeatedly(turns, steps, shortest_ns, error);
    if (status == GF_OK && built && !tried->stopped)
        note_build(run, first_ns, steps > 1 ? *shortest_ns / steps : *shortest_ns);
    return status;
}

static gf_status time_launches(gf_turns *turns, gf_try *tried, uint64_t *stop_ns, gf_error *error) {
    const uint64_t every = gf_run_problem(turns->run)->steps_per_transfer;
    const uint64_t steps = at_most(every, SEARCH_STEPS);
    uint64_t shortest_ns = UINT64_MAX;
    tried->stopped = false;
    gf_status status = fill_buffers(turns->run, error);
    if (status == GF_OK)
        status = time_steps(turns, steps, tried, &shortest_ns, error);
    const double scale = steps > 0 ? (double)every / (double)steps : 1;
    *stop_ns = tried->stopped ? UINT64_MAX : (uint64_t)fmin((double)shortest_ns * scale, 0x1p63);
    return status;
}

/* ---- Turns -------------------------------------------------------------- */

gf_status gf_turns_take_program(gf_turns *turns, const gf_try *tried, gf_error *error) {
    gf_run *run = turns->run;
    run->variant = tried->variant;
    run->program = tried->program;
    if (run->program != NULL)
        return GF_OK;
    gf_error failure = GF_ERROR_INIT;
    const uint64_t start = gf_run_now(run);
    const gf_status prepared = gf_device_prepare(run->device, gf_run_problem(run), tried->variant,
                                                 &tried->tuning, &run->program, &failure);
    run->prepare_ns = gf_run_now(run) - start;
    if (prepared == GF_INTERRUPTED || !run->device->is_open ||
        (prepared != GF_OK && turns->need_kernel)) {
        *error = failure;
        return prepared;
    }
    gf_error_clear(&failure); /* other values may do */
    return GF_OK;
}

/* Sets *ns to UINT64_MAX, and returns GF_OK, if the kernel can't be built with these values. */
static gf_status time_values(gf_turns *turns, gf_try *tried, uint64_t *ns, gf_error *error) {
    gf_run *run = turns->run;
    const gf_backend *backend = run->device->backend;
    *ns = UINT64_MAX;
    run->variant = tried->variant;
    gf_run_progress(run, "search", 0, 0, 0);
    gf_status status = gf_turns_take_program(turns, tried, error);
    if (status != GF_OK || run->program == NULL)
        return status;
    status =
        backend->prompt ? time_promptly(turns, ns, error) : time_launches(turns, tried, ns, error);
    if (turns->keep_programs)
        tried->program = run->program;
    else
        backend->program_release(run->program);
    run->program = NULL;
    return status;
}

gf_status gf_turns_take(gf_turns *turns, gf_try *tried, gf_error *error) {
    const uint64_t start = gf_run_now(turns->run);
    uint64_t ns = UINT64_MAX;
    const gf_status status = time_values(turns, tried, &ns, error);
    tried->took_ns = gf_run_now(turns->run) - start;
    turns->took_ns += tried->took_ns;
    if (turns->slowdown > 0 && ns != UINT64_MAX)
        ns = (uint64_t)((double)ns / turns->slowdown);
    if (status == GF_OK && tried->turns < GF_MOST_ROUNDS)
        tried->turns_ns[tried->turns++] = ns;
    tried->failed = status != GF_OK;
    tried->ns = tried->failed ? UINT64_MAX : lower_third(tried->turns_ns, tried->turns);
    return status;
}

void gf_turns_correct_latest(gf_try *tried, double factor) {
    if (tried->turns == 0 || tried->ns == UINT64_MAX)
        return;
    uint64_t *latest_ns = &tried->turns_ns[tried->turns - 1];
    *latest_ns = (uint64_t)((double)*latest_ns / factor);
    tried->ns = lower_third(tried->turns_ns, tried->turns);
}

/* ---- Deciding ----------------------------------------------------------- */

static double ratio_of(const gf_try *a, const gf_try *b) {
    return gf_rounds_ratio(a->turns_ns, b->turns_ns, a->turns < b->turns ? a->turns : b->turns);
}

static bool gains_on(const gf_try *tried, const gf_try *present) {
    return ratio_of(tried, present) < 1 - GF_LEAST_GAIN;
}

/* Of those that go on. An earlier one leads unless a later one gains on it. */
static uint32_t leader_of(const gf_try *tries, uint32_t count) {
    uint32_t leader = 0;
    for (uint32_t i = 1; i < count; i++) {
        if (tries[i].picked && (!tries[leader].picked || gains_on(&tries[i], &tries[leader])))
            leader = i;
    }
    return leader;
}

static bool leaves(const gf_try *tries, uint32_t index, uint32_t leader) {
    const gf_try *tried = &tries[index];
    if (gf_rounds_lost(tried->turns_ns, tries[leader].turns_ns, tried->turns))
        return true;
    return index > 0 && tries[0].picked && tried->turns >= GF_CLEAR_ROUNDS &&
           !gains_on(tried, &tries[0]);
}

/* Returns how many go on. */
static uint32_t drop_losers(gf_try *tries, uint32_t count) {
    const uint32_t leader = leader_of(tries, count);
    uint32_t left = 0;
    for (uint32_t i = count; i-- > 0;) {
        if (i != leader && tries[i].picked && leaves(tries, i, leader))
            tries[i].picked = false;
        left += tries[i].picked ? 1 : 0;
    }
    return left;
}

static void forget_turns(gf_try *tries, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        tries[i].turns = 0;
        tries[i].ns = UINT64_MAX;
        tries[i].picked = true;
    }
}

static gf_try *nth_picked(gf_try *tries, uint32_t n) {
    while (!tries->picked || n-- > 0)
        tries++;
    return tries;
}

/* A turn of each of the `left` that go on; another one begins each time. */
static gf_status take_round(gf_turns *turns, gf_try *tries, uint32_t left, uint32_t round,
                            gf_error *error) {
    gf_status status = GF_OK;
    for (uint32_t i = 0; status == GF_OK && i < left; i++)
        status = gf_turns_take(turns, nth_picked(tries, (i + round) % left), error);
    return status;
}

/* On a prompt device: as many steps as the budget has room for in GF_CLEAR_ROUNDS rounds. The first
 * steps of a run may be unlike the others, and few of them make other passes. */
static uint64_t longer_steps(const gf_turns *turns, const gf_try *tries, uint32_t count,
                             uint64_t budget_ns) {
    const gf_problem *problem = gf_run_problem(turns->run);
    double round_ns = 0;
    for (uint32_t i = 0; i < count; i++)
        round_ns += tries[i].ns == UINT64_MAX ? 0 : (double)tries[i].ns;
    const double room = (double)budget_ns / (GF_CLEAR_ROUNDS * fmax(round_ns, 1));
    if (!turns->run->device->backend->prompt || room <= 1)
        return turns->steps;
    const double wanted = fmin(room * (double)turns->steps, (double)problem->steps);
    const uint64_t steps = (uint64_t)wanted, every = problem->steps_per_transfer;
    return every > 0 && steps > every ? steps / every * every : steps;
}

/* As if these steps had been computed in each turn. */
static void scale_times(gf_try *tries, uint32_t count, double factor) {
    for (uint32_t i = 0; factor < 1 && i < count; i++) {
        tries[i].took_ns = (uint64_t)((double)tries[i].took_ns * factor);
        if (tries[i].ns != UINT64_MAX)
            tries[i].ns = (uint64_t)((double)tries[i].ns * factor);
    }
}

static gf_status take_rounds(gf_turns *turns, gf_try *tries, uint32_t count, uint64_t end_ns,
                             gf_error *error) {
    gf_status status = GF_OK;
    uint64_t round_ns = 0;
    uint32_t left = count;
    for (uint32_t round = 0; status == GF_OK && round < GF_MOST_ROUNDS; round++) {
        if (round >= GF_FEWEST_ROUNDS && (left < 2 || turns->took_ns + round_ns > end_ns))
            break;
        const uint64_t start_ns = turns->took_ns;
        status = take_round(turns, tries, left, round, error);
        round_ns = turns->took_ns - start_ns;
        left = status == GF_OK ? drop_losers(tries, count) : left;
    }
    return status;
}

/* Times as their ratios to the fastest one's say: those that left early had other moments. */
static void compare_with(gf_try *tries, uint32_t count, uint32_t fastest) {
    const double ns = (double)tries[fastest].ns;
    for (uint32_t i = 0; i < count; i++) {
        if (i != fastest && tries[i].ns != UINT64_MAX && tries[fastest].ns != UINT64_MAX)
            tries[i].ns = (uint64_t)fmin(ratio_of(&tries[i], &tries[fastest]) * ns, 0x1p63);
    }
}

gf_status gf_turns_decide(gf_turns *turns, gf_try *tries, uint32_t count, uint64_t budget_ns,
                          uint32_t *fastest, gf_error *error) {
    const uint64_t steps = turns->steps;
    turns->steps = longer_steps(turns, tries, count, budget_ns);
    const double factor = turns->steps > 0 ? (double)steps / (double)turns->steps : 1;
    forget_turns(tries, count);
    const gf_status status = take_rounds(turns, tries, count, turns->took_ns + budget_ns, error);
    turns->steps = steps;
    scale_times(tries, count, factor);
    *fastest = tries[0].picked ? 0 : leader_of(tries, count);
    compare_with(tries, count, *fastest);
    return status;
}

uint64_t gf_turns_sampling_ns(const gf_turns *turns, uint64_t ns) {
    const gf_run_options *options = gf_run_context(turns->run)->options;
    const gf_problem *problem = gf_run_problem(turns->run);
    const double trip_ns =
        (double)ns * (turns->steps > 0 ? (double)problem->steps / (double)turns->steps : 1.0);
    const double most = fmax(options->max_samples, options->repeat) * trip_ns;
    const double wanted = fmax(options->min_time_s * 1e9, options->repeat * trip_ns);
    return (uint64_t)fmin(fmin(wanted, most), (double)GF_SEARCH_NS);
}
