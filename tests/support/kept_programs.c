/* An OpenCL layer (cl_khr_layers) that keeps what was built: whoever builds the same source with
 * the same options for the same device of the same context again gets kernels of the first program.
 * PoCL takes 30 ms to find a program in its cache, and some tests build a few thousand times in one
 * process. Calls come from one thread, so nothing is locked. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define LAYER_NAME "gpufare kept programs"
#include "tools/mutants/layer_template.h"

/* What is known of a program, until the driver gives its address to another one. */
typedef struct known {
    struct known *next;
    cl_program program, built; /* built: itself, or the one that was kept; NULL: not yet built */
    cl_context context;
    cl_device_id device;
    char *source, *options;
} known;

static known *first;

static known *find(cl_program program) {
    known *item = first;
    while (item != NULL && item->program != program)
        item = item->next;
    return item;
}

/* The same, built: the kept one. */
static cl_program find_built(const known *like) {
    for (const known *item = first; item != NULL; item = item->next) {
        if (item->built == item->program && item->context == like->context &&
            item->device == like->device && strcmp(item->options, like->options) == 0 &&
            strcmp(item->source, like->source) == 0)
            return item->built;
    }
    return NULL;
}

static void forget(known *item) {
    free(item->source);
    free(item->options);
    item->source = item->options = NULL;
    item->built = NULL;
}

static cl_program CL_API_CALL create(cl_context context, cl_uint count, const char **texts,
                                     const size_t *lengths, cl_int *code) {
    cl_program program = below->clCreateProgramWithSource(context, count, texts, lengths, code);
    known *item = program == NULL ? NULL : find(program);
    if (program == NULL)
        return NULL;
    if (item == NULL) {
        item = calloc(1, sizeof *item);
        if (item == NULL)
            abort();
        item->next = first;
        first = item;
    }
    forget(item);
    item->program = program;
    item->context = context;
    item->source = join(count, texts, lengths);
    if (item->source == NULL)
        abort();
    return program;
}

/* The tool makes programs of binaries, too, where builds take long. Such a program may have the
 * address of an earlier one, and has nothing else of it: not its kernels. */
static cl_program CL_API_CALL create_of_binary(cl_context context, cl_uint count,
                                               const cl_device_id *devices, const size_t *lengths,
                                               const unsigned char **binaries, cl_int *codes,
                                               cl_int *code) {
    cl_program program =
        below->clCreateProgramWithBinary(context, count, devices, lengths, binaries, codes, code);
    known *item = program == NULL ? NULL : find(program);
    if (item != NULL) {
        forget(item);
        item->program = NULL;
        item->context = NULL;
    }
    return program;
}

static cl_int CL_API_CALL build(cl_program program, cl_uint count, const cl_device_id *devices,
                                const char *options, void(CL_CALLBACK *notify)(cl_program, void *),
                                void *data) {
    known *item = find(program);
    if (item == NULL || item->built != NULL || count != 1 || notify != NULL)
        return below->clBuildProgram(program, count, devices, options, notify, data);
    free(item->options);
    item->options = strdup(options == NULL ? "" : options);
    if (item->options == NULL)
        abort();
    item->device = devices[0];
    item->built = find_built(item);
    if (item->built != NULL)
        return CL_SUCCESS;
    const cl_int code = below->clBuildProgram(program, count, devices, options, NULL, NULL);
    /* Kept for as long as the process runs. */
    if (code == CL_SUCCESS && below->clRetainProgram(program) == CL_SUCCESS)
        item->built = program;
    return code;
}

static cl_program kept(cl_program program) {
    const known *item = find(program);
    return item != NULL && item->built != NULL ? item->built : program;
}

static cl_kernel CL_API_CALL create_kernel(cl_program program, const char *name, cl_int *code) {
    return below->clCreateKernel(kept(program), name, code);
}

static cl_int CL_API_CALL get_build_info(cl_program program, cl_device_id device,
                                         cl_program_build_info name, size_t size, void *value,
                                         size_t *size_ret) {
    return below->clGetProgramBuildInfo(kept(program), device, name, size, value, size_ret);
}

static void layer_begin(void) {
    table.clCreateProgramWithSource = create;
    table.clCreateProgramWithBinary = create_of_binary;
    table.clBuildProgram = build;
    table.clCreateKernel = create_kernel;
    table.clGetProgramBuildInfo = get_build_info;
}
