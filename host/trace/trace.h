/* A trace in memory: what the program's processes did with OpenCL. */
#pragma once

#include "base/notes.h"
#include "gpufare.h"
#include "layer/trace_format.h"
#include "trace/other_device.h"

/* Indices of arrays; GF_NONE: not known. */
#define GF_NONE UINT32_MAX

typedef struct gf_traced_process {
    gf_trace_process record;
    gf_trace_end end;
    bool has_end;
    uint64_t last_ns; /* of any record */
    uint64_t loaders, refused_loaders, forks, failed_calls;
    char *command; /* owned */
} gf_traced_process;

typedef struct gf_traced_device {
    uint32_t process;
    gf_trace_device record;
    char name[128], driver[128];
    const char *trouble; /* why its clock is not used; NULL: it is */
    bool has_profile;
    gf_other_device profile; /* the same device, as it was measured here */
} gf_traced_device;

typedef struct gf_traced_queue {
    uint32_t process, device;
    gf_trace_queue record;
} gf_traced_queue;

typedef struct gf_traced_kernel {
    uint32_t process;
    gf_trace_kernel record;
    char name[128];
} gf_traced_kernel;

typedef struct gf_traced_memory {
    uint32_t process;
    gf_trace_memory record;
} gf_traced_memory;

typedef struct gf_traced_call {
    uint32_t process;
    gf_trace_call record;
} gf_traced_call;

typedef struct gf_traced_command {
    uint32_t process, queue, object; /* object: kernel or memory */
    uint32_t arguments;              /* of a launch; GF_NONE: it has none that are known */
    uint64_t order;                  /* among all records */
    bool has_times;                  /* `times` */
    bool is_placed;                  /* `begin_ns` and `end_ns`: its run, by the host's clock */
    gf_trace_command record;
    gf_trace_times times;
    uint64_t begin_ns, end_ns;
    uint64_t gap_ns; /* from when it could have begun to its begin */
} gf_traced_command;

/* What a kernel's launches have from record `order` on. */
typedef struct gf_traced_arguments {
    uint32_t process;
    uint64_t order;
    uint32_t memory[GF_TRACE_MOST_ARGUMENTS]; /* indices; each once, those that are known */
    gf_trace_arguments record;
    uint32_t count;
    uint64_t bytes; /* of all together */
} gf_traced_arguments;

/* A function that was asked for by name. */
typedef struct gf_traced_asked {
    uint32_t process;
    bool answered;
    char name[96];
} gf_traced_asked;

struct gf_trace {
    gf_trace_launch launch;
    bool has_launch;
    char *command; /* of the launch; owned */
    bool cut_off;  /* the file ends inside of a record */
    gf_traced_process *processes;
    gf_traced_device *devices;
    gf_traced_queue *queues;
    gf_traced_kernel *kernels;
    gf_traced_memory *memories;
    gf_traced_call *calls;       /* in the order of processes, then of their begins */
    gf_traced_command *commands; /* in the order of processes, then of their numbers */
    gf_traced_asked *asked;
    gf_traced_arguments *arguments; /* in the order of processes, of kernels, of records */
    size_t process_count, device_count, queue_count, kernel_count, memory_count, call_count,
        command_count, asked_count, arguments_count;
    gf_other_device *others; /* devices that are put under this trace */
    size_t other_count;
};

/* NULL: what the launch has is not known. */
static inline const gf_traced_arguments *gf_traced_arguments_of(const gf_trace *trace,
                                                                const gf_traced_command *launch) {
    return launch->arguments == GF_NONE ? NULL : &trace->arguments[launch->arguments];
}
/* The queue's device; GF_NONE: not known. */
uint32_t gf_traced_device_of(const gf_trace *trace, const gf_traced_command *command);
/* The index of a queue by its number; GF_NONE: not known. */
uint32_t gf_traced_find_queue(const gf_trace *trace, uint32_t process, uint64_t number);
/* The same of memory. */
uint32_t gf_traced_find_memory(const gf_trace *trace, uint32_t process, uint64_t number);
/* Whether a command moves bytes up, or down. */
static inline bool gf_traced_is_transfer(const gf_traced_command *command) {
    return command->record.kind == GF_TRACE_WRITE || command->record.kind == GF_TRACE_READ;
}
static inline bool gf_traced_is_kernel(const gf_traced_command *command) {
    return command->record.kind == GF_TRACE_LAUNCH_KERNEL ||
           command->record.kind == GF_TRACE_NATIVE;
}
