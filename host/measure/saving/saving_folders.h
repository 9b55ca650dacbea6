/* The folders of a run's states: opened, the state found that it goes on from, and what is said of
 * all that. */
#pragma once

#include "checkpoint/epoch.h"
#include "checkpoint/saved_epoch.h"

/* Zeroed, with `folder` and `source` none: not begun. */
typedef struct gf_saving {
    const gf_checkpoint_options *options; /* NULL: not begun */
    gf_epoch_folder folder;               /* where states are saved; none if they are not */
    gf_epoch_folder source; /* where a state comes from; none if it comes from `folder` */
    gf_checkpoint_identity identity;
    gf_saved_epoch *from; /* the state that the run goes on from; NULL: its first content */
    bool used;            /* by a run */
    gf_checkpoint_state state;
    uint64_t tried_ns; /* when the run began, or a state was saved last, or could not be */
    gf_error failure;  /* of the latest state, if it could not be saved */
} gf_saving;

/* Opens the folders and finds the state to go on from, if there is one. `inputs_hash`: of the whole
 * problem's inputs. What the pointers point to must outlive the saving. On failure nothing is open.
 */
gf_status gf_saving_open(gf_saving *saving, const gf_checkpoint_options *options,
                         const gf_problem *problem, uint64_t inputs_hash, gf_error *error);
/* The same in another process of the job whose first one has opened them; finds no state. */
gf_status gf_saving_share(gf_saving *saving, const gf_checkpoint_options *options,
                          const gf_problem *problem, uint64_t inputs_hash, gf_error *error);
/* Finds the newest state of a step before `below` in place of the one that was found: saving->from,
 * and the first step. GF_FAILED: there is none. */
gf_status gf_saving_find(gf_saving *saving, uint64_t below, gf_error *error);

/* Closes everything; accepts one that has not begun. */
void gf_saving_end(gf_saving *saving);

/* GF_FAILED when the latest state could not be saved, with the reason. */
gf_status gf_saving_status(const gf_saving *saving, gf_error *error);

/* Says a line to the caller; `wrong`: of trouble. */
void gf_saving_tell(const gf_saving *saving, const char *text, bool wrong);
/* Says what the run goes on from. */
void gf_saving_tell_beginning(const gf_saving *saving);
/* Says why a state is passed over, and clears the error. */
void gf_saving_pass_over(const gf_saving *saving, gf_error *why);

/* A run that was killed between two steps of saving leaves an epoch too many. One that was passed
 * over stays until the next state is saved. */
void gf_saving_tidy(const gf_saving *saving);

/* Notes that the state after `step` steps is saved, or is not, which it says, too; the run goes on:
 * its result is worth more than a state of it. The failure is the saving's then. */
void gf_saving_note_success(gf_saving *saving, uint64_t step);
void gf_saving_note_failure(gf_saving *saving, uint64_t step, gf_error *failure);
