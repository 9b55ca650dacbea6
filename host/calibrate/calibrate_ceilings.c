#include "calibrate/calibrate_ceilings.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"
#include "calibrate/ceilings.h"
#include "measure/comparison.h"
#include "problem/problem.h"

/* Each kernel at hand runs briefly, and the fastest then at length; again, while other programs
 * take its cores. */
#define ATTEMPTS 3
/* A kernel this long outweighs its start and end, and the slice of about 4 ms that a scheduler
 * gives to another program. */
#define LONG_NS   1e7
#define MOST_LONG 4
/* The launch is subtracted from kernels at least this many times as long; it is not known well
 * enough for shorter ones. */
#define MANY_LAUNCHES 20
/* A small array is moved repeatedly: this many bytes. */
#define MOVED_BYTES ((uint64_t)256 << 20)
/* Results of larger problems are verified in samples. */
#define LARGE_BYTES ((uint64_t)1 << 20)
/* Copies this much faster than in memory, more than the usual scatter, are cached. */
#define CACHED_GAIN 1.2
/* A kernel this many times slower than the fastest with the same way of its stores is not tried in
 * the problems that follow. */
#define TOO_SLOW 1.5
/* Nor are more kernels than these, the fastest. */
#define MOST_TRIED 2
/* Which kernel is the fastest is asked at a size in the caches, and anew in memory. */
#define CACHED_SIZE 2
#define MEMORY_SIZE 5
/* Rounds of the second rung of the ladder: an array that keeps a GPU busy, and enough arithmetic to
 * tell how much more takes LONG_NS. */
#define SOME_ROUNDS 64
#define MOST_ROUNDS 1000000
/* Rungs after that, at most. */
#define MOST_CLIMBS 3
/* The least share of a run that counts as its kernel, however long launches take. */
#define LEAST_REST 0.01

uint32_t gf_calibrate_ceilings_pieces(void) {
    return 1 + 2 * GF_COPIED_SIZES + 3; /* launch; copies and reads; f32, f64, integer */
}

const gf_workload *gf_calibrate_workload(gf_error *error) {
    for (size_t i = 0; i < gf_workload_count(); i++) {
        if (gf_workload_at(i)->measures_ceilings)
            return gf_workload_at(i);
    }
    gf_error_set(error, GF_FAILED, "this library has no workload that measures ceilings");
    return NULL;
}

/* ---- One problem, in each kernel at hand ------------------------------- */

/* Values of a workload's parameters. */
typedef struct setting {
    const char *name, *text;
} setting;

#define MOST_KERNELS 24

/* A kernel at hand: a variant, and the way of its stores where it has a choice. */
typedef struct kernel {
    const char *variant, *tuning;
    bool too_slow;
    double least_ns; /* of the latest problem; 0: not run, or not supported */
    double least_kernel_ns;
} kernel;

typedef struct kernels {
    kernel items[MOST_KERNELS];
    size_t count;
    bool tried;
} kernels;

typedef struct measured {
    double least_ns; /* minimum kernel + minimum launch of all runs. Other programs, and a scheduler
                        that has not yet spread the threads, can only make a sample slower */
    double least_kernel_ns; /* minimum kernel: on a device with a clock of its own without launches,
                               which took a sixth of the time on an NVIDIA H200 */
    double ns;              /* median kernel + median launch of the best run */
    double spread;
    bool disturbed; /* in each of the long runs */
    gf_cost cost;
} measured;

typedef struct bench {
    const gf_calibration_run *run;
    gf_comparison *comparison;
} bench;

static gf_status open_bench(const gf_calibration_run *run, const setting *settings, size_t count,
                            bench *opened, gf_error *error) {
    const gf_workload *workload = gf_calibrate_workload(error);
    gf_run_options options;
    gf_run_options_defaults(&options);
    options.search = options.pipeline = options.watch = false; /* each run is watched as a whole */
    options.cancel = run->context->options->cancel;
    gf_params *params = NULL;
    *opened = (bench){.run = run};
    gf_status status = workload == NULL ? GF_FAILED : gf_params_create(workload, &params, error);
    for (size_t i = 0; status == GF_OK && i < count; i++)
        status = gf_params_set(params, settings[i].name, settings[i].text, error);
    if (status == GF_OK)
        status = gf_comparison_create(run->context->session, params, &options, &opened->comparison,
                                      error);
    /* Comparing large arrays would take most of the time. */
    if (status == GF_OK && gf_problem_bytes(opened->comparison->problem) > LARGE_BYTES)
        opened->comparison->options.verify = GF_VERIFY_SAMPLED;
    gf_params_destroy(params);
    return status;
}

