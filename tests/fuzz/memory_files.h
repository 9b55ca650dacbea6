/* Files in memory: what the code under test opens is served from here, without the file system.
 * The linker replaces fopen, open and others by the functions of memory_files.c (CMakeLists.txt).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "gpufare.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerInitialize(int *count, char ***arguments);

/* Where they seem to be; other paths do not exist while files are served. */
#define MEMORY_ROOT "/memory"

/* Serves `bytes` at every path that ends in `ending`. Both must live until the files are cleared.
 */
void memory_file_add(const char *ending, const void *bytes, size_t size);
/* From now on paths are the system's again. */
void memory_files_clear(void);

/* Fails the execution: the fuzzer keeps its input. */
_Noreturn void fuzz_fail(const char *what);

/* Fails unless the error says, in one line, why something was refused. */
void fuzz_check_error(const gf_error *error);

/* What stdout gets is dropped. Fails when it is neither printable nor a newline. */
void fuzz_watch_stdout(void);
