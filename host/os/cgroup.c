#define _GNU_SOURCE 1 /* strsep */

#include "os/cgroup.h"

#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/stream.h"

/* Version 1 writes the largest number of whole pages where there is no limit. */
#define NO_LIMIT (UINT64_C(1) << 62)

/* ---- Files of one level ------------------------------------------------ */

/* false: it does not fit, so that the file counts as absent, and the path is "". */
static bool join(char *path, size_t size, const char *directory, const char *name) {
    const int length = snprintf(path, size, "%s/%s", directory, name);
    const bool fits = length > 0 && (size_t)length < size;
    if (!fits)
        path[0] = '\0';
    return fits;
}

static void read_file(const char *directory, const char *name, char *line, size_t size) {
    char path[PATH_MAX];
    line[0] = '\0';
    if (join(path, sizeof path, directory, name))
        gf_read_line(path, line, size);
}

/* false: there is no such file, or no number in it ("max", "-1"). */
static bool read_number(const char *directory, const char *name, uint64_t *number) {
    char line[64];
    read_file(directory, name, line, sizeof line);
    *number = strtoull(line, NULL, 10);
    return line[0] >= '0' && line[0] <= '9';
}

/* Bytes that count as used by the group, and which the kernel drops when they are needed: files
 * that it has in memory, and structures about files. */
static uint64_t cached_bytes(const char *directory, bool unified) {
    /* Version 1 does not count the kernel's own structures as used. */
    static const char *const names[2][3] = {{"total_inactive_file", "total_active_file", ""},
                                            {"inactive_file", "active_file", "slab_reclaimable"}};
    char path[PATH_MAX], name[64];
    uint64_t cached = 0, bytes;
    FILE *file = join(path, sizeof path, directory, "memory.stat") ? fopen(path, "re") : NULL;
    if (file == NULL)
        return 0;
    while (fscanf(file, "%63s %" SCNu64, name, &bytes) == 2) {
        for (size_t i = 0; i < 3; i++)
            cached += strcmp(name, names[unified ? 1 : 0][i]) == 0 ? bytes : 0;
    }
    fclose(file);
    return cached;
}

static void take_memory_limit(const char *directory, bool unified, const char *name,
                              gf_cgroup *cgroup) {
    uint64_t limit = 0, used = 0;
    if (!read_number(directory, name, &limit) || limit >= NO_LIMIT)
        return;
    if (!read_number(directory, unified ? "memory.current" : "memory.usage_in_bytes", &used))
        used = 0;
    const uint64_t cached = cached_bytes(directory, unified);
    used = used > cached ? used - cached : 0;
    const uint64_t available = limit > used ? limit - used : 0;
    if (limit < cgroup->memory_bytes)
        cgroup->memory_bytes = limit;
    if (available >= cgroup->memory_free_bytes)
        return;
    cgroup->memory_free_bytes = available;
    (void)join(cgroup->memory_file, sizeof cgroup->memory_file, directory, name);
}

/* Version 1 has a soft limit too, but that only says whose memory is taken first. */
static void take_memory_limits(const char *directory, bool unified, gf_cgroup *cgroup) {
    take_memory_limit(directory, unified, unified ? "memory.max" : "memory.limit_in_bytes", cgroup);
    if (unified)
        take_memory_limit(directory, unified, "memory.high", cgroup);
}

static void take_cpu_quota(const char *directory, bool unified, gf_cgroup *cgroup) {
    const char *name = unified ? "cpu.max" : "cpu.cfs_quota_us";
    char line[64];
    uint64_t quota = 0, period = 0;
    if (unified) {
        read_file(directory, name, line, sizeof line);
        if (sscanf(line, "%" SCNu64 " %" SCNu64, &quota, &period) != 2)
            return;
    } else if (!read_number(directory, name, &quota) ||
               !read_number(directory, "cpu.cfs_period_us", &period)) {
        return;
    }
    const double cores = quota > 0 && period > 0 ? (double)quota / (double)period : 0;
    if (cores <= 0 || (cgroup->cpu_quota > 0 && cores >= cgroup->cpu_quota))
        return;
    cgroup->cpu_quota = cores;
    (void)join(cgroup->cpu_file, sizeof cgroup->cpu_file, directory, name);
}

/* ---- Mounted hierarchies ----------------------------------------------- */

/* One line of mountinfo, if it is of control groups: what of the hierarchy is mounted where. */
typedef struct hierarchy {
    char *inside, *mount_point; /* both in the line */
    const char *options;
    bool unified;
} hierarchy;

/* Blanks in paths are written as \040: always with three digits. */
static bool is_escape(const char *text) {
    return text[0] == '\\' && text[1] >= '0' && text[1] <= '3' && text[2] >= '0' &&
           text[2] <= '7' && text[3] >= '0' && text[3] <= '7';
}

