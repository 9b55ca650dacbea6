/* Facts that are kept between runs, one small file for each device and driver. While a fact is
 * looked for, the file says so and names the process that does it. That process may end because of
 * the driver, or because someone ends the whole program: only its parent knows which, and notes
 * the former. */
#pragma once

#include <sys/types.h>

#include "gpufare.h"

typedef struct gf_fact_key {
    char text[1024]; /* "": nothing is kept */
} gf_fact_key;

/* A device by its names, its driver and what that claims, with the variables that steer drivers. */
gf_fact_key gf_fact_key_of(const gf_device_info *device, const gf_fact *facts);

/* Reads what is known; facts that are not stay untried. *attempted: "", or what another process was
 * finding out when its driver ended it. Returns true if nothing is left to be tried. */
bool gf_fact_load(const gf_fact_key *key, gf_fact *facts, char *attempted, size_t size);
/* `attempt`: what is tried next, or "". `complete`: nothing is left to be tried. */
void gf_fact_save(const gf_fact_key *key, const gf_fact *facts, const char *attempt, bool complete);
/* In the parent: this child ended by its driver's doing while it found out facts. */
void gf_fact_note_end(pid_t process);
