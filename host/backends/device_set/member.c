#include "backends/device_set/member.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "device/host_array.h"
#include "device/session.h"
#include "device/targets/extended.h"
#include "device/trip.h"
#include "problem/parts/fits.h"

uint64_t gf_set_now(void) {
    const gf_clock clock = gf_clock_monotonic();
    return gf_clock_now(&clock);
}

/* ---- Making ------------------------------------------------------------ */

/* A kernel in this process may take any row of the whole as the first of its own. */
static bool can_work_inside(const gf_device *device, const gf_problem *whole,
                            const gf_division *division) {
    bool inside =
        device->backend->prompt && device->backend->channel == NULL && division->reach == 0;
    for (uint32_t i = 0; i < whole->buffer_count; i++)
        inside = inside && (gf_is_cut(division, i) || whole->buffers[i].access == GF_ACCESS_IN);
    return inside;
}

static gf_status make_program(gf_set_member *member, const gf_member *its, gf_error *error) {
    const gf_backend *backend = member->device->backend;
    const gf_problem *problem = &member->problem;
    const char *variant = its->variant;
    gf_tuning tuning = {.count = 0};
    if (variant == NULL)
        variant = backend->variant(member->device, problem->workload, problem, 0);
    if (variant == NULL)
        variant = ""; /* prepare will say what is missing */
    if (its->tuned)
        tuning = its->tuning;
    else if (backend->tunables != NULL)
        backend->tunables(member->device, problem, variant, &tuning);
    member->share.variant = variant;
    return gf_device_prepare(member->device, problem, variant, &tuning, &member->program, error);
}

gf_status gf_set_member_make_buffers(gf_set_member *member, gf_error *error) {
    for (uint32_t i = 0; i < member->problem.buffer_count; i++) {
        const gf_buffer_spec *spec = &member->problem.buffers[i];
        gf_status status = gf_host_array_create(member->device, spec->name, spec->bytes, NULL,
                                                &member->host[i], error);
        if (status != GF_OK)
            return status;
        member->buffers[i] = (gf_buffer){.device = member->device,
                                         .bytes = spec->bytes,
                                         .access = spec->access,
                                         .host = member->host[i].memory};
        status = member->device->backend->buffer_create(&member->buffers[i], error);
        if (status != GF_OK)
            return status;
        member->made++;
    }
    return GF_OK;
}

/* The user's limit; the device's own is the backend's to check. */
static gf_status check_room(const gf_set_member *member, gf_error *error) {
    const gf_device *device = member->device;
    const gf_memory_limits limits = gf_device_limits(device);
    gf_misfit why;
    if (device->most_bytes == 0 || gf_problem_fits(&member->problem, &limits, &why))
        return GF_OK;
    return gf_error_set(error, GF_UNSUPPORTED,
                        "a part of the problem needs %.3f MiB and device %s may use %.3f MiB; "
                        "allow more memory, or run it on this device alone, which then computes "
                        "band by band",
                        (double)why.needed / 0x1p20, device->info.id, (double)why.limit / 0x1p20);
}

gf_status gf_set_member_create(gf_set_member *member, const gf_member *its, const gf_problem *whole,
                               const gf_division *division, uint64_t room, gf_error *error) {
    *member = (gf_set_member){.device = its->device,
                              .share = {.device = &its->device->info},
                              .works_inside = can_work_inside(its->device, whole, division)};
    const gf_part largest = {0, member->works_inside ? division->units : room};
    (void)gf_problem_of_part(whole, largest, &member->problem);
    gf_status status = check_room(member, error);
    if (status == GF_OK)
        status = make_program(member, its, error);
    return status != GF_OK || member->works_inside ? status
                                                   : gf_set_member_make_buffers(member, error);
}

gf_status gf_set_member_take_memory(gf_set_member *member, const gf_buffer *whole,
                                    gf_error *error) {
    gf_status status = GF_OK;
    gf_set_member_release_buffers(member);
    for (uint32_t i = 0; status == GF_OK && i < member->problem.buffer_count; i++) {
        member->buffers[i] = (gf_buffer){.device = member->device,
                                         .bytes = whole[i].bytes,
                                         .access = whole[i].access,
                                         .host = whole[i].host};
        status = member->device->backend->buffer_create(&member->buffers[i], error);
        member->made += status == GF_OK ? 1 : 0;
    }
    return status;
}

gf_status gf_set_member_create_whole(gf_set_member *member, const gf_member *its,
                                     const gf_problem *whole, const gf_buffer *buffers,
                                     gf_error *error) {
    *member = (gf_set_member){
        .device = its->device, .share = {.device = &its->device->info}, .works_inside = true};
    member->problem = *whole;
    const gf_status status = make_program(member, its, error);
    return status == GF_OK ? gf_set_member_take_memory(member, buffers, error) : status;
}

void gf_set_member_release_buffers(gf_set_member *member) {
    for (uint32_t i = 0; i < member->made; i++)
        member->device->backend->buffer_release(&member->buffers[i]);
    member->made = 0;
}

void gf_set_member_destroy(gf_set_member *member) {
    if (member->program != NULL)
        member->device->backend->program_release(member->program);
    gf_set_member_release_buffers(member);
    for (uint32_t i = 0; i < GF_MAX_BUFFERS; i++)
        gf_host_array_release(&member->host[i]);
    gf_error_clear(&member->failure);
    *member = (gf_set_member){.made = 0};
}

/* ---- Transfers --------------------------------------------------------- */

static gf_status claim(gf_buffer *buffer, gf_error *error) {
    const gf_backend *backend = buffer->device->backend;
    return backend->buffer_claim == NULL ? GF_OK : backend->buffer_claim(buffer, error);
}

