#include "analyse/program_checklist.h"

#include "base/text.h"

typedef unsigned long long count;

/* What the criteria look at. */
typedef struct program {
    const gf_trace *trace;
    uint32_t process;
    const gf_program_ledger *ledger;
    const gf_program_rows *rows;
    const gf_traced_device *device; /* of its queues the one with the least memory; NULL: none */
} program;

static const gf_traced_device *find_device(const gf_trace *trace, uint32_t process) {
    const gf_traced_device *least = NULL;
    for (size_t i = 0; i < trace->queue_count; i++) {
        const gf_traced_queue *queue = &trace->queues[i];
        if (queue->process != process || queue->device == GF_NONE)
            continue;
        const gf_traced_device *device = &trace->devices[queue->device];
        if (least == NULL || device->record.memory_bytes < least->record.memory_bytes)
            least = device;
    }
    return least;
}

/* ---- Memory ------------------------------------------------------------ */

static void grade_memory(const program *in, gf_criterion_result *result) {
    const uint64_t has = in->device == NULL ? 0 : in->device->record.memory_bytes;
    const double needed = (double)in->rows->peak_bytes;
    char texts[2][24];
    gf_format_bytes(needed, texts[0], sizeof texts[0]);
    gf_format_bytes((double)has, texts[1], sizeof texts[1]);
    if (has == 0) {
        snprintf(result->evidence, sizeof result->evidence,
                 "%s at a time; the memory of the device is not known", texts[0]);
        return;
    }
    result->value = needed / (double)has;
    result->grade = gf_grade_memory(result->value);
    snprintf(result->evidence, sizeof result->evidence,
             "at most %s of %s were allocated at a time (buffers, images, shared virtual memory)",
             texts[0], texts[1]);
    if (needed <= 0)
        return;
    gf_format_factor((double)has / needed, texts[0], sizeof texts[0]);
    snprintf(result->flips_when, sizeof result->flips_when, "does not fit from %s times as much",
             texts[0]);
}

/* ---- Lanes ------------------------------------------------------------- */

typedef struct lane_sum {
    uint64_t run_ns, idle_ns, chosen, launches, few;
} lane_sum;

/* A launch with fewer items than the device has lanes leaves units without work. */
static uint64_t few_items(const program *in, uint64_t multiple) {
    const uint64_t units = in->device == NULL ? 0 : in->device->record.units;
    return units * (multiple == 0 ? 1 : multiple);
}

static void add_launch(const program *in, const gf_traced_command *launch, lane_sum *sum) {
    const bool known = launch->object != GF_NONE;
    const uint64_t multiple = known ? in->trace->kernels[launch->object].record.multiple : 0;
    double items = 1;
    for (int i = 0; i < 3; i++)
        items *= (double)(launch->record.global[i] == 0 ? 1 : launch->record.global[i]);
    sum->launches++;
    sum->chosen += launch->record.local[0] != 0;
    sum->few += items < (double)few_items(in, multiple);
}

static lane_sum sum_lanes(const program *in) {
    lane_sum sum = {0};
    for (size_t i = 0; i < in->rows->kernel_count; i++) {
        sum.run_ns += in->rows->kernels[i].run_ns;
        sum.idle_ns += in->rows->kernels[i].idle_ns;
    }
    for (size_t i = 0; i < in->trace->command_count; i++) {
        const gf_traced_command *command = &in->trace->commands[i];
        if (command->process == in->process && command->record.status == 0 &&
            command->record.kind == GF_TRACE_LAUNCH_KERNEL)
            add_launch(in, command, &sum);
    }
    return sum;
}

/* How many lanes work at most: branches take away more of them, which no trace shows. */
static void grade_lanes(const program *in, gf_criterion_result *result) {
    const lane_sum sum = sum_lanes(in);
    gf_text evidence = gf_text_in(result->evidence, sizeof result->evidence);
    if (sum.launches == 0 || sum.run_ns == 0) {
        gf_text_add(&evidence,
                    sum.launches == 0 ? "no kernel ran" : "the times of its kernels are not known");
        return;
    }
    result->value = 1 - (double)sum.idle_ns / (double)sum.run_ns;
    const gf_grade grade = gf_grade_efficiency(result->value);
    result->grade = grade == GF_GRADE_PASS ? GF_GRADE_UNKNOWN : grade;
    gf_text_add(
        &evidence,
        "work-groups fill %.1f %% of the lanes, by time; their size is the program's choice "
        "in %llu of %llu launches",
        100 * result->value, (count)sum.chosen, (count)sum.launches);
    if (sum.few > 0)
        gf_text_add(&evidence, "; %llu have fewer items than the device has lanes", (count)sum.few);
    gf_text_add(&evidence, "; which way items branch is not seen from outside");
    snprintf(result->flips_when, sizeof result->flips_when, "%s",
             grade == GF_GRADE_PASS
                 ? "describe the kernel in a manifest: gpufare counts its branches"
                 : "work-groups of a multiple of the preferred size");
}

/* ---- Movement ---------------------------------------------------------- */

