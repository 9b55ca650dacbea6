#include "parallel/bands/rank_bands.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"
#include "device/host_array.h"
#include "parallel/grid/cell_inputs.h"
#include "parallel/part/rank_part.h"
#include "problem/problem.h"

/* ---- Room ----------------------------------------------------------------- */

static uint64_t queued_units(const gf_band_plan *plan) {
    return plan->at[plan->chunks] - plan->at[plan->own];
}

static bool are_cut(const gf_problem *whole, const gf_division *division) {
    bool cut = false;
    for (uint32_t i = 0; i < whole->buffer_count; i++)
        cut = cut || gf_is_cut(division, i);
    return cut;
}

static uint64_t largest_chunk(const gf_band_plan *plan) {
    uint64_t largest = 1;
    for (uint32_t i = plan->own; i < plan->chunks; i++) {
        const uint64_t units = plan->at[i + 1] - plan->at[i];
        largest = units > largest ? units : largest;
    }
    return largest;
}

uint64_t gf_rank_bands_room(const gf_problem *whole, const gf_division *division,
                            const gf_band_plan *plan, gf_part own) {
    const uint64_t largest = largest_chunk(plan);
    if (!are_cut(whole, division))
        return division->units;
    return own.count > largest ? own.count : largest;
}

static uint32_t ranks_of_host(const gf_ranks *ranks) {
    const uint32_t here = ranks->transport.local_size;
    return here < ranks->size ? here : ranks->size;
}

/* A workload that fills whole buffers only needs room for them. */
static gf_status check_host_memory(const gf_problem *whole, const gf_ranks *ranks, uint64_t units,
                                   gf_error *error) {
    gf_problem held;
    if (whole->workload->fill_rows == NULL && whole->workload->fill != NULL)
        return gf_problem_check_host_memory(whole, ranks_of_host(ranks), error);
    return gf_problem_check_host_memory(gf_problem_of_part(whole, (gf_part){0, units}, &held),
                                        ranks_of_host(ranks), error);
}

bool gf_rank_bands_fit(const gf_problem *whole, const gf_ranks *ranks, const gf_band_plan *plan,
                       gf_part own) {
    gf_error ignored = GF_ERROR_INIT;
    const bool fit =
        check_host_memory(whole, ranks, own.count + queued_units(plan), &ignored) == GF_OK;
    gf_error_clear(&ignored);
    return fit;
}

/* ---- Inputs --------------------------------------------------------------- */

/* What every part has all of is with the own units. */
static gf_status make_inputs(gf_rank_bands *bands, uint32_t index, gf_error *error) {
    const gf_problem *whole = bands->whole;
    gf_held_units *held = &bands->held[index];
    gf_status status = GF_OK;
    for (uint32_t i = 0; status == GF_OK && i < whole->buffer_count; i++) {
        const gf_buffer_spec *spec = &whole->buffers[i];
        const bool cut = gf_is_cut(&bands->division, i);
        const gf_rectangle cells = {cut ? held->units.first : 0,
                                    cut ? held->units.count : spec->rows, 0, spec->cols};
        if (gf_goes_up(spec->access) && cells.rows > 0 && (cut || index == GF_HELD_OWN))
            status = gf_fill_cells(whole, i, cells, bands->context->options->cancel,
                                   &held->inputs[i], error);
    }
    return status;
}

gf_status gf_rank_bands_create(gf_rank_bands *bands, const gf_context *context,
                               const gf_ranks *ranks, const gf_problem *whole,
                               const gf_band_plan *plan, gf_part own, gf_error *error) {
    *bands = (gf_rank_bands){.context = context, .ranks = *ranks, .whole = whole, .plan = plan};
    gf_problem_divide(whole, &bands->division);
    bands->held[GF_HELD_OWN].units = own;
    if (gf_band_plan_has_queue(plan))
        bands->held[GF_HELD_QUEUED].units = (gf_part){plan->at[plan->own], queued_units(plan)};
    gf_status status = GF_OK;
    const uint64_t units = own.count + bands->held[GF_HELD_QUEUED].units.count;
    if (units > 0)
        status = check_host_memory(whole, ranks, units, error);
    for (uint32_t i = 0; units > 0 && status == GF_OK && i < GF_HELD; i++) {
        bands->held[i].problem = *whole;
        (void)gf_problem_of_part(whole, bands->held[i].units, &bands->held[i].problem);
        status = make_inputs(bands, i, error);
    }
    return status;
}

