/* States that ranks save together: gone on from with the same bits on any other number of them;
 * what one rank can't write or read, and who is asked to end, all of them know. */
#include <jansson.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/array.h"
#include "fake_job.h"
#include "made_folder.h"
#include "os/files/digest.h"

FAKE_GLOBALS

#define MOST_BYTES 65536
#define MOST_TOLD  4096

static char folder[80];

static void name_folder(void) {
    snprintf(folder, sizeof folder, "%s/c", made_folder());
}

TestSuite(rank_saving, .init = name_folder, .timeout = 120);

/* ---- A job ------------------------------------------------------------------ */

/* What ranks leave, in their threads. */
typedef struct outcome {
    char bytes[MOST_BYTES]; /* the joined result */
    uint64_t first_step, saved_step, states;
    gf_status checkpoint_status;
    char told[MOST_TOLD]; /* by rank 0 alone */
    sig_atomic_t volatile stop, listens;
    bool stops; /* as soon as a state is saved */
} outcome;

static outcome left;

/* Each row of the rank's rectangle at its place. */
static void keep_cells(const gf_parallel *parallel, size_t row_bytes) {
    const gf_rank_part *part = &parallel->part;
    const size_t cell_bytes =
        row_bytes / parallel->problem->buffers[parallel->problem->result].cols;
    const gf_rectangle mine = gf_rank_rectangle(part, part->ranks.rank);
    for (uint64_t i = 0; i < mine.rows; i++)
        memcpy(left.bytes + (mine.first_row + i) * row_bytes + mine.first_column * cell_bytes,
               (const char *)part->result + i * mine.columns * cell_bytes,
               mine.columns * cell_bytes);
}

static void look(fake_job *job, const gf_parallel *parallel, void *context) {
    const gf_rank_part *part = &parallel->part;
    const gf_problem *problem = parallel->problem;
    const size_t row_bytes = gf_row_bytes(&problem->buffers[problem->result]);
    gf_error error = GF_ERROR_INIT;
    gf_checkpoint_state state = {0};
    (void)job;
    (void)context;
    cr_assert_leq(problem->buffers[problem->result].bytes, MOST_BYTES);
    if (part->mine.count > 0)
        keep_cells(parallel, row_bytes);
    if (!gf_parallel_checkpoint(parallel, &state))
        return;
    if (parallel->ranks->rank == 0) {
        left.first_step = state.first_step;
        left.saved_step = state.saved_step;
        left.states = state.states;
        left.checkpoint_status = gf_parallel_checkpoint_status(parallel, &error);
    }
    gf_error_clear(&error);
}

static void tell(const char *text, bool wrong, void *context) {
    const size_t used = strlen(left.told);
    (void)wrong;
    (void)context;
    snprintf(left.told + used, sizeof left.told - used, "%s\n", text);
}

static void saved(uint64_t step, void *context) {
    (void)step;
    (void)context;
    if (left.stops)
        left.stop = 1;
}

/* Saves each `every` steps, if that is not 0, and goes on if `resumes`. */
static fake_job run_job(const fake_job_case *of, uint32_t ranks, uint64_t every, bool resumes) {
    const bool stops = left.stops;
    const gf_checkpoint_options checkpoint = {.directory = every > 0 ? folder : NULL,
                                              .every_steps = every,
                                              .resume = resumes ? folder : NULL,
                                              .stop = &left.stop,
                                              .listens = &left.listens,
                                              .tell = tell,
                                              .saved = saved};
    fake_job job = fake_job_new(of, ranks);
    memset(&left, 0, sizeof left);
    left.stops = stops;
    fake_job_devices(0);
    job.look = look;
    if (every > 0 || resumes)
        job.options.checkpoint = &checkpoint;
    fake_job_run(&job, ranks, 0, 0);
    return job;
}

static void expect_all(const fake_job *job, uint32_t ranks, gf_status status) {
    for (uint32_t i = 0; i < ranks; i++)
        cr_expect_eq(job->status[i], status, "rank %u of %u: %d, %s", i, ranks, job->status[i],
                     job->text[i]);
}

static void expect_told(const char *words) {
    cr_expect_not_null(strstr(left.told, words), "'%s' lacks '%s'", left.told, words);
}

/* ---- Bits ------------------------------------------------------------------- */

static const fake_job_case cases[] = {
    {"diffusion", {"size=21x33", "steps=70", "init=gaussian"}},
    {"diffusion", {"size=33x50", "steps=99", "boundary=periodic", "precision=f32"}},
    {"diffusion", {"size=9x2", "steps=50", "boundary=periodic", "init=gaussian"}},
    {"diffusion", {"size=20x31", "steps=60", "steps-per-transfer=7", "host-use=write"}},
    {"diffusion", {"size=20x31", "steps=60", "steps-per-transfer=9", "boundary=insulated"}},
};

static void expect_same(const fake_job_case *of, uint32_t before, uint32_t after, uint64_t every) {
    static char expected[MOST_BYTES];
    fake_job job = run_job(of, 1, 0, false);
    expect_all(&job, 1, GF_OK);
    memcpy(expected, left.bytes, sizeof expected);
    job = run_job(of, before, every, false);
    expect_all(&job, before, GF_OK);
    cr_expect_eq(memcmp(left.bytes, expected, sizeof expected), 0, "%s: other bits when saved",
                 of->settings[0]);
    const uint64_t last = left.saved_step;
    cr_expect(last > 0 && last % every == 0 && left.states == last / every, "%s: %u states",
              of->settings[0], (unsigned)left.states);
    job = run_job(of, after, 0, true);
    expect_all(&job, after, GF_OK);
    cr_expect_eq(left.first_step, last);
    expect_told("going on from step ");
    cr_expect_eq(memcmp(left.bytes, expected, sizeof expected), 0, "%s: other bits, %u to %u ranks",
                 of->settings[0], before, after);
}

