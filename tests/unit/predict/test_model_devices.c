/* Predictions for four model devices whose times are known in closed form (model_devices.h). The
 * tool calibrates them through the fake backend, measures the cases of each workload, and predicts
 * forty problems that are far from these cases on each device. The true times come from counts of
 * the test's own. GPUFARE_MODEL_DETAILS=1 prints every prediction. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "advise/advice_verdict.h"
#include "base/array.h"
#include "made_profiles.h"
#include "model_devices.h"
#include "predict/candidates_create.h"
#include "predict/cases.h"
#include "problem/problem.h"

FAKE_GLOBALS

TestSuite(model_devices, .timeout = 900);

/* ---- The problems ------------------------------------------------------ */

/* One problem: its settings, and what a round trip is in truth. */
typedef struct task {
    const char *workload;
    char text[256]; /* "NAME=VALUE NAME=VALUE" */
    bool f32;
    double ups, bytes_up, downs, bytes_down, launches, steps, units[MODELS], footprint;
} task;

typedef struct picture_row {
    uint32_t width, height, max_iter;
    const char *view, *c, *inputs;
    bool f32;
} picture_row;

static const picture_row pictures[] = {
    {16, 16, 1000, "-1.8,1.8,-1.8,1.8", "-0.62772,-0.42193", "generated", false},
    {512, 512, 50000, "-0.5001,-0.4999,0.5999,0.6001", "-0.62772,-0.42193", "generated", false},
    {1000, 1000, 20000, "-1.8,1.8,-1.8,1.8", "-0.62772,-0.42193", "generated", false},
    {4096, 4096, 300, "-1.8,1.8,-1.8,1.8", "-0.62772,-0.42193", "generated", false},
    {16384, 16384, 100000, "-1.8,1.8,-1.8,1.8", "0,0", "generated", false},
    {8192, 8192, 100000, "1.01,1.4,0.1,0.5", "0,0", "generated", false},
    {2048, 2048, 5000, "0.999,1.001,-0.001,0.001", "0,0", "list", false},
    {640, 480, 100000, "-1.5,1.5,-1.2,1.2", "-0.1226,0.7449", "generated", false},
    {1024, 1024, 2000, "-1.8,1.8,-1.8,1.8", "-0.62772,-0.42193", "shuffled", false},
    {300, 300, 3000, "-1.6,1.6,-1.6,1.6", "0,1", "generated", true},
    {16384, 16384, 1000, "-0.6,0.6,-0.6,0.6", "0,0", "generated", true},
    {4096, 4096, 60, "-1.8,1.8,-1.8,1.8", "-0.8,0.156", "list", true},
    {1600, 1200, 10000, "-1.8,1.8,-1.8,1.8", "-0.1226,0.7449", "shuffled", true},
    {1111, 777, 400, "-0.4,0.4,-0.3,0.3", "-0.4,0.6", "generated", true},
};

typedef struct grid_row {
    uint32_t width, height, steps, every; /* every 0: only at the end */
    bool writes;
} grid_row;

static const grid_row grids[] = {
    {16, 16, 1000, 1, false},    {16, 16, 100000, 1000, false},    {64, 64, 1000, 10, true},
    {100, 300, 50, 1, false},    {256, 256, 3000, 1000, false},    {512, 512, 100, 1, true},
    {640, 480, 30, 3, false},    {1000, 1000, 10000, 1000, false}, {1024, 1024, 37, 5, true},
    {2000, 500, 400, 20, false}, {4096, 4096, 2000, 0, false},     {8192, 8192, 300, 100, false},
    {16384, 16384, 6, 1, false}, {16384, 16384, 2000, 1000, true},
};

static const uint64_t counts[] = {3000, 300000, 2000000, 50000000, 300000000, 1000000000};

/* Primes, and a product of two with the smaller of them. */
static const struct {
    const char *number;
    double divisor;
} primes[] = {{"104729", 0},
              {"15485863", 0},
              {"999999999989", 0},
              {"104729000733103", 104729},
              {"72057594037927931", 0},
              {"2305843009213693951", 0}};

#define TASKS                                                                                      \
    (GF_COUNT_OF(pictures) + GF_COUNT_OF(grids) + GF_COUNT_OF(counts) + GF_COUNT_OF(primes))

