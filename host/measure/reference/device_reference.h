/* References that a device computes, for workloads without a CPU kernel in this process. */
#pragma once

#include "measure/truth.h"

/* gf_truth.ask_device: by the CPU kernel that is loaded at run time, in one thread; for want of it
 * by the first device that can, except the judged one. GF_UNSUPPORTED when there is none; when the
 * CPU kernel has failed and there is no other device, that failure. */
gf_status gf_reference_of_device(gf_truth *truth, void **result, gf_error *error);
