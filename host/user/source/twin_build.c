#define _GNU_SOURCE 1 /* mkostemps */

#include "user/source/twin_build.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "os/isa.h"
#include "os/limits/harm.h"
#include "os/store.h"
#include "user/source/compiler.h"

#define PATH_SIZE GF_STORE_PATH_SIZE
/* No contraction: a kernel that is compared by a few ULP may still fuse. Hidden, because functions
 * that another library could replace are neither put into their callers nor made for constant
 * arguments. */
#define FLAGS "-O3 -march=native -ffp-contract=off -fPIC -shared -fvisibility=hidden"
/* What the entry passes must be what the function takes. */
#define STRICT_FLAGS "-Werror=incompatible-pointer-types -Werror=implicit-function-declaration"
#define WRAP_FLAGS   "-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=aligned_alloc"

/* ---- The text that is compiled ----------------------------------------- */

/* The type that a pointer to such elements has in C; NULL: several do, so that none is asked for.
 */
static const char *c_type(const gf_manifest_buffer *buffer) {
    static const char *const names[GF_TYPE_COUNT] = {
        [GF_TYPE_U16] = "unsigned short", [GF_TYPE_I16] = "short",
        [GF_TYPE_U32] = "unsigned int",   [GF_TYPE_I32] = "int",
        [GF_TYPE_F32] = "float",          [GF_TYPE_F64] = "double",
    };
    return buffer->components == 1 ? names[buffer->type] : NULL;
}

static void add_argument(const gf_manifest *manifest, uint32_t index, gf_text *text) {
    const gf_argument *argument = &manifest->twin.arguments.items[index];
    const char *comma = index == 0 ? "" : ", ";
    switch (argument->kind) {
    case GF_ARGUMENT_BEGIN:
    case GF_ARGUMENT_END:
        gf_text_add(text, "%s%s", comma, argument->kind == GF_ARGUMENT_BEGIN ? "begin" : "end");
        break;
    case GF_ARGUMENT_BUFFER: {
        const char *type = c_type(&manifest->buffers[argument->buffer]);
        if (type != NULL)
            gf_text_add(text, "%s(%s *)buffers[%u]", comma, type, index);
        else
            gf_text_add(text, "%sbuffers[%u]", comma, index);
        break;
    }
    case GF_ARGUMENT_SCALAR:
        gf_text_add(text, "%svalues[%u].%s", comma, index,
                    argument->type == GF_TYPE_F64   ? "f64"
                    : argument->type == GF_TYPE_I64 ? "i64"
                                                    : "u64");
        break;
    case GF_ARGUMENT_LOCAL:
        break; /* kernels only */
    }
}

gf_status gf_twin_write_entry(const gf_manifest *manifest, const char *key, char *buffer,
                              size_t size, gf_error *error) {
    gf_text text = gf_text_in(buffer, size);
    const char *slash = strrchr(manifest->path, '/');
    gf_text_add(&text,
                "\n#line %u \"%s\"\n"
                "union gf_twin_value { __UINT64_TYPE__ u64; __INT64_TYPE__ i64; double f64; };\n"
                "#line %u\n"
                "__attribute__((visibility(\"default\"))) const char gf_twin_key[] = \"%s\";\n"
                "#line %u\n"
                "__attribute__((visibility(\"default\"))) "
                "void gf_twin_entry(__SIZE_TYPE__ begin, __SIZE_TYPE__ end, void *const *buffers, "
                "const union gf_twin_value *values) { "
                "(void)begin; (void)end; (void)buffers; (void)values; %s(",
                manifest->twin.line, slash == NULL ? manifest->path : slash + 1,
                manifest->twin.line, key, manifest->twin.line, manifest->twin.function);
    for (uint32_t i = 0; i < manifest->twin.arguments.count; i++)
        add_argument(manifest, i, &text);
    gf_text_add(&text, "); }\n");
    return text.cut ? gf_error_set(error, GF_USAGE, "%s: the twin has too many arguments",
                                   manifest->path)
                    : GF_OK;
}

/* Requests for memory of the user's text come here, so that it is known when one was refused, which
 * few programs expect. Weak: a linker without --wrap leaves them unused. */