static void unescape(char *text) {
    char *to = text;
    for (const char *from = text; *from != '\0'; to++) {
        if (is_escape(from)) {
            *to = (char)((from[1] - '0') * 64 + (from[2] - '0') * 8 + (from[3] - '0'));
            from += 4;
        } else {
            *to = *from++;
        }
    }
    *to = '\0';
}

/* "36 35 0:29 /inside /mount/point rw,nosuid shared:1 - cgroup cgroup rw,memory" */
static bool parse_mount(char *line, hierarchy *found) {
    char *separator = strstr(line, " - ");
    char *rest = line, *type;
    if (separator == NULL)
        return false;
    *separator = '\0';
    separator += 3;
    type = strsep(&separator, " ");
    for (int i = 0; i < 3; i++)
        (void)strsep(&rest, " ");
    found->inside = strsep(&rest, " ");
    found->mount_point = strsep(&rest, " ");
    (void)strsep(&separator, " ");
    found->options = separator;
    found->unified = strcmp(type, "cgroup2") == 0;
    if (found->mount_point == NULL || found->options == NULL ||
        (!found->unified && strcmp(type, "cgroup") != 0))
        return false;
    unescape(found->inside);
    unescape(found->mount_point);
    return true;
}

/* Whether a list with commas has the word. */
static bool lists(const char *list, const char *word) {
    const size_t length = strlen(word);
    for (const char *at = list; (at = strstr(at, word)) != NULL; at += length) {
        const bool begins = at == list || at[-1] == ',';
        if (begins && (at[length] == '\0' || at[length] == ',' || at[length] == '\n'))
            return true;
    }
    return false;
}

/* This process's group in the hierarchy that has the controller, of version 1, or in that of
 * version 2: "4:memory:/a/b", "0::/a/b". */
static bool find_group(const char *root, const char *controller, char *group, size_t size) {
    char path[PATH_MAX], line[PATH_MAX];
    bool found = false;
    snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return false;
    while (!found && fgets(line, sizeof line, file) != NULL) {
        char *rest = line;
        (void)strsep(&rest, ":");
        const char *controllers = strsep(&rest, ":");
        if (rest == NULL)
            continue;
        found = controller[0] == '\0' ? controllers[0] == '\0' : lists(controllers, controller);
        snprintf(group, size, "%s", rest);
        group[strcspn(group, "\n")] = '\0';
    }
    fclose(file);
    return found;
}

/* Cuts the last part of `path` off; false once the first `least` characters are left. */
static bool go_up(char *path, size_t least) {
    char *slash = strrchr(path, '/');
    if (strlen(path) <= least || slash == NULL)
        return false;
    path[(size_t)(slash - path) < least ? least : (size_t)(slash - path)] = '\0';
    return true;
}

/* Takes the limits of all levels, from the process's group up to the mount point. In a container
 * the mount may begin inside the hierarchy, at /docker/ID: what of the group's path is below that
 * is found below the mount point. */
static void take_levels(const char *root, const hierarchy *mounted, const char *controller,
                        void (*take)(const char *directory, bool unified, gf_cgroup *cgroup),
                        gf_cgroup *cgroup) {
    char group[PATH_MAX], directory[PATH_MAX];
    if (!find_group(root, mounted->unified ? "" : controller, group, sizeof group))
        return;
    const char *below = group;
    const size_t inside = strcmp(mounted->inside, "/") == 0 ? 0 : strlen(mounted->inside);
    if (strncmp(group, mounted->inside, inside) == 0 &&
        (group[inside] == '/' || group[inside] == '\0'))
        below += inside;
    else
        below = ""; /* the group lies outside of what is mounted: only the mount's limits count */
    const int top = snprintf(directory, sizeof directory, "%s%s", root, mounted->mount_point);
    if (top < 0 || strlen(below) + (size_t)top >= sizeof directory)
        return;
    strcat(directory, strcmp(below, "/") == 0 ? "" : below);
    do
        take(directory, mounted->unified, cgroup);
    while (go_up(directory, (size_t)top));
}

void gf_cgroup_examine(const char *root, gf_cgroup *cgroup) {
    char path[PATH_MAX], line[2 * PATH_MAX];
    *cgroup = (gf_cgroup){.memory_bytes = UINT64_MAX, .memory_free_bytes = UINT64_MAX};
    snprintf(path, sizeof path, "%s/proc/self/mountinfo", root);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return;
    while (fgets(line, sizeof line, file) != NULL) {
        hierarchy mounted;
        if (!parse_mount(line, &mounted))
            continue;
        if (mounted.unified || lists(mounted.options, "memory"))
            take_levels(root, &mounted, "memory", take_memory_limits, cgroup);
        if (mounted.unified || lists(mounted.options, "cpu"))
            take_levels(root, &mounted, "cpu", take_cpu_quota, cgroup);
    }
    fclose(file);
}
