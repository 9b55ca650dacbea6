/* A small OpenCL program with one flaw, which its first argument names, for tests of `gpufare
 * trace`:
 *
 *   clean     none
 *   resent    sends the same 16 MiB before each of 40 launches
 *   small     20,000 uploads of 64 bytes
 *   idle      works as long as each kernel ran while the device has nothing to do
 *   rebuilt   builds one source 10 times
 *   lanes     work-groups of 3 items
 *   shared    uploads of 16 MiB, each of other bytes: a device with the host's memory could map
 * them unseen    downloads of 16 MiB, which nobody looks at, to one array kinds     no flaw:
 * commands of all kinds, from four threads, on queues without an order
 *
 * or an end: `crash`, `quick` (_exit with 5), `exec` (of `sh -c 'exit 7'`), `fork` (before the
 * first call of OpenCL: both work), `fork-late` (the child makes no call), `thread` (exit from a
 * thread). It prints what the driver answers and its results, which must be the same under a layer,
 * and ends with status 3. Compiled with LATE it loads OpenCL by dlopen, and closes it at the end.
 */
#define CL_TARGET_OPENCL_VERSION 120
#define CL_USE_DEPRECATED_OPENCL_1_2_APIS
#include <CL/cl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifdef LATE
#include <dlfcn.h>
static void *loader;
#define CL(name) (*(__typeof__(&name) *)find(#name))
/* The place of a pointer to the function: ISO C has no conversion to one. */
static void *find(const char *name) {
    static void *functions[64];
    static size_t next;
    void **place = &functions[next++ % 64];
    *place = dlsym(loader, name);
    if (*place == NULL)
        abort();
    return place;
}
#else
#define CL(name) name
#endif

#define ITEMS ((size_t)1 << 18)
#define BIG   ((size_t)16 << 20) /* bytes of the buffer that is sent again */

static const char *const source =
    "kernel void work(global const float *in, global float *out, int rounds) {\n"
    "    size_t i = get_global_id(0);\n"
    "    float x = in[i];\n"
    "    for (int r = 0; r < rounds; r++)\n"
    "        x = x * 0.5f + 1.0f;\n"
    "    out[i] = x;\n"
    "}\n";

static struct {
    cl_device_id device;
    cl_context context;
    cl_command_queue queue;
    cl_program program;
    cl_kernel kernel;
    cl_mem in, out;
    float *host;
} all;

static void must(cl_int code, const char *what) {
    if (code == CL_SUCCESS)
        return;
    fprintf(stderr, "%s: %d\n", what, code);
    exit(20);
}

static void build(void) {
    cl_int code;
    all.program = CL(clCreateProgramWithSource)(all.context, 1, (const char **)(uintptr_t)&source,
                                                NULL, &code);
    must(code, "source");
    must(CL(clBuildProgram)(all.program, 1, &all.device, "", NULL, NULL), "build");
    all.kernel = CL(clCreateKernel)(all.program, "work", &code);
    must(code, "kernel");
}

static void set_up(void) {
    cl_platform_id platform;
    cl_int code;
    must(CL(clGetPlatformIDs)(1, &platform, NULL), "platform");
    must(CL(clGetDeviceIDs)(platform, CL_DEVICE_TYPE_ALL, 1, &all.device, NULL), "device");
    all.context = CL(clCreateContext)(NULL, 1, &all.device, NULL, NULL, &code);
    must(code, "context");
    all.queue = CL(clCreateCommandQueue)(all.context, all.device, 0, &code);
    must(code, "queue");
    build();
    all.in = CL(clCreateBuffer)(all.context, CL_MEM_READ_ONLY, ITEMS * 4, NULL, &code);
    must(code, "buffer");
    all.out = CL(clCreateBuffer)(all.context, CL_MEM_READ_WRITE, ITEMS * 4, NULL, &code);
    must(code, "buffer");
    all.host = malloc(ITEMS * 4);
    if (all.host == NULL)
        exit(21);
    for (size_t i = 0; i < ITEMS; i++)
        all.host[i] = (float)(i % 1000);
}

