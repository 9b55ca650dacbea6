/* The file that the layer writes and gpufare reads: a header, then records, each with its length
 * and a check sum. Numbers have the byte order and the sizes of the machine that wrote them, which
 * the header shows. A file grows at its end only. A type of 0, or the file's end, ends the records:
 * the type of a record is written last, so that a process that crashes leaves whole ones. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define GF_TRACE_MAGIC          "GFTRACE\n" /* 8 bytes, without the zero */
#define GF_TRACE_VERSION        2
#define GF_TRACE_ORDER          UINT64_C(0x0102030405060708)
#define GF_TRACE_MOST_BYTES     8192 /* of one record, without its head */
#define GF_TRACE_MOST_TEXT      4096
#define GF_TRACE_MOST_ARGUMENTS 32 /* of a kernel, whose memory is known */

/* Environment variables of the layer. */
#define GF_TRACE_DIR_VARIABLE   "GPUFARE_TRACE_DIR"   /* a folder, which gets PID.gftrace */
#define GF_TRACE_LIMIT_VARIABLE "GPUFARE_TRACE_LIMIT" /* bytes of one file */
#define GF_TRACE_LIMIT          (UINT64_C(256) << 20)

/* The last two fields change while the file grows; nothing else does. */
typedef struct gf_trace_header {
    char magic[8];
    uint32_t version, bytes; /* bytes: of this header */
    uint64_t order;
    uint64_t dropped;       /* records that there was no room or no memory for */
    uint64_t dropped_times; /* commands whose times were not taken, for the same reasons */
    uint64_t reserved[3];
} gf_trace_header;

typedef struct gf_trace_head {
    uint32_t type;
    uint32_t bytes; /* of what follows; a multiple of 8 */
    uint64_t check; /* gf_trace_check of what follows */
} gf_trace_head;

typedef enum gf_trace_type {
    GF_TRACE_END_OF_FILE,
    GF_TRACE_LAUNCH,  /* by the launcher, as the first record */
    GF_TRACE_PROCESS, /* what follows is of this process */
    GF_TRACE_LOADER,
    GF_TRACE_DEVICE,
    GF_TRACE_QUEUE,
    GF_TRACE_KERNEL,
    GF_TRACE_MEMORY,
    GF_TRACE_CALL,
    GF_TRACE_COMMAND,
    GF_TRACE_TIMES,
    GF_TRACE_ASKED,
    GF_TRACE_FORK,
    GF_TRACE_END, /* of this process */
    GF_TRACE_ARGUMENTS,
    GF_TRACE_TYPE_COUNT
} gf_trace_type;

/* Times are of CLOCK_MONOTONIC in ns, unless they are a device's. Numbers of objects and commands
 * begin with 1 and are used once; 0: unknown. A text, which ends with a zero, follows where it is
 * mentioned. */

typedef struct gf_trace_launch {
    uint64_t start_ns, end_ns, pid;
    int32_t code, signal; /* exit status, or the signal that ended it; 0: none */
    uint64_t saw_loader;  /* a library called libOpenCL was seen in its memory */
} gf_trace_launch;        /* text: the command line */

typedef struct gf_trace_process {
    uint64_t pid, parent;
    uint64_t start_ns; /* of the first OpenCL call */
    uint64_t limit;    /* bytes of the file */
} gf_trace_process;    /* text: the command line */

typedef struct gf_trace_loader {
    uint32_t index, entries; /* entries of its table */
    uint32_t refused, reserved;
} gf_trace_loader; /* text: its file */

typedef struct gf_trace_device {
    uint64_t id, type, memory_bytes;
    uint32_t units, unified; /* unified: shares memory with the host */
    uint64_t resolution_ns;
} gf_trace_device; /* texts: name, vendor, driver's version */

typedef struct gf_trace_queue {
    uint64_t id, device;
    uint64_t asked; /* properties that the program asked for */
    uint64_t added; /* properties that the layer added */
} gf_trace_queue;

typedef struct gf_trace_kernel {
    uint64_t id, program;
    uint64_t multiple; /* preferred multiple of work-group sizes; 0: unknown */
} gf_trace_kernel;     /* text: its name */

/* Which memory the launches of a kernel have from here on. Only `count` of `memory` are there. */
typedef struct gf_trace_arguments {
    uint64_t kernel;
    uint32_t count, unknown; /* unknown: it has more, of which nothing is known */
    uint64_t constant;       /* a bit for each: the kernel only reads it */
    uint64_t memory[GF_TRACE_MOST_ARGUMENTS];
} gf_trace_arguments;

typedef enum gf_trace_memory_kind {
    GF_TRACE_BUFFER,
    GF_TRACE_SUB_BUFFER,
    GF_TRACE_IMAGE,
    GF_TRACE_SVM,
    GF_TRACE_MEMORY_KINDS
} gf_trace_memory_kind;

