#include "backends/opencl/cl/cl_audition.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "backends/opencl/cl/cl_error.h"
#include "backends/opencl/cl/cl_launches.h"
#include "base/clock.h"
#include "os/store.h"

#define SCHEMA "gpufare.clock/1"
#define KIND   "clock"
/* As the results of probes. */
#define GOOD_SECONDS    86400
#define TROUBLE_SECONDS 600

/* ---- The kernel -------------------------------------------------------- */

/* Each work-item makes ROUNDS rounds of 6 operations, each of which needs the one before. They end
 * in a number that is never 0, which no compiler knows: nothing is stored, nothing left out. Some
 * drivers end loops after 65,535 rounds. */
#define ROUNDS     256
#define OPERATIONS (6.0 * ROUNDS)
static const char source[] = "__kernel void gf_audition(__global uint *never) {\n"
                             "    uint x = (uint)get_global_id(0) + 1u;\n"
                             "    for (uint i = 0u; i < 256u; i++) {\n"
                             "        x ^= x << 13;\n"
                             "        x ^= x >> 17;\n"
                             "        x ^= x << 5;\n"
                             "    }\n"
                             "    if (x == 0u)\n"
                             "        never[0] = x;\n"
                             "}\n";

typedef struct stage {
    const gf_cl_auditioned *device;
    cl_program program;
    cl_kernel kernel;
    cl_mem never;
    gf_clock clock;
    uint64_t latest_start, latest_end; /* of the launches so far, by the device's clock */
} stage;

static gf_status check(const stage *s, cl_int code, const char *what, gf_error *error) {
    return gf_cl_check(error, code, "testing the clock of device %s: %s", s->device->number, what);
}

static gf_status set_up(stage *s, gf_error *error) {
    const gf_cl_auditioned *device = s->device;
    const char *text = source;
    cl_int code = CL_SUCCESS;
    s->program = clCreateProgramWithSource(device->context, 1, &text, NULL, &code);
    if (code == CL_SUCCESS)
        code = clBuildProgram(s->program, 1, &device->id, "-cl-std=CL1.2", NULL, NULL);
    if (code == CL_SUCCESS)
        s->kernel = clCreateKernel(s->program, "gf_audition", &code);
    if (code == CL_SUCCESS)
        s->never = clCreateBuffer(device->context, CL_MEM_WRITE_ONLY, sizeof(cl_uint), NULL, &code);
    if (code == CL_SUCCESS)
        code = clSetKernelArg(s->kernel, 0, sizeof s->never, &s->never);
    return check(s, code, "making a kernel", error);
}

static void tear_down(stage *s) {
    if (s->never != NULL)
        clReleaseMemObject(s->never);
    if (s->kernel != NULL)
        clReleaseKernel(s->kernel);
    if (s->program != NULL)
        clReleaseProgram(s->program);
}

/* ---- Timing ------------------------------------------------------------ */

/* One launch, by both clocks. */
typedef struct timing {
    double host_ns, device_ns;
    const char *unusable; /* NULL, or why there is no device_ns */
} timing;

static gf_status time_launch(stage *s, size_t items, timing *taken, gf_error *error) {
    gf_cl_launches launches = {.latest_start = s->latest_start, .latest_end = s->latest_end};
    const uint64_t start = gf_clock_now(&s->clock);
    cl_int code = clEnqueueNDRangeKernel(s->device->queue, s->kernel, 1, NULL, &items, NULL, 0,
                                         NULL, gf_cl_launches_next(&launches));
    if (code == CL_SUCCESS) {
        (void)gf_cl_launches_add(&launches);
        code = clFlush(s->device->queue);
    }
    gf_cl_launches_finish(&launches);
    s->latest_start = launches.latest_start;
    s->latest_end = launches.latest_end;
    taken->host_ns = (double)(gf_clock_now(&s->clock) - start);
    if (code == CL_SUCCESS)
        code = launches.failure;
    uint64_t device_ns = 0;
    taken->unusable = NULL;
    if (code == CL_SUCCESS && !gf_cl_launches_time(&launches, &device_ns, &taken->unusable))
        return GF_OK;
    taken->device_ns = (double)device_ns;
    return check(s, code, "running a kernel", error);
}

