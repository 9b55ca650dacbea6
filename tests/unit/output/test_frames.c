/* Frames: the pictures of a run's states, made by threads of their own. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fake_bench.h"
#include "image/image.h"
#include "made_folder.h"

FAKE_GLOBALS

TestSuite(frames, .timeout = 120);

#define STEPS 23

typedef struct place {
    const char *directory;
    char prefix[64];
} place;

static place make_place(void) {
    place made = {.directory = made_folder()};
    snprintf(made.prefix, sizeof made.prefix, "%s/frame", made.directory);
    return made;
}

static void frame_path(const place *at, uint64_t step, char path[128]) {
    snprintf(path, 128, "%s-%06ju.png", at->prefix, (uintmax_t)step);
}

/* Whole pictures in the directory; anything else there is a failure. */
static size_t count_pictures(const place *at, const char *name) {
    size_t count = 0;
    DIR *directory = opendir(at->directory);
    cr_assert_not_null(directory);
    for (const struct dirent *entry = readdir(directory); entry != NULL;
         entry = readdir(directory)) {
        char path[384];
        gf_image image = {0};
        gf_error error = GF_ERROR_INIT;
        if (entry->d_name[0] == '.' && strlen(entry->d_name) <= 2)
            continue;
        snprintf(path, sizeof path, "%s/%s", at->directory, entry->d_name);
        cr_expect_eq(strncmp(entry->d_name, "frame-", 6), 0, "%s: %s is left", name, path);
        if (entry->d_type == DT_DIR)
            continue;
        cr_expect_eq(gf_image_read_png(path, &image, &error), GF_OK, "%s: %s", name, error.text);
        gf_image_clear(&image);
        count++;
    }
    closedir(directory);
    return count;
}

static void open_bench(fake_bench *bench, const char *steps) {
    *bench = fake_bench_new();
    FAKE_BENCH_OPEN(bench, "diffusion", "size=37x21", steps, "init=gaussian");
}

static gf_status write_frames(fake_bench *bench, uint64_t every, const place *at, gf_error *error) {
    const gf_target target = {.device = gf_session_device(bench->session, 0), .variant = "best"};
    return gf_comparison_write_frames(bench->comparison, &target, every, at->prefix, error);
}

/* The picture that a run of `steps` steps has. */
static void read_single(uint64_t steps, gf_image *image) {
    const char *path = made_path("single.png");
    char text[32];
    snprintf(text, sizeof text, "steps=%ju", (uintmax_t)steps);
    fake_bench single;
    open_bench(&single, text);
    const gf_result *result = fake_bench_run(&single, 0);
    cr_assert_eq(result->outcome, GF_OUTCOME_OK);
    cr_assert_eq(gf_comparison_write_png(single.comparison, result, path, NULL), GF_OK);
    cr_assert_eq(gf_image_read_png(path, image, NULL), GF_OK);
    fake_bench_close(&single, text);
}

Test(frames, each_is_the_picture_of_its_step) {
    static const uint64_t intervals[] = {1, 4, 22, STEPS};
    (void)fake_add(0, "0:0", "Fake", GF_CLASS_GPU);
    for (size_t i = 0; i < sizeof intervals / sizeof intervals[0]; i++) {
        const uint64_t every = intervals[i];
        const place at = make_place();
        fake_bench bench;
        open_bench(&bench, "steps=23");
        gf_error error = GF_ERROR_INIT;
        cr_expect_eq(write_frames(&bench, every, &at, &error), GF_OK, "%s", error.text);
        fake_bench_close(&bench, "frames");
        cr_expect_eq(count_pictures(&at, "frames"), (STEPS - 1) / every + 1, "every %ju",
                     (uintmax_t)every);
        for (uint64_t step = every < STEPS ? every : STEPS;;) {
            gf_image frame = {0}, single = {0};
            char path[128];
            frame_path(&at, step, path);
            cr_assert_eq(gf_image_read_png(path, &frame, &error), GF_OK, "%s", error.text);
            read_single(step, &single);
            cr_expect_eq(memcmp(frame.pixels, single.pixels, 37 * 21 * 3), 0, "every %ju, step %ju",
                         (uintmax_t)every, (uintmax_t)step);
            gf_image_clear(&frame);
            gf_image_clear(&single);
            if (step == STEPS)
                break;
            step = step + every < STEPS ? step + every : STEPS;
        }
    }
}

