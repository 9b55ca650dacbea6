#include "trace/program_rows.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/error.h"
#include "trace/program_ledger.h"

#define COPIES_HOST (UINT64_C(1) << 5) /* CL_MEM_COPY_HOST_PTR */

uint64_t gf_traced_run_ns(const gf_traced_command *command) {
    return command->is_placed ? command->end_ns - command->begin_ns : 0;
}

static uint64_t add_capped(uint64_t a, uint64_t b) {
    uint64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

static uint64_t multiply_capped(uint64_t a, uint64_t b) {
    uint64_t product;
    return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

/* ---- Kernels ----------------------------------------------------------- */

typedef struct launch {
    const char *name;
    const gf_traced_command *command;
    uint64_t multiple;
    bool compiles;
    const gf_traced_arguments *arguments; /* NULL: not known */
} launch;

static int by_name(const void *left, const void *right) {
    const launch *a = left, *b = right;
    const int order = strcmp(a->name, b->name);
    const uint64_t one = gf_traced_run_ns(a->command), other = gf_traced_run_ns(b->command);
    return order != 0 ? order : one < other ? -1 : one > other;
}

static int by_gap(const void *left, const void *right) {
    const launch *a = left, *b = right;
    return a->command->gap_ns < b->command->gap_ns ? -1 : a->command->gap_ns > b->command->gap_ns;
}

static int by_run(const void *left, const void *right) {
    const gf_kernel_row *a = left, *b = right;
    return a->run_ns > b->run_ns ? -1 : a->run_ns < b->run_ns;
}

static uint64_t items_of(const gf_trace_command *record) {
    uint64_t items = 1;
    for (int i = 0; i < 3; i++)
        items = multiply_capped(items, record->global[i] == 0 ? 1 : record->global[i]);
    return items;
}

/* Work-items run in groups of the preferred multiple; lanes behind the last item of a work-group
 * have nothing to do. */
static void add_lanes(gf_kernel_row *row, const launch *one) {
    const gf_trace_command *record = &one->command->record;
    uint64_t local = 1;
    for (int i = 0; i < 3; i++)
        local = multiply_capped(local, record->local[i]);
    if (local == 0 || one->multiple < 2 || local % one->multiple == 0 || local > 1000000)
        return;
    const uint64_t lanes = (local / one->multiple + 1) * one->multiple;
    const double idle = 1 - (double)local / (double)lanes;
    row->idle_ns += (uint64_t)(idle * (double)gf_traced_run_ns(one->command));
    row->local = local;
    row->multiple = one->multiple;
}

static void add_touched(gf_kernel_row *row, const gf_traced_arguments *arguments) {
    row->unknown += arguments == NULL || arguments->record.unknown != 0;
    if (arguments == NULL)
        return;
    row->all_touch_bytes = add_capped(row->all_touch_bytes, arguments->bytes);
    if (arguments->bytes > row->touch_bytes)
        row->touch_bytes = arguments->bytes;
}

static void add_launch(gf_kernel_row *row, const launch *one) {
    row->launches++;
    row->items = add_capped(row->items, items_of(&one->command->record));
    row->run_ns += gf_traced_run_ns(one->command);
    row->timed += one->command->is_placed;
    if (!one->compiles)
        row->gap_ns = add_capped(row->gap_ns, one->command->gap_ns);
    add_lanes(row, one);
    add_touched(row, one->arguments);
}

/* Of launches of one name, sorted by their run. */
static gf_kernel_row make_row(launch *launches, size_t count) {
    gf_kernel_row row = {.name = launches[0].name};
    for (size_t i = 0; i < count; i++)
        add_launch(&row, &launches[i]);
    row.median_ns = gf_traced_run_ns(launches[count / 2].command);
    qsort(launches, count, sizeof *launches, by_gap);
    row.median_gap_ns = launches[count / 2].command->gap_ns;
    return row;
}

static gf_status make_kernel_rows(launch *launches, size_t count, gf_program_rows *rows,
                                  gf_error *error) {
    if (count > 1)
        qsort(launches, count, sizeof *launches, by_name);
    for (size_t at = 0, end; at < count; at = end) {
        for (end = at; end < count && strcmp(launches[end].name, launches[at].name) == 0;)
            end++;
        if (gf_array_grow(&rows->kernels, rows->kernel_count, sizeof *rows->kernels, error) !=
            GF_OK)
            return GF_FAILED;
        rows->kernels[rows->kernel_count++] = make_row(launches + at, end - at);
    }
    if (rows->kernel_count > 1)
        qsort(rows->kernels, rows->kernel_count, sizeof *rows->kernels, by_run);
    return GF_OK;
}

static gf_status add_kernels(const gf_trace *trace, uint32_t process, gf_program_rows *rows,
                             gf_error *error) {
    launch *launches = NULL;
    size_t count = 0;
    gf_status status = GF_OK;
    for (size_t i = 0; i < trace->command_count && status == GF_OK; i++) {
        const gf_traced_command *command = &trace->commands[i];
        if (command->process != process || !gf_traced_is_kernel(command) ||
            command->record.status != 0)
            continue;
        status = gf_array_grow(&launches, count, sizeof *launches, error);
        if (status != GF_OK)
            break;
        const bool known =
            command->object != GF_NONE && command->record.kind == GF_TRACE_LAUNCH_KERNEL;
        launches[count++] =
            (launch){.name = known ? trace->kernels[command->object].name : "(native or unknown)",
                     .command = command,
                     .compiles = gf_trace_compiles(trace, i),
                     .arguments = gf_traced_arguments_of(trace, command),
                     .multiple = known ? trace->kernels[command->object].record.multiple : 0};
    }
    rows->launches = count;
    if (status == GF_OK)
        status = make_kernel_rows(launches, count, rows, error);
    free(launches);
    return status;
}

/* ---- Buffers ----------------------------------------------------------- */

static void add_same(gf_memory_row *row, const gf_trace_command *record, uint64_t run_ns) {
    if ((record->flags & GF_TRACE_SAME) == 0)
        return;
    if ((record->flags & GF_TRACE_TOUCHED) != 0) {
        row->perhaps++;
        row->perhaps_ns += run_ns;
        return;
    }
    row->same++;
    row->same_bytes = add_capped(row->same_bytes, record->bytes);
    row->same_ns += run_ns;
}

static void add_transfer(gf_memory_row *row, const gf_traced_command *command) {
    const gf_trace_command *record = &command->record;
    const uint64_t run_ns = gf_traced_run_ns(command);
    const bool up = record->kind == GF_TRACE_WRITE;
    uint64_t *bytes = up ? &row->up_bytes : &row->down_bytes;
    *bytes = add_capped(*bytes, record->bytes);
    (up ? (row->ups++, row->up_ns += run_ns) : (row->downs++, row->down_ns += run_ns));
    if (up)
        add_same(row, record, run_ns);
}

static void add_sums(gf_program_rows *rows, const gf_trace_command *record) {
    const bool up = record->kind == GF_TRACE_WRITE;
    uint64_t *bytes = up ? &rows->up_bytes : &rows->down_bytes;
    *bytes = add_capped(*bytes, record->bytes);
    *(up ? &rows->ups : &rows->downs) += 1;
}

static int by_bytes(const void *left, const void *right) {
    const gf_memory_row *a = left, *b = right;
    const uint64_t one = add_capped(a->up_bytes, a->down_bytes);
    const uint64_t other = add_capped(b->up_bytes, b->down_bytes);
    return one > other ? -1 : one < other;
}

static void add_users(const gf_traced_arguments *arguments, gf_program_rows *rows) {
    for (uint32_t i = 0; arguments != NULL && i < arguments->count; i++)
        rows->memories[arguments->memory[i]].launches++;
}

/* Rows stand at the index of their memory until those without transfers are left out. */
static void drop_unmoved(gf_program_rows *rows, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (rows->memories[i].ups + rows->memories[i].downs > 0)
            rows->memories[rows->memory_count++] = rows->memories[i];
    }
    if (rows->memory_count > 1)
        qsort(rows->memories, rows->memory_count, sizeof *rows->memories, by_bytes);
}

static void begin_row(gf_program_rows *rows, const gf_traced_memory *memory, uint32_t process,
                      gf_memory_row *row) {
    *row = (gf_memory_row){.number = memory->record.id,
                           .bytes = memory->record.bytes,
                           .kind = (gf_trace_memory_kind)memory->record.kind};
    if (memory->process != process)
        return;
    if (memory->record.kind != GF_TRACE_SUB_BUFFER)
        rows->alloc_bytes = add_capped(rows->alloc_bytes, memory->record.bytes);
    if ((memory->record.flags & COPIES_HOST) != 0)
        rows->host_copies_bytes = add_capped(rows->host_copies_bytes, memory->record.bytes);
}

static gf_status add_memories(const gf_trace *trace, uint32_t process, gf_program_rows *rows,
                              gf_error *error) {
    rows->memories = calloc(trace->memory_count + 1, sizeof *rows->memories);
    if (rows->memories == NULL)
        return gf_error_no_memory(error, "a trace", trace->memory_count * sizeof *rows->memories);
    for (size_t i = 0; i < trace->memory_count; i++)
        begin_row(rows, &trace->memories[i], process, &rows->memories[i]);
    for (size_t i = 0; i < trace->command_count; i++) {
        const gf_traced_command *command = &trace->commands[i];
        if (command->process != process || command->record.status != 0)
            continue;
        add_users(gf_traced_arguments_of(trace, command), rows);
        if (!gf_traced_is_transfer(command))
            continue;
        add_sums(rows, &command->record);
        if (command->object != GF_NONE)
            add_transfer(&rows->memories[command->object], command);
    }
    drop_unmoved(rows, trace->memory_count);
    return GF_OK;
}

/* ---- The most memory at a time ----------------------------------------- */

typedef struct memory_step {
    uint64_t time_ns, bytes;
    bool frees;
} memory_step;

/* Of one moment what is freed comes first. */
static int by_step(const void *left, const void *right) {
    const memory_step *a = left, *b = right;
    if (a->time_ns != b->time_ns)
        return a->time_ns < b->time_ns ? -1 : 1;
    return (int)b->frees - (int)a->frees;
}

/* Of a sub-buffer the bytes are those of its buffer. */
static bool has_bytes(const gf_traced_memory *memory, uint32_t process) {
    return memory->process == process && memory->record.kind != GF_TRACE_SUB_BUFFER;
}

static size_t list_memory_steps(const gf_trace *trace, uint32_t process, memory_step *steps) {
    size_t count = 0;
    for (size_t i = 0; i < trace->memory_count; i++) {
        const gf_trace_memory *record = &trace->memories[i].record;
        if (has_bytes(&trace->memories[i], process))
            steps[count++] = (memory_step){record->end_ns, record->bytes, false};
    }
    for (size_t i = 0; i < trace->call_count; i++) {
        const gf_traced_call *call = &trace->calls[i];
        if (call->process != process || call->record.kind != GF_TRACE_CALL_FREE)
            continue;
        const uint32_t memory = gf_traced_find_memory(trace, process, call->record.object);
        if (memory != GF_NONE && has_bytes(&trace->memories[memory], process))
            steps[count++] =
                (memory_step){call->record.end_ns, trace->memories[memory].record.bytes, true};
    }
    if (count > 1)
        qsort(steps, count, sizeof *steps, by_step);
    return count;
}

static gf_status find_peak(const gf_trace *trace, uint32_t process, gf_program_rows *rows,
                           gf_error *error) {
    const size_t most = trace->memory_count + trace->call_count;
    memory_step *steps = calloc(most + 1, sizeof *steps);
    if (steps == NULL)
        return gf_error_no_memory(error, "a trace", most * sizeof *steps);
    const size_t count = list_memory_steps(trace, process, steps);
    uint64_t held = 0;
    for (size_t i = 0; i < count; i++) {
        const uint64_t bytes = steps[i].bytes;
        held = !steps[i].frees ? add_capped(held, bytes) : held > bytes ? held - bytes : 0;
        rows->peak_bytes = held > rows->peak_bytes ? held : rows->peak_bytes;
    }
    free(steps);
    return GF_OK;
}

/* ---- All --------------------------------------------------------------- */

static uint64_t count_builds(const gf_trace *trace, uint32_t process) {
    uint64_t count = 0;
    for (size_t i = 0; i < trace->call_count; i++)
        count += trace->calls[i].process == process &&
                 trace->calls[i].record.kind == GF_TRACE_CALL_BUILD;
    return count;
}

gf_status gf_program_rows_make(const gf_trace *trace, uint32_t process, gf_program_rows *rows,
                               gf_error *error) {
    *rows = (gf_program_rows){.builds = count_builds(trace, process)};
    gf_status status = add_kernels(trace, process, rows, error);
    if (status == GF_OK)
        status = add_memories(trace, process, rows, error);
    return status == GF_OK ? find_peak(trace, process, rows, error) : status;
}

void gf_program_rows_clear(gf_program_rows *rows) {
    free(rows->kernels);
    free(rows->memories);
    *rows = (gf_program_rows){0};
}
