#include "backends/opencl/programs/program_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "os/files/regular_file.h"
#include "os/files/temporary_file.h"
#include "os/store.h"

#define KIND   "program"
#define ENDING ".bin"
#define MARK   ".loading"
#define MAGIC  "gpufare program\n"

/* A file is this, the key, and the binary. */
typedef struct header {
    char magic[sizeof MAGIC - 1];
    uint64_t key_length, binary_length, build_ns, hash;
} header;

static bool find_path(const gf_program_key *key, const char *ending, char *path) {
    const uint64_t hash = gf_hash_bytes(GF_HASH_START, key->bytes, key->length);
    return gf_store_file(KIND, hash, ending, path, GF_STORE_PATH_SIZE);
}

/* Each step is a bijection of the hash so far, so that no change of one byte goes unseen. */
static uint64_t hash_of(const header *head, const void *key, const void *binary) {
    const uint64_t numbers[] = {head->key_length, head->binary_length, head->build_ns};
    uint64_t hash = gf_hash_bytes(GF_HASH_START, numbers, sizeof numbers);
    hash = gf_hash_bytes(hash, key, head->key_length);
    return gf_hash_bytes(hash, binary, head->binary_length);
}

/* ---- Reading ------------------------------------------------------------ */

/* The whole file; NULL: it can't be read, or can't be a program's. */
static char *read_all(FILE *file, size_t *length) {
    struct stat info;
    if (fstat(fileno(file), &info) != 0 || info.st_uid != geteuid() ||
        info.st_size < (off_t)sizeof(header) || info.st_size > (off_t)GF_PROGRAM_FILE_LIMIT)
        return NULL;
    *length = (size_t)info.st_size;
    char *content = malloc(*length);
    if (content != NULL && fread(content, 1, *length, file) != *length) {
        free(content);
        return NULL;
    }
    return content;
}

/* Says when the file was used. */
static void touch(FILE *file) {
    (void)futimens(fileno(file), NULL);
}

static bool is_whole(const header *head, const char *content, size_t length) {
    const size_t rest = length - sizeof *head;
    return memcmp(head->magic, MAGIC, sizeof head->magic) == 0 && head->key_length <= rest &&
           head->binary_length == rest - head->key_length && head->binary_length > 0 &&
           head->hash ==
               hash_of(head, content + sizeof *head, content + sizeof *head + head->key_length);
}

/* Takes the binary out of the content, which becomes its memory. */
static gf_saved_program unpack(const gf_program_key *key, char *content, size_t length) {
    header head;
    memcpy(&head, content, sizeof head);
    if (!is_whole(&head, content, length) || head.key_length != key->length ||
        memcmp(content + sizeof head, key->bytes, key->length) != 0)
        return (gf_saved_program){.binary = NULL};
    memmove(content, content + sizeof head + key->length, head.binary_length);
    return (gf_saved_program){(unsigned char *)content, head.binary_length, head.build_ns};
}

gf_saved_program gf_program_file_read(const gf_program_key *key) {
    char path[GF_STORE_PATH_SIZE];
    gf_saved_program found = {.binary = NULL};
    int code = 0;
    size_t length = 0;
    if (!find_path(key, ENDING, path))
        return found;
    FILE *file = gf_regular_file_try(path, &code);
    if (file == NULL)
        return found;
    char *content = read_all(file, &length);
    if (content != NULL)
        found = unpack(key, content, length);
    if (found.binary != NULL)
        touch(file);
    else
        (void)unlink(path);
    if (found.binary == NULL)
        free(content);
    fclose(file);
    return found;
}

/* ---- Writing ------------------------------------------------------------ */

static bool write_all(int fd, const void *bytes, size_t length) {
    for (size_t done = 0; done < length;) {
        const ssize_t written = write(fd, (const char *)bytes + done, length - done);
        if (written <= 0)
            return false;
        done += (size_t)written;
    }
    return true;
}

bool gf_program_file_write(const gf_program_key *key, const gf_saved_program *saved) {
    char path[GF_STORE_PATH_SIZE];
    gf_temporary_file temporary;
    header head = {
        .key_length = key->length, .binary_length = saved->length, .build_ns = saved->build_ns};
    memcpy(head.magic, MAGIC, sizeof head.magic);
    head.hash = hash_of(&head, key->bytes, saved->binary);
    if (saved->length == 0 || saved->length > GF_PROGRAM_FILE_LIMIT - sizeof head - key->length ||
        !find_path(key, ENDING, path) || gf_temporary_file_open(path, 0600, &temporary) != 0)
        return false;
    const bool good = write_all(temporary.fd, &head, sizeof head) &&
                      write_all(temporary.fd, key->bytes, key->length) &&
                      write_all(temporary.fd, saved->binary, saved->length) &&
                      gf_temporary_file_put(&temporary, path) == 0;
    gf_temporary_file_remove(&temporary);
    gf_program_files_trim(GF_PROGRAM_FILES_LIMIT);
    return good;
}

