/* Cores that others take: seen by the process that waits for them, kept with what it measured
 * meanwhile, and told beside predictions. */
#define _GNU_SOURCE 1 /* sched_setaffinity */

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "calibrate/profile_json.h"
#include "made_profiles.h"
#include "os/contention.h"
#include "predict/cases.h"
#include "problem/params.h"
#include "real_devices.h"

FAKE_GLOBALS

TestSuite(cores, .timeout = 120);

static const maker makers[] = {{"cpu", "best", GF_CLASS_NATIVE, 1, 0, 0, 0, 1 << 30, 0, 0},
                               {"gpu", "fast", GF_CLASS_GPU, 2, 10, 10, 1, 1 << 30, 0, 0}};

/* From here on all threads of this process share one core. */
static void share_one_core(void) {
    cpu_set_t all, one;
    cr_assert_eq(sched_getaffinity(0, sizeof all, &all), 0);
    CPU_ZERO(&one);
    for (size_t i = 0; i < CPU_SETSIZE && CPU_COUNT(&one) == 0; i++) {
        if (CPU_ISSET(i, &all))
            CPU_SET(i, &one);
    }
    cr_assert_eq(sched_setaffinity(0, sizeof one, &one), 0);
}

static void start(pthread_t *thread, void *(*routine)(void *), void *context) {
    cr_assert_eq(pthread_create(thread, NULL, routine, context), 0);
}

/* ---- The time ---------------------------------------------------------- */

#define BURNT_NS 50000000

static uint64_t own_ns(void) {
    struct timespec spent;
    cr_assert_eq(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent), 0);
    return (uint64_t)spent.tv_sec * 1000000000 + (uint64_t)spent.tv_nsec;
}

/* Both begin together, and are still there while the time is read. */
static void *burn(void *context) {
    pthread_barrier_t *barrier = context;
    pthread_barrier_wait(barrier);
    const uint64_t start_ns = own_ns();
    while (own_ns() - start_ns < BURNT_NS)
        ;
    pthread_barrier_wait(barrier);
    pthread_barrier_wait(barrier);
    return NULL;
}

/* The first to finish used the core for 50 ms while the other waited, so together they waited at
 * least 50 ms, on any machine. */
Test(cores, threads_that_share_a_core_wait_for_one_another) {
    pthread_barrier_t barrier;
    pthread_t threads[2];
    share_one_core();
    cr_assert_eq(pthread_barrier_init(&barrier, NULL, 3), 0);
    for (size_t i = 0; i < 2; i++)
        start(&threads[i], burn, &barrier);
    const uint64_t before_ns = gf_contention_read().waited_ns;
    for (int i = 0; i < 2; i++)
        pthread_barrier_wait(&barrier);
    const uint64_t waited_ns = gf_contention_read().waited_ns - before_ns;
    pthread_barrier_wait(&barrier);
    for (size_t i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&barrier);
    cr_expect_geq(waited_ns, BURNT_NS / 2, "%ju ns", (uintmax_t)waited_ns);
}

/* ---- Disturbances ------------------------------------------------------ */

static void work_for(uint64_t ns) {
    const uint64_t start_ns = own_ns();
    while (own_ns() - start_ns < ns)
        ;
}

static gf_contention chosen;

static gf_contention read_chosen(void) {
    return chosen;
}

/* At both readings no other program is ready to run, but one has run in between. */
Test(cores, programs_that_ran_between_two_readings_count) {
    static const struct {
        uint64_t waited_ns, others_ns;
        bool disturbed;
    } cases[] = {{UINT64_C(1) << 40, UINT64_C(1) << 40, true},
                 {UINT64_C(1) << 40, 14000000, false}, /* no more than the steps of the clock */
                 {0, UINT64_C(1) << 40, false}};       /* on another core */
    for (size_t i = 0; i < 3; i++) {
        chosen = (gf_contention){.waited_ns = 0};
        const gf_contention_watch watch = gf_contention_begin(read_chosen);
        chosen.waited_ns = cases[i].waited_ns;
        chosen.others_ns = cases[i].others_ns;
        work_for(1000000);
        cr_expect_eq(gf_contention_disturbed(&watch), cases[i].disturbed, "case %zu", i);
    }
}

/* A thread of the system may be ready to run at one of the readings. */
Test(cores, programs_that_one_reading_sees_do_not_count) {
    for (uint32_t i = 0; i < 4; i++) {
        chosen = (gf_contention){.others = i % 2};
        const gf_contention_watch watch = gf_contention_begin(read_chosen);
        chosen = (gf_contention){.waited_ns = UINT64_C(1) << 40, .others = i / 2};
        cr_expect_eq(gf_contention_disturbed(&watch), i == 3, "case %u", i);
    }
}

