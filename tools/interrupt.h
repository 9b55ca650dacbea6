/* Ctrl-C: the first asks the work to end, the second ends the program. */
#pragma once

#include "gpufare.h"

/* Handles SIGINT and SIGTERM, and ignores SIGPIPE, so that a write to a closed pipe fails. */
void interrupt_install(void);
/* Before that: signals are taken without a word. */
void interrupt_silence(void);

/* Whether the work now waits for kernels, which the answer to the first signal then says. */
void interrupt_kernels_run(bool run);

/* Not zero after the first signal. */
const volatile sig_atomic_t *interrupt_flag(void);

/* The flag that the first signal sets instead while *interrupt_listens() is not 0: the work then
 * saves its state and ends (gf_checkpoint_options). */
const volatile sig_atomic_t *interrupt_stop_flag(void);
volatile sig_atomic_t *interrupt_listens(void);

/* In a job of several ranks: what the process says `after_ms` milliseconds after the first signal,
 * or at the second one, in case that its launcher leaves no time for more; 0: at once. Both texts
 * are copied, and later ones take their place. `lock`: NULL, or a file that the speaker of the job
 * has locked as long as it lives; then this process speaks only when it is not. */
void interrupt_set_last_words(const char *words, const char *lock, uint32_t after_ms);
/* They are not said any more. Returns whether there were some that had not been. */
bool interrupt_drop_last_words(void);

/* GF_INTERRUPTED, with its message, after a signal; else GF_OK. */
gf_status interrupt_check(gf_error *error);