void gf_program_file_remove(const gf_program_key *key) {
    char path[GF_STORE_PATH_SIZE];
    if (find_path(key, ENDING, path))
        (void)unlink(path);
}

/* ---- Marks -------------------------------------------------------------- */

/* The system unlocks the file of a process that has ended; its content remains. While another
 * process has the mark, this one goes on without. */
bool gf_program_file_enter(const gf_program_key *key, int *mark) {
    char path[GF_STORE_PATH_SIZE];
    struct stat info;
    *mark = find_path(key, MARK, path) ? open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)
                                       : -1;
    if (*mark < 0 || flock(*mark, LOCK_EX | LOCK_NB) != 0 || fstat(*mark, &info) != 0) {
        if (*mark >= 0)
            close(*mark);
        *mark = -1;
        return true;
    }
    if (info.st_size == 0) {
        (void)write_all(*mark, "", 1);
        return true;
    }
    gf_program_file_remove(key);
    gf_program_file_leave(key, *mark);
    return false;
}

void gf_program_file_leave(const gf_program_key *key, int mark) {
    char path[GF_STORE_PATH_SIZE];
    if (mark < 0)
        return;
    /* Emptied first: another process may have opened it, and gets the lock when it has no name. */
    if (ftruncate(mark, 0) == 0 && find_path(key, MARK, path))
        (void)unlink(path);
    close(mark);
}

/* ---- The limit ---------------------------------------------------------- */

typedef struct entry {
    char path[GF_STORE_PATH_SIZE + 256];
    struct timespec used;
    uint64_t bytes;
} entry;

typedef struct entries {
    entry *items;
    size_t count;
    uint64_t bytes;
} entries;

static bool is_program(const char *name) {
    const size_t length = strlen(name);
    return strncmp(name, KIND "-", sizeof KIND) == 0 && length > sizeof ENDING - 1 &&
           strcmp(name + length - (sizeof ENDING - 1), ENDING) == 0;
}

static bool add_entry(entries *found, int length, const char *folder, const char *name) {
    struct stat info;
    gf_error ignored = GF_ERROR_INIT;
    if (gf_array_grow(&found->items, found->count, sizeof *found->items, &ignored) != GF_OK) {
        gf_error_clear(&ignored);
        return false;
    }
    entry *made = &found->items[found->count];
    snprintf(made->path, sizeof made->path, "%.*s%s", length, folder, name);
    if (lstat(made->path, &info) != 0)
        return true;
    made->used = info.st_mtim;
    made->bytes = (uint64_t)info.st_size;
    found->bytes += made->bytes;
    found->count++;
    return true;
}

static int compare_use(const void *left, const void *right) {
    const struct timespec *a = &((const entry *)left)->used, *b = &((const entry *)right)->used;
    if (a->tv_sec != b->tv_sec)
        return a->tv_sec < b->tv_sec ? -1 : 1;
    return a->tv_nsec < b->tv_nsec ? -1 : a->tv_nsec > b->tv_nsec;
}

static entries find_entries(void) {
    char path[GF_STORE_PATH_SIZE];
    entries found = {.items = NULL};
    if (!gf_store_path(KIND, 0, path, sizeof path))
        return found;
    const int length = gf_directory_length(path);
    path[length] = '\0';
    DIR *folder = opendir(path);
    const struct dirent *item;
    bool good = folder != NULL;
    while (good && (item = readdir(folder)) != NULL)
        good = !is_program(item->d_name) || add_entry(&found, length, path, item->d_name);
    if (folder != NULL)
        closedir(folder);
    return found;
}

void gf_program_files_trim(uint64_t limit) {
    entries found = find_entries();
    if (found.bytes > limit)
        qsort(found.items, found.count, sizeof *found.items, compare_use);
    for (size_t i = 0; i < found.count && found.bytes > limit; i++) {
        (void)unlink(found.items[i].path);
        found.bytes -= found.items[i].bytes;
    }
    free(found.items);
}
