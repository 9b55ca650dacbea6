/* An OpenCL program of known phases, for tests of `gpufare trace`: it builds, sends, computes,
 * waits while the device is idle, fetches and works by itself, each for as long as its first
 * argument says (milliseconds; 200), and nothing at the same time. NAME=MILLISECONDS after it: that
 * phase takes so long instead. It times each phase with the host's clock, and prints one line for
 * each: its name and nanoseconds.
 *
 * `first` is what the first launches with two local sizes and two grids took, which have next to
 * nothing to compute: some drivers compile there.
 */
#define CL_TARGET_OPENCL_VERSION 120
#define CL_USE_DEPRECATED_OPENCL_1_2_APIS
#include <CL/cl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BYTES ((size_t)128 << 20)
#define ITEMS ((size_t)1 << 16)

static const char *const source = "kernel void spin(global uint *values, int rounds) {\n"
                                  "    size_t i = get_global_id(0);\n"
                                  "    uint x = values[i] + (uint)i + 1;\n"
                                  "    for (int r = 0; r < rounds; r++) {\n"
                                  "        x ^= x << 13;\n"
                                  "        x ^= x >> 17;\n"
                                  "        x ^= x << 5;\n"
                                  "    }\n"
                                  "    values[i] = x;\n"
                                  "}\n";

static struct {
    cl_device_id device;
    cl_context context;
    cl_command_queue queue;
    cl_program program;
    cl_kernel kernel;
    cl_mem buffer;
    char *host;
    uint64_t phase_ns;
} all;

static uint64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void must(cl_int code, const char *what) {
    if (code == CL_SUCCESS)
        return;
    fprintf(stderr, "%s: %d\n", what, code);
    exit(20);
}

static void rest(uint64_t ns) {
    const struct timespec time = {.tv_sec = (time_t)(ns / 1000000000u),
                                  .tv_nsec = (long)(ns % 1000000000u)};
    nanosleep(&time, NULL);
}

/* ---- Phases ------------------------------------------------------------ */

static void begin(void) {
    cl_platform_id platform;
    cl_int code;
    must(clGetPlatformIDs(1, &platform, NULL), "platform");
    must(clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 1, &all.device, NULL), "device");
    all.context = clCreateContext(NULL, 1, &all.device, NULL, NULL, &code);
    must(code, "context");
    all.queue = clCreateCommandQueue(all.context, all.device, 0, &code);
    must(code, "queue");
    all.host = calloc(BYTES, 1);
    if (all.host == NULL)
        exit(21);
}

static void release_program(void) {
    must(clReleaseKernel(all.kernel), "kernel");
    must(clReleaseProgram(all.program), "program");
}

/* Other options each time, so that no cache has it. */
static void build_once(int turn) {
    cl_int code;
    const char *text = source;
    char options[32];
    snprintf(options, sizeof options, "-D TURN=%d", turn);
    all.program = clCreateProgramWithSource(all.context, 1, &text, NULL, &code);
    must(code, "source");
    must(clBuildProgram(all.program, 1, &all.device, options, NULL, NULL), "build");
    all.kernel = clCreateKernel(all.program, "spin", &code);
    must(code, "kernel");
}

static void build(void) {
    const uint64_t end = now_ns() + all.phase_ns;
    build_once(0);
    for (int turn = 1; now_ns() < end; turn++) {
        release_program();
        build_once(turn);
    }
}

static void allocate(void) {
    cl_int code;
    all.buffer = clCreateBuffer(all.context, CL_MEM_READ_WRITE, BYTES, NULL, &code);
    must(code, "buffer");
}

static void launch(int rounds, size_t items, const size_t *local, cl_uint waits,
                   const cl_event *events) {
    must(clSetKernelArg(all.kernel, 0, sizeof all.buffer, &all.buffer), "argument");
    must(clSetKernelArg(all.kernel, 1, sizeof rounds, &rounds), "argument");
    must(clEnqueueNDRangeKernel(all.queue, all.kernel, 1, NULL, &items, local, waits, events, NULL),
         "launch");
}

static const size_t few = 64;

static void first(void) {
    launch(1, few, NULL, 0, NULL);
    must(clFinish(all.queue), "finish");
    launch(1, few, &few, 0, NULL);
    must(clFinish(all.queue), "finish");
    launch(1, ITEMS, &few, 0, NULL);
    must(clFinish(all.queue), "finish");
}

static void up(void) {
    for (const uint64_t end = now_ns() + all.phase_ns; now_ns() < end;)
        must(
            clEnqueueWriteBuffer(all.queue, all.buffer, CL_TRUE, 0, BYTES, all.host, 0, NULL, NULL),
            "write");
}

static void kernels(void) {
    for (const uint64_t end = now_ns() + all.phase_ns; now_ns() < end;) {
        launch(5000, ITEMS, &few, 0, NULL);
        launch(5000, ITEMS, &few, 0, NULL); /* behind the other: waiting for it is no run */
        must(clFinish(all.queue), "finish");
    }
}

static void *release(void *event) {
    rest(all.phase_ns);
    must(clSetUserEventStatus(event, CL_COMPLETE), "user event");
    return NULL;
}

/* The device may not begin, and the host waits for it. */
static void waiting(void) {
    cl_int code;
    pthread_t thread;
    cl_event event = clCreateUserEvent(all.context, &code);
    must(code, "user event");
    launch(1, few, &few, 1, &event);
    if (pthread_create(&thread, NULL, release, event) != 0)
        exit(22);
    must(clFinish(all.queue), "finish");
    pthread_join(thread, NULL);
    must(clReleaseEvent(event), "user event");
}

static void down(void) {
    for (const uint64_t end = now_ns() + all.phase_ns; now_ns() < end;)
        must(clEnqueueReadBuffer(all.queue, all.buffer, CL_TRUE, 0, BYTES, all.host, 0, NULL, NULL),
             "read");
}

static void host(void) {
    rest(all.phase_ns);
}

static void give_back(void) {
    must(clReleaseMemObject(all.buffer), "buffer");
}

static void end(void) {
    free(all.host);
    release_program();
    must(clReleaseCommandQueue(all.queue), "queue");
    must(clReleaseContext(all.context), "context");
}

/* As the arguments ask. */
static uint64_t length_of(const char *phase, int argc, char **argv) {
    const size_t length = strlen(phase);
    uint64_t ms = argc > 1 ? strtoull(argv[1], NULL, 10) : 200;
    for (int i = 2; i < argc; i++) {
        if (strncmp(argv[i], phase, length) == 0 && argv[i][length] == '=')
            ms = strtoull(argv[i] + length + 1, NULL, 10);
    }
    return ms * 1000000;
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        void (*run)(void);
    } phases[] = {{"begin", begin}, {"build", build},     {"alloc", allocate},  {"first", first},
                  {"up", up},       {"kernels", kernels}, {"waiting", waiting}, {"down", down},
                  {"host", host},   {"free", give_back},  {"end", end}};
    for (size_t i = 0; i < sizeof phases / sizeof phases[0]; i++) {
        all.phase_ns = length_of(phases[i].name, argc, argv);
        const uint64_t from = now_ns();
        phases[i].run();
        printf("%s %" PRIu64 "\n", phases[i].name, now_ns() - from);
    }
    return 0;
}
