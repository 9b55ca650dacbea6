#include "device/context.h"

#include "base/cancel.h"
#include "base/entry.h"
#include "base/error.h"

void gf_run_options_defaults(gf_run_options *options) {
    *options = (gf_run_options){.warmup = 1,
                                .repeat = 5,
                                .min_time_s = 0.25,
                                .max_samples = 10000,
                                .verify = GF_VERIFY_AUTO,
                                .seed = UINT64_C(20260521),
                                .search = true,
                                .watch = true,
                                .pipeline = true};
}

gf_run_options gf_run_options_or_defaults(const gf_run_options *options) {
    gf_run_options made;
    gf_run_options_defaults(&made);
    return options != NULL ? *options : made;
}

gf_status gf_context_check_cancel(const gf_context *context, gf_error *error) {
    return gf_cancelled(context->options->cancel) ? gf_error_interrupted(error) : GF_OK;
}

gf_status gf_context_open_device(const gf_context *context, gf_device *device, gf_error *error) {
    if (device->is_held)
        return gf_error_set(error, GF_USAGE, "device %s belongs to a call; end that first",
                            device->info.id);
    device->cancel = context->options->cancel;
    const gf_status status = gf_device_open(device, error);
    device->cancel = NULL;
    return status;
}

void gf_context_report_progress(const gf_context *context, const gf_progress *progress) {
    const gf_run_options *options = context->options;
    if (options->progress == NULL)
        return;
    const locale_t own_locale = gf_callback_begin();
    options->progress(progress, options->progress_context);
    gf_callback_end(own_locale);
}

uint64_t gf_context_now(const gf_context *context) {
    return gf_clock_now(&context->session->clock);
}
