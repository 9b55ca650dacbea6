#include "whatif/command_cost.h"

#include <math.h>

#include "trace/program_ledger.h"
#include "trace/program_rows.h"

const char *gf_scenario_name(gf_scenario scenario) {
    static const char *const names[GF_SCENARIOS] = {"kernels_free", "kernels_touch_once",
                                                    "kernels_same_best", "kernels_same_worst"};
    return names[scenario];
}

double gf_cost_ns(const gf_cost_range *cost, bool worst, double bytes) {
    const gf_cost_line *line = worst ? &cost->worst : &cost->best;
    return line->a_ns + line->b_ns * bytes;
}

/* What the last cache holds stays there; all goes through it. */
double gf_touch_ns(const gf_other_device *device, double bytes) {
    const double missed = fmax(bytes - device->cached_bytes, 0);
    return fmax(missed * device->touch_ns, bytes * device->cached_ns);
}

/* ---- On another device ------------------------------------------------- */

static gf_command_cost moved(const gf_cost_range *cost, bool worst, double bytes) {
    return (gf_command_cost){0, cost->known ? gf_cost_ns(cost, worst, bytes) : 0, cost->known};
}

/* At best the host reaches the memory where it is; at worst all of it comes down for the map and
 * goes up when that ends. */
static gf_command_cost mapped(const gf_other_device *device, bool worst, double bytes) {
    const gf_cost_range *up = &device->up[1], *down = &device->down[1];
    if (!worst || bytes <= 0)
        return (gf_command_cost){0, 0, true};
    return (gf_command_cost){0, gf_cost_ns(up, true, bytes) + gf_cost_ns(down, true, bytes),
                             up->known && down->known};
}

static double kernel_ns(const gf_trace *trace, const gf_traced_command *command,
                        const gf_other_device *device, gf_scenario scenario) {
    const gf_traced_arguments *arguments = gf_traced_arguments_of(trace, command);
    if (scenario == GF_SCENARIO_FREE)
        return 0;
    if (scenario == GF_SCENARIO_TOUCHING)
        return arguments == NULL ? 0 : gf_touch_ns(device, (double)arguments->bytes);
    return (double)gf_traced_run_ns(command);
}

/* Building, which a launch may wait for, is as it was. */
static gf_command_cost launched(const gf_trace *trace, size_t index, const gf_other_device *device,
                                gf_scenario scenario) {
    const gf_traced_command *command = &trace->commands[index];
    const bool worst = scenario == GF_SCENARIO_SAME_WORST;
    const bool same = scenario >= GF_SCENARIO_SAME_BEST;
    const double build = gf_trace_compiles(trace, index) ? (double)command->gap_ns : 0;
    return (gf_command_cost){build + gf_cost_ns(&device->launch, worst, 0),
                             kernel_ns(trace, command, device, scenario),
                             device->launch.known && (!same || command->is_placed)};
}

static gf_command_cost on_other(const gf_trace *trace, size_t index, const gf_other_device *device,
                                gf_scenario scenario) {
    const gf_trace_command *record = &trace->commands[index].record;
    const bool worst = scenario == GF_SCENARIO_SAME_WORST;
    const size_t memory = (record->flags & GF_TRACE_PINNED) != 0;
    const double bytes = (double)record->bytes;
    switch ((gf_trace_command_kind)record->kind) {
    case GF_TRACE_WRITE:
        return moved(&device->up[memory], worst, bytes);
    case GF_TRACE_READ:
        return moved(&device->down[memory], worst, bytes);
    case GF_TRACE_MAP:
    case GF_TRACE_UNMAP:
        return mapped(device, worst, record->kind == GF_TRACE_MAP ? bytes : 0);
    case GF_TRACE_LAUNCH_KERNEL:
    case GF_TRACE_NATIVE:
        return launched(trace, index, device, scenario);
    case GF_TRACE_FILL: /* writes what a copy reads and writes */
        return moved(&device->copy, worst, bytes / 2);
    default:
        return moved(&device->copy, worst, bytes);
    }
}

gf_command_cost gf_command_cost_of(const gf_trace *trace, size_t index,
                                   const gf_other_device *device, gf_scenario scenario) {
    const gf_traced_command *command = &trace->commands[index];
    if (device != NULL)
        return on_other(trace, index, device, scenario);
    return (gf_command_cost){(double)command->gap_ns, (double)gf_traced_run_ns(command),
                             command->is_placed};
}
