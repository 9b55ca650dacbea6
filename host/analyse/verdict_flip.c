/* With k times the computing between the same transfers each measured kernel takes
 * gf_result_scaled_ns. The devices are compared at each k, each by its fastest kernel. */
#include "analyse/verdict_flip.h"

#include <math.h>
#include <string.h>

#include "base/text.h"
#include "device/chip.h"
#include "problem/traffic.h"

/* Beyond these, rates of a kernel say nothing. */
#define MOST_COMPUTING  1e6
#define LEAST_COMPUTING 1e-2
/* The factor from one k to the next in the search, which bisection follows. */
#define FINE_STEP  1.05
#define BISECTIONS 60

/* The fastest result with `factor` times the computing. */
static const gf_result *fastest_with(const gf_comparison *comparison, double factor) {
    const gf_result *best = NULL;
    double least = INFINITY;
    for (size_t i = 0; i < comparison->result_count; i++) {
        const gf_result *result = comparison->results[i];
        if (result->outcome != GF_OUTCOME_OK || gf_result_best(result)->count == 0)
            continue;
        const double ns = gf_result_scaled_ns(result, factor);
        if (ns < least) {
            best = result;
            least = ns;
        }
    }
    return best;
}

/* Whether it is the winner's device, or its chip under another name. */
static bool wins_with(const gf_comparison *comparison, const gf_result *winner, double factor) {
    const gf_device *device = fastest_with(comparison, factor)->device;
    return device == winner->device || gf_chip_is_shared(&device->info, &winner->device->info);
}

/* Between two factors, the one where another device than the winner's takes over. */
static double bisect(const gf_comparison *comparison, const gf_result *winner, double inside,
                     double outside) {
    for (int i = 0; i < BISECTIONS; i++) {
        const double middle = sqrt(inside * outside);
        *(wins_with(comparison, winner, middle) ? &inside : &outside) = middle;
    }
    return outside;
}

/* The factor nearest to 1 with which another device wins, on the way to `limit`. 0: none. */
static double find_factor(const gf_comparison *comparison, const gf_result *winner, double limit) {
    const double step = limit > 1 ? FINE_STEP : 1 / FINE_STEP;
    double inside = 1;
    while (limit > 1 ? inside < limit : inside > limit) {
        const double next = limit > 1 ? fmin(inside * step, limit) : fmax(inside * step, limit);
        if (!wins_with(comparison, winner, next))
            return bisect(comparison, winner, inside, next);
        inside = next;
    }
    return 0;
}

static bool was_run(const gf_comparison *comparison, const gf_device *device, const char *variant) {
    for (size_t i = 0; i < comparison->result_count; i++) {
        const gf_result *result = comparison->results[i];
        if (result->device == device && strcmp(result->variant, variant) == 0)
            return true;
    }
    return false;
}

/* Whether the device has a kernel for this workload that was not measured. */
static bool has_others(const gf_comparison *comparison, const gf_device *device) {
    const gf_workload *workload = comparison->problem->workload;
    for (size_t i = 0;; i++) {
        const char *variant = device->backend->variant(device, workload, comparison->problem, i);
        if (variant == NULL)
            return false;
        if (!was_run(comparison, device, variant))
            return true;
    }
}

/* false: no amount of computing lets another device win on this side. */
static bool add_factor(const gf_comparison *comparison, const gf_result *winner, double limit,
                       const gf_device **device, gf_text *text) {
    const double factor = find_factor(comparison, winner, limit);
    if (factor <= 0)
        return false;
    char number[24];
    const gf_result *other = fastest_with(comparison, factor);
    gf_format_factor(factor, number, sizeof number);
    gf_text_add(text, "%s%s wins with %s than %s times the computing", text->used == 0 ? "" : "; ",
                other->label, limit > 1 ? "more" : "less", number);
    *device = other->device;
    return true;
}

/* The runner-up's kernel may take `share` of its time to be level with the winner. */
static void add_faster_kernel(const gf_result *winner, const gf_result *second, gf_text *text) {
    const double target = gf_result_best_ns(winner);
    if (gf_result_scaled_ns(second, 0) >= target) {
        gf_text_add(text,
                    "only a smaller fare: that of %s alone takes longer than the winner's total",
                    second->label);
        return;
    }
    double low = 0, high = 1;
    for (int i = 0; i < BISECTIONS; i++) {
        const double middle = (low + high) / 2;
        *(gf_result_scaled_ns(second, middle) < target ? &low : &high) = middle;
    }
    gf_text_add(text,
                "no amount of computing between transfers; %s wins with a kernel %.2f times as "
                "fast",
                second->label, 1 / high);
}

void gf_flip_describe(const gf_comparison *comparison, const gf_result *winner,
                      const gf_result *runner_up, char *buffer, size_t size) {
    const gf_device *more = NULL, *less = NULL;
    gf_text text = gf_text_in(buffer, size);
    if (runner_up == NULL)
        return;
    const double least =
        fmax(gf_problem_least_share(comparison->problem, winner->work), LEAST_COMPUTING);
    const bool up = add_factor(comparison, winner, MOST_COMPUTING, &more, &text);
    const bool down = least < 1 && add_factor(comparison, winner, least, &less, &text);
    if (!up && !down) {
        add_faster_kernel(winner, runner_up, &text);
        return;
    }
    gf_text_add(&text, " between the same transfers, if kernels keep their rate");
    if ((up && has_others(comparison, more)) || (down && has_others(comparison, less)))
        gf_text_add(&text, "; a kernel that was not measured may win earlier");
}
