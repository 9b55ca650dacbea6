#include "report/exported/threshold_header.h"

#include <inttypes.h>
#include <math.h>

#include "base/text.h"
#include "breakeven/breakeven_text.h"
#include "report/exported/c_text.h"
#include "report/report_text.h"
#include "stats/confidence.h"

/* ---- In words ---------------------------------------------------------- */

static const char *value_text(const gf_threshold_export *made, size_t index) {
    return gf_export_sweep(made)->values[index].text;
}

/* " (90 %: 85 to 101)"; where it is open, "below 64" or "above 512". */
static void add_crossing(const gf_threshold_export *made, const gf_placement *placement,
                         const gf_crossing *crossing, gf_text *text) {
    const gf_breakeven *line = made->lines->line[0];
    char at[64], low[64], high[64];
    gf_breakeven_format_number(line, crossing->at, at, sizeof at);
    gf_breakeven_format_number(line, crossing->low, low, sizeof low);
    gf_breakeven_format_number(line, crossing->high, high, sizeof high);
    if (crossing->low <= 0)
        snprintf(low, sizeof low, "below %s", value_text(made, placement->first));
    if (isinf(crossing->high))
        snprintf(high, sizeof high, "above %s", value_text(made, placement->last));
    gf_text_add(text, "%s (%.0f %%: %s to %s)", at, 100 * GF_CONFIDENCE, low, high);
}

void gf_threshold_format(const gf_threshold_export *made, const gf_placement *placement,
                         char *buffer, size_t size) {
    gf_text text = gf_text_in(buffer, size);
    const char *first = value_text(made, placement->first);
    const char *last = value_text(made, placement->last);
    bool ahead = placement->device_first;
    if (placement->crossing_count == 0) {
        gf_text_add(&text,
                    ahead ? "the device is ahead at every value from %s to %s"
                          : "the device is ahead nowhere from %s to %s",
                    first, last);
        return;
    }
    gf_text_add(&text, "the device is ahead");
    for (size_t k = 0; k < placement->crossing_count; k++) {
        const gf_crossing *crossing = &placement->crossings[k];
        if (ahead && k == 0)
            gf_text_add(&text, " from %s", first);
        if (!ahead && k > 0)
            gf_text_add(&text, ", again");
        gf_text_add(&text, crossing->wins ? " from " : " to ");
        add_crossing(made, placement, crossing, &text);
        ahead = crossing->wins;
    }
    gf_text_add(&text, ahead ? " on, up to %s" : ", not from there to %s", last);
}

/* ---- The comment at the top -------------------------------------------- */

/* A line of the comment: a heading of fixed width, and a text. */
static void write_line(const char *heading, const char *text, FILE *stream) {
    fprintf(stream, " * %-10s ", heading);
    gf_c_write_comment(text, stream);
    fputc('\n', stream);
}

static void write_axis(const char *name, const gf_sweep *sweep, FILE *stream) {
    char text[256];
    const gf_param *param = sweep->param;
    snprintf(text, sizeof text, "%s%s%s%s%s, %s to %s in %zu values",
             param->type == GF_PARAM_SIZE ? "the width of " : "", param->name,
             param->unit == NULL ? "" : " [", param->unit == NULL ? "" : param->unit,
             param->unit == NULL ? "" : "]", sweep->values[0].text,
             sweep->values[sweep->count - 1].text, sweep->count);
    write_line(name, text, stream);
}

/* Everything that was the same in all calls. */
static void write_problem(const gf_threshold_export *made, FILE *stream) {
    const gf_breakeven *line = made->lines->line[0];
    const gf_workload *workload = line->problem->workload;
    char buffer[1024];
    gf_text text = gf_text_in(buffer, sizeof buffer);
    gf_text_add(&text, "%s", workload->name);
    for (uint32_t i = 0; i < workload->param_count; i++) {
        const gf_param *param = &workload->params[i];
        const char *value = gf_params_text(line->params[0], param->name);
        if (param != line->sweep.param && param != made->lines->along.param && value != NULL)
            gf_text_add(&text, ", %s %s", param->name, value);
    }
    write_line("workload", buffer, stream);
}

static void write_who(const gf_threshold_export *made, FILE *stream) {
    const gf_placement *last = gf_export_last(made);
    char text[512];
    snprintf(text, sizeof text, "%s: %s, driver %s", last->device->label, last->device->name,
             last->device->driver);
    write_line("device", text, stream);
    snprintf(text, sizeof text, "%s: %s (%u threads)", last->cpu->label, last->cpu->name,
             last->cpu->compute_units);
    write_line("CPU", text, stream);
    write_line("measured", made->date, stream);
    write_line("a call",
               "inputs up, kernels, result down; the program and the buffers stay for later calls",
               stream);
    if (last->pipelined)
        write_line("", "some of the device's were pipelined: their transfers overlap the kernels",
                   stream);
}

