#include "backends/opencl/cl/cl_launches.h"

/* The host runs ahead by about this much device time: far more than the host is ever late, and
 * little to wait for after a Ctrl-C. */
#define RUN_AHEAD_NS UINT64_C(100000000)
/* Until the first time is known. */
#define FIRST_RUN_AHEAD 8
/* Launches between two flushes: the device starts early and the host does not call too often. */
#define FLUSH_INTERVAL 8
/* Rounds at the beginning of a row that are timed, and how many a later timed one stands for. */
#define FIRST_TIMED 4
#define TIMED_EVERY 16
/* The share of a launch that its timing may cost. */
#define MOST_COST 0.05
/* Of launches at least this long all are timed: a host that runs TIMED_EVERY of them ahead would
 * answer a Ctrl-C late. */
#define LONG_LAUNCH_NS UINT64_C(500000)

static const char *const ZERO_TIMES = "the device's event times are zero";

/* Reads an event's four times. The queue is in order, so no launch starts or ends before an earlier
 * one. Returns NULL, or why they can't be used. */
static const char *read_times(gf_cl_launches *launches, cl_event event, uint64_t *duration_ns) {
    static const cl_profiling_info points[] = {
        CL_PROFILING_COMMAND_QUEUED, CL_PROFILING_COMMAND_SUBMIT, CL_PROFILING_COMMAND_START,
        CL_PROFILING_COMMAND_END};
    cl_ulong times[4] = {0, 0, 0, 0};
    for (int i = 0; i < 4; i++) {
        if (clGetEventProfilingInfo(event, points[i], sizeof times[i], &times[i], NULL) !=
            CL_SUCCESS)
            return "the driver keeps no event times";
    }
    if (times[2] == 0 || times[3] == 0)
        return ZERO_TIMES;
    if (times[0] > times[1] || times[1] > times[2] || times[2] > times[3])
        return "the device's event times are out of order";
    if (times[2] < launches->latest_start || times[3] < launches->latest_end)
        return "the device's event times run backwards from one launch to the next";
    launches->latest_start = times[2];
    launches->latest_end = times[3];
    *duration_ns = times[3] - times[2];
    return NULL;
}

/* The code that a kernel ended with; clWaitForEvents only says that some event failed. */
static cl_int failure_of(cl_event event, cl_int wait_code) {
    cl_int status = CL_COMPLETE;
    if (clGetEventInfo(event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof status, &status, NULL) ==
            CL_SUCCESS &&
        status < 0)
        return status;
    return wait_code;
}

/* Waits for the oldest launch under way and takes its time. */
static void harvest_oldest(gf_cl_launches *launches) {
    const cl_event event = launches->ring[launches->first];
    const cl_int code = clWaitForEvents(1, &event);
    if (code != CL_SUCCESS) {
        if (launches->failure == CL_SUCCESS)
            launches->failure = failure_of(event, code);
    } else {
        uint64_t duration_ns = 0;
        const char *unusable = read_times(launches, event, &duration_ns);
        if (unusable != NULL)
            launches->unusable = unusable;
        launches->kernel_ns += duration_ns;
        if (launches->in_typical[launches->first]) {
            launches->typical_ns += duration_ns;
            launches->typical_launches++;
        }
        launches->stage_ns[launches->stages[launches->first]] += duration_ns;
        launches->harvested++;
    }
    clReleaseEvent(event);
    launches->first = (launches->first + 1) % GF_CL_RING;
    launches->count--;
}

/* Of a typical launch; while none has ended, of those that have. */
static uint64_t mean_ns(const gf_cl_launches *launches) {
    if (launches->typical_launches > 0)
        return launches->typical_ns / launches->typical_launches;
    return launches->harvested == 0 ? 0 : launches->kernel_ns / launches->harvested;
}

/* Whether timing each launch would make the row much longer. */
static bool timing_is_dear(const gf_cl_launches *launches) {
    const uint64_t each_ns = mean_ns(launches);
    return each_ns < LONG_LAUNCH_NS && launches->event_ns > MOST_COST * (double)each_ns;
}

