/* Works alone; dies when the process loads a second copy, like LLVM. Built twice. */
#include "fake_icd.h"

#include <stdio.h>
#include <stdlib.h>

__attribute__((constructor)) static void register_options(void) {
    if (getenv("GF_FAKE_REGISTERED") != NULL) {
        fprintf(stderr, "CommandLine Error: Option 'fake' registered more than once!\n");
        abort();
    }
    if (setenv("GF_FAKE_REGISTERED", "1", 1) != 0)
        abort();
}

int clIcdGetPlatformIDsKHR(unsigned capacity, void **platforms, unsigned *count) {
    (void)capacity, (void)platforms, (void)count;
    return FAKE_NO_PLATFORM;
}