/* "found", or "m = 10" of a line. */
static void write_findings(const gf_threshold_export *made, FILE *stream) {
    const gf_sweep *along = &made->lines->along;
    char text[2048], heading[64] = "found", doubt[GF_DOUBT_SIZE];
    fputs(" *\n", stream);
    for (size_t i = 0; i < made->lines->count; i++) {
        const gf_placement *placement = &made->placements[i];
        if (along->param != NULL)
            snprintf(heading, sizeof heading, "m = %s", along->values[i].text);
        gf_threshold_format(made, placement, text, sizeof text);
        write_line(heading, text, stream);
        for (size_t d = 0; gf_placement_doubt(placement, d, doubt, sizeof doubt); d++)
            write_line("uncertain:", doubt, stream);
    }
}

static void write_first_call(const gf_threshold_export *made, FILE *stream) {
    const gf_placement *last = gf_export_last(made);
    char buffer[512], build[24], warm[24], buffers[24];
    gf_text text = gf_text_in(buffer, sizeof buffer);
    if (!last->cost.known)
        return;
    gf_format_ns(last->cost.build_ns, build, sizeof build);
    gf_format_ns(last->warm_build_ns, warm, sizeof warm);
    gf_format_ns(last->cost.alloc_ns, buffers, sizeof buffers);
    gf_text_add(&text, "building the kernel takes %s", build);
    if (last->warm_build_ns < last->cost.build_ns)
        gf_text_add(&text, " (%s where the driver has it cached)", warm);
    gf_text_add(&text, ", buffers and their first touch %s at n = %s", buffers,
                value_text(made, last->cost_at));
    write_line("first call", buffer, stream);
    if (last->ahead_after == 0)
        return;
    snprintf(buffer, sizeof buffer,
             "with both counted the device is ahead there after %" PRIu64 " call%s",
             last->ahead_after, last->ahead_after == 1 ? "" : "s");
    write_line("", buffer, stream);
}

static void write_outside(const gf_threshold_export *made, FILE *stream) {
    fputs(" *\n"
          " * Outside of the range nothing was measured. There the functions answer as at the end\n"
          " * that is nearer, because times seldom change sides without a crossing inside; where\n"
          " * that is not good enough, ask in_range() first.\n",
          stream);
    if (made->lines->along.param != NULL)
        fputs(
            " * Between two values of m the crossing is interpolated: its logarithm over the\n"
            " * logarithm of m. Where one of both lines has no crossing, or several, the answer is\n"
            " * that of the nearer line, by the logarithm of m. Link with -lm.\n",
            stream);
}

static void write_comment(const gf_threshold_export *made, FILE *stream) {
    fprintf(stream, "/* %s.h: on which side a call is faster, as gpufare %s measured it.\n *\n",
            made->name, gf_version());
    write_problem(made, stream);
    write_axis("n", gf_export_sweep(made), stream);
    if (made->lines->along.param != NULL)
        write_axis("m", &made->lines->along, stream);
    write_who(made, stream);
    write_findings(made, stream);
    write_first_call(made, stream);
    write_outside(made, stream);
    fputs(" */\n", stream);
}

/* ---- Macros ------------------------------------------------------------ */

static void define_text(const gf_threshold_export *made, const char *key, const char *text,
                        FILE *stream) {
    fprintf(stream, "#define %s_%s ", made->upper, key);
    gf_c_write_string(text, stream);
    fputc('\n', stream);
}

static void define_real(const gf_threshold_export *made, const char *key, double number,
                        FILE *stream) {
    char text[GF_C_REAL_SIZE];
    gf_c_format_real(number, text);
    fprintf(stream, "#define %s_%s %s\n", made->upper, key, text);
}

static void define_count(const gf_threshold_export *made, const char *key, uint64_t count,
                         FILE *stream) {
    fprintf(stream, "#define %s_%s %" PRIu64 "\n", made->upper, key, count);
}

/* Of the only line. */
static void define_crossings(const gf_threshold_export *made, FILE *stream) {
    const gf_placement *placement = &made->placements[0];
    char key[48];
    fputs("\n/* Of each crossing, in ascending order, where it is, and its interval; 0 and the\n"
          " * largest double stand for ends that lie outside of what was measured. */\n",
          stream);
    define_count(made, "CROSSINGS", placement->crossing_count, stream);
    for (size_t k = 0; k < placement->crossing_count; k++) {
        snprintf(key, sizeof key, "CROSSING_%zu", k + 1);
        define_real(made, key, placement->crossings[k].at, stream);
        snprintf(key, sizeof key, "CROSSING_%zu_LOW", k + 1);
        define_real(made, key, placement->crossings[k].low, stream);
        snprintf(key, sizeof key, "CROSSING_%zu_HIGH", k + 1);
        define_real(made, key, placement->crossings[k].high, stream);
    }
}

