#include "calibrate/calibrate_transfers.h"

#include <malloc.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"
#include "device/host_array.h"
#include "device/trip.h"
#include "measure/ledger.h"
#include "stats/line_fit.h"

/* 4 KiB to 64 MiB in powers of 4, with the usual knee of latency and bandwidth in the middle. */
#define SIZES       8
#define LEAST_BYTES ((size_t)4096)
/* Passes over all sizes, so that slow changes affect all alike; more over scattering sizes. */
#define PASSES       5
#define EXTRA_PASSES 3
/* All passes again, while other programs take cores or the sizes are on no line. */
#define ATTEMPTS 3
/* Sizes that a line of its own has at least. */
#define LEAST_PART 3
/* A small transfer is repeated in each pass, up to this many bytes or times. */
#define PASS_BYTES   ((size_t)1 << 20)
#define MOST_REPEATS 16

uint32_t gf_calibrate_transfers_pieces(void) {
    return PASSES * (GF_MEMORY_KINDS + 1); /* and the first touch */
}

uint32_t gf_calibrate_used_transfers_pieces(void) {
    return PASSES * GF_MEMORY_KINDS; /* an absent kind is found out by trying it */
}

static size_t size_at(size_t index) {
    return LEAST_BYTES << (2 * index);
}

static size_t usable_sizes(const gf_device_info *device) {
    size_t count = 1;
    while (count < SIZES && size_at(count) <= gf_calibration_run_limit(device))
        count++;
    return count;
}

/* ---- Series of times --------------------------------------------------- */

typedef struct series {
    gf_samples samples[SIZES];
} series;

static void series_clear(series *s) {
    for (size_t i = 0; i < SIZES; i++)
        free(s->samples[i].ns);
    *s = (series){0};
}

static bool scatters(const series *s, size_t index) {
    const gf_statistics statistics = gf_samples_statistics(&s->samples[index]);
    return gf_statistics_spread(&statistics) > GF_WIDE_SPREAD;
}

/* The line through the median of each size from `first` up to before `end`: sizes count the same,
 * however often repeated. */
static gf_line part_line(const series *s, size_t first, size_t end) {
    double bytes[SIZES], ns[SIZES];
    uint32_t count = 0;
    for (size_t i = first; i < end; i++) {
        const gf_statistics statistics = gf_samples_statistics(&s->samples[i]);
        if (statistics.count == 0)
            continue;
        bytes[count] = (double)size_at(i);
        ns[count++] = (double)statistics.median_ns;
    }
    return gf_line_fit(bytes, ns, count);
}

static gf_line series_line(const series *s) {
    return part_line(s, 0, SIZES);
}

static double squares(const gf_line *line) {
    return line->count > 2 ? line->spread * line->spread * (line->count - 2) : 0;
}

/* One line, or two where large arrays follow another one: systems give them pages of another size.
 * `large` has no measurements if one line will do. Two lines always fit better than one; they must
 * leave less than half of its spread. */
static void fit_parts(const series *s, size_t sizes, gf_line *small, gf_line *large) {
    *small = part_line(s, 0, sizes);
    *large = (gf_line){.count = 0};
    double least = squares(small) / 4;
    for (size_t split = LEAST_PART; split + LEAST_PART <= sizes; split++) {
        const gf_line below = part_line(s, 0, split), above = part_line(s, split, sizes);
        if (squares(&below) + squares(&above) >= least)
            continue;
        least = squares(&below) + squares(&above);
        *small = below;
        *large = above;
    }
}

/* A measurement over all sizes: transfers of one kind of memory, or first touch. */
typedef struct subject {
    gf_calibration_run *run;
    gf_status (*measure)(struct subject *subject, size_t index, gf_error *error);
    gf_memory_kind kind;
    gf_host_array array; /* the buffers' host memory, as long as the largest size */
    void *other;         /* NULL, or a plain array at which transfers start and end instead */
    bool absent;         /* the device has no such memory */
    bool disturbed;      /* other programs took cores in each attempt */
    series series[GF_DIRECTIONS];
} subject;

static gf_status measure_passes(subject *s, size_t sizes, bool first, gf_error *error) {
    gf_status status = GF_OK;
    for (uint32_t pass = 0; status == GF_OK && pass < PASSES; pass++) {
        status = first ? gf_calibration_run_step(s->run, error)
                       : gf_context_check_cancel(s->run->context, error);
        for (size_t i = 0; status == GF_OK && i < sizes && !s->absent; i++)
            status = s->measure(s, i, error);
    }
    for (uint32_t pass = 0; status == GF_OK && pass < EXTRA_PASSES && !s->absent; pass++) {
        for (size_t i = 0; status == GF_OK && i < sizes; i++) {
            if (scatters(&s->series[GF_UP], i) || scatters(&s->series[GF_DOWN], i))
                status = s->measure(s, i, error);
        }
    }
    return status;
}

