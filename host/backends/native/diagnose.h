/* Diagnosis of the native path: it always works; the question is how well. */
#pragma once

#include "device/backend.h"

gf_status gf_native_diagnose(const volatile sig_atomic_t *cancel, const gf_diagnosis_sink *sink,
                             gf_error *error);
/* The rows about cores, threads and memory. `root`: as in gf_cgroup_examine. */
gf_status gf_native_diagnose_limits(const char *root, const gf_diagnosis_sink *sink,
                                    gf_error *error);