/* ---- The device ----------------------------------------------------------- */

/* A device that works in the host's memory gets memory of these units. */
static gf_status give_memory(const gf_rank_bands *bands, gf_held_units *held, gf_error *error) {
    gf_buffer buffers[GF_MAX_BUFFERS];
    for (uint32_t i = 0; i < held->problem.buffer_count; i++) {
        const gf_buffer_spec *spec = &held->problem.buffers[i];
        held->memory[i] = gf_host_allocate(spec->bytes, bands->context->options->cancel);
        if (held->memory[i] == NULL)
            return gf_error_no_memory(error, spec->name, spec->bytes);
        buffers[i] =
            (gf_buffer){.bytes = spec->bytes, .access = spec->access, .host = held->memory[i]};
    }
    held->member.works_inside = false; /* so that all of its memory is poisoned */
    return gf_set_member_take_memory(&held->member, buffers, error);
}

static gf_status make_rows(const gf_rank_bands *bands, gf_held_units *held, gf_error *error) {
    const gf_buffer_spec *spec = &held->problem.buffers[held->problem.result];
    if (held->units.count == 0 || !gf_rank_bands_are_rows(bands))
        return GF_OK;
    held->rows = gf_host_allocate(spec->bytes, bands->context->options->cancel);
    return held->rows != NULL ? GF_OK : gf_error_no_memory(error, spec->name, spec->bytes);
}

static gf_status make_member(gf_rank_bands *bands, const gf_member *its, uint32_t index,
                             gf_error *error) {
    const uint64_t room = gf_rank_bands_room(bands->whole, &bands->division, bands->plan,
                                             bands->held[GF_HELD_OWN].units);
    return gf_set_member_create(&bands->held[index].member, its, bands->whole, &bands->division,
                                room, error);
}

/* A device with memory of its own has one program and one set of buffers for both. */
gf_status gf_rank_bands_prepare(gf_rank_bands *bands, const gf_member *its, gf_error *error) {
    gf_held_units *held = bands->held;
    if (held[GF_HELD_OWN].units.count + held[GF_HELD_QUEUED].units.count == 0)
        return GF_OK;
    gf_status status = make_member(bands, its, GF_HELD_OWN, error);
    if (status == GF_OK && held[GF_HELD_OWN].member.works_inside &&
        held[GF_HELD_QUEUED].units.count > 0)
        status = make_member(bands, its, GF_HELD_QUEUED, error);
    for (uint32_t i = 0; status == GF_OK && i < GF_HELD; i++) {
        if (!held[i].member.works_inside)
            status = make_rows(bands, &held[i], error);
        else if (held[i].units.count > 0)
            status = give_memory(bands, &held[i], error);
    }
    return status;
}

static void clear_held(gf_held_units *held) {
    if (held->member.device != NULL)
        gf_set_member_destroy(&held->member);
    for (uint32_t i = 0; i < GF_MAX_BUFFERS; i++) {
        free(held->inputs[i]);
        free(held->memory[i]);
    }
    free(held->rows);
}

void gf_rank_bands_clear(gf_rank_bands *bands) {
    for (uint32_t i = 0; i < GF_HELD; i++)
        clear_held(&bands->held[i]);
    free(bands->bands);
    free(bands->wholes);
    free(bands->joined);
    *bands = (gf_rank_bands){.count = 0};
}

/* ---- Computing ------------------------------------------------------------ */

static bool is_in_place(const gf_held_units *held) {
    return held->memory[0] != NULL;
}

static const void *common_input(const gf_rank_bands *bands, uint32_t index) {
    return bands->held[GF_HELD_OWN].inputs[index];
}

static gf_status put_all_inputs(gf_rank_bands *bands, gf_held_units *held, gf_error *error) {
    gf_status status = GF_OK;
    for (uint32_t i = 0; status == GF_OK && i < bands->whole->buffer_count; i++) {
        const bool cut = gf_is_cut(&bands->division, i);
        if (gf_goes_up(bands->whole->buffers[i].access))
            status = gf_set_member_put(&held->member, i, 0, held->problem.buffers[i].rows,
                                       cut ? held->inputs[i] : common_input(bands, i), error);
    }
    return status;
}