static const char memory_text[] =
    "__attribute__((visibility(\"default\"))) void (*gf_twin_refused)(__SIZE_TYPE__);\n"
    "static void *gf_twin_got(void *gf_p, __SIZE_TYPE__ gf_n) {\n"
    "    if (!gf_p && gf_n && gf_twin_refused) gf_twin_refused(gf_n);\n"
    "    return gf_p;\n}\n"
    "extern __attribute__((weak)) void *__real_malloc(__SIZE_TYPE__);\n"
    "extern __attribute__((weak)) void *__real_calloc(__SIZE_TYPE__, __SIZE_TYPE__);\n"
    "extern __attribute__((weak)) void *__real_realloc(void *, __SIZE_TYPE__);\n"
    "extern __attribute__((weak)) void *__real_aligned_alloc(__SIZE_TYPE__, __SIZE_TYPE__);\n"
    "void *__wrap_malloc(__SIZE_TYPE__ gf_n) { return gf_twin_got(__real_malloc(gf_n), gf_n); }\n"
    "void *__wrap_calloc(__SIZE_TYPE__ gf_c, __SIZE_TYPE__ gf_n) {\n"
    "    return gf_twin_got(__real_calloc(gf_c, gf_n), gf_c * gf_n); }\n"
    "void *__wrap_realloc(void *gf_q, __SIZE_TYPE__ gf_n) {\n"
    "    return gf_twin_got(__real_realloc(gf_q, gf_n), gf_n); }\n"
    "void *__wrap_aligned_alloc(__SIZE_TYPE__ gf_a, __SIZE_TYPE__ gf_n) {\n"
    "    return gf_twin_got(__real_aligned_alloc(gf_a, gf_n), gf_n); }\n";

/* ---- Files ------------------------------------------------------------- */

static bool write_all(int descriptor, const char *bytes, size_t count) {
    while (count > 0) {
        const ssize_t written = write(descriptor, bytes, count);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        bytes += written;
        count -= (size_t)written;
    }
    return true;
}

static gf_status write_source(const char *path_start, const gf_source_text *source,
                              const char *entry, char *path, size_t size, gf_error *error) {
    snprintf(path, size, "%s.XXXXXX.c", path_start);
    const int descriptor = mkostemps(path, 2, O_CLOEXEC);
    if (descriptor < 0)
        return gf_error_set_errno(error, GF_FAILED, errno, "cannot make %s for the twin", path);
    const bool good = write_all(descriptor, source->text, source->length) &&
                      write_all(descriptor, entry, strlen(entry)) &&
                      write_all(descriptor, memory_text, sizeof memory_text - 1);
    const int code = errno;
    if (close(descriptor) == 0 && good)
        return GF_OK;
    (void)unlink(path);
    return gf_error_set_errno(error, GF_FAILED, code, "cannot write %s for the twin", path);
}

/* A library of somebody else is not loaded. */
static bool is_own_file(const char *path) {
    struct stat info;
    return stat(path, &info) == 0 && S_ISREG(info.st_mode) && info.st_uid == geteuid();
}

/* ---- Loading ----------------------------------------------------------- */

/* A symbol as a function: C has no conversion from void *. */
static gf_twin_entry entry_of(void *library) {
    gf_twin_entry entry = NULL;
    void *symbol = dlsym(library, "gf_twin_entry");
    memcpy(&entry, &symbol, sizeof entry);
    return entry;
}

/* The library stays loaded as long as the process. */
static gf_status load(const gf_manifest *manifest, const char *path, const char *key, gf_twin *twin,
                      gf_error *error) {
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        const char *reason = dlerror();
        return gf_error_set(error, GF_FAILED, "the twin %s can't be loaded: %s",
                            manifest->twin.function, reason == NULL ? "no reason" : reason);
    }
    const char *its_key = dlsym(library, "gf_twin_key");
    void (**refused)(size_t) = dlsym(library, "gf_twin_refused");
    if (refused != NULL)
        *refused = gf_harm_note_refused;
    twin->entry = entry_of(library);
    if (its_key != NULL && strcmp(its_key, key) == 0 && twin->entry != NULL)
        return GF_OK;
    twin->entry = NULL;
    dlclose(library);
    return gf_error_set(error, GF_FAILED, "the saved twin is another one");
}

/* ---- Building ---------------------------------------------------------- */

/* All that the compiled twin depends on. */
static void write_key(const gf_manifest *manifest, const gf_source_text *source,
                      const gf_compiler *compiler, char *key, size_t size) {
    char brand[49] = "";
    (void)gf_isa_brand(brand);
    uint64_t hash = gf_hash_bytes(GF_HASH_START, source->text, source->length);
    hash = gf_hash_text(hash, compiler->command);
    hash = gf_hash_text(hash, compiler->identity);
    hash = gf_hash_text(hash, manifest->twin.flags);
    hash = gf_hash_text(hash, brand);
    char entry[GF_TWIN_ENTRY];
    gf_error ignored = GF_ERROR_INIT;
    (void)gf_twin_write_entry(manifest, "", entry, sizeof entry, &ignored);
    gf_error_clear(&ignored);
    hash = gf_hash_text(hash, entry);
    snprintf(key, size, "gpufare.twin/2 %016" PRIx64 " %zu %.48s", hash, source->length,
             manifest->twin.function);
}

