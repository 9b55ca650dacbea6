/* Running a twin under AddressSanitizer and UndefinedBehaviorSanitizer, in a program of its own. */
#pragma once

#include <signal.h>

#include "os/files/embedded_file.h"
#include "problem/workload.h"
#include "user/source/flaw.h"

/* templates/twin/run_twin.c, which calls the twin; the build generates the table. */
extern const gf_embedded_file gf_twin_files[];
extern const size_t gf_twin_file_count;

/* How it is done. */
typedef struct gf_twin_check {
    const char *folder;                  /* for its files, which the caller removes */
    double limit_s;                      /* for computing */
    const volatile sig_atomic_t *cancel; /* NULL, or: end early when set */
} gf_twin_check;

/* Compiles the twin once for a folder, runs it on these inputs (NULL for what is no input), and
 * reports what the sanitizers find. GF_FAILED when it can't be compiled or is not done in time;
 * GF_UNSUPPORTED when the compiler has no sanitizers. */
gf_status gf_twin_sanitize(const gf_problem *problem, const void *const *inputs,
                           const gf_twin_check *how, const gf_flaw_sink *sink, gf_error *error);
