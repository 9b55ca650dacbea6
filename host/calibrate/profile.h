/* A device's profile: measurements from which its run times are predicted. */
#pragma once

#include "gpufare.h"
#include "os/machine.h"
#include "problem/workload.h"
#include "stats/line_fit.h"

typedef enum gf_direction { GF_UP, GF_DOWN, GF_DIRECTIONS } gf_direction;

/* Host memory at which transfers start or end. */
typedef enum gf_memory_kind {
    GF_MEMORY_PAGEABLE, /* plain memory */
    GF_MEMORY_PINNED,   /* the backend's own host arrays */
    GF_MEMORY_MAPPED,   /* the buffer's memory, handed over in place */
    GF_MEMORY_KINDS
} gf_memory_kind;

const char *gf_memory_kind_name(gf_memory_kind kind); /* "pageable" */
const char *gf_direction_name(gf_direction direction);

/* Sizes of which copies and reads are measured: 64 KiB to 256 MiB in powers of 4, of copies both
 * arrays together. The smallest copies are of 32 KiB, because two arrays that just fill a
 * first-level cache stay there only if they lie well; their rate is that of 64 KiB, too. */
#define GF_COPIED_SIZES 7
#define GF_LEAST_COPIED ((uint64_t)65536)

/* The parts of a profile beside its cases. */
typedef struct gf_profile_parts {
    bool transfers, first_touch, launch, copies, reads, arithmetic;
} gf_profile_parts;

/* The most that the device sustains; 0: unknown. Rates are per second. */
typedef struct gf_ceilings {
    double launch_ns;         /* an empty kernel, start to finish: the usual time */
    double least_launch_ns;   /* the shortest: no launch beats it */
    double copy_cached;       /* bytes read and written, of arrays that fit into the caches */
    double copy_memory;       /* the same, of larger arrays */
    double cached_bytes;      /* arrays above this size are copied from memory; 0: no caches seen */
    double read_memory;       /* bytes read of a large array, of which hardly anything is written */
    double f32, f64, integer; /* operations: a fused multiplication and addition counts as two */
    /* Of each size (above): bytes copied, that is read and written, and bytes read. The first is
     * the ceiling of all footprints below 256 KiB, also of those that only a second-level cache
     * holds. All 0 in profiles of older versions. */
    double copies[GF_COPIED_SIZES], reads[GF_COPIED_SIZES];
} gf_ceilings;

/* One measured case: a kernel, its problem, and the times of its round trips. */
typedef struct gf_case {
    char workload[32], variant[32];
    char values[256]; /* "size=512x512 steps=64": the parameters that were set */
    gf_precision precision;
    gf_math math;
    /* As in gf_estimate. */
    double work, operations, bytes, items, footprint, segments, segment_steps;
    double written; /* share of `bytes` that is written; the rest is read */
    double bytes_up, bytes_down, uploads, downloads;
    double efficiency; /* SIMD efficiency in the variant's lane groups */
    gf_lane_group lanes;
    /* Medians over the round trips, so that the phases add up to the total only roughly. */
    double alloc_ns, h2d_ns, launch_ns, kernel_ns, d2h_ns, total_ns;
    /* Of round trips whose transfers overlap the kernels; 0 where nothing can overlap, and in
     * profiles that were measured before these were. */
    double pipelined_ns, pipelined_parts, part_launches;
    double spread; /* quartile distance of the total as a share of the median */
    /* Of the kernel's program: the slowest build so far; 0: nothing is compiled. false: not known,
     * as in profiles that were measured before it was. */
    double build_ns;
    bool build_known;
    /* Standard deviations of the logarithm of the total, of launch_ns + kernel_ns, and of
     * h2d_ns + d2h_ns, from one run to another, apart in time; 0: not known. Far above those of the
     * samples of one run. */
    double run_deviation, compute_deviation, transfer_deviation;
    uint32_t threads; /* of the native backend, of a kernel that uses what there is; 0: another one,
                         or not known, as in older profiles */
    bool disturbed;   /* other programs took its cores in each attempt to measure it */
    uint32_t turns; /* runs that this one was chosen from; 1: a second one is due; 0: not known, as
                       in older profiles, where none is */
} gf_case;

typedef struct gf_profile {
    /* The key. */
    char machine[256]; /* CPU model, cores and threads used, CPU quota, OS */
    char device_id[32], device_name[128], kind[32], platform[128], driver[128];
    char simd[32];    /* the best permitted ISA, or the native vector widths */
    char version[32]; /* of gpufare */
    gf_device_class device_class;
    uint64_t global_memory_bytes, max_alloc_bytes;
    uint32_t threads; /* of the native backend; 0: another backend */
    bool f64;
    /* The measurements. */
    char measured_at[32]; /* "2026-05-21T12:00:00Z" */
    double took_s;
    gf_line transfers[GF_DIRECTIONS][GF_MEMORY_KINDS];
    gf_memory_kind used;       /* the kind of memory that round trips use */
    gf_line first_touch;       /* first touch of host arrays, and creation of the buffers */
    gf_line first_touch_large; /* the same of arrays from its least size on; without measurements
                                  where they follow the same line */
    gf_ceilings ceilings;
    gf_profile_parts disturbed; /* by other programs in each attempt to measure it */
    gf_profile_parts missing;   /* not measured yet, or only in part */
    gf_case *cases;             /* owned */
    size_t case_count;
    gf_case *refused; /* owned; cases that the device can't run, of which only the fields up to
                         `math` count: no time of theirs is missing */
    size_t refused_count;
    bool modelled; /* read from a file: the device may be on another machine */
} gf_profile;

/* An empty profile with the key of a device of this machine. `threads`: as the session's option. */
gf_status gf_profile_create(const gf_device_info *device, uint32_t threads, gf_profile **profile,
                            gf_error *error);
/* "CPU model, 4 cores, 8 threads, CPU quota of 1.5, Linux ..."; `quota` 0: there is none. */
void gf_profile_format_machine(const gf_machine *machine, double quota, char *text, size_t size);
void gf_profile_destroy(gf_profile *profile);
/* Adds a copy of a case; replaces one of equal workload, variant, values, precision and math. */
gf_status gf_profile_add_case(gf_profile *profile, const gf_case *added, gf_error *error);

/* The same for a case that the device refused. */
gf_status gf_profile_add_refused(gf_profile *profile, const gf_case *added, gf_error *error);
/* Whether it is known that the device refuses the case. */
bool gf_profile_refuses(const gf_profile *profile, const gf_case *asked);

/* Whether a part beside the cases is missing. */
bool gf_profile_is_partial(const gf_profile *profile);
/* "launches, copies": the parts that are set; "": none. */
void gf_profile_list_parts(const gf_profile_parts *parts, char *buffer, size_t size);

/* Removes the cases of a workload, and what is known of those refused. */
void gf_profile_drop_cases(gf_profile *profile, const char *workload);

/* Whether both are of one device of one machine with the same number of threads. Other fields do
 * not count: a file that calls a CPU a GPU still describes the CPU. */
bool gf_profile_same_device(const gf_profile *a, const gf_profile *b);

/* The line of first touches for arrays of this size. */
const gf_line *gf_profile_first_touch(const gf_profile *profile, double bytes);
