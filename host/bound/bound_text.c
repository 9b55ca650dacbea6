#include "bound/bound_text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "base/text.h"

static void format_range(double low, double high, char *text, size_t size) {
    char least[16], most[16];
    gf_format_factor(low, least, sizeof least);
    gf_format_factor(high, most, sizeof most);
    snprintf(text, size, "%s to %s times", least, most);
}

void gf_worth_format(gf_worth worth, const gf_bound_ratio *ratio, char *text, size_t size) {
    char range[48];
    format_range(ratio->at_worst, ratio->at_best, range, sizeof range);
    switch (worth) {
    case GF_WORTH_NOT:
        snprintf(text, size, "not worth it, even at its best (%s)", range);
        break;
    case GF_WORTH_OPEN:
        snprintf(text, size, "open (%s)", range);
        break;
    case GF_WORTH_YES:
        snprintf(text, size, "worth it, even at its worst (%s)", range);
        break;
    case GF_WORTH_UNKNOWN:
        snprintf(text, size, "not known");
        break;
    }
}

/* ---- What decides ------------------------------------------------------ */

static const char *limit_in_words(const gf_bound *bound, gf_limit limit) {
    static const char *const words[GF_LIMITS] = {[GF_LIMIT_BUS] = "the bus",
                                                 [GF_LIMIT_MEMORY] = "its memory",
                                                 [GF_LIMIT_ISSUE] = "issuing instructions",
                                                 [GF_LIMIT_ARITHMETIC] = "arithmetic",
                                                 [GF_LIMIT_LAUNCH] = "launching kernels"};
    if (limit == GF_LIMIT_BUS && bound->model->bus == GF_BUS_SHARED)
        return "copying buffers within the shared memory";
    return words[limit];
}

void gf_bound_format_limits(const gf_bound *bound, char *text, size_t size) {
    text[0] = '\0';
    if (!bound->possible)
        return;
    const char *best = limit_in_words(bound, bound->best_limit),
               *worst = limit_in_words(bound, bound->worst_limit);
    if (bound->best_limit == bound->worst_limit)
        snprintf(text, size, "%s decides", best);
    else
        snprintf(text, size, "%s decides at best, %s at worst", best, worst);
}

/* ---- What would flip it ------------------------------------------------ */

/* The fare alone stands in the way: with the data on the device its kernel counts. */
static void add_resident(const gf_bound_row *row, gf_text *to) {
    char range[48];
    format_range(row->resident.at_worst, row->resident.at_best, range, sizeof range);
    if (row->resident.at_best > 1)
        gf_text_add(to, "data that stay on the device: its kernel alone is %s as fast", range);
    else
        gf_text_add(to, "nothing there: its kernel alone is no faster either (%s)", range);
}

void gf_bound_format_flip(const gf_bound_set *set, const gf_bound_row *row, char *text,
                          size_t size) {
    gf_text to = gf_text_in(text, size);
    const double cores = set->host.asked_cores > 0 ? set->host.asked_cores : set->host.cores;
    switch (row->worth) {
    case GF_WORTH_NOT:
        add_resident(row, &to);
        break;
    case GF_WORTH_YES:
        gf_text_add(&to,
                    "a CPU of %.0f cores or more, if this problem scaled with them, could draw "
                    "level",
                    ceil(cores * row->ratio.at_worst));
        if (row->pageable_flips && !row->pageable_not_worth)
            gf_text_add(&to, "; so might copies of memory that is not pinned");
        break;
    case GF_WORTH_OPEN:
        if (row->ratio.at_worst > 1) /* the verdict is open for no other reason */
            gf_text_add(&to, "a time of the CPU that other programs did not disturb: against this "
                             "doubtful one it would be worth it, even at its worst");
        else if (row->ratio.at_best <= 1)
            gf_text_add(&to, "a time of the CPU that is not predicted from what other programs "
                             "disturbed: against this doubtful one it would not be worth it, even "
                             "at its best");
        else if (row->bound.limits[GF_LIMIT_BUS].worst > row->bound.kernel.worst)
            add_resident(row, &to);
        break;
    case GF_WORTH_UNKNOWN:
        break;
    }
    if (row->pageable_not_worth)
        gf_text_add(&to,
                    "%scopies of memory that is not pinned: with them it is not worth it, even "
                    "at its best",
                    to.used > 0 ? "; or " : "");
}

/* ---- Once, and in f32 -------------------------------------------------- */

void gf_bound_format_calls(const gf_bound_set *set, const gf_bound_row *row, char *text,
                           size_t size) {
    char low[24], high[24];
    text[0] = '\0';
    if (row->calls[0] == 0)
        return;
    gf_format_ns(set->tables->build_ns.low, low, sizeof low);
    gf_format_ns(set->tables->build_ns.high, high, sizeof high);
    if (row->calls[1] == 1)
        snprintf(text, size, "building the kernel (%s to %s) is paid after the first call", low,
                 high);
    else if (row->calls[1] > 0)
        snprintf(text, size,
                 "building the kernel (%s to %s) is paid after %" PRIu64 " to %" PRIu64 " calls",
                 low, high, row->calls[0], row->calls[1]);
    else
        snprintf(text, size,
                 "building the kernel (%s to %s) is paid after %" PRIu64
                 " call%s at best, and never at worst",
                 low, high, row->calls[0], row->calls[0] == 1 ? "" : "s");
}

/* "f64 is slow, with 1/64 of the rate of f32" */
static void add_f64_rate(const gf_bound_row *row, gf_text *to) {
    const gf_model *model = row->bound.model;
    const double f64_low = gf_model_low(model, GF_MODEL_F64_ADD, 0),
                 f64_high = gf_model_high(model, GF_MODEL_F64_ADD, 0);
    if (f64_high <= 0) {
        gf_text_add(to, "there is no f64");
        return;
    }
    const double least = gf_model_low(model, GF_MODEL_F32_ADD, 0) / f64_high,
                 most = gf_model_high(model, GF_MODEL_F32_ADD, 0) / f64_low;
    gf_text_add(to, "f64 is slow, with 1/%.3g ", least);
    if (isfinite(most) && most > least)
        gf_text_add(to, "to 1/%.3g ", most);
    gf_text_add(to, "of the rate of f32");
}

static void add_f64_difference(const gf_bound_set *set, gf_text *to) {
    char difference[160];
    if (!set->has_f64_difference) {
        gf_text_add(to, "; how much of the result then differs, a comparison in f32 counts");
        return;
    }
    gf_f64_difference_format(&set->f64_difference, difference, sizeof difference);
    gf_text_add(to, "; then %s", difference);
    if (set->f64_difference.at[0] != '\0')
        gf_text_add(to, " (counted with %s, for the sake of time)", set->f64_difference.at);
}

void gf_bound_format_f32(const gf_bound_set *set, const gf_bound_row *row, char *text,
                         size_t size) {
    char low[24], high[24];
    gf_text to = gf_text_in(text, size);
    if (!row->slow_f64 || !(row->bound.possible || row->has_f32))
        return;
    add_f64_rate(row, &to);
    if (!row->has_f32)
        return;
    gf_format_ns(row->f32.best, low, sizeof low);
    gf_format_ns(row->f32.worst, high, sizeof high);
    gf_text_add(&to, ": in f32 the round trip takes %s to %s there", low, high);
    add_f64_difference(set, &to);
}
