/* A backend is a table of functions through which the core uses devices of one kind. The core never
 * asks which backend it talks to.
 *
 * A backend is one folder, host/backends/NAME/, which defines `const gf_backend gf_backend_NAME`.
 * The build adds it to the generated registry, or leaves it out when its dependency is missing.
 *
 * Ownership: a create/open/prepare slot that fails frees what it made and sets nothing. The
 * release/close slots accept only what create/open/prepare made; they can't fail, and errors of the
 * driver are dropped. No slot prints or exits. Every slot restores the process's signal handlers.
 */
#pragma once

#include "device/buffer.h"
#include "device/shares.h"
#include "device/visits.h"
#include "problem/parts/fits.h"
#include "problem/traffic.h"
#include "problem/workload.h"
#include "user/source/flaw.h"

#define GF_BACKEND_ABI 1

/* A device as the core sees it: facts about it, and the backend that uses it. */
struct gf_device {
    gf_device_info info;              /* texts are owned by the backend, until its shut_down */
    const struct gf_backend *backend; /* never NULL once the core has the device */
    void *state;                      /* the backend's own, for this device */
    gf_device *extends; /* NULL, or the device whose lack of room this one makes up for */
    /* NULL, or: what `open` does for long ends early when set. Set while it opens. */
    const volatile sig_atomic_t *cancel;
    uint64_t most_bytes; /* that buffers may have on it by the user's wish; 0: nothing is wished */
    bool is_remote;      /* another process uses it, which sees no memory but host_array_create's */
    bool is_open;
    bool is_held; /* by a call: until that ends nothing else opens or closes it */
    /* Why it could not be opened, when who opened it could not say so: the next attempt does. */
    gf_error untold;
};

/* Takes the devices that a backend finds. */
typedef struct gf_device_sink {
    void *context;
    /* Copies *device. A `backend` of NULL becomes the one that is asked for devices; a backend that
     * reaches some devices in another way names the one that does. */
    gf_status (*add_device)(void *context, const gf_device *device, gf_error *error);
    /* One line about a driver or device that can't be used. Copied. */
    gf_status (*add_warning)(void *context, const char *line, gf_error *error);
    /* The same about a driver that crashed, hung or answered nonsense when it was asked for its
     * devices: what it has is missing. NULL where no driver has a process of its own. */
    gf_status (*add_failure)(void *context, const char *line, gf_error *error);
} gf_device_sink;

/* A kernel made ready for one problem on one device. The backend's own. */
typedef struct gf_program gf_program;

/* The tunables of one kernel variant and the values it takes for one problem. */
typedef struct gf_tuning {
    gf_tunable tunables[GF_MAX_TUNABLES];
    uint32_t count;
    uint32_t values[GF_MAX_TUNABLES];
    char basis[128]; /* where the values come from: "defaults", "derived from L2 2048 KiB" */
} gf_tuning;

/* State with which a program overlaps the transfers of a round trip with its kernels. The backend's
 * own. */
typedef struct gf_pipeline gf_pipeline;

/* The times of one round trip, added up while it runs. */
typedef struct gf_round_trip {
    uint64_t h2d_ns, d2h_ns;
    uint64_t compute_wall_ns;         /* launch to finish, by the host's clock */
    uint64_t device_ns;               /* kernel time by the device's clock, if device_clock_ok */
    uint64_t stage_ns[GF_MAX_STAGES]; /* of device_ns: what each kernel of a step took */
    uint32_t stage_count;             /* 0: not known */
    uint64_t total_ns;
    uint64_t began_ns;  /* by the host's clock; set by who runs it */
    uint64_t detour_ns; /* spent besides, on requests to another process; in none of the times */
    bool device_clock_ok;
    const char *device_clock;  /* its name, if device_clock_ok */
    const char *clock_trouble; /* why the device's clock is not ok; NULL: the device has none */
} gf_round_trip;

/* A transfer beside the kernels of a launch, of a buffer that none of them uses. */
typedef struct gf_copy {
    gf_buffer *buffer;
    void *array;         /* the start of an array of host_array_create */
    size_t first, bytes; /* at the same place in both */
    bool up;             /* to the device; else from it */
} gf_copy;

#define GF_MOST_COPIES (2 * GF_MAX_BUFFERS)

