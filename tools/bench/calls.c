/* Calls a kernel of two arrays through the library, for tools/bench/calls.
 * Usage: calls MANIFEST DEVICE N CALLS. Prints the time of each call in ns, one a line: first of
 * CALLS calls with the same arrays, then of as many with two pairs of arrays in turns. */
#include <gpufare.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static uint64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static void die(const gf_error *error) {
    fprintf(stderr, "%s: %s\n", gf_status_name(error->status), error->text);
    exit(1);
}

static float *new_array(size_t count) {
    float *array = aligned_alloc(4096, (count * sizeof *array + 4095) / 4096 * 4096);
    if (array == NULL)
        exit(1);
    for (size_t i = 0; i < count; i++)
        array[i] = (float)(i % 7);
    return array;
}

static void call_often(gf_call *call, float *const arrays[2][2], size_t pairs, size_t calls) {
    gf_error error = GF_ERROR_INIT;
    gf_call_times times;
    for (size_t i = 0; i < calls; i++) {
        float *const *pair = arrays[i % pairs];
        const uint64_t start = now_ns();
        if (gf_call_bind(call, 0, pair[0], &error) != GF_OK ||
            gf_call_bind(call, 1, pair[1], &error) != GF_OK ||
            gf_call_run(call, &times, &error) != GF_OK)
            die(&error);
        printf("%llu\n", (unsigned long long)(now_ns() - start));
    }
}

int main(int argc, char **argv) {
    gf_error error = GF_ERROR_INIT;
    gf_session *session = NULL;
    gf_params *params = NULL;
    gf_call *call = NULL;
    gf_target_list list = {NULL, 0, NULL, 0};
    if (argc != 5)
        return 2;
    const size_t count = strtoull(argv[3], NULL, 10), calls = strtoull(argv[4], NULL, 10);
    const gf_session_options options = {.in_process = true, .loads_kernels = true};
    const gf_workload *workload = gf_workload_find(argv[1], &error);
    if (workload == NULL || gf_session_open(&options, &session, &error) != GF_OK ||
        gf_params_create(workload, &params, &error) != GF_OK ||
        gf_params_set(params, "n", argv[3], &error) != GF_OK ||
        gf_session_select(session, workload, argv[2], GF_PICK_ONE, &list, &error) != GF_OK ||
        gf_call_create(session, params, list.targets, NULL, &call, &error) != GF_OK)
        die(&error);
    float *const arrays[2][2] = {{new_array(count), new_array(count)},
                                 {new_array(count), new_array(count)}};
    call_often(call, arrays, 1, calls);
    call_often(call, arrays, 2, calls);
    gf_call_destroy(call);
    gf_target_list_clear(&list);
    gf_params_destroy(params);
    gf_session_close(session);
    for (size_t i = 0; i < 4; i++)
        free(arrays[i / 2][i % 2]);
    return 0;
}
