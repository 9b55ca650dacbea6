/* A thread for each member of a set. They stay from one call to the next, since drivers and OpenMP
 * keep state for each thread that calls them. */
#pragma once

#include "gpufare.h"

typedef struct gf_crew gf_crew;

/* What a thread does; `member` counts from 0. */
typedef void (*gf_crew_work)(void *context, uint32_t member);

gf_status gf_crew_create(uint32_t count, gf_crew **crew, gf_error *error);
/* Accepts NULL. */
void gf_crew_destroy(gf_crew *crew);

/* Has every thread do the work, and waits for all of them. */
void gf_crew_run(gf_crew *crew, gf_crew_work work, void *context);

/* Called by every thread: waits until all have come. The last one calls `leader` first, if there is
 * one. false: a thread has given up, and nobody waits any more. */
bool gf_crew_meet(gf_crew *crew, void (*leader)(void *context), void *context);
/* Called by a thread that will come to no later meeting of this run. */
void gf_crew_give_up(gf_crew *crew);
