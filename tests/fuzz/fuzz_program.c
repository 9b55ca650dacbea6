/* The reader of saved programs: any bytes. What is accepted is what was saved with this key, whole.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/opencl/programs/program_file.h"
#include "memory_files.h"
#include "os/store.h"

#define FILE_PATH MEMORY_ROOT "/program.bin"

__typeof__(gf_store_file) __wrap_gf_store_file;
bool __wrap_gf_store_file(const char *kind, uint64_t hash, const char *ending, char *path,
                          size_t size) {
    (void)kind, (void)hash, (void)ending;
    return snprintf(path, size, "%s", FILE_PATH) < (int)size;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    char text[] = "key";
    const gf_program_key key = {text, sizeof text};
    memory_file_add(FILE_PATH, bytes, size);
    const gf_saved_program saved = gf_program_file_read(&key);
    if (saved.binary != NULL &&
        (saved.length == 0 || saved.length > size ||
         memcmp(saved.binary, bytes + size - saved.length, saved.length) != 0))
        fuzz_fail("the binary is not the file's");
    free(saved.binary);
    memory_files_clear();
    return 0;
}
