#include "layer/objects.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "layer/writer.h"

#define LEAST_SLOTS 256

/* Open addressing; a slot is NULL or an entry. */
static struct {
    pthread_mutex_t lock;
    gf_object **slots;
    size_t slot_count, used;
    uint64_t latest[GF_OBJECT_KERNEL + 1]; /* numbers given so far */
} objects = {.lock = PTHREAD_MUTEX_INITIALIZER};

void gf_objects_lock(void) {
    pthread_mutex_lock(&objects.lock);
}

void gf_objects_unlock(void) {
    pthread_mutex_unlock(&objects.lock);
}

static size_t slot_of(const void *handle, gf_object_kind kind, size_t slot_count) {
    const uint64_t mixed =
        ((uint64_t)(uintptr_t)handle ^ (uint64_t)kind << 60) * UINT64_C(0x9e3779b97f4a7c15);
    return (size_t)(mixed >> 32) & (slot_count - 1);
}

/* The slot of an entry, or the empty one where it would go. */
static size_t find_slot(gf_object_kind kind, const void *handle) {
    size_t slot = slot_of(handle, kind, objects.slot_count);
    while (objects.slots[slot] != NULL &&
           (objects.slots[slot]->handle != handle || objects.slots[slot]->kind != kind))
        slot = (slot + 1) & (objects.slot_count - 1);
    return slot;
}

static bool grow(void) {
    const size_t count = objects.slot_count == 0 ? LEAST_SLOTS : 2 * objects.slot_count;
    gf_object **slots = calloc(count, sizeof *slots);
    if (slots == NULL)
        return false;
    for (size_t i = 0; i < objects.slot_count; i++) {
        gf_object *object = objects.slots[i];
        if (object == NULL)
            continue;
        size_t slot = slot_of(object->handle, object->kind, count);
        while (slots[slot] != NULL)
            slot = (slot + 1) & (count - 1);
        slots[slot] = object;
    }
    free(objects.slots);
    objects.slots = slots;
    objects.slot_count = count;
    return true;
}

/* Entries behind the hole move up where their search would end at it. */
static void remove_at(size_t hole) {
    const size_t mask = objects.slot_count - 1;
    objects.slots[hole] = NULL;
    objects.used--;
    for (size_t at = (hole + 1) & mask; objects.slots[at] != NULL; at = (at + 1) & mask) {
        const size_t home =
            slot_of(objects.slots[at]->handle, objects.slots[at]->kind, objects.slot_count);
        if (((at - home) & mask) >= ((at - hole) & mask)) {
            objects.slots[hole] = objects.slots[at];
            objects.slots[at] = NULL;
            hole = at;
        }
    }
}

gf_object *gf_object_find(gf_object_kind kind, const void *handle) {
    return objects.slot_count == 0 ? NULL : objects.slots[find_slot(kind, handle)];
}

uint64_t gf_object_id(gf_object_kind kind, const void *handle) {
    const gf_object *object = gf_object_find(kind, handle);
    return object == NULL ? 0 : object->id;
}

gf_object *gf_object_add(gf_object_kind kind, const void *handle) {
    gf_object *object = gf_object_find(kind, handle);
    if (object == NULL && (2 * objects.used < objects.slot_count || grow())) {
        object = malloc(sizeof *object);
        if (object != NULL) {
            objects.slots[find_slot(kind, handle)] = object;
            objects.used++;
        }
    }
    if (object == NULL) {
        gf_writer_drop();
        return NULL;
    }
    memset(object, 0, sizeof *object); /* of a union, an initializer clears the first member only */
    object->handle = handle;
    object->kind = kind;
    object->references = 1;
    object->id = ++objects.latest[kind];
    return object;
}

void gf_object_retain(gf_object_kind kind, const void *handle) {
    gf_objects_lock();
    gf_object *object = gf_object_find(kind, handle);
    if (object != NULL)
        object->references++;
    gf_objects_unlock();
}

bool gf_object_release(gf_object_kind kind, const void *handle, gf_object *gone) {
    gf_objects_lock();
    gf_object *object = gf_object_find(kind, handle);
    const bool last = object != NULL && --object->references == 0;
    if (last) {
        remove_at(find_slot(kind, handle));
        if (gone != NULL)
            *gone = *object;
        free(object);
    }
    gf_objects_unlock();
    return last;
}

void gf_objects_visit(gf_object_kind kind, void (*visit)(gf_object *object, void *context),
                      void *context) {
    for (size_t i = 0; i < objects.slot_count; i++) {
        if (objects.slots[i] != NULL && objects.slots[i]->kind == kind)
            visit(objects.slots[i], context);
    }
}

void gf_object_share(const void *memory) {
    gf_objects_lock();
    gf_object *object = gf_object_find(GF_OBJECT_MEMORY, memory);
    if (object != NULL) {
        object->facts.memory.shared = true;
        object->facts.memory.place_count = 0;
    }
    gf_objects_unlock();
}
