#include "backends/opencl/simulator/simulator.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/error.h"
#include "os/files/text_file.h"

#define MOST_LOG ((size_t)64 << 20)

/* ---- Finding and setting up -------------------------------------------- */

/* The variant of the library that ICD loaders take. Its own command goes round the loader. */
static const char *const places[] = {
    "/usr/lib/oclgrind/liboclgrind-rt-icd.so", "/usr/lib/*/oclgrind/liboclgrind-rt-icd.so",
    "/usr/lib*/liboclgrind-rt-icd.so",         "/usr/local/lib*/oclgrind/liboclgrind-rt-icd.so",
    "/usr/local/lib*/liboclgrind-rt-icd.so",   "/opt/oclgrind/lib*/liboclgrind-rt-icd.so",
};

static char *copy_path(const char *path, gf_error *error) {
    char *copy = strdup(path);
    if (copy == NULL)
        gf_error_no_memory(error, "a path", strlen(path));
    return copy;
}

char *gf_simulator_find(gf_error *error) {
    const char *chosen = getenv("GPUFARE_OCLGRIND");
    if (chosen != NULL && access(chosen, R_OK) == 0)
        return copy_path(chosen, error);
    if (chosen != NULL) {
        gf_error_set(error, GF_UNSUPPORTED,
                     "GPUFARE_OCLGRIND names no library of Oclgrind, '%s'; set it to the path of "
                     "liboclgrind-rt-icd.so, or unset it",
                     chosen);
        return NULL;
    }
    for (size_t i = 0; i < GF_COUNT_OF(places); i++) {
        glob_t found = {.gl_pathc = 0};
        char *path = NULL;
        if (glob(places[i], 0, NULL, &found) == 0 && found.gl_pathc > 0)
            path = copy_path(found.gl_pathv[0], error);
        globfree(&found);
        if (path != NULL || error->status != GF_OK)
            return path;
    }
    gf_error_set(error, GF_UNSUPPORTED,
                 "Oclgrind is not installed; install it (Debian, Ubuntu: apt install oclgrind)");
    return NULL;
}

/* An optimised kernel may have lost the faults of its source, and Oclgrind's shadow of an optimised
 * shuffle with undefined lanes is out of bounds. Kernels that find out facts are not the user's. */
bool gf_simulator_set_up(const char *log) {
    static const char *const settings[][2] = {
        {"OCLGRIND_DATA_RACES", "1"},
        {"OCLGRIND_UNINITIALIZED", "1"},
        {"OCLGRIND_BUILD_OPTIONS", "-cl-opt-disable"},
        {"OCLGRIND_MAX_ERRORS", "20000"},
        {"GPUFARE_FACTS", "0"},
    };
    bool good = setenv("OCLGRIND_LOG", log, 1) == 0;
    for (size_t i = 0; i < GF_COUNT_OF(settings); i++)
        good = good && setenv(settings[i][0], settings[i][1], 1) == 0;
    return good;
}

/* ---- Reading what it wrote --------------------------------------------- */

/* A report is a line without indentation and lines with it, one of which says where. */
static const struct {
    const char *begin, *kind;
} kinds[] = {
    {"Invalid read", "bounds"},
    {"Invalid write to read-only", "input"},
    {"Invalid write", "bounds"},
    {"Invalid", "memory"},
    {"Read-write data race", "race"},
    {"Write-write data race", "race"},
    {"Uninitialized", "uninitialised"},
    {"Work-group divergence", "barrier"},
    {"Work-item", "barrier"},
    {"Unaligned", "alignment"},
    {"Null", "bounds"},
    {"Index", "bounds"},
};

static bool begins_with(const char *text, const char *begin) {
    return strncmp(text, begin, strlen(begin)) == 0;
}

/* NULL: the line begins no report. */
static const char *kind_of(const char *line) {
    if (line[0] == '\0' || line[0] == '\t' || line[0] == ' ')
        return NULL;
    for (size_t i = 0; i < GF_COUNT_OF(kinds); i++) {
        if (begins_with(line, kinds[i].begin))
            return kinds[i].kind;
    }
    return "other";
}

