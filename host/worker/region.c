#define _GNU_SOURCE 1 /* memfd_create, F_ADD_SEALS */

#include "worker/region.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

/* As in device/host_array.c: arrays of several of these get huge pages. */
#define HUGE_PAGE ((size_t)2 << 20)
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25 /* Linux 6.1 */
#endif

static size_t round_up(size_t bytes, size_t unit) {
    return (bytes + unit - 1) / unit * unit;
}

/* Maps at a multiple of a huge page, so that both processes can have it in huge pages, and between
 * guards: addresses that stay reserved and can't be touched. */
static void *map_aligned(int descriptor, size_t bytes) {
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const size_t unit = bytes >= 2 * HUGE_PAGE ? HUGE_PAGE : page;
    const size_t extra = unit - page, whole = round_up(bytes, page);
    const size_t reserved_bytes = whole + extra + 2 * GF_REGION_GUARD;
    char *reserved =
        mmap(NULL, reserved_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (reserved == MAP_FAILED)
        return NULL;
    const uintptr_t first = (uintptr_t)reserved + GF_REGION_GUARD;
    const size_t before = (unit - first % unit) % unit; /* to be given back */
    char *start = reserved + before;
    void *memory = mmap(start + GF_REGION_GUARD, bytes, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_FIXED, descriptor, 0);
    if (memory == MAP_FAILED) {
        (void)munmap(reserved, reserved_bytes);
        return NULL;
    }
    if (before > 0)
        (void)munmap(reserved, before);
    if (extra > before)
        (void)munmap(start + whole + 2 * GF_REGION_GUARD, extra - before);
    return memory;
}

/* With its guards. */
static void unmap(const gf_region *region) {
    const size_t whole = round_up(region->bytes, (size_t)sysconf(_SC_PAGESIZE));
    (void)munmap((char *)region->memory - GF_REGION_GUARD, whole + 2 * GF_REGION_GUARD);
}

/* Systems give shared memory small pages unless asked for each piece, which needs a first byte.
 * Where it is refused, small pages do. */
static void use_huge_pages(char *memory, size_t bytes) {
    for (size_t at = 0; at + HUGE_PAGE <= bytes; at += HUGE_PAGE) {
        *(volatile char *)(memory + at) = 0;
        if (madvise(memory + at, HUGE_PAGE, MADV_COLLAPSE) != 0 && errno == EINVAL)
            return;
    }
}

/* The system provides the pages now, or says that it can't: at the first touch it would end the
 * process. */
static int provide_pages(const gf_region *region) {
    if (region->bytes >= 2 * HUGE_PAGE)
        use_huge_pages(region->memory, region->bytes);
    int code;
    do
        code = posix_fallocate(region->descriptor, 0, (off_t)region->bytes);
    while (code == EINTR);
    return code;
}

gf_status gf_region_create(size_t bytes, gf_region *region, gf_error *error) {
    gf_region made = {.descriptor = -1};
    if (bytes == 0 || bytes > PTRDIFF_MAX - 2 * HUGE_PAGE - 2 * GF_REGION_GUARD)
        return gf_error_no_memory(error, "shared memory", bytes);
    made.bytes =
        round_up(bytes, bytes >= 2 * HUGE_PAGE ? HUGE_PAGE : (size_t)sysconf(_SC_PAGESIZE));
    made.descriptor = memfd_create("gpufare", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (made.descriptor < 0)
        return gf_error_set_errno(error, GF_FAILED, errno, "cannot make shared memory");
    int code = 0;
    if (ftruncate(made.descriptor, (off_t)made.bytes) != 0 ||
        fcntl(made.descriptor, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0 ||
        (made.memory = map_aligned(made.descriptor, made.bytes)) == NULL)
        code = errno;
    if (code == 0)
        code = provide_pages(&made);
    if (code == 0) {
        *region = made;
        return GF_OK;
    }
    gf_region_release(&made);
    if (code == ENOMEM || code == ENOSPC)
        return gf_error_no_memory(error, "shared memory", bytes);
    return gf_error_set_errno(error, GF_FAILED, code, "cannot make %zu bytes of shared memory",
                              bytes);
}

gf_status gf_region_map(int descriptor, size_t bytes, gf_region *region, gf_error *error) {
    gf_region made = {.descriptor = descriptor, .bytes = bytes};
    struct stat status;
    int code = 0;
    if (fstat(descriptor, &status) != 0)
        code = errno;
    else if (bytes == 0 || (uint64_t)status.st_size < bytes)
        code = EINVAL;
    else if ((made.memory = map_aligned(descriptor, bytes)) == NULL)
        code = errno;
    gf_region_close(&made);
    if (code != 0)
        return gf_error_set_errno(error, GF_FAILED, code, "cannot map %zu bytes of shared memory",
                                  bytes);
    *region = made;
    return GF_OK;
}

void gf_region_close(gf_region *region) {
    if (region->descriptor >= 0)
        close(region->descriptor);
    region->descriptor = -1;
}

void gf_region_release(gf_region *region) {
    if (region->bytes == 0) /* its descriptor may be 0, which is somebody else's */
        return;
    if (region->memory != NULL)
        unmap(region);
    gf_region_close(region);
    *region = (gf_region){.descriptor = -1};
}
