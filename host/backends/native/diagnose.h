/* What `doctor` can say about the native path: it always works; the question is how well. */
#ifndef GF_DIAGNOSE_H
#define GF_DIAGNOSE_H

#include "backends/native/native.h"

gf_status gf_native_diagnose(const gf_diagnosis_sink *sink, gf_error *error);

#endif
