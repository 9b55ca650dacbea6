/* A bare OpenCL program: runs the kernels that its input describes, and prints the time of each
 * round trip's kernels by the device's events and of the whole, in ns. tools/bench/twins writes the
 * input:
 *
 *   seconds S                     how long to measure
 *   file PATH, options TEXT       of the kernels
 *   array NAME TYPE COUNT ACCESS KIND A B
 *   steps N, pair NAME NAME
 *   kernel NAME DIMENSIONS GLOBAL... LOCAL...
 *   arg buffer NAME | arg f32|u32|u64 VALUE | arg local BYTES | arg step | arg each VALUE...
 */
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>

#include "bare.h"

#define MOST_KERNELS 4
#define MOST_STEPS   512

typedef struct argument {
    char kind[8];
    int array;
    double value;
    unsigned each[64]; /* one for each step */
} argument;

typedef struct launch {
    cl_kernel kernel;
    char name[64];
    cl_uint dimensions;
    size_t global[3], local[3];
    argument arguments[16];
    cl_uint count;
} launch;

static array arrays[MOST_ARRAYS];
static cl_mem buffers[MOST_ARRAYS];
static launch launches[MOST_KERNELS];
static int array_count, launch_count, pair[2] = {-1, -1};
static long steps = 1;
static double seconds = 0.3;
static char file[512], options[512];
static cl_context context;
static cl_command_queue queue;
static cl_device_id device;

static void check(cl_int code, const char *what) {
    if (code == CL_SUCCESS)
        return;
    fprintf(stderr, "%s: %d\n", what, code);
    exit(1);
}

static int find(const char *name) {
    for (int i = 0; i < array_count; i++) {
        if (strcmp(arrays[i].name, name) == 0)
            return i;
    }
    stop("no such array");
    return -1;
}

/* ---- The input ---------------------------------------------------------- */

static void read_argument(char *text) {
    launch *of = &launches[launch_count - 1];
    argument *made = &of->arguments[of->count++];
    int used = 0;
    char word[64];
    if (sscanf(text, "%7s%n", made->kind, &used) != 1)
        stop("arg");
    if (strcmp(made->kind, "buffer") == 0) {
        if (sscanf(text + used, "%63s", word) != 1)
            stop("arg buffer");
        made->array = find(word);
    } else if (strcmp(made->kind, "each") == 0) {
        char *at = text + used;
        for (int i = 0; i < 64; i++)
            made->each[i] = (unsigned)strtoul(at, &at, 10);
    } else {
        made->value = strtod(text + used, NULL);
    }
}

static void read_kernel(const char *text) {
    launch *made = &launches[launch_count++];
    int used = 0;
    if (sscanf(text, "%63s %u%n", made->name, &made->dimensions, &used) != 2)
        stop("kernel");
    char *at = (char *)(uintptr_t)text + used;
    for (cl_uint i = 0; i < made->dimensions; i++)
        made->global[i] = strtoul(at, &at, 10);
    for (cl_uint i = 0; i < made->dimensions; i++)
        made->local[i] = strtoul(at, &at, 10);
}

static void read_line(char *line) {
    char word[64], other[64];
    int used = 0;
    line[strcspn(line, "\n")] = '\0';
    if (sscanf(line, "%63s%n", word, &used) != 1)
        return;
    char *rest = line + used + (line[used] == ' ');
    array *next = &arrays[array_count];
    if (strcmp(word, "file") == 0)
        snprintf(file, sizeof file, "%s", rest);
    else if (strcmp(word, "options") == 0)
        snprintf(options, sizeof options, "%s", rest);
    else if (strcmp(word, "seconds") == 0)
        seconds = strtod(rest, NULL);
    else if (strcmp(word, "steps") == 0)
        steps = strtol(rest, NULL, 10);
    else if (strcmp(word, "kernel") == 0)
        read_kernel(rest);
    else if (strcmp(word, "arg") == 0)
        read_argument(rest);
    else if (strcmp(word, "pair") == 0 && sscanf(rest, "%63s %63s", word, other) == 2)
        pair[0] = find(word), pair[1] = find(other);
    else if (strcmp(word, "array") == 0 &&
             sscanf(rest, "%31s %7s %zu %7s %15s %lf %lf", next->name, next->type, &next->count,
                    next->access, next->kind, &next->a, &next->b) == 7)
        begin_array(next), array_count++;
    else
        stop(line);
}

/* ---- OpenCL ------------------------------------------------------------- */

static char *read_file(const char *path) {
    FILE *stream = fopen(path, "r");
    char *text = calloc(1, 1 << 20);
    if (stream == NULL || text == NULL || fread(text, 1, (1 << 20) - 1, stream) == 0)
        stop(path);
    fclose(stream);
    return text;
}