/* Long against what it takes to launch a kernel, and against the steps of a clock. */
#define SHORT_NS   2e6
#define MOST_ITEMS ((size_t)1 << 25)
#define FACTOR     4

/* The work-items of the shorter kernel. The first launch may compile, and one that takes long may
 * have waited for other programs, so that it is made again. */
static gf_status find_items(stage *s, size_t *items, gf_error *error) {
    timing taken;
    *items = 64;
    gf_status status = time_launch(s, *items, &taken, error);
    while (status == GF_OK && *items < MOST_ITEMS) {
        status = time_launch(s, *items, &taken, error);
        if (status == GF_OK && taken.host_ns >= SHORT_NS)
            status = time_launch(s, *items, &taken, error);
        if (taken.host_ns >= SHORT_NS)
            break;
        *items *= FACTOR;
    }
    return status;
}

/* ---- Judging ----------------------------------------------------------- */

#define PAIRS 3 /* of which the shortest times count: other programs only make them longer */
/* Again, if the times do not fit: the machine may be busy. */
#define ATTEMPTS 3
/* How much faster or slower than the host's the device's clock may seem to be. Clocks that are
 * wrong are so by orders of magnitude: a constant, another unit. */
#define MOST_OFF 1.5
/* The host's times of the longer kernel, as a multiple of the shorter, that show which is which. */
#define LEAST_FACTOR 2.0

typedef struct pair {
    timing shorter, longer;
} pair;

static void keep_shortest(timing *least, const timing *taken) {
    least->host_ns = taken->host_ns < least->host_ns ? taken->host_ns : least->host_ns;
    least->device_ns = taken->device_ns < least->device_ns ? taken->device_ns : least->device_ns;
    least->unusable = taken->unusable != NULL ? taken->unusable : least->unusable;
}

static gf_status time_pairs(stage *s, size_t items, pair *least, gf_error *error) {
    *least = (pair){{1e18, 1e18, NULL}, {1e18, 1e18, NULL}};
    gf_status status = GF_OK;
    for (int i = 0; status == GF_OK && i < PAIRS; i++) {
        timing shorter, longer;
        status = time_launch(s, items, &shorter, error);
        if (status == GF_OK)
            status = time_launch(s, FACTOR * items, &longer, error);
        if (status == GF_OK) {
            keep_shortest(&least->shorter, &shorter);
            keep_shortest(&least->longer, &longer);
        }
    }
    return status;
}

static void describe(double host_ns, double device_ns, char *trouble, size_t size) {
    snprintf(
        trouble, size,
        "the device's clock failed its test: what took %.3g ms by the host's clock took %.3g ms "
        "by its own",
        host_ns * 1e-6, device_ns * 1e-6);
}

/* Writes why the device's times are not believed; "": they are. The difference of both lengths is
 * free of what a launch takes, and no kernel takes longer than the launch and the wait around it.
 */
static void judge(const pair *least, char *trouble, size_t size) {
    const timing *shorter = &least->shorter, *longer = &least->longer;
    const char *unusable = longer->unusable != NULL ? longer->unusable : shorter->unusable;
    const double host_ns = longer->host_ns - shorter->host_ns;
    const double device_ns = longer->device_ns - shorter->device_ns;
    trouble[0] = '\0';
    if (unusable != NULL)
        snprintf(trouble, size, "%s", unusable);
    else if (longer->host_ns < LEAST_FACTOR * shorter->host_ns)
        snprintf(
            trouble, size,
            "the device's clock could not be tested: %d times the work took %.2g times as long",
            FACTOR, longer->host_ns / shorter->host_ns);
    else if (shorter->device_ns > MOST_OFF * shorter->host_ns)
        describe(shorter->host_ns, shorter->device_ns, trouble, size);
    else if (device_ns * MOST_OFF < host_ns || device_ns > MOST_OFF * host_ns)
        describe(host_ns, device_ns, trouble, size);
}