/* Whether the kernel of this variant can store past the caches or through them. */
static bool has_two_ways(const bench *b, const char *variant) {
    const gf_backend *backend = b->run->device->backend;
    gf_tuning tuning = {.count = 0};
    if (backend->tunables != NULL)
        backend->tunables(b->run->device, b->comparison->problem, variant, &tuning);
    for (uint32_t i = 0; i < tuning.count; i++) {
        if (strcmp(tuning.tunables[i].name, GF_STORES_TUNABLE) == 0)
            return true;
    }
    return false;
}

static const char through_caches[] = GF_STORES_TUNABLE "=1", past_caches[] = GF_STORES_TUNABLE "=2";

static void add_kernel(kernels *all, const char *variant, const char *tuning) {
    if (all->count < MOST_KERNELS)
        all->items[all->count++] = (kernel){.variant = variant, .tuning = tuning};
}

static void list_kernels(const bench *b, kernels *all) {
    const gf_device *device = b->run->device;
    const gf_problem *problem = b->comparison->problem;
    *all = (kernels){.count = 0};
    for (size_t i = 0;; i++) {
        const char *variant = device->backend->variant(device, problem->workload, problem, i);
        if (variant == NULL)
            return;
        const bool two_ways = has_two_ways(b, variant);
        add_kernel(all, variant, two_ways ? through_caches : NULL);
        if (two_ways)
            add_kernel(all, variant, past_caches);
    }
}

static gf_status take_result(const gf_result *result, measured *taken, gf_error *error) {
    if (gf_result_outcome(result) == GF_OUTCOME_UNSUPPORTED)
        return GF_OK;
    if (gf_result_outcome(result) != GF_OUTCOME_OK)
        return gf_error_set(error, GF_FAILED, "calibration: %s: %s", gf_result_label(result),
                            gf_result_reason(result));
    const gf_statistics computing = gf_result_phase(result, GF_PHASE_KERNEL);
    const gf_statistics launch = gf_result_phase(result, GF_PHASE_LAUNCH);
    taken->ns = (double)computing.median_ns + (double)launch.median_ns;
    taken->least_kernel_ns = (double)computing.min_ns;
    taken->least_ns = (double)computing.min_ns + (double)launch.min_ns;
    taken->spread = gf_statistics_spread(&result->statistics[GF_PHASE_TOTAL]);
    return GF_OK;
}

/* How long a run samples. */
typedef struct length {
    uint32_t repeat, most;
    double time_s;
} length;

static const length briefly = {2, 10, 0.003}, at_length = {5, 200, 0.06},
                    spreading = {2, 10000, 0.1};

/* Runs a kernel once; least_ns 0: the device does not support it. */
static gf_status run_once(const bench *b, const kernel *chosen, length samples, measured *taken,
                          gf_error *error) {
    gf_run_options *options = &b->comparison->options;
    options->repeat = samples.repeat;
    options->min_time_s = samples.time_s;
    options->max_samples = samples.most;
    options->tuning = chosen->tuning;
    const gf_target target = {b->run->device, chosen->variant, "calibration"};
    const gf_result *result = NULL;
    *taken = (measured){.cost = b->comparison->problem->cost};
    const gf_contention_watch watch = gf_contention_begin(b->comparison->session->read_contention);
    gf_status status = gf_comparison_run(b->comparison, &target, &result, error);
    taken->disturbed = gf_contention_disturbed(&watch);
    if (status == GF_OK)
        status = take_result(result, taken, error);
    return status;
}

static void keep_least(measured *best, double least_ns, double least_kernel_ns) {
    best->least_ns = fmin(best->least_ns, least_ns);
    best->least_kernel_ns = fmin(best->least_kernel_ns, least_kernel_ns);
}

