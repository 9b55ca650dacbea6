/* Ends the process from inside a call, after much output on both streams. */
#include "fake_icd.h"

#include <stdio.h>
#include <stdlib.h>

int clIcdGetPlatformIDsKHR(unsigned capacity, void **platforms, unsigned *count) {
    (void)capacity, (void)platforms, (void)count;
    for (int i = 0; i < 20000; i++)
        printf("{\"complete\":true} noise %d\n", i);
    fprintf(stderr, "fake driver: no space left\n");
    exit(1);
}
