/* gpufare: runs a kernel on every compute device of a machine, proves the results, and accounts for
 * the time. This is the one public header: opaque handles and plain C.
 *
 * A comparison of the devices of this machine:
 *
 *     #include <gpufare.h>
 *
 *     int main(void) {
 *         gf_error error = GF_ERROR_INIT;
 *         gf_session *session = NULL;
 *         gf_params *params = NULL;
 *         gf_comparison *comparison = NULL;
 *         gf_target_list list = {NULL, 0, NULL, 0};
 *         const gf_report_style style = {false, false, "gpufare.compare/1", NULL, false, 0, NULL};
 *         const gf_workload *julia = gf_workload_find("julia", &error);
 *         bool good =
 *             julia != NULL && gf_session_open(NULL, &session, &error) == GF_OK &&
 *             gf_params_create(julia, &params, &error) == GF_OK &&
 *             gf_params_set(params, "size", "320x200", &error) == GF_OK &&
 *             gf_comparison_create(session, params, NULL, &comparison, &error) == GF_OK &&
 *             gf_session_select(session, julia, NULL, GF_PICK_MANY, &list, &error) == GF_OK &&
 *             gf_comparison_resolve_targets(comparison, &list, &error) == GF_OK;
 *         const gf_result *result = NULL;
 *         for (size_t i = 0; good && i < list.count; i++)
 *             good = gf_comparison_run(comparison, &list.targets[i], &result, &error) == GF_OK;
 *         good = good &&
 *                gf_comparison_report(comparison, GF_FORMAT_TEXT, &style, stdout, &error) == GF_OK;
 *         if (!good || gf_comparison_status(comparison, &error) != GF_OK)
 *             fprintf(stderr, "%s: %s\n", gf_status_name(error.status), error.text);
 *         const int status = (int)error.status;
 *         gf_target_list_clear(&list);
 *         gf_comparison_destroy(comparison);
 *         gf_params_destroy(params);
 *         gf_session_close(session);
 *         gf_error_clear(&error);
 *         return status;
 *     }
 *
 * Conventions
 * - Functions that can fail return gf_status and fill a gf_error, which the caller owns. On failure
 *   every output parameter is NULL or unchanged.
 * - create/open hand ownership to the caller; destroy/close/clear take it back.
 * - On success a gf_error stays as it was, or is cleared: the returned status says whether the call
 *   failed. One that begins as GF_ERROR_INIT, and is used until the first failure, tells both.
 * - NULL is accepted for every gf_error, for options and styles, which then have their defaults, by
 *   every destroy and close function and gf_error_clear, and where a comment says so; nowhere else.
 * - An index beyond the end gives NULL, 0, false or GF_USAGE.
 * - What a function returns by pointer (texts, devices, results) belongs to the handle that was
 *   asked, and lives until that handle is destroyed. Arguments are copied unless a comment says
 *   that they must outlive something.
 * - A handle may be used by one thread at a time; different handles are independent. A handle is
 *   in use as well while one that was made from it is: a session while its comparison runs.
 * - Callbacks run in the thread that called the library, in the caller's locale, before that call
 *   returns. They must not use the handles of that call.
 * - Numbers are read and written as in the C locale, whatever locale the program has set.
 * - The gf_comparison_check_ functions run nothing: with them a program refuses what can't work
 *   before it opens a device.
 * - No function prints, exits or changes signal handlers.
 */
#ifndef GPUFARE_H
#define GPUFARE_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define GF_API             __attribute__((visibility("default")))
#define GF_PRINTF(fmt, va) __attribute__((format(printf, fmt, va)))
#else
#define GF_API
#define GF_PRINTF(fmt, va)
#endif

/* The version of this header. */
#define GPUFARE_VERSION_MAJOR 0
#define GPUFARE_VERSION_MINOR 1
#define GPUFARE_VERSION_PATCH 0

/* "major.minor.patch" of the library that the program runs with. */
GF_API const char *gf_version(void);

/* ---- Errors ------------------------------------------------------------ */

/* The values are the program's exit statuses. */
typedef enum gf_status {
    GF_OK = 0,
    GF_FAILED = 1,       /* a run-time failure: I/O, a driver, memory */
    GF_USAGE = 2,        /* an invalid or ambiguous value */
    GF_NO_DEVICE = 3,    /* nothing matches the device selection */
    GF_MISMATCH = 4,     /* results disagree */
    GF_UNSUPPORTED = 5,  /* this device or machine does not meet a requirement: memory, f64 */
    GF_FINDINGS = 6,     /* a check of a kernel found errors in it, or a diff a regression */
    GF_INTERRUPTED = 130 /* the caller's cancel flag was set */
} gf_status;

/* "ok", "failed", "usage", "no device", "mismatch", "unsupported", "findings", "interrupted";
 * "unknown" for any other value. */
GF_API const char *gf_status_name(gf_status status);

#define GF_ERROR_TEXT 512

/* What went wrong: one line that names the subject, its value, the limit and the remedy. */
typedef struct gf_error {
    gf_status status;
    int native_code;      /* code of the layer below (errno, an OpenCL code); 0: none */
    char native_name[48]; /* its symbolic name, such as "CL_OUT_OF_RESOURCES"; may be empty */
    char parameter[32];   /* "", or the parameter that the error is about: one of the workload, or
                             one of the names below; the text mentions it by this name */
    char text[GF_ERROR_TEXT]; /* without a newline */
    char *log; /* NULL or a longer text (a compiler's log); gf_error_clear frees it */
} gf_error;

/* The names of parameters that are the library's own:
 * - "threads", "isa", "deadline": gf_session_options;
 * - "device": `list` and `device_list`; "device-model": `device_model`;
 * - "model": `names` of gf_models_create; "host-cores", "host-model": gf_bound_options;
 * - "tune": gf_run_options.tuning;
 * - "frames-every": `every`; "lane-group": `group`; "divergence-map": what
 *   gf_comparison_check_divergence checks; "permute": what gf_comparison_check_permute checks;
 * - "ranks": `wanted` of gf_ranks_open;
 * - "sweep": `sweep`, or the problem at one of its values;
 * - "format": `format` of a report;
 * - "fail-above": `allowed` of gf_diff_create;
 * - "checkpoint", "resume": what gf_checkpoint_options names;
 * - "field-file", "field-memory", "field-access": what gf_field_options names;
 * - "directory": `directory` of gf_template_write. */

/* Initializes an error: gf_error error = GF_ERROR_INIT; */
#define GF_ERROR_INIT                                                                              \
    { GF_OK, 0, "", "", "", NULL }

/* Frees what the error owns and resets it to "no error". */
GF_API void gf_error_clear(gf_error *error);

/* ---- Workloads and their parameters ------------------------------------ */

typedef struct gf_workload gf_workload;
typedef struct gf_params gf_params;

typedef enum gf_param_type {
    GF_PARAM_SIZE,   /* WxH, two unsigned integers */
    GF_PARAM_UINT,   /* an unsigned integer */
    GF_PARAM_REAL,   /* a finite real */
    GF_PARAM_REALS,  /* `arity` finite reals, separated by commas */
    GF_PARAM_CHOICE, /* one word of `choices` */
    GF_PARAM_TEXT    /* free text, which gf_comparison_create checks */
} gf_param_type;

/* One row of a workload's parameter table: options, checks, help and JSON come from it. */
typedef struct gf_param {
    const char *name; /* "steps-per-transfer" */
    char letter;      /* for the option of a command line, or 0 */
    gf_param_type type;
    uint32_t arity;             /* GF_PARAM_REALS: number of reals */
    const char *default_text;   /* parsed like user input */
    double min, max;            /* inclusive range of UINT, REAL, REALS and of each side of SIZE; a
                                   max of UINT from 2^53 on is excluded */
    bool min_exclusive;         /* true: the range is (min, max] */
    const char *const *choices; /* GF_PARAM_CHOICE: words, ended by NULL */
    const char *placeholder;    /* for help: "WxH", "N" */
    const char *unit;           /* or NULL */
    const char *help;           /* one line */
    const char *limited_by;     /* NULL, or a parameter of type UINT: an upper bound for this one,
                                   and its value when this one is 0 */
    /* UINT: NULL, or the value near another one that stands for its size in sweeps and searches,
     * where neighbours differ much in their work. It is not smaller. */
    uint64_t (*typical)(uint64_t value);
} gf_param;

GF_API size_t gf_workload_count(void);
GF_API const gf_workload *gf_workload_at(size_t index); /* NULL beyond the end */
/* `name`: of a workload, or the path of a manifest (docs/your-own-kernel.md) or of its folder,
 * which is then read; what was read lives as long as the process. NULL, and an error that lists the
 * workloads or says what is wrong with the manifest, if there is none. */
GF_API const gf_workload *gf_workload_find(const char *name, gf_error *error);
GF_API const char *gf_workload_name(const gf_workload *workload);
GF_API const char *gf_workload_summary(const gf_workload *workload);
GF_API bool gf_workload_has_picture(const gf_workload *workload);
/* Whether its CPU kernel is code that is loaded at run time: sessions for it need loads_kernels. */
GF_API bool gf_workload_loads_kernels(const gf_workload *workload);
GF_API const gf_param *gf_workload_params(const gf_workload *workload, size_t *count);

