/* Runs every workload on every device in every variant through the public API, at small and odd
 * sizes and with all combinations of the choices, and fails on any outcome but ok and unsupported.
 * It has a plain main() for sanitizers and Oclgrind: a unit-test library would hide leaks from the
 * former and start too many processes for the latter.
 *
 *   plain_driver [OPTION...] [DEVICE-LIST [SCRATCH-DIR]]
 *
 * DEVICE-LIST is a list as for --device; the default is all. Pictures and arrays are written into
 * SCRATCH-DIR, if given. Options:
 *
 *   --every=N           run each combination at every Nth size, beginning with another size each
 *                       time: Oclgrind makes a kernel a hundred times slower
 *   --in-process        load the drivers here
 *   --no-pipeline       serial round trips only
 *   --deadline=SECONDS  for each step of a driver
 *   --give-up           after a failure leave out what the variant would run in the same precision:
 *                       a compiler that does not end would take its deadline each time
 *   --rows=FILE         write a line for each run, with tabs between the workload, the label, the
 *                       kind of device, precision, math, outcome and reason
 *
 * The last line on stdout counts the OpenCL kernels whose result was right.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gpufare.h"

/* Widths that are no multiple of a vector or tile, one that is, single rows and columns, primes. */
static const char *const sizes[] = {"1x1", "1x7", "9x1", "17x13", "64x8", "67x5"};
#define SIZE_COUNT (sizeof sizes / sizeof sizes[0])

/* The numbers of a workload without a size: more than one vector, row and block. */
static const char *const extents[SIZE_COUNT] = {"2", "7", "257", "4096", "16385", "40009"};

typedef struct setting {
    const char *name, *text; /* of a parameter; workloads without it ignore the setting */
} setting;

/* Little work, several launches, a first state that is not zero everywhere on a small grid. */
static const setting small[] = {
    {"max-iter", "60"}, {"steps", "5"}, {"steps-per-transfer", "2"}, {"init", "gaussian"}};
/* Counts that need 32 bits; all steps in one launch. */
static const setting large[] = {{"size", "5x3"},    {"max-iter", "70000"},
                                {"steps", "12"},    {"steps-per-transfer", "0"},
                                {"count", "20011"}, {"number", "100000007"}};

/* Choices that no kernel sees vary along with the others, not in combination with them. */
static const char *const host_only[] = {"rendering"};

/* A variant that failed in a precision, by the names of device and variant. */
typedef struct failure {
    const gf_workload *workload;
    char target[64], precision[16];
} failure;

typedef struct driver {
    gf_session *session;
    gf_target_list targets; /* of the workload that runs */
    bool is_stale;          /* a variant was given up: the next one gets another session */
    const char *device_list;
    const char *scratch; /* NULL: write no files */
    FILE *rows;          /* NULL: don't write them */
    bool pipeline, in_process, gives_up;
    double deadline_s;
    size_t every; /* Nth size */
    unsigned long ok, unsupported, failed, left_out, opencl_kernels;
    failure failures[100];
    size_t failure_count;
} driver;

static void complain(driver *self, const char *what, const gf_error *error) {
    printf("FAILED: %s: %s\n", what, error->text);
    self->failed++;
}

/* ---- One case ---------------------------------------------------------- */

static void describe(const gf_workload *workload, const gf_params *params, char *text,
                     size_t length) {
    size_t count = 0, used = 0;
    const gf_param *rows = gf_workload_params(workload, &count);
    for (size_t i = 0; i < count && used < length; i++) {
        const char *value = gf_params_text(params, rows[i].name);
        const int written = snprintf(text + used, length - used, " --%s %s", rows[i].name,
                                     value != NULL ? value : "");
        used += written > 0 ? (size_t)written : 0;
    }
}

static const char *text_of(const gf_params *params, const char *name) {
    const char *text = gf_params_text(params, name);
    return text != NULL ? text : "";
}

static void write_row(driver *self, const gf_workload *workload, const gf_params *params,
                      const gf_result *result) {
    static const char *const outcomes[] = {[GF_OUTCOME_OK] = "ok",
                                           [GF_OUTCOME_UNSUPPORTED] = "unsupported",
                                           [GF_OUTCOME_FAILED] = "failed",
                                           [GF_OUTCOME_MISMATCH] = "mismatch"};
    if (self->rows != NULL &&
        fprintf(self->rows, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", gf_workload_name(workload),
                gf_result_label(result), gf_result_device(result)->kind,
                text_of(params, "precision"), text_of(params, "math"),
                outcomes[gf_result_outcome(result)], gf_result_reason(result)) < 0)
        self->failed++;
}

