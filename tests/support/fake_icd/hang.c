/* Never returns from the listing of its platforms, and ignores SIGTERM and SIGINT. */
#include "fake_icd.h"

#include <signal.h>
#include <unistd.h>

int clIcdGetPlatformIDsKHR(unsigned capacity, void **platforms, unsigned *count) {
    (void)capacity, (void)platforms, (void)count;
    signal(SIGTERM, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    for (;;)
        pause();
}
