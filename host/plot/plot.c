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

gf_status gf_plot_check_format(gf_plot_format format, gf_error *error) {
    if ((unsigned)format > GF_PLOT_PNG)
        return gf_error_set_parameter(error, GF_USAGE, "format", " %d: no such format",
                                      (int)format);
    return gf_plot_check(error);
}

gf_status gf_plot_draw_file(const gf_plot *plot, void *context, gf_error *error) {
    const gf_plot_file *file = context;
    return gf_plot_draw(plot, file->format, file->stream, error);
}

#ifndef GF_CAIRO
gf_status gf_plot_draw(const gf_plot *plot, gf_plot_format format, FILE *stream, gf_error *error) {
    (void)plot;
    (void)format;
    (void)stream;
    return gf_plot_check(error);
}
#endif
