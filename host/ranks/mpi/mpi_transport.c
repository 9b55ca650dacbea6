/* The transport of MPI. The build compiles this file once for each MPI that it finds, as a library
 * of its own, which is loaded only in a process that this MPI's launcher has started. */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ranks/transport.h"

/* A transfer that is under way. */
typedef struct transfer {
    MPI_Request request;
    bool receives;
    size_t bytes;
} transfer;

enum { WRONG_LENGTH = 1 << 20, NO_MEMORY }; /* beyond MPI's own codes */

static int begin(transfer **made, bool receives, size_t bytes) {
    *made = malloc(sizeof **made);
    if (*made == NULL)
        return NO_MEMORY;
    **made = (transfer){.request = MPI_REQUEST_NULL, .receives = receives, .bytes = bytes};
    return MPI_SUCCESS;
}

static int end(transfer *made, int code, void **request) {
    if (code == MPI_SUCCESS)
        *request = made;
    else
        free(made);
    return code;
}

static int send_bytes(void *state, uint32_t to, uint32_t tag, const void *data, size_t bytes,
                      void **request) {
    transfer *made = NULL;
    (void)state;
    int code = begin(&made, false, bytes);
    if (code == MPI_SUCCESS)
        code = MPI_Isend(data, (int)bytes, MPI_BYTE, (int)to, (int)tag, MPI_COMM_WORLD,
                         &made->request);
    return end(made, code, request);
}

static int receive_bytes(void *state, uint32_t from, uint32_t tag, void *data, size_t bytes,
                         void **request) {
    transfer *made = NULL;
    (void)state;
    int code = begin(&made, true, bytes);
    if (code == MPI_SUCCESS)
        code = MPI_Irecv(data, (int)bytes, MPI_BYTE, (int)from, (int)tag, MPI_COMM_WORLD,
                         &made->request);
    return end(made, code, request);
}

static int test(void *state, void **request, bool *done) {
    transfer *made = *request;
    MPI_Status status;
    int flag = 0, count = 0;
    (void)state;
    int code = MPI_Test(&made->request, &flag, &status);
    *done = flag != 0;
    if (code == MPI_SUCCESS && *done && made->receives)
        code = MPI_Get_count(&status, MPI_BYTE, &count);
    if (code == MPI_SUCCESS && *done && made->receives && (size_t)count != made->bytes)
        code = WRONG_LENGTH;
    if (*done) {
        free(made);
        *request = NULL;
    }
    return code;
}

/* MPICH 4.2 returns from MPI_Abort, and the rank would go on for some milliseconds. */
static void abort_all(void *state, int status) {
    (void)state;
    (void)MPI_Abort(MPI_COMM_WORLD, status);
    _exit(status);
}

static void close_mpi(void *state) {
    (void)state;
    (void)MPI_Finalize();
}

/* MPI's own name is a text of several lines. */
static int name_library(char *name, size_t size) {
    char text[MPI_MAX_LIBRARY_VERSION_STRING];
    int length = 0;
    const int code = MPI_Get_library_version(text, &length);
    if (code != MPI_SUCCESS)
        return code;
    text[strcspn(text, ",\n")] = '\0';
    const char *version = strstr(text, "MPICH Version:");
    if (version != NULL)
        snprintf(name, size, "MPICH %s",
                 version + strlen("MPICH Version:") + strspn(version + 14, " \t"));
    else
        snprintf(name, size, "%.*s", (int)size - 1, text);
    return code;
}

static int find_places(gf_transport *transport) {
    MPI_Comm host;
    int rank = 0, size = 0, local_rank = 0, local_size = 0;
    int code = MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    if (code == MPI_SUCCESS)
        code = MPI_Comm_size(MPI_COMM_WORLD, &size);
    if (code == MPI_SUCCESS)
        code =
            MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, rank, MPI_INFO_NULL, &host);
    if (code != MPI_SUCCESS)
        return code;
    code = MPI_Comm_rank(host, &local_rank);
    if (code == MPI_SUCCESS)
        code = MPI_Comm_size(host, &local_size);
    transport->rank = (uint32_t)rank;
    transport->size = (uint32_t)size;
    transport->local_rank = (uint32_t)local_rank;
    transport->local_size = (uint32_t)local_size;
    return code == MPI_SUCCESS ? MPI_Comm_free(&host) : code;
}

/* A second thread may call MPI while the first one computes, so that messages move. */
static int join(gf_transport *transport, char *why, size_t why_size) {
    int provided = 0;
    int code = MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &provided);
    if (code == MPI_SUCCESS && provided < MPI_THREAD_SERIALIZED) {
        snprintf(why, why_size, "it allows no second thread (MPI_THREAD_SERIALIZED)");
        return -1;
    }
    if (code == MPI_SUCCESS)
        code = MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    if (code == MPI_SUCCESS)
        code = name_library(transport->name, sizeof transport->name);
    return code == MPI_SUCCESS ? find_places(transport) : code;
}

__attribute__((visibility("default"))) int gf_transport_open_1(gf_transport *transport, char *why,
                                                               size_t why_size);

int gf_transport_open_1(gf_transport *transport, char *why, size_t why_size) {
    *transport = (gf_transport){.abi = GF_TRANSPORT_ABI,
                                .send = send_bytes,
                                .receive = receive_bytes,
                                .test = test,
                                .abort = abort_all,
                                .close = close_mpi};
    why[0] = '\0';
    const int code = join(transport, why, why_size);
    if (code != MPI_SUCCESS && why[0] == '\0')
        snprintf(why, why_size, "it could not be started (code %d)", code);
    return code;
}
