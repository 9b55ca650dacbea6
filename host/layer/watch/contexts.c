#include "layer/watch/contexts.h"

#include <string.h>

#include "layer/call.h"
#include "layer/device.h"
#include "layer/objects.h"
#include "layer/pending.h"
#include "layer/writer.h"

/* The program may pass NULL for the place of the code. */
static cl_int *place_of(cl_int *code, cl_int *own) {
    *own = CL_SUCCESS;
    return code == NULL ? own : code;
}

/* ---- Contexts ---------------------------------------------------------- */

cl_context gf_watch_clCreateContext(const gf_loader *to, const cl_context_properties *properties,
                                    cl_uint count, const cl_device_id *devices,
                                    gf_context_notify notify, void *data, cl_int *code) {
    cl_int own, *place = place_of(code, &own);
    gf_timed_call call = gf_call_begin(GF_TRACE_CALL_CONTEXT);
    const cl_context context =
        to->below.clCreateContext(properties, count, devices, notify, data, place);
    gf_call_end(&call, 0, *place);
    return context;
}

cl_context gf_watch_clCreateContextFromType(const gf_loader *to,
                                            const cl_context_properties *properties,
                                            cl_device_type type, gf_context_notify notify,
                                            void *data, cl_int *code) {
    cl_int own, *place = place_of(code, &own);
    gf_timed_call call = gf_call_begin(GF_TRACE_CALL_CONTEXT);
    const cl_context context =
        to->below.clCreateContextFromType(properties, type, notify, data, place);
    gf_call_end(&call, 0, *place);
    return context;
}

cl_int gf_watch_clReleaseContext(const gf_loader *to, cl_context context) {
    gf_pending_harvest(to, NULL);
    gf_timed_call call = gf_call_begin(GF_TRACE_CALL_CONTEXT);
    const cl_int code = to->below.clReleaseContext(context);
    gf_call_end(&call, 0, code);
    return code;
}

/* ---- Queues ------------------------------------------------------------ */

/* What a new queue was asked to be. */
typedef struct queue_override {
    cl_command_queue_properties asked;
    cl_queue_properties properties[GF_MOST_PROPERTIES];
    size_t count; /* with the zero that ends them; 0: no array */
    bool fits;    /* there is room for one more pair */
} queue_override;

static queue_override read_override(const cl_queue_properties *properties) {
    queue_override wish = {.fits = true};
    if (properties == NULL)
        return wish;
    size_t at = 0;
    for (; properties[at] != 0 && at + 5 <= GF_MOST_PROPERTIES; at += 2) {
        wish.properties[at] = properties[at];
        wish.properties[at + 1] = properties[at + 1];
        if (properties[at] == CL_QUEUE_PROPERTIES)
            wish.asked = (cl_command_queue_properties)properties[at + 1];
    }
    wish.fits = properties[at] == 0;
    wish.count = at + 1;
    return wish;
}

/* The same with profiling. */
static void add_profiling(const queue_override *wish,
                          cl_queue_properties added[GF_MOST_PROPERTIES]) {
    memcpy(added, wish->properties, sizeof wish->properties);
    size_t at = 0;
    while (added[at] != 0 && added[at] != CL_QUEUE_PROPERTIES)
        at += 2;
    added[at] = CL_QUEUE_PROPERTIES;
    added[at + 1] = (cl_queue_properties)(wish->asked | CL_QUEUE_PROFILING_ENABLE);
}

static void note_queue(const gf_loader *to, cl_command_queue queue, cl_device_id device,
                       const queue_override *wish, bool hidden) {
    const cl_command_queue_properties has =
        wish->asked | (hidden ? (cl_command_queue_properties)CL_QUEUE_PROFILING_ENABLE : 0);
    gf_trace_queue record = {.device = gf_device_note(to, device),
                             .asked = wish->asked,
                             .added = hidden ? CL_QUEUE_PROFILING_ENABLE : 0};
    gf_objects_lock();
    gf_object *object = gf_object_add(GF_OBJECT_QUEUE, queue);
    if (object != NULL) {
        gf_queue_facts *facts = &object->facts.queue;
        facts->asked = wish->asked;
        facts->hidden = hidden;
        facts->timed = (has & CL_QUEUE_PROFILING_ENABLE) != 0;
        facts->ordered = (has & CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE) == 0;
        memcpy(facts->properties, wish->properties, sizeof facts->properties);
        facts->property_count = wish->count;
        record.id = object->id;
    }
    gf_objects_unlock();
    if (record.id != 0)
        gf_writer_add(GF_TRACE_QUEUE, &record, sizeof record, NULL, 0);
}