static void set_up(void) {
    cl_platform_id platform;
    cl_int code;
    check(clGetPlatformIDs(1, &platform, NULL), "platform");
    check(clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 1, &device, NULL), "device");
    context = clCreateContext(NULL, 1, &device, NULL, NULL, &code);
    check(code, "context");
    queue = clCreateCommandQueue(context, device, CL_QUEUE_PROFILING_ENABLE, &code);
    check(code, "queue");
    const char *text = read_file(file);
    cl_program program = clCreateProgramWithSource(context, 1, &text, NULL, &code);
    check(code, "program");
    check(clBuildProgram(program, 1, &device, options, NULL, NULL), "build");
    for (int i = 0; i < launch_count; i++) {
        launches[i].kernel = clCreateKernel(program, launches[i].name, &code);
        check(code, launches[i].name);
    }
    for (int i = 0; i < array_count; i++) {
        buffers[i] = clCreateBuffer(context, CL_MEM_READ_WRITE | CL_MEM_USE_HOST_PTR,
                                    arrays[i].bytes, arrays[i].memory, &code);
        check(code, arrays[i].name);
    }
}

static void set_argument(const launch *of, cl_uint i, long step, int swapped) {
    const argument *a = &of->arguments[i];
    const cl_uint u32 = strcmp(a->kind, "step") == 0   ? (cl_uint)step
                        : strcmp(a->kind, "each") == 0 ? a->each[step]
                                                       : (cl_uint)a->value;
    const cl_ulong u64 = (cl_ulong)a->value;
    const cl_float f32 = (cl_float)a->value;
    int index = a->array;
    if (swapped && index == pair[0])
        index = pair[1];
    else if (swapped && index == pair[1])
        index = pair[0];
    cl_int code;
    if (strcmp(a->kind, "buffer") == 0)
        code = clSetKernelArg(of->kernel, i, sizeof(cl_mem), &buffers[index]);
    else if (strcmp(a->kind, "local") == 0)
        code = clSetKernelArg(of->kernel, i, (size_t)a->value, NULL);
    else if (strcmp(a->kind, "f32") == 0)
        code = clSetKernelArg(of->kernel, i, sizeof f32, &f32);
    else if (strcmp(a->kind, "u64") == 0)
        code = clSetKernelArg(of->kernel, i, sizeof u64, &u64);
    else
        code = clSetKernelArg(of->kernel, i, sizeof u32, &u32);
    check(code, "argument");
}

static double event_ns(cl_event event) {
    cl_ulong start = 0, end = 0;
    check(clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_START, sizeof start, &start, NULL),
          "start");
    check(clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_END, sizeof end, &end, NULL), "end");
    check(clReleaseEvent(event), "event");
    return (double)(end - start);
}

/* Hands an array to the host for writing or reading. */
static void with_host(int index, cl_map_flags flags, void (*touch)(array *)) {
    cl_int code;
    void *memory = clEnqueueMapBuffer(queue, buffers[index], CL_TRUE, flags, 0, arrays[index].bytes,
                                      0, NULL, NULL, &code);
    check(code, "map");
    if (touch != NULL)
        touch(&arrays[index]);
    check(clEnqueueUnmapMemObject(queue, buffers[index], memory, 0, NULL, NULL), "unmap");
}

/* The time of the kernels, by their events. */
static double round_trip(void) {
    static cl_event events[MOST_STEPS * MOST_KERNELS];
    size_t count = 0;
    double kernel_ns = 0;
    for (long step = 0; step < steps; step++) {
        for (int k = 0; k < launch_count; k++) {
            const launch *of = &launches[k];
            for (cl_uint i = 0; i < of->count; i++)
                set_argument(of, i, step, pair[0] >= 0 && step % 2 == 1);
            check(clEnqueueNDRangeKernel(queue, of->kernel, of->dimensions, NULL, of->global,
                                         of->local, 0, NULL, &events[count++]),
                  "launch");
        }
    }
    check(clFinish(queue), "finish");
    for (int i = 0; i < array_count; i++) {
        if (strstr(arrays[i].access, "out") != NULL)
            with_host(i, CL_MAP_READ, NULL);
    }
    check(clFinish(queue), "finish");
    for (size_t i = 0; i < count; i++)
        kernel_ns += event_ns(events[i]);
    return kernel_ns;
}

/* Any argument: inputs stay as they are, where the last round trip left them. */
int main(int argc, char **argv) {
    char line[4096];
    (void)argv;
    while (fgets(line, sizeof line, stdin) != NULL)
        read_line(line);
    if (steps > MOST_STEPS)
        stop("too many steps");
    set_up();
    const double begin = now_ns();
    for (int i = 0; i < 5 || now_ns() - begin < 1e9 * seconds; i++) {
        for (int k = 0; k < array_count && argc < 2; k++)
            with_host(k, CL_MAP_WRITE, refresh);
        check(clFinish(queue), "finish");
        const double start = now_ns(), kernel_ns = round_trip(), total_ns = now_ns() - start;
        if (i > 0)
            printf("%.0f %.0f\n", kernel_ns, total_ns);
    }
    return 0;
}