/* ---- Variants that are given up ---- */

static void name_target(const gf_target *target, char *text, size_t size) {
    snprintf(text, size, "%s:%s", gf_device_get_info(target->device)->id, target->variant);
}

static bool is_given_up(const driver *self, const gf_workload *workload, const gf_params *params,
                        const gf_target *target) {
    char name[sizeof self->failures[0].target];
    name_target(target, name, sizeof name);
    for (size_t i = 0; i < self->failure_count; i++) {
        const failure *known = &self->failures[i];
        if (known->workload == workload && strcmp(known->target, name) == 0 &&
            strcmp(known->precision, text_of(params, "precision")) == 0)
            return true;
    }
    return false;
}

static void give_up(driver *self, const gf_workload *workload, const gf_params *params,
                    const gf_target *target) {
    if (!self->gives_up || self->failure_count == sizeof self->failures / sizeof self->failures[0])
        return;
    failure *added = &self->failures[self->failure_count++];
    *added = (failure){.workload = workload};
    name_target(target, added->target, sizeof added->target);
    snprintf(added->precision, sizeof added->precision, "%s", text_of(params, "precision"));
    self->is_stale = true;
}

/* ---- Sessions ---- */

static bool open_session(driver *self) {
    gf_error error = GF_ERROR_INIT;
    const gf_session_options options = {.in_process = self->in_process,
                                        .deadline_s = self->deadline_s};
    gf_target_list_clear(&self->targets);
    gf_session_close(self->session);
    self->session = NULL;
    self->is_stale = false;
    const bool opened = gf_session_open(&options, &self->session, &error) == GF_OK &&
                        gf_session_find_all(self->session, &error) == GF_OK;
    if (!opened)
        complain(self, "session", &error);
    gf_error_clear(&error);
    return opened;
}

static bool select_targets(driver *self, const gf_workload *workload) {
    gf_error error = GF_ERROR_INIT;
    gf_target_list_clear(&self->targets);
    const bool selected = gf_session_select(self->session, workload, self->device_list,
                                            GF_PICK_MANY, &self->targets, &error) == GF_OK &&
                          gf_target_list_add_variants(&self->targets, workload, &error) == GF_OK;
    if (!selected)
        complain(self, gf_workload_name(workload), &error);
    gf_error_clear(&error);
    return selected;
}

/* A session does not start a driver again that was late some times, which is no fault of the
 * variants that come after. */
static bool renew(driver *self, const gf_workload *workload) {
    return !self->is_stale || (open_session(self) && select_targets(self, workload));
}

/* ---- One run ---- */

static void record(driver *self, const gf_workload *workload, const gf_params *params,
                   const gf_result *result) {
    const gf_outcome outcome = gf_result_outcome(result);
    write_row(self, workload, params, result);
    if (outcome == GF_OUTCOME_OK) {
        self->ok++;
        if (strncmp(gf_result_device(result)->kind, "opencl", strlen("opencl")) == 0)
            self->opencl_kernels++;
        return;
    }
    char text[512] = "";
    describe(workload, params, text, sizeof text);
    const bool unsupported = outcome == GF_OUTCOME_UNSUPPORTED;
    printf("%s: %s on %s:%s: %s\n", unsupported ? "unsupported" : "FAILED",
           gf_workload_name(workload), gf_result_label(result), text, gf_result_reason(result));
    if (unsupported)
        self->unsupported++;
    else
        self->failed++;
}

static void write_files(driver *self, const gf_workload *workload, gf_comparison *comparison,
                        const gf_result *result) {
    char path[4096];
    gf_error error = GF_ERROR_INIT;
    snprintf(path, sizeof path, "%s/driver.png", self->scratch);
    if (gf_workload_has_picture(workload) &&
        gf_comparison_write_png(comparison, result, path, &error) != GF_OK)
        complain(self, "picture", &error);
    snprintf(path, sizeof path, "%s/driver.npy", self->scratch);
    if (gf_comparison_write_npy(comparison, result, path, &error) != GF_OK)
        complain(self, "array", &error);
    gf_error_clear(&error);
}