/* One launch: the steps between two transfers. */
typedef struct gf_launch {
    gf_buffer *buffers;                  /* problem->buffer_count, in the descriptor's order */
    bool swapped;                        /* true: the pair's content is in the partner at first */
    uint64_t step_count;                 /* steps to do; 0 if the problem has none */
    const volatile sig_atomic_t *cancel; /* NULL, or: end early when set */
    uint64_t first_step;                 /* steps that the round trip did before */
    gf_part part; /* count 0: the program's problem as it is; else the problem of this part in its
                     place, which has no more units than the program's has */
    const gf_copy *copies; /* of a backend that copies_beside: made in this order, beside the
                              kernels, and complete when the launch is finished */
    uint32_t copy_count;   /* at most GF_MOST_COPIES */
    bool comes_down; /* what comes down at a stop is read next: a backend may begin with that */
} gf_launch;

typedef enum gf_build_state {
    GF_BUILD_UNKNOWN, /* builds can't be recorded on this machine */
    GF_BUILD_COLD,    /* the first build with this driver and its cache */
    GF_BUILD_WARM
} gf_build_state;

typedef struct gf_build_history {
    gf_build_state state;
    uint64_t cold_ns;    /* of the slowest build so far: the first one, unless the driver had cached
                            the program before; 0: not known */
    uint64_t earlier_ns; /* of this build, spent before the program was prepared: by another one
                            that was made of the same source */
} gf_build_history;

#define GF_BUILD_RECORD 16384 /* bytes of a text; longer ones are cut */

typedef enum gf_diagnosis_level {
    GF_DIAGNOSIS_PASS,
    GF_DIAGNOSIS_WARN,
    GF_DIAGNOSIS_FAIL
} gf_diagnosis_level;

/* Takes the findings of `diagnose`. All texts are copied; `fix` may be "". */
typedef struct gf_diagnosis_sink {
    void *context;
    gf_status (*add)(void *context, const char *subject, gf_diagnosis_level status,
                     const char *finding, const char *fix, gf_error *error);
} gf_diagnosis_sink;

/* One of the devices of a set (gf_backend.combine), and what is known about it before the set
 * computes. */
typedef struct gf_member {
    gf_device *device;
    const char *variant; /* NULL: the best of the device */
    gf_tuning tuning;    /* of that variant, if `tuned` */
    bool tuned;
    double alone_ns; /* what the problem takes on this device alone; 0: not known */
} gf_member;

