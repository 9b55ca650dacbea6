#include "parallel/part/exchange.h"

#include "parallel/part/halo_choice.h"

static uint32_t opposite(uint32_t direction) {
    return GF_DIRECTIONS - 1 - direction;
}

/* A message is told from others between the same ranks by where its sender sends it. */
static uint32_t tag_of(uint32_t direction) {
    return 1 + direction;
}

static size_t bytes_of(const gf_rank_part *part, gf_rectangle cells) {
    const gf_buffer_spec *spec = &part->panel.buffers[part->panel.result];
    return (size_t)(cells.rows * cells.columns) * (gf_row_bytes(spec) / spec->cols);
}

static gf_rectangle sent_cells(const gf_rank_part *part, uint32_t i) {
    return gf_sent_cells(&part->local, gf_direction_at(i), gf_rank_halo(part));
}

static gf_rectangle received_cells(const gf_rank_part *part, uint32_t i) {
    return gf_received_cells(&part->local, gf_direction_at(i));
}

static bool has_neighbour(const gf_rank_part *part, uint32_t i) {
    return gf_has_neighbour(&part->local, gf_direction_at(i));
}

static uint32_t neighbour(const gf_rank_part *part, uint32_t i) {
    return gf_grid_neighbour(part->grid, part->ranks.rank, gf_direction_at(i));
}

gf_status gf_exchange_begin(gf_rank_part *part, gf_exchange *exchange, gf_error *error) {
    gf_status status = GF_OK;
    *exchange = (gf_exchange){.messages = {{0}}};
    for (uint32_t i = 0; status == GF_OK && i < GF_DIRECTIONS; i++) {
        if (has_neighbour(part, i))
            status = gf_ranks_receive(&part->ranks, neighbour(part, i), tag_of(opposite(i)),
                                      part->received[i], bytes_of(part, received_cells(part, i)),
                                      &exchange->messages[i], error);
    }
    return status;
}

/* ---- Sending ------------------------------------------------------------ */

static gf_status send(gf_rank_part *part, gf_exchange *exchange, uint32_t i, gf_rank_times *times,
                      gf_error *error) {
    const size_t bytes = bytes_of(part, sent_cells(part, i));
    times->sent_bytes += bytes;
    times->messages++;
    return gf_ranks_send(&part->ranks, neighbour(part, i), tag_of(i), part->sent[i], bytes,
                         &exchange->messages[GF_DIRECTIONS + i], error);
}

/* The directions that an edge's cells go to: those of a row of ranks above or below, with the
 * corners, or a single one at the same height. */
typedef struct edge {
    uint32_t first, count, middle;
} edge;

static const edge edges[] = {{0, 3, 1}, {3, 1, 3}, {4, 1, 4}, {5, 3, 6}};
#define EDGES (sizeof edges / sizeof edges[0])

/* What an edge's cells are on a member of another size: they begin there at `row` and `column`. */
static gf_rectangle moved_to(gf_rectangle cells, gf_rectangle from, uint64_t row, uint64_t column) {
    cells.first_row += row - from.first_row;
    cells.first_column += column - from.first_column;
    return cells;
}

/* Sends what an edge has for its neighbours; it is in the member's host memory, where the edge's
 * middle begins at `row` and `column`. */
static gf_status send_edge(gf_rank_part *part, gf_exchange *exchange, const edge *side,
                           const gf_set_member *member, uint64_t row, uint64_t column,
                           gf_rank_times *times, gf_error *error) {
    const gf_rectangle middle = sent_cells(part, side->middle);
    gf_status status = GF_OK;
    for (uint32_t i = side->first; status == GF_OK && i < side->first + side->count; i++) {
        if (!has_neighbour(part, i))
            continue;
        gf_set_member_pack(member, gf_content_of(part, member),
                           moved_to(sent_cells(part, i), middle, row, column), part->sent[i]);
        status = send(part, exchange, i, times, error);
    }
    return status;
}

gf_status gf_exchange_send(gf_rank_part *part, gf_exchange *exchange, gf_rank_times *times,
                           gf_error *error) {
    const uint64_t start_ns = gf_set_now();
    gf_status status = GF_OK;
    for (size_t i = 0; status == GF_OK && i < EDGES; i++) {
        const gf_rectangle cells = sent_cells(part, edges[i].middle);
        if (!has_neighbour(part, edges[i].middle))
            continue;
        status =
            gf_set_member_read(&part->member, gf_content_of(part, &part->member), cells, error);
        if (status == GF_OK)
            status = send_edge(part, exchange, &edges[i], &part->member, cells.first_row,
                               cells.first_column, times, error);
    }
    times->halo_ns += gf_set_now() - start_ns;
    return status;
}

/* ---- Sending ahead -------------------------------------------------------- */

/* The three halos of cells at an edge, of which after the steps the middle one is right. */
static gf_rectangle cells_of_strip(const gf_rank_part *part, gf_direction direction) {
    const uint64_t three = 3 * gf_rank_halo(part);
    gf_rectangle cells = gf_rank_local_cells(part);
    if (direction.down != 0) {
        cells.first_row = direction.down < 0 ? 0 : cells.rows - three;
        cells.rows = three;
    } else {
        cells.first_column = direction.across < 0 ? 0 : cells.columns - three;
        cells.columns = three;
    }
    return cells;
}

