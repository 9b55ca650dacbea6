/* What the files of the OpenCL backend share. */
#ifndef GF_CL_INTERNAL_H
#define GF_CL_INTERNAL_H

#ifndef CL_TARGET_OPENCL_VERSION
#define CL_TARGET_OPENCL_VERSION 120 /* the floor: nothing newer is called */
#endif
#include <CL/cl.h>
#ifndef CL_PLATFORM_NOT_FOUND_KHR
#define CL_PLATFORM_NOT_FOUND_KHR -1001 /* of the ICD loader; CL/cl_ext.h has it */
#endif

#include "backends/opencl/cl/build_history.h"
#include "device/backend.h"

/* ---- Errors (cl_error.c) ----------------------------------------------- */

/* "CL_OUT_OF_RESOURCES"; "CL_UNKNOWN_ERROR" for a code that no header names. */
const char *gf_cl_error_name(cl_int code);
/* Sets GF_FAILED, the code and "WHAT failed: NAME (code)", with advice where the code has one known
 * cause or more. Returns GF_FAILED. */
gf_status gf_cl_error(gf_error *error, cl_int code, const char *what_format, ...) GF_PRINTF(3, 4);

/* ---- Devices (cl_query.c, cl_enumerate.c, cl_device.c) ----------------- */

/* One device of one platform. Lives from enumerate to shut_down; gf_device.state points to it. */
typedef struct gf_cl_device {
    struct gf_cl_device *following; /* in the backend's list */
    cl_platform_id platform;
    cl_device_id id;
    char number[24]; /* "P:D" */
    char simd[32];
    char *name, *platform_name, *driver;
    bool shares_memory; /* a CPU, or a device with unified memory */
    bool denormals_f32; /* computes with numbers below 2^-126 instead of taking them for 0 */
    cl_context context; /* NULL while the device is closed */
    cl_command_queue queue;
} gf_cl_device;

static inline gf_cl_device *gf_cl_device_of(const gf_device *device) {
    return device->state;
}

/* The text of a platform or device parameter, blanks trimmed, for the caller to free; NULL when the
 * driver does not give it or memory is out. */
char *gf_cl_platform_text(cl_platform_id platform, cl_platform_info parameter);
char *gf_cl_device_text(cl_device_id device, cl_device_info parameter);
/* A number of a device; 0 when the driver does not give it. */
uint64_t gf_cl_device_u64(cl_device_id device, cl_device_info parameter);
uint32_t gf_cl_device_u32(cl_device_id device, cl_device_info parameter);
size_t gf_cl_device_size(cl_device_id device, cl_device_info parameter);
/* Reads "OpenCL 1.2 ..."; false when the text does not start like that or says less than 1.2. */
bool gf_cl_version_suffices(const char *version);

/* Puts all usable devices in the sink and at the front of *list, and one problem line for each
 * platform and device that can't be used. `known_problems`: how many lines the sink has already
 * got about drivers. */
gf_status gf_cl_enumerate(const gf_device_sink *sink, size_t known_problems, gf_cl_device **list,
                          gf_error *error);
void gf_cl_devices_free(gf_cl_device *list);

gf_status gf_cl_open(gf_device *device, gf_error *error);
void gf_cl_close(gf_device *device);

/* ---- Pinned host memory (cl_host.c) ------------------------------------ */

gf_status gf_cl_host_array_create(gf_host_array *array, size_t bytes, gf_error *error);
void gf_cl_host_array_release(gf_host_array *array);

/* ---- Buffers (cl_buffer.c) --------------------------------------------- */

gf_status gf_cl_buffer_create(gf_buffer *buffer, gf_error *error);
void gf_cl_buffer_release(gf_buffer *buffer);
gf_status gf_cl_buffer_claim(gf_buffer *buffer, gf_error *error);
gf_status gf_cl_buffer_write(gf_buffer *buffer, const void *source, gf_error *error);
gf_status gf_cl_buffer_read(gf_buffer *buffer, void *target, gf_error *error);
/* Gives the buffer to the device if the host has it mapped, and returns its memory object. */
gf_status gf_cl_buffer_for_kernel(gf_buffer *buffer, cl_mem *memory, gf_error *error);

/* ---- Signals (signals.c) --------------------------------------------------
 *
 * Drivers install signal handlers when they first touch a device (PoCL: 15 of them, SIGINT among
 * them), which would take away the program's own way to end cleanly. */

typedef struct gf_cl_signals gf_cl_signals;

/* Remembers all signal handlers. NULL when memory is out: then nothing is restored. */
gf_cl_signals *gf_cl_signals_save(void);
/* Puts back each handler that has changed, and frees. Accepts NULL. */
void gf_cl_signals_restore(gf_cl_signals *signals);

/* ---- Programs (cl_program.c, cl_build.c, cl_arguments.c, cl_launch.c) -- */

