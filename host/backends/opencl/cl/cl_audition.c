#include "backends/opencl/cl/cl_audition.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "backends/opencl/cl/cl_error.h"
#include "backends/opencl/cl/cl_launches.h"
#include "backends/opencl/clock/cl_clock_judge.h"
#include "base/cancel.h"
#include "base/clock.h"
#include "os/contention.h"
#include "os/store.h"

#define SCHEMA "gpufare.clock/3"
#define KIND   "clock"
/* As the results of probes. What other programs disturbed is kept for as short as a failure,
 * because the rate of operations is too low. */
#define GOOD_SECONDS    86400
#define TROUBLE_SECONDS 600

/* ---- The kernel -------------------------------------------------------- */

/* Each work-item makes rounds of 6 operations, each of which needs the one before. They end in a
 * number that is never 0, which no compiler knows: nothing is stored, nothing left out. Some
 * drivers end loops after 65,535 rounds.
 *
 * Some compile anew for each size of a group, so that all launches have groups of GROUP. */
#define ROUNDS     256
#define OPERATIONS (6.0 * ROUNDS)
#define GROUP      ((size_t)16)
static const char source[] = "__kernel void gf_audition(__global uint *never, uint rounds) {\n"
                             "    uint x = (uint)get_global_id(0) + 1u;\n"
                             "    for (uint i = 0u; i < rounds; i++) {\n"
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
    const size_t *group; /* NULL: the driver's choice */
    gf_clock clock;
    uint64_t start_ns;
    gf_contention_watch watch;
    uint64_t latest_start, latest_end; /* of the launches so far, by the device's clock */
} stage;

static gf_status check(const stage *s, cl_int code, const char *what, gf_error *error) {
    return gf_cl_check(error, code, "testing the clock of device %s: %s", s->device->number, what);
}

