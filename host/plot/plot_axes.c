#include "plot/plot_axes.h"

#include <math.h>

#include "stats/confidence.h"

double gf_axis_place(const log_axis *axis, double number) {
    return axis->start +
           (axis->end - axis->start) * log(number / axis->low) / log(axis->high / axis->low);
}

double gf_axis_place_inside(const log_axis *axis, double number) {
    return gf_axis_place(axis, fmin(fmax(number, axis->low), axis->high));
}

bool gf_axis_has(double number) {
    return isfinite(number) && number > 0;
}

static void widen(double number, double *low, double *high) {
    if (!gf_axis_has(number))
        return;
    *low = fmin(*low, number);
    *high = fmax(*high, number);
}

void gf_plot_set_ranges(const gf_plot *plot, log_axis *x, log_axis *y) {
    double low = INFINITY, high = 0;
    widen(plot->y_low, &low, &high);
    widen(plot->y_high, &low, &high);
    for (size_t c = 0; c < plot->curve_count; c++) {
        for (size_t i = 0; i < plot->value_count; i++)
            widen(plot->curves[c].ns[i], &low, &high);
    }
    for (size_t i = 0; i < plot->point_count; i++)
        widen(plot->points[i].y, &low, &high);
    if (high <= 0) { /* without curves any axis will do */
        low = 1e6;
        high = 1e7;
    }
    const double first = plot->values[0], last = plot->values[plot->value_count - 1];
    const double margin = pow(last / first, 0.03);
    x->low = first / margin;
    x->high = last * margin;
    y->low = low / 1.6;
    y->high = high * 1.6;
}

/* "100 us" */
static void format_time(double ns, char *text, size_t size) {
    static const char *const units[] = {"ns", "\302\265s", "ms", "s"};
    size_t unit = 0;
    for (; ns >= 999.5 && unit < 3; unit++)
        ns /= 1000;
    snprintf(text, size, "%.3g %s", ns, units[unit]);
}

void gf_plot_format_tick(const gf_plot *plot, double number, char *text, size_t size) {
    if (plot->is_numbers)
        snprintf(text, size, "%.6g", number);
    else
        format_time(number, text, size);
}

void gf_plot_each_tick(const log_axis *y, gf_plot_tick tick, void *context) {
    const double decades = log10(y->high / y->low);
    const int from = (int)floor(log10(y->low)), to = (int)ceil(log10(y->high));
    for (int exponent = from; exponent <= to; exponent++) {
        for (int factor = 1; factor <= 9; factor++) {
            const double number = factor * pow(10, exponent);
            const bool fine = factor == 2 || factor == 5;
            if (number < y->low || number > y->high || (factor > 1 && decades > 6))
                continue;
            tick(context, number,
                 factor == 1 ? decades <= 9 || exponent % 2 == 0 : fine && decades < 2.5);
        }
    }
}

const char *gf_plot_dashed_key(const gf_plot *plot, char *buffer, size_t size) {
    if (plot->dashed_key != NULL)
        return plot->dashed_key;
    snprintf(buffer, size, "predicted, %.0f %% interval", 100 * GF_CONFIDENCE);
    return buffer;
}