/* Runs a kernel at length until a run is undisturbed, and steady if its median is wanted; a few
 * times at most. Keeps the median of the best run, and the shortest time of all. */
static gf_status run_at_length(const bench *b, const kernel *chosen, bool steady, measured *best,
                               gf_error *error) {
    gf_status status = run_once(b, chosen, at_length, best, error);
    for (int i = 1; status == GF_OK && i < ATTEMPTS &&
                    (best->disturbed || (steady && best->spread > GF_WIDE_SPREAD));
         i++) {
        measured again;
        status = run_once(b, chosen, at_length, &again, error);
        if (status != GF_OK || again.least_ns <= 0)
            break;
        const measured before = *best;
        const bool better =
            again.disturbed == best->disturbed ? again.spread < best->spread : !again.disturbed;
        if (better)
            *best = again;
        keep_least(best, before.least_ns, before.least_kernel_ns);
        keep_least(best, again.least_ns, again.least_kernel_ns);
    }
    return status;
}

/* Runs every kernel briefly that is not too slow. *fastest NULL: none ran. New threads share a core
 * until the system spreads them, so the first kernel of a new list runs for that time before;
 * kernels of a single thread, which end the others, are the last of the list. */
static gf_status find_fastest(const bench *b, kernels *all, kernel **fastest, gf_error *error) {
    gf_status status = GF_OK;
    *fastest = NULL;
    for (size_t i = 0; status == GF_OK && i < all->count; i++) {
        kernel *tried = &all->items[i];
        measured taken = {.least_ns = 0};
        if (tried->too_slow)
            continue;
        status = run_once(b, tried, all->tried ? briefly : spreading, &taken, error);
        all->tried = true;
        tried->least_ns = taken.least_ns;
        tried->least_kernel_ns = taken.least_kernel_ns;
        if (taken.least_ns > 0 && (*fastest == NULL || taken.least_ns < (*fastest)->least_ns))
            *fastest = tried;
    }
    return status;
}

/* Runs at length the fastest kernel and, if it is cheap, the device's default, which may have been
 * slower only because another program took one of its cores: if it stays so, the result is
 * disturbed. */
static gf_status run_best_at_length(const bench *b, const kernels *all, const kernel *fastest,
                                    measured *best, gf_error *error) {
    gf_status status = run_at_length(b, fastest, false, best, error);
    measured usual;
    if (status != GF_OK || best->least_ns <= 0)
        return status;
    keep_least(best, fastest->least_ns, fastest->least_kernel_ns);
    const bool cheap = gf_problem_bytes(b->comparison->problem) < MOVED_BYTES / 2;
    if (fastest == &all->items[0] || !cheap)
        return status;
    status = run_at_length(b, &all->items[0], false, &usual, error);
    if (status == GF_OK && usual.least_ns > 0) {
        keep_least(best, usual.least_ns, usual.least_kernel_ns);
        best->disturbed = best->disturbed || usual.disturbed;
    }
    return status;
}

/* The fastest kernel with the same way of its stores. */
static double least_of_way(const kernels *all, const char *tuning) {
    double least_ns = HUGE_VAL;
    for (size_t i = 0; i < all->count; i++) {
        const kernel *k = &all->items[i];
        if (!k->too_slow && k->least_ns > 0 && k->tuning == tuning)
            least_ns = fmin(least_ns, k->least_ns);
    }
    return least_ns;
}

/* Whether MOST_TRIED kernels are faster. */
static bool is_far_down(const kernels *all, const kernel *k) {
    size_t faster = 0;
    for (size_t i = 0; i < all->count; i++)
        faster += !all->items[i].too_slow && all->items[i].least_ns > 0 &&
                  all->items[i].least_ns < k->least_ns;
    return faster >= MOST_TRIED;
}

static void drop_slow_kernels(kernels *all) {
    double least_ns[MOST_KERNELS];
    bool far_down[MOST_KERNELS];
    for (size_t i = 0; i < all->count; i++)
        least_ns[i] = least_of_way(all, all->items[i].tuning);
    for (size_t i = 0; i < all->count; i++)
        far_down[i] = is_far_down(all, &all->items[i]);
    for (size_t i = 0; i < all->count; i++)
        all->items[i].too_slow = all->items[i].too_slow || far_down[i] ||
                                 all->items[i].least_ns > TOO_SLOW * least_ns[i];
}