/* A parameter of a kernel that changes the time and never the result. */
typedef struct gf_tunable_info {
    const char *kernel; /* "the CPU kernel", or the name of an NDRange variant */
    const char *name, *help;
    uint32_t min, max; /* inclusive */
} gf_tunable_info;

/* The index-th tunable of a workload's kernels; false beyond the last. */
GF_API bool gf_workload_tunable(const gf_workload *workload, size_t index, gf_tunable_info *info);

/* A value for each parameter of a workload, at first the defaults. */
GF_API gf_status gf_params_create(const gf_workload *workload, gf_params **params, gf_error *error);
GF_API void gf_params_destroy(gf_params *params);
/* Parses and checks `text` for the parameter `name`. On failure the old value stays. */
GF_API gf_status gf_params_set(gf_params *params, const char *name, const char *text,
                               gf_error *error);
/* The value as text, as gf_params_set takes it; NULL for an unknown name. */
GF_API const char *gf_params_text(const gf_params *params, const char *name);

/* ---- Devices ----------------------------------------------------------- */

typedef struct gf_session gf_session;
typedef struct gf_device gf_device;

typedef enum gf_device_class {
    GF_CLASS_NATIVE, /* the CPU kernels of this library, run in this process */
    GF_CLASS_GPU,
    GF_CLASS_CPU, /* a CPU that a driver presents as a device */
    GF_CLASS_ACCELERATOR
} gf_device_class;

/* What small kernels find out about a device, because what drivers claim is not always true. Those
 * of arithmetic are of f32; the same of f64 follow from GF_FACT_F64 on. */
typedef enum gf_fact_kind {
    GF_FACT_SEPARATE_BY_DEFAULT, /* a*b+c is rounded twice where a source does not say so */
    GF_FACT_SEPARATE,            /* and where it does, as in strict arithmetic */
    GF_FACT_ADD,                 /* sums of normal numbers are rounded right */
    GF_FACT_ADD_DENORMALS,       /* those below the least normal number, too */
    GF_FACT_MULTIPLY,
    GF_FACT_MULTIPLY_DENORMALS,
    GF_FACT_FMA, /* fma() compiles and is rounded once */
    GF_FACT_FMA_DENORMALS,
    GF_FACT_DIVIDE,
    GF_FACT_SQUARE_ROOT,
    GF_FACT_F64,
    GF_FACT_ROUNDS = 2 * GF_FACT_F64, /* that all loops of a work-item may make in one launch */
    GF_FACT_LOCAL_MEMORY,             /* bytes of it that a work-group can use */
    GF_FACT_WORK_GROUP,               /* the largest work-group that runs */
    GF_FACT_COUNT
} gf_fact_kind;

typedef enum gf_fact_state {
    GF_FACT_UNTRIED,
    GF_FACT_UNKNOWN, /* it can't be found out; `why` says the reason */
    GF_FACT_KNOWN
} gf_fact_state;

#define GF_NO_LIMIT UINT64_MAX

typedef struct gf_fact {
    gf_fact_state state;
    bool claimed;   /* the driver says something about it: `claim` */
    uint64_t claim; /* as `value`. 1 or 0 for yes or no */
    uint64_t value; /* if known. Of GF_FACT_ROUNDS GF_NO_LIMIT: all that were tried were made */
    char why[120];  /* "", or an example of what is not right, or the reason why it is unknown */
} gf_fact;

/* "f32 add", "f64 fma denormals", "rounds of loops": as reports and JSON have it. */
GF_API const char *gf_fact_name(gf_fact_kind kind);

/* Facts about a device. Texts are never NULL unless noted; unknown numbers are 0. */
typedef struct gf_device_info {
    const char *id; /* "native", or "P:D": platform and device number; as device lists name it */
    const char *name;
    const char *kind; /* "native", "opencl-gpu", "opencl-cpu", "opencl-accel": ends in the class */
    const char *platform;
    const char *driver;
    const char *simd;             /* the best ISA ("avx512"), or the native vector widths */
    const char *baseline_variant; /* NULL, or the variant that speed-ups are relative to */
    const char *limits;       /* NULL, "", or what keeps it from the whole machine: a quota ... */
    const char *class_source; /* NULL, "", or how its class is known */
    const char *chip; /* NULL, "", or what it computes on: "the host's CPU", "PCI 0000:03:00.0",
                         "PCI 0000:03:00.0; UUID 01...ef; part 2". Devices with the same address or
                         UUID are one chip, unless they are different parts of it */
    gf_device_class device_class;
    uint64_t global_memory_bytes;
    uint64_t max_alloc_bytes;
    uint64_t local_memory_bytes;
    uint32_t compute_units;
    uint32_t clock_mhz;
    uint32_t vector_width_f32, vector_width_f64; /* lanes */
    size_t max_work_group_size;
    bool f64;
    bool unified_memory;  /* device and host share memory, so that transfers can be free */
    const gf_fact *facts; /* NULL, or GF_FACT_COUNT of them, which are looked for when the device is
                             first used */
} gf_device_info;

#define GF_MAX_THREADS 4096

/* The parameters "threads", "isa" and "deadline" of a session. `isa` must outlive it. */
typedef struct gf_session_options {
    uint32_t thread_count; /* of the native device, up to GF_MAX_THREADS; 0: OMP_NUM_THREADS, else
                              all cores */
    const char *isa;   /* the best ISA the native device may use; NULL: $GPUFARE_ISA, else all */
    bool in_process;   /* load drivers into this process, for debuggers and profilers; a driver that
                          crashes or hangs then takes it along. false: each runs in a process of its
                          own, gpufare-worker, if that program is found */
    double deadline_s; /* how long such a process may take to answer one request; 0: as long as the
                          request may need */
    bool loads_kernels;                  /* the CPU kernels of its workload are loaded at run time
                                            (gf_workload_loads_kernels), into a process of their own unless
                                            in_process */
    const volatile sig_atomic_t *cancel; /* NULL, or a flag that ends waiting for such a process,
                                            also while it builds, with GF_INTERRUPTED. It must
                                            outlive the session */
    const char *simulator_log;    /* NULL, or a file: the only OpenCL device is then that of a
                                     simulator which writes there what kernels do wrong. It must
                                     outlive the session */
    uint64_t device_memory_bytes; /* the most that buffers may have on a device, the native one
                                     excepted; problems that need more go through it band by band.
                                     0: what each device has */
} gf_session_options;

/* Opens a session; it finds devices only when asked. `options` may be NULL. */
GF_API gf_status gf_session_open(const gf_session_options *options, gf_session **session,
                                 gf_error *error);
/* Closes every device of the session. */
GF_API void gf_session_close(gf_session *session);
/* Lets every backend list its devices. A backend that fails leaves a warning, not an error.
 * GF_USAGE when the options of the session are not acceptable; a later call gives the same answer.
 */
GF_API gf_status gf_session_find_all(gf_session *session, gf_error *error);
GF_API size_t gf_session_device_count(const gf_session *session);
GF_API gf_device *gf_session_device(const gf_session *session, size_t index);
/* One line for each driver or device that can't be used, with the reason. */
GF_API size_t gf_session_warning_count(const gf_session *session);
GF_API const char *gf_session_warning(const gf_session *session, size_t index);
/* How many of these are about a driver that crashed, hung or answered nonsense when it was asked
 * for its devices: what it has is missing from every comparison. */
GF_API size_t gf_session_failed_drivers(const gf_session *session);
GF_API const gf_device_info *gf_device_get_info(const gf_device *device);
/* Looks for the facts of every device that has been found. A device that fails leaves a warning. */
GF_API gf_status gf_session_find_facts(gf_session *session, gf_error *error);

/* A device together with the kernel variant to run on it. */
typedef struct gf_target {
    gf_device *device;
    const char *variant; /* NULL: the device's best for the workload */
    char why[160];       /* "asked for as gpu", "default: the first GPU" */
} gf_target;

typedef struct gf_target_list {
    gf_target *targets; /* in the order of the device list */
    size_t count;
    gf_target *excluded; /* only gf_comparison_resolve_targets uses these two */
    size_t excluded_count;
} gf_target_list;

typedef enum gf_purpose {
    GF_PICK_ONE, /* more than one match is an error, which lists them */
    GF_PICK_MANY
} gf_purpose;

/* Resolves a device list (docs/devices.md has the grammar). `list` NULL: $GPUFARE_DEVICE, else the
 * default of the purpose. Opens only the drivers that the list needs. GF_NO_DEVICE or GF_USAGE,
 * with the candidates, when nothing or too much matches; GF_USAGE also when the options of the
 * session are not acceptable. */
GF_API gf_status gf_session_select(gf_session *session, const gf_workload *workload,
                                   const char *list, gf_purpose purpose, gf_target_list *targets,
                                   gf_error *error);
/* Adds every other variant that the devices of the list offer. */
GF_API gf_status gf_target_list_add_variants(gf_target_list *targets, const gf_workload *workload,
                                             gf_error *error);
GF_API void gf_target_list_clear(gf_target_list *targets);

/* ---- Running and comparing --------------------------------------------- */

/* The phases of a round trip, in the order of time. docs/how-we-time.md defines each. */
typedef enum gf_phase {
    GF_PHASE_BUILD,
    GF_PHASE_ALLOC,
    GF_PHASE_H2D,
    GF_PHASE_LAUNCH,
    GF_PHASE_KERNEL,
    GF_PHASE_D2H,
    GF_PHASE_UNEXPLAINED,
    GF_PHASE_TOTAL,
    GF_PHASE_COUNT
} gf_phase;