static task task_of_picture(const picture_row *row) {
    picture_spec p;
    memset(&p, 0, sizeof p); /* padding, too */
    p.width = row->width;
    p.height = row->height;
    p.max_iter = row->max_iter;
    p.f32 = row->f32;
    p.shuffled = strcmp(row->inputs, "shuffled") == 0;
    cr_assert_eq(
        sscanf(row->view, "%lf,%lf,%lf,%lf", &p.view[0], &p.view[1], &p.view[2], &p.view[3]), 4);
    cr_assert_eq(sscanf(row->c, "%lf,%lf", &p.c[0], &p.c[1]), 2);
    const picture_counts *counted = counts_of(&p);
    cr_expect_leq(counted->error, 0.005, "%ux%u: %g", row->width, row->height, counted->error);
    const double pixels = (double)row->width * row->height;
    const bool listed = strcmp(row->inputs, "generated") != 0;
    task t = {.workload = "julia",
              .f32 = row->f32,
              .ups = listed ? 2 : 0,
              .bytes_up = listed ? pixels * 2 * (row->f32 ? 8 : 16) : 0,
              .downs = 1,
              .bytes_down = pixels * (row->max_iter < 65536 ? 2 : 4),
              .launches = 1,
              .steps = 1};
    for (int i = 0; i < MODELS; i++)
        t.units[i] = picture_units(&models[i], t.f32, counted->spent[models[i].shape], t.bytes_up,
                                   t.bytes_up + t.bytes_down);
    snprintf(t.text, sizeof t.text, "size=%ux%u max-iter=%u view=%s c=%s inputs=%s precision=%s",
             row->width, row->height, row->max_iter, row->view, row->c, row->inputs,
             row->f32 ? "f32" : "f64");
    return t;
}

static task task_of_grid(const grid_row *row) {
    const double cells = (double)row->width * row->height;
    const uint32_t every = row->every == 0 ? row->steps : row->every;
    const double stops = (row->steps + every - 1) / every, ups = row->writes ? stops : 1;
    task t = {.workload = "diffusion",
              .ups = ups,
              .bytes_up = ups * cells * 8,
              .downs = stops,
              .bytes_down = stops * cells * 8,
              .footprint = 2 * cells * 8,
              .launches = stops,
              .steps = row->steps};
    for (int i = 0; i < MODELS; i++)
        t.units[i] = cells * row->steps;
    snprintf(t.text, sizeof t.text, "size=%ux%u steps=%u steps-per-transfer=%u host-use=%s",
             row->width, row->height, row->steps, row->every, row->writes ? "write" : "read");
    return t;
}

static task task_of_sum(uint64_t count) {
    const double blocks = (double)((count + 16383) / 16384);
    task t = {.workload = "sum",
              .ups = 1,
              .bytes_up = blocks * 16384 * 8,
              .downs = 1,
              .bytes_down = blocks * 8,
              .footprint = blocks * 16385 * 8,
              .launches = 1,
              .steps = 1};
    for (int i = 0; i < MODELS; i++)
        t.units[i] = (double)count;
    snprintf(t.text, sizeof t.text, "count=%llu", (unsigned long long)count);
    return t;
}

static task task_of_prime(const char *number, double divisor) {
    const double root = divisor > 0 ? divisor : floor(sqrt(strtod(number, NULL)));
    /* 2, 3, and the numbers 6k - 1 and 6k + 1 from 5 on. */
    const double divisions = 2 + floor((root + 1) / 6) + floor((root - 1) / 6);
    task t = {.workload = "prime",
              .ups = 1,
              .bytes_up = 8,
              .downs = 1,
              .bytes_down = 8,
              .launches = 1,
              .steps = 1};
    for (int i = 0; i < MODELS; i++)
        t.units[i] = divisions;
    snprintf(t.text, sizeof t.text, "number=%s", number);
    return t;
}

static void make_tasks(task tasks[TASKS]) {
    size_t n = 0;
    for (size_t i = 0; i < GF_COUNT_OF(pictures); i++)
        tasks[n++] = task_of_picture(&pictures[i]);
    for (size_t i = 0; i < GF_COUNT_OF(grids); i++)
        tasks[n++] = task_of_grid(&grids[i]);
    for (size_t i = 0; i < GF_COUNT_OF(counts); i++)
        tasks[n++] = task_of_sum(counts[i]);
    for (size_t i = 0; i < GF_COUNT_OF(primes); i++)
        tasks[n++] = task_of_prime(primes[i].number, primes[i].divisor);
}

static double true_ns(const model *m, const task *t) {
    return model_transfer_ns(m, m->up, t->ups, t->bytes_up) +
           model_transfer_ns(m, m->down, t->downs, t->bytes_down) +
           model_compute_ns(m, t->workload, t->f32, t->launches, t->steps, t->units[m - models],
                            t->footprint);
}

/* ---- Calibrating and predicting ---------------------------------------- */

