/* The schedule, of bands 0 to n - 1 in sets of buffers that take turns:
 *
 *   device computes   band i                   in set i mod 2
 *   bus               band i - 1 down, then band i + 1 up, in the other set
 *   host              copies the results of band i - 2 to the whole array,
 *                     and what goes up of band i + 2 from there
 *
 * So what is copied on the host was down before the launch, and goes up after it. */
#include "backends/out_of_core/visit_overlap.h"

#include "backends/device_set/row_split.h"
#include "backends/out_of_core/band_copy.h"

typedef struct pass {
    gf_visit_walk *walk;
    uint64_t first_step, steps;
    uint64_t band;    /* that is computed */
    bool swapped[2];  /* of the latest band in each set that came down */
    gf_status staged; /* whether all copies on the host succeeded; else the walk has the error */
} pass;

static const gf_problem *problem_of(const pass *p) {
    return p->walk->program->problem;
}

static gf_set_member *set_of(const pass *p, uint64_t band) {
    return band % 2 == 0 ? &p->walk->program->band : &p->walk->program->other;
}

static gf_part own_units(const pass *p, uint64_t band) {
    return gf_visit_band(&p->walk->program->plan, &p->walk->program->division, band);
}

/* With its halos. */
static gf_local_rows local_units(const pass *p, uint64_t band) {
    const gf_division *division = &p->walk->program->division;
    return gf_local_rows_of(division, own_units(p, band), p->steps * division->reach);
}

static uint64_t local_count(const pass *p, uint64_t band) {
    const gf_local_rows local = local_units(p, band);
    return local.top + local.own + local.bottom;
}

static bool is_cut(const pass *p, uint32_t index) {
    return gf_is_cut(&p->walk->program->division, index);
}

static bool steps_exchange(const pass *p) {
    return p->walk->program->division.reach > 0;
}

/* ---- On the host --------------------------------------------------------- */

/* Units of the whole, from unit `from` on, modulo all of them, into a staged array. */
static gf_status stage_units(const pass *p, uint64_t band, uint32_t index, uint32_t source,
                             uint64_t from, uint64_t count) {
    const uint64_t units = p->walk->program->division.units;
    const size_t row_bytes = gf_row_bytes(&problem_of(p)->buffers[index]);
    char *staged = p->walk->program->staged[band % 2][index].memory;
    gf_status status = GF_OK;
    for (uint64_t i = 0; status == GF_OK && i < count;) {
        const uint64_t at = (from + i) % units;
        const uint64_t piece = count - i < units - at ? count - i : units - at;
        const gf_whole_rows rows = gf_walk_rows(p->walk, source, at);
        status = gf_whole_rows_read(&rows, staged + (size_t)i * row_bytes,
                                    (size_t)piece * row_bytes, p->walk->error);
        i += piece;
    }
    return status;
}

static void stage_in(pass *p, uint64_t band) {
    const uint64_t units = p->walk->program->division.units;
    const gf_part own = own_units(p, band);
    const gf_local_rows local = local_units(p, band);
    const uint64_t from = own.first + units - local.top % units;
    for (uint32_t i = 0; i < problem_of(p)->buffer_count; i++) {
        const bool paired = steps_exchange(p) && i == problem_of(p)->result;
        const uint32_t source = paired ? gf_walk_array(p->walk, false) : i;
        if (p->staged == GF_OK && gf_goes_up(problem_of(p)->buffers[i].access) && is_cut(p, i))
            p->staged = stage_units(p, band, i, source, from, local_count(p, band));
    }
}

/* The buffer that has the results that come down in place of `index`. */
static uint32_t content_of(const pass *p, uint64_t band, uint32_t index) {
    return p->swapped[band % 2] && index == problem_of(p)->result ? problem_of(p)->partner : index;
}

static void stage_out(pass *p, uint64_t band) {
    const gf_part own = own_units(p, band);
    for (uint32_t i = 0; i < problem_of(p)->buffer_count; i++) {
        const gf_buffer_spec *spec = &problem_of(p)->buffers[i];
        const bool paired = steps_exchange(p) && i == problem_of(p)->result;
        if (p->staged != GF_OK || !gf_comes_down(spec->access))
            continue;
        const char *host = set_of(p, band)->buffers[content_of(p, band, i)].host;
        const gf_whole_rows rows =
            gf_walk_rows(p->walk, paired ? gf_walk_array(p->walk, true) : i, own.first);
        p->staged =
            gf_whole_rows_write(&rows, host + (size_t)local_units(p, band).top * gf_row_bytes(spec),
                                (size_t)own.count * gf_row_bytes(spec), p->walk->error);
    }
}

static void stage_meanwhile(void *context) {
    pass *p = context;
    if (p->band >= 2)
        stage_out(p, p->band - 2);
    if (p->band + 2 < p->walk->program->plan.bands)
        stage_in(p, p->band + 2);
}

/* ---- On the bus ----------------------------------------------------------- */

