#include "backends/device_set/set_program.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/device_set/band_run.h"
#include "backends/device_set/ceiling.h"
#include "backends/device_set/row_run.h"
#include "backends/device_set/set_state.h"
#include "base/error.h"
#include "base/text.h"

/* ---- Variants ---------------------------------------------------------- */

static const char *const variants[] = {GF_SET_DIVIDED, GF_SET_CHOSEN, NULL};

const char *gf_set_variant(const gf_device *device, const gf_workload *workload,
                           const gf_problem *problem, size_t index) {
    (void)device;
    (void)workload;
    (void)problem;
    return index < 2 ? variants[index] : NULL;
}

bool gf_set_knows_variant(const gf_workload *workload, const char *variant) {
    (void)workload;
    return strcmp(variant, GF_SET_DIVIDED) == 0 || strcmp(variant, GF_SET_CHOSEN) == 0;
}

/* ---- Making and releasing ---------------------------------------------- */

static gf_status check_division(const gf_problem *problem, const gf_division *division,
                                gf_error *error) {
    if (division->why_not != NULL)
        return gf_error_set(error, GF_UNSUPPORTED,
                            "%s can't be divided: %s; name one device instead of a set",
                            problem->workload->name, division->why_not);
    return GF_OK;
}

/* The steps of the longest launch. */
static uint64_t most_visit_steps(const gf_problem *problem) {
    return problem->steps_per_transfer < GF_MOST_VISIT_STEPS ? problem->steps_per_transfer
                                                             : GF_MOST_VISIT_STEPS;
}

/* Units that a member has room for: of independent ones a quarter, because no first band of one of
 * two devices is larger, nor are those of more, or all if it may be chosen for all of them; all
 * rows and two halos of others. */
static uint64_t room_of(const gf_program *program) {
    const uint64_t bands = 4, units = program->division.units;
    if (program->division.reach > 0)
        return units + 2 * most_visit_steps(program->problem) * program->division.reach;
    return program->chooses ? units : (units + bands - 1) / bands;
}

static gf_status make_common(gf_program *program, gf_error *error) {
    for (uint32_t i = 0; i < program->problem->buffer_count; i++) {
        const gf_buffer_spec *spec = &program->problem->buffers[i];
        if (gf_is_cut(&program->division, i) || spec->access != GF_ACCESS_INOUT)
            continue;
        program->common[i] = malloc(spec->bytes);
        if (program->common[i] == NULL)
            return gf_error_no_memory(error, spec->name, spec->bytes);
    }
    return GF_OK;
}

static gf_status make_members(gf_program *program, gf_error *error) {
    gf_set *set = program->set;
    const uint64_t room = room_of(program);
    gf_status status = GF_OK;
    for (size_t i = 0; status == GF_OK && i < set->count; i++) {
        gf_set_member *member = &program->members[program->count++];
        status = gf_set_member_create(member, &set->members[i], program->problem,
                                      &program->division, room, error);
        set->lost[i] = status != GF_OK;
        if (status != GF_OK)
            gf_error_prefix(error, "%s", member->device->info.id);
    }
    return status;
}

static void write_note(gf_program *program) {
    gf_text text = gf_text_in(program->note, sizeof program->note);
    for (uint32_t i = 0; i < program->count; i++)
        gf_text_add(&text, "%s%s:%s", i == 0 ? "" : ", ", program->members[i].device->info.id,
                    program->members[i].share.variant);
}

