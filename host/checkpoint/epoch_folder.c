#define _GNU_SOURCE 1 /* flock */

#include "checkpoint/epoch_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

#define COMPLETE   "epoch-"
#define UNFINISHED "writing-"
#define LOCK       "lock"

/* ---- Paths ------------------------------------------------------------- */

static gf_status path_in(const char *folder, const char *name, char path[GF_EPOCH_PATH],
                         gf_error *error) {
    const int length = snprintf(path, GF_EPOCH_PATH, "%s/%s", folder, name);
    return length > 0 && length < GF_EPOCH_PATH
               ? GF_OK
               : gf_error_set(error, GF_FAILED, "%.80s...: path too long", folder);
}

gf_status gf_epoch_path(const gf_epoch_folder *folder, uint64_t step, bool complete,
                        const char *file, char path[GF_EPOCH_PATH], gf_error *error) {
    char name[128];
    snprintf(name, sizeof name, "%s%012" PRIu64 "%s%s", complete ? COMPLETE : UNFINISHED, step,
             file == NULL ? "" : "/", file == NULL ? "" : file);
    return path_in(folder->path, name, path, error);
}

gf_status gf_epoch_sync_folder(const char *path, gf_error *error) {
    const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    /* Some file systems can't, and have nothing to flush. */
    const int code = fd < 0 || (fsync(fd) != 0 && errno != EINVAL) ? errno : 0;
    if (fd >= 0)
        close(fd);
    return code == 0 ? GF_OK : gf_error_set_errno(error, GF_FAILED, code, "cannot write %s", path);
}

/* ---- The entries of the folder ----------------------------------------- */

/* The step in "epoch-000000000420"; false: it is no such name. */
static bool read_name(const char *name, const char *prefix, uint64_t *step) {
    const size_t length = strlen(prefix);
    if (strncmp(name, prefix, length) != 0 || strspn(name + length, "0123456789") < 12 ||
        name[length + strspn(name + length, "0123456789")] != '\0')
        return false;
    errno = 0;
    *step = strtoull(name + length, NULL, 10);
    return errno == 0;
}

static void remove_files(const char *path) {
    DIR *folder = opendir(path);
    if (folder == NULL)
        return;
    (void)unlinkat(dirfd(folder), GF_EPOCH_MANIFEST, 0); /* half removed it is not complete */
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            (void)unlinkat(dirfd(folder), entry->d_name, 0);
    }
    closedir(folder);
}

void gf_epoch_remove(const gf_epoch_folder *folder, uint64_t step, bool complete) {
    char path[GF_EPOCH_PATH];
    gf_error ignored = GF_ERROR_INIT;
    if (gf_epoch_path(folder, step, complete, NULL, path, &ignored) == GF_OK) {
        remove_files(path);
        (void)rmdir(path);
    }
    gf_error_clear(&ignored);
}

/* Calls `act` for each entry of the kind. Returns 0, or errno. */
static int for_each(const gf_epoch_folder *folder, const char *prefix,
                    void (*act)(void *context, uint64_t step), void *context) {
    DIR *entries = opendir(folder->path);
    uint64_t step = 0;
    if (entries == NULL)
        return errno;
    for (const struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries)) {
        if (read_name(entry->d_name, prefix, &step))
            act(context, step);
    }
    closedir(entries);
    return 0;
}

struct newest {
    uint64_t below, step;
    bool found;
};

static void take_newest(void *context, uint64_t step) {
    struct newest *newest = context;
    if (step < newest->below && (!newest->found || step > newest->step))
        *newest = (struct newest){newest->below, step, true};
}

static gf_status cannot_read(const char *path, int code, gf_error *error) {
    return gf_error_set_errno(error, GF_FAILED, code,
                              "cannot read the checkpoint %s (give a folder that you may read)",
                              path);
}

gf_status gf_epoch_folder_find(const gf_epoch_folder *folder, uint64_t below, bool *found,
                               uint64_t *step, gf_error *error) {
    struct newest newest = {.below = below};
    const int code = for_each(folder, COMPLETE, take_newest, &newest);
    if (code != 0)
        return cannot_read(folder->path, code, error);
    *found = newest.found;
    *step = newest.step;
    return GF_OK;
}

struct pruning {
    const gf_epoch_folder *folder;
    uint64_t step, before;
    bool has_before;
};

static void prune_one(void *context, uint64_t step) {
    const struct pruning *pruning = context;
    if (step != pruning->step && !(pruning->has_before && step == pruning->before))
        gf_epoch_remove(pruning->folder, step, true);
}

void gf_epoch_folder_prune(const gf_epoch_folder *folder, uint64_t step) {
    struct newest before = {.below = step};
    if (for_each(folder, COMPLETE, take_newest, &before) != 0)
        return;
    struct pruning pruning = {folder, step, before.step, before.found};
    (void)for_each(folder, COMPLETE, prune_one, &pruning);
}

static void remove_unfinished(void *context, uint64_t step) {
    gf_epoch_remove(context, step, false);
}

/* ---- The lock ---------------------------------------------------------- */

/* "by process 4711 of node7", as far as it is known. */
static void name_holder(int fd, char *text, size_t size) {
    const ssize_t length = pread(fd, text, size - 1, 0);
    text[length > 0 ? length : 0] = '\0';
    gf_flatten_text(text);
    if (text[0] == '\0')
        snprintf(text, size, "by another run");
}

