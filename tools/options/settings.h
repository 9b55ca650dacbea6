/* What the options of the commands set. */
#pragma once

#include "options/command.h"

struct settings {
    /* Devices */
    const char *device, *isa;
    uint64_t threads; /* 0: not given */
    bool all_variants;
    bool in_process;
    uint64_t device_memory; /* 0: not given */
    double deadline_s;      /* 0: not given */
    /* Measurement */
    uint64_t warmup, repeat, max_samples, seed;
    double min_time_s;
    uint64_t verify; /* gf_verify_mode */
    bool no_search, no_pipeline, no_watch, energy;
    const char *tune;
    /* Prediction */
    const char *device_model; /* NULL: only the devices of this machine */
    uint64_t host_cores;      /* 0: those of this machine */
    const char *host_model;   /* NULL: this machine is what models are compared with */
    bool check, permute;
    double budget_s;   /* `advise`; 0: none */
    bool inputs_later; /* inputs are made only if something runs */
    const char *sweeps[2];
    const char *export_path; /* FOLDER/NAME of two files; NULL: none */
    bool predict_only, no_predict;
    bool quick, show; /* `calibrate` */
    /* Output; NULL: not asked for; "-": stdout */
    const char *output, *npy, *json, *csv, *markdown, *html, *out_dir, *divergence_map;
    const char *lane_group; /* of the divergence map; NULL: not given */
    uint64_t frames_every;  /* 0: no frames */
    const char *svg, *png;  /* plots */
    /* Saved reports */
    const char *baseline; /* files, separated by commas; NULL: `compare` stands alone */
    const char *junit;
    double fail_above; /* a share */
    /* Jobs of several ranks */
    uint64_t ranks;        /* 0: any number */
    uint64_t halo_steps;   /* 0: what takes least */
    uint64_t overlap;      /* gf_overlap_mode */
    uint64_t queue;        /* gf_queue_mode */
    const char *rank_grid; /* NULL: what takes least */
    bool progress;         /* rank 0 shows the progress line, whatever stderr seems to be */
    bool weak;
    /* Checkpoints */
    const char *checkpoint, *checkpoint_every, *resume; /* NULL: not given */
    /* Fields in files */
    const char *field_file; /* NULL: in memory */
    uint64_t field_memory;  /* 0: the library's */
    uint64_t field_access;  /* gf_field_access */
    /* Evidence */
    const char *bundle;
    bool rerun;
    const char *manifest;  /* of a user's kernel that is run again */
    const char *directory; /* `new`; NULL: the name */
    const char *trace;     /* of `run` and `compare`: a timeline */
    /* `trace` */
    const char *attach_file; /* NULL: the raw trace is not kept */
    const char *read_file;   /* NULL: a program is run */
    const char *timeline;
    uint64_t limit_mib;       /* 0: the library's */
    const char *command_line; /* which HTML reports show; NULL: not known */
    bool calibrated;
    bool table_on_stderr; /* stdout is a program's */
    bool quiet, verbose, explain;
    uint64_t color; /* index of auto, always, never */
};

/* A row of an option table, whose value goes to `field` of the settings. short_name: 0 without a
 * short option; value_name: for help, NULL for a flag. Then the help text, and further members. */
#define CLI_OPTION(type, long_name, short_name, field, value_name, ...)                            \
    {                                                                                              \
        .kind = type, .name = long_name, .letter = short_name,                                     \
        .offset = offsetof(struct settings, field), .placeholder = value_name, __VA_ARGS__         \
    }

void settings_defaults(struct settings *settings);
void settings_run_defaults(struct settings *settings);    /* of `run` */
void settings_advise_defaults(struct settings *settings); /* of `advise` */
void settings_sweep_defaults(struct settings *settings);  /* of `breakeven` */

/* Parts of the option tables of several commands. */
extern const cli_group settings_device_group;
extern const cli_group settings_driver_group;
extern const cli_group settings_memory_group;
extern const cli_group settings_measure_group;
/* Reports, -q, -v, --explain, --color; each with what -v prints more of: nothing, each value's
 * times, facts about devices, about predictions, about results. */
extern const cli_group settings_report_group;
extern const cli_group settings_sweep_report_group;
extern const cli_group settings_listing_group;
extern const cli_group settings_prediction_group;
extern const cli_group settings_result_group;
extern const cli_group settings_energy_group;
extern const cli_group settings_bundle_group;
extern const cli_group settings_page_group;     /* --html, of what has figures */
extern const cli_group settings_timeline_group; /* --trace, of what runs */
extern const cli_group settings_divergence_group;
extern const cli_group settings_models_group;
extern const cli_group settings_changes_group;  /* of `diff` */
extern const cli_group settings_baseline_group; /* of `compare` */
extern const cli_group settings_trace_group;    /* of `trace` */
extern const cli_group settings_trace_report_group;

/* Checks, before any work, that every file asked for can be made and that at most one of them is
 * stdout. */
gf_status settings_check(const struct settings *settings, gf_error *error);

/* Removes everything that names a file to write, or asks for one. */
void settings_forget_files(struct settings *settings);

/* Whether the text table goes to stdout: not when quiet, nor when a file goes there. */
bool settings_table_wanted(const struct settings *settings);

/* The style of reports on stdout: colour as --color, NO_COLOR and the terminal say. */
gf_report_style settings_style(const struct settings *settings, const char *schema);
