/* Shared by the tests of the diagnosis: a sink that records. */
#pragma once

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "backends/opencl/doctor/diagnose.h"
#include "base/array.h"
#include "gpufare.h"

typedef struct row {
    char subject[200], finding[1300], fix[700];
    gf_diagnosis_level status;
} row;

typedef struct recording {
    row rows[64];
    size_t count;
} recording;

static inline gf_status record(void *context, const char *subject, gf_diagnosis_level status,
                               const char *finding, const char *fix, gf_error *error) {
    recording *all = context;
    (void)error;
    cr_assert_lt(all->count, 64);
    row *added = &all->rows[all->count++];
    added->status = status;
    snprintf(added->subject, sizeof added->subject, "%s", subject);
    snprintf(added->finding, sizeof added->finding, "%s", finding);
    snprintf(added->fix, sizeof added->fix, "%s", fix);
    return GF_OK;
}

static inline const row *find_row(const recording *all, const char *subject) {
    for (size_t i = 0; i < all->count; i++)
        if (strncmp(all->rows[i].subject, subject, strlen(subject)) == 0)
            return &all->rows[i];
    return NULL;
}

/* Texts of a recorded set-up are literals: only its report is freed. */
static inline char *literal(const char *text) {
    return (char *)(uintptr_t)text;
}
