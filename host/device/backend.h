/* What a backend is: a table of functions through which the core reaches every device. The core
 * never asks which backend it talks to.
 *
 * A backend is one folder, host/backends/NAME/, which defines `const gf_backend gf_backend_NAME`.
 * The build enters it in the generated registry and leaves it out when its dependency is missing.
 *
 * Ownership: a create/open/prepare slot that fails has freed what it made and set nothing. The
 * release/close slots accept what create/open/prepare made and nothing else; they can't fail.
 * Errors of release are dropped. No slot prints or exits. Every slot leaves the process's signal
 * handlers as it found them.
 */
#ifndef GF_BACKEND_H
#define GF_BACKEND_H

#include "device/buffer.h"
#include "problem/workload.h"

#define GF_BACKEND_ABI 1

/* A device as the core sees it: facts about it, and the backend that uses it. */
struct gf_device {
    gf_device_info info;              /* texts are owned by the backend, until its shut_down */
    const struct gf_backend *backend; /* never NULL */
    void *backend_state;              /* of the backend instance that listed the device */
    void *state;                      /* the backend's own, for this device */
    bool is_open;
};

/* Where a backend puts what it finds. */
typedef struct gf_device_sink {
    void *context;
    /* Takes a copy of *device, whose `backend` and `backend_state` the core fills in. */
    gf_status (*add_device)(void *context, const gf_device *device, gf_error *error);
    /* One line about a driver or device that can't be used. Copied. */
    gf_status (*add_warning)(void *context, const char *line, gf_error *error);
} gf_device_sink;

/* A kernel made ready for one problem on one device. The backend's own. */
typedef struct gf_program gf_program;

/* The tunables of one kernel variant and the values it takes for one problem. */
typedef struct gf_tuning {
    const gf_tunable *tunables; /* live as long as the program; NULL if count is 0 */
    uint32_t count;
    uint32_t values[GF_MAX_TUNABLES];
    char basis[96]; /* where the values come from: "defaults", "derived from L2 2048 KiB" */
} gf_tuning;

/* What a program needs to overlap the transfers of a round trip with its kernels. The backend's
 * own. */
typedef struct gf_pipeline gf_pipeline;

/* One launch: the steps between two transfers. */
typedef struct gf_launch {
    gf_buffer *buffers;  /* problem->buffer_count of them, in the descriptor's order */
    bool swapped;        /* true: the pair's content starts in the partner */
    uint64_t step_count; /* steps to do; 0 if the problem has none */
    const volatile sig_atomic_t *cancel; /* NULL, or: end early when set */
} gf_launch;

typedef enum gf_build_state {
    GF_BUILD_UNKNOWN, /* there is no place to remember builds in */
    GF_BUILD_COLD,    /* the first one with this driver and its cache */
    GF_BUILD_WARM
} gf_build_state;

typedef struct gf_build_history {
    gf_build_state state;
    uint64_t cold_ns; /* the slowest build so far, which is the first unless the driver knew the
                         program from elsewhere; 0: not known */
} gf_build_history;

typedef enum gf_diagnosis_level {
    GF_DIAGNOSIS_PASS,
    GF_DIAGNOSIS_WARN,
    GF_DIAGNOSIS_FAIL
} gf_diagnosis_level;

/* Where `diagnose` puts its findings. All texts are copied; `fix` may be "". */
typedef struct gf_diagnosis_sink {
    void *context;
    gf_status (*add)(void *context, const char *subject, gf_diagnosis_level status,
                     const char *finding, const char *fix, gf_error *error);
} gf_diagnosis_sink;