/* In events. */
static uint32_t run_ahead(const gf_cl_launches *launches) {
    if (launches->harvested == 0)
        return FIRST_RUN_AHEAD;
    const uint64_t stands_for = launches->untimed_rounds > 0 ? TIMED_EVERY : 1;
    const uint64_t each_ns = mean_ns(launches) * stands_for;
    const uint64_t fit = each_ns == 0 ? GF_CL_RING : RUN_AHEAD_NS / each_ns;
    if (fit < 2)
        return 2;
    return fit > GF_CL_RING ? GF_CL_RING : (uint32_t)fit;
}

void gf_cl_launches_begin_round(gf_cl_launches *launches, bool last) {
    const uint64_t round = launches->rounds++;
    const bool timed = last || round < FIRST_TIMED || round % TIMED_EVERY == 0;
    /* The first launch alone, with its cold caches, does not decide. */
    while (!timed && launches->event_ns > 0 && launches->typical_launches == 0 &&
           launches->count > 0)
        harvest_oldest(launches);
    launches->untimed = !timed && launches->typical_rounds > 0 && timing_is_dear(launches);
    /* In the first round caches are cold. */
    launches->typical = !launches->untimed && round > 0 && !last;
    launches->untimed_rounds += launches->untimed ? 1 : 0;
    launches->typical_rounds += launches->typical ? 1 : 0;
}

bool gf_cl_launches_next(gf_cl_launches *launches, cl_event **event) {
    *event = NULL;
    if (launches->untimed)
        return launches->failure == CL_SUCCESS;
    while (launches->count >= run_ahead(launches) && launches->failure == CL_SUCCESS)
        harvest_oldest(launches);
    if (launches->failure != CL_SUCCESS)
        return false;
    const uint32_t place = (launches->first + launches->count) % GF_CL_RING;
    launches->in_typical[place] = launches->typical;
    *event = &launches->ring[place];
    return true;
}

bool gf_cl_launches_add(gf_cl_launches *launches, uint32_t stage) {
    launches->enqueued++;
    if (launches->untimed)
        return launches->enqueued % FLUSH_INTERVAL == 0;
    launches->stages[(launches->first + launches->count) % GF_CL_RING] = (uint8_t)stage;
    launches->count++;
    return launches->enqueued % FLUSH_INTERVAL == 0 || launches->count >= run_ahead(launches);
}

cl_event gf_cl_launches_last(const gf_cl_launches *launches) {
    return launches->ring[(launches->first + launches->count - 1) % GF_CL_RING];
}

void gf_cl_launches_finish(gf_cl_launches *launches) {
    while (launches->count > 0)
        harvest_oldest(launches);
}

/* Of the rounds without times, each of which takes the mean of the typical ones; no more than the
 * row leaves beside those with times. */
static uint64_t untimed_ns(const gf_cl_launches *launches) {
    if (launches->untimed_rounds == 0)
        return 0;
    const double mean = (double)launches->typical_ns / (double)launches->typical_rounds;
    const uint64_t sum = (uint64_t)(mean * (double)launches->untimed_rounds);
    if (launches->row_ns == 0)
        return sum;
    const uint64_t rest =
        launches->row_ns > launches->kernel_ns ? launches->row_ns - launches->kernel_ns : 0;
    return sum < rest ? sum : rest;
}

bool gf_cl_launches_time(const gf_cl_launches *launches, uint64_t *kernel_ns, const char **reason) {
    const char *unusable = launches->unusable;
    if (unusable == NULL && launches->harvested == 0)
        unusable = "nothing was launched";
    if (unusable == NULL && launches->kernel_ns == 0)
        unusable = ZERO_TIMES;
    if (unusable != NULL) {
        *reason = unusable;
        return false;
    }
    *kernel_ns = launches->kernel_ns + untimed_ns(launches);
    return true;
}