/* The way of the stores is of no concern where little or nothing is stored, and caches are the
 * faster way to themselves. */
static void drop_streaming(kernels *all) {
    for (size_t i = 0; i < all->count; i++)
        all->items[i].too_slow = all->items[i].tuning == past_caches;
}

/* The best that any kernel makes of a problem; least_ns 0: the device does not support it. An empty
 * list is filled first, with both ways of the stores if `past` is of use. */
static gf_status measure_best(const gf_calibration_run *run, const setting *settings, size_t count,
                              bool past, kernels *all, measured *best, gf_error *error) {
    bench b;
    kernel *fastest = NULL;
    *best = (measured){.least_ns = 0};
    gf_status status = open_bench(run, settings, count, &b, error);
    if (status == GF_OK && all->count == 0) {
        list_kernels(&b, all);
        if (!past)
            drop_streaming(all);
    }
    if (status == GF_OK)
        status = find_fastest(&b, all, &fastest, error);
    if (status == GF_OK && fastest != NULL)
        status = run_best_at_length(&b, all, fastest, best, error);
    drop_slow_kernels(all);
    gf_comparison_destroy(b.comparison);
    return status;
}

static const char *wide_precision(const gf_calibration_run *run) {
    return run->device->info.f64 ? "f64" : "f32";
}

/* ---- Launches ---------------------------------------------------------- */

/* The usual launch is that of the variant which kernels run in by default; the shortest may be that
 * of a single thread. */
static gf_status calibrate_launch(gf_calibration_run *run, gf_error *error) {
    const setting settings[] = {
        {"size", "1x1"}, {"rounds", "0"}, {"steps", "1"}, {"precision", wide_precision(run)}};
    bench b = {.comparison = NULL};
    kernels all = {.count = 0};
    kernel *fastest = NULL;
    measured usual = {.ns = 0};
    gf_status status = gf_calibration_run_step(run, error);
    if (status == GF_OK)
        status = open_bench(run, settings, GF_COUNT_OF(settings), &b, error);
    if (status == GF_OK)
        status = run_at_length(&b, &(kernel){.variant = NULL}, true, &usual, error);
    if (status == GF_OK) {
        list_kernels(&b, &all);
        status = find_fastest(&b, &all, &fastest, error);
    }
    run->profile->ceilings.launch_ns = usual.ns;
    run->profile->ceilings.least_launch_ns =
        fastest == NULL ? usual.least_ns : fmin(usual.least_ns, fastest->least_ns);
    run->profile->disturbed.launch = usual.disturbed;
    gf_comparison_destroy(b.comparison);
    return status;
}

/* ---- Copies and reads -------------------------------------------------- */

static uint64_t element_bytes(const gf_calibration_run *run) {
    return run->device->info.f64 ? 8 : 4;
}

/* Copies or reads, and where their rates go. */
typedef struct moves {
    const char *name;
    uint64_t arrays; /* that share the bytes */
    bool stores;     /* else hardly anything is stored */
    double *rates, *largest;
    bool *disturbed;
} moves;

/* Bytes of all arrays of a size. Two small arrays that just fill a first-level cache stay there
 * only if they lie well: the smallest copies are half as large. */
static uint64_t moved_bytes(const moves *m, size_t size) {
    const uint64_t bytes = GF_LEAST_COPIED << (2 * size);
    return m->arrays > 1 && size == 0 ? bytes / 2 : bytes;
}

/* Rows of 1024, or of more where a size can't have so many of them: 256 MiB are 65536 rows of f32.
 */
void gf_calibrate_array_size(uint64_t elements, char *text, size_t size) {
    const uint64_t most_rows = 32768;
    uint64_t columns = 1024;
    while (elements / columns > most_rows)
        columns *= 2;
    snprintf(text, size, "%" PRIu64 "x%" PRIu64, columns, elements / columns);
}

/* The rate at one size; it stays 0 where the arrays don't fit. The number of moves is odd: a kernel
 * for many of them then does exactly these, and no power of two hides a pass of a sum. */