static gf_status hold(stage *s, gf_cl_clock *clock, gf_error *error) {
    size_t items = 0;
    pair least;
    gf_status status = find_items(s, &items, error);
    for (int i = 0; status == GF_OK && i < ATTEMPTS; i++) {
        status = time_pairs(s, items, &least, error);
        if (status != GF_OK)
            break;
        judge(&least, clock->trouble, sizeof clock->trouble);
        const double host_ns = least.longer.host_ns - least.shorter.host_ns;
        clock->operations_per_ns =
            host_ns > 0 ? (FACTOR - 1) * (double)items * OPERATIONS / host_ns : 0;
        if (clock->trouble[0] == '\0' || least.longer.unusable != NULL)
            break;
    }
    clock->known = status == GF_OK;
    return status;
}

/* ---- Keeping ----------------------------------------------------------- */

static void format_key(const gf_cl_auditioned *device, char *key, size_t size) {
    snprintf(key, size, "%s; %s; %s; gpufare %s", device->name, device->platform, device->driver,
             gf_version());
}

static void load(const char *key, gf_cl_clock *clock) {
    json_t *saved = gf_store_read(KIND, gf_hash_text(GF_HASH_START, key));
    const char *schema = NULL, *about = NULL, *trouble = NULL;
    json_int_t at = 0;
    double rate = 0;
    if (json_unpack(saved, "{s:s, s:s, s:I, s:s, s:F}", "schema", &schema, "about", &about, "saved",
                    &at, "trouble", &trouble, "operations_per_ns", &rate) == 0 &&
        strcmp(schema, SCHEMA) == 0 && strcmp(about, key) == 0) {
        const json_int_t age = time(NULL) - at;
        clock->known = age >= 0 && age <= (trouble[0] == '\0' ? GOOD_SECONDS : TROUBLE_SECONDS);
        snprintf(clock->trouble, sizeof clock->trouble, "%s", trouble);
        clock->operations_per_ns = rate;
    }
    json_decref(saved);
}

static void save(const char *key, const gf_cl_clock *clock) {
    json_t *document = json_pack("{s:s, s:s, s:I, s:s, s:f}", "schema", SCHEMA, "about", key,
                                 "saved", (json_int_t)time(NULL), "trouble", clock->trouble,
                                 "operations_per_ns", clock->operations_per_ns);
    if (document != NULL)
        (void)gf_store_write(KIND, gf_hash_text(GF_HASH_START, key), document);
    json_decref(document);
}

gf_status gf_cl_audition(const gf_cl_auditioned *device, gf_cl_clock *clock, gf_error *error) {
    char key[512];
    if (clock->known)
        return GF_OK;
    format_key(device, key, sizeof key);
    load(key, clock);
    if (clock->known)
        return GF_OK;
    stage s = {.device = device, .clock = gf_clock_monotonic()};
    gf_status status = set_up(&s, error);
    if (status == GF_OK)
        status = hold(&s, clock, error);
    tear_down(&s);
    if (status == GF_OK)
        save(key, clock);
    return status;
}

/* ---- Kernels that are too fast ----------------------------------------- */

/* More than how many times as many operations any kernel does in the same time. Compilers that do
 * not vectorise the audition's leave a CPU with 512 bits one operation a cycle of 64, a GPU does
 * multiplications and additions eight times as often as shifts, and the machine may have been busy
 * with something else. */
#define MOST_FASTER 1024

const char *gf_cl_clock_doubts(const gf_cl_clock *clock, double operations, uint64_t kernel_ns) {
    const double least_ns =
        clock->operations_per_ns > 0 ? operations / (MOST_FASTER * clock->operations_per_ns) : 0;
    return (double)kernel_ns < least_ns ? "the device's event times are shorter than it can compute"
                                        : NULL;
}
