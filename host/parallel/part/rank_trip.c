#include "parallel/part/rank_trip.h"

#include "parallel/part/exchange.h"
#include "parallel/part/message_thread.h"

#include "device/trip.h"
#include "problem/traffic.h"

/* ---- Moving inputs and results ------------------------------------------- */

static uint64_t local_rows(const gf_rank_part *part) {
    return gf_local_count(part->local.rows);
}

static gf_status put_inputs(gf_rank_part *part, gf_error *error) {
    gf_status status = GF_OK;
    part->member.swapped = false;
    for (uint32_t i = 0; status == GF_OK && i < part->whole->buffer_count; i++) {
        const bool cut = gf_is_cut(&part->division, i);
        if (part->inputs[i] != NULL)
            status = gf_set_member_put(&part->member, i, 0,
                                       cut ? local_rows(part) : part->whole->buffers[i].rows,
                                       part->inputs[i], error);
    }
    return status;
}

/* The cells of the result that are this rank's own; all of a result that every part has. */
static gf_rectangle result_cells(const gf_rank_part *part) {
    const gf_buffer_spec *spec = &part->whole->buffers[part->whole->result];
    return gf_is_cut(&part->division, part->whole->result)
               ? gf_rank_own_cells(part)
               : (gf_rectangle){0, spec->rows, 0, spec->cols};
}

static gf_status copy_result(gf_rank_part *part, gf_error *error) {
    part->result = part->result_memory;
    return gf_set_member_get_cells(&part->member, gf_content_of(part, &part->member),
                                   result_cells(part), part->result_memory, error);
}

/* Where a device computes in the host's memory, the result is there already. */
static gf_status get_result(gf_rank_part *part, gf_error *error) {
    const gf_buffer *buffer = &part->member.buffers[gf_content_of(part, &part->member)];
    const size_t row_bytes = gf_row_bytes(&part->panel.buffers[part->panel.result]);
    if (!part->in_place)
        return copy_result(part, error);
    part->result = (const char *)buffer->host + (size_t)result_cells(part).first_row * row_bytes;
    return GF_OK;
}

/* Untimed: what has cells between its rows is packed for those who look at it. */
static gf_status pack_result(gf_rank_part *part, gf_error *error) {
    return part->in_place && gf_rank_has_sides(part) ? copy_result(part, error) : GF_OK;
}

static gf_status stop_here(gf_rank_part *part, bool goes_up_again, gf_rank_times *times,
                           gf_error *error) {
    uint64_t start_ns = gf_set_now();
    gf_status status = get_result(part, error);
    times->d2h_ns += gf_set_now() - start_ns;
    start_ns = gf_set_now();
    if (status == GF_OK && goes_up_again && !part->in_place)
        status = gf_set_member_put_cells(&part->member, gf_content_of(part, &part->member),
                                         gf_rank_own_cells(part), part->result, error);
    times->h2d_ns += gf_set_now() - start_ns;
    return status;
}

/* ---- Steps ---------------------------------------------------------------- */

static gf_status compute(gf_rank_part *part, gf_part rows, uint64_t first, uint64_t steps,
                         gf_error *error) {
    return gf_set_member_compute(&part->member, part->member.buffers, rows, first, steps,
                                 part->context->options->cancel, error);
}

/* A visit, and then an exchange. */
static gf_status visit_then_exchange(gf_rank_part *part, uint64_t first, uint64_t steps,
                                     gf_rank_times *times, gf_error *error) {
    gf_exchange exchange;
    gf_status status = gf_exchange_begin(part, &exchange, error);
    if (status == GF_OK)
        status = compute(part, (gf_part){0, local_rows(part)}, first, steps, error);
    if (status == GF_OK)
        status = gf_exchange_send(part, &exchange, times, error);
    return status == GF_OK ? gf_exchange_end(part, &exchange, times, error) : status;
}

/* The edges first, which then travel while the rest is computed. */
static gf_status visit_beside_exchange(gf_rank_part *part, uint64_t first, uint64_t steps,
                                       gf_rank_times *times, gf_error *error) {
    gf_exchange exchange;
    gf_message_thread moved;
    gf_status status = gf_exchange_begin(part, &exchange, error);
    if (status == GF_OK)
        status = gf_exchange_send_ahead(part, &exchange, first, steps, times, error);
    if (status != GF_OK)
        return status;
    uint64_t start_ns = gf_set_now();
    gf_message_thread_begin(&moved, &part->ranks, exchange.messages, 2 * GF_DIRECTIONS);
    times->halo_ns += gf_set_now() - start_ns;
    status = compute(part, (gf_part){0, local_rows(part)}, first, steps, error);
    gf_error failure = GF_ERROR_INIT;
    start_ns = gf_set_now();
    const gf_status moving = gf_message_thread_end(&moved, &failure);
    times->halo_ns += gf_set_now() - start_ns;
    if (status == GF_OK && moving != GF_OK) {
        *error = failure;
        return moving;
    }
    return status == GF_OK ? gf_exchange_end(part, &exchange, times, error) : status;
}

