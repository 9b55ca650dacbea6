#include "layer/pending.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "layer/writer.h"

#define MOST_PENDING 65536
#define TIDY_FROM    1024 /* pending commands of a queue */
#define TIDY_EVERY   256

typedef struct gf_pending {
    struct gf_pending *next;
    const gf_loader *loader;
    cl_event event;
    uint64_t command;
} gf_pending;

typedef struct pending_list {
    gf_pending *first, *last;
    size_t count;
} pending_list;

static atomic_size_t pending_count;
/* Under the lock of the objects. */
static pending_list orphans; /* of queues that are released */
static gf_pending *spare;    /* items for later commands: a launch needs no allocation */

bool gf_pending_has_room(void) {
    if (atomic_load(&pending_count) < MOST_PENDING)
        return true;
    gf_writer_drop_times();
    return false;
}

static void append(pending_list *list, gf_pending *item) {
    item->next = NULL;
    if (list->last == NULL)
        list->first = item;
    else
        list->last->next = item;
    list->last = item;
    list->count++;
}

static pending_list take_list(gf_queue_facts *queue) {
    const pending_list list = {queue->first, queue->last, queue->pending_count};
    queue->first = queue->last = NULL;
    queue->pending_count = 0;
    return list;
}

/* Puts a list before what has been added since. */
static void put_back(pending_list *list, gf_queue_facts *queue) {
    if (list->first == NULL)
        return;
    list->last->next = queue->first;
    queue->first = list->first;
    if (queue->last == NULL)
        queue->last = list->last;
    queue->pending_count += list->count;
}

static void release_event(const gf_pending *item) {
    item->loader->below.clReleaseEvent(item->event);
    atomic_fetch_sub(&pending_count, 1);
}

/* In locked state. */
static gf_pending *take_spare(void) {
    gf_pending *item = spare;
    if (item != NULL)
        spare = item->next;
    return item;
}

static void keep_spares(const pending_list *done) {
    if (done->last == NULL)
        return;
    done->last->next = spare;
    spare = done->first;
}

void gf_pending_add(const gf_loader *to, cl_command_queue queue, cl_event event, uint64_t command) {
    gf_objects_lock();
    gf_pending *item = take_spare();
    if (item == NULL)
        item = malloc(sizeof *item);
    gf_object *object = gf_object_find(GF_OBJECT_QUEUE, queue);
    const bool kept = item != NULL && object != NULL;
    if (kept) {
        *item = (gf_pending){.loader = to, .event = event, .command = command};
        pending_list list = take_list(&object->facts.queue);
        append(&list, item);
        put_back(&list, &object->facts.queue);
        atomic_fetch_add(&pending_count, 1);
    }
    gf_objects_unlock();
    if (kept)
        return;
    free(item);
    gf_writer_drop_times();
    to->below.clReleaseEvent(event);
}

/* ---- Times ------------------------------------------------------------- */

/* `seen_ns`: by when it had ended; 0: by now. */
static void record_times(const gf_pending *item, cl_int execution, uint64_t seen_ns) {
    const cl_icd_dispatch *below = &item->loader->below;
    gf_trace_times times = {.command = item->command,
                            .seen_ns = seen_ns == 0 ? gf_now_ns() : seen_ns,
                            .status = execution};
    uint64_t *const into[] = {&times.queued, &times.submit, &times.start, &times.end};
    for (cl_uint i = 0; i < 4 && execution == CL_COMPLETE; i++) {
        cl_ulong value = 0;
        const cl_int code = below->clGetEventProfilingInfo(
            item->event, CL_PROFILING_COMMAND_QUEUED + i, sizeof value, &value, NULL);
        if (code == CL_SUCCESS)
            *into[i] = value;
        else
            times.failed = code;
    }
    gf_writer_add(GF_TRACE_TIMES, &times, sizeof times, NULL, 0);
}

/* 0: it has ended; below: it, or the query, has failed; above: it has not ended. */
static cl_int ask_status(const gf_pending *item) {
    cl_int execution = CL_QUEUED;
    const cl_int code = item->loader->below.clGetEventInfo(
        item->event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof execution, &execution, NULL);
    return code == CL_SUCCESS ? execution : code;
}

/* Whether the command has ended, and its times are recorded. */
static bool take_times(const gf_pending *item, uint64_t seen_ns) {
    const cl_int execution = ask_status(item);
    if (execution > CL_COMPLETE)
        return false;
    record_times(item, execution, seen_ns);
    return true;
}

