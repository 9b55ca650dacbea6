#include "breakeven/sweep.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"
#include "base/text.h"
#include "problem/params.h"

/* Values are written with 12 digits. A value that reaches this share of the sweep's end is written
 * like the end. */
#define END_SHARE (1 - 1e-11)
/* Most steps from the start: small factors of small whole numbers repeat values, and a step too
 * small to change a real would never end. */
#define MAX_STEPS 100000

static const gf_param threads_row = {
    .name = "threads", .type = GF_PARAM_UINT, .min = 1, .max = GF_MAX_THREADS, .unit = "threads"};

static const gf_param ranks_row = {
    .name = "ranks", .type = GF_PARAM_UINT, .min = 1, .max = 1000000, .unit = "ranks"};

/* A sweep's text, parsed. */
typedef struct sweep_range {
    const char *text; /* for messages */
    const gf_param *param;
    double low[2], high[2];         /* a size: width and height; else [0] */
    uint64_t whole_low, whole_high; /* exactly the ends of whole numbers */
    bool adds;                      /* +D, not xF */
    double step;                    /* F or D */
} sweep_range;

GF_PRINTF(3, 4)
static gf_status refuse(const char *sweep, gf_error *error, const char *format, ...) {
    char reason[GF_ERROR_TEXT];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    return gf_error_set_parameter(error, GF_USAGE, "sweep", " %s: %s", sweep, reason);
}

/* ---- The name ---------------------------------------------------------- */

static bool is_number(const gf_param *param) {
    return param->type == GF_PARAM_SIZE || param->type == GF_PARAM_UINT ||
           param->type == GF_PARAM_REAL;
}

static gf_status unknown_name(const gf_workload *workload, const char *text, size_t length,
                              gf_error *error) {
    char buffer[256];
    gf_text names = gf_text_in(buffer, sizeof buffer);
    for (uint32_t i = 0; i < workload->param_count; i++) {
        if (is_number(&workload->params[i]))
            gf_text_add(&names, "%s, ", workload->params[i].name);
    }
    return refuse(text, error, "%s has no number called %.*s; choose one of %sthreads, ranks",
                  workload->name, (int)length, text, buffer);
}

static bool is_called(const gf_param *param, const char *name, size_t length) {
    return strlen(param->name) == length && strncmp(param->name, name, length) == 0;
}

static const gf_param *find_param(const gf_workload *workload, const char *name, size_t length) {
    for (uint32_t i = 0; i < workload->param_count; i++) {
        const gf_param *param = &workload->params[i];
        if (is_called(param, name, length))
            return is_number(param) ? param : NULL;
    }
    if (is_called(&ranks_row, name, length))
        return &ranks_row;
    return is_called(&threads_row, name, length) ? &threads_row : NULL;
}

/* ---- The ends ---------------------------------------------------------- */

static gf_status bad_form(const char *text, gf_error *error) {
    return refuse(
        text, error,
        "not a sweep; give NAME=LO:HI, NAME=LO:HI:xFACTOR or NAME=LO:HI:+STEP, such as size=64:8192:x2");
}

/* `value`: the text from one end's first character on; the end goes up to the next colon. */
static gf_status bad_value(const sweep_range *range, const char *value, gf_error *error) {
    const gf_param *param = range->param;
    const int length = (int)strcspn(value, ":");
    const char *form = param->type == GF_PARAM_REAL   ? "a number"
                       : param->type == GF_PARAM_UINT ? "a whole number"
                                                      : "N or WxH, whole numbers";
    return refuse(range->text, error, "%.*s is not acceptable; %s takes %s from %.12g to %.12g",
                  length, value, param->name, form, param->min, param->max);
}

