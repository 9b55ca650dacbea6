/* Repeats the launches that layer.c noted, with a kernel of another source, and writes what the
 * host would get. It knows nothing of gpufare: what a mutant changes is not decided by the program
 * that is judged.
 *
 * Usage: replay LOG FOLDER SOURCE OUTPUT FILL
 *   LOG     of layer.c; FOLDER has the contents of its buffers
 *   SOURCE  of the kernel
 *   OUTPUT  gets all results, one after the other
 *   FILL    a number; what is beyond the buffers is made of it
 * Prints `built` when the kernel could be compiled, and `outside` if the kernel wrote beyond a
 * buffer. Exit status: 0 it ran; 3 it does not build; 4 OpenCL failed otherwise; 2 the log can't be
 * used.
 */
#define CL_TARGET_OPENCL_VERSION 120
#define CL_USE_DEPRECATED_OPENCL_1_2_APIS
#include <CL/cl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST  64
#define GUARD ((size_t)1 << 16) /* bytes before and after each buffer */

static cl_context context;
static cl_device_id device;
static cl_command_queue queue;
static cl_kernel kernel;
static cl_mem whole[MOST], parts[MOST]; /* with guards, and without */
static size_t sizes[MOST];

static void fail(int status, const char *what, long code) {
    fprintf(stderr, "replay: %s (%ld)\n", what, code);
    exit(status);
}

static void check(const char *what, cl_int code) {
    if (code != CL_SUCCESS)
        fail(4, what, code);
}

static char *read_file(const char *folder, const char *name, size_t *size) {
    char path[4096];
    snprintf(path, sizeof path, "%s%s%s", folder, folder[0] == '\0' ? "" : "/", name);
    FILE *file = fopen(path, "r");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0)
        fail(2, path, 0);
    const long length = ftell(file);
    char *bytes = length < 0 ? NULL : malloc((size_t)length + 1);
    if (bytes == NULL)
        fail(2, path, length);
    rewind(file);
    *size = fread(bytes, 1, (size_t)length, file);
    bytes[*size] = '\0';
    fclose(file);
    return bytes;
}

/* The first CPU. */
static void open_device(void) {
    cl_platform_id platforms[16];
    cl_uint count = 0;
    cl_int code = CL_SUCCESS;
    check("clGetPlatformIDs", clGetPlatformIDs(16, platforms, &count));
    for (cl_uint i = 0; i < count && device == NULL; i++)
        clGetDeviceIDs(platforms[i], CL_DEVICE_TYPE_CPU, 1, &device, NULL);
    if (device == NULL)
        fail(4, "no CPU", 0);
    context = clCreateContext(NULL, 1, &device, NULL, NULL, &code);
    check("clCreateContext", code);
    queue = clCreateCommandQueue(context, device, 0, &code);
    check("clCreateCommandQueue", code);
}

static void build(const char *source, const char *name, const char *options) {
    cl_int code = CL_SUCCESS;
    const cl_program program = clCreateProgramWithSource(context, 1, &source, NULL, &code);
    check("clCreateProgramWithSource", code);
    code = clBuildProgram(program, 1, &device, options, NULL, NULL);
    if (code != CL_SUCCESS)
        fail(3, "clBuildProgram", code);
    kernel = clCreateKernel(program, name, &code);
    if (code != CL_SUCCESS)
        fail(3, "clCreateKernel", code);
    puts("built");
    fflush(stdout);
}

/* Other bytes for each buffer, so that one that is copied to another shows. */
static unsigned char guard_byte(size_t place, size_t at, int fill) {
    const unsigned long mixed =
        (at + 1 + place * 7919 + (unsigned long)fill * 104729) * 2654435761UL;
    return (unsigned char)(mixed >> 24);
}

static void make_buffer(size_t place, size_t size, int fill) {
    cl_int code = CL_SUCCESS;
    const size_t room = (size + GUARD - 1) / GUARD * GUARD + 2 * GUARD;
    if (place >= MOST)
        fail(2, "too many buffers", (long)place);
    if (whole[place] != NULL && sizes[place] == size)
        return;
    const cl_buffer_region region = {GUARD, size};
    unsigned char *filled = malloc(room);
    if (filled == NULL)
        fail(4, "memory", (long)room);
    for (size_t i = 0; i < room; i++)
        filled[i] = guard_byte(place, i, fill);
    whole[place] =
        clCreateBuffer(context, CL_MEM_READ_WRITE | CL_MEM_COPY_HOST_PTR, room, filled, &code);
    check("clCreateBuffer", code);
    parts[place] = clCreateSubBuffer(whole[place], CL_MEM_READ_WRITE, CL_BUFFER_CREATE_TYPE_REGION,
                                     &region, &code);
    check("clCreateSubBuffer", code);
    sizes[place] = size;
    free(filled);
}

