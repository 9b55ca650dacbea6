#include "parallel/bands/band_trip.h"

#include <stdlib.h>

#include "base/error.h"

/* What a request keeps a rank from computing, in ns. */
#define ASKING_NS 50000

/* ---- Rates ------------------------------------------------------------------ */

/* Chunks of the queue have at most so many units. */
static uint64_t most_chunks(const gf_rank_bands *bands, gf_part own) {
    const gf_band_plan *plan = bands->plan;
    const uint64_t room = gf_rank_bands_room(bands->whole, &bands->division, plan, own);
    uint64_t largest = 1;
    for (uint32_t i = plan->own; i < plan->chunks; i++)
        largest = plan->at[i + 1] - plan->at[i] > largest ? plan->at[i + 1] - plan->at[i] : largest;
    return room / largest > 0 ? room / largest : 1;
}

gf_status gf_band_rates_create(gf_band_rates *rates, const gf_rank_bands *bands,
                               const double *relative, const gf_part *own, gf_error *error) {
    const uint32_t count = bands->ranks.size;
    *rates = (gf_band_rates){.rates = calloc(count, sizeof *rates->rates),
                             .fixed_ns = calloc(count, sizeof *rates->fixed_ns),
                             .most = calloc(count, sizeof *rates->most),
                             .count = count};
    if (rates->rates == NULL || rates->fixed_ns == NULL || rates->most == NULL)
        return gf_error_no_memory(error, "the queue", count * sizeof *rates->most);
    for (uint32_t i = 0; i < count; i++) {
        rates->rates[i] = relative != NULL && relative[0] > 0 && relative[i] > 0 ? relative[i] : 1;
        rates->most[i] = most_chunks(bands, own[i]);
    }
    return GF_OK;
}

/* Chunks have equal work, which units need not have. */
void gf_band_rates_learn(gf_band_rates *rates, uint32_t rank, const gf_rank_times *times) {
    const double busy_ns =
        (double)(times->h2d_ns + times->launch_ns + times->kernel_ns + times->d2h_ns);
    if (times->chunks == 0 || times->bands == 0 || busy_ns <= 0)
        return;
    rates->rates[rank] = (double)times->chunks / busy_ns;
    rates->fixed_ns[rank] =
        (double)times->launch_ns / (double)times->bands + (rank == 0 ? 0 : ASKING_NS);
}

void gf_band_rates_clear(gf_band_rates *rates) {
    free(rates->rates);
    free(rates->fixed_ns);
    free(rates->most);
    *rates = (gf_band_rates){.count = 0};
}

/* ---- Bands -------------------------------------------------------------------- */

typedef struct band_trip {
    gf_rank_bands *bands;
    gf_band_server *server;  /* of rank 0; NULL elsewhere */
    gf_band_request request; /* of the others */
    gf_rank_times *times;
    gf_member_share share;
    bool settled; /* a band of this rank settles the result */
} band_trip;

static gf_status compute(band_trip *trip, gf_part units, gf_error *error) {
    const gf_status status = gf_rank_bands_compute(trip->bands, units, &trip->share, error);
    trip->times->chunks += gf_chunks_of(trip->bands->plan, units).count;
    trip->settled = trip->settled || (status == GF_OK && gf_rank_bands_are_settled(trip->bands));
    return status;
}

static gf_status compute_own(band_trip *trip, gf_error *error) {
    const gf_part own = trip->bands->held[GF_HELD_OWN].units;
    return own.count == 0 ? GF_OK : compute(trip, own, error);
}

static gf_status compute_and_take(band_trip *trip, gf_error *error) {
    gf_status status = compute_own(trip, error);
    while (status == GF_OK) {
        const uint64_t start_ns = gf_set_now();
        const gf_part chunks = gf_band_server_take(trip->server, trip->settled);
        trip->times->queue_ns += gf_set_now() - start_ns;
        if (chunks.count == 0)
            break;
        status = compute(trip, gf_units_of(trip->bands->plan, chunks), error);
    }
    return status;
}

static gf_status ask(band_trip *trip, gf_error *error) {
    const uint64_t start_ns = gf_set_now();
    const gf_status status =
        gf_band_request_begin(&trip->bands->ranks, trip->settled, &trip->request, error);
    trip->times->queue_ns += gf_set_now() - start_ns;
    return status;
}