static void note_holder(int fd) {
    char host[64] = "?", text[128];
    (void)gethostname(host, sizeof host - 1);
    const int length = snprintf(text, sizeof text, "by process %ld of %s", (long)getpid(), host);
    /* It only helps to say who has it. */
    if (ftruncate(fd, 0) == 0 && length > 0)
        (void)!pwrite(fd, text, (size_t)length < sizeof text ? (size_t)length : sizeof text - 1, 0);
}

static int open_lock(const char *path, bool writes) {
    return writes ? open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666)
                  : open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
}

static gf_status take_lock(gf_epoch_folder *folder, gf_error *error) {
    char path[GF_EPOCH_PATH], holder[128];
    if (path_in(folder->path, LOCK, path, error) != GF_OK)
        return error->status;
    folder->lock = open_lock(path, folder->writes);
    if (folder->lock < 0) /* a copy has none, and nobody writes where nobody can */
        return folder->writes ? gf_error_set_errno(error, GF_FAILED, errno,
                                                   "cannot write %s (give a folder that you may "
                                                   "write to)",
                                                   path)
                              : GF_OK;
    if (flock(folder->lock, (folder->writes ? LOCK_EX : LOCK_SH) | LOCK_NB) != 0 &&
        errno == EWOULDBLOCK) {
        name_holder(folder->lock, holder, sizeof holder);
        return gf_error_set(error, GF_FAILED,
                            "%s is in use %s; wait for its end, or give another folder",
                            folder->path, holder);
    }
    if (folder->writes)
        note_holder(folder->lock);
    return GF_OK;
}

/* ---- Opening and closing ----------------------------------------------- */

static gf_status find_path(const char *path, gf_epoch_folder *folder, gf_error *error) {
    const size_t length = strlen(path);
    if (length == 0)
        return gf_error_set(error, GF_USAGE, "the folder's name is empty; give one");
    if (length >= GF_EPOCH_PATH - 128)
        return gf_error_set(error, GF_FAILED, "%.80s...: path too long", path);
    *folder = (gf_epoch_folder)GF_EPOCH_NO_FOLDER;
    memcpy(folder->path, path, length + 1);
    while (folder->path[1] != '\0' && folder->path[strlen(folder->path) - 1] == '/')
        folder->path[strlen(folder->path) - 1] = '\0';
    return GF_OK;
}

static gf_status make_folder(gf_epoch_folder *folder, gf_error *error) {
    folder->made = mkdir(folder->path, 0777) == 0;
    if (folder->made || errno == EEXIST)
        return GF_OK;
    return gf_error_set_errno(error, GF_FAILED, errno,
                              "cannot make the folder %s (the one above it must exist and be "
                              "yours to write)",
                              folder->path);
}

static gf_status check_folder(const gf_epoch_folder *folder, gf_error *error) {
    struct stat info;
    if (stat(folder->path, &info) != 0)
        return cannot_read(folder->path, errno, error);
    return S_ISDIR(info.st_mode)
               ? GF_OK
               : gf_error_set(error, GF_FAILED, "%s is no folder; give the folder of a checkpoint",
                              folder->path);
}

static gf_status open_folder(gf_epoch_folder *folder, gf_epoch_use use, gf_error *error) {
    gf_status status = GF_OK;
    folder->writes = use == GF_EPOCH_WRITE;
    if (folder->writes)
        status = make_folder(folder, error);
    if (status == GF_OK)
        status = check_folder(folder, error);
    if (status == GF_OK && use != GF_EPOCH_SHARE)
        status = take_lock(folder, error);
    if (status == GF_OK && folder->writes)
        (void)for_each(folder, UNFINISHED, remove_unfinished, folder);
    return status;
}

gf_status gf_epoch_folder_open(const char *path, gf_epoch_use use, gf_epoch_folder *folder,
                               gf_error *error) {
    gf_epoch_folder made = GF_EPOCH_NO_FOLDER;
    gf_status status = find_path(path, &made, error);
    if (status == GF_OK)
        status = open_folder(&made, use, error);
    if (status == GF_OK)
        *folder = made;
    else if (made.lock >= 0)
        close(made.lock);
    return status;
}

/* Fails, as it should, where there is more than the lock. */
static void remove_empty(const gf_epoch_folder *folder) {
    char path[GF_EPOCH_PATH];
    gf_error ignored = GF_ERROR_INIT;
    bool found = true;
    uint64_t step = 0;
    if (gf_epoch_folder_find(folder, UINT64_MAX, &found, &step, &ignored) == GF_OK && !found &&
        path_in(folder->path, LOCK, path, &ignored) == GF_OK) {
        (void)unlink(path);
        (void)rmdir(folder->path);
    }
    gf_error_clear(&ignored);
}

void gf_epoch_folder_close(gf_epoch_folder *folder) {
    if (folder->path[0] != '\0' && folder->made)
        remove_empty(folder);
    if (folder->lock >= 0)
        close(folder->lock);
    *folder = (gf_epoch_folder)GF_EPOCH_NO_FOLDER;
}

bool gf_epoch_folder_is(const gf_epoch_folder *folder, const char *path) {
    struct stat a, b;
    return stat(folder->path, &a) == 0 && stat(path, &b) == 0 && a.st_dev == b.st_dev &&
           a.st_ino == b.st_ino;
}
