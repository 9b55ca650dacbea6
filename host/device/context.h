/* The session and the caller's options, which all work on devices needs together. */
#pragma once

#include "device/session.h"
#include "gpufare.h"

/* Borrowed; whoever holds a context keeps both alive. */
typedef struct gf_context {
    gf_session *session;
    const gf_run_options *options;
} gf_context;

/* *options, or the defaults for NULL. */
gf_run_options gf_run_options_or_defaults(const gf_run_options *options);
/* GF_INTERRUPTED when the caller's flag is set, else GF_OK. */
gf_status gf_context_check_cancel(const gf_context *context, gf_error *error);
/* gf_device_open, which the caller's flag ends early. GF_USAGE when a call holds the device. */
gf_status gf_context_open_device(const gf_context *context, gf_device *device, gf_error *error);
/* Calls the caller's progress function, if there is one, in the caller's locale. */
void gf_context_report_progress(const gf_context *context, const gf_progress *progress);
/* The session's clock, in ns. */
uint64_t gf_context_now(const gf_context *context);
