#define _GNU_SOURCE 1 /* asprintf, secure_getenv */

#include "backends/opencl/drivers/icd_find.h"
#include "base/array.h"
#include "base/error.h"
#include "os/files/regular_file.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define DEFAULT_DIRECTORY "/etc/OpenCL/vendors"

static const char *variable_value(const char *name) {
    const char *value = getenv(name);
    return value != NULL ? value : "";
}

const char *gf_icd_source_name(gf_icd_source source) {
    static const char *const names[] = {[GF_ICD_BY_DEFAULT] = "",
                                        [GF_ICD_BY_OCL_ICD_VENDORS] = "OCL_ICD_VENDORS",
                                        [GF_ICD_BY_OPENCL_VENDOR_PATH] = "OPENCL_VENDOR_PATH"};
    return names[source];
}

/* ---- The set ----------------------------------------------------------- */

static void driver_clear(gf_icd_driver *driver) {
    free(driver->path);
    free(driver->label);
    free(driver->library);
    *driver = (gf_icd_driver){0};
}

void gf_icd_set_clear(gf_icd_set *set) {
    for (size_t i = 0; i < set->count; i++)
        driver_clear(&set->drivers[i]);
    free(set->drivers);
    free(set->where);
    *set = (gf_icd_set){0};
}

/* Takes over the three texts, also when it fails. */
static gf_status append_driver(gf_icd_set *set, gf_icd_driver driver, gf_error *error) {
    gf_status status;
    if (driver.path == NULL || driver.label == NULL || driver.library == NULL)
        status = gf_error_no_memory(error, "the list of OpenCL drivers", sizeof driver);
    else
        status = gf_array_grow(&set->drivers, set->count, sizeof *set->drivers, error);
    if (status == GF_OK)
        set->drivers[set->count++] = driver;
    else
        driver_clear(&driver);
    return status;
}

/* A path is at most this long, whatever a file holds. */
#define LONGEST_LINE 65536

const char *gf_icd_read_problem(const gf_icd_driver *driver) {
    return driver->read_error == GF_IRREGULAR ? "it is no regular file"
           : driver->read_error != 0          ? strerror(driver->read_error)
                                              : "it names no library";
}

/* The first line without its newline, exactly as the loader reads it: a blank or a carriage return
 * at the end stays, and makes the loader's dlopen fail as well. */
static char *read_library_name(const char *path, int *read_error) {
    char *line = NULL;
    FILE *file = gf_regular_file_try(path, read_error);
    if (file == NULL || (line = malloc(LONGEST_LINE)) == NULL) {
        if (file != NULL)
            fclose(file);
        return file == NULL ? strdup("") : NULL;
    }
    errno = 0;
    if (fgets(line, LONGEST_LINE, file) == NULL) {
        *read_error = ferror(file) ? errno : 0;
        line[0] = '\0';
    }
    fclose(file);
    line[strcspn(line, "\n")] = '\0';
    return line;
}

static gf_status append_file(gf_icd_set *set, const char *path, gf_error *error) {
    const char *slash = strrchr(path, '/');
    gf_icd_driver driver = {.path = strdup(path),
                            .label = strdup(slash != NULL ? slash + 1 : path)};
    driver.library = read_library_name(path, &driver.read_error);
    return append_driver(set, driver, error);
}

static gf_status append_library(gf_icd_set *set, const char *library, gf_error *error) {
    const char *slash = strrchr(library, '/');
    gf_icd_driver driver = {.path = strdup(""),
                            .label = strdup(slash != NULL ? slash + 1 : library)};
    /* With a slash dlopen takes a path; without one it searches. */
    driver.library = slash != NULL ? realpath(library, NULL) : strdup(library);
    if (driver.library == NULL)
        driver.library = strdup(library);
    return append_driver(set, driver, error);
}

static bool is_icd_name(const char *name) {
    const size_t length = strlen(name);
    return length > 4 && strcmp(name + length - 4, ".icd") == 0;
}

