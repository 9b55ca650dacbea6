/* The sets of values that a search tried, and how long they take, beside the defaults. */
#pragma once

#include "measure/search/turns.h"

#define GF_BEST_TRIES 2

typedef struct gf_tunable_search {
    gf_turns *turns;
    const gf_tuning *hint; /* values that were the best of another variant; NULL: none */
    gf_try *tries;         /* of the values so far; the first are the defaults */
    uint32_t count;
    gf_try pacer;        /* the defaults, in turns that tell how slow the machine is now */
    uint32_t paced;      /* tries before that */
    uint32_t since_pace; /* turns since then */
    uint64_t budget_ns;
    uint64_t started_ns;        /* turns->took_ns before the search */
    gf_try best[GF_BEST_TRIES]; /* the best values and those that came next, from turns against
                                   one another; as many as best_count */
    uint32_t best_count;
    bool complete;  /* time was left when nothing promising was */
    bool fruitless; /* it ended at the first try: the computing is too short to gain from it, or
                       the kernel can't be built */
} gf_tunable_search;

/* Fills *tuning with the tunables of the run's variant, and values: the given ones, which are not
 * 0, as far as there is room, and others that suit them. */
void gf_derive_tuning(const gf_run *run, const uint32_t *given, gf_tuning *tuning);

const gf_run *gf_tries_run(const gf_tunable_search *s);
/* The device needs no time to prepare a kernel. */
bool gf_tries_are_prompt(const gf_tunable_search *s);
uint64_t gf_tries_took_ns(const gf_tunable_search *s);
/* For further tries. */
bool gf_tries_have_time(const gf_tunable_search *s);

bool gf_is_same_tuning(const gf_tuning *a, const gf_tuning *b);
/* Whether a search may try this value of the tunable. */
bool gf_is_candidate(const gf_tunable *tunable, uint32_t value);
/* Values with another one at `index`, all others as they are, as far as there is room. */
gf_tuning gf_tuning_with(const gf_tunable_search *s, const gf_tuning *tuning, uint32_t index,
                         uint32_t value);

/* Times these values once, unless that was done: appends a try. */
gf_status gf_try_values(gf_tunable_search *s, const gf_tuning *tuning, gf_error *error);
/* A further turn of one that was tried. */
gf_status gf_try_again(gf_tunable_search *s, uint32_t index, gf_error *error);

/* On a prompt device: lets the defaults take a turn, which tells how slow the machine is now. Times
 * from now on are divided by that; if it is slower than before, those of tries since then, too. */
gf_status gf_tries_take_pace(gf_tunable_search *s, gf_error *error);

/* Releases a program that was kept for further turns, if there is one. */
void gf_try_release_program(gf_tunable_search *s, uint32_t index);
