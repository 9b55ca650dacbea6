/* What code of somebody else did that ends its process: it touched a guard, or used up what it is
 * given of something. The process notes that in memory which its parent has, too, before it ends.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum gf_harm_kind {
    GF_HARM_NONE,
    GF_HARM_BEFORE, /* it touched memory before a buffer */
    GF_HARM_BEHIND, /* behind a buffer */
    GF_HARM_CPU_TIME,
    GF_HARM_FILE_SIZE,
    GF_HARM_MEMORY, /* it was refused memory; which ends the process only if it takes no notice */
    GF_HARM_KINDS
} gf_harm_kind;

typedef enum gf_harm_access { GF_HARM_TOUCHED, GF_HARM_READ, GF_HARM_WROTE } gf_harm_access;

#define GF_HARM_NAME 64

/* In shared memory: the reader trusts nothing in it. */
typedef struct gf_harm {
    uint32_t kind, access;
    uint64_t amount; /* bytes from the buffer; bytes that were asked for */
    uint64_t limit;  /* seconds, bytes */
    char buffer[GF_HARM_NAME];
} gf_harm;

/* Pages that can't be touched lie before and behind this memory. */
typedef struct gf_harm_guard {
    const char *name;   /* of the buffer; copied */
    const char *memory; /* its first byte */
    size_t bytes;       /* of the buffer */
    size_t room;        /* up to the pages behind it */
    size_t guard_bytes; /* of those pages */
} gf_harm_guard;

#define GF_HARM_GUARDS 8

/* From now on what ends this process is noted in `harm`, by handlers of signals; handlers that were
 * there are called afterwards. NULL: nothing is noted any more. */
void gf_harm_watch(gf_harm *harm);
/* The buffers that code computes on next; at most GF_HARM_GUARDS. */
void gf_harm_set_guards(const gf_harm_guard *guards, size_t count);
/* Ends this process, by SIGXCPU, when it has used so much time of processors from now on; 0: no
 * limit. */
void gf_harm_limit_cpu(uint64_t seconds);
/* Lowers what a file may have, at which SIGXFSZ ends the process. */
void gf_harm_limit_files(uint64_t bytes);
/* The same for private memory, beyond which requests for it are refused. */
void gf_harm_limit_memory(uint64_t bytes);
/* Code was refused so many bytes of memory. */
void gf_harm_note_refused(size_t bytes);

/* What happened, for "... did so while a round trip ran": "wrote outside of buffer y, 4 bytes
 * behind its end". false: nothing did. `harm` may be changed meanwhile. */
bool gf_harm_describe(const gf_harm *harm, char *text, size_t size);
