#include "parallel/part/exchange.h"

/* Rows on their way up and down. */
enum { TAG_UP = 1, TAG_DOWN };
/* gf_rank_part.edges */
enum { TO_UPPER, FROM_UPPER, TO_LOWER, FROM_LOWER };
/* gf_exchange.messages */
enum { RECEIVE_UPPER, RECEIVE_LOWER, SEND_UPPER, SEND_LOWER, MESSAGES };

static uint64_t halo_rows(const gf_rank_part *part) {
    return part->visit_steps * part->division.reach;
}

static size_t edge_bytes(const gf_rank_part *part) {
    return (size_t)halo_rows(part) * gf_row_bytes(&part->whole->buffers[part->whole->result]);
}

gf_status gf_exchange_begin(gf_rank_part *part, gf_exchange *exchange, gf_error *error) {
    const size_t bytes = edge_bytes(part);
    gf_status status = GF_OK;
    *exchange = (gf_exchange){.bytes = bytes};
    if (gf_rank_has_upper(part))
        status =
            gf_ranks_receive(&part->ranks, gf_rank_upper(part), TAG_DOWN, part->edges[FROM_UPPER],
                             bytes, &exchange->messages[RECEIVE_UPPER], error);
    if (status == GF_OK && gf_rank_has_lower(part))
        status =
            gf_ranks_receive(&part->ranks, gf_rank_lower(part), TAG_UP, part->edges[FROM_LOWER],
                             bytes, &exchange->messages[RECEIVE_LOWER], error);
    return status;
}

/* ---- Sending ------------------------------------------------------------ */

static gf_status send_edge(gf_rank_part *part, gf_exchange *exchange, bool up, gf_rank_times *times,
                           gf_error *error) {
    const size_t bytes = edge_bytes(part);
    times->sent_bytes += bytes;
    times->messages++;
    return gf_ranks_send(&part->ranks, up ? gf_rank_upper(part) : gf_rank_lower(part),
                         up ? TAG_UP : TAG_DOWN, part->edges[up ? TO_UPPER : TO_LOWER], bytes,
                         &exchange->messages[up ? SEND_UPPER : SEND_LOWER], error);
}

/* The first or the last of the own rows. */
static gf_status take_edge(gf_rank_part *part, bool up, gf_error *error) {
    const uint64_t halo = halo_rows(part);
    const uint64_t first = part->local.top + (up ? 0 : part->local.own - halo);
    return gf_set_member_get(&part->member, gf_content_of(part, &part->member), first, halo,
                             part->edges[up ? TO_UPPER : TO_LOWER], error);
}

gf_status gf_exchange_send(gf_rank_part *part, gf_exchange *exchange, gf_rank_times *times,
                           gf_error *error) {
    const uint64_t start_ns = gf_set_now();
    gf_status status = GF_OK;
    for (int up = 1; status == GF_OK && up >= 0; up--) {
        if (!(up == 1 ? gf_rank_has_upper(part) : gf_rank_has_lower(part)))
            continue;
        status = take_edge(part, up == 1, error);
        if (status == GF_OK)
            status = send_edge(part, exchange, up == 1, times, error);
    }
    times->halo_ns += gf_set_now() - start_ns;
    return status;
}

/* ---- Sending ahead -------------------------------------------------------- */

/* Three halos of rows at an edge, of which after the steps the middle one is right. */
static gf_status compute_edge(gf_rank_part *part, bool up, uint64_t first_step, uint64_t steps,
                              gf_error *error) {
    const uint64_t halo = halo_rows(part), rows = 3 * halo;
    const uint64_t all = part->local.top + part->local.own + part->local.bottom;
    gf_set_member *strip = &part->strip;
    /* The strip's own memory takes the rows, so that they pass through the host once. */
    const uint32_t index = part->whole->result;
    strip->swapped = false;
    gf_status status = gf_set_member_get(&part->member, gf_content_of(part, &part->member),
                                         up ? 0 : all - rows, rows, part->strip_rows, error);
    if (status == GF_OK)
        status = gf_set_member_put(strip, index, 0, rows, part->strip_rows, error);
    if (status == GF_OK)
        status = gf_set_member_compute(strip, strip->buffers, (gf_part){0, rows}, first_step, steps,
                                       part->context->options->cancel, error);
    if (status == GF_OK)
        status = gf_set_member_get(strip, gf_content_of(part, strip), halo, halo,
                                   part->edges[up ? TO_UPPER : TO_LOWER], error);
    return status;
}

gf_status gf_exchange_send_ahead(gf_rank_part *part, gf_exchange *exchange, uint64_t first_step,
                                 uint64_t steps, gf_rank_times *times, gf_error *error) {
    const uint64_t start_ns = gf_set_now();
    gf_status status = GF_OK;
    for (int up = 1; status == GF_OK && up >= 0; up--) {
        if (!(up == 1 ? gf_rank_has_upper(part) : gf_rank_has_lower(part)))
            continue;
        status = compute_edge(part, up == 1, first_step, steps, error);
        if (status == GF_OK)
            status = send_edge(part, exchange, up == 1, times, error);
    }
    times->halo_ns += gf_set_now() - start_ns;
    return status;
}

/* ---- Receiving ------------------------------------------------------------ */

void gf_add_wait(const gf_rank_part *part, uint64_t wait_ns, uint64_t bytes, gf_rank_times *times) {
    const double message_ns = gf_comm_ns(&part->line, (double)bytes);
    const uint64_t exchange_ns =
        part->line.count == 0 || (double)wait_ns < message_ns ? wait_ns : (uint64_t)message_ns;
    times->halo_ns += exchange_ns;
    times->imbalance_ns += wait_ns - exchange_ns;
}

static gf_status put_halos(gf_rank_part *part, gf_error *error) {
    const uint32_t index = gf_content_of(part, &part->member);
    const gf_status status =
        gf_set_member_put(&part->member, index, 0, part->local.top, part->edges[FROM_UPPER], error);
    return status == GF_OK
               ? gf_set_member_put(&part->member, index, part->local.top + part->local.own,
                                   part->local.bottom, part->edges[FROM_LOWER], error)
               : status;
}

gf_status gf_exchange_end(gf_rank_part *part, gf_exchange *exchange, gf_rank_times *times,
                          gf_error *error) {
    const uint64_t start_ns = gf_set_now();
    gf_status status = gf_ranks_wait(&part->ranks, exchange->messages, MESSAGES, error);
    const uint64_t came_ns = gf_set_now();
    gf_add_wait(part, came_ns - start_ns, exchange->bytes, times);
    if (status == GF_OK)
        status = put_halos(part, error);
    times->halo_ns += gf_set_now() - came_ns;
    return status;
}