/* The strip's own memory takes the cells, so that they pass through the host once. */
static gf_status compute_strip(gf_rank_part *part, gf_set_member *strip, gf_rectangle cells,
                               uint64_t first_step, uint64_t steps, gf_error *error) {
    const gf_rectangle all = {0, cells.rows, 0, cells.columns};
    strip->swapped = false;
    gf_status status = gf_set_member_get_cells(&part->member, gf_content_of(part, &part->member),
                                               cells, part->strip_cells, error);
    if (status == GF_OK)
        status = gf_set_member_put_cells(strip, part->whole->result, all, part->strip_cells, error);
    return status == GF_OK
               ? gf_set_member_compute(strip, strip->buffers, (gf_part){0, cells.rows}, first_step,
                                       steps, part->context->options->cancel, error)
               : status;
}

static gf_status send_strip(gf_rank_part *part, gf_exchange *exchange, const edge *side,
                            uint64_t first_step, uint64_t steps, gf_rank_times *times,
                            gf_error *error) {
    const gf_direction direction = gf_direction_at(side->middle);
    gf_set_member *strip = direction.down != 0 ? &part->strip : &part->side_strip;
    const gf_rectangle cells = cells_of_strip(part, direction);
    gf_rectangle middle = sent_cells(part, side->middle);
    middle.first_row -= cells.first_row;
    middle.first_column -= cells.first_column;
    gf_status status = compute_strip(part, strip, cells, first_step, steps, error);
    if (status == GF_OK)
        status = gf_set_member_read(strip, gf_content_of(part, strip), middle, error);
    return status == GF_OK ? send_edge(part, exchange, side, strip, middle.first_row,
                                       middle.first_column, times, error)
                           : status;
}

gf_status gf_exchange_send_ahead(gf_rank_part *part, gf_exchange *exchange, uint64_t first_step,
                                 uint64_t steps, gf_rank_times *times, gf_error *error) {
    const uint64_t start_ns = gf_set_now();
    gf_status status = GF_OK;
    for (size_t i = 0; status == GF_OK && i < EDGES; i++) {
        if (has_neighbour(part, edges[i].middle))
            status = send_strip(part, exchange, &edges[i], first_step, steps, times, error);
    }
    times->halo_ns += gf_set_now() - start_ns;
    return status;
}

/* ---- Receiving ------------------------------------------------------------ */

static uint32_t borders_of(gf_local_rows local) {
    return (local.top > 0 ? 1U : 0U) + (local.bottom > 0 ? 1U : 0U);
}

/* What the messages of an exchange take. */
static double expected_ns(const gf_rank_part *part) {
    const gf_local_cells *local = &part->local;
    const gf_halo_facts facts = {.own_rows = local->rows.own,
                                 .own_columns = local->columns.own,
                                 .row_borders = borders_of(local->rows),
                                 .column_borders = borders_of(local->columns),
                                 .cell_bytes = (double)bytes_of(part, (gf_rectangle){0, 1, 0, 1}),
                                 .line = part->line};
    return gf_halo_messages_ns(&facts, gf_rank_halo(part));
}

/* A wait: as long as messages of these bytes take it is of the exchange, beyond that it is for
 * another rank. */
static void add_wait(const gf_rank_part *part, uint64_t wait_ns, gf_rank_times *times) {
    const double message_ns = expected_ns(part);
    const uint64_t exchange_ns =
        part->line.count == 0 || (double)wait_ns < message_ns ? wait_ns : (uint64_t)message_ns;
    times->halo_ns += exchange_ns;
    times->imbalance_ns += wait_ns - exchange_ns;
}

/* All cells around the own ones: above, at the sides, below. Each of these four goes to the device
 * at once, with the corners. */
static gf_status put_edge(gf_rank_part *part, const edge *side, gf_error *error) {
    const uint32_t index = gf_content_of(part, &part->member);
    gf_rectangle cells = received_cells(part, side->middle);
    gf_status status = gf_set_member_claim(&part->member, index, error);
    if (status != GF_OK)
        return status;
    for (uint32_t i = side->first; i < side->first + side->count; i++) {
        if (has_neighbour(part, i))
            gf_set_member_unpack(&part->member, index, received_cells(part, i), part->received[i]);
    }
    if (side->count > 1) { /* whole rows, which are in one piece */
        cells.first_column = 0;
        cells.columns = gf_rank_local_cells(part).columns;
    }
    return gf_set_member_write(&part->member, index, cells, error);
}

static gf_status put_halos(gf_rank_part *part, gf_error *error) {
    gf_status status = GF_OK;
    for (size_t i = 0; status == GF_OK && i < EDGES; i++) {
        if (has_neighbour(part, edges[i].middle))
            status = put_edge(part, &edges[i], error);
    }
    return status;
}

gf_status gf_exchange_end(gf_rank_part *part, gf_exchange *exchange, gf_rank_times *times,
                          gf_error *error) {
    const uint64_t start_ns = gf_set_now();
    gf_status status = gf_ranks_wait(&part->ranks, exchange->messages, 2 * GF_DIRECTIONS, error);
    const uint64_t came_ns = gf_set_now();
    add_wait(part, came_ns - start_ns, times);
    if (status == GF_OK)
        status = put_halos(part, error);
    times->halo_ns += gf_set_now() - came_ns;
    return status;
}