typedef struct gf_trace_memory {
    uint64_t id, bytes, flags; /* flags: cl_mem_flags */
    uint64_t start_ns, end_ns; /* of the call that made it */
    uint32_t kind, thread;
} gf_trace_memory;

typedef enum gf_trace_call_kind {
    GF_TRACE_CALL_CONTEXT, /* a context or a queue is made or released */
    GF_TRACE_CALL_PROGRAM, /* a program is made from source or binary */
    GF_TRACE_CALL_BUILD,   /* built, compiled or linked */
    GF_TRACE_CALL_ALLOC, /* memory that could not be made; what was made has a record of its own */
    GF_TRACE_CALL_FREE,
    GF_TRACE_CALL_WAIT, /* clFinish, clWaitForEvents */
    GF_TRACE_CALL_FLUSH,
    GF_TRACE_CALL_KERNEL, /* kernels are made */
    GF_TRACE_CALL_KINDS
} gf_trace_call_kind;

typedef struct gf_trace_call {
    uint32_t kind, thread;
    uint64_t start_ns, end_ns;
    uint64_t object; /* queue of a wait, program of a build */
    uint64_t hash;   /* of a build: source and options */
    int32_t status;
    uint32_t later; /* of a build: it goes on after the call */
} gf_trace_call;

typedef enum gf_trace_command_kind {
    GF_TRACE_WRITE, /* host to device */
    GF_TRACE_READ,  /* device to host */
    GF_TRACE_COPY,
    GF_TRACE_FILL,
    GF_TRACE_MAP,
    GF_TRACE_UNMAP,
    GF_TRACE_MIGRATE,
    GF_TRACE_LAUNCH_KERNEL,
    GF_TRACE_NATIVE,
    GF_TRACE_COMMAND_KINDS
} gf_trace_command_kind;

typedef enum gf_trace_flag {
    GF_TRACE_BLOCKING = 1,
    GF_TRACE_SAME = 2,       /* the bytes that the same place got before */
    GF_TRACE_TOUCHED = 4,    /* a kernel that may write the buffer was launched in between */
    GF_TRACE_TIMED = 8,      /* its times will follow when they are known */
    GF_TRACE_HAS_EVENT = 16, /* the program asked for an event */
    GF_TRACE_PINNED = 32,    /* of a transfer: the host's memory is the driver's, mapped or SVM */
    GF_TRACE_FLAGS = 63
} gf_trace_flag;

typedef struct gf_trace_command {
    uint64_t id, queue;
    uint32_t kind, thread;
    uint64_t start_ns, end_ns; /* of the call */
    uint64_t object;           /* kernel, or memory */
    uint64_t bytes, offset;
    uint32_t flags;
    int32_t status;
    uint32_t dimensions, reserved;
    union {
        uint64_t global[3];
        uint64_t host; /* of a transfer of one piece: the address of the host's memory; 0: none */
    };
    uint64_t local[3]; /* 0: the driver's choice */
} gf_trace_command;

typedef struct gf_trace_times {
    uint64_t command;
    uint64_t queued, submit, start, end; /* by the device's clock */
    uint64_t seen_ns;                    /* when the host saw that it had ended */
    int32_t status;                      /* of execution: 0, or an error */
    int32_t failed;                      /* the error of a query of times; 0: none */
} gf_trace_times;

typedef struct gf_trace_asked {
    uint64_t answered; /* the driver has the function */
} gf_trace_asked;      /* text: the function's name */

typedef struct gf_trace_fork {
    uint64_t time_ns;
} gf_trace_fork;

typedef struct gf_trace_end {
    uint64_t time_ns;
    uint64_t clean;      /* the process came to its exit handlers */
    uint64_t unfinished; /* commands that had not ended by then */
    uint64_t dropped, dropped_times;
} gf_trace_end;

static inline uint64_t gf_trace_check_step(uint64_t sum, uint64_t word) {
    sum = (sum ^ word) * UINT64_C(0x100000001b3);
    return sum ^ (sum >> 29);
}

/* FNV-1a over words of 8 bytes, whose upper half is folded in: of even words one sum, of odd ones
 * another, so that they do not wait for each other. `bytes` is a multiple of 8. */
static inline uint64_t gf_trace_check(uint32_t type, const void *content, size_t bytes) {
    uint64_t even = UINT64_C(0xcbf29ce484222325) ^ type ^ ((uint64_t)bytes << 32), odd = ~even;
    uint64_t words[2];
    size_t at = 0;
    for (; at + 16 <= bytes; at += 16) {
        memcpy(words, (const char *)content + at, sizeof words);
        even = gf_trace_check_step(even, words[0]);
        odd = gf_trace_check_step(odd, words[1]);
    }
    if (at + 8 <= bytes) {
        memcpy(words, (const char *)content + at, sizeof words[0]);
        even = gf_trace_check_step(even, words[0]);
    }
    return gf_trace_check_step(even, odd);
}
