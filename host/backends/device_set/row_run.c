#include "backends/device_set/row_run.h"

#include "base/error.h"

/* Two whole arrays, of which members write their rows into one and read their halos from it while
 * the other has the state of the exchange before. */
typedef struct row_run {
    gf_set_run *run;
    gf_row_split split;
    uint64_t steps, visit_steps;
    char *arrays[2];
    uint32_t first_array; /* that has the state at first */
    /* Of the visit before, for the leader of the meeting after it. */
    uint64_t visit_ns[GF_MOST_MEMBERS];
    uint64_t moving_ns[GF_MOST_MEMBERS]; /* of all rows, at first */
    uint64_t left;                       /* steps to do, as the leader sees it */
    bool moves;                          /* rows change their members at this exchange */
} row_run;

/* A member's walk through the visits. */
typedef struct walk {
    row_run *rows;
    gf_set_member *member;
    uint32_t index;
    gf_part mine;
    gf_local_rows local;
    uint64_t done;
    uint32_t array; /* of the latest exchange */
    gf_error *error;
} walk;

static const gf_program *program_of(const walk *w) {
    return w->rows->run->program;
}

static uint64_t local_count(const walk *w) {
    return w->local.top + w->local.own + w->local.bottom;
}

/* The buffer of the member that has the content of its pair. */
static uint32_t content_of(const walk *w) {
    const gf_problem *problem = program_of(w)->problem;
    return w->member->swapped ? problem->partner : problem->result;
}

static size_t row_bytes(const walk *w) {
    const gf_problem *problem = program_of(w)->problem;
    return gf_row_bytes(&problem->buffers[problem->result]);
}

/* ---- Moving rows -------------------------------------------------------- */

/* Puts rows of the grid, from row `from` on, modulo its rows, into the member's from `to` on. */
static gf_status put_rows(walk *w, uint64_t to, uint64_t from, uint64_t count) {
    const uint64_t rows = program_of(w)->division.units;
    gf_status status = GF_OK;
    for (uint64_t i = 0; status == GF_OK && i < count;) {
        const uint64_t at = (from + i) % rows;
        const uint64_t piece = count - i < rows - at ? count - i : rows - at;
        status = gf_set_member_put(w->member, content_of(w), to + i, piece,
                                   w->rows->arrays[w->array] + (size_t)at * row_bytes(w), w->error);
        i += piece;
    }
    return status;
}

/* The row of the grid that is the member's first, in a grid that may wrap any number of times. */
static uint64_t first_row(const walk *w) {
    const uint64_t rows = program_of(w)->division.units;
    return (w->mine.first + rows - w->local.top % rows) % rows;
}

static gf_status put_all(walk *w) {
    w->mine = w->rows->split.parts[w->index];
    w->local = gf_local_rows_of(&program_of(w)->division, w->mine,
                                w->rows->visit_steps * program_of(w)->division.reach);
    w->member->swapped = false;
    return put_rows(w, 0, first_row(w), local_count(w));
}

static gf_status put_halos(walk *w) {
    const gf_status status = put_rows(w, 0, first_row(w), w->local.top);
    return status == GF_OK ? put_rows(w, w->local.top + w->local.own, w->mine.first + w->mine.count,
                                      w->local.bottom)
                           : status;
}

/* Gets rows of its own, from its own row `first` on. */
static gf_status get_rows(walk *w, uint64_t first, uint64_t count) {
    char *target = w->rows->arrays[w->array] + (size_t)(w->mine.first + first) * row_bytes(w);
    return gf_set_member_get(w->member, content_of(w), w->local.top + first, count, target,
                             w->error);
}

/* Those that halos of others may have. */
static gf_status get_edges(walk *w) {
    const uint64_t most = w->rows->visit_steps * program_of(w)->division.reach;
    if (w->local.own <= 2 * most)
        return get_rows(w, 0, w->local.own);
    const gf_status status = get_rows(w, 0, most);
    return status == GF_OK ? get_rows(w, w->local.own - most, most) : status;
}

static gf_status put_common(walk *w) {
    const gf_program *program = program_of(w);
    gf_status status = GF_OK;
    for (uint32_t i = 0; status == GF_OK && i < program->problem->buffer_count; i++) {
        const gf_buffer_spec *spec = &program->problem->buffers[i];
        if (gf_goes_up(spec->access) && !gf_is_cut(&program->division, i))
            status = gf_set_member_put(w->member, i, 0, spec->rows,
                                       w->rows->run->launch->buffers[i].host, w->error);
    }
    return status;
}

