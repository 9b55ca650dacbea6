/* The devices of a fake backend (fake_backend.h): what a test lets them do, and what happened. */
#pragma once

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "device/backend.h"
#include "device/cpu_kernels.h"
#include "device/session.h"
#include "measure/comparison.h"

#define FAKE_MAX_DEVICES  24
#define FAKE_MAX_VARIANTS 4
#define FAKE_MACHINES     2

typedef enum fake_slot {
    FAKE_OPEN,
    FAKE_CLOSE,
    FAKE_HOST_ARRAY_CREATE,
    FAKE_HOST_ARRAY_RELEASE,
    FAKE_BUFFER_CREATE,
    FAKE_BUFFER_RELEASE,
    FAKE_BUFFER_CLAIM,
    FAKE_BUFFER_WRITE,
    FAKE_BUFFER_READ,
    FAKE_PREPARE,
    FAKE_PROGRAM_RELEASE,
    FAKE_LAUNCH,
    FAKE_FINISH,
    FAKE_DEVICE_TIME,
    FAKE_PIPELINE_CREATE,
    FAKE_PIPELINE_RELEASE,
    FAKE_PIPELINE_RUN,
    FAKE_SLOT_COUNT
} fake_slot;

typedef enum fake_effect {
    FAKE_NO_EFFECT,
    FAKE_FAILS,        /* the slot returns the fault's status */
    FAKE_LOSES,        /* prepare: so it does, and the device must be opened again */
    FAKE_DOES_NOTHING, /* the slot succeeds without doing anything */
    FAKE_FLIPS_FIRST,  /* launch: one bit of the first element of the result is wrong */
    FAKE_FLIPS_LAST,   /* of the last element */
    FAKE_FLIPS_INSIDE, /* of one that sampled verification hardly looks at */
    FAKE_OMITS_INSIDE, /* launch: this element is not written */
    FAKE_WRITES_NAN,   /* the first element is NaN, or all ones */
    FAKE_CANCELS       /* sets the caller's cancel flag, as a signal handler would */
} fake_effect;

typedef struct fake_fault {
    fake_slot slot;
    uint32_t call; /* 1: the first call of the slot; 0: no fault; UINT32_MAX: each call */
    fake_effect effect;
    gf_status status; /* of FAKE_FAILS */
} fake_fault;

typedef enum fake_device_clock {
    FAKE_CLOCK_RIGHT,
    FAKE_CLOCK_TOO_LONG, /* a nanosecond more than the wall clock allows */
    FAKE_CLOCK_ZERO,
    FAKE_CLOCK_OUT_OF_ORDER,
    FAKE_CLOCK_NANOSECOND /* whatever the kernel takes */
} fake_device_clock;

struct fake_machine;

typedef struct fake_device {
    gf_device_info info;
    const char *variants[FAKE_MAX_VARIANTS + 1]; /* best first, ended by NULL */
    gf_lane_group lanes;                         /* of every program */
    bool in_place;
    bool copies_nothing;    /* its memory is the host's: transfers take time and do nothing */
    uint32_t pinned_arrays; /* host arrays for which the device has pinned memory */
    /* Times of slots in ns. */
    uint64_t open_ns, prepare_ns, create_ns;
    uint64_t h2d_latency_ns, d2h_latency_ns;
    double bytes_per_ns; /* rate of transfers; 0: they take only the latency */
    uint64_t launch_ns, kernel_ns;
    uint64_t settle_ns;
    /* Replaces kernel_ns: the time that a problem takes. */
    uint64_t (*problem_ns)(const struct fake_device *device, const gf_problem *problem);
    /* Replaces both: the time of a launch that makes so many steps of a problem. */
    uint64_t (*steps_ns)(const struct fake_device *device, const gf_problem *problem,
                         uint64_t steps);
    double sleeps_ns;  /* real time for each unit and step of a launch, which finish sleeps */
    const void *model; /* the test's, for these functions */
    bool overlaps;     /* offers a pipeline */
    uint64_t pipeline_ns;
    /* Replaces pipeline_ns: the time of a problem's pipelined round trip. */
    uint64_t (*problem_pipeline_ns)(const struct fake_device *device, const gf_problem *problem);
    uint64_t first_launch_ns; /* added to the first launch of a program */
    uint64_t compile_ns;      /* added to the first preparation, which fills a driver's cache */
    uint64_t specialise_ns;   /* added to the first launch of all programs, likewise */
    /* Tunables of the first variant; NULL: none. */
    const gf_tunable *tunables;
    uint32_t tunable_count;
    const uint32_t *tuning_defaults;
    void (*derive)(uint32_t *values); /* fills values that are 0 from others, before the defaults */
    uint64_t (*tuned_ns)(const uint32_t *values); /* replaces kernel_ns; 0: can't be prepared */
    /* Replaces both, and gives the tunables to all variants. Called at each prepare. */
    uint64_t (*tuned_variant_ns)(const char *variant, const uint32_t *values);
    /* Replaces all of these: the time of a launch that makes so many steps. */
    uint64_t (*variant_ns)(const char *variant, uint64_t steps);
    /* How many times as long a kernel takes now as it says; NULL: once. */
    double (*pace)(void);
    const char *wrong_variant;   /* the first element of its results is wrong; NULL: none */
    const char *failing_variant; /* its launches fail; NULL: none */
    const char *tuning_key;      /* NULL: the backend says not to search */
    bool replays; /* after the first launch it computes nothing and writes that one's result */
    uint32_t replays_at; /* a launch or pipelined run that computes nothing and writes the result of
                            the one before; 0: none */
    fake_device_clock clock;
    uint32_t bad_clock_from; /* the first call of device_time with `clock`; 0: all */
    fake_fault fault;
    volatile sig_atomic_t *cancel; /* FAKE_CANCELS sets it */
    /* What happened. */
    struct fake_machine *machine;
    uint32_t calls[FAKE_SLOT_COUNT];
    uint32_t arrays_alive, buffers_alive, programs_alive, pipelines_alive, opened;
    void *replayed; /* of the first launch, once there was one; owned */
    bool replay_exchanges;
    uint32_t computed; /* launches and pipelined runs */
    uint32_t settled;
    uint64_t slowest_build_ns;     /* of those that the history was told */
    uint64_t bytes_up, bytes_down; /* of all transfers, including poison */
    bool is_open, is_busy, is_lost, is_gone;
} fake_device;