static gf_status measure_size(gf_calibration_run *run, const moves *m, size_t index, kernels *all,
                              gf_error *error) {
    char size[32], steps[32];
    measured best;
    const uint64_t bytes = moved_bytes(m, index);
    const bool past = m->stores && index >= MEMORY_SIZE;
    gf_status status = gf_calibration_run_step(run, error);
    if (status != GF_OK || bytes / m->arrays > gf_calibration_run_limit(&run->device->info))
        return status;
    gf_calibrate_array_size(bytes / m->arrays / element_bytes(run), size, sizeof size);
    snprintf(steps, sizeof steps, "%" PRIu64, MOVED_BYTES / bytes | 1);
    const setting settings[] = {{"size", size},
                                {"moves", m->name},
                                {"rounds", "0"},
                                {"steps", steps},
                                {"precision", wide_precision(run)}};
    status = measure_best(run, settings, GF_COUNT_OF(settings), past, all, &best, error);
    if (status == GF_OK && best.least_kernel_ns > 0)
        m->rates[index] = best.cost.bytes / best.least_kernel_ns * 1e9;
    *m->disturbed = *m->disturbed || best.disturbed;
    return status;
}

/* Measures each size that fits. */
static gf_status measure_sizes(gf_calibration_run *run, const moves *m, gf_error *error) {
    static const size_t order[GF_COPIED_SIZES] = {CACHED_SIZE, 0, 1, 3, 4, MEMORY_SIZE, 6};
    gf_status status = GF_OK;
    kernels all = {.count = 0};
    for (size_t i = 0; status == GF_OK && i < GF_COPIED_SIZES; i++) {
        if (order[i] == MEMORY_SIZE)
            all.count = 0;
        status = measure_size(run, m, order[i], &all, error);
    }
    for (size_t i = 0; i < GF_COPIED_SIZES; i++)
        *m->largest = m->rates[i] > 0 ? m->rates[i] : *m->largest;
    return status;
}

/* The cached range ends at the last size whose rate is closer (as a ratio) to that of caches than
 * to the memory rate. The smallest arrays don't count for that: they fit into a first-level cache,
 * which is several times faster than the others. cached_bytes is the geometric mean of this size
 * and the next. */
static void take_copy_rates(gf_ceilings *ceilings) {
    const double *rates = ceilings->copies, memory = ceilings->copy_memory;
    double best = 0;
    for (size_t i = 1; i < GF_COPIED_SIZES; i++)
        best = fmax(best, rates[i]);
    ceilings->copy_cached = fmax(best, rates[0]);
    ceilings->cached_bytes = 0;
    for (size_t i = 0; best > CACHED_GAIN * memory && i < GF_COPIED_SIZES; i++) {
        if (rates[i] > sqrt(best * memory))
            ceilings->cached_bytes = (double)(GF_LEAST_COPIED << (2 * i)) * 2;
    }
}

static gf_status calibrate_moves(gf_calibration_run *run, gf_error *error) {
    gf_ceilings *ceilings = &run->profile->ceilings;
    gf_profile_parts *disturbed = &run->profile->disturbed;
    const moves copies = {
        "copy", 2, true, ceilings->copies, &ceilings->copy_memory, &disturbed->copies};
    const moves reads = {"read",           1, false, ceilings->reads, &ceilings->read_memory,
                         &disturbed->reads};
    gf_status status = measure_sizes(run, &copies, error);
    if (status == GF_OK)
        take_copy_rates(ceilings);
    return status == GF_OK ? measure_sizes(run, &reads, error) : status;
}

/* ---- Arithmetic -------------------------------------------------------- */

static double rate_of(const gf_cost *cost, double ns, double launch_ns) {
    return cost->operations / (ns > MANY_LAUNCHES * launch_ns ? ns - launch_ns : ns) * 1e9;
}

typedef struct arithmetic_run {
    gf_calibration_run *run;
    const char *arithmetic, *precision;
    kernels all;
    double *rate;
    double least_ns; /* of the latest rung */
    bool ended;
} arithmetic_run;

/* One rung of the ladder: the best of all kernels that are left, at length if it takes `long_ns`,
 * which ends the ladder. */