static gf_status visit(gf_rank_part *part, uint64_t first, uint64_t steps, bool last,
                       gf_rank_times *times, gf_error *error) {
    if (last || !gf_rank_exchanges(part))
        return compute(part, (gf_part){0, local_rows(part)}, first, steps, error);
    part->pauses.exchanges++;
    return part->overlaps ? visit_beside_exchange(part, first, steps, times, error)
                          : visit_then_exchange(part, first, steps, times, error);
}

static uint64_t least_of(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

static bool is_pause(const gf_rank_part *part, uint64_t done) {
    return part->pauses.next == done && done < part->whole->steps;
}

static gf_status pause_here(gf_rank_part *part, gf_rank_times *times, gf_error *error) {
    gf_rank_pauses *pauses = &part->pauses;
    const uint64_t start_ns = gf_set_now();
    uint64_t waited_ns = 0;
    const gf_status status =
        pauses->pause(pauses->context, pauses->next, &waited_ns, &pauses->next, error);
    times->imbalance_ns += waited_ns;
    pauses->apart_ns += gf_set_now() - start_ns - waited_ns;
    return status;
}

/* A rank without a part comes to the pauses of the others. */
static gf_status make_pauses(gf_rank_part *part, gf_rank_times *times, gf_error *error) {
    gf_status status = GF_OK;
    while (status == GF_OK && part->pauses.next > 0 && is_pause(part, part->pauses.next))
        status = pause_here(part, times, error);
    return status;
}

/* All visits of a round trip, with a stop after every `steps_per_transfer` steps. */
static gf_status make_visits(gf_rank_part *part, gf_rank_times *times, gf_error *error) {
    const gf_problem *whole = part->whole;
    gf_status status = GF_OK;
    uint64_t done = part->pauses.first;
    uint64_t until_stop = whole->steps_per_transfer - done % whole->steps_per_transfer;
    while (status == GF_OK && done < whole->steps) {
        const uint64_t left = whole->steps - done;
        const uint64_t most = gf_rank_exchanges(part) ? part->visit_steps : left;
        const uint64_t pause = part->pauses.next > done ? part->pauses.next - done : left;
        const uint64_t steps = least_of(least_of(most, pause), least_of(left, until_stop));
        status = visit(part, done, steps, steps == left, times, error);
        done += steps;
        until_stop -= steps;
        if (status == GF_OK && until_stop == 0 && done < whole->steps) {
            status = stop_here(part, whole->upload_again, times, error);
            until_stop = whole->steps_per_transfer;
        }
        if (status == GF_OK && is_pause(part, done))
            status = pause_here(part, times, error);
    }
    return status;
}

/* ---- The round trip -------------------------------------------------------- */

/* Untimed: poison, inputs where the device computes in the host's memory, threads awake. */
static gf_status reset(gf_rank_part *part, gf_error *error) {
    const gf_device_info *device = part->member.share.device;
    const char *variant = part->member.share.variant;
    part->member.share = (gf_member_share){.device = device, .variant = variant};
    gf_status status = gf_set_member_poison(&part->member, error);
    if (status == GF_OK && part->in_place)
        status = put_inputs(part, error);
    if (status == GF_OK && part->member.device->backend->settle != NULL)
        part->member.device->backend->settle(part->member.program);
    return status;
}

static gf_status timed(gf_rank_part *part, gf_rank_times *times, gf_error *error) {
    const uint64_t start_ns = gf_set_now();
    gf_status status = part->in_place ? GF_OK : put_inputs(part, error);
    times->h2d_ns = gf_set_now() - start_ns;
    if (status == GF_OK)
        status = make_visits(part, times, error);
    const uint64_t computed_ns = gf_set_now();
    if (status == GF_OK)
        status = get_result(part, error);
    const uint64_t end_ns = gf_set_now();
    times->d2h_ns += end_ns - computed_ns;
    times->kernel_ns = part->member.share.kernel_ns;
    times->launch_ns = part->member.share.launch_ns;
    times->own_ns = end_ns - start_ns - part->pauses.apart_ns;
    return status;
}

gf_status gf_rank_trip(gf_rank_part *part, gf_rank_times *times, gf_error *error) {
    *times = (gf_rank_times){0};
    part->result = NULL;
    part->pauses.apart_ns = part->pauses.exchanges = 0;
    gf_status status = part->mine.count == 0 ? GF_OK : reset(part, error);
    if (status == GF_OK)
        status = gf_ranks_barrier(&part->ranks, error);
    if (status != GF_OK)
        return status;
    if (part->mine.count == 0)
        return make_pauses(part, times, error);
    status = timed(part, times, error);
    return status == GF_OK ? pack_result(part, error) : status;
}

/* The shorter of two visits: the first one may wake the device up. */
gf_status gf_rank_rehearse(gf_rank_part *part, uint64_t steps, double *step_ns, gf_error *error) {
    *step_ns = 0;
    if (part->mine.count == 0 || part->division.reach == 0 || steps == 0)
        return GF_OK;
    gf_status status = reset(part, error);
    if (status == GF_OK && !part->in_place)
        status = put_inputs(part, error);
    for (int i = 0; status == GF_OK && i < 2; i++) {
        const uint64_t start_ns = gf_set_now();
        status = compute(part, (gf_part){0, local_rows(part)}, 0, steps, error);
        const double ns = (double)(gf_set_now() - start_ns) / (double)steps;
        *step_ns = i == 0 || ns < *step_ns ? ns : *step_ns;
    }
    return status;
}