/* A device may have smaller groups only. */
static const size_t *group_of(const stage *s) {
    static const size_t group = GROUP;
    size_t most = 0;
    const cl_int code = clGetKernelWorkGroupInfo(
        s->kernel, s->device->id, CL_KERNEL_WORK_GROUP_SIZE, sizeof most, &most, NULL);
    return code == CL_SUCCESS && most >= group ? &group : NULL;
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
    if (code == CL_SUCCESS)
        s->group = group_of(s);
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

/* 0 items: a launch of next to nothing. */
static cl_int enqueue(const stage *s, size_t items, cl_event *event) {
    const cl_uint rounds = items == 0 ? 0 : ROUNDS;
    const size_t global = items == 0 ? GROUP : items;
    const cl_int code = clSetKernelArg(s->kernel, 1, sizeof rounds, &rounds);
    return code != CL_SUCCESS ? code
                              : clEnqueueNDRangeKernel(s->device->queue, s->kernel, 1, NULL,
                                                       &global, s->group, 0, NULL, event);
}

/* One launch, by both clocks. */
static gf_status time_launch(stage *s, size_t items, gf_cl_timing *taken, gf_error *error) {
    gf_cl_launches launches = {.latest_start = s->latest_start, .latest_end = s->latest_end};
    *taken = (gf_cl_timing){0, 0, NULL};
    cl_event *event = NULL;
    (void)gf_cl_launches_next(&launches, &event); /* the first one: there is room */
    const uint64_t start = gf_clock_now(&s->clock);
    cl_int code = enqueue(s, items, event);
    if (code == CL_SUCCESS) {
        (void)gf_cl_launches_add(&launches, 0);
        code = clFlush(s->device->queue);
    }
    gf_cl_launches_finish(&launches);
    s->latest_start = launches.latest_start;
    s->latest_end = launches.latest_end;
    taken->host_ns = (double)(gf_clock_now(&s->clock) - start);
    if (code == CL_SUCCESS)
        code = launches.failure;
    uint64_t device_ns = 0;
    if (code == CL_SUCCESS && !gf_cl_launches_time(&launches, &device_ns, &taken->unusable))
        return GF_OK;
    taken->device_ns = (double)device_ns;
    return check(s, code, "running a kernel", error);
}

static void keep_least(gf_cl_timing *least, const gf_cl_timing *taken) {
    least->host_ns = taken->host_ns < least->host_ns ? taken->host_ns : least->host_ns;
    least->device_ns = taken->device_ns < least->device_ns ? taken->device_ns : least->device_ns;
    least->unusable = taken->unusable != NULL ? taken->unusable : least->unusable;
}

static const gf_cl_timing never_taken = {1e18, 1e18, NULL};

/* ---- The lengths ------------------------------------------------------- */

/* Of the shorter kernel without its launch: long against the steps of a clock. */
#define SHORT_NS 2e6
/* A simulator takes so long for FIRST_ITEMS that it is given fewer. */
#define LONG_NS     20e6
#define FIRST_ITEMS 64
#define FEW_ITEMS   GROUP
/* Of the longer kernel. */
#define MOST_ITEMS ((size_t)1 << 25)
/* A test that takes longer, or is cancelled, ends after the launches under way. */
#define MOST_NS UINT64_C(1000000000)

static bool is_late(const stage *s) {
    return gf_cancelled(s->device->cancel) || gf_clock_now(&s->clock) - s->start_ns > MOST_NS;
}

/* The least of a few, by the host's clock. The first launch of a size may compile. */
static gf_status time_least(stage *s, size_t items, gf_cl_timing *least, gf_error *error) {
    gf_cl_timing taken;
    *least = never_taken;
    gf_status status = time_launch(s, items, &taken, error);
    for (int i = 0; status == GF_OK && i < 2; i++) {
        status = time_launch(s, items, &taken, error);
        keep_least(least, &taken);
    }
    return status;
}

static bool may_grow(size_t items) {
    return items <= MOST_ITEMS / GF_CL_CLOCK_FACTOR / GF_CL_CLOCK_FACTOR;
}

/* The work-items of the shorter kernel, which takes longer than its launch. */
static gf_status find_items(stage *s, const gf_cl_timing *launch, size_t *items, gf_error *error) {
    gf_cl_timing least;
    const double enough_ns = launch->host_ns > SHORT_NS ? launch->host_ns : SHORT_NS;
    *items = FIRST_ITEMS;
    gf_status status = time_least(s, *items, &least, error);
    if (status == GF_OK && least.host_ns > LONG_NS + launch->host_ns) {
        *items = FEW_ITEMS;
        return GF_OK;
    }
    while (status == GF_OK && least.host_ns - launch->host_ns < enough_ns && may_grow(*items) &&
           !is_late(s)) {
        *items *= GF_CL_CLOCK_FACTOR;
        status = time_least(s, *items, &least, error);
    }
    return status;
}

/* ---- The test ---------------------------------------------------------- */

#define PAIRS 3 /* of which the shortest times count: other programs only make them longer */
/* Again, if the times do not fit: the machine may be busy. */
#define ATTEMPTS 3

static gf_status time_pairs(stage *s, size_t items, gf_cl_timings *least, gf_error *error) {
    gf_status status = GF_OK;
    least->shorter = least->longer = never_taken;
    for (int i = 0; status == GF_OK && i < PAIRS && (i == 0 || !is_late(s)); i++) {
        gf_cl_timing launch, shorter, longer;
        status = time_launch(s, 0, &launch, error);
        if (status == GF_OK)
            status = time_launch(s, items, &shorter, error);
        if (status == GF_OK)
            status = time_launch(s, GF_CL_CLOCK_FACTOR * items, &longer, error);
        if (status != GF_OK)
            break;
        keep_least(&least->launch, &launch);
        keep_least(&least->shorter, &shorter);
        keep_least(&least->longer, &longer);
    }
    return status;
}

static double operations_per_ns(const gf_cl_timings *least, size_t items) {
    const double ns = least->longer.host_ns - least->shorter.host_ns;
    return ns > 0 ? (GF_CL_CLOCK_FACTOR - 1) * (double)items * OPERATIONS / ns : 0;
}

static gf_status hold(stage *s, gf_cl_clock *clock, gf_cl_clock_outcome *outcome, gf_error *error) {
    size_t items = 0;
    gf_cl_timings least;
    gf_status status = time_least(s, 0, &least.launch, error);
    if (status == GF_OK)
        status = find_items(s, &least.launch, &items, error);
    for (int i = 0; status == GF_OK && i < ATTEMPTS && (i == 0 || !is_late(s)); i++) {
        status = time_pairs(s, items, &least, error);
        if (status != GF_OK)
            break;
        *outcome = gf_cl_clock_judge(&least, gf_contention_disturbed(&s->watch), clock->trouble,
                                     sizeof clock->trouble);
        clock->operations_per_ns = operations_per_ns(&least, items);
        if (*outcome == GF_CL_CLOCK_PASSED || least.longer.unusable != NULL)
            break;
        if (*outcome == GF_CL_CLOCK_UNTESTED && least.longer.host_ns < LONG_NS && may_grow(items))
            items *= GF_CL_CLOCK_FACTOR;
    }
    clock->known = status == GF_OK && !gf_cancelled(s->device->cancel);
    return status;
}

/* ---- What it costs to keep times ------------------------------------- */

#define ROW          32 /* launches */
#define ROW_PAIRS    5  /* of which the shortest count */
#define MOST_ROWS_NS UINT64_C(300000000)

/* A row of launches of next to nothing, with or without an event for each. */
static gf_status time_row(stage *s, bool with_events, double *ns, gf_error *error) {
    cl_event events[ROW] = {NULL};
    const uint64_t start = gf_clock_now(&s->clock);
    cl_int code = CL_SUCCESS;
    for (int i = 0; code == CL_SUCCESS && i < ROW; i++)
        code = enqueue(s, 0, with_events ? &events[i] : NULL);
    const cl_int finished = clFinish(s->device->queue);
    *ns = (double)(gf_clock_now(&s->clock) - start);
    for (int i = 0; i < ROW; i++) {
        if (events[i] != NULL)
            clReleaseEvent(events[i]);
    }
    return check(s, code != CL_SUCCESS ? code : finished, "running a row of kernels", error);
}

static gf_status measure_event_cost(stage *s, gf_cl_clock *clock, gf_error *error) {
    double least[2] = {1e18, 1e18};
    gf_status status = GF_OK;
    const uint64_t start = gf_clock_now(&s->clock);
    for (int i = 0;
         status == GF_OK && !gf_cancelled(s->device->cancel) &&
         (i < 2 || (i < 2 * ROW_PAIRS && gf_clock_now(&s->clock) - start < MOST_ROWS_NS));
         i++) {
        double ns = 0;
        status = time_row(s, i % 2 == 1, &ns, error);
        least[i % 2] = ns < least[i % 2] ? ns : least[i % 2];
    }
    const double cost = (least[1] - least[0]) / ROW;
    clock->event_ns = status == GF_OK && least[1] < 1e18 && cost > 0 ? cost : 0;
    clock->known = clock->known && !gf_cancelled(s->device->cancel);
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
    int disturbed = 0;
    double rate = 0, event_ns = 0;
    if (json_unpack(saved, "{s:s, s:s, s:I, s:s, s:b, s:F, s:F}", "schema", &schema, "about",
                    &about, "saved", &at, "trouble", &trouble, "disturbed", &disturbed,
                    "operations_per_ns", &rate, "event_ns", &event_ns) == 0 &&
        strcmp(schema, SCHEMA) == 0 && strcmp(about, key) == 0) {
        const json_int_t now = time(NULL);
        const bool good = trouble[0] == '\0' && disturbed == 0;
        clock->known = at <= now && at >= now - (good ? GOOD_SECONDS : TROUBLE_SECONDS);
    }
    if (clock->known) {
        snprintf(clock->trouble, sizeof clock->trouble, "%s", trouble);
        clock->operations_per_ns = rate;
        clock->event_ns = event_ns;
    }
    json_decref(saved);
}

static void save(const char *key, const gf_cl_clock *clock, bool disturbed) {
    json_t *document =
        json_pack("{s:s, s:s, s:I, s:s, s:b, s:f, s:f}", "schema", SCHEMA, "about", key, "saved",
                  (json_int_t)time(NULL), "trouble", clock->trouble, "disturbed", disturbed,
                  "operations_per_ns", clock->operations_per_ns, "event_ns", clock->event_ns);
    if (document != NULL)
        (void)gf_store_write(KIND, gf_hash_text(GF_HASH_START, key), document);
    json_decref(document);
}

/* Where calls are counted, the number of tries, which depends on what else runs, must not. */
static bool is_test_overridden(void) {
    const char *text = getenv("GPUFARE_CLOCK_TEST");
    return text != NULL && strcmp(text, "0") == 0;
}

gf_status gf_cl_audition(const gf_cl_auditioned *device, gf_cl_clock *clock, gf_error *error) {
    char key[512];
    if (is_test_overridden())
        clock->known = true;
    if (clock->known)
        return GF_OK;
    format_key(device, key, sizeof key);
    load(key, clock);
    if (clock->known)
        return GF_OK;
    stage s = {.device = device, .clock = gf_clock_monotonic()};
    gf_cl_clock_outcome outcome = GF_CL_CLOCK_UNTESTED;
    gf_status status = set_up(&s, error);
    s.start_ns = gf_clock_now(&s.clock);
    s.watch = gf_contention_begin(gf_contention_read);
    if (status == GF_OK)
        status = hold(&s, clock, &outcome, error);
    if (status == GF_OK && outcome == GF_CL_CLOCK_PASSED)
        status = measure_event_cost(&s, clock, error);
    tear_down(&s);
    if (status == GF_OK && clock->known &&
        outcome != GF_CL_CLOCK_UNTESTED) /* the next process tries again */
        save(key, clock, gf_contention_disturbed(&s.watch));
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