/* ---- Balance ------------------------------------------------------------ */

static uint64_t longest_of(const uint64_t *ns, uint32_t count) {
    uint64_t longest = 0;
    for (uint32_t i = 0; i < count; i++)
        longest = ns[i] > longest ? ns[i] : longest;
    return longest;
}

/* The rates of the visit before; a member without rows gets none again. */
static void take_rates(const row_run *rows, double *rates) {
    const gf_division *division = &rows->run->program->division;
    const uint64_t halo = rows->visit_steps * division->reach;
    for (uint32_t i = 0; i < rows->split.count; i++) {
        const gf_local_rows local = gf_local_rows_of(division, rows->split.parts[i], halo);
        const double computed = (double)(local.top + local.own + local.bottom);
        const bool computes = local.own > 0 && rows->visit_ns[i] > 0;
        rates[i] = computes ? computed / (double)rows->visit_ns[i] : 0;
    }
}

/* The times of those that have rows; returns how many they are. */
static uint32_t list_busy(const row_run *rows, uint64_t busy[GF_MOST_MEMBERS], uint64_t *sum) {
    uint32_t members = 0;
    *sum = 0;
    for (uint32_t i = 0; i < rows->split.count; i++) {
        if (rows->split.parts[i].count == 0)
            continue;
        busy[members++] = rows->visit_ns[i];
        *sum += rows->visit_ns[i];
    }
    return members;
}

/* It pays if what is saved in all later visits is some times what moving every row takes. */
static bool pays_to_move(const row_run *rows) {
    const double worth = 4;
    uint64_t busy[GF_MOST_MEMBERS] = {0}, sum = 0;
    const uint32_t members = list_busy(rows, busy, &sum);
    if (!gf_is_unbalanced(busy, members))
        return false;
    const double lost = (double)longest_of(busy, members) - (double)sum / members;
    const double visits = (double)rows->left / (double)rows->visit_steps;
    return lost * visits > worth * (double)longest_of(rows->moving_ns, rows->split.count);
}

/* Called by the last member to come, while the others wait: whether the rest of the steps is shared
 * anew. */
static void balance(void *context) {
    row_run *rows = context;
    const gf_division *division = &rows->run->program->division;
    double rates[GF_MOST_MEMBERS];
    rows->left -= rows->visit_steps;
    rows->moves = pays_to_move(rows);
    if (!rows->moves)
        return;
    take_rates(rows, rates);
    rows->split =
        gf_split_rows(division, rates, rows->split.count, rows->visit_steps * division->reach);
}

/* ---- The walk ----------------------------------------------------------- */

/* Adds the time since `start_ns` to a phase of the member. */
static void add_time(uint64_t *phase, uint64_t start_ns) {
    *phase += gf_set_now() - start_ns;
}

static gf_status begin_walk(walk *w) {
    const uint64_t start_ns = gf_set_now();
    gf_status status = put_common(w);
    if (status == GF_OK)
        status = put_all(w);
    add_time(&w->member->share.h2d_ns, start_ns);
    w->rows->moving_ns[w->index] = gf_set_now() - start_ns;
    return status;
}

static gf_status compute(walk *w, uint64_t steps) {
    const gf_launch *launch = w->rows->run->launch;
    const uint64_t start_ns = gf_set_now();
    if (w->local.own == 0)
        return GF_OK;
    const gf_status status =
        gf_set_member_compute(w->member, w->member->buffers, (gf_part){0, local_count(w)},
                              launch->first_step + w->done, steps, launch->cancel, w->error);
    w->rows->visit_ns[w->index] = gf_set_now() - start_ns;
    return status;
}

/* Hands over rows, the edges or all, and meets the others. Nobody reads that array any more: what
 * was read from it was read before the meeting in the other one. */
static gf_status hand_over(walk *w, bool all, void (*leader)(void *context), bool *held) {
    const uint64_t start_ns = gf_set_now();
    const gf_status status = all ? get_rows(w, 0, w->local.own) : get_edges(w);
    add_time(&w->member->share.halo_ns, start_ns);
    if (status == GF_OK)
        *held = gf_crew_meet(w->rows->run->program->crew, leader, w->rows);
    return status;
}

/* Hands over the rows that others need, and takes those that it needs. Waking up takes time, so
 * that there is one meeting, and a second one only where rows change their members. */