static void define_range(const gf_threshold_export *made, FILE *stream) {
    const gf_sweep *along = &made->lines->along;
    fputs("\n/* What was measured. */\n", stream);
    define_real(made, "FROM", made->from, stream);
    define_real(made, "TO", made->to, stream);
    if (along->param != NULL) {
        define_count(made, "LINES", along->count, stream);
        define_real(made, "M_FROM", along->values[0].number, stream);
        define_real(made, "M_TO", along->values[along->count - 1].number, stream);
    }
    fputs("/* 1: the comment above says why one should measure again before relying on it. */\n",
          stream);
    define_count(made, "UNCERTAIN", made->uncertain, stream);
}

static void define_first_call(const gf_threshold_export *made, FILE *stream) {
    const gf_placement *last = gf_export_last(made);
    if (!last->cost.known)
        return;
    fputs(
        "\n/* What the first call takes besides, in ns, at n = FIRST_CALL_AT; AHEAD_AFTER: calls,\n"
        " * with build and buffers counted; 0: the device is not ahead there. */\n",
        stream);
    define_real(made, "FIRST_CALL_AT", gf_export_sweep(made)->values[last->cost_at].number, stream);
    define_real(made, "BUILD_NS", round(last->cost.build_ns), stream);
    define_real(made, "WARM_BUILD_NS", round(last->warm_build_ns), stream);
    define_real(made, "BUFFERS_NS", round(last->cost.alloc_ns), stream);
    define_count(made, "AHEAD_AFTER", last->ahead_after, stream);
}

static void write_macros(const gf_threshold_export *made, FILE *stream) {
    const gf_placement *last = gf_export_last(made);
    fputs("/* The fingerprint: CL_DEVICE_NAME and CL_DRIVER_VERSION of the device; the CPU's name\n"
          " * (\"model name\" in /proc/cpuinfo) and the threads that gpufare could use. */\n",
          stream);
    define_text(made, "DEVICE", last->device->name, stream);
    define_text(made, "DRIVER", last->device->driver, stream);
    define_text(made, "CPU", last->cpu->name, stream);
    define_count(made, "CPU_THREADS", last->cpu->compute_units, stream);
    define_text(made, "DATE", made->date, stream);
    define_range(made, stream);
    if (made->lines->along.param == NULL)
        define_crossings(made, stream);
    define_first_call(made, stream);
}

/* ---- Functions --------------------------------------------------------- */

static void write_fits(const gf_threshold_export *made, FILE *stream) {
    const char *name = made->name, *upper = made->upper;
    fprintf(stream,
            "\n/* Whether both texts are equal but for blanks around the first one. */\n"
            "static inline bool %s_is_text(const char *text, const char *wanted) {\n"
            "    size_t length = strlen(wanted);\n"
            "    if (text == NULL)\n"
            "        return false;\n"
            "    text += strspn(text, \" \\t\\r\\n\");\n"
            "    return strncmp(text, wanted, length) == 0 &&\n"
            "           text[length + strspn(text + length, \" \\t\\r\\n\")] == '\\0';\n"
            "}\n",
            name);
    fprintf(stream,
            "\n/* Whether what was measured is about this device with this driver: false if one of "
            "both is\n"
            " * another one, or NULL. */\n"
            "static inline bool %s_fits(const char *device_name, const char *driver_version) {\n"
            "    return %s_is_text(device_name, %s_DEVICE) &&\n"
            "           %s_is_text(driver_version, %s_DRIVER);\n"
            "}\n",
            name, name, upper, name, upper);
    fprintf(stream,
            "\n/* Whether it is about this CPU with so many threads. */\n"
            "static inline bool %s_fits_cpu(const char *cpu_name, long threads) {\n"
            "    return %s_is_text(cpu_name, %s_CPU) && threads == %s_CPU_THREADS;\n"
            "}\n",
            name, name, upper, upper);
}

static const char *truth(bool value) {
    return value ? "true" : "false";
}

/* The answers along one line, from the last crossing down. */
static void write_answers(const gf_placement *placement, const char *indent, FILE *stream) {
    char at[GF_C_REAL_SIZE];
    for (size_t k = placement->crossing_count; k-- > 0;) {
        gf_c_format_real(placement->crossings[k].at, at);
        fprintf(stream, "%sif (n >= %s)\n%s    return %s;\n", indent, at, indent,
                truth(placement->crossings[k].wins));
    }
    fprintf(stream, "%sreturn %s;\n", indent, truth(placement->device_first));
}

