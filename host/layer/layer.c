#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1 /* dladdr, RTLD_NODELETE */
#endif
#include "layer/layer.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "layer/layer_info.h"
#include "layer/objects.h"
#include "layer/pending.h"
#include "layer/watch/contexts.h"
#include "layer/watch/memory.h"
#include "layer/watch/programs.h"
#include "layer/watch/transfers.h"
#include "layer/writer.h"

#define LAYER_NAME  "gpufare trace"
#define ENTRY_COUNT (sizeof(cl_icd_dispatch) / sizeof(void *))
#define SETTLE_MOST UINT64_C(500000000) /* ns at the end of the process */

gf_loader gf_loaders[GF_LOADERS];
static cl_icd_dispatch tables[GF_LOADERS];
static cl_uint loader_count;
static pthread_mutex_t init_lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t unfinished;
static bool came_to_exit;

#define LOADER 0
#include "layer/stubs_template.h"
#define LOADER 1
#include "layer/stubs_template.h"
#define LOADER 2
#include "layer/stubs_template.h"

static void (*const fill_table[GF_LOADERS])(cl_icd_dispatch *table) = {fill_0, fill_1, fill_2};

/* ---- The end of the process -------------------------------------------- */

/* The last moment at which every driver answers. Later calls of the program, from destructors, are
 * still watched. */
static void on_exit_of_process(void) {
    if (!gf_writer_is_open())
        return;
    came_to_exit = true;
    unfinished = gf_pending_settle(SETTLE_MOST);
}

/* After the program's own handlers and destructors; no call of OpenCL is safe here. */
__attribute__((destructor)) static void on_unload(void) {
    gf_writer_close(
        (gf_trace_end){.time_ns = gf_now_ns(), .clean = came_to_exit, .unfinished = unfinished});
}

/* ---- Forks ------------------------------------------------------------- */

static void before_fork(void) {
    gf_objects_lock();
    gf_writer_lock();
}

static void after_fork(void) {
    gf_writer_unlock();
    gf_objects_unlock();
}

static void in_parent(void) {
    after_fork();
    const gf_trace_fork record = {.time_ns = gf_now_ns()};
    gf_writer_add(GF_TRACE_FORK, &record, sizeof record, NULL, 0);
}

/* Drivers have lost their threads: the child records nothing, and makes no call that is not the
 * program's. */
static void in_child(void) {
    after_fork();
    gf_writer_leave();
}

/* ---- The beginning ----------------------------------------------------- */

static size_t read_command_line(char *text, size_t size) {
    FILE *file = fopen("/proc/self/cmdline", "re");
    const size_t used = file == NULL ? 0 : fread(text, 1, size - 1, file);
    if (file != NULL)
        fclose(file);
    for (size_t i = 0; i + 1 < used; i++)
        text[i] = text[i] == '\0' ? ' ' : text[i];
    text[used] = '\0';
    return strlen(text);
}

static void begin_process(void) {
    static bool begun;
    char text[1024];
    if (begun)
        return;
    begun = true;
    gf_writer_open();
    const gf_trace_process record = {
        .pid = (uint64_t)getpid(), .parent = (uint64_t)getppid(), .start_ns = gf_now_ns()};
    const size_t length = read_command_line(text, sizeof text);
    gf_writer_add(GF_TRACE_PROCESS, &record, sizeof record, text, length);
    atexit(on_exit_of_process);
    pthread_atfork(before_fork, in_parent, in_child);
}

/* What a loader's table points to must stay when the program closes the loader: events are asked at
 * the end of the process. Returns the loader's file. */
static const char *pin_loader(const cl_icd_dispatch *target) {
    Dl_info found;
    void *function;
    memcpy(&function, &target->clGetPlatformIDs, sizeof function);
    if (dladdr(function, &found) == 0 || found.dli_fname == NULL)
        return "";
    dlopen(found.dli_fname, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
    return found.dli_fname;
}

static cl_int add_loader(cl_uint entries, const cl_icd_dispatch *target, cl_uint *entries_ret,
                         const cl_icd_dispatch **layer) {
    const char *file = pin_loader(target);
    gf_trace_loader record = {.index = loader_count, .entries = entries};
    record.refused = loader_count == GF_LOADERS;
    gf_writer_add(GF_TRACE_LOADER, &record, sizeof record, file, strnlen(file, 512));
    if (record.refused) /* the loader goes on without this layer */
        return CL_OUT_OF_RESOURCES;
    const cl_uint count = entries < ENTRY_COUNT ? entries : (cl_uint)ENTRY_COUNT;
    memcpy(&gf_loaders[loader_count].below, target, count * sizeof(void *));
    fill_table[loader_count](&tables[loader_count]);
    *entries_ret = count;
    *layer = &tables[loader_count];
    loader_count++;
    return CL_SUCCESS;
}

GF_EXPORT cl_int CL_API_CALL clInitLayer(cl_uint entries, const cl_icd_dispatch *target,
                                         cl_uint *entries_ret, const cl_icd_dispatch **layer) {
    if (target == NULL || entries_ret == NULL || layer == NULL || entries == 0)
        return CL_INVALID_VALUE;
    pthread_mutex_lock(&init_lock);
    begin_process();
    const cl_int code = add_loader(entries, target, entries_ret, layer);
    pthread_mutex_unlock(&init_lock);
    return code;
}

GF_EXPORT cl_int CL_API_CALL clInitLayerWithProperties(cl_uint entries,
                                                       const cl_icd_dispatch *target,
                                                       cl_uint *entries_ret,
                                                       const cl_icd_dispatch **layer,
                                                       const cl_uint *properties) {
    (void)properties;
    return clInitLayer(entries, target, entries_ret, layer);
}

/* The loader goes; the program's process may go on. */
GF_EXPORT cl_int CL_API_CALL clDeinitLayer(void) {
    return CL_SUCCESS;
}

GF_EXPORT cl_int CL_API_CALL clGetLayerInfo(cl_layer_info name, size_t size, void *value,
                                            size_t *size_ret) {
    return gf_answer_layer_info(LAYER_NAME, sizeof LAYER_NAME, name, size, value, size_ret);
}