static gf_status climb(arithmetic_run *a, const char *size, uint64_t rounds, double long_ns,
                       gf_error *error) {
    char text[32];
    snprintf(text, sizeof text, "%" PRIu64, rounds);
    const setting settings[] = {{"size", size},
                                {"rounds", text},
                                {"steps", "1"},
                                {"arithmetic", a->arithmetic},
                                {"precision", a->precision}};
    bench b = {.comparison = NULL};
    kernel *fastest = NULL;
    const double launch_ns = a->run->profile->ceilings.least_launch_ns;
    gf_status status = open_bench(a->run, settings, GF_COUNT_OF(settings), &b, error);
    if (status == GF_OK && a->all.count == 0) {
        list_kernels(&b, &a->all);
        drop_streaming(&a->all);
    }
    if (status == GF_OK)
        status = find_fastest(&b, &a->all, &fastest, error);
    a->least_ns = status == GF_OK && fastest != NULL ? fastest->least_ns : 0;
    a->ended = a->least_ns <= 0 || a->least_ns >= long_ns;
    if (a->least_ns > 0) {
        measured best = {.least_ns = a->least_ns, .cost = b.comparison->problem->cost};
        if (a->ended)
            status = run_best_at_length(&b, &a->all, fastest, &best, error);
        a->run->profile->disturbed.arithmetic |= best.disturbed;
        if (status == GF_OK && best.least_ns > 0)
            *a->rate = fmax(*a->rate, rate_of(&best.cost, best.least_ns, launch_ns));
        drop_slow_kernels(&a->all);
    }
    gf_comparison_destroy(b.comparison);
    return status;
}

/* Where launches take long, the ladder goes on until they hardly count. */
static double long_enough(const gf_calibration_run *run) {
    const double launch_ns = run->profile->ceilings.least_launch_ns;
    return fmin(fmax(LONG_NS, MANY_LAUNCHES * launch_ns), MOST_LONG * LONG_NS);
}

/* As many rounds as take a little more than that, from a run of fewer. What its launch took does
 * not grow with them; the rest of a run that is nearly all launch is little more than a guess. */
static uint64_t long_rounds(const arithmetic_run *a, uint64_t rounds, double long_ns) {
    const double launch_ns = a->run->profile->ceilings.least_launch_ns;
    const double rest_ns = fmax(a->least_ns - launch_ns, LEAST_REST * a->least_ns);
    return (uint64_t)fmin(ceil(1.5 * (double)rounds * long_ns / rest_ns), MOST_ROUNDS);
}

/* Climbs until a run is long, a few times at most. */
static gf_status climb_on(arithmetic_run *a, double long_ns, gf_error *error) {
    uint64_t rounds = SOME_ROUNDS;
    gf_status status = climb(a, "1024x1024", rounds, long_ns, error);
    for (int i = 1; status == GF_OK && !a->ended; i++) {
        rounds = long_rounds(a, rounds, long_ns);
        const bool last = i == MOST_CLIMBS || rounds == MOST_ROUNDS;
        status = climb(a, "1024x1024", rounds, last ? 0 : long_ns, error);
    }
    return status;
}

/* Operations per second of the best kernel, up to the first long one. */
static gf_status measure_rate(gf_calibration_run *run, const char *arithmetic,
                              const char *precision, double *rate, gf_error *error) {
    arithmetic_run a = {.run = run, .arithmetic = arithmetic, .precision = precision, .rate = rate};
    const double long_ns = long_enough(run);
    gf_status status = gf_calibration_run_step(run, error);
    if (status == GF_OK)
        status = climb(&a, "256x256", 16, LONG_NS, error);
    if (status == GF_OK && !a.ended)
        status = climb_on(&a, long_ns, error);
    return status;
}

gf_status gf_calibrate_ceilings(gf_calibration_run *run, gf_error *error) {
    gf_ceilings *ceilings = &run->profile->ceilings;
    gf_status status = calibrate_launch(run, error);
    if (status == GF_OK)
        status = calibrate_moves(run, error);
    if (status == GF_OK)
        status = measure_rate(run, "real", "f32", &ceilings->f32, error);
    if (status == GF_OK && run->device->info.f64)
        status = measure_rate(run, "real", "f64", &ceilings->f64, error);
    /* 32 bits, as most indices, counts and hashes have. */
    if (status == GF_OK)
        status = measure_rate(run, "integer", "f32", &ceilings->integer, error);
    return status;
}