/* Queues of a device's own have other rules. */
static bool may_add(const queue_override *wish) {
    return gf_writer_is_open() && wish->fits &&
           (wish->asked & (CL_QUEUE_PROFILING_ENABLE | CL_QUEUE_ON_DEVICE)) == 0;
}

cl_command_queue gf_watch_clCreateCommandQueue(const gf_loader *to, cl_context context,
                                               cl_device_id device,
                                               cl_command_queue_properties properties,
                                               cl_int *code) {
    cl_int own, *place = place_of(code, &own);
    const queue_override wish = {.asked = properties, .fits = true};
    gf_timed_call call = gf_call_begin(GF_TRACE_CALL_CONTEXT);
    cl_command_queue queue = NULL;
    bool hidden = may_add(&wish);
    if (hidden)
        queue = to->below.clCreateCommandQueue(context, device,
                                               properties | CL_QUEUE_PROFILING_ENABLE, place);
    hidden = hidden && queue != NULL;
    if (!hidden) /* a driver that refuses profiling must not refuse the program's queue */
        queue = to->below.clCreateCommandQueue(context, device, properties, place);
    gf_call_end(&call, 0, *place);
    if (queue != NULL)
        note_queue(to, queue, device, &wish, hidden);
    return queue;
}

cl_command_queue gf_watch_clCreateCommandQueueWithProperties(const gf_loader *to,
                                                             cl_context context,
                                                             cl_device_id device,
                                                             const cl_queue_properties *properties,
                                                             cl_int *code) {
    cl_int own, *place = place_of(code, &own);
    const queue_override wish = read_override(properties);
    gf_timed_call call = gf_call_begin(GF_TRACE_CALL_CONTEXT);
    cl_command_queue queue = NULL;
    bool hidden = may_add(&wish);
    if (hidden) {
        cl_queue_properties added[GF_MOST_PROPERTIES];
        add_profiling(&wish, added);
        queue = to->below.clCreateCommandQueueWithProperties(context, device, added, place);
    }
    hidden = hidden && queue != NULL;
    if (!hidden)
        queue = to->below.clCreateCommandQueueWithProperties(context, device, properties, place);
    gf_call_end(&call, 0, *place);
    if (queue != NULL)
        note_queue(to, queue, device, &wish, hidden);
    return queue;
}

cl_int gf_watch_clRetainCommandQueue(const gf_loader *to, cl_command_queue queue) {
    const cl_int code = to->below.clRetainCommandQueue(queue);
    if (code == CL_SUCCESS)
        gf_object_retain(GF_OBJECT_QUEUE, queue);
    return code;
}

cl_int gf_watch_clReleaseCommandQueue(const gf_loader *to, cl_command_queue queue) {
    gf_object gone;
    gf_pending_harvest(to, queue);
    if (gf_object_release(GF_OBJECT_QUEUE, queue, &gone))
        gf_pending_adopt(to, &gone.facts.queue);
    gf_timed_call call = gf_call_begin(GF_TRACE_CALL_CONTEXT);
    const cl_int code = to->below.clReleaseCommandQueue(queue);
    gf_call_end(&call, 0, code);
    return code;
}

/* ---- What the program must not see ------------------------------------- */

/* Answers a query as the standard says. */
static cl_int answer(const void *from, size_t needed, size_t size, void *value, size_t *size_ret) {
    if (value != NULL && size < needed)
        return CL_INVALID_VALUE;
    if (value != NULL && needed > 0)
        memcpy(value, from, needed);
    if (size_ret != NULL)
        *size_ret = needed;
    return CL_SUCCESS;
}

