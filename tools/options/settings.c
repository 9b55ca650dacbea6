#include "options/settings.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "options/message.h"
#include "os/atomic_file.h"

static const char *const verify_words[] = {
    [GF_VERIFY_AUTO] = "auto", [GF_VERIFY_FULL] = "full", [GF_VERIFY_SAMPLED] = "sampled", NULL};
enum { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };
static const char *const color_words[] = {"auto", "always", "never", NULL};

/* The library's defaults: a quarter of a second for each device is longer than schedulers take to
 * spread threads over the cores. */
void settings_defaults(struct settings *settings) {
    gf_run_options run;
    gf_run_options_defaults(&run);
    *settings = (struct settings){.warmup = run.warmup,
                                  .repeat = run.repeat,
                                  .max_samples = run.max_samples,
                                  .min_time_s = run.min_time_s,
                                  .verify = (uint64_t)run.verify,
                                  .seed = run.seed,
                                  .fail_above = GF_DIFF_ALLOWED};
}

void settings_run_defaults(struct settings *settings) {
    settings_defaults(settings);
    settings->max_samples = 50; /* a short run answers at once: 50 samples of 0.1 ms do */
}

void settings_advise_defaults(struct settings *settings) {
    settings_defaults(settings);
    settings->inputs_later = true; /* nothing runs unless the predictions are checked */
    settings->budget_s = 10;
}

void settings_sweep_defaults(struct settings *settings) {
    settings_defaults(settings);
    settings->inputs_later = true;
    settings->min_time_s = 0.1; /* of many values, each on every device */
}

static const cli_option device_options[] = {
    CLI_OPTION(
        CLI_TEXT, "device", 'd', device, "LIST",
        "devices: native or P:D, alone or with :VARIANT, an index, gpu, cpu, accel, all, part "
        "of a name, !x to exclude x, A+B for both together on one problem; default: "
        "$GPUFARE_DEVICE, else every device (run: the first GPU, else native)",
        .values = CLI_DEVICES),
    CLI_OPTION(CLI_UINT, "threads", 't', threads, "N",
               "threads of the native device; default: OMP_NUM_THREADS, else as many as a short "
               "search finds fastest, up to one for each core that this process may use",
               .min = 1, .max = GF_MAX_THREADS),
    CLI_OPTION(CLI_TEXT, "isa", 0, isa, "scalar|avx2|avx512|neon",
               "best instruction set that the native device may use; default: $GPUFARE_ISA"),
};
const cli_group settings_device_group = CLI_GROUP("Devices", device_options);

static const cli_option memory_options[] = {
    CLI_OPTION(CLI_UINT, "device-memory", 0, device_memory, "BYTES",
               "the most memory that buffers may have on a device, the native one excepted; a "
               "problem that needs more goes through it band by band; default: what it has; "
               "docs/beyond-memory.md",
               .min = 1, .max = UINT64_MAX),
};
const cli_group settings_memory_group = CLI_GROUP("Memory", memory_options);

static const cli_option driver_options[] = {
    CLI_OPTION(CLI_FLAG, "in-process", 0, in_process, NULL,
               "load OpenCL drivers into this process, for debuggers and profilers; a driver that "
               "crashes or hangs then ends the command"),
    CLI_OPTION(CLI_REAL, "deadline", 0, deadline_s, "SECONDS",
               "how long a driver may take for one step, such as building a kernel; default, or 0: "
               "far longer than the step should need",
               .max = 1e6),
};
const cli_group settings_driver_group = CLI_GROUP("Drivers", driver_options);