gf_status gf_set_prepare(gf_device *device, const gf_problem *problem, const char *variant,
                         const gf_tuning *tuning, gf_program **program, gf_error *error) {
    (void)tuning; /* it has none; its members have their own */
    gf_program *made = calloc(1, sizeof *made);
    if (made == NULL)
        return gf_error_no_memory(error, "a program of a set", sizeof *made);
    made->set = gf_set_of(device);
    made->problem = problem;
    made->chooses = strcmp(variant, GF_SET_CHOSEN) == 0;
    gf_problem_divide(problem, &made->division);
    gf_status status = check_division(problem, &made->division, error);
    if (status == GF_OK)
        status = make_common(made, error);
    if (status == GF_OK)
        status = make_members(made, error);
    if (status == GF_OK)
        status = gf_crew_create(made->count, &made->crew, error);
    if (status != GF_OK) {
        gf_set_program_release(made);
        return status;
    }
    write_note(made);
    *program = made;
    return GF_OK;
}

void gf_set_program_release(gf_program *program) {
    gf_crew_destroy(program->crew);
    if (program->alone.device != NULL)
        gf_set_member_destroy(&program->alone);
    for (uint32_t i = 0; i < program->count; i++)
        gf_set_member_destroy(&program->members[i]);
    for (uint32_t i = 0; i < GF_MAX_BUFFERS; i++)
        free(program->common[i]);
    free(program);
}

const char *gf_set_program_note(const gf_program *program) {
    return program->note;
}

/* ---- One launch -------------------------------------------------------- */

static uint64_t busy_ns(const gf_member_share *share) {
    return share->h2d_ns + share->launch_ns + share->kernel_ns + share->d2h_ns + share->halo_ns;
}

static void begin_shares(gf_program *program) {
    for (uint32_t i = 0; i < program->count; i++) {
        gf_set_member *member = &program->members[i];
        member->share = (gf_member_share){.device = member->share.device,
                                          .variant = member->share.variant,
                                          .alone_ns = program->set->members[i].alone_ns};
        member->status = GF_OK;
        gf_error_clear(&member->failure);
    }
}

static void end_shares(gf_program *program, uint64_t wall_ns) {
    gf_shares *shares = &program->shares;
    shares->count = program->count;
    shares->units = program->division.units;
    shares->wall_ns = wall_ns;
    for (uint32_t i = 0; i < program->count; i++) {
        gf_member_share *share = &program->members[i].share;
        const uint64_t busy = busy_ns(share);
        share->idle_ns = wall_ns > busy ? wall_ns - busy : 0;
        shares->members[i] = *share;
    }
}

/* The first failure that is none of another's making: an interruption is everybody's. */
static gf_status take_failure(gf_program *program, gf_error *error) {
    gf_set_member *failed = NULL;
    for (uint32_t i = 0; i < program->count; i++) {
        gf_set_member *member = &program->members[i];
        program->set->lost[i] = program->set->lost[i] || member->status != GF_OK;
        if (member->status != GF_OK && (failed == NULL || failed->status == GF_INTERRUPTED))
            failed = member;
    }
    if (failed == NULL)
        return GF_OK;
    gf_error_clear(error);
    *error = failed->failure;
    failed->failure = (gf_error)GF_ERROR_INIT;
    return failed->status == GF_INTERRUPTED ? GF_INTERRUPTED
                                            : gf_error_prefix(error, "%s", failed->device->info.id);
}

static gf_status run_all(gf_set_run *run, gf_error *error) {
    gf_program *program = run->program;
    begin_shares(program);
    run->start_ns = gf_set_now();
    if (program->division.reach > 0)
        gf_row_run(run);
    else
        gf_band_run(run);
    end_shares(program, gf_set_now() - run->start_ns);
    return take_failure(program, error);
}

static bool takes_part(const gf_program *program, uint32_t member) {
    return program->shares.divided || member == program->shares.best;
}

