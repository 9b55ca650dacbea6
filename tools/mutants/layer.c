/* An OpenCL layer (cl_khr_layers) that gives a driver another kernel than gpufare wrote, and notes
 * what the host gets. Programs whose source does not contain $MUTANT_OF are left alone.
 *
 * MUTANT_OF=FILE    the text of a kernel file
 * MUTANT=FILE       takes the place of that text
 * MUTANT_LOG=FILE   gets a line for each thing that `replay.c` repeats:
 *                     kernel NAME OPTIONS
 *                     buffer NUMBER BYTES
 *                     content NUMBER FILE
 *                     argument INDEX buffer NUMBER
 *                     argument INDEX local BYTES
 *                     argument INDEX value HEX
 *                     launch DIMENSIONS OFFSETS GLOBAL LOCAL (0: the driver chooses)
 *                     result NUMBER BYTES HASH
 *                   A result is what a blocking read or map hands to the host after a launch. Its
 *                   hash is the only thing that is needed of a mutant.
 * MUTANT_RECORD=DIR gets the source as `source.cl` and the contents of buffers before launches
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LAYER_NAME "gpufare mutants"
#include "layer_template.h"

#define MOST 64 /* buffers, programs, kernels and arguments that are known at a time */

/* ---- Files ------------------------------------------------------------- */

__attribute__((format(printf, 1, 2))) static void note(const char *format, ...) {
    const char *path = getenv("MUTANT_LOG");
    FILE *log = path == NULL ? NULL : fopen(path, "a");
    va_list values;
    if (log == NULL)
        return;
    va_start(values, format);
    vfprintf(log, format, values);
    va_end(values);
    fclose(log);
}

/* The text of a file, or NULL. */
static char *read_file(const char *variable) {
    const char *path = getenv(variable);
    FILE *file = path == NULL ? NULL : fopen(path, "r");
    if (file == NULL)
        return NULL;
    fseek(file, 0, SEEK_END);
    const long size = ftell(file);
    rewind(file);
    char *text = size < 0 ? NULL : malloc((size_t)size + 1);
    if (text != NULL)
        text[fread(text, 1, (size_t)size, file)] = '\0';
    fclose(file);
    return text;
}

/* Writes bytes to a file of the record's folder. false: nothing is recorded. */
static bool record(const char *name, const void *bytes, size_t size) {
    const char *folder = getenv("MUTANT_RECORD");
    char path[4096];
    if (folder == NULL || snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path)
        return false;
    FILE *file = fopen(path, "w");
    if (file == NULL)
        return false;
    fwrite(bytes, 1, size, file);
    return fclose(file) == 0;
}

/* FNV-1a */
static uint64_t hash_of(const void *bytes, size_t size) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ ((const unsigned char *)bytes)[i]) * UINT64_C(0x100000001b3);
    return hash;
}

/* ---- Objects ----------------------------------------------------------- */

typedef struct argument {
    size_t size;
    bool is_local;
    unsigned char value[64];
} argument;

static cl_program programs[MOST]; /* the ones that are watched */
static char *options[MOST];
static cl_kernel kernels[MOST];
static argument arguments[MOST][MOST]; /* of each kernel */
static cl_mem buffers[MOST];
static size_t sizes[MOST];
static bool is_fresh;       /* the host may have written since the last launch */
static bool has_launched;   /* a launch since the last result */
static unsigned file_count; /* of contents */

/* The place of an object, or of NULL: a free one. MOST: none. */
static size_t find(const void *const *objects, const void *object) {
    size_t i = 0;
    while (i < MOST && objects[i] != object)
        i++;
    return i;
}
#define FIND(objects, object) find((const void *const *)(objects), object)

/* ---- Programs ---------------------------------------------------------- */

/* The text with the mutant in the place of `old`, which begins at `at`. */
static char *replace(const char *text, const char *at, const char *old, const char *new) {
    const size_t before = (size_t)(at - text), size = strlen(text) - strlen(old) + strlen(new) + 1;
    char *made = malloc(size);
    if (made != NULL)
        snprintf(made, size, "%.*s%s%s", (int)before, text, new, at + strlen(old));
    return made;
}