static gf_status exchange(walk *w, bool *held) {
    w->array = 1 - w->array;
    gf_status status = hand_over(w, false, balance, held);
    const bool moves = status == GF_OK && *held && w->rows->moves;
    if (moves)
        status = hand_over(w, true, NULL, held);
    if (status != GF_OK || !*held)
        return status;
    const uint64_t start_ns = gf_set_now();
    status = moves ? put_all(w) : put_halos(w);
    add_time(&w->member->share.halo_ns, start_ns);
    return status;
}

static gf_status end_walk(walk *w) {
    const uint64_t start_ns = gf_set_now();
    w->array = 1 - w->array;
    const gf_status status = get_rows(w, 0, w->local.own);
    add_time(&w->member->share.d2h_ns, start_ns);
    return status;
}

/* All members make the same visits, also those without rows. */
static gf_status make_visits(walk *w) {
    row_run *rows = w->rows;
    bool held = true;
    gf_status status = begin_walk(w);
    while (status == GF_OK && held && w->done < rows->steps) {
        const uint64_t left = rows->steps - w->done;
        const uint64_t steps = left < rows->visit_steps ? left : rows->visit_steps;
        status = compute(w, steps);
        w->done += steps;
        if (status != GF_OK)
            break;
        if (steps < left)
            status = exchange(w, &held);
        else
            held = gf_crew_meet(rows->run->program->crew, NULL, NULL);
    }
    return status == GF_OK && held ? end_walk(w) : status;
}

static void walk_rows(void *context, uint32_t index) {
    row_run *rows = context;
    gf_set_member *member = &rows->run->program->members[index];
    walk w = {.rows = rows,
              .member = member,
              .index = index,
              .array = rows->first_array,
              .error = &member->failure};
    member->status = make_visits(&w);
    member->share.units += w.mine.count;
    if (member->status != GF_OK)
        gf_crew_give_up(rows->run->program->crew);
}

void gf_row_run(gf_set_run *run) {
    gf_program *program = run->program;
    const gf_launch *launch = run->launch;
    const gf_problem *problem = program->problem;
    row_run rows = {
        .run = run,
        .split = gf_split_rows(&program->division, run->rates, program->count,
                               program->visit_steps * program->division.reach),
        .steps = launch->step_count,
        .left = launch->step_count,
        .visit_steps = program->visit_steps,
        .arrays = {launch->buffers[problem->result].host, launch->buffers[problem->partner].host},
        .first_array = launch->swapped ? 1 : 0};
    for (uint32_t i = 0; i < program->count; i++) {
        if (rows.split.parts[i].count == program->division.units)
            rows.visit_steps = launch->step_count; /* nobody to exchange with */
    }
    gf_crew_run(program->crew, walk_rows, &rows);
    /* Each exchange and the end change the array. */
    const uint64_t visits = (rows.steps - 1) / rows.visit_steps + 1;
    program->swapped = (rows.first_array + visits) % 2 != 0;
}

/* ---- The rehearsal ------------------------------------------------------ */

typedef struct exchange_run {
    gf_set_run *run;
    uint32_t member;
    uint64_t ns;
} exchange_run;

static gf_status move_row(exchange_run *timed, gf_set_member *member) {
    const gf_problem *problem = timed->run->program->problem;
    char *row = timed->run->launch->buffers[problem->partner].host;
    gf_status status = GF_OK;
    for (int i = 0; i < 2 && status == GF_OK; i++) {
        status = gf_set_member_get(member, problem->result, 0, 1, row, &member->failure);
        if (status == GF_OK)
            status = gf_set_member_put(member, problem->result, 0, 1, row, &member->failure);
    }
    return status;
}

/* All meet, as in an exchange, because threads take long to wake up on a busy machine. */
static void time_exchange(void *context, uint32_t index) {
    exchange_run *timed = context;
    gf_program *program = timed->run->program;
    gf_set_member *member = &program->members[index];
    const bool is_timed = index == timed->member;
    (void)gf_crew_meet(program->crew, NULL, NULL);
    const uint64_t start_ns = gf_set_now();
    if (is_timed)
        member->status = move_row(timed, member);
    (void)gf_crew_meet(program->crew, NULL, NULL);
    if (is_timed)
        timed->ns = gf_set_now() - start_ns;
}

gf_status gf_row_run_exchange(gf_set_run *run, uint32_t member, uint64_t *ns, gf_error *error) {
    exchange_run timed = {.run = run, .member = member};
    gf_set_member *its = &run->program->members[member];
    gf_crew_run(run->program->crew, time_exchange, &timed);
    *ns = timed.ns;
    if (its->status != GF_OK)
        *error = its->failure;
    its->failure = (gf_error)GF_ERROR_INIT;
    return its->status;
}