GF_API const char *gf_phase_name(gf_phase phase);

typedef struct gf_statistics {
    uint32_t count; /* 0: not measured; then the times mean nothing */
    uint64_t median_ns, min_ns, max_ns, q1_ns, q3_ns;
} gf_statistics;

typedef enum gf_verify_mode { GF_VERIFY_AUTO, GF_VERIFY_FULL, GF_VERIFY_SAMPLED } gf_verify_mode;

typedef enum gf_outcome {
    GF_OUTCOME_OK,
    GF_OUTCOME_UNSUPPORTED, /* the device lacks something the problem needs; nothing ran */
    GF_OUTCOME_FAILED,      /* the driver reported an error */
    GF_OUTCOME_MISMATCH     /* the result is wrong, so no times are reported */
} gf_outcome;

/* The state of the work, as the progress callback gets it before each round trip. */
typedef struct gf_progress {
    const char *device_id;
    const char *variant;
    const char *stage;      /* "reference", "search", "build", "rehearsal", "warm-up", "sample",
                             * "energy", "frames", "step", "field" */
    uint32_t done, planned; /* round trips of this device; of "step": steps of the one */
    uint64_t expected_ns;   /* for the rest of the work on this device; 0: not known yet */
    uint64_t saved_step;    /* of the newest state that this run has saved; 0: none */
} gf_progress;

/* What a prediction must measure first, because no earlier run saved it. */
typedef struct gf_missing {
    size_t devices; /* without a profile */
    size_t cases;   /* of the workload, on all devices */
    double seconds; /* estimated time of measuring all of it */
    bool limited;   /* no more of it is measured than a verdict needs, for `most_s` at most */
    double most_s;
} gf_missing;

/* States between the steps of a run, which it saves so that another one can go on from there, on
 * any device or machine, with the same bits in strict arithmetic (docs/checkpoints.md). Such a run
 * is one round trip, without warm-up; a comparison makes one. */
typedef struct gf_checkpoint_options {
    const char *directory; /* where states are saved; NULL: nowhere */
    uint64_t every_steps;  /* each so many steps; 0: by time */
    double every_s;        /* of seconds between two of them, if not by steps */
    const char *resume; /* a folder with states, from the newest of which the run goes on; NULL: it
                           begins anew. The same as `directory`, which then may be empty, or
                           another one */
    /* NULL, or a flag that asks the run to save a last state and to end with GF_INTERRUPTED. It is
     * looked at while *listens is not 0, which the run sets: meanwhile a signal handler sets it
     * instead of `cancel`. */
    const volatile sig_atomic_t *stop;
    volatile sig_atomic_t *listens;
    /* May be NULL; called with one line: what the run goes on from, or, `wrong`, a state that is
     * damaged or could not be saved. */
    void (*tell)(const char *text, bool wrong, void *context);
    void *tell_context;
    /* May be NULL. In a job of several ranks: called on each of them when the directory has the
     * state after so many steps, so that it can be gone on from if the job ends. */
    void (*saved)(uint64_t step, void *tell_context);
} gf_checkpoint_options;

/* How the files of a field are read and written: through the page cache, or past it (O_DIRECT). */
typedef enum gf_field_access {
    GF_FIELD_AUTO, /* past it, or through it where the file system can do nothing else */
    GF_FIELD_MAPPED,
    GF_FIELD_DIRECT
} gf_field_access;

/* A grid that is larger than the host's memory: it stays in files, and goes through a device band
 * by band (docs/beyond-memory.md). Such a run is one round trip, without warm-up, on one device
 * that is no set; a comparison makes one. */
typedef struct gf_field_options {
    const char *path; /* of the result, a .npy file that must not exist yet. It appears when it is
                         complete and proved; until then its folder has two files as large */
    uint64_t memory_bytes; /* the most memory for what is held of the field at a time; 0: a quarter
                              of what this process may have */
    gf_field_access access;
} gf_field_options;

/* What the pointers point to must outlive the comparison. */
typedef struct gf_run_options {
    uint32_t warmup;      /* round trips before the first sample; at least 1 is made */
    uint32_t repeat;      /* fewest samples */
    double min_time_s;    /* sampling goes on until the samples add up to this */
    uint32_t max_samples; /* most samples; `repeat` prevails if it is larger */
    gf_verify_mode verify;
    uint64_t seed; /* of sampled verification */
    bool search;   /* search for the best values of tunables that are neither given nor saved */
    bool pipeline; /* also measure round trips with overlapped transfers, if the device can */
    bool watch;    /* watch samples for other programs that take the cores: disturbed ones are taken
                      again, a few times, or else counted */
    bool energy; /* also measure the energy of a result, where the system tells it, which takes some
                    seconds for each device */
    const char *tuning; /* NULL, or values of tunables: "NAME=VALUE,NAME=VALUE"; called "tune" */
    const volatile sig_atomic_t *cancel; /* NULL, or a flag that ends the work when it is set; any
                                            thread or signal handler may set it */
    void (*progress)(const gf_progress *progress, void *context); /* may be NULL */
    void *progress_context;
    void (*announce)(const gf_missing *missing, void *context); /* may be NULL; called once, before
                                                                   anything missing is measured */
    void *announce_context;
    /* May be NULL; called before the round trips of a set of devices, with what can be expected of
     * it. */
    void (*foretell)(const char *text, void *context);
    void *foretell_context;
    const gf_checkpoint_options *checkpoint; /* NULL: no state is saved or gone on from */
    const gf_field_options *field;           /* NULL: problems are in memory */
} gf_run_options;

/* One warm-up, 5 to 10000 samples until they add up to 0.25 s, automatic verification, search,
 * pipeline and watch; no callbacks. */
GF_API void gf_run_options_defaults(gf_run_options *options);

typedef struct gf_comparison gf_comparison;
typedef struct gf_result gf_result;

/* Checks that the parameters fit together (stability, sizes against memory, heads of input files)
 * and sets up a comparison without results. `options` NULL: the defaults. The session must outlive
 * the comparison. */
GF_API gf_status gf_comparison_create(gf_session *session, const gf_params *params,
                                      const gf_run_options *options, gf_comparison **comparison,
                                      gf_error *error);
GF_API void gf_comparison_destroy(gf_comparison *comparison);

/* Makes the inputs, which reads whole input files, and opens the folders of checkpoints, so that
 * their errors appear before any device is opened. Optional: gf_comparison_run does it otherwise.
 */
GF_API gf_status gf_comparison_make_inputs(gf_comparison *comparison, gf_error *error);

/* Runs, times and verifies the workload on one device and appends a result. A device that is
 * unsupported, fails or disagrees gets a result with that outcome, and the call returns GF_OK.
 * Otherwise the work was interrupted or the host itself failed, and no result is appended. */
GF_API gf_status gf_comparison_run(gf_comparison *comparison, const gf_target *target,
                                   const gf_result **result, gf_error *error);

/* Gives every target without a variant the best one for this problem, takes out the variants that
 * the list excluded, and keeps the first of equal targets. Where several variants of a device may
 * be the fastest, this is the one that an earlier search found; once the inputs are made, and the
 * problem is short, it runs them to find it. GF_NO_DEVICE when none remains. */
GF_API gf_status gf_comparison_resolve_targets(gf_comparison *comparison, gf_target_list *targets,
                                               gf_error *error);

GF_API size_t gf_comparison_result_count(const gf_comparison *comparison);
/* NULL beyond the end. */
GF_API const gf_result *gf_comparison_result(const gf_comparison *comparison, size_t index);
/* GF_OK when at least one result is ok and all others are ok or unsupported; else the status that
 * a program should exit with, and an error that says why. */
GF_API gf_status gf_comparison_status(const gf_comparison *comparison, gf_error *error);

/* What a run saved, and what it went on from. */
typedef struct gf_checkpoint_state {
    uint64_t first_step; /* of the state that it went on from; 0: it began anew */
    uint64_t saved_step; /* of the newest state in the directory; 0: there is none */
    uint64_t states;     /* that this run saved */
    uint64_t bytes;      /* of one of them */
    uint64_t ns;         /* spent on them, in no time of a round trip */
} gf_checkpoint_state;

/* false: the options ask for no checkpoint, or nothing has been opened for it yet. */
GF_API bool gf_comparison_checkpoint(const gf_comparison *comparison, gf_checkpoint_state *state);
/* GF_FAILED when the latest state could not be saved, with the reason, although the run went on. */
GF_API gf_status gf_comparison_checkpoint_status(const gf_comparison *comparison, gf_error *error);

/* Raises the ceilings in the saved profile of the result's device that its verified kernel passed,
 * and saves them. If by its device's clock alone the kernel would be several times as fast as the
 * ceilings allow, the result goes by the host's clock. Does nothing without such a profile. */
GF_API gf_status gf_comparison_raise_ceilings(const gf_comparison *comparison,
                                              const gf_result *result, gf_error *error);

GF_API const gf_device_info *gf_result_device(const gf_result *result);
GF_API const char *gf_result_variant(const gf_result *result);
GF_API const char *gf_result_label(const gf_result *result); /* "native:avx2", "0:0:vector" */
GF_API gf_outcome gf_result_outcome(const gf_result *result);
GF_API const char *gf_result_reason(const gf_result *result); /* "" when ok */
GF_API gf_statistics gf_result_phase(const gf_result *result, gf_phase phase);
/* Of round trips whose transfers overlap the kernels; count 0: nothing could overlap. A device is
 * compared by these if their median is below that of GF_PHASE_TOTAL. */