static void write_reports(driver *self, const gf_comparison *comparison) {
    static const gf_format formats[] = {GF_FORMAT_TEXT, GF_FORMAT_MARKDOWN, GF_FORMAT_CSV,
                                        GF_FORMAT_JSON};
    const gf_report_style style = {.colour = true, .verbose = true, .schema = "gpufare.compare/1"};
    char path[4096];
    snprintf(path, sizeof path, "%s/driver.report", self->scratch);
    FILE *stream = fopen(path, "w");
    gf_error error = GF_ERROR_INIT;
    if (stream == NULL) {
        gf_error unopened = {.text = "can't be opened"};
        complain(self, path, &unopened);
        return;
    }
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        if (gf_comparison_report(comparison, formats[i], &style, stream, &error) != GF_OK)
            complain(self, "report", &error);
    }
    gf_error_clear(&error);
    fclose(stream);
}

/* One target; what it wrote is in the comparison. */
static void run_target(driver *self, const gf_workload *workload, const gf_params *params,
                       const gf_target *target, gf_comparison *comparison) {
    gf_error error = GF_ERROR_INIT;
    const gf_result *result = NULL;
    if (is_given_up(self, workload, params, target)) {
        self->left_out++;
        return;
    }
    if (gf_comparison_run(comparison, target, &result, &error) != GF_OK) {
        complain(self, "run", &error);
        gf_error_clear(&error);
        return;
    }
    record(self, workload, params, result);
    if (gf_result_outcome(result) == GF_OUTCOME_FAILED)
        give_up(self, workload, params, target);
    if (self->scratch != NULL && gf_result_outcome(result) == GF_OUTCOME_OK)
        write_files(self, workload, comparison, result);
}

/* Targets from the first one on, until one is given up; returns how many were done. */
static size_t run_targets(driver *self, const gf_workload *workload, const gf_params *params,
                          size_t first) {
    gf_error error = GF_ERROR_INIT;
    gf_run_options options;
    gf_run_options_defaults(&options);
    options.repeat = 1;
    options.min_time_s = 0;
    options.pipeline = self->pipeline;
    options.search = false;
    gf_comparison *comparison = NULL;
    size_t i = first;
    if (gf_comparison_create(self->session, params, &options, &comparison, &error) != GF_OK)
        complain(self, "comparison", &error);
    for (; comparison != NULL && i < self->targets.count && !self->is_stale; i++)
        run_target(self, workload, params, &self->targets.targets[i], comparison);
    if (self->scratch != NULL && comparison != NULL)
        write_reports(self, comparison);
    gf_comparison_destroy(comparison);
    gf_error_clear(&error);
    return i;
}

static void run_choices(driver *self, const gf_workload *workload, const gf_params *params) {
    size_t done = 0, before = SIZE_MAX;
    while (renew(self, workload) && done < self->targets.count && done != before) {
        before = done;
        done = run_targets(self, workload, params, done);
    }
}

/* ---- All cases of a workload ------------------------------------------- */

static bool is_host_only(const char *name) {
    for (size_t i = 0; i < sizeof host_only / sizeof host_only[0]; i++) {
        if (strcmp(host_only[i], name) == 0)
            return true;
    }
    return false;
}

/* Sets each choice to its digit of `number`, in the mixed radix of the numbers of words. Returns
 * false if `number` is beyond the last combination. */
static bool set_choices(gf_params *params, const gf_param *rows, size_t count, size_t number) {
    size_t rest = number;
    for (size_t i = 0; i < count; i++) {
        if (rows[i].type != GF_PARAM_CHOICE)
            continue;
        const bool alone = is_host_only(rows[i].name);
        size_t words = 0;
        while (rows[i].choices[words] != NULL)
            words++;
        const char *word = rows[i].choices[(alone ? number : rest) % words];
        if (gf_params_set(params, rows[i].name, word, NULL) != GF_OK)
            return false;
        if (!alone)
            rest /= words;
    }
    return rest == 0;
}

static bool set_all(driver *self, gf_params *params, const setting *settings, size_t count) {
    gf_error error = GF_ERROR_INIT;
    bool set = true;
    for (size_t i = 0; set && i < count; i++) {
        if (gf_params_text(params, settings[i].name) == NULL)
            continue;
        set = gf_params_set(params, settings[i].name, settings[i].text, &error) == GF_OK;
        if (!set)
            complain(self, settings[i].name, &error);
    }
    gf_error_clear(&error);
    return set;
}

