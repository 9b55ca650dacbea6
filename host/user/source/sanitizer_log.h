/* What AddressSanitizer and UndefinedBehaviorSanitizer write about a twin. */
#pragma once

#include "user/source/flaw.h"

/* Reads a log, which begins with the addresses of the twin's buffers as templates/twin/run_twin.c
 * writes them. *ended: the twin was called to its end. Changes the text. */
gf_status gf_sanitizer_log_read(char *text, const gf_flaw_sink *sink, bool *ended, gf_error *error);