/* Most launches that may be under way at once. */
#define GF_CL_RING 128

/* The launches under way and what the finished ones took. */
typedef struct gf_cl_launches {
    cl_event ring[GF_CL_RING];
    uint32_t first, count; /* of the ring's used part */
    uint64_t harvested;    /* launches whose times were read */
    uint64_t kernel_ns;    /* sum of END - START of the harvested */
    const char *unusable;  /* NULL, or why the device's times can't be used */
    cl_int failure;        /* CL_SUCCESS, or the code that a kernel ended with */
} gf_cl_launches;

struct gf_program {
    gf_device *device;
    const gf_problem *problem;
    gf_ndrange_plan plan;
    cl_program program;
    cl_kernel kernel;
    char *options;
    gf_build_id build_id;
    bool launched;          /* false: the first launch, in which drivers may still compile */
    gf_cl_signals *signals; /* saved at the first launch, until its finish */
    bool swapped;           /* the pair's state after the launches so far */
    gf_cl_launches launches;
    char note[512];
};

void gf_cl_tunables(const gf_device *device, const gf_problem *problem, const char *variant,
                    gf_tuning *tuning);
bool gf_cl_tuning_key(const gf_device *device, const gf_problem *problem, char *text, size_t size);
gf_status gf_cl_prepare(gf_device *device, const gf_problem *problem, const char *variant,
                        const gf_tuning *tuning, gf_program **program, gf_error *error);
void gf_cl_program_release(gf_program *program);
const char *gf_cl_program_note(const gf_program *program);
gf_lane_group gf_cl_lane_group(const gf_program *program);
void gf_cl_build_history(gf_program *program, uint64_t build_ns, gf_build_history *history);

/* Hash of what a workload's kernels are made from; 0: it has no OpenCL source. */
uint64_t gf_cl_source_hash(const gf_workload *workload);
/* Compiles the workload's source for the plan: sets program->program, kernel, options, build_id. */
gf_status gf_cl_build(gf_program *program, gf_error *error);
/* Compares the kernel's parameter list with the problem's. */
gf_status gf_cl_check_arguments(const gf_program *program, gf_error *error);
/* Sets the scalars, which stay the same over all launches. */
gf_status gf_cl_set_scalars(const gf_program *program, gf_error *error);
/* Sets every buffer; a pair in the order (source, destination). */
gf_status gf_cl_set_buffers(const gf_program *program, const cl_mem *memories, bool swapped,
                            gf_error *error);
/* Sets the last argument of a kernel with steps. */
gf_status gf_cl_set_steps(const gf_program *program, uint32_t steps, gf_error *error);

/* Whether the caller's flag, which may be NULL, is set. */
static inline bool gf_cl_cancelled(const volatile sig_atomic_t *cancel) {
    return cancel != NULL && *cancel != 0;
}

/* A part of the plan's NDRange. */
typedef struct gf_cl_band {
    size_t offset[2], global[2];
} gf_cl_band;

/* Starts a row of launches: nothing is under way, and the pair is in this state. */
void gf_cl_launches_begin(gf_program *program, bool swapped);
/* Enqueues one launch of the band (NULL: of all) that also waits for `after`, if not NULL. */
gf_status gf_cl_enqueue(gf_program *program, const gf_cl_band *band, cl_event after,
                        gf_error *error);
/* Enqueues so many steps. `readers`: NULL, or for each buffer the event of a transfer from it that
 * may be under way (or NULL): the launch that overwrites the buffer waits for it and forgets it. */
gf_status gf_cl_enqueue_steps(gf_program *program, uint64_t step_count, const cl_mem *memories,
                              cl_event *readers, const volatile sig_atomic_t *cancel,
                              gf_error *error);
/* The event of the latest launch; valid until the next one. At least one must be under way. */
cl_event gf_cl_last_launch(const gf_program *program);
/* Releases an event, if there is one. */
void gf_cl_release_event(cl_event *event);

gf_status gf_cl_launch(gf_program *program, const gf_launch *launch, gf_error *error);
gf_status gf_cl_finish(gf_program *program, bool *swapped, gf_error *error);
bool gf_cl_device_time(const gf_program *program, uint64_t *kernel_ns, const char **clock,
                       const char **reason);
/* Round trips whose transfers run beside the kernels (cl_pipeline.c). */
gf_status gf_cl_pipeline_create(gf_program *program, gf_buffer *buffers, gf_pipeline **pipeline,
                                gf_error *error);
void gf_cl_pipeline_release(gf_pipeline *pipeline);
gf_status gf_cl_pipeline_run(gf_pipeline *pipeline, const volatile sig_atomic_t *cancel,
                             bool *swapped, gf_error *error);
/* Forgets launches under way, after waiting for them. For release and after errors. */
void gf_cl_launches_drop(gf_program *program);

#endif
