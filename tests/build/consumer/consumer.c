/* The smallest user of the installed library. */
#include <gpufare.h>

int main(void) {
    gf_session *session = NULL;
    const gf_status status = gf_session_open(NULL, &session, NULL);
    if (status == GF_OK)
        printf("gpufare %s, %zu workloads\n", gf_version(), gf_workload_count());
    gf_session_close(session);
    return (int)status;
}
