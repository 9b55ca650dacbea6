/* What tests of runs on fake devices share: a GPU, problems, and a check that no time is reported.
 */
#pragma once

#include "base/array.h"
#include "fake_bench.h"

static inline fake_device *add_gpu(void) {
    fake_device *device = fake_add(0, "0:0", "Fake GPU", GF_CLASS_GPU);
    device->launch_ns = 7000;
    device->kernel_ns = 123457000; /* "123.457" in a report */
    device->bytes_per_ns = 1;
    return device;
}

static const char *const julia_list[] = {"size=37x11", "max-iter=50", "inputs=list", NULL};
static const char *const julia_bare[] = {"size=37x11", "max-iter=50", NULL};
static const char *const diffusion_one[] = {"size=21x13", "steps=5", NULL};
static const char *const diffusion_stops[] = {"size=21x13", "steps=6", "steps-per-transfer=2",
                                              NULL};
static const char *const diffusion_writes[] = {
    "size=21x13", "steps=6", "steps-per-transfer=2", "host-use=write", "precision=f32", NULL};

/* Expects no time of the kernel or the total in any format, under any key. */
static inline void expect_no_time(const fake_bench *bench, const char *name) {
    static const gf_format formats[] = {GF_FORMAT_TEXT, GF_FORMAT_MARKDOWN, GF_FORMAT_CSV,
                                        GF_FORMAT_JSON};
    const gf_report_style style = {.verbose = true};
    for (size_t i = 0; i < GF_COUNT_OF(formats); i++) {
        char *text = NULL;
        size_t length = 0;
        FILE *stream = open_memstream(&text, &length);
        cr_assert_not_null(stream);
        cr_assert_eq(gf_comparison_report(bench->comparison, formats[i], &style, stream, NULL),
                     GF_OK);
        fclose(stream);
        cr_expect_null(strstr(text, "123.4"), "%s, format %zu: a time in ms:\n%s", name, i, text);
        cr_expect_null(strstr(text, "1234"), "%s, format %zu: a time in ns:\n%s", name, i, text);
        cr_expect_null(strstr(text, "samples_ns"), "%s, format %zu: samples", name, i);
        free(text);
    }
}
