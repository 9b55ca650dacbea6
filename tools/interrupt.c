#include "interrupt.h"

#include <unistd.h>

#include "options/message.h"
#include "os/atomic_file.h"

static volatile sig_atomic_t flag;

/* The second signal ends work that does not look at the flag, such as a kernel that never returns.
 */
static void on_signal(int signal_number) {
    (void)signal_number;
    if (flag != 0) {
        gf_atomic_files_abandon();
        _exit(GF_INTERRUPTED);
    }
    flag = 1;
}

void interrupt_install(void) {
    /* SA_RESTART: the first signal must not fail a read or a write. */
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, NULL);
}

const volatile sig_atomic_t *interrupt_flag(void) {
    return &flag;
}

gf_status interrupt_check(gf_error *error) {
    return flag == 0 ? GF_OK : message_set(error, GF_INTERRUPTED, "interrupted");
}
