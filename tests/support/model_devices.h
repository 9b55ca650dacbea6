/* Four model devices whose times have a closed form, on the fake backend.
 *
 *   transfer = latency + bytes / rate
 *   launch   = launch + fixed + steps * step + units * unit * slowdown(bytes of all buffers)
 *
 * A unit is an iteration of a lane (also of an idle one), a cell and step, a value, or a division.
 * No picture takes less than reading its lists. On the device with a cache, units that move memory,
 * those of `peak` too, take half the time in small problems; the slow-down is 1/2 + 1/2 bytes /
 * (bytes + cache). The times are 300 times those of a device of today, so that a calibration takes
 * few samples.
 */
#pragma once

#include "fake_bench.h"
#include "julia_counts.h"
#include "problem/params.h"

#ifndef SLOWNESS
#define SLOWNESS 300.0
#endif
#define MODELS 4

typedef struct model {
    const char *id, *name;
    int shape; /* of its lane groups: index of counted_shapes */
    bool in_place;
    /* ns, and bytes per ns (0: transfers take only the latency). */
    double up, down, rate;
    double launch, fixed, step;
    double iteration_f32, iteration_f64, cell, value, division;
    double cache; /* bytes; 0: none */
} model;

static const model models[MODELS] = {
    {.id = "0:0",
     .name = "fast discrete",
     .shape = 0,
     .up = 10000,
     .down = 12000,
     .rate = 24,
     .launch = 5000,
     .fixed = 2000,
     .step = 1500,
     .iteration_f32 = 0.0007,
     .iteration_f64 = 0.0014,
     .cell = 0.008,
     .value = 0.005,
     .division = 0.02},
    {.id = "0:1",
     .name = "slow bus",
     .shape = 1,
     .up = 30000,
     .down = 40000,
     .rate = 3,
     .launch = 9000,
     .fixed = 3000,
     .step = 2500,
     .iteration_f32 = 0.0009,
     .iteration_f64 = 0.0018,
     .cell = 0.01,
     .value = 0.006,
     .division = 0.03},
    {.id = "0:2",
     .name = "integrated",
     .shape = 2,
     .in_place = true,
     .up = 400,
     .down = 700,
     .launch = 6000,
     .fixed = 500,
     .step = 800,
     .iteration_f32 = 0.008,
     .iteration_f64 = 0.032,
     .cell = 0.3,
     .value = 0.16,
     .division = 0.4,
     .cache = 4e6},
    {.id = "0:3",
     .name = "weak f64",
     .shape = 3,
     .up = 12000,
     .down = 15000,
     .rate = 12,
     .launch = 4000,
     .fixed = 1000,
     .step = 1000,
     .iteration_f32 = 0.0008,
     .iteration_f64 = 0.0256,
     .cell = 0.012,
     .value = 0.008,
     .division = 0.6},
};

/* ---- Closed forms ------------------------------------------------------ */

/* One of `peak` is 4 operations at the rate of Julia's iteration, which has 7. */
static inline double model_unit_ns(const model *m, const char *workload, bool f32) {
    const double iteration = f32 ? m->iteration_f32 : m->iteration_f64;
    if (strcmp(workload, "julia") == 0)
        return iteration;
    if (strcmp(workload, "peak") == 0)
        return iteration * 4 / 7;
    if (strcmp(workload, "diffusion") == 0)
        return m->cell;
    return strcmp(workload, "prime") == 0 ? m->division : m->value;
}

/* 1/2 for few bytes, 1 for many. */
static inline double model_slowdown(const model *m, const char *workload, double bytes) {
    const bool moves = strcmp(workload, "diffusion") == 0 || strcmp(workload, "sum") == 0;
    return m->cache == 0 || !moves ? 1 : 0.5 + 0.5 * bytes / (bytes + m->cache);
}

static inline double model_compute_ns(const model *m, const char *workload, bool f32,
                                      double launches, double steps, double units, double bytes) {
    return SLOWNESS *
           (launches * (m->launch + m->fixed) + steps * m->step +
            units * model_unit_ns(m, workload, f32) * model_slowdown(m, workload, bytes));
}

static inline double model_transfer_ns(const model *m, double latency, double count, double bytes) {
    return SLOWNESS * (count * latency + (m->rate > 0 ? bytes / m->rate : 0));
}

/* ---- On the fake backend ----------------------------------------------- */

/* Pictures are counted once for all devices and tries. */
static inline const picture_counts *counts_of(const picture_spec *p) {
    enum { KEPT = 128 };
    static struct {
        picture_spec spec;
        picture_counts counts;
    } kept[KEPT];
    static size_t count;
    for (size_t i = 0; i < count; i++) {
        if (memcmp(&kept[i].spec, p, sizeof *p) == 0)
            return &kept[i].counts;
    }
    cr_assert_lt(count, KEPT);
    memcpy(&kept[count].spec, p, sizeof *p);
    kept[count].counts = count_picture(p);
    return &kept[count++].counts;
}