/* The larger spread of both directions. */
static double spread_of(const subject *s) {
    return fmax(series_line(&s->series[GF_UP]).spread, series_line(&s->series[GF_DOWN]).spread);
}

static bool is_line(const subject *s) {
    for (size_t d = 0; d < GF_DIRECTIONS; d++) {
        const gf_line line = series_line(&s->series[d]);
        if (line.count > 0 && !gf_line_usable(&line))
            return false;
    }
    return true;
}

/* Keeps the better of two attempts: undisturbed, or else nearer to its line. */
static void keep_better(subject *s, subject *before) {
    const bool worse =
        s->disturbed == before->disturbed ? spread_of(s) > spread_of(before) : s->disturbed;
    for (size_t d = 0; d < GF_DIRECTIONS; d++) {
        series dropped = worse ? s->series[d] : before->series[d];
        s->series[d] = worse ? before->series[d] : s->series[d];
        series_clear(&dropped);
    }
    s->disturbed = worse ? before->disturbed : s->disturbed;
}

static gf_status measure_all(subject *s, size_t sizes, gf_error *error) {
    const gf_contention_reader read = s->run->context->session->read_contention;
    const int attempts = s->run->once ? 1 : ATTEMPTS;
    gf_status status = GF_OK;
    for (int i = 0; status == GF_OK && i < attempts; i++) {
        subject before = *s;
        for (size_t d = 0; d < GF_DIRECTIONS; d++)
            s->series[d] = (series){0};
        const gf_contention_watch watch = gf_contention_begin(read);
        status = measure_passes(s, sizes, i == 0, error);
        s->disturbed = gf_contention_disturbed(&watch);
        if (i > 0)
            keep_better(s, &before);
        if (s->absent || (!s->disturbed && is_line(s)))
            break;
    }
    return status;
}

/* ---- Transfers --------------------------------------------------------- */

/* Times one transfer up and one down. A buffer in place is first handed to the device, as after a
 * kernel, if the transfers copy another array. */
static gf_status transfer_once(subject *s, gf_buffer *buffer, uint64_t ns[GF_DIRECTIONS],
                               gf_error *error) {
    const gf_backend *backend = buffer->device->backend;
    const gf_clock *clock = &s->run->context->session->clock;
    void *memory = s->other != NULL ? s->other : buffer->host;
    gf_status status = GF_OK;
    if (buffer->in_place && memory != buffer->host)
        status = backend->buffer_write(buffer, buffer->host, error);
    const uint64_t start = gf_device_now(buffer->device, clock);
    if (status == GF_OK)
        status = backend->buffer_write(buffer, memory, error);
    const uint64_t up = gf_device_now(buffer->device, clock);
    if (status == GF_OK)
        status = backend->buffer_read(buffer, memory, error);
    ns[GF_UP] = up - start;
    ns[GF_DOWN] = gf_device_now(buffer->device, clock) - up;
    return status;
}

/* Skips the first transfer of a new buffer, to which drivers defer work. */
static gf_status transfer_repeatedly(subject *s, gf_buffer *buffer, size_t index, gf_error *error) {
    const size_t wanted = PASS_BYTES / buffer->bytes;
    const size_t repeats = wanted < 1 ? 1 : wanted > MOST_REPEATS ? MOST_REPEATS : wanted;
    uint64_t ns[GF_DIRECTIONS];
    gf_status status = transfer_once(s, buffer, ns, error);
    for (size_t i = 0; status == GF_OK && i < repeats; i++) {
        status = transfer_once(s, buffer, ns, error);
        for (size_t d = 0; status == GF_OK && d < GF_DIRECTIONS; d++)
            status = gf_samples_add(&s->series[d].samples[index], ns[d], error);
    }
    return status;
}

/* Mapped memory needs a buffer in place; where buffers are in place, the backend's arrays are
 * mapped memory and not a kind of their own. */
static bool is_absent(const subject *s, const gf_buffer *buffer) {
    return (s->kind == GF_MEMORY_MAPPED && !buffer->in_place) ||
           (s->kind == GF_MEMORY_PINNED && buffer->in_place);
}

static gf_status measure_transfers(subject *s, size_t index, gf_error *error) {
    gf_buffer buffer = {.device = s->run->device,
                        .bytes = size_at(index),
                        .access = GF_ACCESS_INOUT,
                        .host = s->array.memory};
    const gf_backend *backend = buffer.device->backend;
    gf_status status = backend->buffer_create(&buffer, error);
    if (status != GF_OK)
        return status;
    s->absent = is_absent(s, &buffer);
    if (!s->absent)
        status = transfer_repeatedly(s, &buffer, index, error);
    backend->buffer_release(&buffer);
    return status;
}

/* Pinned memory is the backend's own kind or absent. Otherwise the buffers get the memory that runs
 * get, and transfers of plain memory another array besides. */