static gf_status get(band_trip *trip, gf_part *chunks, gf_error *error) {
    const uint64_t start_ns = gf_set_now();
    const gf_status status = gf_band_request_end(&trip->bands->ranks, &trip->request, error);
    *chunks = trip->request.chunks;
    trip->times->queue_ns += gf_set_now() - start_ns;
    return status;
}

/* A band that was asked for before the result was settled lies behind that. */
static gf_status compute_or_skip(band_trip *trip, gf_part units, gf_error *error) {
    return trip->settled ? gf_rank_bands_skip(trip->bands, units, error)
                         : compute(trip, units, error);
}

/* The next band is asked for before one is computed. */
static gf_status compute_and_ask(band_trip *trip, gf_error *error) {
    gf_part chunks = {0, 0};
    gf_status status = ask(trip, error);
    if (status == GF_OK)
        status = compute_own(trip, error);
    while (status == GF_OK) {
        status = get(trip, &chunks, error);
        if (status != GF_OK || chunks.count == 0)
            break;
        status = ask(trip, error);
        if (status == GF_OK)
            status = compute_or_skip(trip, gf_units_of(trip->bands->plan, chunks), error);
    }
    return status;
}

static gf_status compute_all(band_trip *trip, bool queued, gf_error *error) {
    const uint64_t start_ns = gf_set_now();
    const gf_status status = !queued                ? compute_own(trip, error)
                             : trip->server != NULL ? compute_and_take(trip, error)
                                                    : compute_and_ask(trip, error);
    trip->times->own_ns = gf_set_now() - start_ns;
    trip->times->h2d_ns = trip->share.h2d_ns;
    trip->times->launch_ns = trip->share.launch_ns;
    trip->times->kernel_ns = trip->share.kernel_ns;
    trip->times->d2h_ns = trip->share.d2h_ns;
    trip->times->units = trip->share.units;
    trip->times->bands = trip->share.bands;
    return status;
}

/* ---- Rank 0 --------------------------------------------------------------------- */

static gf_band_queue queue_of(const gf_rank_bands *bands, const gf_band_rates *rates) {
    const gf_band_plan *plan = bands->plan;
    return (gf_band_queue){.units = plan->chunks,
                           .next = plan->own,
                           .grain = 1,
                           .count = rates->count,
                           .rates = rates->rates,
                           .fixed_ns = rates->fixed_ns,
                           .most = rates->most,
                           .ramps = !gf_rank_bands_are_rows(bands)};
}

static gf_status compute_and_serve(band_trip *trip, const gf_band_rates *rates, gf_error *error) {
    gf_rank_bands *bands = trip->bands;
    const gf_band_queue queue = queue_of(bands, rates);
    gf_band_server server;
    gf_status status = gf_band_server_begin(&server, &bands->ranks, &queue, error);
    if (status != GF_OK)
        return status;
    trip->server = &server;
    status = compute_all(trip, true, error);
    status = gf_band_server_end(&server, status, error);
    if (server.left_out.count > 0)
        bands->left_out = gf_units_of(bands->plan, server.left_out);
    return status;
}

/* ---- The round trip --------------------------------------------------------------- */

static gf_status begin(gf_rank_bands *bands, gf_rank_times *times, gf_error *error) {
    *times = (gf_rank_times){0};
    const gf_status status = gf_rank_bands_reset(bands, error);
    return status == GF_OK ? gf_ranks_barrier(&bands->ranks, error) : status;
}

gf_status gf_band_trip_own(gf_rank_bands *bands, gf_rank_times *times, gf_error *error) {
    band_trip trip = {.bands = bands, .times = times};
    const gf_status status = begin(bands, times, error);
    return status == GF_OK ? compute_all(&trip, false, error) : status;
}

gf_status gf_band_trip(gf_rank_bands *bands, const gf_band_rates *rates, gf_rank_times *times,
                       gf_error *error) {
    band_trip trip = {.bands = bands, .times = times};
    if (!gf_band_plan_has_queue(bands->plan))
        return gf_band_trip_own(bands, times, error);
    const gf_status status = begin(bands, times, error);
    if (status != GF_OK)
        return status;
    return bands->ranks.rank == 0 ? compute_and_serve(&trip, rates, error)
                                  : compute_all(&trip, true, error);
}