static const cli_option measure_options[] = {
    CLI_OPTION(CLI_UINT, "warmup", 0, warmup, "N", "round trips before the first sample",
               .max = 1000000),
    CLI_OPTION(CLI_UINT, "repeat", 'r', repeat, "N", "fewest samples", .min = 1, .max = 1000000),
    CLI_OPTION(CLI_REAL, "min-time", 0, min_time_s, "SECONDS",
               "sampling goes on until the samples add up to this", .max = 86400),
    CLI_OPTION(CLI_UINT, "max-samples", 0, max_samples, "N",
               "most samples; --repeat prevails if it is larger", .min = 1, .max = 1000000),
    CLI_OPTION(CLI_WORD, "verify", 0, verify, "auto|full|sampled",
               "how much of each result is compared with the reference", .words = verify_words),
    CLI_OPTION(CLI_UINT, "seed", 0, seed, "N",
               "random seed of the places that sampled verification checks, and of intervals that "
               "are found by resampling",
               .max = UINT64_MAX),
    CLI_OPTION(CLI_TEXT, "tune", 0, tune, "NAME=VALUE,...",
               "values of the kernels' tunables (listed by --help of a workload); the others keep "
               "their defaults",
               .values = CLI_TUNABLES),
    CLI_OPTION(CLI_FLAG, "no-tune", 0, no_search, NULL,
               "use the defaults of tunables instead of searched or saved values"),
    CLI_OPTION(CLI_FLAG, "no-pipeline", 0, no_pipeline, NULL,
               "skip the round trips whose transfers overlap the kernels"),
    CLI_OPTION(CLI_FLAG, "no-watch", 0, no_watch, NULL,
               "don't watch for other programs; samples that they disturb are otherwise taken "
               "again or marked"),
};
const cli_group settings_measure_group = CLI_GROUP("Measurement", measure_options);

/* `more`: what --verbose does. */
#define REPORT_OPTIONS(more)                                                                       \
    REPORT_OPTIONS_WITH("(- is stdout, which then carries nothing else)", more)
/* `where`: what - means. */
#define REPORT_OPTIONS_WITH(where, more)                                                           \
    CLI_OPTION(CLI_TEXT, "json", 0, json, "FILE", "write the report as JSON " where),              \
        CLI_OPTION(CLI_TEXT, "csv", 0, csv, "FILE", "write the table as CSV"),                     \
        CLI_OPTION(CLI_TEXT, "markdown", 0, markdown, "FILE", "write the report as Markdown"),     \
        CLI_OPTION(CLI_FLAG, "quiet", 'q', quiet, NULL,                                            \
                   "print only errors; files are still written"),                                  \
        CLI_OPTION(CLI_FLAG, "verbose", 'v', verbose, NULL, more),                                 \
        CLI_OPTION(CLI_FLAG, "explain", 0, explain, NULL,                                          \
                   "below each table, say what each of its columns means; in Markdown, too"),      \
        CLI_OPTION(CLI_WORD, "color", 0, color, "auto|always|never",                               \
                   "colour on stdout; auto: on a terminal that is not dumb, unless NO_COLOR is "   \
                   "set",                                                                          \
                   .words = color_words)

static const cli_option report_options[] = {
    REPORT_OPTIONS("no effect: this command has nothing more to print")};
const cli_group settings_report_group = CLI_GROUP("Report", report_options);

static const cli_option trace_report_options[] = {REPORT_OPTIONS_WITH(
    "(-, which is stdout, only with --read: else stdout is the program's)",
    "print more: all kernels, all buffers, and the predicted ledger of every device")};
const cli_group settings_trace_report_group = CLI_GROUP("Report", trace_report_options);

static const cli_option sweep_report_options[] = {
    REPORT_OPTIONS("say on stderr what each value took, as soon as it is known, as on a terminal")};
const cli_group settings_sweep_report_group = CLI_GROUP("Report", sweep_report_options);

static const cli_option listing_options[] = {
    REPORT_OPTIONS("print more: how each device's class is known, and what small kernels found out "
                   "about it, which takes a while at first")};
const cli_group settings_listing_group = CLI_GROUP("Report", listing_options);

static const cli_option prediction_options[] = {
    REPORT_OPTIONS("print more: why each device was chosen, and the checklist of every variant")};
const cli_group settings_prediction_group = CLI_GROUP("Report", prediction_options);

static const cli_option result_options[] = {
    REPORT_OPTIONS("print more: why each device was chosen, the least and the most of every phase, "
                   "and the checklist of every variant")};
const cli_group settings_result_group = CLI_GROUP("Report", result_options);

#define DEVICE_MODEL_OPTION(more)                                                                  \
    CLI_OPTION(CLI_TEXT, "device-model", 0, device_model, "LIST",                                  \
               "devices that are not here, separated by commas: names that `gpufare models` "      \
               "lists, or files like theirs, for bounds from data sheets; files that `gpufare "    \
               "calibrate --json` wrote on another machine, for predictions" more,                 \
               .values = CLI_MODELS)