static gf_status reset_member(gf_rank_bands *bands, gf_held_units *held, gf_error *error) {
    gf_set_member *member = &held->member;
    if (member->device == NULL || member->made == 0)
        return GF_OK;
    member->share =
        (gf_member_share){.device = member->share.device, .variant = member->share.variant};
    member->common_is_up = false;
    gf_status status = gf_set_member_poison(member, error);
    if (status == GF_OK && is_in_place(held))
        status = put_all_inputs(bands, held, error);
    if (status == GF_OK && member->device->backend->settle != NULL)
        member->device->backend->settle(member->program);
    return status;
}

gf_status gf_rank_bands_reset(gf_rank_bands *bands, gf_error *error) {
    gf_status status = GF_OK;
    bands->count = 0;
    bands->left_out = (gf_part){0, 0};
    for (uint32_t i = 0; status == GF_OK && i < GF_HELD; i++)
        status = reset_member(bands, &bands->held[i], error);
    return status;
}

/* The row of a buffer of these units that is the band's first. */
static size_t offset_of(const gf_rank_bands *bands, const gf_held_units *held, uint32_t index,
                        gf_part units) {
    return (size_t)(units.first - held->units.first) * gf_row_bytes(&bands->whole->buffers[index]);
}

static gf_status compute_in_place(gf_rank_bands *bands, gf_held_units *held, gf_part units,
                                  gf_error *error) {
    gf_buffer buffers[GF_MAX_BUFFERS];
    for (uint32_t i = 0; i < held->member.made; i++) {
        buffers[i] = held->member.buffers[i];
        if (!gf_is_cut(&bands->division, i))
            continue;
        buffers[i].first = offset_of(bands, held, i, units);
        buffers[i].bytes = (size_t)units.count * gf_row_bytes(&bands->whole->buffers[i]);
    }
    return gf_set_member_compute(&held->member, buffers, units, 0, 0,
                                 bands->context->options->cancel, error);
}

/* Inputs that every part has all of go up once, unless kernels change them. */
static gf_status put_inputs(gf_rank_bands *bands, const gf_held_units *held, gf_part units,
                            gf_error *error) {
    gf_set_member *member = &bands->held[GF_HELD_OWN].member;
    gf_status status = GF_OK;
    for (uint32_t i = 0; status == GF_OK && i < bands->whole->buffer_count; i++) {
        const gf_buffer_spec *spec = &bands->whole->buffers[i];
        if (!gf_goes_up(spec->access))
            continue;
        if (gf_is_cut(&bands->division, i))
            status = gf_set_member_put(
                member, i, 0, units.count,
                (const char *)held->inputs[i] + offset_of(bands, held, i, units), error);
        else if (spec->access != GF_ACCESS_IN || !member->common_is_up)
            status = gf_set_member_put(member, i, 0, spec->rows, common_input(bands, i), error);
    }
    member->common_is_up = true;
    return status;
}

static gf_status get_result(gf_rank_bands *bands, const gf_held_units *held, gf_part units,
                            gf_error *error) {
    gf_set_member *member = &bands->held[GF_HELD_OWN].member;
    const uint32_t result = bands->whole->result;
    const gf_buffer_spec *spec = &bands->whole->buffers[result];
    if (gf_rank_bands_are_rows(bands))
        return gf_set_member_get(member, result, 0, units.count,
                                 (char *)held->rows + offset_of(bands, held, result, units), error);
    return gf_set_member_get(member, result, 0, spec->rows,
                             bands->wholes + bands->count * spec->bytes, error);
}

static gf_status compute_by_copies(gf_rank_bands *bands, const gf_held_units *held, gf_part units,
                                   gf_error *error) {
    gf_set_member *member = &bands->held[GF_HELD_OWN].member;
    const uint64_t start_ns = gf_set_now();
    gf_status status = put_inputs(bands, held, units, error);
    member->share.h2d_ns += gf_set_now() - start_ns;
    if (status == GF_OK)
        status = gf_set_member_compute(member, member->buffers, units, 0, 0,
                                       bands->context->options->cancel, error);
    const uint64_t computed_ns = gf_set_now();
    if (status == GF_OK)
        status = get_result(bands, held, units, error);
    member->share.d2h_ns += gf_set_now() - computed_ns;
    return status;
}

