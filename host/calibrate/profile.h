/* A device's profile: what was measured of it once, for predictions. It is kept in the cache, one
 * file for each device, keyed by machine, device, driver and version of gpufare. */
#ifndef GF_PROFILE_H
#define GF_PROFILE_H

#include <jansson.h>

#include "gpufare.h"
#include "problem/workload.h"
#include "stats/line_fit.h"

/* ---- What a profile holds ---------------------------------------------- */

typedef enum gf_direction { GF_UP, GF_DOWN, GF_DIRECTIONS } gf_direction;

/* Memory of the host that transfers start or end in. */
typedef enum gf_memory_kind {
    GF_MEMORY_PAGEABLE, /* plain memory */
    GF_MEMORY_PINNED,   /* the backend's own host arrays */
    GF_MEMORY_MAPPED,   /* the buffer's memory, handed over in place */
    GF_MEMORY_KINDS
} gf_memory_kind;

const char *gf_memory_kind_name(gf_memory_kind kind); /* "pageable" */
const char *gf_direction_name(gf_direction direction);

/* What the device sustains; 0: not known. Rates are a second's. */
typedef struct gf_ceilings {
    double launch_ns;         /* an empty kernel, start to finish */
    double copy_cached;       /* bytes, read and written, of an array that fits in the caches */
    double copy_memory;       /* of one that does not */
    double cached_bytes;      /* the size from which copying counts as out of cache */
    double f32, f64, integer; /* operations: separate multiplications and additions */
} gf_ceilings;

/* One measured case: a kernel with its problem, what it asked for and what it took. */
typedef struct gf_case {
    char workload[32], variant[32];
    char values[256]; /* "size=512x512 steps=64": what was set; for reports */
    gf_precision precision;
    gf_math math;
    /* What gf_estimate found before it ran. */
    double work, operations, bytes, items, footprint, segments, segment_steps;
    double bytes_up, bytes_down, uploads, downloads; /* as of gf_estimate */
    double efficiency; /* SIMD efficiency in the variant's lane groups */
    gf_lane_group lanes;
    /* Medians of the round trips; the phases of one of them add up to about the total. */
    double alloc_ns, h2d_ns, launch_ns, kernel_ns, d2h_ns, total_ns;
    double spread;  /* quartile distance of the total as a share of the median */
    bool disturbed; /* other programs took its cores, however often it was measured */
} gf_case;

typedef struct gf_profile {
    /* The key, in words. */
    char machine[256]; /* CPU model, cores and threads used, OS */
    char device_id[32], device_name[128], kind[32], platform[128], driver[128];
    char simd[32];    /* the best ISA that may be used, or the native vector widths */
    char version[32]; /* of gpufare */
    gf_device_class device_class;
    uint64_t global_memory_bytes, max_alloc_bytes;
    uint32_t threads; /* of the native path; 0: does not apply */
    bool f64;
    /* What was measured. */
    char measured_at[32]; /* "2026-05-21T12:00:00Z" */
    double took_s;
    gf_line transfers[GF_DIRECTIONS][GF_MEMORY_KINDS];
    gf_memory_kind used; /* the kind that round trips on this device use */
    gf_line first_touch; /* the host's first touch of its arrays and making the buffers */
    gf_ceilings ceilings;
    gf_case *cases; /* owned */
    size_t case_count;
    bool modelled; /* from a file: a device that is not here */
} gf_profile;

/* An empty profile with the key of a device of this machine. `threads` as the session was asked. */
gf_status gf_profile_create(const gf_device_info *device, uint32_t threads, gf_profile **profile,
                            gf_error *error);
void gf_profile_destroy(gf_profile *profile);
/* Adds a copy of a point; one of the same workload, variant, values, precision and math is
 * replaced. */
gf_status gf_profile_add(gf_profile *profile, const gf_case *point, gf_error *error);

/* Whether both are of one device of one machine, with as many threads, whatever else they say of
 * it: a CPU does not become a GPU by a file that calls it one. */
bool gf_profile_same_device(const gf_profile *a, const gf_profile *b);

/* ---- Keeping ----------------------------------------------------------- */

typedef enum gf_profile_state {
    GF_PROFILE_NONE,    /* nothing is kept */
    GF_PROFILE_LOADED,  /* read */
    GF_PROFILE_DAMAGED, /* a file is there and is no profile, or holds numbers that can't be */
    GF_PROFILE_FOREIGN, /* of another machine or device */
    GF_PROFILE_STALE    /* of another driver or version */
} gf_profile_state;

/* Takes over what is kept for the profile's key. Anything but GF_PROFILE_LOADED leaves the profile
 * empty, and *why (may be NULL) says in words what was wrong with what there was. */
gf_profile_state gf_profile_load(gf_profile *profile, char *why, size_t size);
/* false: it could not be kept. */
bool gf_profile_save(const gf_profile *profile);

#endif
