#include "report/report_origin.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/array.h"
#include "base/text.h"
#include "bundle/personal.h"
#include "os/machine.h"
#include "report/report_session.h"

static const gf_column columns[] = {
    {"what", "", GF_CELL_TEXT, "what the report rests on"},
    {"which", "", GF_CELL_TEXT, "as the system tells it"},
};

/* The texts that the table's cells point to. */
typedef struct origin {
    gf_machine machine;
    char *command; /* without home folders; owned; NULL: not known */
    char cores[64], memory[32], caches[96], version[160], date[32];
} origin;

static void format_caches(const gf_machine *machine, char *buffer, size_t size) {
    const struct {
        const char *name;
        uint64_t bytes;
    } caches[] = {{"L1", machine->l1d_bytes}, {"L2", machine->l2_bytes}, {"L3", machine->l3_bytes}};
    gf_text text = gf_text_in(buffer, size);
    for (size_t i = 0; i < GF_COUNT_OF(caches); i++) {
        char bytes[24];
        gf_format_bytes((double)caches[i].bytes, bytes, sizeof bytes);
        if (caches[i].bytes > 0)
            gf_text_add(&text, "%s%s %s", text.used == 0 ? "" : ", ", caches[i].name, bytes);
    }
}

static void find(const char *command, origin *found) {
    const time_t now = time(NULL);
    size_t length = command == NULL ? 0 : strlen(command);
    struct tm utc;
    gf_machine_examine(&found->machine);
    if (command != NULL)
        found->command = gf_without_home(command, &length);
    snprintf(found->cores, sizeof found->cores, "%u cores, %u threads", found->machine.cores,
             found->machine.threads);
    gf_format_bytes((double)found->machine.memory_bytes, found->memory, sizeof found->memory);
    format_caches(&found->machine, found->caches, sizeof found->caches);
    snprintf(found->version, sizeof found->version, "%s, built with %s", gf_version(),
             found->machine.compiler);
    if (gmtime_r(&now, &utc) == NULL ||
        strftime(found->date, sizeof found->date, "%Y-%m-%d %H:%M UTC", &utc) == 0)
        found->date[0] = '\0';
}

static void add(gf_table *table, const char *what, const char *which) {
    if (which == NULL || which[0] == '\0')
        return;
    gf_table_text(table, what);
    gf_table_text(table, which);
}

gf_status gf_write_origin(const gf_session *session, bool here, const gf_writer *to,
                          gf_error *error) {
    origin found = {.date = ""};
    if (to->document == NULL)
        return GF_OK;
    find(to->command, &found);
    gf_table table = gf_table_begin("How it was made", columns, GF_COUNT_OF(columns));
    const gf_writer plain = gf_writer_explaining_once(to, false);
    add(&table, "command", found.command);
    add(&table, "gpufare", found.version);
    add(&table, "written", found.date);
    if (here) {
        add(&table, "processor", found.machine.cpu);
        add(&table, "usable", found.cores);
        add(&table, "caches, each", found.caches);
        add(&table, "memory", found.memory);
        add(&table, "system", found.machine.os);
    }
    const gf_status status = gf_table_write(&table, &plain, error);
    free(found.command);
    return status == GF_OK && session != NULL ? gf_write_devices(session, "Devices", to, error)
                                              : status;
}