/* "Invalid write of size 4 at global memory address 0x2000000000190": without the address, which
 * means nothing to the user. */
static void describe(const char *line, gf_flaw *finding) {
    const char *end = strstr(line, " address 0x");
    const int length = end == NULL ? (int)strcspn(line, "\n") : (int)(end - line);
    int size = 0, index = 0;
    char space[16] = "";
    if (sscanf(line, "Invalid read of size %d at %15s memory", &size, space) == 2)
        snprintf(finding->what, sizeof finding->what, "reads %d bytes outside of its %s memory",
                 size, space);
    else if (sscanf(line, "Invalid write of size %d at %15s memory", &size, space) == 2)
        snprintf(finding->what, sizeof finding->what, "writes %d bytes outside of its %s memory",
                 size, space);
    else if (begins_with(line, "Invalid write to read-only buffer"))
        snprintf(finding->what, sizeof finding->what,
                 "writes to a buffer that the manifest says it only reads");
    else if (sscanf(line, "Index (%d) exceeds static array size (%d)", &index, &size) == 2)
        snprintf(finding->what, sizeof finding->what, "uses an index beyond an array of %d", size);
    else if (strstr(line, "data race") != NULL)
        snprintf(finding->what, sizeof finding->what, "%s data race in %s memory",
                 begins_with(line, "Read") ? "read-write" : "write-write",
                 strstr(line, "local") != NULL ? "local" : "global");
    else
        snprintf(finding->what, sizeof finding->what, "%.*s", length < 180 ? length : 180, line);
}

typedef struct reader {
    const gf_flaw_sink *sink;
    gf_flaw finding; /* kind NULL: none is under way */
    uint32_t places; /* of work-items that are known: two of a race */
} reader;

static void take_place(reader *r, const char *line) {
    unsigned number = 0;
    char file[160];
    if (sscanf(line, " At line %u of %159[^\n]", &number, file) != 2 &&
        sscanf(line, " At line %u (column %*u) of %159[^\n]", &number, file) != 2)
        return;
    const size_t length = strlen(file);
    if (length > 0 && file[length - 1] == ':')
        file[length - 1] = '\0';
    if (r->places == 0) {
        memcpy(r->finding.file, file, sizeof file);
        r->finding.line = number;
    } else if (r->places == 1) {
        const size_t used = strlen(r->finding.what);
        snprintf(r->finding.what + used, sizeof r->finding.what - used, ", with %s:%u", file,
                 number);
    }
    r->places++;
}

/* A report names its kernel; other lines are about the simulator itself. */
static gf_status end_finding(reader *r, gf_error *error) {
    const gf_status status = r->finding.kind != NULL && r->finding.function[0] != '\0'
                                 ? r->sink->add(r->sink->context, &r->finding, error)
                                 : GF_OK;
    r->finding = (gf_flaw){.kind = NULL, .count = 1};
    r->places = 0;
    return status;
}

static gf_status take_line(reader *r, const char *line, gf_error *error) {
    const char *kind = kind_of(line);
    if (kind != NULL) {
        const gf_status status = end_finding(r, error);
        if (status != GF_OK)
            return status;
        r->finding.kind = kind;
        describe(line, &r->finding);
    } else if (r->finding.kind != NULL && line[0] == '\t') {
        (void)sscanf(line, " Kernel: %63s", r->finding.function);
    }
    if (r->finding.kind != NULL)
        take_place(r, line);
    return GF_OK;
}

gf_status gf_simulator_read(const char *log, const gf_flaw_sink *sink, gf_error *error) {
    char *text = NULL;
    size_t length = 0;
    gf_error missing = GF_ERROR_INIT;
    if (gf_text_file_read(log, MOST_LOG, &text, &length, &missing) != GF_OK) {
        gf_error_clear(&missing);
        return GF_OK;
    }
    reader r = {.sink = sink, .finding = {.count = 1}};
    gf_status status = GF_OK;
    char *rest = text;
    for (char *line; status == GF_OK && (line = strsep(&rest, "\n")) != NULL;)
        status = take_line(&r, line, error);
    if (status == GF_OK)
        status = end_finding(&r, error);
    free(text);
    return status;
}
