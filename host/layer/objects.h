/* What is known of the program's objects. Drivers give the address of a released one to the next,
 * so that an entry ends with the last reference of the program. */
#pragma once

#include <stdbool.h>

#include "layer/loader.h"
#include "layer/trace_format.h"

#define GF_MOST_PROPERTIES 16
#define GF_PLACES          4 /* of a buffer, of which the latest bytes are known */

struct gf_pending; /* pending.h */

typedef enum gf_object_kind {
    GF_OBJECT_QUEUE,
    GF_OBJECT_MEMORY,
    GF_OBJECT_PROGRAM,
    GF_OBJECT_KERNEL
} gf_object_kind;

typedef struct gf_queue_facts {
    cl_command_queue_properties asked;
    bool hidden;  /* profiling was added: the program must not see it */
    bool timed;   /* it has profiling */
    bool ordered; /* commands end in the order of their calls */
    cl_queue_properties properties[GF_MOST_PROPERTIES]; /* as the program gave them */
    size_t property_count;                              /* 0: it gave no array */
    struct gf_pending *first, *last;                    /* commands whose times are not known yet */
    size_t pending_count;
} gf_queue_facts;

/* The latest bytes that one place of a buffer got from the host. */
typedef struct gf_place {
    uint64_t offset, bytes, hash;
    bool touched; /* a kernel that may write the buffer was launched since */
} gf_place;

typedef struct gf_memory_facts {
    uint64_t bytes, element_bytes;
    bool constant; /* kernels may only read it */
    bool shared;   /* another object has bytes of it: what it holds is not known */
    gf_place places[GF_PLACES];
    size_t place_count, next_place;
} gf_memory_facts;

typedef struct gf_kernel_facts {
    const void *memory[GF_TRACE_MOST_ARGUMENTS]; /* a cl_mem, or the begin of an SVM range */
    uint64_t ids[GF_TRACE_MOST_ARGUMENTS];       /* their numbers; 0: none */
    uint32_t argument_count;                     /* those behind it are NULL */
    uint32_t queried, constant;                  /* a bit for each argument */
    bool unknown;                                /* it has arguments that are not in `memory` */
    bool changed;                                /* since they were recorded */
} gf_kernel_facts;

typedef struct gf_object {
    const void *handle;
    gf_object_kind kind;
    uint32_t references;
    uint64_t id;
    union {
        gf_queue_facts queue;
        gf_memory_facts memory;
        gf_kernel_facts kernel;
        uint64_t program_hash;
    } facts;
} gf_object;

/* What follows is for one thread at a time: between lock and unlock, in which no function of OpenCL
 * may be called. */
void gf_objects_lock(void);
void gf_objects_unlock(void);

/* A new entry with one reference, and facts of zeros. Of an address that is known (the program
 * released more than the layer saw) the old entry goes. NULL: no memory, which counts as dropped.
 */
gf_object *gf_object_add(gf_object_kind kind, const void *handle);
/* NULL: not known. */
gf_object *gf_object_find(gf_object_kind kind, const void *handle);
uint64_t gf_object_id(gf_object_kind kind, const void *handle);

/* These lock by themselves. */
void gf_object_retain(gf_object_kind kind, const void *handle);
/* true: that was the last reference, and the entry is gone. *gone, which may be NULL, is a copy. */
bool gf_object_release(gf_object_kind kind, const void *handle, gf_object *gone);

/* The bytes of `memory` can be changed through another object from now on. Locks by itself. */
void gf_object_share(const void *memory);
/* In locked state: calls `visit` for each entry of a kind. */
void gf_objects_visit(gf_object_kind kind, void (*visit)(gf_object *object, void *context),
                      void *context);