GF_API gf_statistics gf_result_pipelined(const gf_result *result);
/* Of the output, as in the reports; of use when the result is ok. */
GF_API double gf_result_checksum(const gf_result *result);
/* The answer that the verified output gives, in one line; "" if the workload has none. */
GF_API const char *gf_result_answer(const gf_result *result);

#define GF_VERDICT_TEXT 4096 /* bytes that hold every verdict */

/* Copies the verdict, as reports have it: which device, by how much. GF_USAGE when `size` is too
 * small. */
GF_API gf_status gf_comparison_verdict(const gf_comparison *comparison, char *text, size_t size,
                                       gf_error *error);

/* ---- Pictures and arrays ----------------------------------------------- */

/* These write the output of a result that is ok (the difference: of a mismatch). Only the output of
 * the latest run is kept: GF_USAGE for any other result, and after gf_comparison_write_frames,
 * which is a run of its own. Files appear complete or not at all. `path` "-" is stdout for the
 * array and the picture. The result keeps the path for the reports. */
GF_API gf_status gf_comparison_write_png(gf_comparison *comparison, const gf_result *result,
                                         const char *path, gf_error *error);
GF_API gf_status gf_comparison_write_npy(gf_comparison *comparison, const gf_result *result,
                                         const char *path, gf_error *error);
GF_API gf_status gf_comparison_write_difference(gf_comparison *comparison, const gf_result *result,
                                                const char *path, gf_error *error);
/* Keeps small pictures for GF_FORMAT_HTML: of a result that is ok what its workload draws, how it
 * differs from that of the first one, and the divergence map; of a wrong result the elements that
 * differ. Nothing of others, or where nothing is drawn. To be called as those before. */
GF_API gf_status gf_comparison_keep_pictures(gf_comparison *comparison, const gf_result *result,
                                             gf_error *error);
/* An array as kernels see it: rows x cols elements in C order, without gaps. */
typedef struct gf_array_info {
    const char *name;
    const char *type;    /* of a number: "f32", "f64", "u8" to "u64", "i8" to "i64" */
    uint32_t components; /* numbers in an element: 1; 2 for a complex number, 4 for a float4 ... */
    size_t rows, cols;
    size_t bytes;
    bool goes_up;    /* kernels read its first content */
    bool comes_down; /* it holds a result afterwards. Neither: it is scratch of the device */
} gf_array_info;

/* The output of a result that is ok, as it lies in memory: only to be read, until the next run or
 * the end of the comparison. GF_USAGE as above. `info` may be NULL. */
GF_API gf_status gf_comparison_output(const gf_comparison *comparison, const gf_result *result,
                                      gf_array_info *info, const void **memory, gf_error *error);
/* GF_USAGE when the workload has no pictures, or no `every` steps, for frames. */
GF_API gf_status gf_comparison_check_frames(const gf_comparison *comparison, uint64_t every,
                                            gf_error *error);
/* Runs once more, untimed, and writes a picture each `every` steps as PREFIX-NNNNNN.png. */
GF_API gf_status gf_comparison_write_frames(gf_comparison *comparison, const gf_target *target,
                                            uint64_t every, const char *prefix, gf_error *error);

/* GF_USAGE when all items of the workload have the same work, so that no lane waits for another, or
 * when `group` is neither NULL nor ROWSxCOLUMNS. */
GF_API gf_status gf_comparison_check_divergence(const gf_comparison *comparison, const char *group,
                                                gf_error *error);
/* Writes a picture with a pixel for each item of the result, in which each group of neighbouring
 * items that run in step has one colour: lanes x the longest item / the sum of all, from 1 (alike:
 * dark) to 16 (bright) on a logarithmic scale. `group`: "8x4"; NULL: the latest run's, or 8x4 if
 * none of its items ran in step. Takes the work from the latest run's result; if there is none,
 * from the scalar CPU kernel. */
GF_API gf_status gf_comparison_write_divergence(gf_comparison *comparison, const char *group,
                                                const char *path, gf_error *error);

/* ---- Calls with arrays of one's own -------------------------------------- */

/* A workload made ready on one device, to be run again and again on arrays of the caller's, each
 * time as one round trip with all its steps. Nothing is verified, and no sample is taken: whether
 * the results are right, and what they cost, a comparison says.
 *
 * A device that shares the host's memory computes on the caller's arrays themselves; for others,
 * and where the driver is in another process, they are copied, unless gf_call_allocate made them.
 * While a call exists nothing else can use its device: GF_USAGE. */
typedef struct gf_call gf_call;

/* Opens the target's device and builds the kernel. Without a variant the target gets the one that
 * an earlier search found to be the fastest, else the device's first one; likewise with tunables,
 * unless `options` has `tuning`. Besides only `search` (false: the defaults of tunables) and
 * `cancel` of the options are used; NULL: the defaults. The session must outlive the call.
 * GF_USAGE or GF_UNSUPPORTED when the problem or the device can't be so. */
GF_API gf_status gf_call_create(gf_session *session, const gf_params *params,
                                const gf_target *target, const gf_run_options *options,
                                gf_call **call, gf_error *error);
GF_API void gf_call_destroy(gf_call *call);
GF_API const char *gf_call_label(const gf_call *call); /* "native:twin" */
GF_API size_t gf_call_array_count(const gf_call *call);
/* false beyond the end. */
GF_API bool gf_call_get_array(const gf_call *call, size_t index, gf_array_info *info);
/* Writes the first content that a comparison gives the array, all its bytes. GF_USAGE when it does
 * not go up. */
GF_API gf_status gf_call_fill(const gf_call *call, size_t index, void *memory, gf_error *error);
/* Makes `memory` the array of that index: all its bytes, aligned for its numbers. It must stay
 * until other memory, or NULL for none, takes its place, or the call is destroyed; only arrays that
 * come down are written. GF_USAGE when it is misaligned, or the array is scratch. */
GF_API gf_status gf_call_bind(gf_call *call, size_t index, void *memory, gf_error *error);
/* Makes memory of the kind that the device transfers fastest, or takes in place also where its
 * driver is in another process; zeroed. It is the array's until gf_call_bind gives it another,
 * and may be bound again; it lives until the call is destroyed. Each index has one. */
GF_API gf_status gf_call_allocate(gf_call *call, size_t index, void **memory, gf_error *error);

/* What one call took. */
typedef struct gf_call_times {
    uint64_t total_ns; /* by the host's clock, copies of arrays and the way to another process
                          included */
    uint64_t h2d_ns, compute_ns, d2h_ns; /* of the round trip; compute: launch to finish */
    uint64_t copied_bytes;      /* from the caller's arrays to others of the host, and back */
    uint64_t transferred_bytes; /* to the device's own memory and back; 0: all is in place */
} gf_call_times;

/* Runs once; the arrays that come down then hold the results. GF_USAGE when one has no memory, or
 * one that comes down overlaps another. After any other failure they hold nothing of use, and a
 * later call begins with a new build. `times` may be NULL. */
GF_API gf_status gf_call_run(gf_call *call, gf_call_times *times, gf_error *error);

/* ---- Reports ----------------------------------------------------------- */

typedef enum gf_format {
    GF_FORMAT_TEXT,
    GF_FORMAT_MARKDOWN,
    GF_FORMAT_CSV,
    GF_FORMAT_JSON,
    GF_FORMAT_HTML /* one page with figures, below 500 kB, which needs no script and no other file;
                      of comparisons, advice, break-even and traces with all sections */
} gf_format;

typedef struct gf_report_style {
    bool colour;
    bool verbose;          /* the checklist of every variant, not only of each device's fastest; of
                              results also every phase, of a session the facts about devices */
    const char *schema;    /* of JSON; NULL: the report's own. A comparison of one device may have
                              "gpufare.run/1" */
    const char *cut_short; /* NULL, or why the work ended early, such as "interrupted after 1 of 3
                              devices"; the report says so, and is of what was finished */
    bool explain;          /* below each table: what its columns mean; in text and Markdown */
    size_t width;        /* of lines of text, such as a terminal's: wider tables are folded, longer
                            lines wrapped; 0: lines may be of any length */
    const char *command; /* NULL, or the command line that made the report, which HTML shows */
} gf_report_style;

/* In every report function `style` NULL means no colour, not verbose, and the report's own schema;
 * GF_USAGE: there is no such format; GF_FAILED: the stream reports an error. */

/* Writes tables, ledger, checklist and verdict. */
GF_API gf_status gf_comparison_report(const gf_comparison *comparison, gf_format format,
                                      const gf_report_style *style, FILE *stream, gf_error *error);
/* Writes the timed round trips as a timeline (JSON) that Chrome's tracing and Perfetto show: for
 * each result its host's and its device's track, with the bytes of transfers. */
GF_API gf_status gf_comparison_report_timeline(const gf_comparison *comparison, FILE *stream,
                                               gf_error *error);
GF_API gf_status gf_session_report(const gf_session *session, gf_format format,
                                   const gf_report_style *style, FILE *stream, gf_error *error);

/* ---- Saved reports ------------------------------------------------------ */

