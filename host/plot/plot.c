/* Plots without cairo, which fail. With it plot_cairo.c draws them. */
#include "plot/plot.h"

#include "base/entry.h"
#include "base/error.h"

gf_status gf_plot_check(gf_error *error) {
    GF_ENTER(error);
#ifdef GF_CAIRO
    return GF_OK;
#else
    return gf_error_set(error, GF_UNSUPPORTED,
                        "this gpufare was built without cairo and draws no plots; install "
                        "libcairo2-dev and build it again");
#endif
}

#ifndef GF_CAIRO
gf_status gf_plot_draw(const gf_plot *plot, gf_plot_format format, FILE *stream, gf_error *error) {
    (void)plot;
    (void)format;
    (void)stream;
    return gf_plot_check(error);
}
#endif