static bool has_size(const gf_params *params) {
    return gf_params_text(params, "size") != NULL;
}

static bool set_extents(driver *self, const gf_workload *workload, gf_params *params, size_t s) {
    const setting size = {"size", sizes[s]};
    size_t count = 0;
    const gf_param *rows = gf_workload_params(workload, &count);
    bool set = set_all(self, params, &size, 1);
    for (size_t i = 0; set && !has_size(params) && i < count; i++) {
        const setting extent = {rows[i].name, extents[s]};
        if (rows[i].type == GF_PARAM_UINT)
            set = set_all(self, params, &extent, 1);
    }
    return set;
}

static void run_combinations(driver *self, const gf_workload *workload, gf_params *params) {
    size_t count = 0;
    const gf_param *rows = gf_workload_params(workload, &count);
    if (!set_all(self, params, small, sizeof small / sizeof small[0]))
        return;
    for (size_t s = 0; s < SIZE_COUNT; s++) {
        if (!set_extents(self, workload, params, s))
            return;
        for (size_t number = 0; set_choices(params, rows, count, number); number++) {
            if ((s + number) % self->every == 0)
                run_choices(self, workload, params);
        }
    }
    if (set_choices(params, rows, count, 0) &&
        set_all(self, params, large, sizeof large / sizeof large[0]))
        run_choices(self, workload, params);
}

static void run_workload(driver *self, const gf_workload *workload) {
    gf_error error = GF_ERROR_INIT;
    gf_params *params = NULL;
    if (gf_params_create(workload, &params, &error) != GF_OK)
        complain(self, gf_workload_name(workload), &error);
    else if (select_targets(self, workload))
        run_combinations(self, workload, params);
    gf_target_list_clear(&self->targets);
    gf_params_destroy(params);
    gf_error_clear(&error);
}

static bool open_rows(driver *self, const char *option) {
    static const char prefix[] = "--rows=";
    if (strncmp(option, prefix, strlen(prefix)) != 0)
        return false;
    self->rows = fopen(option + strlen(prefix), "w");
    /* What ran before a crash is to be seen. */
    return self->rows != NULL && setvbuf(self->rows, NULL, _IOLBF, BUFSIZ) == 0;
}

/* Reads the options; returns the index of the first argument after them. */
static int read_options(driver *self, int argc, char **argv) {
    int i = 1;
    for (; i < argc && strncmp(argv[i], "--", 2) == 0; i++) {
        if (strcmp(argv[i], "--no-pipeline") == 0) {
            self->pipeline = false;
        } else if (strcmp(argv[i], "--in-process") == 0) {
            self->in_process = true;
        } else if (strcmp(argv[i], "--give-up") == 0) {
            self->gives_up = true;
        } else if (sscanf(argv[i], "--every=%zu", &self->every) == 1 && self->every > 0) {
            continue;
        } else if (sscanf(argv[i], "--deadline=%lf", &self->deadline_s) == 1 ||
                   open_rows(self, argv[i])) {
            continue;
        } else {
            fprintf(stderr, "plain_driver: unknown option %s\n", argv[i]);
            exit(2);
        }
    }
    return i;
}

int main(int argc, char **argv) {
    driver self = {.pipeline = true, .every = 1};
    const int first = read_options(&self, argc, argv);
    self.device_list = argc > first ? argv[first] : "all";
    self.scratch = argc > first + 1 ? argv[first + 1] : NULL;
    open_session(&self);
    for (size_t i = 0; self.session != NULL && i < gf_session_warning_count(self.session); i++)
        printf("warning: %s\n", gf_session_warning(self.session, i));
    for (size_t i = 0; self.session != NULL && i < gf_workload_count(); i++)
        run_workload(&self, gf_workload_at(i));
    gf_session_close(self.session);
    if (self.rows != NULL && fclose(self.rows) != 0)
        self.failed++;
    printf("%lu ok, %lu unsupported, %lu failed, %lu left out\n", self.ok, self.unsupported,
           self.failed, self.left_out);
    printf("OpenCL kernels run: %lu\n", self.opencl_kernels);
    return self.failed == 0 && self.ok > 0 ? 0 : 1;
}