/* JSON reports of one problem, each of one run of a program: what was measured then, to be compared
 * with what is measured now (docs/diff.md). */
typedef struct gf_saved_reports gf_saved_reports;

/* `files`: JSON reports of comparisons, separated by commas. GF_USAGE when one is no such report,
 * or of another problem than the first. */
GF_API gf_status gf_saved_reports_read(const char *files, gf_saved_reports **reports,
                                       gf_error *error);
/* The results of a comparison so far. */
GF_API gf_status gf_saved_reports_of_comparison(const gf_comparison *comparison,
                                                gf_saved_reports **reports, gf_error *error);
GF_API void gf_saved_reports_destroy(gf_saved_reports *reports);
/* GF_USAGE when they are of another problem than the comparison, which need not have run. */
GF_API gf_status gf_saved_reports_check(const gf_saved_reports *reports,
                                        const gf_comparison *comparison, gf_error *error);

/* The step of the saved state that the first such run went on from, whose times are of the rest; 0:
 * all made all steps. */
GF_API uint64_t gf_saved_reports_first_step(const gf_saved_reports *reports);

/* By how much the times of each device and phase have changed. */
typedef struct gf_diff gf_diff;

/* The share by which a time may grow that is no regression, if nobody says another. */
#define GF_DIFF_ALLOWED 0.1

/* `allowed`: what may change without being called a change; above 0. The reports must outlive the
 * diff. Equal seeds give equal intervals. GF_USAGE when the two are of different problems. */
GF_API gf_status gf_diff_create(const gf_saved_reports *old_reports,
                                const gf_saved_reports *new_reports, double allowed, uint64_t seed,
                                gf_diff **diff, gf_error *error);
GF_API void gf_diff_destroy(gf_diff *diff);

typedef enum gf_diff_answer {
    GF_DIFF_SAME,    /* the whole interval is inside what is allowed */
    GF_DIFF_FASTER,  /* the whole interval is below 1 */
    GF_DIFF_SLOWER,  /* above 1 */
    GF_DIFF_UNKNOWN, /* can't tell; the text says what to do */
    GF_DIFF_LEFT_OUT /* not judged: too short to matter, or measured once */
} gf_diff_answer;

/* One phase of one device. The texts live as long as the diff. */
typedef struct gf_diff_row {
    const char *device; /* "native:avx2" */
    const char *phase;  /* "kernel", or "pipelined" */
    gf_diff_answer answer;
    bool regression;         /* slower by more than is allowed, or not verified any more */
    double old_ns, new_ns;   /* medians; 0: none that is shown */
    double ratio, low, high; /* of the new median to the old one, and its interval; 0: none */
    uint32_t old_samples, new_samples;
    const char *text; /* "slower by 4 to 7 %", "can't tell: ..." */
} gf_diff_row;

GF_API size_t gf_diff_row_count(const gf_diff *diff);
/* false beyond the end. */
GF_API bool gf_diff_get_row(const gf_diff *diff, size_t index, gf_diff_row *row);
/* Whether both were measured on the same machine, by its description. */
GF_API bool gf_diff_is_same_machine(const gf_diff *diff);
/* GF_OK, or GF_FINDINGS and the regressions. */
GF_API gf_status gf_diff_status(const gf_diff *diff, gf_error *error);
/* JSON has the schema gpufare.diff/1. */
GF_API gf_status gf_diff_report(const gf_diff *diff, gf_format format, const gf_report_style *style,
                                FILE *stream, gf_error *error);
/* The report of a comparison, followed by what has changed since saved reports: text, Markdown, or
 * one HTML page. GF_USAGE: JSON and CSV, which have no place for it. */
GF_API gf_status gf_diff_report_with(const gf_diff *diff, const gf_comparison *comparison,
                                     gf_format format, const gf_report_style *style, FILE *stream,
                                     gf_error *error);
/* The changes as JUnit XML, which servers of continuous integration show: a test for each row that
 * was judged. A regression is a failure; what can't be told is skipped. */
GF_API gf_status gf_diff_report_junit(const gf_diff *diff, FILE *stream, gf_error *error);

/* ---- Traces ------------------------------------------------------------- */

/* What a program of any kind did with OpenCL: watched by a layer between the program and its loader
 * (docs/trace.md). */
typedef struct gf_trace gf_trace;

typedef struct gf_trace_options {
    const char *keep;                    /* NULL, or the file that gets the raw trace */
    const char *layer;                   /* NULL: gpufare-trace.so, where it is installed */
    uint64_t limit_bytes;                /* of the file of each process; 0: 256 MiB */
    const volatile sig_atomic_t *cancel; /* NULL, or a flag: if it is set, the program gets SIGTERM
                                            and is waited for */
} gf_trace_options;

/* Runs a program, whose words `program` ends with NULL, with this process's streams, and waits for
 * its end, however it ends. `options` NULL: their defaults. GF_FAILED: it could not be started
 * (then native_code has errno), or the trace not be collected. */
GF_API gf_status gf_trace_run(const char *const *program, const gf_trace_options *options,
                              gf_trace **trace, gf_error *error);
/* Reads what an earlier run has kept, on this machine or another. GF_USAGE: it is no trace. */
GF_API gf_status gf_trace_read(const char *path, gf_trace **trace, gf_error *error);
GF_API void gf_trace_destroy(gf_trace *trace);
/* What the program ended with: its exit status, or 128 + the signal that ended it. */
GF_API int gf_trace_exit_status(const gf_trace *trace);
/* Puts other devices under a trace, for reports: what transfers and launches take there follows
 * from data sheets (bounds) or profiles (predictions), the host's work stays as it was.
 * `device_model`: NULL, or models and files of profiles as in gf_advice_create. `calibrated`: also
 * the devices whose profiles are stored on this machine. In any case the traced devices get their
 * own stored profiles, from which it follows what pinned memory would save. Opens no device.
 * `trace` NULL: only finds out whether all that is there, before a program runs. GF_USAGE: no such
 * model, or no profiles in a file. GF_NO_DEVICE: none was calibrated. */
GF_API gf_status gf_trace_what_if(gf_trace *trace, const char *device_model, bool calibrated,
                                  gf_error *error);
/* Ledger, kernels, buffers, what would pay, what if, verdict. JSON has the schema gpufare.trace/1;
 * CSV the ledgers alone. */
GF_API gf_status gf_trace_report(const gf_trace *trace, gf_format format,
                                 const gf_report_style *style, FILE *stream, gf_error *error);
/* A timeline in the JSON format of Chrome's tracing, which Perfetto shows. */
GF_API gf_status gf_trace_report_timeline(const gf_trace *trace, FILE *stream, gf_error *error);

/* ---- Calibration ------------------------------------------------------- */

/* The profiles of this machine's devices, from which run times are predicted (docs/calibration.md).
 */
typedef struct gf_calibration gf_calibration;

/* Selects devices, as gf_session_select for GF_PICK_MANY, and loads their stored profiles; measures
 * nothing. `cases`: also measure the workloads' cases, in f32 and f64; else predictions measure the
 * cases that they need. With `workload` only the cases of this one, which may be a user's, and what
 * a stored profile already has stays; NULL: of all built-in ones. Only progress and cancel of
 * `options` are used. The session, and the flag and progress context that `options` points to, must
 * outlive the calibration. */
GF_API gf_status gf_calibration_create(gf_session *session, const char *device_list,
                                       const gf_workload *workload, bool cases,
                                       const gf_run_options *options, gf_calibration **calibration,
                                       gf_error *error);
GF_API void gf_calibration_destroy(gf_calibration *calibration);
GF_API size_t gf_calibration_device_count(const gf_calibration *calibration);
/* Notes: one for each stored profile that can't be used, and for each device or workload that can't
 * be measured. NULL: no such note. */
GF_API size_t gf_calibration_note_count(const gf_calibration *calibration);
GF_API const char *gf_calibration_note(const gf_calibration *calibration, size_t index);
/* The first this-many notes describe stored profiles; gf_calibration_measure replaces those
 * profiles and removes the notes. */
GF_API size_t gf_calibration_replaced_count(const gf_calibration *calibration);
/* Estimated seconds of gf_calibration_measure. */
GF_API double gf_calibration_seconds(const gf_calibration *calibration);
/* Measures every device and saves its profile before the next device. The stored profile of a
 * device that fails or is interrupted stays. GF_UNSUPPORTED or GF_FAILED, with the first reason,
 * when no device could be measured. */
GF_API gf_status gf_calibration_measure(gf_calibration *calibration, gf_error *error);
/* How many devices the latest gf_calibration_measure has measured and saved, also if it failed. */
GF_API size_t gf_calibration_measured_count(const gf_calibration *calibration);
#define GF_CALIBRATION_SCHEMA "gpufare.calibrate/1"
/* Writes tables of the profiles, or JSON of that schema. */
GF_API gf_status gf_calibration_report(const gf_calibration *calibration, gf_format format,
                                       const gf_report_style *style, FILE *stream, gf_error *error);

/* ---- Devices known from data sheets ------------------------------------ */

/* Models: devices described by what is published about them, each number with its source. They
 * bound times on devices that nobody has here (docs/the-gpu-that-is-not-here.md). */
typedef struct gf_models gf_models;

