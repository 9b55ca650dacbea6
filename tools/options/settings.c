#include "options/settings.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "options/message.h"
#include "os/atomic_file.h"

#define ROWS(table) table, sizeof(table) / sizeof(table)[0]

static const char *const verify_words[] = {
    [GF_VERIFY_AUTO] = "auto", [GF_VERIFY_FULL] = "full", [GF_VERIFY_SAMPLED] = "sampled", NULL};
enum { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };
static const char *const color_words[] = {"auto", "always", "never", NULL};

/* The defaults of measurement are those of GF_RUN_OPTIONS_DEFAULT. */
#define DEFAULTS(samples, seconds, later)                                                          \
    {                                                                                              \
        .warmup = 1, .repeat = 5, .max_samples = (samples), .seed = UINT64_C(20260521),            \
        .min_time_s = (seconds), .verify = GF_VERIFY_AUTO, .color = COLOR_AUTO,                    \
        .inputs_later = (later)                                                                    \
    }

/* A quarter of a second for each device: longer than schedulers take to spread threads over the
 * cores. A single run is to answer at once where it is short: 50 samples of a tenth of a
 * millisecond do. */
const struct settings settings_default = DEFAULTS(10000, 0.25, false);
const struct settings settings_run_default = DEFAULTS(50, 0.25, false);
/* Nothing runs unless it is to be checked. */
const struct settings settings_advise_default = DEFAULTS(10000, 0.25, true);
/* Many values, each for every device: a tenth of a second. */
const struct settings settings_sweep_default = DEFAULTS(10000, 0.1, true);

static const cli_option device_options[] = {
    {.name = "device",
     .letter = 'd',
     .kind = CLI_TEXT,
     .offset = offsetof(struct settings, device),
     .placeholder = "LIST",
     .help = "devices: native, native:ISA, P:D, an index, gpu, cpu, accel, all, a piece of a name, "
             "!x to leave x out; else $GPUFARE_DEVICE"},
    {.name = "threads",
     .letter = 't',
     .kind = CLI_UINT,
     .offset = offsetof(struct settings, threads),
     .min = 1,
     .max = GF_MAX_THREADS,
     .placeholder = "N",
     .help = "threads of the native path; else OMP_NUM_THREADS, else all cores"},
    {.name = "isa",
     .kind = CLI_TEXT,
     .offset = offsetof(struct settings, isa),
     .placeholder = "NAME",
     .help = "best instruction set that the native path may use: scalar, avx2, avx512, neon; else "
             "$GPUFARE_ISA"},
};
const cli_group settings_device_group = {"Devices", ROWS(device_options)};

static const cli_option measure_options[] = {
    {.name = "warmup",
     .kind = CLI_UINT,
     .offset = offsetof(struct settings, warmup),
     .min = 0,
     .max = 1000000,
     .placeholder = "N",
     .help = "round trips before the first sample"},
    {.name = "repeat",
     .letter = 'r',
     .kind = CLI_UINT,
     .offset = offsetof(struct settings, repeat),
     .min = 1,
     .max = 1000000,
     .placeholder = "N",
     .help = "samples, at least"},
    {.name = "min-time",
     .kind = CLI_REAL,
     .offset = offsetof(struct settings, min_time_s),
     .min = 0,
     .max = 86400,
     .placeholder = "SECONDS",
     .help = "go on sampling until the samples add up to this"},
    {.name = "max-samples",
     .kind = CLI_UINT,
     .offset = offsetof(struct settings, max_samples),
     .min = 1,
     .max = 1000000,
     .placeholder = "N",
     .help = "samples, at most; --repeat goes before"},
    {.name = "verify",
     .kind = CLI_WORD,
     .offset = offsetof(struct settings, verify),
     .words = verify_words,
     .placeholder = "auto|full|sampled",
     .help = "how much of each result is compared with the reference"},
    {.name = "seed",
     .kind = CLI_UINT,
     .offset = offsetof(struct settings, seed),
     .min = 0,
     .max = UINT64_MAX,
     .placeholder = "N",
     .help = "of the places that sampled verification picks"},
    {.name = "tune",
     .kind = CLI_TEXT,
     .offset = offsetof(struct settings, tune),
     .placeholder = "NAME=VALUE,...",
     .help = "values for tunables of the kernels (--help of a workload lists them); no others are "
             "searched for"},
    {.name = "no-tune",
     .kind = CLI_FLAG,
     .offset = offsetof(struct settings, no_search),
     .help = "take the defaults of tunables instead of what a search finds or found"},
    {.name = "no-pipeline",
     .kind = CLI_FLAG,
     .offset = offsetof(struct settings, no_pipeline),
     .help = "leave out the round trips whose transfers overlap the kernels"},
};
const cli_group settings_measure_group = {"Measurement", ROWS(measure_options)};

