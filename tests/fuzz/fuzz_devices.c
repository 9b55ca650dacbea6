/* Device lists, resolved on five devices of two backends: the first byte picks the workload and
 * whether one device or many are asked for, the rest is the list. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "device/registry.h"
#include "device/session.h"
#include "fake_backend.h"
#include "memory_files.h"

FAKE_GLOBALS

extern const gf_backend gf_backend_device_set;

static gf_session *session;

int LLVMFuzzerInitialize(int *count, char ***arguments) {
    static gf_backend first, second;
    static const gf_backend *const backends[] = {&first, &second, &gf_backend_device_set};
    (void)count;
    (void)arguments;
    unsetenv("GPUFARE_DEVICE");
    fake_device *native = fake_add(0, "native", "Test Processor", GF_CLASS_NATIVE);
    native->info.baseline_variant = "scalar";
    native->variants[2] = "scalar";
    fake_add(1, "0:0", "GeForce One", GF_CLASS_GPU);
    fake_add(1, "0:1", "GeForce Two", GF_CLASS_GPU);
    fake_add(1, "1:0", "pthread-Test", GF_CLASS_CPU);
    fake_add(1, "1:10", "Board", GF_CLASS_ACCELERATOR);
    first = fake_backend(0);
    second = fake_backend(1);
    if (gf_session_open_with(NULL, backends, 3, &session, NULL) != GF_OK)
        fuzz_fail("no session");
    return 0;
}

/* No target comes twice. */
static void check_targets(const gf_target_list *targets) {
    if (targets->count == 0)
        fuzz_fail("nothing is selected");
    for (size_t i = 0; i < targets->count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (targets->targets[i].device == targets->targets[j].device &&
                targets->targets[i].variant == targets->targets[j].variant)
                fuzz_fail("a target is selected twice");
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    char text[256];
    gf_error error = GF_ERROR_INIT;
    gf_target_list targets = {0};
    if (size < 1 || size > sizeof text)
        return 0;
    const gf_workload *workload = gf_workloads[(bytes[0] / 2) % gf_workloads_length];
    memcpy(text, bytes + 1, size - 1);
    text[size - 1] = '\0';
    if (gf_session_select(session, workload, text, bytes[0] % 2 == 0 ? GF_PICK_MANY : GF_PICK_ONE,
                          &targets, &error) == GF_OK)
        check_targets(&targets);
    else
        fuzz_check_error(&error);
    gf_target_list_clear(&targets);
    gf_error_clear(&error);
    return 0;
}