Test(rank_saving, states_are_gone_on_from_on_any_number_of_ranks) {
    static const uint32_t ranks[][2] = {{1, 4}, {4, 1}, {3, 5}, {5, 2}, {2, 3}};
    for (size_t i = 0; i < GF_COUNT_OF(cases); i++) {
        expect_same(&cases[i], ranks[i][0], ranks[i][1], 20 + i);
        name_folder();
    }
}

/* A script that is queued again: it begins, and goes on. */
Test(rank_saving, an_empty_folder_is_begun_in) {
    fake_job job = run_job(&cases[0], 3, 30, true);
    expect_all(&job, 3, GF_OK);
    cr_expect_eq(left.first_step, 0);
    job = run_job(&cases[0], 2, 30, true);
    expect_all(&job, 2, GF_OK);
    cr_expect_eq(left.first_step, 60);
    job = run_job(&cases[0], 2, 30, false);
    expect_all(&job, 2, GF_USAGE);
    cr_expect_not_null(strstr(job.text[1], "has states of an earlier run"), "%s", job.text[1]);
}

/* ---- Trouble ---------------------------------------------------------------- */

/* Each rank reads its own part, and only one finds the damage. */
Test(rank_saving, what_one_rank_can_not_read_no_rank_goes_on_from) {
    char command[256];
    fake_job job = run_job(&cases[0], 3, 30, false);
    snprintf(command, sizeof command,
             "printf x | dd of=%s/epoch-000000000060/0-000000000022.part bs=1 seek=9 conv=notrunc "
             "status=none",
             folder);
    cr_assert_eq(system(command), 0);
    job = run_job(&cases[0], 4, 0, true);
    expect_all(&job, 4, GF_OK);
    cr_expect_eq(left.first_step, 30);
    expect_told("0-000000000022.part is damaged");
    expect_told("the epoch is passed over");
}

Test(rank_saving, a_full_disk_is_told_and_the_job_goes_on) {
    const struct rlimit few = {100, RLIM_INFINITY}, all = {RLIM_INFINITY, RLIM_INFINITY};
    signal(SIGXFSZ, SIG_IGN);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &few), 0);
    fake_job job = run_job(&cases[0], 3, 30, false);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &all), 0);
    expect_all(&job, 3, GF_OK);
    expect_told("the state of step 30 is not saved, the run goes on: ");
    expect_told("make room");
    cr_expect_eq(left.checkpoint_status, GF_FAILED);
    cr_expect_eq(left.states, 0);
    cr_expect_neq(access(folder, F_OK), 0, "something is left");
}

Test(rank_saving, who_is_asked_to_end_ends_with_all_others_at_a_saved_step) {
    static const fake_job_case of = {"diffusion", {"size=21x33", "steps=4000", "init=gaussian"}};
    left.stops = true;
    fake_job job = run_job(&of, 3, 40, false);
    expect_all(&job, 3, GF_INTERRUPTED);
    cr_expect_eq(left.listens, 0);
    left.stops = false;
    job = run_job(&of, 2, 0, true);
    expect_all(&job, 2, GF_OK);
    cr_expect(left.first_step > 40 && left.first_step < 200, "from step %u",
              (unsigned)left.first_step);
}

/* Other values in a part, with hashes that fit: what a faulty memory would leave. */
static void forge(const char *epoch, const char *part) {
    char path[160], sha256[GF_SHA256_TEXT];
    static char bytes[MOST_BYTES];
    snprintf(path, sizeof path, "%s/%s/%s", folder, epoch, part);
    FILE *file = fopen(path, "r+");
    cr_assert_not_null(file, "%s", path);
    const size_t size = fread(bytes, 1, sizeof bytes, file);
    bytes[size / 16 * 8 + 6] ^= 0x10; /* of the middle value's mantissa */
    rewind(file);
    cr_assert_eq(fwrite(bytes, 1, size, file), size);
    fclose(file);
    gf_sha256(bytes, size, sha256);
    snprintf(path, sizeof path, "%s/%s/manifest.json", folder, epoch);
    json_t *root_object = json_load_file(path, 0, NULL);
    json_t *body = json_object_get(root_object, "epoch");
    json_t *first = json_array_get(json_object_get(body, "parts"), 0);
    cr_assert_eq(json_object_set_new(first, "sha256", json_string(sha256)), 0);
    char *text = json_dumps(body, JSON_COMPACT | JSON_SORT_KEYS);
    gf_sha256(text, strlen(text), sha256);
    cr_assert_eq(json_object_set_new(root_object, "sha256", json_string(sha256)), 0);
    cr_assert_eq(json_dump_file(root_object, path, 0), 0);
    free(text);
    json_decref(root_object);
}

/* The proof is of all steps, those before the state as well. */
Test(rank_saving, a_wrong_state_proves_nothing) {
    fake_job job = run_job(&cases[0], 3, 30, false);
    expect_all(&job, 3, GF_OK);
    forge("epoch-000000000060", "0-000000000000.part");
    job = run_job(&cases[0], 2, 0, true);
    cr_expect_eq(left.first_step, 60);
    expect_all(&job, 2, GF_MISMATCH);
}

Test(rank_saving, what_has_no_steps_is_refused) {
    static const fake_job_case of = {"julia", {"size=9x9"}};
    fake_job job = run_job(&of, 2, 5, false);
    expect_all(&job, 2, GF_USAGE);
    cr_expect_not_null(strstr(job.text[0], "in one launch"), "%s", job.text[0]);
}