/* Where the last command of an ordered queue has ended, all have: one look at the clock will do. */
static uint64_t seen_of_all(const pending_list *list, bool ordered) {
    return ordered && list->count > 1 && ask_status(list->last) == CL_COMPLETE ? gf_now_ns() : 0;
}

/* What has not ended stays in the list, in its order; the items of the others are in *done. */
static void harvest_list(pending_list *list, bool ordered, pending_list *done) {
    pending_list left = {NULL, NULL, 0};
    *done = left;
    gf_pending *next;
    const uint64_t seen_ns = seen_of_all(list, ordered);
    for (gf_pending *item = list->first; item != NULL; item = next) {
        next = item->next;
        const bool waits = ordered && left.count > 0; /* behind one that has not ended */
        const bool ended = !waits && take_times(item, seen_ns);
        if (ended)
            release_event(item);
        append(ended ? done : &left, item);
    }
    *list = left;
}

static void harvest_queue(cl_command_queue queue) {
    gf_objects_lock();
    gf_object *object = gf_object_find(GF_OBJECT_QUEUE, queue);
    pending_list list = {NULL, NULL, 0};
    bool ordered = false;
    if (object != NULL) {
        ordered = object->facts.queue.ordered;
        list = take_list(&object->facts.queue);
    }
    gf_objects_unlock();
    if (list.first == NULL)
        return;
    pending_list done;
    harvest_list(&list, ordered, &done);
    gf_objects_lock();
    keep_spares(&done);
    object = gf_object_find(GF_OBJECT_QUEUE, queue);
    if (object != NULL) {
        put_back(&list, &object->facts.queue);
    } else { /* released meanwhile */
        for (gf_pending *item = list.first, *next; item != NULL; item = next) {
            next = item->next;
            append(&orphans, item);
        }
    }
    gf_objects_unlock();
}

static void harvest_orphans(void) {
    gf_objects_lock();
    pending_list list = orphans;
    orphans = (pending_list){NULL, NULL, 0};
    gf_objects_unlock();
    pending_list done;
    harvest_list(&list, false, &done);
    gf_objects_lock();
    keep_spares(&done);
    for (gf_pending *item = list.first, *next; item != NULL; item = next) {
        next = item->next;
        append(&orphans, item);
    }
    gf_objects_unlock();
}

/* ---- Of several queues ------------------------------------------------- */

#define MOST_QUEUES 64

typedef struct queue_names {
    cl_command_queue queues[MOST_QUEUES];
    size_t count;
} queue_names;

static void note_queue(gf_object *object, void *context) {
    queue_names *names = context;
    if (object->facts.queue.first != NULL && names->count < MOST_QUEUES)
        names->queues[names->count++] = (cl_command_queue)(uintptr_t)object->handle;
}

/* Queues with pending commands; of more than MOST_QUEUES the others have their turn later. */
static queue_names list_queues(void) {
    queue_names names = {.count = 0};
    gf_objects_lock();
    gf_objects_visit(GF_OBJECT_QUEUE, note_queue, &names);
    gf_objects_unlock();
    return names;
}

void gf_pending_harvest(const gf_loader *to, cl_command_queue queue) {
    (void)to;
    if (!gf_writer_is_open() || atomic_load(&pending_count) == 0)
        return;
    if (queue != NULL) {
        harvest_queue(queue);
        return;
    }
    const queue_names names = list_queues();
    for (size_t i = 0; i < names.count; i++)
        harvest_queue(names.queues[i]);
    harvest_orphans();
}

void gf_pending_adopt(const gf_loader *to, gf_queue_facts *queue) {
    (void)to;
    pending_list list = take_list(queue);
    gf_objects_lock();
    for (gf_pending *item = list.first, *next; item != NULL; item = next) {
        next = item->next;
        append(&orphans, item);
    }
    gf_objects_unlock();
}

void gf_pending_tidy(const gf_loader *to, cl_command_queue queue) {
    static atomic_uint turns;
    if (atomic_load(&pending_count) >= TIDY_FROM && atomic_fetch_add(&turns, 1) % TIDY_EVERY == 0)
        gf_pending_harvest(to, queue);
}

uint64_t gf_pending_settle(uint64_t most_ns) {
    const uint64_t begun = gf_now_ns();
    gf_pending_harvest(NULL, NULL);
    while (atomic_load(&pending_count) > 0 && gf_now_ns() - begun < most_ns) {
        const struct timespec pause = {.tv_nsec = 1000000};
        nanosleep(&pause, NULL);
        gf_pending_harvest(NULL, NULL);
    }
    return atomic_load(&pending_count);
}
