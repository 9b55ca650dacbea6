/* Words and numbers that several reports share. */
#pragma once

#include "measure/comparison.h"
#include "problem/problem.h"
#include "report/table/table.h"

/* "julia: size 1000x1000, max-iter 300" */
void gf_write_heading(const gf_problem *problem, const gf_writer *to);

/* One line of the notes. `text` is a format of printf. */
void gf_write_note(const gf_writer *to, const char *label, const char *text, ...) GF_PRINTF(3, 4);

/* "Verdict: ...", the label in bold where the writer allows it. */
void gf_write_conclusion(const char *label, const char *text, const gf_writer *to);

/* What every report begins with: the answer, in a tone of its own, on a line that begins with
 * `label`; on the next line what it rests on, what would change it or what to do; then a blank
 * line. `next`: may be "". Says first if the work was cut short. */
void gf_write_verdict(const char *label, const char *answer, gf_tone tone, const char *next,
                      const gf_writer *to);

/* The meaning of the columns that name a device. */
#define GF_MEANING_DEVICE                                                                          \
    "where it ran: native is this CPU without OpenCL, 0:0 an OpenCL device (`gpufare devices` "    \
    "lists them); then the kernel variant"

/* The meanings of columns that measured and predicted tables have in common. */
#define GF_MEANING_H2D         "host to device: moving the inputs"
#define GF_MEANING_D2H         "device to host: moving the results"
#define GF_MEANING_ALLOC       "making the buffers, once"
#define GF_MEANING_FARE        "share of the total that moving data and launching take"
#define GF_MEANING_UNEXPLAINED "what of the total is in no phase"
#define GF_MEANING_PHASE       "part of a round trip"

/* "Cut short: interrupted after 1 of 3 devices", if the work was. */
void gf_write_cut_short(const gf_writer *to);

/* What a run of so many steps went on from, and what it saved. */
void gf_write_checkpoint_notes(const char *label, const gf_checkpoint_state *state, uint64_t steps,
                               const gf_writer *to);

/* Whether the result was compared with the reference; it may have failed that. */
bool gf_was_verified(const gf_result *result);

/* "serial" or "pipelined": the schedule whose round trips count. NULL without times; `result` may
 * be NULL. */
const char *gf_best_schedule_name(const gf_result *result);