/* Reads a number that begins with a digit or a point; strtod would accept blanks and signs. */
static bool read_number(const char **text, bool whole, double *number) {
    char *end = NULL;
    if (strspn(*text, "0123456789.") == 0)
        return false;
    if ((*text)[0] == '0' && ((*text)[1] == 'x' || (*text)[1] == 'X'))
        return false; /* strtod would read a hexadecimal number where a size has no width */
    *number = strtod(*text, &end);
    if (end == *text || !isfinite(*number) || (whole && end != *text + strspn(*text, "0123456789")))
        return false;
    *text = end;
    return true;
}

/* Reads one end and moves *text to the character after it. *exact: of a whole number, UINT64_MAX
 * for a larger one, which no parameter takes. */
static bool read_end(const sweep_range *range, const char **text, double end[2], uint64_t *exact) {
    const bool whole = range->param->type != GF_PARAM_REAL;
    *exact = whole ? strtoull(*text, NULL, 10) : 0;
    if (!read_number(text, whole, &end[0]))
        return false;
    end[1] = end[0];
    if (range->param->type != GF_PARAM_SIZE || (**text != 'x' && **text != 'X'))
        return true;
    (*text)++;
    return read_number(text, whole, &end[1]);
}

/* "x2" or "+64"; "" stands for x2. */
static bool read_step(const char *text, sweep_range *range) {
    range->adds = *text == '+';
    range->step = 2;
    if (*text == '\0')
        return true;
    text++;
    const char kind = text[-1];
    return (kind == 'x' || kind == '+') && read_number(&text, false, &range->step) && *text == '\0';
}

static gf_status read_range(const char *rest, sweep_range *range, gf_error *error) {
    const char *value = rest, *colon = strchr(rest, ':');
    if (colon == NULL || colon == rest || colon[1] == '\0' || colon[1] == ':')
        return bad_form(range->text, error);
    if (!read_end(range, &rest, range->low, &range->whole_low) || rest != colon)
        return bad_value(range, value, error);
    value = ++rest;
    if (!read_end(range, &rest, range->high, &range->whole_high) || (*rest != ':' && *rest != '\0'))
        return bad_value(range, value, error);
    const bool has_step = *rest == ':';
    if ((has_step && rest[1] == '\0') || !read_step(has_step ? rest + 1 : rest, range))
        return bad_form(range->text, error);
    return GF_OK;
}

static gf_status check_end(const sweep_range *range, double number, gf_error *error) {
    const gf_param *param = range->param;
    if (number < param->min || number > param->max ||
        (param->min_exclusive && number <= param->min))
        return refuse(range->text, error, "%.12g is not acceptable; %s goes from %.12g to %.12g",
                      number, param->name, param->min, param->max);
    if (number <= 0)
        return refuse(range->text, error,
                      "begins at 0, which no logarithmic axis has; give a beginning above 0");
    return GF_OK;
}

/* Whether the end is not above the beginning: whole numbers beyond 2^53 exactly. */
static bool is_empty(const sweep_range *range) {
    return range->param->type == GF_PARAM_UINT ? range->whole_low >= range->whole_high
                                               : range->low[0] >= range->high[0];
}

static bool is_point(const sweep_range *range) {
    return range->param->type == GF_PARAM_UINT
               ? range->whole_low == range->whole_high
               : range->low[0] == range->high[0] && range->low[1] == range->high[1];
}

static gf_status check_range(const sweep_range *range, gf_error *error) {
    const double ends[] = {range->low[0], range->high[0], range->low[1], range->high[1]};
    for (size_t i = 0; i < GF_COUNT_OF(ends); i++) {
        const gf_status status = check_end(range, ends[i], error);
        if (status != GF_OK)
            return status;
    }
    if (is_point(range))
        return refuse(range->text, error,
                      "begins where it ends; give a range, or `gpufare compare` for one value");
    if (range->low[0] > range->high[0] || is_empty(range))
        return refuse(range->text, error, "must grow; give the smaller end first");
    /* Rounded to whole numbers, a shape is not kept exactly. */
    const double scaled = range->low[1] * (range->high[0] / range->low[0]);
    if (fabs(scaled - range->high[1]) > 0.5 + 0.01 * range->high[1])
        return refuse(range->text, error,
                      "both ends must have one shape; with the width %.0f the height is %.0f",
                      range->high[0], scaled);
    if (range->adds ? range->step <= 0 : range->step <= 1)
        return refuse(range->text, error, "does not grow; give %s",
                      range->adds ? "a step above +0" : "a factor above x1");
    return GF_OK;
}