static int is_icd_entry(const struct dirent *entry) {
    return is_icd_name(entry->d_name);
}

/* errno says why. */
static gf_status find_nothing(gf_icd_set *set) {
    set->place = GF_ICD_NOWHERE;
    set->error = errno;
    return GF_OK;
}

static gf_status find_in_directory(gf_icd_set *set, gf_error *error) {
    struct dirent **entries = NULL;
    const int count = scandir(set->where, &entries, is_icd_entry, alphasort);
    if (count < 0)
        return find_nothing(set);
    set->place = GF_ICD_DIRECTORY;
    gf_status status = GF_OK;
    for (int i = 0; i < count; i++) {
        char *path = NULL;
        if (status == GF_OK && asprintf(&path, "%s/%s", set->where, entries[i]->d_name) < 0)
            status = gf_error_no_memory(error, "a driver's path", PATH_MAX);
        else if (status == GF_OK)
            status = append_file(set, path, error);
        free(path);
        free(entries[i]);
    }
    free(entries);
    return status;
}

/* ---- Where to look ----------------------------------------------------- */

static bool is_directory(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* The loader looks for a name without a slash in the directory of drivers first. */
static gf_status find_one_file(gf_icd_set *set, const char *directory, gf_error *error) {
    if (strchr(set->where, '/') == NULL) {
        char *path = NULL;
        if (asprintf(&path, "%s/%s", directory, set->where) < 0)
            return gf_error_no_memory(error, "a driver's path", PATH_MAX);
        if (access(path, F_OK) == 0) {
            free(set->where);
            set->where = path;
        } else {
            free(path);
        }
    }
    if (access(set->where, F_OK) != 0)
        return find_nothing(set);
    set->place = GF_ICD_FILE;
    return append_file(set, set->where, error);
}

/* dlopen searches for a name without a slash, so only a probe can find out whether it exists. A
 * name that does not look like a library's is taken for a directory that does not exist. */
static gf_status find_library(gf_icd_set *set, gf_error *error) {
    const bool searched = strchr(set->where, '/') == NULL && strstr(set->where, ".so") != NULL;
    if (!searched && access(set->where, F_OK) != 0)
        return find_nothing(set);
    set->place = GF_ICD_LIBRARY;
    return append_library(set, set->where, error);
}

static gf_status find_by_vendors(gf_icd_set *set, const char *vendors, const char *directory,
                                 gf_error *error) {
    set->source = GF_ICD_BY_OCL_ICD_VENDORS;
    set->where = strdup(vendors);
    if (set->where == NULL)
        return gf_error_no_memory(error, "a path", strlen(vendors));
    if (is_directory(vendors))
        return find_in_directory(set, error);
    if (is_icd_name(vendors))
        return find_one_file(set, directory, error);
    return find_library(set, error);
}

gf_status gf_icd_find(const char *root, gf_icd_set *set, gf_error *error) {
    *set = (gf_icd_set){0};
    const char *vendors = variable_value("OCL_ICD_VENDORS");
    const char *path = variable_value("OPENCL_VENDOR_PATH");
    char *directory = NULL;
    const int length = path[0] != '\0' ? asprintf(&directory, "%s", path)
                                       : asprintf(&directory, "%s" DEFAULT_DIRECTORY, root);
    if (length < 0)
        return gf_error_no_memory(error, "a path", PATH_MAX);
    gf_status status;
    if (vendors[0] != '\0') {
        status = find_by_vendors(set, vendors, directory, error);
        free(directory);
    } else {
        set->source = path[0] != '\0' ? GF_ICD_BY_OPENCL_VENDOR_PATH : GF_ICD_BY_DEFAULT;
        set->where = directory;
        status = find_in_directory(set, error);
    }
    if (status != GF_OK)
        gf_icd_set_clear(set);
    return status;
}

/* ---- Private directories ----------------------------------------------- */

gf_status gf_icd_show(const gf_icd_driver *driver, const char *directory, gf_error *error) {
    char *path = NULL;
    if (asprintf(&path, "%s/%s%s", directory, driver->label,
                 is_icd_name(driver->label) ? "" : ".icd") < 0)
        return gf_error_no_memory(error, "a path", PATH_MAX);
    gf_status status = GF_OK;
    FILE *file = fopen(path, "wxe");
    if (file == NULL) {
        status = gf_error_set_errno(error, GF_FAILED, errno, "cannot make %s", path);
    } else {
        const bool written = fprintf(file, "%s\n", driver->library) > 0;
        if (fclose(file) != 0 || !written)
            status = gf_error_set(error, GF_FAILED, "cannot write %s; is the disk full?", path);
    }
    free(path);
    return status;
}

/* ---- Private directories ----------------------------------------------- */

#define PRIVATE_PREFIX "gpufare-drivers-"
#define PRIVATE_SUFFIX "XXXXXX"
/* Longer than any probe lasts. */
#define ABANDONED_S 86400

bool gf_private_directory_is(const char *path) {
    static const size_t prefix = sizeof PRIVATE_PREFIX - 1, suffix = sizeof PRIVATE_SUFFIX - 1;
    struct stat status;
    const char *slash = strrchr(path, '/');
    return slash != NULL && strncmp(slash + 1, PRIVATE_PREFIX, prefix) == 0 &&
           strlen(slash + 1) == prefix + suffix && lstat(path, &status) == 0 &&
           S_ISDIR(status.st_mode) && status.st_uid == geteuid() && (status.st_mode & 0777) == 0700;
}

static void remove_if_abandoned(char *path) {
    struct stat status;
    if (gf_private_directory_is(path) && lstat(path, &status) == 0 &&
        status.st_mtime < time(NULL) - ABANDONED_S)
        gf_private_directory_remove(path);
    else
        free(path);
}

/* Those of processes that were killed before they could remove them. */
static void remove_abandoned(const char *parent) {
    DIR *directory = opendir(parent);
    const struct dirent *entry;
    while (directory != NULL && (entry = readdir(directory)) != NULL) {
        char *path = NULL;
        if (strncmp(entry->d_name, PRIVATE_PREFIX, sizeof PRIVATE_PREFIX - 1) == 0 &&
            asprintf(&path, "%s/%s", parent, entry->d_name) >= 0)
            remove_if_abandoned(path);
    }
    if (directory != NULL)
        closedir(directory);
}

gf_status gf_private_directory_create(char **path, gf_error *error) {
    const char *parent = secure_getenv("TMPDIR");
    if (parent == NULL || parent[0] != '/' || !is_directory(parent))
        parent = "/tmp";
    remove_abandoned(parent);
    char *made = NULL;
    if (asprintf(&made, "%s/" PRIVATE_PREFIX PRIVATE_SUFFIX, parent) < 0)
        return gf_error_no_memory(error, "a path", PATH_MAX);
    if (mkdtemp(made) == NULL) {
        const int code = errno;
        free(made);
        return gf_error_set_errno(error, GF_FAILED, code,
                                  "cannot make a directory in %s; set TMPDIR to one that can be "
                                  "written to",
                                  parent);
    }
    *path = made;
    return GF_OK;
}

/* Only files that gf_icd_show makes: whatever else is in it, and then the directory, is somebody's.
 */
void gf_private_directory_remove(char *path) {
    DIR *directory = path == NULL ? NULL : opendir(path);
    const struct dirent *entry;
    while (directory != NULL && (entry = readdir(directory)) != NULL)
        if (is_icd_name(entry->d_name))
            (void)unlinkat(dirfd(directory), entry->d_name, 0);
    if (directory != NULL) {
        closedir(directory);
        (void)rmdir(path);
    }
    free(path);
}
