/* RAPL, which counts the energy of a processor's packages and of their memory, as Linux shows it:
 * https://docs.kernel.org/power/powercap/powercap.html. The counters wrap around. */
#include "os/power/rapl.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/stream.h"
#include "base/text.h"

#define FOLDER     "/sys/class/powercap"
#define MOST_ZONES 16

typedef struct zone {
    char path[320];
    uint64_t range_uj, last_uj;
    double joules;
} zone;

typedef struct rapl {
    zone zones[MOST_ZONES];
    size_t count;
} rapl;

/* Packages, and the memory beside them. Cores and graphics are parts of a package; "psys" has all
 * of them again. */
static bool counts(const char *name) {
    return strncmp(name, "package-", strlen("package-")) == 0 || strcmp(name, "dram") == 0;
}

static bool read_number(const char *folder, const char *file, uint64_t *number) {
    char path[352], line[64];
    char *end = NULL;
    snprintf(path, sizeof path, "%s/%s", folder, file);
    gf_read_line(path, line, sizeof line);
    errno = 0;
    *number = strtoull(line, &end, 10);
    return end != line && errno == 0 && line[0] != '-';
}

static bool is_denied(const char *folder) {
    char path[352];
    snprintf(path, sizeof path, "%s/energy_uj", folder);
    FILE *file = fopen(path, "re");
    const bool denied = file == NULL && (errno == EACCES || errno == EPERM);
    if (file != NULL)
        fclose(file);
    return denied;
}

static void add_zone(rapl *to, const char *folder, gf_text *name, bool *denied) {
    char path[352], kind[32];
    zone *made = &to->zones[to->count];
    snprintf(path, sizeof path, "%s/name", folder);
    gf_read_line(path, kind, sizeof kind);
    if (!counts(kind) || to->count == MOST_ZONES)
        return;
    snprintf(made->path, sizeof made->path, "%s", folder);
    made->joules = 0;
    if (!read_number(folder, "energy_uj", &made->last_uj) ||
        !read_number(folder, "max_energy_range_uj", &made->range_uj)) {
        *denied = *denied || is_denied(folder);
        return;
    }
    gf_text_add(name, "%s%s", to->count == 0 ? "RAPL " : ", ", kind);
    to->count++;
}

void *gf_rapl_open(const gf_power_place *place, char name[GF_POWER_NAME], char why[GF_POWER_WHY]) {
    char folder[256], path[320];
    bool denied = false;
    gf_text text = gf_text_in(name, GF_POWER_NAME);
    snprintf(folder, sizeof folder, "%s" FOLDER, place->root);
    DIR *list = opendir(folder);
    rapl *made = calloc(1, sizeof *made);
    for (const struct dirent *entry;
         made != NULL && list != NULL && (entry = readdir(list)) != NULL;) {
        if (strncmp(entry->d_name, "intel-rapl:", strlen("intel-rapl:")) != 0 ||
            strlen(entry->d_name) > 40)
            continue;
        snprintf(path, sizeof path, "%.255s/%.40s", folder, entry->d_name);
        add_zone(made, path, &text, &denied);
    }
    if (made != NULL && made->count > 0) {
        closedir(list);
        return made;
    }
    snprintf(why, GF_POWER_WHY, "%s",
             list == NULL ? FOLDER " is not there"
             : denied     ? "only root may read " FOLDER "/intel-rapl:*/energy_uj"
                          : FOLDER " has no counter of a package");
    if (list != NULL)
        closedir(list);
    free(made);
    return NULL;
}

/* A counter that is smaller than before has started again from 0. */
static bool read_zone(zone *of) {
    uint64_t now_uj = 0;
    if (!read_number(of->path, "energy_uj", &now_uj))
        return false;
    const uint64_t grown =
        now_uj >= of->last_uj ? now_uj - of->last_uj : of->range_uj - of->last_uj + now_uj;
    of->joules += (double)grown * 1e-6;
    of->last_uj = now_uj;
    return true;
}

bool gf_rapl_read(void *state, uint64_t now_ns, gf_power_reading *reading) {
    rapl *of = state;
    (void)now_ns;
    *reading = (gf_power_reading){0, -1};
    for (size_t i = 0; i < of->count; i++) {
        if (!read_zone(&of->zones[i]))
            return false;
        reading->joules += of->zones[i].joules;
    }
    return true;
}

const gf_power_source gf_power_rapl = {.name = "RAPL",
                                       .of_host = true,
                                       .interval_ns = 1000000,
                                       .open = gf_rapl_open,
                                       .read = gf_rapl_read,
                                       .close = free};
