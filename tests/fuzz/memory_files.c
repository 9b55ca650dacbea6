#define _GNU_SOURCE 1 /* fopencookie */

#include "memory_files.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#define MOST_FILES 16
#define MOST_OPEN  8
/* Descriptors that the system does not hand out. */
#define FIRST_DESCRIPTOR 1000000

typedef struct memory_file {
    const char *ending;
    const unsigned char *bytes;
    size_t size;
} memory_file;

typedef struct reader {
    const memory_file *file; /* NULL: free */
    size_t at;
    char buffer[4096];
} reader;

static memory_file files[MOST_FILES];
static size_t file_count;
static reader readers[MOST_OPEN];
static const memory_file *latest; /* the one that was opened last */

_Noreturn void fuzz_fail(const char *what) {
    fprintf(stderr, "broken: %s\n", what);
    abort();
}

void fuzz_check_error(const gf_error *error) {
    if (error->status == GF_OK || error->text[0] == '\0')
        fuzz_fail("refused without a reason");
    for (const char *c = error->text; *c != '\0'; c++) {
        if (iscntrl((unsigned char)*c))
            fuzz_fail("a message has a control character");
    }
}

void memory_file_add(const char *ending, const void *bytes, size_t size) {
    if (file_count == MOST_FILES)
        fuzz_fail("too many files in memory");
    files[file_count++] = (memory_file){ending, bytes, size};
}

void memory_files_clear(void) {
    for (size_t i = 0; i < MOST_OPEN; i++) {
        if (readers[i].file != NULL)
            fuzz_fail("a file was not closed");
    }
    file_count = 0;
    latest = NULL;
}

static const memory_file *find(const char *path) {
    const size_t length = strlen(path);
    for (size_t i = 0; i < file_count; i++) {
        const size_t end = strlen(files[i].ending);
        if (end <= length && memcmp(path + length - end, files[i].ending, end) == 0)
            return &files[i];
    }
    errno = ENOENT;
    return NULL;
}

/* ---- Streams ----------------------------------------------------------- */

static ssize_t take(void *cookie, char *bytes, size_t size) {
    reader *from = cookie;
    const size_t left = from->file->size - from->at;
    const size_t count = size < left ? size : left;
    if (count > 0)
        memcpy(bytes, from->file->bytes + from->at, count);
    from->at += count;
    return (ssize_t)count;
}

static int move(void *cookie, off64_t *offset, int whence) {
    reader *from = cookie;
    off64_t base = whence == SEEK_CUR   ? (off64_t)from->at
                   : whence == SEEK_END ? (off64_t)from->file->size
                                        : 0;
    if (__builtin_add_overflow(base, *offset, &base) || base < 0) {
        errno = EINVAL;
        return -1;
    }
    *offset = base;
    from->at = (size_t)base < from->file->size ? (size_t)base : from->file->size;
    return 0;
}

static int leave(void *cookie) {
    ((reader *)cookie)->file = NULL;
    return 0;
}

static FILE *stream_of(const memory_file *file) {
    for (size_t i = 0; i < MOST_OPEN; i++) {
        if (readers[i].file != NULL)
            continue;
        FILE *stream =
            fopencookie(&readers[i], "r", (cookie_io_functions_t){take, NULL, move, leave});
        if (stream == NULL)
            return NULL;
        readers[i].file = latest = file;
        readers[i].at = 0;
        setvbuf(stream, readers[i].buffer, _IOFBF, sizeof readers[i].buffer);
        return stream;
    }
    errno = EMFILE;
    return NULL;
}

static bool is_ours(int descriptor) {
    return descriptor >= FIRST_DESCRIPTOR && (size_t)(descriptor - FIRST_DESCRIPTOR) < file_count;
}

/* ---- In place of the system's ------------------------------------------ */

FILE *__real_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode) {
    if (file_count == 0 || mode[0] != 'r') /* libFuzzer writes what fails */
        return __real_fopen(path, mode);
    const memory_file *file = find(path);
    return file == NULL ? NULL : stream_of(file);
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    if (file_count == 0)
        return __real_open(path, flags, mode);
    const memory_file *file = find(path);
    return file == NULL ? -1 : FIRST_DESCRIPTOR + (int)(file - files);
}

FILE *__real_fdopen(int descriptor, const char *mode);
FILE *__wrap_fdopen(int descriptor, const char *mode);
FILE *__wrap_fdopen(int descriptor, const char *mode) {
    return is_ours(descriptor) ? stream_of(&files[descriptor - FIRST_DESCRIPTOR])
                               : __real_fdopen(descriptor, mode);
}

int __real_close(int descriptor);
int __wrap_close(int descriptor);
int __wrap_close(int descriptor) {
    return is_ours(descriptor) ? 0 : __real_close(descriptor);
}

/* A stream of ours has no descriptor: then the file is the one that was opened last. */
int __real_fstat(int descriptor, struct stat *info);
int __wrap_fstat(int descriptor, struct stat *info);
int __wrap_fstat(int descriptor, struct stat *info) {
    const memory_file *file = is_ours(descriptor) ? &files[descriptor - FIRST_DESCRIPTOR]
                              : descriptor < 0    ? latest
                                                  : NULL;
    if (file == NULL)
        return __real_fstat(descriptor, info);
    memset(info, 0, sizeof *info);
    info->st_mode = S_IFREG | 0600;
    info->st_size = (off_t)file->size;
    info->st_uid = geteuid();
    return 0;
}

int __real_access(const char *path, int mode);
int __wrap_access(const char *path, int mode);
int __wrap_access(const char *path, int mode) {
    if (file_count == 0)
        return __real_access(path, mode);
    return find(path) == NULL ? -1 : 0;
}

/* ---- Output ------------------------------------------------------------ */

static ssize_t judge(void *cookie, const char *bytes, size_t size) {
    (void)cookie;
    for (size_t i = 0; i < size; i++) {
        if (!isprint((unsigned char)bytes[i]) && bytes[i] != '\n')
            fuzz_fail("a control character is printed");
    }
    return (ssize_t)size;
}

void fuzz_watch_stdout(void) {
    FILE *stream = fopencookie(NULL, "w", (cookie_io_functions_t){NULL, judge, NULL, NULL});
    if (stream == NULL)
        fuzz_fail("no stream");
    stdout = stream;
}
