/* Commands whose events are kept until their times are known. Events are asked without any lock, in
 * the order of their commands. */
#pragma once

#include "layer/objects.h"

/* Keeps `event`, of which the layer owns a reference, of a queue that is known; else releases it.
 */
void gf_pending_add(const gf_loader *to, cl_command_queue queue, cl_event event, uint64_t command);
/* Whether there is room for one more; counts the command as one without times if not. */
bool gf_pending_has_room(void);
/* Records the times of commands that have ended: of one queue, or of all if that is NULL. */
void gf_pending_harvest(const gf_loader *to, cl_command_queue queue);
/* The program has released the queue: what it left is harvested with all others. */
void gf_pending_adopt(const gf_loader *to, gf_queue_facts *queue);
/* At the end of the process: waits up to `most_ns` for what runs. Returns what had not ended. */
uint64_t gf_pending_settle(uint64_t most_ns);
/* Asked now and then, so that a program that never waits does not fill the memory. */
void gf_pending_tidy(const gf_loader *to, cl_command_queue queue);