static void upload(void) {
    must(
        CL(clEnqueueWriteBuffer)(all.queue, all.in, CL_TRUE, 0, ITEMS * 4, all.host, 0, NULL, NULL),
        "write");
}

static void launch(int rounds, const size_t *local) {
    const size_t items = ITEMS / 3 * 3;
    must(CL(clSetKernelArg)(all.kernel, 0, sizeof all.in, &all.in), "argument");
    must(CL(clSetKernelArg)(all.kernel, 1, sizeof all.out, &all.out), "argument");
    must(CL(clSetKernelArg)(all.kernel, 2, sizeof rounds, &rounds), "argument");
    must(CL(clEnqueueNDRangeKernel)(all.queue, all.kernel, 1, NULL, &items, local, 0, NULL, NULL),
         "launch");
}

/* Prints what a program may see of a queue, and the last result. */
static void print_all(void) {
    cl_command_queue_properties properties = 99;
    cl_event event;
    cl_ulong time = 0;
    float value[2] = {0};
    must(CL(clGetCommandQueueInfo)(all.queue, CL_QUEUE_PROPERTIES, sizeof properties, &properties,
                                   NULL),
         "query");
    must(CL(clEnqueueReadBuffer)(all.queue, all.out, CL_TRUE, 400, sizeof value, value, 0, NULL,
                                 &event),
         "read");
    const cl_int code =
        CL(clGetEventProfilingInfo)(event, CL_PROFILING_COMMAND_END, sizeof time, &time, NULL);
    must(CL(clReleaseEvent)(event), "event");
    printf("properties %d, profiling %d, values %g %g\n", (int)properties, code, value[0],
           value[1]);
    printf("wrong call %d\n", CL(clEnqueueReadBuffer)(all.queue, all.out, CL_TRUE, ITEMS * 4, 8,
                                                      value, 0, NULL, NULL));
    fflush(stdout);
}

static double now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec * 1e-6;
}

/* ---- Flaws ------------------------------------------------------------- */

static void clean(void) {
    upload();
    for (int i = 0; i < 40; i++)
        launch(20, NULL);
    must(CL(clFinish)(all.queue), "finish");
}

static void resent(void) {
    cl_int code;
    char *bytes = calloc(BIG, 1);
    cl_mem big = CL(clCreateBuffer)(all.context, CL_MEM_READ_ONLY, BIG, NULL, &code);
    must(code, "buffer");
    for (int i = 0; bytes != NULL && i < 40; i++) {
        must(CL(clEnqueueWriteBuffer)(all.queue, big, CL_TRUE, 0, BIG, bytes, 0, NULL, NULL),
             "write");
        launch(1, NULL);
    }
    free(bytes);
}

static void small(void) {
    for (size_t i = 0; i < 20000; i++)
        must(CL(clEnqueueWriteBuffer)(all.queue, all.in, CL_TRUE, 64 * (i % 1000), 64, all.host + i,
                                      0, NULL, NULL),
             "write");
    launch(1, NULL);
}

static void idle(void) {
    float value;
    upload();
    launch(1, NULL);
    must(CL(clFinish)(all.queue), "finish");
    for (int i = 0; i < 12; i++) {
        const double begin = now_ms();
        launch(50, NULL);
        must(CL(clEnqueueReadBuffer)(all.queue, all.out, CL_TRUE, 0, sizeof value, &value, 0, NULL,
                                     NULL),
             "read");
        const double end = now_ms();
        while (now_ms() - end < end - begin) {
        }
    }
}

static void rebuilt(void) {
    upload();
    for (int i = 0; i < 9; i++) {
        must(CL(clReleaseKernel)(all.kernel), "kernel");
        must(CL(clReleaseProgram)(all.program), "program");
        build();
    }
    launch(1, NULL);
}

