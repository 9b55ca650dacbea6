#include "backends/opencl/programs/program_cache.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/opencl/drivers/steering_hash.h"
#include "base/clock.h"
#include "os/isa.h"
#include "os/store.h"

#define SCHEMA "gpufare.programs/1"
#define KIND   "programs"
/* What takes less is compiled each time. */
#define SHORTEST_BUILD_NS UINT64_C(50000000)

static uint64_t now_ns(void) {
    const gf_clock clock = gf_clock_monotonic();
    return gf_clock_now(&clock);
}

/* ---- Keys --------------------------------------------------------------- */

/* With the closing zero, so that pieces can't run into one another. */
static void put(FILE *stream, const char *text) {
    fwrite(text, 1, strlen(text) + 1, stream);
}

/* A home folder may be shared by machines whose devices have one name. */
static void put_machine(FILE *stream) {
    char brand[49] = "";
    (void)gf_isa_brand(brand);
    put(stream, brand);
    fprintf(stream, "isa %x; variables %016" PRIx64 "\n", (unsigned)gf_isa_detect(),
            gf_hash_steering());
}

static void put_device(FILE *stream, const gf_cl_device *device) {
    put(stream, device->name);
    put(stream, device->platform_name);
    put(stream, device->driver);
    put(stream, device->simd);
}

/* Of words in comments, too, before which a '#' stands; then nothing is lost but time. */
static bool has_include(const char *text) {
    for (const char *at = text; (at = strstr(at, "include")) != NULL; at++) {
        const char *before = at;
        while (before > text && (before[-1] == ' ' || before[-1] == '\t'))
            before--;
        if (before > text && before[-1] == '#')
            return true;
    }
    return false;
}

static bool includes_files(const gf_program_text *text) {
    for (cl_uint i = 0; i < text->count; i++) {
        if (has_include(text->texts[i]))
            return true;
    }
    return false;
}

gf_program_key gf_program_key_make(const gf_cl_device *device, const gf_program_text *text) {
    gf_program_key key = {.bytes = NULL};
    FILE *stream = includes_files(text) ? NULL : open_memstream(&key.bytes, &key.length);
    if (stream == NULL)
        return (gf_program_key){.bytes = NULL};
    put_device(stream, device);
    put_machine(stream);
    put(stream, text->options);
    put(stream, text->signature);
    for (cl_uint i = 0; i < text->count; i++)
        put(stream, text->texts[i]);
    const bool bad = ferror(stream) != 0;
    if (fclose(stream) != 0 || bad) {
        free(key.bytes);
        key.bytes = NULL;
    }
    return key;
}

/* ---- Whether it pays ---------------------------------------------------- */

typedef enum verdict { UNKNOWN, PAYS, PAYS_NOT } verdict;

static uint64_t hash_of(const gf_cl_device *device) {
    uint64_t hash = gf_hash_text(GF_HASH_START, device->name);
    hash = gf_hash_text(hash, device->platform_name);
    return gf_hash_text(hash, device->driver);
}

static json_t *make_verdict(const gf_cl_device *device, bool pays) {
    return json_pack("{s:s, s:s, s:s, s:s, s:b}", "schema", SCHEMA, "device", device->name,
                     "platform", device->platform_name, "driver", device->driver, "pays", pays);
}

static verdict read_verdict(const gf_cl_device *device) {
    json_t *found = gf_store_read(KIND, hash_of(device));
    const bool pays = json_is_true(json_object_get(found, "pays"));
    json_t *expected = make_verdict(device, pays);
    const bool good = found != NULL && json_equal(found, expected);
    json_decref(found);
    json_decref(expected);
    return !good ? UNKNOWN : pays ? PAYS : PAYS_NOT;
}

static void write_verdict(const gf_cl_device *device, bool pays) {
    json_t *made = make_verdict(device, pays);
    if (made != NULL)
        (void)gf_store_write(KIND, hash_of(device), made);
    json_decref(made);
}

/* ---- Loading ------------------------------------------------------------ */

static void release(gf_loaded_program *loaded) {
    if (loaded->kernel != NULL)
        clReleaseKernel(loaded->kernel);
    if (loaded->program != NULL)
        clReleaseProgram(loaded->program);
    *loaded = (gf_loaded_program){.program = NULL};
}

/* All of it, or nothing. */
static gf_loaded_program load(const gf_cl_device *device, const gf_saved_program *saved,
                              const char *options, const char *name) {
    gf_loaded_program made = {.build_ns = saved->build_ns};
    const unsigned char *binary = saved->binary;
    cl_int state = CL_SUCCESS, code = CL_SUCCESS;
    made.program = clCreateProgramWithBinary(device->context, 1, &device->id, &saved->length,
                                             &binary, &state, &code);
    if (code == CL_SUCCESS && state == CL_SUCCESS)
        code = clBuildProgram(made.program, 1, &device->id, options, NULL, NULL);
    if (code == CL_SUCCESS && state == CL_SUCCESS)
        made.kernel = clCreateKernel(made.program, name, &code);
    if (code != CL_SUCCESS || state != CL_SUCCESS)
        release(&made);
    return made;
}

gf_loaded_program gf_program_load(const gf_cl_device *device, const gf_program_key *key,
                                  const char *options, const char *name) {
    gf_loaded_program made = {.program = NULL};
    int mark = -1;
    gf_saved_program saved =
        key->bytes != NULL ? gf_program_file_read(key) : (gf_saved_program){.binary = NULL};
    if (saved.binary != NULL && gf_program_file_enter(key, &mark)) {
        const uint64_t start = now_ns();
        made = load(device, &saved, options, name);
        gf_program_file_leave(key, mark);
        const bool slow = made.program != NULL && now_ns() - start > saved.build_ns;
        if (slow)
            write_verdict(device, false);
        if (slow || made.program == NULL)
            gf_program_file_remove(key);
    }
    free(saved.binary);
    return made;
}

/* ---- Saving ------------------------------------------------------------- */

/* The program's only binary, of its only device. */
static gf_saved_program get_binary(cl_program program, uint64_t build_ns) {
    gf_saved_program got = {.build_ns = build_ns};
    if (clGetProgramInfo(program, CL_PROGRAM_BINARY_SIZES, sizeof got.length, &got.length, NULL) !=
            CL_SUCCESS ||
        got.length == 0 || got.length > GF_PROGRAM_FILE_LIMIT)
        return got;
    got.binary = malloc(got.length);
    if (got.binary != NULL && clGetProgramInfo(program, CL_PROGRAM_BINARIES, sizeof got.binary,
                                               &got.binary, NULL) != CL_SUCCESS) {
        free(got.binary);
        got.binary = NULL;
    }
    return got;
}

static void save(const gf_cl_device *device, const gf_program_key *key, cl_program program,
                 uint64_t build_ns, verdict known) {
    const uint64_t start = now_ns();
    gf_saved_program saved = get_binary(program, build_ns);
    const bool pays = saved.binary != NULL && now_ns() - start <= build_ns / 2;
    if (pays)
        (void)gf_program_file_write(key, &saved);
    if (!pays || known == UNKNOWN)
        write_verdict(device, pays);
    free(saved.binary);
}

void gf_program_save(const gf_cl_device *device, const gf_program_key *key, cl_program program,
                     uint64_t build_ns, bool repeated) {
    if (key->bytes == NULL || build_ns < SHORTEST_BUILD_NS)
        return;
    const verdict known = read_verdict(device);
    if (known == PAYS || (known == UNKNOWN && repeated))
        save(device, key, program, build_ns, known);
}