static gf_status make_room(gf_rank_bands *bands, gf_error *error) {
    const gf_buffer_spec *spec = &bands->whole->buffers[bands->whole->result];
    const gf_status status =
        gf_array_grow(&bands->bands, bands->count, sizeof *bands->bands, error);
    return status == GF_OK && !gf_rank_bands_are_rows(bands)
               ? gf_array_grow(&bands->wholes, bands->count, spec->bytes, error)
               : status;
}

static void add_share(const gf_member_share *one, gf_member_share *all) {
    all->h2d_ns += one->h2d_ns;
    all->launch_ns += one->launch_ns;
    all->kernel_ns += one->kernel_ns;
    all->d2h_ns += one->d2h_ns;
}

static void add_shares(const gf_rank_bands *bands, gf_member_share *share) {
    *share = (gf_member_share){.bands = 0};
    for (uint32_t i = 0; i < GF_HELD; i++)
        add_share(&bands->held[i].member.share, share);
    for (uint32_t i = 0; i < bands->count; i++) {
        share->bands += bands->bands[i].skipped != 0 ? 0 : 1;
        share->units += bands->bands[i].skipped != 0 ? 0 : bands->bands[i].units.count;
    }
}

static void note(gf_rank_bands *bands, gf_part units, uint32_t held, bool skipped) {
    bands->bands[bands->count++] = (gf_band){units, held, skipped ? 1 : 0};
}

gf_status gf_rank_bands_skip(gf_rank_bands *bands, gf_part units, gf_error *error) {
    const gf_status status = make_room(bands, error);
    if (status == GF_OK)
        note(bands, units, GF_HELD_QUEUED, true);
    return status;
}

gf_status gf_rank_bands_compute(gf_rank_bands *bands, gf_part units, gf_member_share *share,
                                gf_error *error) {
    const gf_part queued = bands->held[GF_HELD_QUEUED].units;
    const uint32_t index =
        queued.count > 0 && units.first >= queued.first ? GF_HELD_QUEUED : GF_HELD_OWN;
    gf_held_units *held = &bands->held[index];
    gf_status status = make_room(bands, error);
    if (status == GF_OK)
        status = is_in_place(held) ? compute_in_place(bands, held, units, error)
                                   : compute_by_copies(bands, held, units, error);
    if (status != GF_OK)
        return status;
    note(bands, units, index, false);
    add_shares(bands, share);
    return GF_OK;
}

/* ---- What was computed ----------------------------------------------------- */

const char *gf_band_result(const gf_rank_bands *bands, uint32_t index) {
    const gf_band *band = &bands->bands[index];
    const gf_held_units *held = &bands->held[band->held];
    const uint32_t result = bands->whole->result;
    if (!gf_rank_bands_are_rows(bands))
        return bands->wholes + index * bands->whole->buffers[result].bytes;
    const char *rows = is_in_place(held) ? held->memory[result] : held->rows;
    return rows + offset_of(bands, held, result, band->units);
}

void gf_band_problem(const gf_rank_bands *bands, uint32_t index, gf_problem *problem) {
    (void)gf_problem_of_part(bands->whole, bands->bands[index].units, problem);
}

/* What is joined here is not kept. */
bool gf_rank_bands_are_settled(const gf_rank_bands *bands) {
    const gf_problem *whole = bands->whole;
    const gf_buffer_spec *spec = &whole->buffers[whole->result];
    bool settled = false;
    if (whole->workload->join == NULL || gf_rank_bands_are_rows(bands) || bands->count == 0)
        return false;
    void *joined = malloc(spec->bytes);
    if (joined == NULL) /* the others go on in vain */
        return false;
    memcpy(joined, common_input(bands, whole->result), spec->bytes);
    settled = whole->workload->join(whole, bands->bands[bands->count - 1].units,
                                    gf_band_result(bands, bands->count - 1), joined);
    free(joined);
    return settled;
}