typedef struct fake_machine {
    fake_device devices[FAKE_MAX_DEVICES];
    size_t count;
    const char *complaint; /* a line for the sink, or NULL */
    gf_status enumerate_status;
    gf_session_options options; /* as enumerate saw them */
    uint32_t enumerations, shut_downs;
    char misuse[160]; /* the first breach of the contract, or "" */
} fake_machine;

/* Defined once for each test program by FAKE_GLOBALS. */
extern fake_machine fake_machines[FAKE_MACHINES];
extern uint64_t fake_time_ns;    /* the time of the fake clock */
extern uint64_t fake_reading_ns; /* the time that reading it takes */

#define FAKE_GLOBALS                                                                               \
    fake_machine fake_machines[FAKE_MACHINES];                                                     \
    uint64_t fake_time_ns = 1000000;                                                               \
    uint64_t fake_reading_ns = 0;

struct gf_program {
    fake_device *device;
    const gf_problem *problem;
    const char *variant;
    gf_cpu_kernel kernel;
    gf_thread_memory kept; /* of its one thread */
    uint64_t kernel_ns;
    bool launched_before;
    bool swapped;
    uint64_t device_ns;
    double sleep_ns; /* of the launch under way */
};

/* ---- Clock ------------------------------------------------------------- */

static inline uint64_t fake_now(void *context) {
    (void)context;
    return fake_time_ns += fake_reading_ns;
}

static inline gf_clock fake_clock(void) {
    return (gf_clock){fake_now, NULL, "fake"};
}

/* ---- Keeping watch ----------------------------------------------------- */

static inline const char *fake_slot_name(fake_slot slot) {
    static const char *const names[FAKE_SLOT_COUNT] = {
        "open",          "close",          "host_array_create", "host_array_release",
        "buffer_create", "buffer_release", "buffer_claim",      "buffer_write",
        "buffer_read",   "prepare",        "program_release",   "launch",
        "finish",        "device_time",    "pipeline_create",   "pipeline_release",
        "pipeline_run"};
    return names[slot];
}

static inline void fake_misuse(fake_device *device, const char *what, bool wrong) {
    fake_machine *machine = device->machine;
    if (wrong && machine->misuse[0] == '\0')
        snprintf(machine->misuse, sizeof machine->misuse, "%s: %s", device->info.id, what);
}

/* Counts a call and returns the fault to inject. */
static inline fake_effect fake_enter(fake_device *device, fake_slot slot) {
    device->calls[slot]++;
    const fake_fault *fault = &device->fault;
    const bool is_due = fault->call == device->calls[slot] || fault->call == UINT32_MAX;
    if (fault->call == 0 || fault->slot != slot || !is_due)
        return FAKE_NO_EFFECT;
    if (fault->effect == FAKE_CANCELS)
        *device->cancel = 1;
    return fault->effect;
}

static inline gf_status fake_failure(fake_device *device, fake_slot slot, gf_error *error) {
    device->is_lost = slot == FAKE_LAUNCH || slot == FAKE_FINISH || device->is_lost;
    gf_error_set_native(error, device->fault.status, -5, "FAKE_CODE", "injected into %s, call %u",
                        fake_slot_name(slot), device->calls[slot]);
    gf_error_set_log(error, "a log that must be freed");
    return device->fault.status;
}

static inline fake_device *fake_device_of(const gf_device *device) {
    return device->state;
}