/* ---- The values -------------------------------------------------------- */

/* `whole`, or the value of its size that sweeps take. */
static void write_whole(const gf_param *param, uint64_t whole, gf_sweep_value *value) {
    value->whole = param->typical == NULL ? whole : param->typical(whole);
    value->number = (double)value->whole;
    snprintf(value->text, sizeof value->text, "%" PRIu64, value->whole);
}

/* Of a size or a real. */
static void write_value(const sweep_range *range, double number, gf_sweep_value *value) {
    *value = (gf_sweep_value){.number = number};
    if (range->param->type == GF_PARAM_REAL) {
        snprintf(value->text, sizeof value->text, "%.12g", number);
        value->number = strtod(value->text, NULL);
    } else {
        const double height = number >= range->high[0]
                                  ? range->high[1]
                                  : fmax(1, round(number * range->low[1] / range->low[0]));
        snprintf(value->text, sizeof value->text, "%.0fx%.0f", number, height);
    }
}

/* With a whole step exactly; else rounded. false: beyond 64 bits. */
static bool whole_after(const sweep_range *range, size_t steps, uint64_t *whole) {
    const bool exact = range->step == floor(range->step) && range->step < 0x1p64;
    const uint64_t step = exact ? (uint64_t)range->step : 0;
    uint64_t value = range->whole_low, added = 0;
    if (exact && range->adds) {
        if (__builtin_mul_overflow((uint64_t)steps, step, &added) ||
            __builtin_add_overflow(value, added, &value))
            return false;
    } else if (exact) {
        for (size_t i = 0; i < steps; i++) {
            if (__builtin_mul_overflow(value, step, &value))
                return false;
        }
    } else {
        const double next = range->adds ? range->low[0] + (double)steps * range->step
                                        : range->low[0] * pow(range->step, (double)steps);
        if (next >= 0x1p64)
            return false;
        value = (uint64_t)round(next);
    }
    *whole = value;
    return true;
}

/* The value `steps` steps from the start; false: at the end or beyond it. */
static bool step_whole(const sweep_range *range, size_t steps, gf_sweep_value *value) {
    uint64_t whole = 0;
    if (!whole_after(range, steps, &whole) || whole >= range->whole_high)
        return false;
    write_whole(range->param, whole, value);
    return true;
}

static bool step_number(const sweep_range *range, size_t steps, gf_sweep_value *value) {
    const double stepped = range->adds ? range->low[0] + (double)steps * range->step
                                       : range->low[0] * pow(range->step, (double)steps);
    const double next = range->param->type == GF_PARAM_REAL ? stepped : round(stepped);
    write_value(range, next, value);
    return next < range->high[0] * END_SHARE;
}

static bool step_to(const sweep_range *range, size_t steps, gf_sweep_value *value) {
    return range->param->type == GF_PARAM_UINT ? step_whole(range, steps, value)
                                               : step_number(range, steps, value);
}

static void write_end(const sweep_range *range, gf_sweep_value *value) {
    if (range->param->type == GF_PARAM_UINT)
        write_whole(range->param, range->whole_high, value);
    else
        write_value(range, range->high[0], value);
}

static gf_status too_many(const sweep_range *range, gf_error *error) {
    /* Rounded up to a tenth, to be easy to type. */
    const double factor =
        ceil(10 * pow(range->high[0] / range->low[0], 1.0 / (GF_SWEEP_MAX - 1))) / 10;
    return refuse(range->text, error, "has more than %d values; give a larger step, such as x%.1f",
                  GF_SWEEP_MAX, factor);
}