static cl_program CL_API_CALL create_program(cl_context context, cl_uint count, const char **texts,
                                             const size_t *lengths, cl_int *code) {
    char *text = join(count, texts, lengths);
    char *old = read_file("MUTANT_OF"), *new = read_file("MUTANT");
    const char *at = text == NULL || old == NULL ? NULL : strstr(text, old);
    char *other = at == NULL || new == NULL ? NULL : replace(text, at, old, new);
    const char *given = other != NULL ? other : text;
    const cl_program program = below->clCreateProgramWithSource(
        context, given == NULL ? count : 1, given == NULL ? texts : &given,
        given == NULL ? lengths : NULL, code);
    const size_t place = FIND(programs, NULL);
    if (at != NULL && place < MOST) {
        programs[place] = program;
        record("source.cl", given, strlen(given));
    }
    free(text);
    free(old);
    free(new);
    free(other);
    return program;
}

static cl_int CL_API_CALL build_program(cl_program program, cl_uint count,
                                        const cl_device_id *devices, const char *with,
                                        void(CL_CALLBACK *notify)(cl_program, void *), void *data) {
    const size_t place = FIND(programs, program);
    if (place < MOST) {
        free(options[place]);
        options[place] = strdup(with == NULL ? "" : with);
    }
    return below->clBuildProgram(program, count, devices, with, notify, data);
}

static cl_int CL_API_CALL release_program(cl_program program) {
    const size_t place = FIND(programs, program);
    if (place < MOST)
        programs[place] = NULL;
    return below->clReleaseProgram(program);
}

static cl_kernel CL_API_CALL create_kernel(cl_program program, const char *name, cl_int *code) {
    const cl_kernel kernel = below->clCreateKernel(program, name, code);
    const size_t from = FIND(programs, program), place = FIND(kernels, NULL);
    if (kernel != NULL && from < MOST && place < MOST) {
        kernels[place] = kernel;
        memset(arguments[place], 0, sizeof arguments[place]);
        note("kernel %s %s\n", name, options[from] == NULL ? "" : options[from]);
    }
    return kernel;
}

static cl_int CL_API_CALL release_kernel(cl_kernel kernel) {
    const size_t place = FIND(kernels, kernel);
    if (place < MOST)
        kernels[place] = NULL;
    return below->clReleaseKernel(kernel);
}

static cl_int CL_API_CALL set_argument(cl_kernel kernel, cl_uint index, size_t size,
                                       const void *value) {
    const size_t place = FIND(kernels, kernel);
    if (place < MOST && index < MOST && size <= sizeof arguments[0][0].value) {
        argument *kept = &arguments[place][index];
        *kept = (argument){.size = size, .is_local = value == NULL};
        if (value != NULL)
            memcpy(kept->value, value, size);
    }
    return below->clSetKernelArg(kernel, index, size, value);
}

/* ---- Buffers ----------------------------------------------------------- */

static cl_mem CL_API_CALL create_buffer(cl_context context, cl_mem_flags flags, size_t size,
                                        void *host, cl_int *code) {
    const cl_mem buffer = below->clCreateBuffer(context, flags, size, host, code);
    const size_t place = FIND(buffers, NULL);
    if (buffer != NULL && place < MOST) {
        buffers[place] = buffer;
        sizes[place] = size;
    }
    is_fresh = true;
    return buffer;
}

static cl_int CL_API_CALL release_buffer(cl_mem buffer) {
    const size_t place = FIND(buffers, buffer);
    if (place < MOST)
        buffers[place] = NULL;
    return below->clReleaseMemObject(buffer);
}

/* Single bytes are read to touch memory. */
static void note_result(cl_mem buffer, const void *bytes, size_t size) {
    const size_t place = FIND(buffers, buffer);
    if (!has_launched || bytes == NULL || place == MOST || size <= 1)
        return;
    note("result %zu %zu %016llx\n", place, size, (unsigned long long)hash_of(bytes, size));
    has_launched = false;
}

static cl_int CL_API_CALL read_buffer(cl_command_queue queue, cl_mem buffer, cl_bool blocking,
                                      size_t offset, size_t size, void *target, cl_uint waits,
                                      const cl_event *wait_list, cl_event *event) {
    const cl_int code = below->clEnqueueReadBuffer(queue, buffer, blocking, offset, size, target,
                                                   waits, wait_list, event);
    if (code == CL_SUCCESS && blocking)
        note_result(buffer, target, size);
    return code;
}

static cl_int CL_API_CALL write_buffer(cl_command_queue queue, cl_mem buffer, cl_bool blocking,
                                       size_t offset, size_t size, const void *source,
                                       cl_uint waits, const cl_event *wait_list, cl_event *event) {
    is_fresh = true;
    return below->clEnqueueWriteBuffer(queue, buffer, blocking, offset, size, source, waits,
                                       wait_list, event);
}