static void write_function(const gf_threshold_export *made, FILE *stream) {
    fprintf(stream,
            "\nstatic inline bool %s_in_range(double n) {\n"
            "    return n >= %s_FROM && n <= %s_TO;\n"
            "}\n",
            made->name, made->upper, made->upper);
    fprintf(stream,
            "\n/* Whether the device is ahead of the CPU at n. */\n"
            "static inline bool %s_on_device(double n) {\n",
            made->name);
    if (made->placements[0].crossing_count == 0)
        fputs("    (void)n;\n", stream);
    write_answers(&made->placements[0], "    ", stream);
    fputs("}\n", stream);
}

/* ---- Functions of two parameters --------------------------------------- */

static void write_line_function(const gf_threshold_export *made, FILE *stream) {
    fprintf(stream,
            "\n/* The answer along one of the measured lines. */\n"
            "static inline bool %s_line_on_device(int line, double n) {\n"
            "    (void)n;\n"
            "    switch (line) {\n",
            made->name);
    for (size_t i = 0; i < made->lines->count; i++) {
        if (i + 1 < made->lines->count)
            fprintf(stream, "    case %zu:\n", i);
        else
            fputs("    default:\n", stream);
        write_answers(&made->placements[i], "        ", stream);
    }
    fputs("    }\n}\n", stream);
}

static void write_array(const char *name, const double *numbers, size_t count, FILE *stream) {
    char text[GF_C_REAL_SIZE];
    fprintf(stream, "    static const double %s[] = {", name);
    for (size_t i = 0; i < count; i++) {
        gf_c_format_real(numbers[i], text);
        fprintf(stream, "%s%s", i == 0 ? "" : ", ", text);
    }
    fputs("};\n", stream);
}

/* The measured lines: m of each, and its only crossing. */
static void write_lines(const gf_threshold_export *made, FILE *stream) {
    double values[GF_SWEEP_MAX], crossings[GF_SWEEP_MAX];
    for (size_t i = 0; i < made->lines->count; i++) {
        const gf_placement *placement = &made->placements[i];
        values[i] = made->lines->along.values[i].number;
        crossings[i] = !gf_export_crosses_once(placement) ? 0
                       : placement->crossings[0].wins     ? placement->crossings[0].at
                                                          : -placement->crossings[0].at;
    }
    fputs(
        "    /* Of each line its m, and its crossing: above 0 where the device is ahead from there\n"
        "     * on, below 0 where it is ahead up to there; 0: there is none, or several. */\n",
        stream);
    write_array("values", values, made->lines->count, stream);
    write_array("crossings", crossings, made->lines->count, stream);
}

static void write_function_of_two(const gf_threshold_export *made, FILE *stream) {
    const char *name = made->name, *upper = made->upper;
    fprintf(stream,
            "\nstatic inline bool %s_in_range(double n, double m) {\n"
            "    return n >= %s_FROM && n <= %s_TO && m >= %s_M_FROM && m <= %s_M_TO;\n"
            "}\n",
            name, upper, upper, upper, upper);
    write_line_function(made, stream);
    fprintf(stream,
            "\n/* Whether the device is ahead of the CPU at n and m. */\n"
            "static inline bool %s_on_device(double n, double m) {\n",
            name);
    write_lines(made, stream);
    fprintf(stream,
            "    int line = 0;\n"
            "    double share, at;\n"
            "    while (line + 1 < %s_LINES && m >= values[line + 1])\n"
            "        line++;\n"
            "    if (line + 1 == %s_LINES || !(m > values[line]))\n"
            "        return %s_line_on_device(line, n);\n"
            "    share = log(m / values[line]) / log(values[line + 1] / values[line]);\n"
            "    if (!(crossings[line] * crossings[line + 1] > 0.0))\n"
            "        return %s_line_on_device(share < 0.5 ? line : line + 1, n);\n"
            "    at = crossings[line] * pow(crossings[line + 1] / crossings[line], share);\n"
            "    return at > 0.0 ? n >= at : n < -at;\n"
            "}\n",
            upper, upper, name, name);
}

void gf_threshold_write_header(const gf_threshold_export *made, FILE *stream) {
    const bool two = made->lines->along.param != NULL;
    write_comment(made, stream);
    fprintf(stream, "#ifndef %s_H\n#define %s_H\n\n%s#include <stdbool.h>\n#include <string.h>\n\n",
            made->upper, made->upper, two ? "#include <math.h>\n" : "");
    write_macros(made, stream);
    write_fits(made, stream);
    if (two)
        write_function_of_two(made, stream);
    else
        write_function(made, stream);
    fputs("\n#endif\n", stream);
}
