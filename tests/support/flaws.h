/* Takes the flaws that a reader of a log finds. */
#pragma once

#include <criterion/criterion.h>

#include "user/source/flaw.h"

#define MOST_FLAWS 16

typedef struct taken {
    gf_flaw flaws[MOST_FLAWS];
    size_t count;
    bool ended; /* for readers that tell whether the program came to its end */
} taken;

/* For gf_flaw_sink, whose context is a `taken`. */
static inline gf_status take(void *context, const gf_flaw *flaw, gf_error *error) {
    taken *t = context;
    (void)error;
    cr_assert_lt(t->count, (size_t)MOST_FLAWS);
    t->flaws[t->count++] = *flaw;
    return GF_OK;
}