static const cli_option models_options[] = {
    DEVICE_MODEL_OPTION(""),
    CLI_OPTION(CLI_UINT, "host-cores", 0, host_cores, "N",
               "compare these models with as many cores of the CPU", .min = 1,
               .max = GF_MAX_THREADS),
    CLI_OPTION(CLI_TEXT, "host-model", 0, host_model, "FILE",
               "compare them with the CPU of this file, which `gpufare calibrate --json` wrote on "
               "another machine"),
};
const cli_group settings_models_group = CLI_GROUP("Devices that are not here", models_options);

static const cli_option energy_options[] = {
    CLI_OPTION(CLI_FLAG, "energy", 0, energy, NULL,
               "also measure the energy of a result, and of its transfers and its computing, where "
               "the system tells it; takes some seconds for each device; docs/energy.md"),
};
const cli_group settings_energy_group = CLI_GROUP("Energy", energy_options);

static const cli_option bundle_options[] = {
    CLI_OPTION(CLI_TEXT, "bundle", 0, bundle, "FILE.tar.zst",
               "write what the result can be checked by into one archive: reports, pictures, "
               "sources, how they were built, the machine, checksums; docs/bundle.md"),
};
const cli_group settings_bundle_group = CLI_GROUP("Evidence", bundle_options);

static const cli_option divergence_options[] = {
    CLI_OPTION(CLI_TEXT, "divergence-map", 0, divergence_map, "FILE.png",
               "write a picture of where items that run in step wait for the longest of them: "
               "longest / mean of each group, from 1 (dark) to 16 (bright)"),
    CLI_OPTION(CLI_TEXT, "lane-group", 0, lane_group, "ROWSxCOLS",
               "items that run in step on that map; default: those of the variant, or 8x4"),
};
const cli_group settings_divergence_group = CLI_GROUP("Divergence", divergence_options);

static const cli_option page_options[] = {
    CLI_OPTION(CLI_TEXT, "html", 0, html, "FILE",
               "write the report as one HTML page with figures, tables and pictures, below 500 kB, "
               "which needs no network and no script; docs/html.md"),
};
const cli_group settings_page_group = CLI_GROUP("Page", page_options);

static const cli_option timeline_options[] = {
    CLI_OPTION(CLI_TEXT, "trace", 0, trace, "FILE.json",
               "write the timed round trips as a timeline that Perfetto and Chrome's tracing show"),
};
const cli_group settings_timeline_group = CLI_GROUP("Timeline", timeline_options);

#define CHANGE_OPTIONS                                                                             \
    CLI_OPTION(CLI_SHARE, "fail-above", 0, fail_above, "P%",                                       \
               "what a time may grow by: more, if it is sure that it grew, is a regression (exit " \
               "status 6)",                                                                        \
               .max = 10000),                                                                      \
        CLI_OPTION(CLI_TEXT, "junit", 0, junit, "FILE",                                            \
                   "write the changes as JUnit XML, for a server of continuous integration")

static const cli_option changes_options[] = {
    CHANGE_OPTIONS,
    CLI_OPTION(CLI_UINT, "seed", 0, seed, "N", "random seed of the intervals", .max = UINT64_MAX),
};
const cli_group settings_changes_group = CLI_GROUP("Changes", changes_options);

static const cli_option baseline_options[] = {
    CLI_OPTION(CLI_TEXT, "baseline", 0, baseline, "FILE,...",
               "compare with what earlier runs of the same problem wrote as JSON; docs/diff.md"),
    CHANGE_OPTIONS,
};
const cli_group settings_baseline_group = CLI_GROUP("Changes", baseline_options);