/* A copy of what is known of a queue; false: profiling was not added. */
static bool find_hidden(cl_command_queue queue, gf_queue_facts *facts) {
    gf_objects_lock();
    const gf_object *object = gf_object_find(GF_OBJECT_QUEUE, queue);
    const bool hidden = object != NULL && object->facts.queue.hidden;
    if (hidden)
        *facts = object->facts.queue;
    gf_objects_unlock();
    return hidden;
}

cl_int gf_watch_clGetCommandQueueInfo(const gf_loader *to, cl_command_queue queue,
                                      cl_command_queue_info name, size_t size, void *value,
                                      size_t *size_ret) {
    gf_queue_facts facts;
    const bool shows = name == CL_QUEUE_PROPERTIES || name == CL_QUEUE_PROPERTIES_ARRAY;
    if (!shows || !find_hidden(queue, &facts))
        return to->below.clGetCommandQueueInfo(queue, name, size, value, size_ret);
    /* A driver that does not know the query has its say. */
    const cl_int code = to->below.clGetCommandQueueInfo(queue, name, 0, NULL, NULL);
    if (code != CL_SUCCESS)
        return code;
    if (name == CL_QUEUE_PROPERTIES)
        return answer(&facts.asked, sizeof facts.asked, size, value, size_ret);
    return answer(facts.properties, facts.property_count * sizeof facts.properties[0], size, value,
                  size_ret);
}

cl_int gf_watch_clGetEventProfilingInfo(const gf_loader *to, cl_event event, cl_profiling_info name,
                                        size_t size, void *value, size_t *size_ret) {
    cl_command_queue queue = NULL;
    gf_queue_facts facts;
    if (to->below.clGetEventInfo(event, CL_EVENT_COMMAND_QUEUE, sizeof queue, &queue, NULL) ==
            CL_SUCCESS &&
        queue != NULL && find_hidden(queue, &facts))
        return CL_PROFILING_INFO_NOT_AVAILABLE;
    return to->below.clGetEventProfilingInfo(event, name, size, value, size_ret);
}

/* ---- Waits ------------------------------------------------------------- */

static uint64_t queue_number(cl_command_queue queue) {
    gf_objects_lock();
    const uint64_t id = gf_object_id(GF_OBJECT_QUEUE, queue);
    gf_objects_unlock();
    return id;
}

cl_int gf_watch_clFlush(const gf_loader *to, cl_command_queue queue) {
    gf_timed_call call = gf_call_begin(GF_TRACE_CALL_FLUSH);
    const cl_int code = to->below.clFlush(queue);
    gf_call_end(&call, queue_number(queue), code);
    return code;
}

cl_int gf_watch_clFinish(const gf_loader *to, cl_command_queue queue) {
    const uint64_t id = queue_number(queue);
    gf_timed_call call = gf_call_begin(GF_TRACE_CALL_WAIT);
    const cl_int code = to->below.clFinish(queue);
    gf_call_end(&call, id, code);
    gf_pending_harvest(to, queue);
    return code;
}

cl_int gf_watch_clWaitForEvents(const gf_loader *to, cl_uint count, const cl_event *events) {
    gf_timed_call call = gf_call_begin(GF_TRACE_CALL_WAIT);
    const cl_int code = to->below.clWaitForEvents(count, events);
    gf_call_end(&call, 0, code);
    gf_pending_harvest(to, NULL);
    return code;
}

/* ---- Functions that are asked for by name ------------------------------ */

/* They go past the layer. */
static void note_asked(const char *name, const void *function) {
    if (name == NULL)
        return;
    const gf_trace_asked record = {.answered = function != NULL};
    gf_writer_add(GF_TRACE_ASKED, &record, sizeof record, name, strnlen(name, 128));
}

void *gf_watch_clGetExtensionFunctionAddress(const gf_loader *to, const char *name) {
    void *function = to->below.clGetExtensionFunctionAddress(name);
    note_asked(name, function);
    return function;
}

void *gf_watch_clGetExtensionFunctionAddressForPlatform(const gf_loader *to,
                                                        cl_platform_id platform, const char *name) {
    void *function = to->below.clGetExtensionFunctionAddressForPlatform(platform, name);
    note_asked(name, function);
    return function;
}