/* `names`: names of models or paths of their files, separated by commas; NULL: all that are known,
 * those of the folder $GPUFARE_MODELS among them. Opens no device. GF_USAGE when one is unknown,
 * there twice, or its file is wrong, or $GPUFARE_MODELS is no folder. */
GF_API gf_status gf_models_create(const char *names, gf_models **models, gf_error *error);
GF_API void gf_models_destroy(gf_models *models);
GF_API size_t gf_models_count(const gf_models *models);
/* GF_USAGE, with the first of them, when wrong files of $GPUFARE_MODELS are not among all. */
GF_API gf_status gf_models_check(const gf_models *models, gf_error *error);
/* A row for each model; with `fields` each model's fields with their sources. JSON has the schema
 * gpufare.models/1. */
GF_API gf_status gf_models_report(const gf_models *models, bool fields, gf_format format,
                                  const gf_report_style *style, FILE *stream, gf_error *error);

/* Whether every entry of a `device_model` can be read: *has_models, whether there are models among
 * them, *has_profiles, whether there are files of profiles. Opens no device. */
GF_API gf_status gf_device_model_check(const char *device_model, bool *has_models,
                                       bool *has_profiles, gf_error *error);

/* Whether a `host_model` can be read and has a native device. Opens no device. */
GF_API gf_status gf_host_model_check(const char *host_model, gf_error *error);

typedef struct gf_bound_options {
    const char *device_model; /* as in gf_advice_create; only its models count here */
    uint32_t host_cores;      /* compare with as many cores; 0: those of the CPU's time */
    const char *host_model;   /* NULL, or a file of profiles, whose native device is the CPU to
                                 compare with */
    const char *command; /* NULL, or how to measure the problem on such a device, for reports */
} gf_bound_options;

/* ---- Advice ------------------------------------------------------------ */

typedef struct gf_advice gf_advice;

/* Predicts the comparison's problem on each target, from its profile (measured now if none is
 * stored), and on the devices of `device_model`: NULL, or files of profiles from other machines,
 * separated by commas; models, which gf_advice_bound takes, may be among them. Reaches a verdict
 * and searches for what would flip it. Nothing runs at the problem's own size. `targets` must have
 * passed gf_comparison_resolve_targets. The comparison must outlive the advice.
 */
GF_API gf_status gf_advice_create(gf_comparison *comparison, const gf_target_list *targets,
                                  const char *device_model, gf_advice **advice, gf_error *error);
/* The same, measuring no more than the verdict needs: of profiles that lack something the cases
 * nearest to the problem, until one device is surely the fastest or about `seconds` are over. What
 * has begun then is finished. What was measured is saved, and a later call goes on from there. A
 * device that there was no time for has no prediction, and the verdict then names no winner. */
GF_API gf_status gf_advice_create_within(gf_comparison *comparison, const gf_target_list *targets,
                                         const char *device_model, double seconds,
                                         gf_advice **advice, gf_error *error);
GF_API void gf_advice_destroy(gf_advice *advice);
/* Compares the predictions with what the comparison has measured since, and stores the errors, from
 * which later verdicts on this machine take their confidence. */
GF_API gf_status gf_advice_check(gf_advice *advice, gf_error *error);
/* GF_USAGE unless the workload's items can be shuffled (those of a manifest: unless it names a
 * permutable input), and the parameter that does so, if there is one, is not set. */
GF_API gf_status gf_comparison_check_permute(const gf_comparison *comparison, gf_error *error);
/* Runs the problem of the advice on each target with its items in order and shuffled, in turns, and
 * compares the measured slow-down with the predicted one. Every target must have its variant. A
 * device that fails is a row with a reason. */
GF_API gf_status gf_advice_permute(gf_advice *advice, const gf_target_list *targets,
                                   gf_error *error);
/* GF_OK when at least one target was ok and all others were ok or unsupported, in both orders. */
GF_API gf_status gf_advice_permute_status(const gf_advice *advice, gf_error *error);
/* Bounds the problem's times on the models among `device_model`, against the native path as it was
 * measured, else as it is predicted; the report then has a table of them. Replaces earlier bounds.
 * GF_USAGE when a model or `host_model` is wrong, or there are no models. */
GF_API gf_status gf_advice_bound(gf_advice *advice, const gf_bound_options *options,
                                 gf_error *error);
/* The checklist, the predicted ledger and the verdict; the errors once checked, the slow-downs once
 * measured. JSON has the schema gpufare.advise/1. */
GF_API gf_status gf_advice_report(const gf_advice *advice, gf_format format,
                                  const gf_report_style *style, FILE *stream, gf_error *error);

/* ---- Break-even -------------------------------------------------------- */

/* Times along a sweep of one parameter, and the value from which each device wins
 * (docs/breakeven.md). In this order: create, predict, measure at each value, conclude, report or
 * plot. Predicting or measuring may be left out. */
typedef struct gf_breakeven gf_breakeven;

/* `sweep`: "NAME=LO:HI:xF" (each value F times the one before), "NAME=LO:HI:+D" (D more) or
 * "NAME=LO:HI" (x2). NAME is a size, a whole number or a real of the workload, or "threads", those
 * of the native path. HI is always the last value; the ends of a size are N, for N x N, or WxH,
 * both of one shape. Checks the problem at every value. GF_USAGE or GF_UNSUPPORTED when the sweep
 * or a value is not acceptable. */
GF_API gf_status gf_breakeven_create(const gf_params *params, const char *sweep,
                                     gf_breakeven **breakeven, gf_error *error);
GF_API void gf_breakeven_destroy(gf_breakeven *breakeven);
GF_API const char *gf_breakeven_parameter(const gf_breakeven *breakeven); /* NAME */
GF_API size_t gf_breakeven_value_count(const gf_breakeven *breakeven);
/* A value of the sweep, in ascending order, as gf_params_set takes it: "512x512". NULL beyond
 * the end. */
GF_API const char *gf_breakeven_value(const gf_breakeven *breakeven, size_t index);
/* The parameters of the problem at a value; NULL beyond the end. */
GF_API const gf_params *gf_breakeven_params(const gf_breakeven *breakeven, size_t index);
/* In a sweep of threads: the thread_count that the session for this value must be opened with. In
 * other sweeps, and beyond the end, 0. */
GF_API uint32_t gf_breakeven_threads(const gf_breakeven *breakeven, size_t index);
/* Predicts each target and the devices of `device_model` at every value, as gf_advice_create does.
 * GF_USAGE in a sweep of threads. `options` NULL: the defaults. */
GF_API gf_status gf_breakeven_predict(gf_breakeven *breakeven, gf_session *session,
                                      const gf_target_list *targets, const char *device_model,
                                      const gf_run_options *options, gf_error *error);
/* Estimated seconds of measuring every value on the targets: from the predictions, if there are
 * some. *at_least: something is not predicted, and the measurement may take far longer. */
GF_API double gf_breakeven_seconds(const gf_breakeven *breakeven, const gf_target_list *targets,
                                   const gf_run_options *options, bool *at_least);
/* Runs each target at one value, verified, and keeps the times of its better round trip, serial or
 * pipelined, in the place of those of an earlier call. A device that is unsupported, fails or
 * disagrees has no time at that value. `options` NULL: the defaults. `targets` must have passed
 * gf_comparison_resolve_targets for the problem at the last value, so that each curve is of one
 * kernel. Not GF_OK: interrupted, the host itself failed, or the value is beyond the end. */
GF_API gf_status gf_breakeven_measure(gf_breakeven *breakeven, size_t index, gf_session *session,
                                      const gf_target_list *targets, const gf_run_options *options,
                                      gf_error *error);
/* Bounds the times at every value on the models among `device_model`, as gf_advice_bound does. */
GF_API gf_status gf_breakeven_bound(gf_breakeven *breakeven, const gf_bound_options *options,
                                    gf_error *error);
/* Draws the conclusions from the times so far. Equal seeds give equal intervals. */
GF_API gf_status gf_breakeven_conclude(gf_breakeven *breakeven, uint64_t seed, gf_error *error);

/* What a time comes from. */
typedef enum gf_basis { GF_MEASURED, GF_PREDICTED, GF_BASES } gf_basis;

typedef enum gf_crossover_kind {
    GF_CROSSOVER_ALWAYS, /* it wins at every value of the sweep */
    GF_CROSSOVER_AT,     /* it wins from `index` on */
    GF_CROSSOVER_NEVER   /* it does not win at the last value */
} gf_crossover_kind;

/* The value from which a device wins; docs/breakeven.md explains the method. */
typedef struct gf_crossover {
    gf_crossover_kind kind;
    size_t index;     /* GF_CROSSOVER_AT: it wins at this value and all later ones */
    double crossing;  /* where the curves cross, between values index - 1 and index; 0: before the
                         sweep; INFINITY: after its end. A size is its width */
    double low, high; /* interval of the crossing; 0 and INFINITY as above */
} gf_crossover;

/* A device that was measured or predicted. */
typedef struct gf_breakeven_result {
    const char *label; /* "0:0:vector", "model 0:0:vector" */
    const char *name, *kind;
    bool modelled;                     /* of another machine, predicted from its profile */
    bool concluded[GF_BASES];          /* by gf_basis: there is a threshold */
    gf_crossover thresholds[GF_BASES]; /* against all others */
} gf_breakeven_result;

GF_API size_t gf_breakeven_result_count(const gf_breakeven *breakeven);
/* false beyond the end. */
GF_API bool gf_breakeven_get_result(const gf_breakeven *breakeven, size_t index,
                                    gf_breakeven_result *result);