/* Threads on each core wait: 0.3 ms of 1 ms is little for four cores. */
Test(cores, waiting_is_judged_by_the_cores_that_are_needed) {
    for (uint32_t needed = 4; needed <= 1000; needed *= 5) {
        chosen = (gf_contention){.others = 100000};
        const gf_contention_watch watch = gf_contention_begin(read_chosen);
        chosen.waited_ns = 300000;
        work_for(1000000);
        cr_expect_not(gf_contention_took_cores(&watch, needed), "%u cores", needed);
        chosen.waited_ns = UINT64_C(1) << 50;
        cr_expect(gf_contention_took_cores(&watch, needed), "%u cores", needed);
    }
}

/* On one core of several, one other program leaves none; without an affinity mask it may. */
Test(cores, cores_that_the_process_may_not_use_do_not_count) {
    share_one_core();
    chosen = (gf_contention){.others = 1};
    const gf_contention_watch watch = gf_contention_begin(read_chosen);
    chosen.waited_ns = UINT64_C(1) << 50;
    cr_expect(gf_contention_took_cores(&watch, 1));
    cr_expect_float_eq(gf_contention_slowdown(read_chosen), 2, 1e-12);
}

/* Another process uses the core for a while; the time of the whole machine is at least its. */
Test(cores, processor_time_of_other_programs_is_counted) {
    share_one_core();
    const gf_contention before = gf_contention_read();
    const pid_t other = fork();
    cr_assert_geq(other, 0);
    if (other == 0) {
        work_for(200000000);
        _exit(0);
    }
    cr_assert_eq(waitpid(other, NULL, 0), other);
    cr_expect_geq(gf_contention_read().others_ns - before.others_ns, 150000000);
}

/* ---- Points ------------------------------------------------------------ */

/* Another program, which never rests; on the cores of this one. */
static pid_t start_other(void) {
    const pid_t other = fork();
    cr_assert_geq(other, 0);
    for (;;) {
        if (other != 0)
            return other;
    }
}

static void end_other(pid_t other) {
    cr_expect_eq(kill(other, SIGKILL), 0);
    cr_expect_eq(waitpid(other, NULL, 0), other);
}

static volatile sig_atomic_t stopping;

static void *spin(void *context) {
    (void)context;
    while (stopping == 0)
        ;
    return NULL;
}

#define OWN 64

/* Whatever else runs on the machine is fewer than these, for a moment at least. */
Test(cores, other_programs_count_and_threads_of_this_one_do_not) {
    pthread_t threads[OWN];
    uint32_t least = OWN;
    share_one_core();
    const pid_t other = start_other();
    cr_expect_geq(gf_contention_read().others, 1);
    end_other(other);
    for (size_t i = 0; i < OWN; i++)
        start(&threads[i], spin, NULL);
    for (int i = 0; i < 10; i++) {
        const uint32_t others = gf_contention_read().others;
        least = others < least ? others : least;
    }
    stopping = 1;
    for (size_t i = 0; i < OWN; i++)
        pthread_join(threads[i], NULL);
    cr_expect_lt(least, OWN, "threads of its own are counted");
}

/* The cases that are measured: each sample takes milliseconds, as the slices of time do that
 * programs get in turns. Shorter ones may end within a slice, and then nothing has disturbed them.
 */
#define FIRST 4
#define LAST  6
#define CASES (LAST - FIRST + 1)

/* The other cases are known. */
static void add_others(gf_profile *profile, const gf_params *params) {
    const gf_workload *workload = gf_params_workload(params);
    gf_error error = GF_ERROR_INIT;
    for (size_t i = 0; workload->calibration[i] != NULL; i++) {
        if (i >= FIRST && i <= LAST)
            continue;
        gf_case known = {.workload = "prime",
                         .variant = "scalar",
                         .precision = gf_params_precision(params),
                         .math = gf_params_math(params)};
        snprintf(known.values, sizeof known.values, "%s", workload->calibration[i]);
        cr_assert_eq(gf_profile_add_case(profile, &known, &error), GF_OK, "%s", error.text);
    }
}

static gf_profile *measure_prime(void) {
    gf_session *session = open_session(1);
    gf_error error = GF_ERROR_INIT;
    gf_target_list targets;
    gf_params *params = NULL;
    gf_profile *profile = NULL;
    const gf_workload *workload = gf_workload_find("prime", NULL);
    gf_run_options options;
    gf_run_options_defaults(&options);
    cr_assert_eq(gf_params_create(workload, &params, &error), GF_OK);
    cr_assert_eq(
        gf_session_select(session, workload, "native:scalar", GF_PICK_ONE, &targets, &error), GF_OK,
        "%s", error.text);
    gf_device *device = targets.targets[0].device;
    const gf_context context = {session, &options};
    cr_assert_eq(gf_profile_create(gf_device_get_info(device), 1, &profile, &error), GF_OK);
    add_others(profile, params);
    cr_assert_eq(gf_profile_missing_cases(profile, device, "scalar", params), CASES);
    cr_assert_eq(gf_profile_measure_cases(&context, device, "scalar", params, profile, &error),
                 GF_OK, "%s", error.text);
    gf_target_list_clear(&targets);
    gf_params_destroy(params);
    gf_session_close(session);
    return profile;
}