static void set_params(fake_bench *bench, const task *t) {
    gf_error error = GF_ERROR_INIT;
    char copy[sizeof t->text], *rest = NULL;
    snprintf(copy, sizeof copy, "%s", t->text);
    gf_params_destroy(bench->params);
    bench->params = NULL;
    cr_assert_eq(gf_params_create(gf_workload_find(t->workload, NULL), &bench->params, &error),
                 GF_OK);
    for (char *word = strtok_r(copy, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        char *value = strchr(word, '=');
        *value = '\0';
        cr_assert_eq(gf_params_set(bench->params, word, value + 1, &error), GF_OK, "%s",
                     error.text);
    }
}

/* Measures what the stored profiles lack. */
static gf_candidates *candidates_of(const fake_bench *bench) {
    gf_target choices[MODELS];
    gf_candidates *candidates = NULL;
    gf_error error = GF_ERROR_INIT;
    for (size_t i = 0; i < MODELS; i++)
        choices[i] = (gf_target){gf_session_device(bench->session, i), "best", "by the test"};
    const gf_target_list targets = {.targets = choices, .count = MODELS};
    const gf_context context = {bench->session, &bench->options};
    cr_assert_eq(gf_candidates_create(&context, bench->params, &targets, NULL, &candidates, &error),
                 GF_OK, "%s", error.text);
    for (size_t i = 0; i < candidates->count; i++)
        cr_assert_str_eq(candidates->items[i].failure, "");
    return candidates;
}

typedef struct tally {
    double errors[TASKS * MODELS];
    size_t count, inside, bounds, named, too_close;
    double worst_loss;
    char worst_text[256];
} tally;

static int by_size(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static bool shows_details(void) {
    return getenv("GPUFARE_MODEL_DETAILS") != NULL;
}

static void judge_prediction(const task *t, const model *m, const gf_prediction *p, tally *found) {
    const gf_interval *total = &p->phases[GF_PHASE_TOTAL];
    const double truth = true_ns(m, t), error = total->value / truth - 1;
    cr_assert(p->possible, "%s %s: %s", m->name, t->text, p->why_not);
    if (shows_details())
        printf("%-13s %-9s %+7.1f%% dev %.3f%s%s %s\n", m->name, t->workload, 100 * error,
               p->log_deviation,
               p->bound                                      ? " bound"
               : total->low <= truth && truth <= total->high ? ""
                                                             : " OUT",
               p->beyond ? " beyond" : "", t->text);
    if (p->bound) {
        found->bounds++;
        return;
    }
    found->errors[found->count++] = fabs(error);
    found->inside += total->low <= truth && truth <= total->high;
}

static void judge_verdict(const task *t, const gf_candidates *candidates, tally *found) {
    const gf_advice_verdict verdict = gf_advice_judge(candidates, NULL);
    double best = HUGE_VAL;
    for (size_t i = 0; i < MODELS; i++)
        best = fmin(best, true_ns(&models[i], t));
    const double loss = true_ns(&models[verdict.ranking.winner], t) / best - 1;
    if (verdict.kind == GF_ADVICE_BOUND)
        return;
    if (verdict.kind == GF_ADVICE_TOO_CLOSE) {
        found->too_close++;
        return;
    }
    found->named++;
    cr_expect_leq(loss, 0.05, "%s %s: %s loses %.1f %%", t->workload, t->text,
                  models[verdict.ranking.winner].name, 100 * loss);
    found->worst_loss = fmax(found->worst_loss, loss);
}

static void predict_task(fake_bench *bench, const task *t, gf_candidates *candidates,
                         tally *found) {
    gf_problem *problem = NULL;
    gf_error error = GF_ERROR_INIT;
    set_params(bench, t);
    cr_assert_eq(gf_problem_create(bench->params, &problem, &error), GF_OK, "%s", error.text);
    gf_estimate estimate = gf_estimate_of(problem);
    gf_candidates_predict(candidates, problem, &estimate);
    for (size_t i = 0; i < MODELS; i++)
        judge_prediction(t, &models[i], &candidates->items[i].prediction, found);
    judge_verdict(t, candidates, found);
    gf_problem_destroy(problem);
}

/* While they are measured, the devices have little memory, so that the largest arrays, whose pages
 * would take most of the test's time, are left out. */
#define MEMORY_MEASURED (UINT64_C(80) << 20)

static void give_room(gf_candidates *candidates) {
    for (size_t i = 0; i < candidates->count; i++) {
        gf_candidate *item = &candidates->items[i];
        item->profile->global_memory_bytes = item->profile->max_alloc_bytes = 0;
        item->device->info.global_memory_bytes = item->device->info.max_alloc_bytes = 0;
    }
}

/* Sanitizers make measuring many times as slow: there only sum and prime are measured. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define FIRST_TASK (GF_COUNT_OF(pictures) + GF_COUNT_OF(grids))
#else
#define FIRST_TASK 0
#endif

static bool same_kind(const task *a, const task *b) {
    return strcmp(a->workload, b->workload) == 0 && a->f32 == b->f32;
}

static void expect_near(double got, double want, double share, const char *what,
                        const char *device) {
    cr_expect(fabs(got / want - 1) <= share, "%s of %s: %g, not %g", what, device, got, want);
}

/* The calibration must find what the device was made of. */
static void check_profile(const model *m, const gf_profile *profile) {
    const gf_line *up = &profile->transfers[GF_UP][profile->used];
    const gf_line *down = &profile->transfers[GF_DOWN][profile->used];
    cr_expect_eq(profile->used, m->in_place ? GF_MEMORY_MAPPED : GF_MEMORY_PINNED);
    expect_near(up->a_ns, SLOWNESS * m->up, 1e-3, "latency up", m->name);
    expect_near(down->a_ns, SLOWNESS * m->down, 1e-3, "latency down", m->name);
    if (m->rate > 0) {
        expect_near(up->b_ns, SLOWNESS / m->rate, 1e-3, "slope up", m->name);
        expect_near(down->b_ns, SLOWNESS / m->rate, 1e-3, "slope down", m->name);
    }
    const gf_ceilings *ceilings = &profile->ceilings;
    expect_near(ceilings->launch_ns, SLOWNESS * (m->launch + m->fixed + m->step), 1e-3, "launch",
                m->name);
    /* Times 300 times as long make the launch a large part of a kernel of 10 ms, and such a kernel
     * of f32 may still be bound by memory: that ceiling may be far below the truth. A cell of
     * diffusion has 7 operations, too. */
    const double f64 = 7e9 / (SLOWNESS * fmin(m->iteration_f64, m->cell));
    expect_near(ceilings->f64, f64, 0.15, "f64", m->name);
    cr_expect_leq(ceilings->f32, 1.05 * 7e9 / (SLOWNESS * m->iteration_f32), "f32 of %s", m->name);
}

static void report(tally *found) {
    qsort(found->errors, found->count, sizeof *found->errors, by_size);
    const double median = found->errors[found->count / 2];
    const double ninth = found->errors[found->count * 9 / 10];
    const double inside = (double)found->inside / (double)found->count;
    printf("model devices: %zu predictions, %zu bounds; errors %.1f %% in the median, %.1f %% in "
           "the ninth decile, %.1f %% at most; %.1f %% in their intervals; %zu winners named, %zu "
           "too close, %.1f %% lost at most\n",
           found->count, found->bounds, 100 * median, 100 * ninth,
           100 * found->errors[found->count - 1], 100 * inside, found->named, found->too_close,
           100 * found->worst_loss);
    cr_expect_leq(median, 0.03);
    cr_expect_leq(ninth, 0.12);
    cr_expect_geq(inside, 0.88);
    cr_expect_leq(found->bounds, TASKS * MODELS / 20);
}

Test(model_devices, are_predicted_as_they_are) {
    static task tasks[TASKS];
    static tally found;
    fake_bench bench = fake_bench_new();
    made_cache();
    make_tasks(tasks);
    for (size_t i = 0; i < MODELS; i++)
        add_model_device(&models[i], MEMORY_MEASURED);
    fake_bench_open_session(&bench, gf_workload_find("sum", NULL), NULL);
    for (size_t i = FIRST_TASK; i < TASKS; i++) {
        if (i > FIRST_TASK && same_kind(&tasks[i], &tasks[i - 1]))
            continue;
        set_params(&bench, &tasks[i]);
        gf_candidates_destroy(candidates_of(&bench));
    }
    gf_candidates *candidates = NULL;
    for (size_t i = FIRST_TASK; i < TASKS; i++) {
        set_params(&bench, &tasks[i]);
        if (i == FIRST_TASK || !same_kind(&tasks[i], &tasks[i - 1])) {
            gf_candidates_destroy(candidates);
            candidates = candidates_of(&bench);
            give_room(candidates);
        }
        predict_task(&bench, &tasks[i], candidates, &found);
    }
    for (size_t i = 0; i < MODELS; i++)
        check_profile(&models[i], candidates->items[i].profile);
    gf_candidates_destroy(candidates);
    report(&found);
    fake_bench_close(&bench, "model devices");
}