/* As without a set: by the calling thread, in the memory of the whole. */
static gf_status launch_alone(gf_program *program, const gf_launch *launch, gf_error *error) {
    gf_set_member *alone = &program->alone;
    const uint32_t best = program->shares.best;
    gf_member_share *share = &program->members[best].share;
    begin_shares(program);
    alone->share = *share;
    alone->share.units = program->division.units;
    alone->swapped = launch->swapped;
    const uint64_t start_ns = gf_set_now();
    const gf_status status =
        gf_set_member_compute(alone, alone->buffers, (gf_part){0, 0}, launch->first_step,
                              launch->step_count, launch->cancel, error);
    *share = alone->share;
    program->swapped = alone->swapped;
    end_shares(program, gf_set_now() - start_ns);
    program->set->lost[best] = status != GF_OK;
    return status == GF_OK || status == GF_INTERRUPTED
               ? status
               : gf_error_prefix(error, "%s", alone->device->info.id);
}

gf_status gf_set_launch(gf_program *program, const gf_launch *launch, gf_error *error) {
    gf_set_run run = {.program = program, .launch = launch};
    const gf_status settled = take_failure(program, error);
    if (settled != GF_OK)
        return settled;
    if (program->alone.device != NULL)
        return launch_alone(program, launch, error);
    for (uint32_t i = 0; i < program->count; i++)
        run.rates[i] = takes_part(program, i) ? program->rates[i] : 0;
    return run_all(&run, error);
}

gf_status gf_set_finish(gf_program *program, bool *swapped, gf_error *error) {
    (void)error;
    *swapped = program->swapped;
    return GF_OK;
}

/* What is not kernel on the member that computes longest is the fare of the set. */
bool gf_set_device_time(const gf_program *program, uint64_t *kernel_ns, const char **clock,
                        const char **reason) {
    (void)reason;
    *clock = "the longest of its devices";
    *kernel_ns = 0;
    for (uint32_t i = 0; i < program->count; i++) {
        const uint64_t ns = program->shares.members[i].kernel_ns;
        *kernel_ns = ns > *kernel_ns ? ns : *kernel_ns;
    }
    return true;
}

const gf_shares *gf_set_shares(const gf_program *program) {
    return &program->shares;
}

/* ---- Before a round trip ----------------------------------------------- */

/* A failure is the launch's that follows. */
static void settle_member(void *context, uint32_t index) {
    gf_program *program = context;
    gf_set_member *member = &program->members[index];
    gf_error_clear(&member->failure);
    member->status = gf_set_member_poison(member, &member->failure);
    if (member->device->backend->settle != NULL)
        member->device->backend->settle(member->program);
}

void gf_set_settle(gf_program *program) {
    const gf_set_member *alone = &program->alone;
    if (alone->device != NULL && alone->device->backend->settle != NULL)
        alone->device->backend->settle(alone->program);
    if (alone->device == NULL)
        gf_crew_run(program->crew, settle_member, program);
}

/* ---- The rehearsal ------------------------------------------------------ */

/* Rehearsals of a member alone: the first one, in which drivers compile, does not count. */
#define ALONE_TRIPS 6
/* No further one after this time. */
#define ALONE_NS UINT64_C(500000000)

/* Kernels change inputs, from which the next launch starts. */
static void restore_common(gf_set_run *run) {
    const gf_program *program = run->program;
    for (uint32_t i = 0; i < program->problem->buffer_count; i++) {
        if (program->common[i] != NULL)
            memcpy(run->launch->buffers[i].host, program->common[i],
                   program->problem->buffers[i].bytes);
    }
}

/* The least of two: what a program does first takes longer. */
static gf_status find_fixed_time(gf_set_run *run, uint32_t member, gf_error *error) {
    gf_program *program = run->program;
    uint64_t least_ns = UINT64_MAX;
    gf_status status = GF_OK;
    begin_shares(program);
    for (int i = 0; status == GF_OK && i < 3; i++) {
        uint64_t ns = 0;
        status = program->division.reach > 0 ? gf_row_run_exchange(run, member, &ns, error)
                                             : gf_band_run_least(run, member, &ns, error);
        least_ns = ns < least_ns ? ns : least_ns;
        restore_common(run);
    }
    program->set->lost[member] = program->set->lost[member] || status != GF_OK;
    program->fixed_ns[member] = (double)least_ns;
    return status == GF_OK || status == GF_INTERRUPTED
               ? status
               : gf_error_prefix(error, "%s", program->members[member].device->info.id);
}

