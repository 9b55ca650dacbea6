/* Dies while it is loaded, like drivers with dependencies that don't fit together. */
#include "fake_icd.h"

#include <stdio.h>
#include <stdlib.h>

__attribute__((constructor)) static void crash(void) {
    fprintf(stderr, "fake driver: fatal: cannot continue\n");
    abort();
}

int clIcdGetPlatformIDsKHR(unsigned capacity, void **platforms, unsigned *count) {
    (void)capacity, (void)platforms, (void)count;
    return FAKE_NO_PLATFORM;
}
