#include "os/files/embedded_file.h"

#include <string.h>

/* A table ends with a row without a name. */
const gf_embedded_file *gf_embedded_file_find(const gf_embedded_file *table, const char *name) {
    for (; table->name != NULL; table++) {
        if (strcmp(table->name, name) == 0)
            return table;
    }
    return NULL;
}
