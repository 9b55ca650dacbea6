/* Sets of values that take turns in computing a problem, so that what slows the machine for a while
 * slows all of them. */
#pragma once

#include "measure/round_trip.h"
#include "measure/search/rounds.h"

/* A variant with values for its tunables, and how long it took at each of its turns. A third of
 * them, rounded down, is shorter than `ns`: of three the middle one counts, of six the third, and
 * of two the longer. */
typedef struct gf_try {
    const char *variant;
    gf_tuning tuning;
    uint64_t turns_ns[GF_MOST_ROUNDS];
    uint32_t turns;
    uint64_t ns;      /* of all turns; UINT64_MAX: no turn yet, no kernel can be built, or failed */
    uint64_t took_ns; /* the latest turn with all of its launches */
    uint32_t searched;   /* bit i: the search tried values of tunable i from here */
    bool picked;         /* to go on: among the fastest */
    bool failed;         /* a turn did */
    bool stopped;        /* the latest turn was, because it took too long: `ns` is UINT64_MAX */
    gf_program *program; /* of further turns, where they are kept; NULL: none is built */
} gf_try;

/* What the turns of a problem on one device share. */
typedef struct gf_turns {
    gf_run *run;
    uint64_t steps;   /* that a launch of a turn computes; 0: none, or not chosen yet */
    uint64_t took_ns; /* of all turns */
    double slowdown;  /* of the machine, which times are divided by; 0: not known */
    bool need_kernel; /* if no kernel can be built with the values, that is a failure */
    bool brief;       /* on devices that compile: short turns, of which many are taken in rounds */
    bool keep_programs; /* in their tries, for further turns; who sets this releases them */
    uint64_t enough_ns; /* not 0: a turn is stopped as soon as the computing up to a stop is known
                           to take longer */
} gf_turns;

/* Times the computing up to a stop, or on a prompt device of the first stops: a turn of *tried. The
 * turns of one problem compute equally many steps. GF_OK also if no kernel can be built with the
 * values, unless one is needed or the device was lost over that. Turns beyond GF_MOST_ROUNDS are
 * not kept. */
gf_status gf_turns_take(gf_turns *turns, gf_try *tried, gf_error *error);

/* Divides the time of the latest turn: the machine was slower than was known by this factor. */
void gf_turns_correct_latest(gf_try *tried, double factor);

/* Makes the try's program that of the run: the kept one, or one that is built now. GF_OK with
 * run->program NULL if none can be built, unless one is needed or the device was lost over that. */
gf_status gf_turns_take_program(gf_turns *turns, const gf_try *tried, gf_error *error);

/* Forgets former turns and lets all take new ones, in rounds, until one is left: who loses clearly
 * to the fastest leaves, and after GF_CLEAR_ROUNDS who promises no gain over the first. That goes
 * on while a further round fits into `budget_ns`, and for GF_FEWEST_ROUNDS however long they take:
 * pass no more tries than the budget has room for. Sets *fastest to 0, the present choice, unless
 * the first lost clearly: ties keep it. Each `ns` is then the fastest one's times the ratio that
 * their rounds had. count > 0. */
gf_status gf_turns_decide(gf_turns *turns, gf_try *tries, uint32_t count, uint64_t budget_ns,
                          uint32_t *fastest, gf_error *error);

/* How long the run is going to take samples, if a turn takes `ns`. */
uint64_t gf_turns_sampling_ns(const gf_turns *turns, uint64_t ns);
/* Where sampling takes less, a search does not pay. */
#define GF_SHORTEST_SAMPLING_NS UINT64_C(10000000)
/* The longest that a search goes on. */
#define GF_SEARCH_NS UINT64_C(5000000000)
