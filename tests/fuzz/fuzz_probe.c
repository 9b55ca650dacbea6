/* What is read about OpenCL drivers: an .icd file, up to the first byte of 0xff, and then the
 * report of the child that tried the driver. From both come the line of a warning and the doctor's
 * diagnosis. */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backends/opencl/doctor/diagnose.h"
#include "backends/opencl/drivers/icd_examine.h"
#include "backends/opencl/drivers/probe.h"
#include "backends/opencl/drivers/probe_child.h"
#include "base/error.h"
#include "memory_files.h"

#define REPORT_DESCRIPTOR 2000000

static const uint8_t *report;
static size_t report_left;

/* ---- In place of the child --------------------------------------------- */

ssize_t __real_read(int descriptor, void *bytes, size_t size);
ssize_t __wrap_read(int descriptor, void *bytes, size_t size);
ssize_t __wrap_read(int descriptor, void *bytes, size_t size) {
    if (descriptor != REPORT_DESCRIPTOR)
        return __real_read(descriptor, bytes, size);
    const size_t count = size < report_left ? size : report_left;
    if (count > 0)
        memcpy(bytes, report, count);
    report += count;
    report_left -= count;
    return (ssize_t)count;
}

__typeof__(gf_child_drain) __wrap_gf_child_drain;
void __wrap_gf_child_drain(gf_child *child) {
    (void)child;
}

__typeof__(gf_child_reap) __wrap_gf_child_reap;
bool __wrap_gf_child_reap(gf_child *child) {
    (void)child;
    return true;
}

__typeof__(gf_child_clear) __wrap_gf_child_clear;
void __wrap_gf_child_clear(gf_child *child) {
    (void)child;
}

__typeof__(gf_probe_cache_key) __wrap_gf_probe_cache_key;
char *__wrap_gf_probe_cache_key(const gf_icd_driver *drivers, size_t count) {
    (void)drivers;
    (void)count;
    return NULL; /* nothing is saved */
}

static void take_report(const uint8_t *bytes, size_t size, gf_probe_result *result) {
    gf_probe_child child = gf_probe_child_new(result);
    *result = (gf_probe_result){0};
    child.report_fd = REPORT_DESCRIPTOR;
    report = bytes;
    report_left = size;
    child.process.end = size % 3 == 0 ? GF_CHILD_KILLED : GF_CHILD_EXITED;
    child.process.code = size % 3 == 0 ? SIGSEGV : 1;
    snprintf(child.process.noise, sizeof child.process.noise, "%s",
             size % 2 == 0 ? "" : "fake driver: no\n");
    if (gf_probe_child_runs(&child, 1e9))
        fuzz_fail("a child that has ended runs");
    gf_probe_child_clear(&child);
}

static const uint8_t *all;
static size_t all_size;

__typeof__(gf_probe_run) __wrap_gf_probe_run;
gf_status __wrap_gf_probe_run(const char *program, const gf_probe_request *requests, size_t count,
                              const volatile sig_atomic_t *cancel, gf_probe_result *results,
                              gf_error *error) {
    (void)program;
    (void)cancel;
    (void)error;
    for (size_t i = 0; i < count; i++) {
        results[i] = (gf_probe_result){0};
        if (requests[i].count > 0)
            take_report(all, all_size, &results[i]);
    }
    return GF_OK;
}

/* ---- What is made of it ------------------------------------------------ */

static void check_line(const char *text) {
    for (const char *c = text; *c != '\0'; c++) {
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            fuzz_fail("a line has a control character");
    }
}

static gf_status add(void *context, const char *subject, gf_diagnosis_level status,
                     const char *finding, const char *fix, gf_error *error) {
    (void)context;
    (void)status;
    (void)error;
    check_line(subject);
    check_line(finding);
    check_line(fix);
    return GF_OK;
}

static void diagnose(gf_icd_set *set) {
    static gf_opencl_setup setup;
    gf_probe_result result;
    gf_error error = GF_ERROR_INIT;
    const gf_diagnosis_sink sink = {NULL, add};
    take_report(all, all_size, &result);
    setup = (gf_opencl_setup){.set = *set, .probes = &result, .can_probe = true};
    (void)gf_diagnose_setup(&setup, &sink, &error);
    gf_probe_result_clear(&result);
    gf_error_clear(&error);
}

static void examine(gf_icd_examination *e) {
    gf_error error = GF_ERROR_INIT;
    if (gf_icd_examine_each(e, "program", &error) != GF_OK)
        fuzz_fail("a driver can't be examined");
    for (size_t i = 0; i < e->set.count; i++) {
        char text[200];
        gf_icd_format_driver(&e->set.drivers[i], text, sizeof text);
    }
    gf_error_clear(&error);
    diagnose(&e->set);
}

int LLVMFuzzerInitialize(int *count, char ***arguments) {
    (void)count;
    (void)arguments;
    unsetenv("OPENCL_VENDOR_PATH");
    if (setenv("OCL_ICD_VENDORS", MEMORY_ROOT "/x.icd", 1) != 0)
        fuzz_fail("no environment");
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    gf_icd_examination e = {.any_probed = false};
    gf_error error = GF_ERROR_INIT;
    const uint8_t *end = size == 0 ? NULL : memchr(bytes, 0xff, size);
    const size_t icd_size = end == NULL ? size : (size_t)(end - bytes);
    all = end == NULL ? bytes + size : end + 1;
    all_size = end == NULL ? 0 : size - icd_size - 1;
    memory_file_add(MEMORY_ROOT "/x.icd", bytes, icd_size);
    if (gf_icd_examination_create(&e, &error) != GF_OK || e.set.count != 1)
        fuzz_fail("the file is not found");
    examine(&e);
    gf_icd_examination_clear(&e);
    gf_error_clear(&error);
    memory_files_clear();
    return 0;
}