typedef struct gf_backend {
    uint32_t abi_version; /* GF_BACKEND_ABI */
    const char *name;     /* the folder's name */
    bool prompt; /* prepare and launch cost next to nothing, so that a search for tunables pays
                    for short problems, too */
    bool compiles_ahead; /* a program is whole once it is prepared; drivers may compile at its first
                            launch */
    bool copies_beside;  /* a launch makes its `copies` while its kernels run */
    uint32_t order;      /* backends are asked for devices in ascending order: cheap ones first, so
                            that a list that names only their devices opens no other backend */

    /* Finds devices and adds them to the sink. *state is the backend's own and is passed to
     * shut_down; it may be set on failure too. A driver that fails is a warning in the sink; a
     * failed status means that the whole backend could not look for devices. After GF_USAGE or
     * GF_INTERRUPTED the session passes *state to shut_down and may ask again. */
    gf_status (*enumerate)(const gf_session_options *options, const gf_device_sink *sink,
                           void **state, gf_error *error);
    /* Frees everything that enumerate made, the device states included. Every device is closed by
     * then. Accepts NULL. */
    void (*shut_down)(void *state);

    /* Makes the device usable (context, queue). */
    gf_status (*open)(gf_device *device, gf_error *error);
    void (*close)(gf_device *device);
    /* Optional: finds out the facts about an open device that are not known (`info.facts`), and
     * lowers limits of `info` that it does not hold. It may end the process; then it is called
     * again in a new one, and leaves out what that was over. */
    void (*find_facts)(gf_device *device);

    /* The name of the index-th kernel variant that this device has for the workload, best first;
     * NULL beyond the last. The names are valid as long as the device. Works on a closed device.
     * Here and in contestants, tunables and tuning_key only the facts of a device whose driver is
     * in another process are there: `info`, not `state`. `problem` NULL: every variant that some
     * problem could use, in any order. `device` NULL: of every set (gf_backend.combine). */
    const char *(*variant)(const gf_device *device, const gf_workload *workload,
                           const gf_problem *problem, size_t index);
    /* Optional: whether this backend has a kernel variant of that name for the workload on some
     * device, which need not be here. Without this slot it has none. */
    bool (*knows_variant)(const gf_workload *workload, const char *variant);
    /* Optional: how many of the first variants for this problem may be the fastest, so that a short
     * search decides: by races on a prompt backend, else by a trial of each. Without this slot, or
     * below 2, the first one is taken. */
    size_t (*contestants)(const gf_device *device, const gf_problem *problem);

    /* Optional, both or neither: the kind of host memory, such as pinned pages, whose transfers to
     * and from an open device are fastest. Reads device; sets memory (aligned for any element,
     * `bytes` long), kind and handle, or leaves memory NULL where plain memory is as fast or no
     * more of this kind is available. The release may come after the device was closed. */
    gf_status (*host_array_create)(gf_host_array *array, size_t bytes, gf_error *error);
    void (*host_array_release)(gf_host_array *array);

    /* Reads bytes, access and host; makes the memory and sets handle and in_place. The memory must
     * be touched, because drivers may allocate it at the first use only. */
    gf_status (*buffer_create)(gf_buffer *buffer, gf_error *error);
    void (*buffer_release)(gf_buffer *buffer);
    /* Optional: what was changed beside a guarded buffer since it was made. Without this slot no
     * buffer is guarded. */
    gf_status (*buffer_trespass)(gf_buffer *buffer, gf_trespasses *found, gf_error *error);
    /* Optional: lets the host write to buffer->host of an in_place buffer, until
     * buffer_write(buffer, buffer->host). Not timed. Without this slot the host may always write.
     */
    gf_status (*buffer_claim)(gf_buffer *buffer, gf_error *error);
    /* Copies all of source, `buffer->bytes` bytes, to the device, from byte `buffer->first` on, and
     * returns when the copy is complete. With source == buffer->host + buffer->first and in_place,
     * hands the memory over without a copy. A caller moves a part by a copy of the buffer with
     * another first byte and fewer of them, in several lines (gf_buffer.lines) of a rectangle. */
    gf_status (*buffer_write)(gf_buffer *buffer, const void *source, gf_error *error);
    /* The same from the device to target. */
    gf_status (*buffer_read)(gf_buffer *buffer, void *target, gf_error *error);

    /* Optional: the tunables of a variant, with their default values for this problem. *tuning is
     * zeroed, and stays so for an unknown variant. Values that are not 0 are given: a prompt
     * backend reduces them to what the problem has room for and derives the others from them; other
     * backends may ignore them. Without this slot no variant has tunables. */
    void (*tunables)(const gf_device *device, const gf_problem *problem, const char *variant,
                     gf_tuning *tuning);
    /* Optional: names everything that the best values depend on besides the problem: the device,
     * its driver, the kernel's source. Without this slot, or when it returns false, no values are
     * searched for. */
    bool (*tuning_key)(const gf_device *device, const gf_problem *problem, char *text, size_t size);
    /* Makes a kernel ready: compiles it and picks sizes. GF_UNSUPPORTED with the reason when the
     * device can't run the problem. The problem and the device outlive the program. `tuning` has
     * the variant's tunables and values within their ranges; it is not kept. Clears is_open if it
     * fails because the device was lost before and can't be opened again. */
    gf_status (*prepare)(gf_device *device, const gf_problem *problem, const char *variant,
                         const gf_tuning *tuning, gf_program **program, gf_error *error);
    void (*program_release)(gf_program *program);
    /* Optional: one line on how the program runs: sizes, options, the cost of earlier compilations.
     * Valid as long as the program. */
    const char *(*program_note)(const gf_program *program);
    /* Optional: the options that the program was compiled with and what the compiler said, as lines
     * of text of less than GF_BUILD_RECORD bytes; the caller frees it. NULL: there is no memory. */
    char *(*build_record)(const gf_program *program);
    /* Optional: the items of the result that run in step in this program; 1 x 1 if each runs alone.
     */
    gf_lane_group (*lane_group)(const gf_program *program);
    /* Optional: whether this machine had built the program before, and what its first build cost.
     * `build_ns` is the cost of this build, including the driver's work at the first launch; it is
     * recorded if this build is the first. Called once, after the last launch. */
    void (*build_history)(gf_program *program, uint64_t build_ns, gf_build_history *history);

    /* Starts a launch. It may return before the work is done; finish ends the use of the buffers.
     */
    gf_status (*launch)(gf_program *program, const gf_launch *launch, gf_error *error);
    /* Waits for the launch and returns the errors of the running kernel. *swapped: the result is in
     * the partner of the pair. After an error the caller closes the device. */
    gf_status (*finish)(gf_program *program, bool *swapped, gf_error *error);
    /* Optional: the time of the last finished launch by the device's own clock. false: the clock is
     * not usable, and *reason, a static text, says why: zero, out of order ... */
    bool (*device_time)(const gf_program *program, uint64_t *kernel_ns, const char **clock,
                        const char **reason);
    /* Optional, with device_time: the same time by the kernels of a step. Returns their number. */
    uint32_t (*stage_times)(const gf_program *program, uint64_t stage_ns[GF_MAX_STAGES]);

    /* Optional, with device_time: what transfers to the device (*up_ns) and from it (*down_ns) took
     * that ran with the last finished launch. */
    void (*transfer_times)(const gf_program *program, uint64_t *up_ns, uint64_t *down_ns);

    /* Optional: what a program that computes all the time has behind it when it calls: the device's
     * threads are awake. Called, untimed, before a round trip; what the core did before, such as
     * filling inputs and comparing results, may have taken their cores. */
    void (*settle)(gf_program *program);
    /* Optional: one whole serial round trip, as gf_trip_run (device/trip.h) makes it by the slots
     * above, with a stop each `every` steps. Fills *times but for total_ns. */
    gf_status (*round_trip)(gf_program *program, gf_buffer *buffers, uint64_t every,
                            const volatile sig_atomic_t *cancel, bool *swapped,
                            gf_round_trip *times, gf_error *error);
    /* Optional: the time that all calls for this device have spent so far on their way to its
     * driver in another process and back. It is not the device's, so that no time of a device holds
     * it.
     */
    uint64_t (*detour_ns)(const gf_device *device);

    /* Optional, all four or none: whole round trips whose transfers overlap the kernels, in parts
     * where the problem can be cut. The buffers and the program outlive the pipeline. *pipeline
     * stays NULL, with GF_OK, where nothing can overlap. */
    gf_status (*pipeline_create)(gf_program *program, gf_buffer *buffers, gf_pipeline **pipeline,
                                 gf_error *error);
    void (*pipeline_release)(gf_pipeline *pipeline);
    /* How the round trip is cut. */
    gf_overlap (*pipeline_overlap)(const gf_pipeline *pipeline);
    /* Runs one round trip with all stops of the problem. Transfers go from and to buffer->host. It
     * returns when all of them are complete, and on failure when none is under way any more.
     * *swapped as in finish. Ends early when `cancel`, which may be NULL, is set. After an error
     * the caller closes the device. */
    gf_status (*pipeline_run)(gf_pipeline *pipeline, const volatile sig_atomic_t *cancel,
                              bool *swapped, gf_error *error);

    /* Optional: what requests to a device pass through, if that is one after the other: devices
     * with the same channel can't compute at the same time. */
    const void *(*channel)(const gf_device *device);

    /* Optional, all four or none: several devices that compute one problem together, each of them
     * parts of it, as one device. Sets info and state of the device of these members, which
     * shut_down releases. GF_USAGE when they can't compute together. */
    gf_status (*combine)(void *state, const gf_member *members, size_t count, gf_device *made,
                         gf_error *error);
    /* The members of such a device; the caller may set all but their devices. NULL: it is none. */
    gf_member *(*members)(const gf_device *device, size_t *count);
    /* Finds out, with the content of the buffers, what the members take alone where that is not
     * known, and how to divide the problem. Called once, before the first round trip. */
    gf_status (*rehearse)(gf_program *program, gf_buffer *buffers,
                          const volatile sig_atomic_t *cancel, gf_error *error);
    /* What can be expected, and what each member has done of the last launch. */
    const gf_shares *(*shares)(const gf_program *program);

    /* Optional: a device that computes problems for which `device` has no room within these limits,
     * band by band. Sets *made, whose state shut_down releases. */
    gf_status (*extend)(void *state, gf_device *device, const gf_memory_limits *limits,
                        gf_device *made, gf_error *error);
    /* How a program of such a device takes its problem through it: as planned when it was prepared,
     * or since the rehearsal. */
    const gf_visits *(*visits)(const gf_program *program);

    /* Optional: reads what a simulator wrote into the file gf_session_options.simulator_log, once
     * its session is closed. */
    gf_status (*read_flaws)(const char *log, const gf_flaw_sink *sink, gf_error *error);

    /* Optional: examines the set-up; needs no session. GF_INTERRUPTED, with how far it came:
     * `cancel`, which may be NULL, was set; what is known is in the sink. */
    gf_status (*diagnose)(const volatile sig_atomic_t *cancel, const gf_diagnosis_sink *sink,
                          gf_error *error);
} gf_backend;