static const cli_option report_options[] = {
    {.name = "json",
     .kind = CLI_TEXT,
     .offset = offsetof(struct settings, json),
     .placeholder = "FILE",
     .help = "write the report as JSON (- is stdout, which then carries nothing else)"},
    {.name = "csv",
     .kind = CLI_TEXT,
     .offset = offsetof(struct settings, csv),
     .placeholder = "FILE",
     .help = "write the table as CSV"},
    {.name = "markdown",
     .kind = CLI_TEXT,
     .offset = offsetof(struct settings, markdown),
     .placeholder = "FILE",
     .help = "write the report as Markdown"},
    {.name = "quiet",
     .letter = 'q',
     .kind = CLI_FLAG,
     .offset = offsetof(struct settings, quiet),
     .help = "print nothing but errors; files are written all the same"},
    {.name = "verbose",
     .letter = 'v',
     .kind = CLI_FLAG,
     .offset = offsetof(struct settings, verbose),
     .help = "say more: every device's choice and checklist"},
    {.name = "color",
     .kind = CLI_WORD,
     .offset = offsetof(struct settings, color),
     .words = color_words,
     .placeholder = "auto|always|never",
     .help = "colour on stdout; auto: on a terminal, unless NO_COLOR is set"},
};
const cli_group settings_report_group = {"Report", ROWS(report_options)};

static const cli_option divergence_options[] = {
    {.name = "divergence-map",
     .kind = CLI_TEXT,
     .offset = offsetof(struct settings, divergence_map),
     .placeholder = "FILE.png",
     .help = "write a picture of where items that run in step wait for the longest of them: each "
             "group's longest / mean, from 1 (dark) to 16 (bright)"},
    {.name = "lane-group",
     .kind = CLI_TEXT,
     .offset = offsetof(struct settings, lane_group),
     .placeholder = "ROWSxCOLS",
     .help = "items that run in step on that map; else the variant's, or 8x4 if it has none"},
};
const cli_group settings_divergence_group = {"Divergence", ROWS(divergence_options)};

/* ---- Checks ------------------------------------------------------------ */

#define DESTINATION_COUNT 8

struct destination {
    const char *option, *path;
};

static void list_destinations(const struct settings *settings, struct destination *list) {
    const struct destination all[DESTINATION_COUNT] = {
        {"output", settings->output},     {"npy", settings->npy},
        {"json", settings->json},         {"csv", settings->csv},
        {"markdown", settings->markdown}, {"divergence-map", settings->divergence_map},
        {"svg", settings->svg},           {"png", settings->png}};
    memcpy(list, all, sizeof all);
}

static bool is_stdout(const char *path) {
    return path != NULL && (strcmp(path, "-") == 0 || strcmp(path, "/dev/stdout") == 0);
}

static gf_status check_pair(const struct destination *a, const struct destination *b,
                            gf_error *error) {
    if (is_stdout(a->path) && is_stdout(b->path)) {
        return message_set(error, GF_USAGE,
                           "--%s and --%s both ask for stdout (-); only one file can go there",
                           a->option, b->option);
    }
    if (a->path == NULL || b->path == NULL || strcmp(a->path, b->path) != 0)
        return GF_OK;
    return message_set(error, GF_USAGE, "--%s and --%s name the same file, %s; choose two",
                       a->option, b->option, a->path);
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
    /* The table goes there too. */
    if (status == GF_OK && !settings->quiet)
        status = gf_atomic_file_check("-", error);
    return status;
}

bool settings_stdout_taken(const struct settings *settings) {
    struct destination list[DESTINATION_COUNT];
    list_destinations(settings, list);
    for (size_t i = 0; i < DESTINATION_COUNT; i++) {
        if (is_stdout(list[i].path))
            return true;
    }
    return false;
}

/* https://no-color.org: set and not empty. */
static bool wants_colour(uint64_t color) {
    const char *none = getenv("NO_COLOR"), *terminal = getenv("TERM");
    if (color != COLOR_AUTO)
        return color == COLOR_ALWAYS;
    if ((none != NULL && *none != '\0') || terminal == NULL || strcmp(terminal, "dumb") == 0)
        return false;
    return isatty(STDOUT_FILENO) != 0;
}

gf_report_style settings_style(const struct settings *settings, const char *schema) {
    return (gf_report_style){wants_colour(settings->color), settings->verbose, schema};
}
