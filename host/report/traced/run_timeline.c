/* The round trips of a comparison as a timeline: for each result a process with two tracks, what
 * the host was in and what its device did. A round trip begins when it was measured to begin; its
 * phases follow one another in their order. Where it stops several times, each phase is the sum of
 * its parts. */
#include "base/entry.h"
#include "base/json.h"
#include "measure/comparison.h"
#include "report/traced/timeline_events.h"

enum { HOST = 1, DEVICE = 2 };

typedef struct lane {
    gf_timeline *to;
    const gf_comparison *comparison;
    const gf_result *result;
    uint32_t process;
} lane;

static uint64_t sample(const gf_result *result, gf_phase phase, uint32_t trip) {
    return result->ledger.phases[phase].ns[trip];
}

static void put(const lane *of, uint64_t track, const char *name, uint64_t begin_ns, uint64_t ns,
                json_t *more) {
    gf_timeline_span(of->to, of->process, track, name, begin_ns, begin_ns + ns, more);
}

static json_t *details(const lane *of, const char *key, uint64_t number) {
    json_t *object = json_object();
    gf_json_put_count(object, key, number, &of->to->bad);
    return object;
}

/* What the device did in the kernel phase: a span for each kernel of a step, if they are known. */
static void put_kernels(const lane *of, uint32_t trip, uint64_t begin_ns) {
    const gf_ledger *ledger = &of->result->ledger;
    const gf_workload *workload = of->comparison->problem->workload;
    const uint64_t steps = of->comparison->problem->steps;
    if (ledger->stage_count < 2 || workload->stage_name == NULL) {
        put(of, DEVICE, of->result->variant[0] == '\0' ? "kernel" : of->result->variant, begin_ns,
            sample(of->result, GF_PHASE_KERNEL, trip), details(of, "steps", steps));
        return;
    }
    for (uint32_t i = 0; i < ledger->stage_count; i++) {
        put(of, DEVICE, workload->stage_name(workload, i), begin_ns, ledger->stages[i].ns[trip],
            details(of, "steps", steps));
        begin_ns += ledger->stages[i].ns[trip];
    }
}

/* Transfers stand on both tracks: the host waits for them. */
static void put_transfer(const lane *of, gf_phase phase, uint64_t begin_ns, uint64_t ns,
                         uint64_t bytes) {
    if (ns == 0)
        return;
    put(of, HOST, gf_phase_name(phase), begin_ns, ns, details(of, "bytes", bytes));
    put(of, DEVICE, gf_phase_name(phase), begin_ns, ns, details(of, "bytes", bytes));
}

static void put_trip(const lane *of, uint32_t trip) {
    const gf_result *result = of->result;
    const uint64_t began = result->ledger.began.ns[trip];
    const uint64_t h2d = sample(result, GF_PHASE_H2D, trip);
    const uint64_t launch = sample(result, GF_PHASE_LAUNCH, trip);
    const uint64_t kernel = sample(result, GF_PHASE_KERNEL, trip);
    put(of, HOST, "round trip", began, sample(result, GF_PHASE_TOTAL, trip),
        details(of, "sample", trip));
    put_transfer(of, GF_PHASE_H2D, began, h2d, result->bytes_up);
    put(of, HOST, gf_phase_name(GF_PHASE_LAUNCH), began + h2d, launch, json_object());
    put(of, HOST, "wait for the kernel", began + h2d + launch, kernel, json_object());
    put_kernels(of, trip, began + h2d + launch);
    put_transfer(of, GF_PHASE_D2H, began + h2d + launch + kernel,
                 sample(result, GF_PHASE_D2H, trip), result->bytes_down);
}

static void put_pipelined(const lane *of) {
    const gf_ledger *ledger = &of->result->ledger;
    for (uint32_t i = 0; i < ledger->pipelined.count && i < ledger->pipelined_began.count; i++)
        put(of, HOST, "pipelined round trip", ledger->pipelined_began.ns[i],
            ledger->pipelined.ns[i], details(of, "sample", i));
}

/* A driver may also compile at the first launch: the phase is longer than its span then. */
static void put_build(const lane *of) {
    const gf_ledger *ledger = &of->result->ledger;
    const gf_samples *build = &ledger->phases[GF_PHASE_BUILD];
    const gf_samples *alloc = &ledger->phases[GF_PHASE_ALLOC];
    if (build->count > 0 && ledger->alloc_began_ns > ledger->build_began_ns)
        put(of, HOST, gf_phase_name(GF_PHASE_BUILD), ledger->build_began_ns,
            ledger->alloc_began_ns - ledger->build_began_ns, details(of, "phase_ns", build->ns[0]));
    if (alloc->count > 0)
        put(of, HOST, gf_phase_name(GF_PHASE_ALLOC), ledger->alloc_began_ns, alloc->ns[0],
            details(of, "bytes", of->result->device_bytes));
}

static void put_result(const lane *of) {
    char name[160];
    const gf_result *result = of->result;
    snprintf(name, sizeof name, "%s: %s", result->label, result->device->info.name);
    gf_timeline_process(of->to, of->process, name);
    gf_timeline_track(of->to, of->process, HOST, "host");
    gf_timeline_track(of->to, of->process, DEVICE, "device");
    put_build(of);
    for (uint32_t i = 0; i < result->ledger.began.count; i++)
        put_trip(of, i);
    put_pipelined(of);
}

static bool has_times(const gf_result *result) {
    return result->outcome == GF_OUTCOME_OK && result->ledger.began.count > 0;
}

static uint64_t origin_of(const gf_comparison *comparison) {
    uint64_t origin = UINT64_MAX;
    for (size_t i = 0; i < comparison->result_count; i++) {
        const gf_ledger *ledger = &comparison->results[i]->ledger;
        if (!has_times(comparison->results[i]))
            continue;
        const uint64_t times[] = {ledger->began.ns[0], ledger->build_began_ns,
                                  ledger->alloc_began_ns};
        for (size_t j = 0; j < sizeof times / sizeof times[0]; j++)
            origin = times[j] > 0 && times[j] < origin ? times[j] : origin;
    }
    return origin == UINT64_MAX ? 0 : origin;
}

gf_status gf_comparison_report_timeline(const gf_comparison *comparison, FILE *stream,
                                        gf_error *error) {
    GF_ENTER(error);
    gf_timeline to = gf_timeline_begin(stream, origin_of(comparison));
    for (size_t i = 0; i < comparison->result_count; i++) {
        const lane of = {&to, comparison, comparison->results[i], (uint32_t)i + 1};
        if (has_times(of.result))
            put_result(&of);
    }
    return gf_timeline_end(&to, error);
}