/* 16 MiB up or down, 20 times; each upload has other bytes. */
static void move_much(bool up) {
    cl_int code;
    char *bytes = calloc(BIG, 1);
    cl_mem big = CL(clCreateBuffer)(all.context, CL_MEM_READ_WRITE, BIG, NULL, &code);
    must(code, "buffer");
    for (int i = 0; bytes != NULL && i < 20; i++) {
        memset(bytes, i, up ? BIG : 0);
        must(up ? CL(clEnqueueWriteBuffer)(all.queue, big, CL_TRUE, 0, BIG, bytes, 0, NULL, NULL)
                : CL(clEnqueueReadBuffer)(all.queue, big, CL_TRUE, 0, BIG, bytes, 0, NULL, NULL),
             "transfer");
        launch(1, NULL);
    }
    free(bytes);
}

static void shared(void) {
    move_much(true);
}

static void unseen(void) {
    move_much(false);
}

static void lanes(void) {
    static const size_t three = 3;
    upload();
    for (int i = 0; i < 5; i++)
        launch(200, &three);
    must(CL(clFinish)(all.queue), "finish");
}

/* ---- All kinds of commands --------------------------------------------- */

#define ROUNDS 50

/* What a thread does. Objects stay until all threads are done: how drivers count them is not what
 * is tested here. */
typedef struct use {
    cl_mem made[4 * ROUNDS];
    size_t count;
    float sum;
} use;

static cl_mem keep(use *u, cl_mem made) {
    u->made[u->count++] = made;
    return made;
}

static void use_buffers(cl_command_queue queue, use *u) {
    static const size_t origin[3] = {0, 0, 0}, region[3] = {64, 8, 1};
    const float four = 4;
    const cl_buffer_region half = {4096, 4096};
    float values[1024];
    cl_int code;
    cl_event events[2];
    cl_mem buffer = keep(u, CL(clCreateBuffer)(all.context, CL_MEM_READ_WRITE, 8192, NULL, &code));
    must(code, "buffer");
    cl_mem copy = keep(u, CL(clCreateBuffer)(all.context, CL_MEM_READ_WRITE, 8192, NULL, &code));
    must(code, "buffer");
    must(CL(clEnqueueFillBuffer)(queue, buffer, &four, sizeof four, 0, 8192, 0, NULL, &events[0]),
         "fill");
    must(CL(clEnqueueCopyBufferRect)(queue, buffer, copy, origin, origin, region, 0, 0, 0, 0, 1,
                                     events, &events[1]),
         "copy");
    must(CL(clWaitForEvents)(1, &events[1]), "wait");
    must(CL(clReleaseEvent)(events[0]), "event");
    must(CL(clReleaseEvent)(events[1]), "event");
    cl_mem part = keep(u, CL(clCreateSubBuffer)(buffer, CL_MEM_READ_WRITE,
                                                CL_BUFFER_CREATE_TYPE_REGION, &half, &code));
    must(code, "part");
    must(CL(clEnqueueReadBuffer)(queue, part, CL_TRUE, 0, sizeof values, values, 0, NULL, NULL),
         "read");
    float *mapped =
        CL(clEnqueueMapBuffer)(queue, buffer, CL_TRUE, CL_MAP_READ, 0, 4096, 0, NULL, NULL, &code);
    must(code, "map");
    u->sum += values[5] + mapped[7];
    must(CL(clEnqueueUnmapMemObject)(queue, buffer, mapped, 0, NULL, NULL), "unmap");
    must(CL(clEnqueueMigrateMemObjects)(queue, 1, &buffer, CL_MIGRATE_MEM_OBJECT_HOST, 0, NULL,
                                        NULL),
         "migrate");
}

