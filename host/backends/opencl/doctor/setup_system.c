#define _GNU_SOURCE 1 /* O_TMPFILE */

#include "backends/opencl/doctor/setup_system.h"
#include "base/array.h"
#include "base/stream.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

static void read_line(const char *root, const char *path, char *line, size_t bytes) {
    char full[PATH_MAX];
    snprintf(full, sizeof full, "%s%s", root, path);
    gf_read_line(full, line, bytes);
}

static bool path_exists(const char *root, const char *path) {
    char full[PATH_MAX];
    snprintf(full, sizeof full, "%s%s", root, path);
    return access(full, F_OK) == 0;
}

/* ---- Device nodes ------------------------------------------------------ */

/* The kernel driver is the last part of a link in /sys. */
static void find_kernel_driver(const char *root, const char *name, gf_render_node *node) {
    char path[PATH_MAX], target[PATH_MAX];
    snprintf(path, sizeof path, "/sys/class/drm/%s/device/vendor", name);
    read_line(root, path, target, sizeof target);
    node->vendor = (uint32_t)strtoul(target, NULL, 16);
    snprintf(path, sizeof path, "%s/sys/class/drm/%s/device/driver", root, name);
    const ssize_t length = readlink(path, target, sizeof target - 1);
    if (length <= 0)
        return;
    target[length] = '\0';
    const char *slash = strrchr(target, '/');
    snprintf(node->driver, sizeof node->driver, "%.31s", slash != NULL ? slash + 1 : target);
}

/* False when there is no such node. */
static bool examine_node(const char *root, const char *path, gf_render_node *node) {
    char full[PATH_MAX];
    struct stat status;
    snprintf(full, sizeof full, "%s%s", root, path);
    if (stat(full, &status) != 0)
        return false;
    *node = (gf_render_node){.accessible = access(full, R_OK | W_OK) == 0};
    snprintf(node->path, sizeof node->path, "%s", path);
    const struct group *group = getgrgid(status.st_gid);
    if (group != NULL)
        snprintf(node->group, sizeof node->group, "%.31s", group->gr_name);
    else
        snprintf(node->group, sizeof node->group, "%lu", (unsigned long)status.st_gid);
    return true;
}

static int is_render_node(const struct dirent *entry) {
    return strncmp(entry->d_name, "renderD", 7) == 0;
}

size_t gf_setup_find_nodes(const char *root, gf_render_node *nodes, size_t most) {
    char directory[PATH_MAX], path[64];
    snprintf(directory, sizeof directory, "%s/dev/dri", root);
    struct dirent **entries = NULL;
    const int entry_count = scandir(directory, &entries, is_render_node, alphasort);
    size_t count = 0;
    for (int i = 0; i < entry_count; i++) {
        snprintf(path, sizeof path, "/dev/dri/%.40s", entries[i]->d_name);
        if (count < most && examine_node(root, path, &nodes[count]))
            find_kernel_driver(root, entries[i]->d_name, &nodes[count++]);
        free(entries[i]);
    }
    free(entries);
    if (count < most && examine_node(root, "/dev/kfd", &nodes[count])) {
        nodes[count].vendor = 0x1002;
        snprintf(nodes[count].driver, sizeof nodes[count].driver, "amdkfd");
        count++;
    }
    return count;
}

/* ---- PoCL's cache ------------------------------------------------------ */

static void pocl_cache_path(char *path, size_t bytes) {
    const char *chosen = getenv("POCL_CACHE_DIR");
    const char *cache = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");
    if (chosen != NULL && chosen[0] != '\0')
        snprintf(path, bytes, "%s", chosen);
    else if (cache != NULL && cache[0] != '\0')
        snprintf(path, bytes, "%s/pocl/kcache", cache);
    else if (home != NULL && home[0] != '\0')
        snprintf(path, bytes, "%s/.cache/pocl/kcache", home);
    else
        snprintf(path, bytes, "/tmp/pocl/kcache");
}

/* The folder or, because PoCL makes it when it first needs it, its nearest existing ancestor. */
static bool nearest_directory(const char *path, char *found, size_t bytes) {
    struct stat status;
    snprintf(found, bytes, "%s", path);
    while (stat(found, &status) != 0) {
        char *slash = strrchr(found, '/');
        if (errno != ENOENT || slash == NULL)
            return false;
        slash[slash == found] = '\0';
        if (strcmp(found, "/") == 0)
            return stat(found, &status) == 0;
    }
    return true;
}