static void *CL_API_CALL map_buffer(cl_command_queue queue, cl_mem buffer, cl_bool blocking,
                                    cl_map_flags flags, size_t offset, size_t size, cl_uint waits,
                                    const cl_event *wait_list, cl_event *event, cl_int *code) {
    void *const mapped = below->clEnqueueMapBuffer(queue, buffer, blocking, flags, offset, size,
                                                   waits, wait_list, event, code);
    is_fresh = true;
    if (mapped != NULL && (flags & CL_MAP_READ) != 0) {
        if (!blocking)
            (void)below->clFinish(queue); /* there is no result before */
        note_result(buffer, mapped, size);
    }
    return mapped;
}

/* ---- Launches ---------------------------------------------------------- */

/* The place of the buffer that an argument is, or MOST. */
static size_t buffer_of(const argument *given) {
    cl_mem buffer = NULL;
    if (given->is_local || given->size != sizeof(cl_mem))
        return MOST;
    memcpy(&buffer, given->value, sizeof buffer);
    return buffer == NULL ? MOST : FIND(buffers, buffer);
}

static void note_content(cl_command_queue queue, size_t place) {
    char name[32];
    void *const bytes = malloc(sizes[place]);
    note("buffer %zu %zu\n", place, sizes[place]);
    snprintf(name, sizeof name, "content%u", file_count++);
    if (bytes != NULL &&
        below->clEnqueueReadBuffer(queue, buffers[place], CL_TRUE, 0, sizes[place], bytes, 0, NULL,
                                   NULL) == CL_SUCCESS &&
        record(name, bytes, sizes[place]))
        note("content %zu %s\n", place, name);
    free(bytes);
}

static void note_value(size_t index, const argument *given) {
    char hex[2 * sizeof given->value + 1] = "";
    for (size_t i = 0; i < given->size; i++)
        snprintf(hex + 2 * i, 3, "%02x", given->value[i]);
    note("argument %zu value %s\n", index, hex);
}

static void note_arguments(cl_command_queue queue, const argument *given) {
    for (size_t i = 0; i < MOST && given[i].size > 0; i++) {
        const size_t place = buffer_of(&given[i]);
        if (place < MOST && is_fresh)
            note_content(queue, place);
        if (place < MOST)
            note("argument %zu buffer %zu\n", i, place);
        else if (given[i].is_local)
            note("argument %zu local %zu\n", i, given[i].size);
        else
            note_value(i, &given[i]);
    }
    is_fresh = false;
}

static size_t at(const size_t *sizes_of, cl_uint dimensions, cl_uint i, size_t without) {
    return sizes_of == NULL || i >= dimensions ? without : sizes_of[i];
}

static cl_int CL_API_CALL launch(cl_command_queue queue, cl_kernel kernel, cl_uint dimensions,
                                 const size_t *offset, const size_t *global, const size_t *local,
                                 cl_uint waits, const cl_event *wait_list, cl_event *event) {
    const size_t place = FIND(kernels, kernel);
    if (place < MOST && getenv("MUTANT_RECORD") != NULL) {
        note_arguments(queue, arguments[place]);
        note("launch %u %zu %zu %zu %zu %zu %zu\n", dimensions, at(offset, dimensions, 0, 0),
             at(offset, dimensions, 1, 0), at(global, dimensions, 0, 1),
             at(global, dimensions, 1, 1), at(local, dimensions, 0, local == NULL ? 0 : 1),
             at(local, dimensions, 1, local == NULL ? 0 : 1));
    }
    has_launched = has_launched || place < MOST;
    return below->clEnqueueNDRangeKernel(queue, kernel, dimensions, offset, global, local, waits,
                                         wait_list, event);
}

/* ---- The layer's table ------------------------------------------------- */

static void layer_begin(void) {
    table.clCreateProgramWithSource = create_program;
    table.clBuildProgram = build_program;
    table.clReleaseProgram = release_program;
    table.clCreateKernel = create_kernel;
    table.clReleaseKernel = release_kernel;
    table.clSetKernelArg = set_argument;
    table.clCreateBuffer = create_buffer;
    table.clReleaseMemObject = release_buffer;
    table.clEnqueueReadBuffer = read_buffer;
    table.clEnqueueWriteBuffer = write_buffer;
    table.clEnqueueMapBuffer = map_buffer;
    table.clEnqueueNDRangeKernel = launch;
    note("loaded\n");
}