static void set_content(size_t place, const char *folder, const char *name) {
    size_t size = 0;
    char *bytes = read_file(folder, name, &size);
    check("clEnqueueWriteBuffer",
          clEnqueueWriteBuffer(queue, parts[place], CL_TRUE, 0, size, bytes, 0, NULL, NULL));
    free(bytes);
}

static void set_argument(unsigned index, const char *kind, const char *value) {
    unsigned char bytes[64];
    const size_t number = strtoul(value, NULL, 10);
    if (strcmp(kind, "buffer") == 0) {
        check("clSetKernelArg", clSetKernelArg(kernel, index, sizeof(cl_mem), &parts[number]));
        return;
    }
    if (strcmp(kind, "local") == 0) {
        check("clSetKernelArg", clSetKernelArg(kernel, index, number, NULL));
        return;
    }
    const size_t size = strlen(value) / 2;
    for (size_t i = 0; i < size && i < sizeof bytes; i++) {
        const char digits[] = {value[2 * i], value[2 * i + 1], '\0'};
        bytes[i] = (unsigned char)strtoul(digits, NULL, 16);
    }
    check("clSetKernelArg", clSetKernelArg(kernel, index, size, bytes));
}

static void launch(const char *line) {
    size_t at[3][2];
    unsigned dimensions = 0;
    if (sscanf(line, "launch %u %zu %zu %zu %zu %zu %zu", &dimensions, &at[0][0], &at[0][1],
               &at[1][0], &at[1][1], &at[2][0], &at[2][1]) != 7)
        fail(2, line, 0);
    check("clEnqueueNDRangeKernel",
          clEnqueueNDRangeKernel(queue, kernel, dimensions, at[0], at[1],
                                 at[2][0] == 0 ? NULL : at[2], 0, NULL, NULL));
    check("clFinish", clFinish(queue));
}

static void write_result(size_t place, size_t size, FILE *output) {
    char *bytes = malloc(size);
    if (bytes == NULL)
        fail(4, "memory", (long)size);
    check("clEnqueueReadBuffer",
          clEnqueueReadBuffer(queue, parts[place], CL_TRUE, 0, size, bytes, 0, NULL, NULL));
    fwrite(bytes, 1, size, output);
    free(bytes);
}

/* Whether all that is beyond a buffer is as it was. */
static int is_intact(size_t place, int fill) {
    const size_t room = (sizes[place] + GUARD - 1) / GUARD * GUARD + 2 * GUARD;
    unsigned char *bytes = malloc(room);
    int intact = 1;
    if (bytes == NULL)
        fail(4, "memory", (long)room);
    check("clEnqueueReadBuffer",
          clEnqueueReadBuffer(queue, whole[place], CL_TRUE, 0, room, bytes, 0, NULL, NULL));
    for (size_t i = 0; i < room; i++) {
        const int is_guard = i < GUARD || i >= GUARD + sizes[place];
        intact = intact && (!is_guard || bytes[i] == guard_byte(place, i, fill));
    }
    free(bytes);
    return intact;
}

static void repeat(char *line, const char *folder, const char *source, FILE *output, int fill) {
    char kind[16], value[256];
    unsigned index = 0;
    size_t place = 0, size = 0;
    int length = 0;
    if (sscanf(line, "kernel %255s %n", value, &length) == 1)
        build(source, value, line + length);
    else if (sscanf(line, "buffer %zu %zu", &place, &size) == 2)
        make_buffer(place, size, fill);
    else if (sscanf(line, "content %zu %255s", &place, value) == 2)
        set_content(place, folder, value);
    else if (sscanf(line, "argument %u %15s %255s", &index, kind, value) == 3)
        set_argument(index, kind, value);
    else if (sscanf(line, "result %zu %zu", &place, &size) == 2)
        write_result(place, size, output);
    else if (strncmp(line, "launch", 6) == 0)
        launch(line);
}

int main(int argc, char **argv) {
    char line[4096];
    size_t size = 0;
    if (argc != 6)
        fail(2, "usage: replay LOG FOLDER SOURCE OUTPUT FILL", 0);
    FILE *log = fopen(argv[1], "r"), *output = fopen(argv[4], "w");
    if (log == NULL || output == NULL)
        fail(2, "can't open the log or the output", 0);
    char *source = read_file("", argv[3], &size);
    const int fill = atoi(argv[5]);
    open_device();
    while (fgets(line, sizeof line, log) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        repeat(line, argv[2], source, output, fill);
    }
    for (size_t i = 0; i < MOST; i++) {
        if (whole[i] != NULL && !is_intact(i, fill)) {
            puts("outside");
            break;
        }
    }
    if (fclose(output) != 0)
        fail(4, "writing the output", 0);
    fclose(log);
    free(source);
    return 0;
}
