#include "brief_waiting.h"

#include <stdbool.h>
#include <stddef.h>

/* Sanitizers start later than this code runs. */
#define BEFORE_ALL __attribute__((no_sanitize("address", "undefined", "thread")))

static char setting[] = "GOMP_SPINCOUNT=1000";
static char **borrowed, *owner; /* an entry of the environment, and what it held */

BEFORE_ALL static bool is_of(const char *entry, const char *name) {
    size_t i = 0;
    while (name[i] != '\0' && entry[i] == name[i])
        i++;
    return name[i] == '\0' && entry[i] == '=';
}

BEFORE_ALL static char **find(char **environment, const char *name) {
    for (char **entry = environment; *entry != NULL; entry++) {
        if (is_of(*entry, name))
            return entry;
    }
    return NULL;
}

/* The environment can't grow here, because the C library has not started either. So one of these
 * entries is lent, which shells set and no library needs while it starts. */
BEFORE_ALL static void wait_briefly(int argc, char **argv, char **environment) {
    static const char *const spare[] = {"OLDPWD", "SHLVL", "_", "PWD", "LOGNAME", "TERM"};
    (void)argc, (void)argv;
    if (find(environment, "GOMP_SPINCOUNT") != NULL || find(environment, "OMP_WAIT_POLICY") != NULL)
        return;
    for (size_t i = 0; borrowed == NULL && i < sizeof spare / sizeof spare[0]; i++)
        borrowed = find(environment, spare[i]);
    if (borrowed == NULL)
        return;
    owner = *borrowed;
    *borrowed = setting;
}

__attribute__((section(".preinit_array"),
               used)) static void (*const before_all)(int, char **, char **) = wait_briefly;

void brief_waiting_restore(void) {
    if (borrowed != NULL)
        *borrowed = owner;
}
