#include "layer/writer.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LEAST_ROOM   ((size_t)1 << 20)
#define MOST_STEP    ((size_t)16 << 20)
#define TOUCHED_STEP ((size_t)256 << 10)
#define MOST_NAMES   100 /* of one pid: exec keeps it, and a system may use it again */

static struct {
    pthread_mutex_t lock;
    atomic_bool open;
    int file;
    char *base; /* `limit` bytes of addresses, of which `room` are backed by the file */
    size_t limit, room, used, touched; /* touched: up to there pages are in memory */
} writer = {.lock = PTHREAD_MUTEX_INITIALIZER, .file = -1};

uint64_t gf_now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint32_t gf_thread_number(void) {
    static atomic_uint latest;
    static _Thread_local uint32_t number;
    if (number == 0)
        number = atomic_fetch_add(&latest, 1) + 1;
    return number;
}

bool gf_writer_is_open(void) {
    return atomic_load_explicit(&writer.open, memory_order_acquire);
}

static gf_trace_header *header(void) {
    return (gf_trace_header *)(void *)writer.base;
}

/* Blocks of a disk are taken before they are written to: a mapping without them ends the process.
 */
static bool reserve(size_t wanted) {
    if (wanted <= writer.room)
        return true;
    size_t step = writer.room < LEAST_ROOM ? LEAST_ROOM : writer.room;
    step = step < MOST_STEP ? step : MOST_STEP;
    size_t room = writer.room + step;
    room = room < writer.limit ? room : writer.limit;
    if (wanted > room || posix_fallocate(writer.file, 0, (off_t)room) != 0)
        return false;
    writer.room = room;
    return true;
}

/* ---- Beginning --------------------------------------------------------- */

static int create_file(const char *folder) {
    char path[4096];
    for (int i = 0; i < MOST_NAMES; i++) {
        const int length =
            snprintf(path, sizeof path, "%s/%ld-%02d.gftrace", folder, (long)getpid(), i);
        if (length < 0 || (size_t)length >= sizeof path)
            return -1;
        const int file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (file >= 0)
            return file;
    }
    return -1;
}

static size_t limit_of_file(void) {
    const char *text = getenv(GF_TRACE_LIMIT_VARIABLE);
    const unsigned long long asked = text == NULL ? 0 : strtoull(text, NULL, 10);
    const size_t limit = asked == 0 || asked > (1ull << 40) ? GF_TRACE_LIMIT : (size_t)asked;
    return limit < LEAST_ROOM ? LEAST_ROOM : limit;
}

static bool map_file(const char *folder) {
    writer.limit = limit_of_file();
    writer.file = create_file(folder);
    if (writer.file < 0)
        return false;
    if (reserve(LEAST_ROOM)) {
        void *base = mmap(NULL, writer.limit, PROT_READ | PROT_WRITE, MAP_SHARED, writer.file, 0);
        if (base != MAP_FAILED) {
            writer.base = base;
            return true;
        }
    }
    close(writer.file);
    return false;
}

static void put_header(void) {
    gf_trace_header begun = {
        .version = GF_TRACE_VERSION, .bytes = sizeof(gf_trace_header), .order = GF_TRACE_ORDER};
    memcpy(begun.magic, GF_TRACE_MAGIC, sizeof begun.magic);
    memcpy(writer.base, &begun, sizeof begun);
    writer.used = sizeof begun;
}

void gf_writer_open(void) {
    const char *folder = getenv(GF_TRACE_DIR_VARIABLE);
    if (folder == NULL || folder[0] != '/' || !map_file(folder))
        return;
    put_header();
    atomic_store_explicit(&writer.open, true, memory_order_release);
}

/* ---- Records ----------------------------------------------------------- */

/* Pages come many at a time: one by one each costs as much as a launch. Older systems refuse. */
static void touch_pages(size_t until) {
#ifdef MADV_POPULATE_WRITE
    while (writer.touched < until) {
        const size_t left = writer.room - writer.touched;
        const size_t step = left < TOUCHED_STEP ? left : TOUCHED_STEP;
        if (step == 0 || madvise(writer.base + writer.touched, step, MADV_POPULATE_WRITE) != 0)
            writer.touched = SIZE_MAX;
        else
            writer.touched += step;
    }
#else
    (void)until;
#endif
}

/* The type goes last: until then the record is none. */
static void put_record(gf_trace_type type, const void *content, size_t bytes, const char *text,
                       size_t text_bytes, size_t padded) {
    char *at = writer.base + writer.used;
    char *inside = at + sizeof(gf_trace_head);
    memcpy(inside, content, bytes);
    if (text_bytes > 0)
        memcpy(inside + bytes, text, text_bytes);
    memset(inside + bytes + text_bytes, 0, padded - bytes - text_bytes);
    gf_trace_head *head = (gf_trace_head *)(void *)at;
    head->bytes = (uint32_t)padded;
    head->check = gf_trace_check(type, inside, padded);
    __atomic_store_n(&head->type, (uint32_t)type, __ATOMIC_RELEASE);
    writer.used += sizeof *head + padded;
}

void gf_writer_add(gf_trace_type type, const void *content, size_t bytes, const char *text,
                   size_t text_bytes) {
    const size_t ended = text_bytes > 0 ? text_bytes + 1 : 0;
    const size_t padded = (bytes + ended + 7) / 8 * 8;
    if (!gf_writer_is_open())
        return;
    gf_writer_lock();
    /* A head of zeros, which ends the records, must fit behind. */
    if (reserve(writer.used + padded + 2 * sizeof(gf_trace_head))) {
        touch_pages(writer.used + padded + sizeof(gf_trace_head));
        put_record(type, content, bytes, text, text_bytes, padded);
    } else {
        header()->dropped++;
    }
    gf_writer_unlock();
}

void gf_writer_drop(void) {
    if (gf_writer_is_open())
        __atomic_add_fetch(&header()->dropped, 1, __ATOMIC_RELAXED);
}

void gf_writer_drop_times(void) {
    if (gf_writer_is_open())
        __atomic_add_fetch(&header()->dropped_times, 1, __ATOMIC_RELAXED);
}

void gf_writer_close(gf_trace_end end) {
    if (!gf_writer_is_open())
        return;
    end.dropped = __atomic_load_n(&header()->dropped, __ATOMIC_RELAXED);
    end.dropped_times = __atomic_load_n(&header()->dropped_times, __ATOMIC_RELAXED);
    gf_writer_add(GF_TRACE_END, &end, sizeof end, NULL, 0);
    gf_writer_lock();
    atomic_store_explicit(&writer.open, false, memory_order_release);
    /* The mapping stays: another thread may be between its check and its record. */
    if (ftruncate(writer.file, (off_t)(writer.used + sizeof(gf_trace_head))) == 0)
        writer.limit = writer.room = 0;
    gf_writer_unlock();
}

/* ---- Forks ------------------------------------------------------------- */

void gf_writer_leave(void) {
    atomic_store_explicit(&writer.open, false, memory_order_release);
}

void gf_writer_lock(void) {
    pthread_mutex_lock(&writer.lock);
}

void gf_writer_unlock(void) {
    pthread_mutex_unlock(&writer.lock);
}