/* For file systems that have no nameless files. An errno, or 0. */
static int try_making_directory(const char *directory) {
    char path[1100];
    snprintf(path, sizeof path, "%s/.gpufare-XXXXXX", directory);
    return mkdtemp(path) != NULL && rmdir(path) == 0 ? 0 : errno;
}

/* Makes a file with room for one kernel. It has no name, so nothing remains. An errno, or 0. */
static int try_writing(const char *directory) {
    const off_t kernel_bytes = 1 << 20; /* our compiled kernels have 60 to 300 KB */
    const int descriptor = open(directory, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
    if (descriptor < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL))
        return try_making_directory(directory);
    if (descriptor < 0)
        return errno;
    const int code = posix_fallocate(descriptor, 0, kernel_bytes);
    close(descriptor);
    return code == EOPNOTSUPP || code == EINVAL ? 0 : code;
}

static bool is_network(const char *directory) {
    /* The numbers of statfs(2): NFS, SMB, SMB2, CIFS, AFS, Ceph, Lustre, GPFS, BeeGFS. */
    static const unsigned long types[] = {0x6969,     0x517b,     0xfe534d42,
                                          0xff534d42, 0x5346414f, 0x00c36400,
                                          0x0bd00bd0, 0x47504653, 0x19830326};
    struct statfs system;
    if (statfs(directory, &system) != 0)
        return false;
    for (size_t i = 0; i < GF_COUNT_OF(types); i++)
        if (((unsigned long)system.f_type & 0xffffffffUL) == types[i])
            return true;
    return false;
}

void gf_setup_find_cache(gf_kernel_cache *cache) {
    char found[1024];
    pocl_cache_path(cache->path, sizeof cache->path);
    if (!nearest_directory(cache->path, found, sizeof found)) {
        cache->write_error = errno != 0 ? errno : ENOENT;
        return;
    }
    struct stat owner;
    struct statvfs space;
    cache->write_error = try_writing(found);
    if (statvfs(found, &space) == 0)
        cache->free_bytes = (uint64_t)space.f_bavail * space.f_frsize;
    cache->on_network = is_network(found);
    if (strcmp(found, cache->path) == 0 && stat(found, &owner) == 0)
        cache->shared = owner.st_uid != geteuid() || (owner.st_mode & (S_IWGRP | S_IWOTH)) != 0;
}

/* ---- The machine ------------------------------------------------------- */

static void find_container(const char *root, gf_host_conditions *machine) {
    const char *variable = getenv("container"); /* set by systemd-nspawn, podman, lxc */
    if (path_exists(root, "/.dockerenv"))
        snprintf(machine->container, sizeof machine->container, "docker");
    else if (path_exists(root, "/run/.containerenv"))
        snprintf(machine->container, sizeof machine->container, "podman");
    else if (getenv("KUBERNETES_SERVICE_HOST") != NULL)
        snprintf(machine->container, sizeof machine->container, "kubernetes");
    else if (variable != NULL)
        snprintf(machine->container, sizeof machine->container, "%.31s", variable);
}

static bool find_nvidia(const char *root) {
    return path_exists(root, "/proc/driver/nvidia/version") ||
           path_exists(root, "/dev/nvidiactl") ||
           path_exists(root, "/usr/lib/wsl/lib/libcuda.so.1");
}

/* Linux has two switches of opposite meaning: Intel's driver has one, all others the other. */
static void find_turbo(const char *root, gf_host_conditions *machine) {
    static const char no_turbo[] = "/sys/devices/system/cpu/intel_pstate/no_turbo";
    static const char boost[] = "/sys/devices/system/cpu/cpufreq/boost";
    char line[16];
    const char *file = path_exists(root, no_turbo) ? no_turbo : boost;
    read_line(root, file, line, sizeof line);
    if (line[0] == '\0')
        return;
    snprintf(machine->turbo_file, sizeof machine->turbo_file, "%s", file);
    machine->turbo = line[0] == (file == no_turbo ? '0' : '1');
}

void gf_setup_find_conditions(const char *root, gf_host_conditions *machine) {
    char line[256];
    find_container(root, machine);
    read_line(root, "/proc/sys/kernel/osrelease", line, sizeof line);
    machine->wsl = strcasestr(line, "microsoft") != NULL || path_exists(root, "/dev/dxg");
    machine->nvidia = find_nvidia(root);
    read_line(root, "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", machine->governor,
              sizeof machine->governor);
    find_turbo(root, machine);
    read_line(root, "/proc/loadavg", line, sizeof line);
    machine->load = strtod(line, NULL);
    const long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    machine->cpus = cpus > 0 ? (uint32_t)cpus : 1;
}