static gf_status compile(const gf_manifest *manifest, const gf_source_text *source,
                         const gf_compiler *compiler, const char *key, const char *path,
                         gf_error *error) {
    char entry[GF_TWIN_ENTRY], c_file[PATH_SIZE + 16], made[PATH_SIZE + 32], folder[PATH_SIZE + 4];
    gf_status status = gf_twin_write_entry(manifest, key, entry, sizeof entry, error);
    if (status == GF_OK)
        status = write_source(path, source, entry, c_file, sizeof c_file, error);
    if (status != GF_OK)
        return status;
    snprintf(made, sizeof made, "%s.so", c_file);
    snprintf(folder, sizeof folder, "-I%s", manifest->directory);
    const char *const arguments[] = {folder, "-o", made, c_file, WRAP_FLAGS, "-lm", NULL};
    status = gf_compiler_run(compiler, FLAGS " " STRICT_FLAGS, manifest->twin.flags, arguments,
                             manifest->twin.file.name, error);
    (void)unlink(c_file);
    if (status == GF_OK && rename(made, path) != 0)
        status = gf_error_set_errno(error, GF_FAILED, errno, "cannot save the twin as %s", path);
    if (status != GF_OK)
        (void)unlink(made);
    return status;
}

static void write_note(const gf_manifest *manifest, const gf_compiler *compiler, bool saved,
                       gf_twin *twin) {
    const char *flags = manifest->twin.flags;
    snprintf(twin->note, sizeof twin->note, "%.60s " FLAGS "%s%.120s%s", compiler->command,
             flags[0] == '\0' ? "" : " ", flags, saved ? "; compiled before" : "");
}

/* ---- How long compiling took ------------------------------------------- */

#define STAMP "gpufare.twin/1"

static uint64_t now_ns(void) {
    const gf_clock clock = gf_clock_monotonic();
    return gf_clock_now(&clock);
}

/* Saved beside the library, for processes that find it there. */
static void save_time(uint64_t hash, const char *key, uint64_t ns) {
    json_t *stamp = json_pack("{s:s, s:s, s:I}", "schema", STAMP, "key", key, "compile_ns",
                              ns > INT64_MAX ? (json_int_t)INT64_MAX : (json_int_t)ns);
    if (stamp != NULL)
        (void)gf_store_write("twin", hash, stamp);
    json_decref(stamp);
}

static uint64_t saved_time(uint64_t hash, const char *key) {
    json_t *stamp = gf_store_read("twin", hash);
    const char *its_key = json_string_value(json_object_get(stamp, "key"));
    const json_int_t ns = json_integer_value(json_object_get(stamp, "compile_ns"));
    const bool good = its_key != NULL && strcmp(its_key, key) == 0 && ns > 0;
    json_decref(stamp);
    return good ? (uint64_t)ns : 0;
}

gf_status gf_twin_build(const gf_manifest *manifest, const gf_source_text *source, gf_twin *twin,
                        gf_error *error) {
    char path[PATH_SIZE], key[128];
    gf_compiler compiler;
    gf_compiler_find(&compiler);
    write_key(manifest, source, &compiler, key, sizeof key);
    const uint64_t hash = gf_hash_text(GF_HASH_START, key), start = now_ns();
    const bool kept = gf_store_file("twin", hash, ".so", path, sizeof path);
    if (!kept)
        return gf_error_set(error, GF_FAILED,
                            "there is no folder for the compiled twin; set HOME or XDG_CACHE_HOME "
                            "to one that can be written to");
    gf_error stale = GF_ERROR_INIT;
    bool saved = is_own_file(path) && load(manifest, path, key, twin, &stale) == GF_OK;
    gf_error_clear(&stale);
    gf_status status = GF_OK;
    if (!saved) {
        status = compile(manifest, source, &compiler, key, path, error);
        if (status == GF_OK)
            status = load(manifest, path, key, twin, error);
        twin->compile_ns = now_ns() - start;
        if (status == GF_OK)
            save_time(hash, key, twin->compile_ns);
    } else {
        twin->compile_ns = saved_time(hash, key);
    }
    twin->compiled = !saved;
    if (status == GF_OK)
        write_note(manifest, &compiler, saved, twin);
    return status;
}