/* The measured total of a result's device at a value of the sweep, of its better round trip, serial
 * or pipelined; count 0: it has none. */
GF_API gf_statistics gf_breakeven_time(const gf_breakeven *breakeven, size_t index, size_t value);
/* The same, predicted; 0: it has none. */
GF_API double gf_breakeven_predicted_ns(const gf_breakeven *breakeven, size_t index, size_t value);

/* Tables and conclusions; CSV has a row for each device and value, JSON the schema
 * gpufare.breakeven/1. */
GF_API gf_status gf_breakeven_report(const gf_breakeven *breakeven, gf_format format,
                                     const gf_report_style *style, FILE *stream, gf_error *error);
/* GF_OK, or the status and message of the worst failed run of all calls: a wrong result outranks a
 * failure, a failure a device that lacks something. */
GF_API gf_status gf_breakeven_status(const gf_breakeven *breakeven, gf_error *error);

typedef enum gf_plot_format { GF_PLOT_SVG, GF_PLOT_PNG } gf_plot_format;

/* GF_UNSUPPORTED, with what to install, if the library was built without cairo. Public so that a
 * program can refuse before it opens a device. */
GF_API gf_status gf_plot_check(gf_error *error);
/* Draws the curves and conclusions. GF_USAGE: there is no such format; GF_UNSUPPORTED without
 * cairo; GF_FAILED when the stream reports
 * an error. */
GF_API gf_status gf_breakeven_plot(const gf_breakeven *breakeven, gf_plot_format format,
                                   FILE *stream, gf_error *error);

/* A sweep repeated along a second one: a line for each value of a second parameter, which shows how
 * the thresholds move with it. Without a second sweep there is one line. */
typedef struct gf_breakeven_lines gf_breakeven_lines;

/* `sweep` and `along`: as in gf_breakeven_create, of two parameters; `along` NULL: there is no
 * second one. GF_USAGE also when both vary the same, or one of two varies the threads. */
GF_API gf_status gf_breakeven_lines_create(const gf_params *params, const char *sweep,
                                           const char *along, gf_breakeven_lines **lines,
                                           gf_error *error);
GF_API void gf_breakeven_lines_destroy(gf_breakeven_lines *lines);
GF_API size_t gf_breakeven_lines_count(const gf_breakeven_lines *lines);
/* A line, to predict, measure, conclude and read; it stays the lines' own. NULL beyond the end. */
GF_API gf_breakeven *gf_breakeven_lines_at(const gf_breakeven_lines *lines, size_t index);
/* The second parameter and its values; NULL without one, and beyond the end. */
GF_API const char *gf_breakeven_lines_parameter(const gf_breakeven_lines *lines);
GF_API const char *gf_breakeven_lines_value(const gf_breakeven_lines *lines, size_t index);
/* As gf_breakeven_status, of all lines. */
GF_API gf_status gf_breakeven_lines_status(const gf_breakeven_lines *lines, gf_error *error);

/* As gf_breakeven_report; without a second sweep exactly that. With one there is a table of the
 * thresholds along the second parameter, and JSON has the schema gpufare.breakeven-lines/1. */
GF_API gf_status gf_breakeven_lines_report(const gf_breakeven_lines *lines, gf_format format,
                                           const gf_report_style *style, FILE *stream,
                                           gf_error *error);
/* As gf_breakeven_plot; with a second sweep the crossings are drawn over the second parameter. */
GF_API gf_status gf_breakeven_lines_plot(const gf_breakeven_lines *lines, gf_plot_format format,
                                         FILE *stream, gf_error *error);

/* ---- Thresholds for other programs -------------------------------------- */

/* Splits "FOLDER/NAME" of the two files FOLDER/NAME.json and FOLDER/NAME.h. *name points into
 * `path`. GF_USAGE unless NAME is a name of C. */
GF_API gf_status gf_export_check_name(const char *path, const char **name, gf_error *error);
/* Whether such files could be made, before anything is measured. GF_USAGE when the targets have no
 * device to compare with the native one, or the threads vary. */
GF_API gf_status gf_breakeven_lines_check_export(const gf_breakeven_lines *lines,
                                                 const gf_target_list *targets, gf_error *error);
/* Writes what a program needs to place its calls by the measured times, after
 * gf_breakeven_conclude: NAME.json, and a C header with NAME_on_device (docs/breakeven.md). The
 * device is the one that is the fastest at the last values; it is compared with the native one.
 * GF_FAILED when there is nothing verified to compare, or a stream reports an error. */
GF_API gf_status gf_breakeven_lines_export(const gf_breakeven_lines *lines, const char *name,
                                           uint64_t seed, FILE *json, FILE *header,
                                           gf_error *error);

/* ---- Evidence ----------------------------------------------------------- */

/* A bundle: one archive with what a measurement says and what it can be checked by
 * (docs/bundle.md): reports, pictures, sources of the kernels, how they were built, facts about
 * devices, what steers them, versions, and a manifest with the checksum of each file. */
typedef struct gf_bundle gf_bundle;

/* GF_UNSUPPORTED, with what to install, if the library was built without libarchive or nettle.
 * Public so that a program can refuse before it opens a device. */
GF_API gf_status gf_bundle_check(gf_error *error);
/* `arguments`: the command line that is measured by, without the program's name. */
GF_API gf_status gf_bundle_create(const char *const *arguments, size_t count, gf_bundle **bundle,
                                  gf_error *error);
GF_API void gf_bundle_destroy(gf_bundle *bundle);
/* Adds a file, such as "pictures/curve.svg"; `what` says what it is. GF_USAGE for a name that is
 * there already or leads out of the bundle, and beyond 1000 files or 256 MiB. */
GF_API gf_status gf_bundle_add(gf_bundle *bundle, const char *name, const char *what,
                               const void *bytes, size_t size, gf_error *error);
/* The same of a text, in which home folders become "~". */
GF_API gf_status gf_bundle_add_text(gf_bundle *bundle, const char *name, const char *what,
                                    const char *text, gf_error *error);
/* Adds the sources of its kernels. `argument`: which of the arguments names it. */
GF_API gf_status gf_bundle_add_workload(gf_bundle *bundle, const gf_workload *workload,
                                        size_t argument, gf_error *error);
/* Adds the result's picture, the checksum of its bits, and how its kernel was built; call it after
 * the run, before the next one. */
GF_API gf_status gf_bundle_add_result(gf_bundle *bundle, const gf_comparison *comparison,
                                      const gf_result *result, gf_error *error);
/* Adds the manifest and writes the archive, which appears complete or not at all. Nothing can be
 * added afterwards. */
GF_API gf_status gf_bundle_write(gf_bundle *bundle, const char *path, gf_error *error);

/* A bundle that was read. */
typedef struct gf_saved_bundle gf_saved_bundle;

/* Reads a bundle into memory and checks it: names, sizes, checksums, and whether medians, ledgers,
 * statuses and the verdict of its report follow from the report's own samples. What does not hold
 * is a fault of the bundle, not an error. GF_USAGE when it is no bundle, or has links, folders,
 * paths that lead out of it, names that come twice, too many or too large files. */
GF_API gf_status gf_saved_bundle_read(const char *path, gf_saved_bundle **bundle, gf_error *error);
GF_API void gf_saved_bundle_destroy(gf_saved_bundle *bundle);
/* One line for each thing that does not hold; NULL beyond the end. */
GF_API size_t gf_saved_bundle_fault_count(const gf_saved_bundle *bundle);
GF_API const char *gf_saved_bundle_fault(const gf_saved_bundle *bundle, size_t index);
/* What it is and what was checked, in a few lines. */
GF_API gf_status gf_saved_bundle_report(const gf_saved_bundle *bundle, FILE *stream,
                                        gf_error *error);
/* The saved command line; NULL beyond the end. Not to be trusted: a bundle comes from anywhere. */
GF_API size_t gf_saved_bundle_argument_count(const gf_saved_bundle *bundle);
GF_API const char *gf_saved_bundle_argument(const gf_saved_bundle *bundle, size_t index);
/* Which argument names the workload; *built_in: it is one of the library's own. */
GF_API size_t gf_saved_bundle_workload(const gf_saved_bundle *bundle, bool *built_in);
/* The device and variant of a result, as a list of devices has it: "native:avx2"; NULL beyond the
 * end. No more to be trusted. */
GF_API const char *gf_saved_bundle_label(const gf_saved_bundle *bundle, size_t index);
/* The report, to be compared with others, under a name; NULL: that of its file. GF_USAGE when it is
 * none of a comparison. */
GF_API gf_status gf_saved_bundle_reports(const gf_saved_bundle *bundle, const char *name,
                                         gf_saved_reports **reports, gf_error *error);
/* Compares the results of a bundle with those of another run of its command, to the bit, as well as
 * sources and steering environment, in lines for people. GF_MISMATCH when a result has other bits,
 * or is not there any more. */
GF_API gf_status gf_saved_bundle_compare(const gf_saved_bundle *before,
                                         const gf_saved_bundle *after, FILE *stream,
                                         gf_error *error);

/* ---- Several processes: the ranks of a job ------------------------------ */

/* The ranks of a job that an MPI's launcher has started (docs/cluster.md). Functions that say so
 * are called by all of them, in the same order. */