static gf_status make_arrays(subject *s, size_t bytes, gf_error *error) {
    gf_device *device = s->run->device;
    const volatile sig_atomic_t *cancel = s->run->context->options->cancel;
    if (s->kind == GF_MEMORY_PINNED && device->backend->host_array_create == NULL) {
        s->absent = true;
        return GF_OK;
    }
    const gf_status status =
        gf_host_array_create(device, "calibration", bytes, cancel, &s->array, error);
    if (status != GF_OK || s->kind != GF_MEMORY_PAGEABLE) {
        s->absent = s->kind == GF_MEMORY_PINNED && s->array.device == NULL;
        return status;
    }
    s->other = gf_host_allocate(bytes, cancel);
    return s->other != NULL ? GF_OK : gf_error_no_memory(error, "calibration", bytes);
}

static gf_status calibrate_kind(gf_calibration_run *run, gf_memory_kind kind, gf_error *error) {
    const size_t sizes = usable_sizes(&run->device->info);
    subject s = {.run = run, .measure = measure_transfers, .kind = kind};
    gf_status status = make_arrays(&s, size_at(sizes - 1), error);
    if (status == GF_OK)
        status = measure_all(&s, sizes, error);
    for (size_t d = 0; d < GF_DIRECTIONS; d++) {
        if (status == GF_OK && !s.absent)
            run->profile->transfers[d][kind] = series_line(&s.series[d]);
        series_clear(&s.series[d]);
    }
    run->profile->disturbed.transfers |= s.disturbed && !s.absent;
    gf_host_array_release(&s.array);
    free(s.other);
    return status;
}

/* ---- First touch, and all parts ---------------------------------------- */

/* Makes the next allocation come from the system, as in a program's first run. */
static void give_memory_back(void) {
#ifdef __GLIBC__
    (void)malloc_trim(0);
#endif
}

/* Does what the `alloc` phase does for each buffer. */
static gf_status measure_first_touch(subject *s, size_t index, gf_error *error) {
    gf_device *device = s->run->device;
    gf_buffer buffer = {.device = device, .bytes = size_at(index), .access = GF_ACCESS_INOUT};
    gf_host_array array = {0};
    give_memory_back();
    const gf_clock *clock = &s->run->context->session->clock;
    const uint64_t start = gf_device_now(device, clock);
    gf_status status = gf_host_array_create(device, "calibration", buffer.bytes,
                                            s->run->context->options->cancel, &array, error);
    buffer.host = array.memory;
    if (status == GF_OK)
        status = device->backend->buffer_create(&buffer, error);
    const uint64_t ns = gf_device_now(device, clock) - start;
    if (status == GF_OK) {
        device->backend->buffer_release(&buffer);
        status = gf_samples_add(&s->series[GF_UP].samples[index], ns, error);
    }
    gf_host_array_release(&array);
    return status;
}

static gf_status calibrate_first_touch(gf_calibration_run *run, gf_error *error) {
    subject s = {.run = run, .measure = measure_first_touch};
    const size_t sizes = usable_sizes(&run->device->info);
    const gf_status status = measure_all(&s, sizes, error);
    if (status == GF_OK)
        fit_parts(&s.series[GF_UP], sizes, &run->profile->first_touch,
                  &run->profile->first_touch_large);
    run->profile->disturbed.first_touch = s.disturbed;
    series_clear(&s.series[GF_UP]);
    return status;
}

/* The first kind that the device has: buffers in place, the backend's arrays, plain memory. */
static gf_memory_kind kind_used(const gf_profile *profile) {
    const gf_line *lines = profile->transfers[GF_UP];
    if (lines[GF_MEMORY_MAPPED].count > 0)
        return GF_MEMORY_MAPPED;
    return lines[GF_MEMORY_PINNED].count > 0 ? GF_MEMORY_PINNED : GF_MEMORY_PAGEABLE;
}

gf_status gf_calibrate_transfers(gf_calibration_run *run, gf_error *error) {
    gf_status status = calibrate_first_touch(run, error);
    for (int kind = 0; status == GF_OK && kind < GF_MEMORY_KINDS; kind++)
        status = calibrate_kind(run, (gf_memory_kind)kind, error);
    if (status == GF_OK)
        run->profile->used = kind_used(run->profile);
    return status;
}

gf_status gf_calibrate_used_transfers(gf_calibration_run *run, gf_error *error) {
    /* As kind_used chooses. */
    static const gf_memory_kind order[] = {GF_MEMORY_MAPPED, GF_MEMORY_PINNED, GF_MEMORY_PAGEABLE};
    gf_status status = GF_OK;
    for (size_t i = 0; status == GF_OK && i < GF_COUNT_OF(order); i++) {
        status = calibrate_kind(run, order[i], error);
        run->profile->used = order[i];
        if (run->profile->transfers[GF_UP][order[i]].count > 0)
            break;
    }
    return status;
}