Test(frames, a_place_that_is_not_there_ends_the_run) {
    (void)fake_add(0, "0:0", "Fake", GF_CLASS_GPU);
    place at = make_place();
    cr_assert_eq(rmdir(at.directory), 0);
    fake_bench bench;
    open_bench(&bench, "steps=23");
    gf_error error = GF_ERROR_INIT;
    cr_expect_eq(write_frames(&bench, 1, &at, &error), GF_FAILED);
    cr_expect_not_null(strstr(error.text, "cannot write"), "'%s'", error.text);
    cr_expect_lt(fake_machines[0].devices[0].calls[FAKE_LAUNCH], STEPS, "it went on to the end");
    cr_expect_null(bench.comparison->run.output, "half a run can be written");
    gf_error_clear(&error);
    cr_expect_eq(write_frames(&bench, 1, &at, NULL), GF_FAILED, "without an error to fill");
    fake_bench_close(&bench, "no place");
}

/* The picture of one step can't be written: the run ends, and the pictures written before are
 * complete. */
Test(frames, a_picture_that_fails_ends_the_run_and_leaves_whole_files) {
    static const uint64_t failing[] = {1, 7, STEPS};
    for (size_t i = 0; i < sizeof failing / sizeof failing[0]; i++) {
        memset(fake_machines, 0, sizeof fake_machines);
        (void)fake_add(0, "0:0", "Fake", GF_CLASS_GPU);
        const place at = make_place();
        char path[128];
        frame_path(&at, failing[i], path);
        cr_assert_eq(mkdir(path, 0777), 0);
        fake_bench bench;
        open_bench(&bench, "steps=23");
        gf_error error = GF_ERROR_INIT;
        cr_expect_eq(write_frames(&bench, 1, &at, &error), GF_FAILED, "step %ju",
                     (uintmax_t)failing[i]);
        cr_expect_not_null(strstr(error.text, "is a directory"), "'%s'", error.text);
        (void)count_pictures(&at, "a picture that fails");
        gf_error_clear(&error);
        fake_bench_close(&bench, "a picture that fails");
    }
}

static void check_ended(fake_fault fault, gf_status status, const char *name) {
    static volatile sig_atomic_t cancel;
    memset(fake_machines, 0, sizeof fake_machines);
    cancel = 0;
    fake_device *device = fake_add(0, "0:0", "Fake", GF_CLASS_GPU);
    device->fault = fault;
    device->cancel = &cancel;
    const place at = make_place();
    fake_bench bench = fake_bench_new();
    bench.options.cancel = &cancel;
    FAKE_BENCH_OPEN(&bench, "diffusion", "size=37x21", "steps=23");
    gf_error error = GF_ERROR_INIT;
    cr_expect_eq(write_frames(&bench, 1, &at, &error), status, "%s: %s", name, error.text);
    cr_expect_lt(count_pictures(&at, name), STEPS, "%s: the run went on", name);
    gf_error_clear(&error);
    fake_bench_close(&bench, name);
}

Test(frames, an_interrupt_or_a_failing_device_leaves_whole_files) {
    for (uint32_t call = 1; call <= STEPS; call += 11) {
        check_ended((fake_fault){FAKE_LAUNCH, call, FAKE_CANCELS, GF_OK}, GF_INTERRUPTED, "cancel");
        check_ended((fake_fault){FAKE_FINISH, call, FAKE_FAILS, GF_FAILED}, GF_FAILED, "finish");
    }
    check_ended((fake_fault){FAKE_OPEN, 1, FAKE_FAILS, GF_FAILED}, GF_FAILED, "open");
}