/* The axis is of doubles. */
static gf_status too_near(const sweep_range *range, const char *text, gf_error *error) {
    return refuse(range->text, error,
                  "%s and the value before it differ by less than an axis shows at that size; give "
                  "values further apart",
                  text);
}

/* A step that changes no written digit makes no value. */
static gf_status make_values(const sweep_range *range, gf_sweep *sweep, gf_error *error) {
    const bool whole = range->param->type == GF_PARAM_UINT;
    gf_sweep_value value = {.number = 0}, last = {.number = 0};
    for (size_t steps = 0; step_to(range, steps, &value); steps++) {
        if (value.number <= last.number && value.whole > last.whole)
            return too_near(range, value.text, error);
        if (value.number <= last.number && steps < MAX_STEPS)
            continue;
        if (value.number <= last.number || sweep->count + 1 >= GF_SWEEP_MAX)
            return too_many(range, error);
        sweep->values[sweep->count++] = last = value;
    }
    write_end(range, &value);
    if (value.number > last.number)
        sweep->values[sweep->count++] = value;
    else if (whole && value.whole > last.whole)
        return too_near(range, value.text, error);
    if (sweep->count < 2)
        return refuse(range->text, error,
                      "both ends are %s in the 12 digits of a value; give ends further apart",
                      value.text);
    return GF_OK;
}

gf_status gf_sweep_parse(const gf_workload *workload, const char *text, gf_sweep *sweep,
                         gf_error *error) {
    const size_t length = strcspn(text, "=");
    if (length == 0 || text[length] == '\0')
        return bad_form(text, error);
    sweep_range range = {.text = text, .param = find_param(workload, text, length)};
    if (range.param == NULL)
        return unknown_name(workload, text, length, error);
    gf_status status = read_range(text + length + 1, &range, error);
    if (status == GF_OK)
        status = check_range(&range, error);
    if (status != GF_OK)
        return status;
    gf_sweep made = {.param = range.param,
                     .threads = range.param == &threads_row,
                     .ranks = range.param == &ranks_row,
                     .square = range.low[0] == range.low[1] && range.high[0] == range.high[1]};
    status = make_values(&range, &made, error);
    if (status == GF_OK)
        *sweep = made;
    return status;
}

/* ---- Use --------------------------------------------------------------- */

gf_status gf_sweep_check_free(const gf_sweep *sweep, const gf_params *params, gf_error *error) {
    const char *name = sweep->param->name;
    if (sweep->ranks)
        return refuse("ranks", error, "only a job of several ranks has a sweep of them");
    if (sweep->threads || !gf_params_is_set(params, name))
        return GF_OK;
    return gf_error_set_parameter(error, GF_USAGE, name, " %s: the sweep varies it; leave one out",
                                  gf_params_text(params, name));
}

gf_status gf_sweep_make_room(const gf_sweep *sweep, gf_params *params, char *note, size_t size,
                             gf_error *error) {
    const char *bound = sweep->param->limited_by;
    const gf_sweep_value *last = &sweep->values[sweep->count - 1];
    note[0] = '\0';
    if (bound == NULL || gf_params_uint(params, bound) >= last->whole)
        return GF_OK;
    if (gf_params_is_set(params, bound))
        return refuse(sweep->param->name, error,
                      "ends at %s, above %s %s; end it there, or leave %s out", last->text, bound,
                      gf_params_text(params, bound), bound);
    snprintf(note, size, "%s is %s, not the default %s, so that every value has the same work",
             bound, last->text, gf_params_text(params, bound));
    return gf_params_set(params, bound, last->text, error);
}

gf_status gf_sweep_params(const gf_sweep *sweep, size_t index, const gf_params *params,
                          gf_params **copy, gf_error *error) {
    gf_params *made = NULL;
    gf_status status = gf_params_copy(params, &made, error);
    if (status == GF_OK && !sweep->threads)
        status = gf_params_set(made, sweep->param->name, sweep->values[index].text, error);
    if (status == GF_OK)
        *copy = made;
    else
        gf_params_destroy(made);
    return status;
}