static inline picture_spec spec_of_problem(const gf_problem *problem) {
    picture_spec p;
    size_t width = 0, height = 0;
    memset(&p, 0, sizeof p); /* padding, too: specs are compared by their bytes */
    gf_params_size(problem->params, "size", &width, &height);
    p.width = (uint32_t)width;
    p.height = (uint32_t)height;
    p.max_iter = (uint32_t)gf_params_uint(problem->params, "max-iter");
    memcpy(p.view, gf_params_reals(problem->params, "view"), sizeof p.view);
    memcpy(p.c, gf_params_reals(problem->params, "c"), sizeof p.c);
    p.f32 = problem->precision == GF_PRECISION_F32;
    p.shuffled = strcmp(gf_params_text(problem->params, "inputs"), "shuffled") == 0;
    return p;
}

/* Of an element and step: rounds, or the time of moving it, which is that of a cell, or of a value
 * where it is only read. */
static inline double peak_units(const model *m, const gf_problem *problem) {
    const bool f32 = problem->precision == GF_PRECISION_F32;
    const double rounds = (double)gf_params_uint(problem->params, "rounds");
    const double moving_ns = (problem->has_pair ? m->cell : m->value) *
                             model_slowdown(m, "sum", (double)gf_problem_bytes(problem));
    return fmax(rounds, moving_ns / model_unit_ns(m, "peak", f32));
}

static inline double peak_moves(const gf_problem *problem, double items, double steps) {
    return problem->has_pair ? items * steps : problem->cost.work;
}

/* The iterations of a picture: no fewer than take as long as reading its lists, at most as fast as
 * `peak` reads f64 values. */
static inline double picture_units(const model *m, bool f32, double spent, double bytes_read,
                                   double bytes) {
    const double reading_ns =
        bytes_read / sizeof(double) * m->value * model_slowdown(m, "sum", bytes);
    return fmax(spent, reading_ns / model_unit_ns(m, "julia", f32));
}

static inline double bytes_read(const gf_problem *problem) {
    double bytes = 0;
    for (uint32_t i = 0; i < problem->buffer_count; i++)
        bytes += problem->buffers[i].access == GF_ACCESS_IN ? (double)problem->buffers[i].bytes : 0;
    return bytes;
}

static inline double units_of_problem(const model *m, const gf_problem *problem, double steps) {
    const gf_buffer_spec *result = &problem->buffers[problem->result];
    const double items = (double)result->rows * (double)result->cols;
    if (strcmp(problem->workload->name, "julia") == 0) {
        const picture_spec p = spec_of_problem(problem);
        return picture_units(m, p.f32, counts_of(&p)->spent[m->shape], bytes_read(problem),
                             (double)gf_problem_bytes(problem));
    }
    if (strcmp(problem->workload->name, "sum") == 0)
        return (double)gf_params_uint(problem->params, "count");
    if (strcmp(problem->workload->name, "prime") == 0)
        return problem->cost.work;
    if (strcmp(problem->workload->name, "peak") == 0)
        return peak_moves(problem, items, steps) * peak_units(m, problem);
    return items * steps;
}

static inline uint64_t model_steps_ns(const fake_device *device, const gf_problem *problem,
                                      uint64_t steps) {
    const model *m = device->model;
    const double moves = steps > 0 ? (double)steps : 1;
    const double compute = model_compute_ns(
        m, problem->workload->name, problem->precision == GF_PRECISION_F32, 1, moves,
        units_of_problem(m, problem, moves), (double)gf_problem_bytes(problem));
    return (uint64_t)(compute - SLOWNESS * m->launch + 0.5);
}

static inline void add_model_device(const model *m, uint64_t memory) {
    fake_device *device = fake_add(0, m->id, m->name, GF_CLASS_GPU);
    device->model = m;
    device->steps_ns = model_steps_ns;
    device->variants[1] = NULL;
    device->info.global_memory_bytes = device->info.max_alloc_bytes = memory;
    device->lanes = (gf_lane_group){counted_shapes[m->shape][0], counted_shapes[m->shape][1]};
    device->in_place = m->in_place;
    device->copies_nothing = true;
    device->pinned_arrays = UINT32_MAX;
    device->h2d_latency_ns = (uint64_t)(SLOWNESS * m->up);
    device->d2h_latency_ns = (uint64_t)(SLOWNESS * m->down);
    device->bytes_per_ns = m->rate / SLOWNESS;
    device->launch_ns = (uint64_t)(SLOWNESS * m->launch);
}