static const cli_option trace_options[] = {
    CLI_OPTION(CLI_TEXT, "attach-file", 0, attach_file, "FILE.gftrace",
               "keep the raw trace, which --read reports from, also on another machine"),
    CLI_OPTION(CLI_TEXT, "read", 0, read_file, "FILE.gftrace",
               "run nothing: report from a trace that was kept"),
    CLI_OPTION(CLI_TEXT, "timeline", 0, timeline, "FILE.json",
               "write a timeline that Perfetto and Chrome's tracing show"),
    DEVICE_MODEL_OPTION(": the same calls with the transfers and launches of these devices"),
    CLI_OPTION(CLI_FLAG, "calibrated", 0, calibrated, NULL,
               "the same for the devices that `gpufare calibrate` measured on this machine"),
    CLI_OPTION(CLI_UINT, "limit", 0, limit_mib, "MIB",
               "size of the raw trace of one process; what comes later is counted and left out; "
               "default: 256",
               .min = 1, .max = 65536),
};
static const cli_exit_status trace_exits[] = {
    {"0 to 255", "what the program ended with; with --read 0"},
    {"128 + N", "signal N ended the program"},
    {"127", "the program is not there"},
    {"126", "the program can't be started"},
    {"1, 2, 3",
     "also of gpufare itself, which then says why in one line: a trace, or a report, could not "
     "be written or read; wrong usage, or a file that is no trace; no device was "
     "calibrated"},
    {NULL, NULL}};
const cli_group settings_trace_group = CLI_GROUP_WITH_EXITS("Trace", trace_options, trace_exits);

/* ---- Destinations ------------------------------------------------------ */

#define DESTINATION_COUNT 15

struct destination {
    const char *option, *path;
};

static void list_destinations(const struct settings *settings, struct destination *list) {
    const struct destination all[DESTINATION_COUNT] = {{"output", settings->output},
                                                       {"npy", settings->npy},
                                                       {"json", settings->json},
                                                       {"csv", settings->csv},
                                                       {"markdown", settings->markdown},
                                                       {"html", settings->html},
                                                       {"divergence-map", settings->divergence_map},
                                                       {"svg", settings->svg},
                                                       {"png", settings->png},
                                                       {"junit", settings->junit},
                                                       {"bundle", settings->bundle},
                                                       {"attach-file", settings->attach_file},
                                                       {"timeline", settings->timeline},
                                                       {"trace", settings->trace},
                                                       {"field-file", settings->field_file}};
    memcpy(list, all, sizeof all);
}

static bool is_stdout(const char *path) {
    return path != NULL && (strcmp(path, "-") == 0 || strcmp(path, "/dev/stdout") == 0);
}

static gf_status check_pair(const struct destination *a, const struct destination *b,
                            gf_error *error) {
    if (is_stdout(a->path) && is_stdout(b->path))
        return message_set(error, GF_USAGE,
                           "--%s and --%s both ask for stdout (-); only one file can go there",
                           a->option, b->option);
    if (a->path == NULL || b->path == NULL || !gf_atomic_file_same(a->path, b->path))
        return GF_OK;
    const bool alike = strcmp(a->path, b->path) == 0;
    return message_set(error, GF_USAGE, "--%s and --%s name the same file, %s%s%s; choose two",
                       a->option, b->option, a->path, alike ? "" : " and ", alike ? "" : b->path);
}

/* Now, because devices that are listed may be measured at once. Without predictions the verb judges
 * what is named itself. */
static gf_status check_device_model(const struct settings *settings, gf_error *error) {
    const char *named = settings->device_model;
    bool has_models = named != NULL && settings->no_predict, has_profiles = false;
    if (named != NULL && !settings->no_predict) {
        const gf_status status = gf_device_model_check(named, &has_models, &has_profiles, error);
        if (status != GF_OK)
            return status;
    }
    if (has_models && settings->host_model != NULL)
        return gf_host_model_check(settings->host_model, error);
    if (has_models || (settings->host_cores == 0 && settings->host_model == NULL))
        return GF_OK;
    return message_set(error, GF_USAGE,
                       "--%s: only models are compared with another CPU; add --device-model with "
                       "names that `gpufare models` lists",
                       settings->host_cores > 0 ? "host-cores" : "host-model");
}

static bool ends_with(const char *text, const char *end) {
    const size_t length = strlen(text), least = strlen(end);
    return length > least && strcmp(text + length - least, end) == 0;
}

/* Another ending would promise another format. */
static gf_status check_bundle(const char *path, gf_error *error) {
    gf_status status = gf_bundle_check(error);
    if (status == GF_OK && !is_stdout(path) && !ends_with(path, ".tar.zst") &&
        !ends_with(path, ".tzst"))
        status = message_set(error, GF_USAGE,
                             "%s: a bundle is a tar archive that zstd compresses; give a name that "
                             "ends in .tar.zst or .tzst",
                             path);
    if (status != GF_OK)
        message_add_option(error, "bundle");
    return status;
}