typedef struct gf_ranks gf_ranks;

/* Whether an MPI's launcher has started this process. Its terminal is not to be trusted then. Reads
 * the environment alone. */
GF_API bool gf_ranks_are_launched(void);
/* Whether this is the process that speaks for its job: rank 0, or one that no launcher has started.
 * Reads the environment alone. */
GF_API bool gf_ranks_is_first(void);
/* How many threads a rank should use: its share of the cores of its host. 0: no launcher has
 * started this process, or OMP_NUM_THREADS says how many. Reads the environment alone. */
GF_API uint32_t gf_ranks_default_threads(void);
/* How long a rank that is sent SIGTERM has until its launcher ends it for good, in milliseconds; 0:
 * no launcher has started this process. Reads the environment alone. */
GF_API uint32_t gf_ranks_grace_ms(void);
/* Joins the job, which a process can do once: all ranks call it. *ranks NULL: no launcher has
 * started this process. Sets variables for the drivers that are opened later, unless they are set
 * (docs/cluster.md). `wanted`: 0, or how many ranks there must be: GF_USAGE about "ranks" if there
 * are others. `cancel`: NULL, or a flag that ends waiting for other ranks. */
GF_API gf_status gf_ranks_open(uint32_t wanted, const volatile sig_atomic_t *cancel,
                               gf_ranks **ranks, gf_error *error);
GF_API uint32_t gf_ranks_rank(const gf_ranks *ranks);
GF_API uint32_t gf_ranks_size(const gf_ranks *ranks);
/* All ranks call it with what happened to them: on each, GF_OK if all are well, else what the first
 * one of the others says, with its rank and host. */
GF_API gf_status gf_ranks_agree(gf_ranks *ranks, gf_status status, gf_error *error);
/* Whether the latest failure is known to all ranks, so that the job can end in order. Otherwise
 * gf_ranks_abort must end it: others may wait for this rank. */
GF_API bool gf_ranks_have_agreed(const gf_ranks *ranks);
/* Ends all ranks at once, with this status or 1. */
GF_API void gf_ranks_abort(gf_ranks *ranks, gf_status status);
/* All ranks call it, as their last one. Accepts NULL. */
GF_API void gf_ranks_close(gf_ranks *ranks);

typedef enum gf_overlap_mode {
    GF_OVERLAP_AUTO,   /* where it takes less */
    GF_OVERLAP_ALWAYS, /* wherever parts have cells enough */
    GF_OVERLAP_NEVER
} gf_overlap_mode;

typedef enum gf_queue_mode {
    GF_QUEUE_AUTO,   /* where round trips are long, or it takes less */
    GF_QUEUE_ALWAYS, /* wherever there are units and memory enough */
    GF_QUEUE_NEVER
} gf_queue_mode;

typedef struct gf_parallel_options {
    uint64_t halo_steps;     /* steps between two exchanges of halos; 0: what takes least */
    gf_overlap_mode overlap; /* whether the edges are computed first, and travel beside the rest */
    bool weak; /* the problem grows with the ranks: so many times the rows of `size`, or `count` */
    /* The grid of all ranks, whose product is their number; 0: what takes least. A run on fewer
     * ranks chooses its own. */
    uint32_t ranks_across, ranks_down;
    gf_queue_mode queue; /* whether ranks take bands of independent units from a queue */
} gf_parallel_options;

/* One problem, of which every rank computes a part. */
typedef struct gf_parallel gf_parallel;

/* All ranks call these functions, with equal parameters and options, which are copied; ranks,
 * session and what the options point to must outlive the work. Their failures are those of
 * gf_ranks_agree, or of one rank alone (gf_ranks_have_agreed).
 *
 * Each rank takes the device of `targets` whose place is its number among the ranks of its host,
 * from the beginning again where there are fewer. GF_UNSUPPORTED when the problem can't be divided.
 */
GF_API gf_status gf_parallel_create(gf_ranks *ranks, gf_session *session, const gf_params *params,
                                    const gf_run_options *options, const gf_parallel_options *how,
                                    const gf_target_list *targets, gf_parallel **parallel,
                                    gf_error *error);
GF_API void gf_parallel_destroy(gf_parallel *parallel);
/* Round trips on the first `count` ranks, each of which proves its part. The report gets a row of
 * it. */
GF_API gf_status gf_parallel_run(gf_parallel *parallel, uint32_t count, gf_error *error);
/* The result of the latest run, written by its ranks: no rank ever has all of it. The file appears
 * complete or not at all. For .npy all ranks must see the same folder. */
GF_API gf_status gf_parallel_write_npy(gf_parallel *parallel, const char *path, gf_error *error);
GF_API gf_status gf_parallel_write_png(gf_parallel *parallel, const char *path, gf_error *error);
/* As gf_comparison_checkpoint and gf_comparison_checkpoint_status, with the same answer on all
 * ranks. A job that saves states or goes on from one (gf_run_options) makes one run, on all of
 * them; all must see the folder. What it goes on from may have been saved by any number of ranks,
 * or by none. */
GF_API bool gf_parallel_checkpoint(const gf_parallel *parallel, gf_checkpoint_state *state);
GF_API gf_status gf_parallel_checkpoint_status(const gf_parallel *parallel, gf_error *error);
/* Rank 0 alone calls it. JSON has the schema gpufare.ranks/1. */
GF_API gf_status gf_parallel_report(const gf_parallel *parallel, gf_format format,
                                    const gf_report_style *style, FILE *stream, gf_error *error);
/* The numbers of ranks of a sweep, "ranks=LO:HI[:xF|:+D]" as gf_breakeven_create has it; `counts`
 * has room for GF_MOST_SWEPT_RANKS. GF_USAGE about "sweep" when it is not acceptable. */
#define GF_MOST_SWEPT_RANKS 64
GF_API gf_status gf_parallel_sweep_counts(const gf_workload *workload, const char *text,
                                          uint32_t *counts, size_t *count, gf_error *error);
/* Rank 0 alone calls it, after runs on several numbers of ranks: up to how many of them more ranks
 * are worth it, measured and predicted. JSON has the schema gpufare.breakeven-ranks/1. */
GF_API gf_status gf_parallel_sweep_report(const gf_parallel *parallel, gf_format format,
                                          const gf_report_style *style, FILE *stream,
                                          gf_error *error);
/* The same as a plot. Fails as gf_breakeven_plot does. */
GF_API gf_status gf_parallel_sweep_plot(const gf_parallel *parallel, gf_plot_format format,
                                        FILE *stream, gf_error *error);
/* GF_OK, or GF_MISMATCH when a part of some run was wrong. The same on all ranks. */
GF_API gf_status gf_parallel_status(const gf_parallel *parallel, gf_error *error);

/* ---- Diagnosis --------------------------------------------------------- */

typedef struct gf_diagnosis gf_diagnosis;

/* Examines every backend's set-up (docs/doctor.md) and tries drivers in child processes. `cancel`:
 * NULL, or a flag that ends this early: what is known then is kept, and the status is
 * GF_INTERRUPTED. */
GF_API gf_status gf_diagnosis_create(const volatile sig_atomic_t *cancel, gf_diagnosis **diagnosis,
                                     gf_error *error);
GF_API void gf_diagnosis_destroy(gf_diagnosis *diagnosis);
GF_API gf_status gf_diagnosis_report(const gf_diagnosis *diagnosis, gf_format format,
                                     const gf_report_style *style, FILE *stream, gf_error *error);
/* GF_OK: a device besides the native one is usable; else the status to exit with. */
GF_API gf_status gf_diagnosis_status(const gf_diagnosis *diagnosis);

/* ---- A kernel of one's own --------------------------------------------- */

/* Makes a directory with NAME.ini, NAME.cl and NAME.c, a small kernel to start from
 * (docs/your-own-kernel.md). `directory` NULL: it is called NAME, in the current directory. It
 * appears complete or not at all. GF_USAGE when the name is no C identifier, or when something is
 * there already. */
GF_API gf_status gf_template_write(const char *name, const char *directory, gf_error *error);

/* What is wrong with a kernel of one's own and its twin, as Oclgrind and sanitizers find out. */
typedef struct gf_inspection gf_inspection;

/* Runs the kernels on Oclgrind's simulated device, and the twin under AddressSanitizer and UBSan,
 * at a few small sizes; parameters that are set stay as they are. Only thread_count, deadline_s (of
 * each size) and cancel of `options` are used; NULL: the defaults. What could not be checked is a
 * part of the result. GF_USAGE when the workload is none of a manifest, or no size is allowed. */
GF_API gf_status gf_inspection_create(const gf_params *params, const gf_session_options *options,
                                      gf_inspection **inspection, gf_error *error);
GF_API void gf_inspection_destroy(gf_inspection *inspection);
/* The number of different findings. */
GF_API size_t gf_inspection_count(const gf_inspection *inspection);
/* JSON has the schema gpufare.check/1. */
GF_API gf_status gf_inspection_report(const gf_inspection *inspection, gf_format format,
                                      const gf_report_style *style, FILE *stream, gf_error *error);
/* GF_OK: all was checked, and nothing found; GF_FINDINGS; or why the kernels or the twin were not
 * checked: GF_UNSUPPORTED when a tool is missing. */
GF_API gf_status gf_inspection_status(const gf_inspection *inspection, gf_error *error);

#ifdef __cplusplus
}
#endif

#endif
