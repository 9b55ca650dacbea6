/* JSON reports of comparisons that were saved, read again. */
#pragma once

#include <jansson.h>

#include "gpufare.h"
#include "stats/samples.h"

/* The rows of a result: its phases, and the pipelined round trip behind them. */
#define GF_SAVED_PIPELINED GF_PHASE_COUNT
#define GF_SAVED_TIMES     (GF_PHASE_COUNT + 1)

/* "kernel", "pipelined" */
const char *gf_saved_time_name(size_t time);

/* Texts are one line, and cut where they are longer than any that the tool writes. */
typedef struct gf_saved_result {
    char id[64], name[160], kind[32], platform[128], driver[192], variant[64];
    char status[32]; /* "ok": there are times */
    char reason[256];
    char tuning[256];                 /* "threads=2, tile-rows=8"; "": none */
    char build[16];                   /* "cold", "warm", "" */
    uint32_t disturbed;               /* samples */
    uint32_t retaken;                 /* samples, because others had the cores */
    gf_samples times[GF_SAVED_TIMES]; /* count 0: not measured */
    char kernel_clock[64];            /* which the kernel's time is by */
    uint64_t first_step; /* of the state that the run went on from; 0: it made all steps */
} gf_saved_result;

typedef struct gf_saved_machine {
    char cpu[128], os[128], compiler[128], gpufare[32];
    uint64_t cores, threads, memory_bytes;
} gf_saved_machine;

typedef struct gf_saved_report {
    char file[4096];     /* as it was named; "": this run */
    char cut_short[256]; /* "": it was complete */
    bool unwatched;      /* nobody looked whether other programs had the cores */
    gf_saved_machine machine;
    char workload[128];
    json_t *parameters; /* an object; owned */
    gf_saved_result *results;
    size_t result_count;
} gf_saved_report;

struct gf_saved_reports {
    gf_saved_report *reports; /* at least one, all of one problem */
    size_t count;
};

/* Reads what gf_comparison_report wrote as JSON. GF_USAGE when it is no such report, and the error
 * begins with `file`. */
gf_status gf_saved_report_parse(const json_t *document, const char *file, gf_saved_report *report,
                                gf_error *error);
/* The same as a list of one. */
gf_status gf_saved_reports_parse(const json_t *document, const char *file,
                                 gf_saved_reports **reports, gf_error *error);
void gf_saved_report_clear(gf_saved_report *report);

/* Whether both are of one problem; else the error says what differs. A parameter that only one of
 * them has is none: the other is of an older version, which did what the default does. */
gf_status gf_saved_same_problem(const gf_saved_report *a, const gf_saved_report *b,
                                gf_error *error);

/* "size 1000x1000, max-iter 300" */
void gf_saved_parameters_format(const gf_saved_report *report, char *text, size_t size);

/* Whether others used the machine while this was measured, as far as that was watched. */
bool gf_saved_is_shared(const gf_saved_result *result);

/* How a report is named to people: its file, or "this run". */
const char *gf_saved_report_name(const gf_saved_report *report);