typedef struct gf_backend {
    uint32_t abi_version; /* GF_BACKEND_ABI */
    const char *name;     /* the folder's name */
    uint32_t order;       /* backends list their devices in ascending order: cheap ones first, so
                             that a selection that names only their devices opens no other */

    /* Finds devices and puts them in the sink. *state is the backend's own and is given back to
     * shut_down; it may be set on failure too. A driver that fails is a problem in the sink; a
     * failed status means that the backend as a whole could not look. */
    gf_status (*enumerate)(const gf_session_options *options, const gf_device_sink *sink,
                           void **state, gf_error *error);
    /* Frees what enumerate made, device states among them. Every device is closed by then.
     * Accepts NULL. */
    void (*shut_down)(void *state);

    /* Makes the device usable (context, queue). */
    gf_status (*open)(gf_device *device, gf_error *error);
    void (*close)(gf_device *device);

    /* The name of the index-th kernel variant this device has for the workload, best first, or
     * NULL beyond the last. The names live as long as the device. Works on a closed device.
     * `problem` NULL: every variant that some problem could use, in any order. */
    const char *(*variant)(const gf_device *device, const gf_workload *workload,
                           const gf_problem *problem, size_t index);

    /* Optional, both or neither: host memory that transfers to and from an open device are fastest
     * with, such as pinned pages. Given device, sets memory (aligned for any element, `bytes`
     * long), kind and handle, or leaves memory NULL where plain memory is as good or this kind is
     * used up. The release may come after the device was closed. */
    gf_status (*host_array_create)(gf_host_array *array, size_t bytes, gf_error *error);
    void (*host_array_release)(gf_host_array *array);

    /* Given bytes, access and host, makes the memory and sets handle and in_place. The memory is
     * really there afterwards: touched, not promised. */
    gf_status (*buffer_create)(gf_buffer *buffer, gf_error *error);
    void (*buffer_release)(gf_buffer *buffer);
    /* Optional: gives buffer->host of an in_place buffer back to the host, which is about to write
     * to it; buffer_write(buffer, buffer->host) ends that. Not timed. Without it the host may
     * always write. */
    gf_status (*buffer_claim)(gf_buffer *buffer, gf_error *error);
    /* Copies all of source, `buffer->bytes` bytes, to the device, and returns when it is there.
     * With source == buffer->host and in_place, hands the memory over without a copy. */
    gf_status (*buffer_write)(gf_buffer *buffer, const void *source, gf_error *error);
    /* The way back. */
    gf_status (*buffer_read)(gf_buffer *buffer, void *target, gf_error *error);

    /* Optional: the tunables of a variant, with their values as they are without a wish or a search
     * for this problem. *tuning comes zeroed and stays so for a variant that is not there. Without
     * it no variant has tunables. */
    void (*tunables)(const gf_device *device, const gf_problem *problem, const char *variant,
                     gf_tuning *tuning);
    /* Optional: names what the best values depend on besides the problem: the device, its driver,
     * the kernel's source. Without it, or when it returns false, none are searched for. */
    bool (*tuning_key)(const gf_device *device, const gf_problem *problem, char *text, size_t size);
    /* Makes a kernel ready: compiles, picks sizes. GF_UNSUPPORTED with the reason when the device
     * can't run the problem. The problem and the device outlive the program. `tuning` has the
     * variant's tunables and values within their ranges; it is not kept. */
    gf_status (*prepare)(gf_device *device, const gf_problem *problem, const char *variant,
                         const gf_tuning *tuning, gf_program **program, gf_error *error);
    void (*program_release)(gf_program *program);
    /* Optional: one line on how the program runs: sizes, options, what compilation cost before.
     * Lives as long as the program. */
    const char *(*program_note)(const gf_program *program);
    /* Optional: the items of the result that run in step in this program; 1 x 1 if each runs by
     * itself. */
    gf_lane_group (*lane_group)(const gf_program *program);
    /* Optional: whether this machine had built the program before, and what that first build cost.
     * `build_ns` is what this build cost, the driver's work at the first launch included; it is
     * kept for later when it was the first. Called once, after the last launch. */
    void (*build_history)(gf_program *program, uint64_t build_ns, gf_build_history *history);

    /* Starts a launch. It may return before the work is done; buffers stay in use until finish. */
    gf_status (*launch)(gf_program *program, const gf_launch *launch, gf_error *error);
    /* Waits for the launch. Errors of the running kernel come out here. *swapped is true when the
     * result lies in the partner of the pair. After an error the device is to be closed. */
    gf_status (*finish)(gf_program *program, bool *swapped, gf_error *error);
    /* Optional: the time the device itself counted for the last finished launch. false: the device
     * has no usable clock, and *reason says why (a static text): zero, out of order, ... */
    bool (*device_time)(const gf_program *program, uint64_t *kernel_ns, const char **clock,
                        const char **reason);

    /* Optional, all three or none: whole round trips whose transfers run beside the kernels, in
     * parts where the problem can be cut. The buffers and the program outlive the pipeline.
     * *pipeline stays NULL, with GF_OK, where there is nothing to overlap. */
    gf_status (*pipeline_create)(gf_program *program, gf_buffer *buffers, gf_pipeline **pipeline,
                                 gf_error *error);
    void (*pipeline_release)(gf_pipeline *pipeline);
    /* What goes up goes up from buffer->host, what comes down comes down to it, at each stop of the
     * problem; returns when all is there, on failure when nothing is under way any more. *swapped
     * as in finish. Ends early when `cancel`, which may be NULL, is set. After an error the device
     * is to be closed. */
    gf_status (*pipeline_run)(gf_pipeline *pipeline, const volatile sig_atomic_t *cancel,
                              bool *swapped, gf_error *error);

    /* Optional: examines the set-up without opening a session. */
    gf_status (*diagnose)(const gf_diagnosis_sink *sink, gf_error *error);
} gf_backend;

#endif