static void add_direction(gf_text *text, const char *name, uint64_t transfers, uint64_t bytes) {
    char amount[24];
    gf_format_bytes((double)bytes, amount, sizeof amount);
    gf_text_add(text, "%s %s in %llu transfers, ", amount, name, (count)transfers);
}

/* Of what a device does, the share that is no computing. */
static void grade_movement(const program *in, gf_criterion_result *result) {
    const gf_program_rows *rows = in->rows;
    const uint64_t *parts = in->ledger->parts_ns;
    const double moves = (double)(parts[GF_PART_UP] + parts[GF_PART_DOWN]);
    const double all = (double)in->ledger->device_ns, transfers = (double)(rows->ups + rows->downs);
    const double moved = (double)rows->up_bytes + (double)rows->down_bytes;
    gf_text evidence = gf_text_in(result->evidence, sizeof result->evidence);
    add_direction(&evidence, "up", rows->ups, rows->up_bytes);
    add_direction(&evidence, "down", rows->downs, rows->down_bytes);
    if (all <= 0 || in->ledger->by_host) {
        gf_text_add(&evidence, "the times of its kernels are not known");
        return;
    }
    result->value = moves / all;
    result->grade = gf_grade_fare(result->value);
    const double computes = (double)parts[GF_PART_KERNELS];
    gf_text_add(&evidence, "which is %.1f %% of a device's time", 100 * result->value);
    if (transfers > 0)
        gf_text_add(&evidence, "; %.3g launches and %.3g ms of kernels for each transfer",
                    (double)rows->launches / transfers, 1e-6 * computes / transfers);
    if (moved > 0)
        gf_text_add(&evidence, ", %.3g ns for each byte moved", computes / moved);
    snprintf(result->flips_when, sizeof result->flips_when,
             moves <= 0 ? "never: nothing is moved"
                        : "more, or less, computing between two transfers");
}

/* ---- Operations -------------------------------------------------------- */

typedef struct failure_sum {
    uint64_t builds, failed_builds, failed_launches;
} failure_sum;

static failure_sum sum_failures(const program *in) {
    failure_sum sum = {0};
    for (size_t i = 0; i < in->trace->call_count; i++) {
        const gf_traced_call *call = &in->trace->calls[i];
        const bool builds =
            call->process == in->process && call->record.kind == GF_TRACE_CALL_BUILD;
        sum.builds += builds;
        sum.failed_builds += builds && call->record.status != 0;
    }
    for (size_t i = 0; i < in->trace->command_count; i++) {
        const gf_traced_command *command = &in->trace->commands[i];
        sum.failed_launches += command->process == in->process && gf_traced_is_kernel(command) &&
                               command->record.status != 0;
    }
    return sum;
}

static void grade_operations(const program *in, gf_criterion_result *result) {
    const failure_sum sum = sum_failures(in);
    const bool lacks = sum.failed_builds > 0 || sum.failed_launches > 0;
    result->value = lacks ? 0 : 1;
    result->grade = lacks                    ? GF_GRADE_MARGINAL
                    : in->rows->launches > 0 ? GF_GRADE_PASS
                                             : GF_GRADE_UNKNOWN;
    snprintf(result->evidence, sizeof result->evidence,
             "%llu of %llu builds and %llu of %llu launches were refused; what the kernels compute "
             "was not compared with anything",
             (count)sum.failed_builds, (count)sum.builds, (count)sum.failed_launches,
             (count)(in->rows->launches + sum.failed_launches));
    if (lacks)
        snprintf(result->flips_when, sizeof result->flips_when,
                 "a device, or a driver, that takes what was refused");
}

/* ---- All --------------------------------------------------------------- */

static const struct {
    const char *question, *source;
    void (*grade)(const program *in, gf_criterion_result *result);
} criteria[GF_CRITERION_COUNT] = {
    [GF_CRITERION_MEMORY] = {"does what the program has at a time fit the device's memory?",
                             "sizes of its memory; what the device reports", grade_memory},
    [GF_CRITERION_BRANCHING] = {"do all lanes have work?",
                                "sizes of work-groups and launches; times of its kernels",
                                grade_lanes},
    [GF_CRITERION_MOVEMENT] = {"how much computing is there between two transfers?",
                               "bytes and times of its commands", grade_movement},
    [GF_CRITERION_OPERATIONS] = {"does the device support the operations?",
                                 "codes that its calls returned", grade_operations},
};

void gf_program_criteria_grade(const gf_trace *trace, uint32_t process,
                               const gf_program_ledger *ledger, const gf_program_rows *program_rows,
                               gf_criterion_row rows[GF_CRITERION_COUNT]) {
    const program in = {trace, process, ledger, program_rows, find_device(trace, process)};
    for (gf_criterion i = 0; i < GF_CRITERION_COUNT; i++) {
        rows[i] = (gf_criterion_row){.label = in.device == NULL ? "no device" : in.device->name,
                                     .result = {.criterion = i,
                                                .question = criteria[i].question,
                                                .source = criteria[i].source,
                                                .limit = gf_grade_limit(i),
                                                .grade = GF_GRADE_UNKNOWN}};
        criteria[i].grade(&in, &rows[i].result);
    }
}