gf_status gf_set_member_claim(gf_set_member *member, uint32_t index, gf_error *error) {
    return claim(&member->buffers[index], error);
}

static bool is_empty(gf_rectangle cells) {
    return cells.rows == 0 || cells.columns == 0;
}

/* The transfer of a rectangle: in one piece where its rows are whole. */
static gf_buffer transfer_of(const gf_set_member *member, uint32_t index, gf_rectangle cells) {
    const gf_buffer_spec *spec = &member->problem.buffers[index];
    const size_t row_bytes = gf_row_bytes(spec), cell_bytes = row_bytes / spec->cols;
    const bool whole = cells.columns == spec->cols;
    gf_buffer part = member->buffers[index];
    part.first = (size_t)cells.first_row * row_bytes + (size_t)cells.first_column * cell_bytes;
    part.bytes = (size_t)(whole ? cells.rows * cells.columns : cells.columns) * cell_bytes;
    part.lines = whole ? 1 : (size_t)cells.rows;
    part.pitch = row_bytes;
    return part;
}

gf_status gf_set_member_read(gf_set_member *member, uint32_t index, gf_rectangle cells,
                             gf_error *error) {
    gf_buffer part = transfer_of(member, index, cells);
    return is_empty(cells)
               ? GF_OK
               : part.device->backend->buffer_read(&part, (char *)part.host + part.first, error);
}

gf_status gf_set_member_write(gf_set_member *member, uint32_t index, gf_rectangle cells,
                              gf_error *error) {
    gf_buffer part = transfer_of(member, index, cells);
    return is_empty(cells)
               ? GF_OK
               : part.device->backend->buffer_write(&part, (char *)part.host + part.first, error);
}

void gf_set_member_pack(const gf_set_member *member, uint32_t index, gf_rectangle cells,
                        void *packed) {
    const gf_buffer part = transfer_of(member, index, cells);
    const char *memory = (const char *)part.host + part.first;
    for (size_t i = 0; !is_empty(cells) && i < part.lines; i++)
        memcpy((char *)packed + i * part.bytes, memory + i * part.pitch, part.bytes);
}

void gf_set_member_unpack(gf_set_member *member, uint32_t index, gf_rectangle cells,
                          const void *packed) {
    const gf_buffer part = transfer_of(member, index, cells);
    char *memory = (char *)part.host + part.first;
    for (size_t i = 0; !is_empty(cells) && i < part.lines; i++)
        memcpy(memory + i * part.pitch, (const char *)packed + i * part.bytes, part.bytes);
}

gf_status gf_set_member_put_cells(gf_set_member *member, uint32_t index, gf_rectangle cells,
                                  const void *source, gf_error *error) {
    if (is_empty(cells))
        return GF_OK;
    const gf_status status = gf_set_member_claim(member, index, error);
    if (status != GF_OK)
        return status;
    gf_set_member_unpack(member, index, cells, source);
    return gf_set_member_write(member, index, cells, error);
}

gf_status gf_set_member_get_cells(gf_set_member *member, uint32_t index, gf_rectangle cells,
                                  void *target, gf_error *error) {
    const gf_status status = gf_set_member_read(member, index, cells, error);
    if (status == GF_OK)
        gf_set_member_pack(member, index, cells, target);
    return status;
}

static gf_rectangle rows_of(const gf_set_member *member, uint32_t index, uint64_t first,
                            uint64_t rows) {
    return (gf_rectangle){first, rows, 0, member->problem.buffers[index].cols};
}

gf_status gf_set_member_put(gf_set_member *member, uint32_t index, uint64_t first, uint64_t rows,
                            const void *source, gf_error *error) {
    return gf_set_member_put_cells(member, index, rows_of(member, index, first, rows), source,
                                   error);
}

gf_status gf_set_member_get(gf_set_member *member, uint32_t index, uint64_t first, uint64_t rows,
                            void *target, gf_error *error) {
    return gf_set_member_get_cells(member, index, rows_of(member, index, first, rows), target,
                                   error);
}

gf_status gf_set_member_poison(gf_set_member *member, gf_error *error) {
    gf_status status = GF_OK;
    for (uint32_t i = 0; status == GF_OK && i < member->made; i++) {
        gf_buffer *buffer = &member->buffers[i];
        if (buffer->access == GF_ACCESS_IN || member->works_inside)
            continue;
        status = claim(buffer, error);
        if (status != GF_OK)
            break;
        memset(buffer->host, 0xa5, buffer->bytes);
        status = buffer->device->backend->buffer_write(buffer, buffer->host, error);
    }
    return status;
}

/* ---- Computing --------------------------------------------------------- */

gf_status gf_set_member_compute(gf_set_member *member, gf_buffer *buffers, gf_part part,
                                uint64_t first_step, uint64_t steps,
                                const volatile sig_atomic_t *cancel, gf_error *error) {
    const gf_clock clock = gf_clock_monotonic();
    const gf_trip trip = {.device = member->device,
                          .problem = &member->problem,
                          .program = member->program,
                          .buffers = buffers,
                          .clock = &clock,
                          .cancel = cancel,
                          .part = part};
    gf_round_trip times = {.device_clock_ok = member->device->backend->device_time != NULL};
    const uint64_t start_ns = gf_set_now();
    const gf_status status =
        gf_trip_compute(&trip, first_step, steps, &member->swapped, &times, error);
    const uint64_t wall_ns = gf_set_now() - start_ns;
    const uint64_t kernel_ns = times.device_clock_ok ? times.device_ns : times.compute_wall_ns;
    member->share.kernel_ns += kernel_ns;
    member->share.launch_ns += wall_ns - kernel_ns;
    member->share.bands++;
    return status;
}