/* The other program has half of the one core. */
Test(cores, cases_whose_cores_others_take_are_marked) {
    size_t disturbed = 0;
    share_one_core();
    const pid_t other = start_other();
    gf_profile *profile = measure_prime();
    end_other(other);
    for (size_t i = 0; i < profile->case_count; i++)
        disturbed += profile->cases[i].disturbed;
    cr_expect_eq(disturbed, CASES, "%zu of %d", disturbed, CASES);
    gf_profile_destroy(profile);
}

/* A mark goes through the file that is kept. */
Test(cores, marks_are_kept) {
    made m;
    made_cache();
    ADVISE(&m, makers, "diffusion", "size=64x64", "steps=10");
    gf_profile *profile = m.candidates->items[0].profile, *read = NULL;
    gf_error error = GF_ERROR_INIT;
    profile->cases[2].disturbed = true;
    json_t *json = gf_profile_to_json(profile);
    cr_assert_eq(gf_profile_from_json(json, &read, &error), GF_OK, "%s", error.text);
    for (size_t i = 0; i < read->case_count; i++)
        cr_expect_eq(read->cases[i].disturbed, i == 2, "case %zu", i);
    json_decref(json);
    gf_profile_destroy(read);
    done(&m, "kept");
}

/* ---- Messages ---------------------------------------------------------- */

static void expect_caution(const made *m, bool told) {
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    cr_assert_not_null(stream);
    const gf_report_style style = {.verbose = false};
    gf_error error = GF_ERROR_INIT;
    for (int json = 0; json < 2; json++)
        cr_assert_eq(gf_advice_report(m->advice, json ? GF_FORMAT_JSON : GF_FORMAT_TEXT, &style,
                                      stream, &error),
                     GF_OK, "%s", error.text);
    cr_assert_eq(fclose(stream), 0);
    static const char words[] = "doubtful: other programs took cores while cases of model gpu:fast "
                                "were measured; calibrate the model's machine again while it "
                                "is quiet";
    const char *first = strstr(text, words);
    cr_expect_eq(first != NULL, told, "the text mentions it: %d", first != NULL);
    if (told)
        cr_expect_not_null(strstr(first + 1, words), "the JSON does not tell of it");
    else
        cr_expect_not_null(strstr(text, "\"caution\": null"));
    free(text);
}

Test(cores, predictions_from_marked_cases_are_called_doubtful) {
    made m;
    made_cache();
    ADVISE(&m, makers, "diffusion", "size=64x64", "steps=10");
    expect_caution(&m, false);
    m.candidates->items[1].profile->cases[3].disturbed = true;
    expect_caution(&m, true);
    /* Cases of another kernel are of no concern. */
    snprintf(m.candidates->items[1].profile->cases[3].variant,
             sizeof m.candidates->items[1].profile->cases[3].variant, "other");
    expect_caution(&m, false);
    done(&m, "doubtful");
}

Test(cores, what_to_do_depends_on_where_the_device_is) {
    static const char *const cures[] = {"; quit them and calibrate again",
                                        "; calibrate the model's machine again while it is quiet",
                                        ("; quit them and calibrate again, a model on its own "
                                         "machine")};
    char text[256];
    made m;
    made_cache();
    ADVISE(&m, makers, "diffusion", "size=64x64", "steps=10");
    const gf_params *params = m.bench.comparison->problem->params;
    gf_device present = {.state = NULL};
    m.candidates->items[0].device = &present;
    for (size_t i = 0; i < 3; i++) {
        m.candidates->items[0].profile->cases[0].disturbed = i != 1;
        m.candidates->items[1].profile->cases[0].disturbed = i != 0;
        cr_expect(gf_candidates_caution(m.candidates, params, text, sizeof text));
        const char *end = strchr(text, ';');
        cr_assert_not_null(end, "%s", text);
        cr_expect_str_eq(end, cures[i]);
    }
    m.candidates->items[0].device = NULL;
    done(&m, "places");
}

Test(cores, no_caution_is_longer_than_its_place) {
    char text[160];
    made m;
    made_cache();
    ADVISE(&m, makers, "diffusion", "size=64x64", "steps=10");
    const gf_params *params = m.bench.comparison->problem->params;
    for (size_t i = 0; i < 2; i++) {
        gf_candidate *item = &m.candidates->items[i];
        memset(item->label, 'x', sizeof item->label - 1);
        item->profile->cases[0].disturbed = true;
    }
    cr_expect(gf_candidates_caution(m.candidates, params, text, sizeof text));
    expect_words(text, "xx were measured; calibrate the model's machine again", "caution");
    cr_expect_lt(strlen(text), sizeof text);
    done(&m, "long");
}
