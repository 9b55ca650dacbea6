/* Which clocks of devices are believed, from made-up times of a launch and two kernels. */
#include <criterion/criterion.h>
#include <string.h>

#include "backends/opencl/clock/cl_clock_judge.h"

static gf_cl_timings timings(double launch_ms, double short_ms, double long_ms) {
    return (gf_cl_timings){.launch = {launch_ms * 1e6, 1e3, NULL},
                           .shorter = {(launch_ms + short_ms) * 1e6, short_ms * 1e6, NULL},
                           .longer = {(launch_ms + long_ms) * 1e6, long_ms * 1e6, NULL}};
}

static gf_cl_timings by_device(gf_cl_timings t, double factor, double offset_ms) {
    t.shorter.device_ns = t.shorter.device_ns * factor + offset_ms * 1e6;
    t.longer.device_ns = t.longer.device_ns * factor + offset_ms * 1e6;
    return t;
}

Test(clock_judge, clocks_are_believed_for_what_they_show) {
    const gf_cl_timings plain = timings(0.05, 3, 12), slow_launch = timings(1.5, 2, 8);
    gf_cl_timings one = plain, unusable = plain, launch_alone = plain;
    one.shorter.device_ns = one.longer.device_ns = 1;
    unusable.longer.unusable = "the device's event times are zero";
    launch_alone.launch.host_ns = launch_alone.shorter.host_ns + 1;
    const struct {
        gf_cl_timings timings;
        gf_cl_clock_outcome outcome;
        const char *words, *name;
    } cases[] = {
        {plain, GF_CL_CLOCK_PASSED, "", "sound"},
        {slow_launch, GF_CL_CLOCK_PASSED, "", "sound, with launches of 1.5 ms"},
        {timings(20, 3, 12), GF_CL_CLOCK_PASSED, "", "sound, with launches of 20 ms"},
        {by_device(plain, 1.4, 0), GF_CL_CLOCK_PASSED, "", "a little fast"},
        {by_device(plain, 0.7, 0), GF_CL_CLOCK_PASSED, "", "a little slow"},
        {by_device(plain, 1, -0.1), GF_CL_CLOCK_PASSED, "", "a part of the launch is missing"},
        {by_device(plain, 0, 3), GF_CL_CLOCK_FAILED, "failed its test", "constant"},
        {one, GF_CL_CLOCK_FAILED, "failed its test", "START + 1"},
        {by_device(plain, 1e-3, 0), GF_CL_CLOCK_FAILED, "failed its test", "microseconds"},
        {by_device(plain, 1e3, 0), GF_CL_CLOCK_FAILED, "failed its test", "picoseconds"},
        {by_device(plain, 0.6, 0), GF_CL_CLOCK_FAILED, "failed its test", "0.6 times"},
        {by_device(plain, 1.6, 0), GF_CL_CLOCK_FAILED, "failed its test", "1.6 times"},
        {by_device(plain, 1, 5), GF_CL_CLOCK_FAILED, "failed its test", "5 ms too many"},
        {by_device(plain, 1, -2), GF_CL_CLOCK_FAILED, "failed its test", "2 ms too few"},
        {timings(0.05, 3, 5.9), GF_CL_CLOCK_UNTESTED, "could not be tested", "less than twice"},
        {launch_alone, GF_CL_CLOCK_UNTESTED, "(machine busy?)", "a launch that was disturbed"},
        {unusable, GF_CL_CLOCK_FAILED, "event times are zero", "unusable"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char trouble[160];
        const gf_cl_clock_outcome outcome =
            gf_cl_clock_judge(&cases[i].timings, false, trouble, sizeof trouble);
        cr_expect_eq(outcome, cases[i].outcome, "%s: %d", cases[i].name, (int)outcome);
        cr_expect_not_null(strstr(trouble, cases[i].words), "%s: '%s'", cases[i].name, trouble);
        cr_expect_eq(trouble[0] == '\0', outcome == GF_CL_CLOCK_PASSED, "%s: '%s'", cases[i].name,
                     trouble);
    }
}

/* The host notices the end of a kernel so much later than it should. */
static gf_cl_timings seen_late(gf_cl_timings t, double short_ms, double long_ms) {
    t.shorter.host_ns += short_ms * 1e6;
    t.longer.host_ns += long_ms * 1e6;
    return t;
}

Test(clock_judge, other_programs_prove_no_clock_wrong) {
    const gf_cl_timings plain = timings(0.05, 3, 12);
    gf_cl_timings unusable = plain, ahead = plain;
    unusable.longer.unusable = "the device's event times run backwards";
    ahead.longer.device_ns = 2 * ahead.longer.host_ns;
    const struct {
        gf_cl_timings timings;
        gf_cl_clock_outcome outcome;
        const char *words, *name;
    } cases[] = {
        {plain, GF_CL_CLOCK_PASSED, "", "sound"},
        {seen_late(plain, 4, 4), GF_CL_CLOCK_UNTESTED, "beside other programs: what took 7.05 ms",
         "both kernels are seen late"},
        {seen_late(plain, 0, 20), GF_CL_CLOCK_UNTESTED, "beside other programs: what took 29 ms",
         "the longer one is"},
        {seen_late(plain, 7, 0), GF_CL_CLOCK_UNTESTED, "could not be tested", "the shorter one is"},
        {by_device(plain, 1e-3, 0), GF_CL_CLOCK_UNTESTED, "could not be tested", "microseconds"},
        {by_device(plain, 1e3, 0), GF_CL_CLOCK_FAILED, "failed its test", "picoseconds"},
        {by_device(plain, 1, 5), GF_CL_CLOCK_FAILED, "failed its test", "5 ms too many"},
        {ahead, GF_CL_CLOCK_FAILED, "failed its test", "longer than the host's time around it"},
        {unusable, GF_CL_CLOCK_FAILED, "run backwards", "unusable"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char trouble[160];
        const gf_cl_clock_outcome outcome =
            gf_cl_clock_judge(&cases[i].timings, true, trouble, sizeof trouble);
        cr_expect_eq(outcome, cases[i].outcome, "%s: %d, %s", cases[i].name, (int)outcome, trouble);
        cr_expect_not_null(strstr(trouble, cases[i].words), "%s: '%s'", cases[i].name, trouble);
    }
}