static void use_image(cl_command_queue queue, use *u) {
    static const cl_image_format format = {CL_RGBA, CL_FLOAT};
    static const cl_image_desc shape = {
        .image_type = CL_MEM_OBJECT_IMAGE2D, .image_width = 8, .image_height = 8};
    static const size_t origin[3] = {0, 0, 0}, region[3] = {8, 8, 1};
    float pixels[8 * 8 * 4] = {3};
    cl_int code;
    cl_mem image =
        keep(u, CL(clCreateImage)(all.context, CL_MEM_READ_WRITE, &format, &shape, NULL, &code));
    must(code, "image");
    must(
        CL(clEnqueueWriteImage)(queue, image, CL_TRUE, origin, region, 0, 0, pixels, 0, NULL, NULL),
        "write image");
    memset(pixels, 0, sizeof pixels);
    must(CL(clEnqueueReadImage)(queue, image, CL_TRUE, origin, region, 0, 0, pixels, 0, NULL, NULL),
         "read image");
    u->sum += pixels[0];
}

static void *use_all(void *context) {
    use *u = context;
    cl_int code;
    cl_command_queue queue = CL(clCreateCommandQueue)(
        all.context, all.device, CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE, &code);
    must(code, "queue");
    for (int i = 0; i < ROUNDS; i++) {
        use_buffers(queue, u);
        use_image(queue, u);
        must(CL(clFinish)(queue), "finish");
    }
    must(CL(clReleaseCommandQueue)(queue), "queue");
    return NULL;
}

/* Those made of others come after them. */
static void release_made(use *u) {
    while (u->count > 0)
        must(CL(clReleaseMemObject)(u->made[--u->count]), "object");
}

/* Prints 2200: four threads, 50 times 4 + 4 + 3. */
static void kinds(void) {
    pthread_t threads[4];
    static use uses[4];
    float sum = 0;
    for (int i = 0; i < 4; i++) {
        if (pthread_create(&threads[i], NULL, use_all, &uses[i]) != 0)
            exit(23);
    }
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < 4; i++) {
        release_made(&uses[i]);
        sum += uses[i].sum;
    }
    printf("sum %g\n", sum);
    upload();
    launch(1, NULL);
}

/* ---- Ends -------------------------------------------------------------- */

static void *leave(void *unused) {
    (void)unused;
    exit(3);
}

static void end(const char *how) {
    pthread_t thread;
    if (strcmp(how, "crash") == 0) {
        signal(SIGSEGV, SIG_DFL); /* PoCL has a handler */
        raise(SIGSEGV);
    }
    if (strcmp(how, "quick") == 0)
        _exit(5);
    if (strcmp(how, "exec") == 0)
        execlp("sh", "sh", "-c", "exit 7", (char *)NULL);
    if (strcmp(how, "thread") == 0 && pthread_create(&thread, NULL, leave, NULL) == 0)
        pause();
    if (strcmp(how, "fork-late") == 0) {
        const pid_t child = fork();
        if (child == 0)
            exit(0);
        waitpid(child, NULL, 0);
    }
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        void (*run)(void);
    } flaws[] = {{"resent", resent}, {"small", small}, {"idle", idle},     {"rebuilt", rebuilt},
                 {"lanes", lanes},   {"kinds", kinds}, {"shared", shared}, {"unseen", unseen}};
    const char *what = argc > 1 ? argv[1] : "clean";
    void (*run)(void) = clean;
#ifdef LATE
    loader = dlopen("libOpenCL.so.1", RTLD_NOW);
    if (loader == NULL)
        return 22;
#endif
    pid_t child = 0;
    if (strcmp(what, "fork") == 0)
        child = fork();
    set_up();
    for (size_t i = 0; i < sizeof flaws / sizeof flaws[0]; i++)
        run = strcmp(what, flaws[i].name) == 0 ? flaws[i].run : run;
    run();
    if (strcmp(what, "fork") != 0 || child != 0)
        print_all();
    if (child > 0)
        waitpid(child, NULL, 0);
    end(what);
#ifdef LATE
    dlclose(loader);
#endif
    return 3;
}
