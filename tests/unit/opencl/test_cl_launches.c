/* The times of a row of launches, against a device whose launches take what the test says. */
#include <criterion/criterion.h>

#include "backends/opencl/cl/cl_launches.h"

/* ---- The device -------------------------------------------------------- */

#define MOST 2000

static uint64_t durations[MOST], starts[MOST], now;
static size_t events_made, events_released;

/* An event is the number of its launch, from 1 on. */
static size_t launch_of(cl_event event) {
    return (size_t)(uintptr_t)event - 1;
}

cl_int clWaitForEvents(cl_uint count, const cl_event *events) {
    (void)count;
    (void)events;
    return CL_SUCCESS;
}

cl_int clReleaseEvent(cl_event event) {
    (void)event;
    events_released++;
    return CL_SUCCESS;
}

cl_int clGetEventProfilingInfo(cl_event event, cl_profiling_info point, size_t size, void *value,
                               size_t *size_ret) {
    const size_t launch = launch_of(event);
    (void)size;
    (void)size_ret;
    *(cl_ulong *)value =
        starts[launch] + (point == CL_PROFILING_COMMAND_END ? durations[launch] : 0);
    return CL_SUCCESS;
}

/* ---- Rows of launches -------------------------------------------------- */

typedef struct row {
    size_t launches;
    double event_ns;
    uint64_t first, usual, last; /* durations */
} row;

/* Launches the row, each in a round of its own. */
static gf_cl_launches launch_row(const row *r) {
    gf_cl_launches launches = {.event_ns = r->event_ns};
    events_made = events_released = 0;
    now = 1000;
    for (size_t i = 0; i < r->launches; i++) {
        const bool last = i + 1 == r->launches;
        cl_event *event = NULL;
        durations[i] = i == 0 ? r->first : last ? r->last : r->usual;
        starts[i] = now;
        now += durations[i];
        gf_cl_launches_begin_round(&launches, last);
        cr_assert(gf_cl_launches_next(&launches, &event), "launch %zu", i);
        if (event != NULL) {
            *event = (cl_event)(uintptr_t)(i + 1);
            events_made++;
        }
        gf_cl_launches_add(&launches, 0);
    }
    return launches;
}

static uint64_t time_of(gf_cl_launches *launches) {
    uint64_t ns = 0;
    const char *reason = "";
    gf_cl_launches_finish(launches);
    cr_assert(gf_cl_launches_time(launches, &ns, &reason), "%s", reason);
    cr_assert_eq(events_made, events_released);
    return ns;
}

static uint64_t sum_of(const row *r) {
    return r->first + (r->launches - 2) * r->usual + r->last;
}

/* What timing costs decides how many are timed; the sum is the same. */
Test(cl_launches, the_sum_is_that_of_all_launches) {
    static const row rows[] = {
        {500, 0, 10000, 10000, 10000},    {500, 7000, 10000, 10000, 10000},
        {500, 7000, 50000, 10000, 3000},  {5, 7000, 50000, 10000, 3000},
        {6, 7000, 50000, 10000, 10000},   {2000, 7000, 90000, 2000, 1000},
        {300, 7000, 800000, 900000, 100}, {17, 7000, 10000, 20000, 5000},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        gf_cl_launches launches = launch_row(&rows[i]);
        cr_expect_eq(time_of(&launches), sum_of(&rows[i]), "row %zu", i);
    }
}

Test(cl_launches, every_launch_is_timed_where_that_costs_little) {
    static const row rows[] = {{500, 0, 10000, 10000, 10000},
                               {500, 400, 10000, 10000, 10000}, /* 4 % */
                               {500, 7000, 9e5, 9e5, 9e5},      /* long ones */
                               {500, 90000, 6e5, 6e5, 6e5},
                               {4, 7000, 10000, 10000, 10000}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        gf_cl_launches launches = launch_row(&rows[i]);
        cr_expect_eq(events_made, rows[i].launches, "row %zu", i);
        cr_expect_eq(launches.untimed_rounds, 0, "row %zu", i);
        (void)time_of(&launches);
    }
}

Test(cl_launches, few_are_timed_where_it_would_double_the_row) {
    const row r = {500, 7000, 10000, 10000, 10000};
    gf_cl_launches launches = launch_row(&r);
    cr_expect_eq(events_made, 4 + 31 + 1); /* the first, each 16th, the last */
    cr_expect_eq(launches.untimed_rounds, 500 - events_made);
    cr_expect_eq(launch_of(gf_cl_launches_last(&launches)), 499);
    (void)time_of(&launches);
}

/* A row in segments of three: the last of each has an event, for what waits for it. */
Test(cl_launches, the_last_of_each_segment_has_an_event) {
    gf_cl_launches launches = {.event_ns = 7000};
    events_made = events_released = 0;
    now = 1000;
    for (size_t i = 0; i < 300; i++) {
        cl_event *event = NULL;
        durations[i] = 10000;
        starts[i] = now;
        now += durations[i];
        gf_cl_launches_begin_round(&launches, i % 3 == 2);
        cr_assert(gf_cl_launches_next(&launches, &event));
        cr_assert(event != NULL || i % 3 != 2, "launch %zu", i);
        if (event != NULL) {
            *event = (cl_event)(uintptr_t)(i + 1);
            events_made++;
        }
        gf_cl_launches_add(&launches, 0);
        cr_assert(i % 3 != 2 || launch_of(gf_cl_launches_last(&launches)) == i);
    }
    cr_expect_gt(launches.untimed_rounds, 150);
    cr_expect_eq(time_of(&launches), 300 * 10000);
}

/* Kept times are longer than launches are otherwise: all together no longer than the row. */
Test(cl_launches, the_sum_is_no_longer_than_the_row) {
    const row r = {500, 7000, 10000, 10000, 10000};
    gf_cl_launches launches = launch_row(&r);
    launches.row_ns = 3900000;
    cr_expect_eq(time_of(&launches), 3900000);
    launches = launch_row(&r);
    launches.row_ns = 6000000;
    cr_expect_eq(time_of(&launches), 5000000);
    launches = launch_row(&r);
    launches.row_ns = 100000; /* less than those with times: this clock can't be believed */
    cr_expect_eq(time_of(&launches), 36 * 10000);
}

Test(cl_launches, a_cold_first_launch_does_not_decide) {
    const row r = {500, 7000, 900000, 10000, 10000};
    gf_cl_launches launches = launch_row(&r);
    cr_expect_eq(events_made, 36);
    cr_expect_eq(time_of(&launches), sum_of(&r));
}

/* Steps of three kernels, whose second takes twice as long and whose third thrice. */
Test(cl_launches, stages_share_the_time) {
    gf_cl_launches launches = {.event_ns = 0};
    events_made = events_released = 0;
    now = 1000;
    for (size_t i = 0; i < 900; i++) {
        cl_event *event = NULL;
        durations[i] = 10000 * (i % 3 + 1);
        starts[i] = now;
        now += durations[i];
        if (i % 3 == 0)
            gf_cl_launches_begin_round(&launches, i == 897);
        cr_assert(gf_cl_launches_next(&launches, &event));
        cr_assert_not_null(event);
        *event = (cl_event)(uintptr_t)(i + 1);
        events_made++;
        gf_cl_launches_add(&launches, (uint32_t)(i % 3));
    }
    cr_expect_eq(time_of(&launches), (uint64_t)300 * 60000);
    for (uint64_t stage = 0; stage < 3; stage++)
        cr_expect_eq(launches.stage_ns[stage], 300 * 10000 * (stage + 1));
}
