#include "report/predicted/roofline_figure.h"

#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "plot/plot_markup.h"

#define MOST_DEVICES 6 /* more roofs can't be told apart */
#define MOST_VALUES  64

/* The storage that the plot's pointers point to. */
typedef struct figure {
    double values[MOST_VALUES];
    char tick_texts[MOST_VALUES][24];
    const char *ticks[MOST_VALUES];
    size_t value_count;
    double roofs[MOST_DEVICES][MOST_VALUES];
    gf_plot_device devices[MOST_DEVICES];
    gf_plot_curve curves[MOST_DEVICES];
    gf_plot_point points[MOST_DEVICES];
    char point_texts[MOST_DEVICES][320];
    const gf_roofline *rooflines[MOST_DEVICES];
    size_t count;
} figure;

static bool has_roof(const gf_candidate *candidate) {
    const gf_roofline *roof = &candidate->prediction.roofline;
    return candidate->prediction.possible && roof->operation_rate > 0 && roof->byte_rate > 0 &&
           isfinite(roof->intensity) && roof->intensity > 0 && roof->predicted_rate > 0;
}

static void add_devices(const gf_candidates *candidates, figure *made) {
    for (size_t i = 0; i < candidates->count && made->count < MOST_DEVICES; i++) {
        const gf_candidate *item = &candidates->items[i];
        const gf_roofline *roof = &item->prediction.roofline;
        const size_t d = made->count;
        if (!has_roof(item))
            continue;
        made->devices[d] = (gf_plot_device){item->label, item->name};
        made->rooflines[d] = roof;
        snprintf(made->point_texts[d], sizeof made->point_texts[d],
                 "%s: %.3g operations a byte, %.3g * 10^9 operations a second", item->label,
                 roof->intensity, roof->predicted_rate);
        made->points[d] =
            (gf_plot_point){d, roof->intensity, roof->predicted_rate, made->point_texts[d]};
        made->count++;
    }
}

/* `labelled`: a decade. */
static void add_value(figure *made, double value, bool labelled) {
    const size_t i = made->value_count;
    if (i == MOST_VALUES)
        return;
    made->values[i] = value;
    if (labelled)
        snprintf(made->tick_texts[i], sizeof made->tick_texts[i], "%g", value);
    made->ticks[i] = made->tick_texts[i];
    made->value_count++;
}

/* Where the roof bends: below it memory limits, above it arithmetic. */
static double ridge_of(const gf_roofline *roof) {
    return roof->operation_rate / roof->byte_rate;
}

/* Whole decades around kernels and ridges, with the ridges, so that roofs bend where they should.
 */
static void add_values(figure *made) {
    double low = INFINITY, high = 0;
    for (size_t d = 0; d < made->count; d++) {
        low = fmin(low, fmin(made->rooflines[d]->intensity, ridge_of(made->rooflines[d])));
        high = fmax(high, fmax(made->rooflines[d]->intensity, ridge_of(made->rooflines[d])));
    }
    const int from = (int)floor(log10(low / 2)), to = (int)ceil(log10(high * 2));
    for (int decade = from; decade <= to; decade++) {
        add_value(made, pow(10, decade), true);
        for (size_t pass = 0; pass < made->count; pass++) { /* ridges, in their order */
            double next = INFINITY;
            for (size_t d = 0; d < made->count; d++) {
                const double ridge = ridge_of(made->rooflines[d]);
                if (ridge > made->values[made->value_count - 1] && ridge < pow(10, decade + 1))
                    next = fmin(next, ridge);
            }
            if (isfinite(next))
                add_value(made, next, false);
        }
    }
}

static void add_roofs(figure *made) {
    for (size_t d = 0; d < made->count; d++) {
        const gf_roofline *roof = made->rooflines[d];
        for (size_t i = 0; i < made->value_count; i++)
            made->roofs[d][i] = fmin(roof->operation_rate, roof->byte_rate * made->values[i]);
        made->curves[d] = (gf_plot_curve){.device = d, .ns = made->roofs[d]};
    }
}

gf_status gf_roofline_figure(const gf_candidates *candidates, const gf_writer *to,
                             gf_error *error) {
    static const char *const notes[] = {"Diamonds: the kernel as it is predicted.", NULL};
    if (to->document == NULL)
        return GF_OK;
    figure *made = calloc(1, sizeof *made);
    if (made == NULL)
        return gf_error_no_memory(error, "a plot", sizeof *made);
    add_devices(candidates, made);
    gf_status status = GF_OK;
    if (made->count > 0) {
        add_values(made);
        add_roofs(made);
        const gf_plot plot = {.title = "Roofline of each device",
                              .x_label = "operations a byte",
                              .y_label = "10^9 operations a second",
                              .solid_key =
                                  "what memory or caches and arithmetic allow, as calibrated",
                              .is_numbers = true,
                              .has_no_dots = true,
                              .notes = notes,
                              .values = made->values,
                              .ticks = made->ticks,
                              .value_count = made->value_count,
                              .devices = made->devices,
                              .device_count = made->count,
                              .curves = made->curves,
                              .curve_count = made->count,
                              .points = made->points,
                              .point_count = made->count};
        status = gf_plot_write_markup(&plot, gf_document_markup(to->document), error);
    }
    free(made);
    return status;
}