/* The least of some launches on this member alone: other programs only make them longer. */
static gf_status find_alone(gf_set_run *run, uint32_t member, double *alone_ns, gf_error *error) {
    uint64_t least_ns = UINT64_MAX, all_ns = 0;
    gf_status status = GF_OK;
    memset(run->rates, 0, sizeof run->rates);
    run->rates[member] = 1;
    for (int i = 0; status == GF_OK && i < ALONE_TRIPS && (i < 2 || all_ns < ALONE_NS); i++) {
        status = run_all(run, error);
        const uint64_t wall_ns = run->program->shares.wall_ns;
        if (i > 0)
            least_ns = wall_ns < least_ns ? wall_ns : least_ns;
        all_ns += wall_ns;
        restore_common(run);
    }
    if (status == GF_OK)
        *alone_ns = fmax((double)least_ns, 1);
    return status;
}

static gf_status rehearse_member(gf_set_run *run, uint32_t member, gf_error *error) {
    gf_program *program = run->program;
    double *alone_ns = &program->set->members[member].alone_ns;
    gf_status status = find_fixed_time(run, member, error);
    if (status == GF_OK && *alone_ns <= 0)
        status = find_alone(run, member, alone_ns, error);
    if (status == GF_OK)
        program->rates[member] = (double)program->division.units / *alone_ns;
    return status;
}

/* By the rates of single steps. */
static void choose_visit_steps(gf_program *program) {
    const gf_problem *problem = program->problem;
    double rates[GF_MOST_MEMBERS], exchange_ns = 0;
    for (uint32_t i = 0; i < program->count; i++) {
        rates[i] = program->rates[i] * (double)problem->steps;
        exchange_ns = fmax(exchange_ns, program->fixed_ns[i]);
    }
    program->visit_steps = gf_choose_visit_steps(&program->division, rates, program->count,
                                                 most_visit_steps(problem), exchange_ns);
}

static void foresee(gf_program *program) {
    const gf_member *members = program->set->members;
    gf_shares *shares = &program->shares;
    const gf_ceiling ceiling = gf_set_ceiling(members, program->count);
    shares->ceiling_ns = ceiling.ns;
    shares->best = ceiling.best;
    shares->divided = !program->chooses || gf_ceiling_gain(&ceiling, members) >= GF_LEAST_GAIN;
    gf_ceiling_format(&ceiling, members, program->count, shares->forecast, sizeof shares->forecast);
    if (program->division.reach > 0)
        choose_visit_steps(program);
    shares->visit_steps = program->visit_steps;
}

/* Where one device is chosen that may use the memory of the whole, it computes as without a set. */
static gf_status choose_alone(gf_program *program, const gf_buffer *buffers, gf_error *error) {
    const gf_member *its = &program->set->members[program->shares.best];
    if (program->shares.divided || !its->device->backend->prompt ||
        its->device->backend->channel != NULL)
        return GF_OK;
    return gf_set_member_create_whole(&program->alone, its, program->problem, buffers, error);
}

gf_status gf_set_rehearse(gf_program *program, gf_buffer *buffers,
                          const volatile sig_atomic_t *cancel, gf_error *error) {
    const gf_launch launch = {
        .buffers = buffers, .step_count = program->problem->steps, .cancel = cancel};
    gf_set_run run = {.program = program, .launch = &launch};
    gf_status status = GF_OK;
    program->visit_steps = most_visit_steps(program->problem);
    for (uint32_t i = 0; status == GF_OK && i < program->count; i++)
        status = rehearse_member(&run, i, error);
    if (status == GF_OK)
        foresee(program);
    return status == GF_OK ? choose_alone(program, buffers, error) : status;
}