/* Each band's copies are listed once. */
static void count_copies(const pass *p, const gf_copy *copies, uint32_t count) {
    gf_visits *visits = &p->walk->program->visits;
    for (uint32_t i = 0; i < count; i++)
        *(copies[i].up ? &visits->bytes_up : &visits->bytes_down) += copies[i].bytes;
}

static uint32_t list_up(const pass *p, uint64_t band, gf_copy *copies) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < problem_of(p)->buffer_count; i++) {
        const gf_buffer_spec *spec = &problem_of(p)->buffers[i];
        if (gf_goes_up(spec->access) && is_cut(p, i))
            copies[count++] = (gf_copy){.buffer = &set_of(p, band)->buffers[i],
                                        .array = p->walk->program->staged[band % 2][i].memory,
                                        .bytes = (size_t)local_count(p, band) * gf_row_bytes(spec),
                                        .up = true};
    }
    count_copies(p, copies, count);
    return count;
}

static uint32_t list_down(pass *p, uint64_t band, gf_copy *copies) {
    uint32_t count = 0;
    p->swapped[band % 2] = set_of(p, band)->swapped;
    for (uint32_t i = 0; i < problem_of(p)->buffer_count; i++) {
        const gf_buffer_spec *spec = &problem_of(p)->buffers[i];
        gf_buffer *buffer = &set_of(p, band)->buffers[content_of(p, band, i)];
        if (gf_comes_down(spec->access))
            copies[count++] =
                (gf_copy){.buffer = buffer,
                          .array = buffer->host,
                          .first = (size_t)local_units(p, band).top * gf_row_bytes(spec),
                          .bytes = (size_t)own_units(p, band).count * gf_row_bytes(spec)};
    }
    count_copies(p, copies, count);
    return count;
}

/* Where no kernel runs that they could be made beside. */
static gf_status make_copies(const pass *p, const gf_copy *copies, uint32_t count) {
    const gf_backend *backend = p->walk->program->band.device->backend;
    gf_status status = GF_OK;
    for (uint32_t i = 0; status == GF_OK && i < count; i++) {
        gf_buffer part = *copies[i].buffer;
        char *memory = (char *)copies[i].array + copies[i].first;
        part.first = copies[i].first;
        part.bytes = copies[i].bytes;
        status = copies[i].up ? backend->buffer_write(&part, memory, p->walk->error)
                              : backend->buffer_read(&part, memory, p->walk->error);
    }
    return status;
}

/* ---- On the device --------------------------------------------------------- */

static gf_status compute(pass *p) {
    gf_visit_walk *w = p->walk;
    gf_set_member *set = set_of(p, p->band);
    gf_copy copies[GF_MOST_COPIES];
    uint32_t count = p->band > 0 ? list_down(p, p->band - 1, copies) : 0;
    if (p->band + 1 < w->program->plan.bands)
        count += list_up(p, p->band + 1, copies + count);
    const gf_part part =
        steps_exchange(p) ? (gf_part){0, local_count(p, p->band)} : own_units(p, p->band);
    const gf_trip trip = {.device = set->device,
                          .problem = &set->problem,
                          .program = w->program->band.program,
                          .buffers = set->buffers,
                          .clock = &w->clock,
                          .cancel = w->launch->cancel,
                          .part = part,
                          .copies = copies,
                          .copy_count = count,
                          .meanwhile = stage_meanwhile,
                          .meanwhile_context = p};
    set->swapped = false;
    w->program->visits.visits++;
    const gf_status status =
        gf_trip_compute(&trip, p->first_step, p->steps, &set->swapped, w->times, w->error);
    return status == GF_OK ? p->staged : status;
}

static gf_status begin(pass *p) {
    gf_copy copies[GF_MOST_COPIES];
    const uint64_t start = gf_walk_now(p->walk);
    stage_in(p, 0);
    gf_status status = p->staged;
    if (status == GF_OK)
        status = make_copies(p, copies, list_up(p, 0, copies));
    if (status == GF_OK && p->walk->program->plan.bands > 1)
        stage_in(p, 1);
    p->walk->times->h2d_ns += gf_walk_now(p->walk) - start;
    return status == GF_OK ? p->staged : status;
}

static gf_status end(pass *p) {
    gf_copy copies[GF_MOST_COPIES];
    const uint64_t start = gf_walk_now(p->walk), last = p->walk->program->plan.bands - 1;
    const gf_status status = make_copies(p, copies, list_down(p, last, copies));
    if (status == GF_OK && last > 0)
        stage_out(p, last - 1);
    if (status == GF_OK)
        stage_out(p, last);
    p->walk->times->d2h_ns += gf_walk_now(p->walk) - start;
    return status == GF_OK ? p->staged : status;
}

gf_status gf_visit_overlapped(gf_visit_walk *walk, uint64_t first_step, uint64_t steps) {
    pass p = {.walk = walk, .first_step = first_step, .steps = steps};
    gf_status status = begin(&p);
    for (; status == GF_OK && p.band < walk->program->plan.bands; p.band++)
        status = compute(&p);
    return status == GF_OK ? end(&p) : status;
}