gf_status settings_check(const struct settings *settings, gf_error *error) {
    struct destination list[DESTINATION_COUNT];
    list_destinations(settings, list);
    gf_status status = GF_OK;
    for (size_t i = 0; i < DESTINATION_COUNT && status == GF_OK; i++) {
        for (size_t j = i + 1; j < DESTINATION_COUNT && status == GF_OK; j++)
            status = check_pair(&list[i], &list[j], error);
    }
    for (size_t i = 0; i < DESTINATION_COUNT && status == GF_OK; i++) {
        if (list[i].path == NULL)
            continue;
        status = gf_atomic_file_check(list[i].path, error);
        if (status != GF_OK)
            message_add_option(error, list[i].option);
    }
    if (status == GF_OK && settings->bundle != NULL)
        status = check_bundle(settings->bundle, error);
    if (status == GF_OK)
        status = check_device_model(settings, error);
    if (status == GF_OK && !settings->quiet && !settings->table_on_stderr)
        status = gf_atomic_file_check("-", error);
    return status;
}

void settings_forget_files(struct settings *settings) {
    settings->output = settings->npy = settings->json = settings->csv = settings->markdown = NULL;
    settings->html = settings->trace = NULL;
    settings->out_dir = settings->divergence_map = settings->lane_group = NULL;
    settings->svg = settings->png = settings->export_path = settings->bundle = NULL;
    settings->baseline = settings->junit = NULL;
    settings->checkpoint = settings->checkpoint_every = settings->resume = NULL;
    settings->field_file = NULL;
    settings->frames_every = 0;
    settings->fail_above = GF_DIFF_ALLOWED;
}

bool settings_table_wanted(const struct settings *settings) {
    struct destination list[DESTINATION_COUNT];
    list_destinations(settings, list);
    bool wanted = !settings->quiet;
    for (size_t i = 0; i < DESTINATION_COUNT; i++)
        wanted = wanted && !is_stdout(list[i].path);
    return wanted;
}

/* ---- The look of text --------------------------------------------------- */

/* Launchers of MPI make every rank's output look like a terminal, also where they write to a file.
 */
static bool is_terminal(bool on_stderr) {
    return !gf_ranks_are_launched() && isatty(on_stderr ? STDERR_FILENO : STDOUT_FILENO) != 0;
}

/* https://no-color.org: set and not empty. */
static bool wants_colour(uint64_t color, bool on_stderr) {
    const char *none = getenv("NO_COLOR"), *terminal = getenv("TERM");
    if (color != COLOR_AUTO)
        return color == COLOR_ALWAYS;
    if ((none != NULL && *none != '\0') || terminal == NULL || strcmp(terminal, "dumb") == 0)
        return false;
    return is_terminal(on_stderr);
}

/* What a terminal that does not tell its size is taken for. */
#define USUAL_WIDTH 100
#define MOST_WIDTH  10000

/* The width of lines of a report: that of COLUMNS, which nobody exports by accident, or else of the
 * terminal; 0: lines stay whole, for what reads or keeps them. */
static size_t line_width(bool on_stderr) {
    const char *columns = getenv("COLUMNS");
    const int stream = on_stderr ? STDERR_FILENO : STDOUT_FILENO;
    struct winsize window = {0};
    char *end = NULL;
    const unsigned long wished = columns == NULL ? 0 : strtoul(columns, &end, 10);
    if (wished > 0 && wished <= MOST_WIDTH && *end == '\0' && columns[0] != '-')
        return wished;
    if (!is_terminal(on_stderr))
        return 0;
    const bool told = ioctl(stream, TIOCGWINSZ, &window) == 0 && window.ws_col > 0;
    return told ? window.ws_col : USUAL_WIDTH;
}

gf_report_style settings_style(const struct settings *settings, const char *schema) {
    return (gf_report_style){.colour = wants_colour(settings->color, settings->table_on_stderr),
                             .verbose = settings->verbose,
                             .schema = schema,
                             .explain = settings->explain,
                             .width = line_width(settings->table_on_stderr),
                             .command = settings->command_line};
}
