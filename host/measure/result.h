/* What one device made of a problem. */
#pragma once

#include "device/backend.h"
#include "image/image.h"
#include "measure/energy/energy.h"
#include "measure/ledger.h"
#include "measure/verify.h"

/* What became of one variant in a search for the fastest. */
typedef enum gf_variant_fate {
    GF_VARIANT_TIMED,
    GF_VARIANT_STOPPED,   /* it was far slower than the fastest so far */
    GF_VARIANT_NOT_BUILT, /* no kernel can be had */
    GF_VARIANT_FAILED,    /* the driver did */
    GF_VARIANT_WRONG,     /* its result differs from the reference */
    GF_VARIANT_NOT_TRIED  /* no time was left */
} gf_variant_fate;

typedef struct gf_variant_try {
    const char *variant;
    gf_variant_fate fate;
    uint64_t ns; /* of computing up to the first transfer back, in a race the first few; 0: not
                    known */
} gf_variant_try;

#define GF_MOST_VARIANT_TRIES 8

typedef struct gf_variant_choice {
    const gf_device *device;
    const char *variant; /* NULL: none was chosen */
    bool saved_before;   /* an earlier search found it */
    /* Of a search that was made now. */
    gf_variant_try tries[GF_MOST_VARIANT_TRIES];
    uint32_t try_count;
} gf_variant_choice;

/* Small pictures for reports; without pixels: not kept. Owned. */
typedef struct gf_kept_picture {
    gf_image picture; /* of a result that is ok; of one that is wrong: the elements that differ */
    gf_image
        difference; /* from the picture of the first result that is ok; none if they are equal */
    bool compared;  /* with that one, at full size */
    size_t differing, pixels; /* of `pixels` pixels at full size */
} gf_kept_picture;

/* Of a field in files: how it was moved. */
typedef struct gf_field_facts {
    uint64_t memory_bytes; /* the most for what is held of it; 0: the field is in memory */
    bool direct;           /* the files were read and written past the page cache */
    uint64_t read_ns, write_ns, read_bytes, written_bytes; /* in the round trip */
} gf_field_facts;

/* Holds copies, so that a result needs only the session to live on, not the device's open state. */
struct gf_result {
    gf_device *device;
    char variant[32];
    char label[64];
    char why[160];
    gf_energy energy; /* of a result that is ok, if it was asked for */
    /* Of the search that chose the variant in this comparison; 0: none did. */
    gf_variant_try tries[GF_MOST_VARIANT_TRIES];
    uint32_t try_count;
    gf_checkpoint_state checkpoint; /* all 0: no state was saved or gone on from */
    gf_outcome outcome;
    gf_error error;     /* the reason, when the outcome is not ok */
    char note[256];     /* the backend's line on how the program ran; may be "" */
    char *build_record; /* options and log of the compiler; NULL: nothing was compiled; owned */
    gf_tuning tuning;   /* the values of its tunables */
    gf_ledger ledger;
    /* Of the ledger; computed by gf_result_summarize. */
    gf_statistics statistics[GF_PHASE_COUNT];
    gf_statistics pipelined;
    uint64_t detour_ns; /* median of what round trips spent on requests to another process, which is
                           in none of their times */
    gf_visits visits;   /* of a device that has no room for the whole problem; else 0 bands */
    gf_field_facts field;
    gf_overlap overlap;   /* of the pipelined round trips; 0 parts: there are none */
    uint32_t disturbed;   /* samples during which other programs had the cores that it needs */
    uint32_t retaken;     /* others like them, in whose place later ones were taken */
    uint32_t median_trip; /* index of the sample that the ledger shows */
    double fare;          /* gf_fare_share of the medians */
    bool build_known;     /* `build` is set */
    gf_build_history build;
    gf_lane_group lanes;           /* items that ran in step; 0 x 0: not known */
    double efficiency;             /* SIMD efficiency in these groups */
    uint64_t device_bytes;         /* of all buffers; host memory where they are in place */
    uint64_t host_bytes;           /* of the run's arrays on the host: buffers, inputs, reference */
    uint64_t host_peak_bytes;      /* of the process until the end of this run; 0: not known */
    uint64_t bytes_up, bytes_down; /* of one round trip */
    uint64_t transfers;            /* of one round trip, both directions */
    bool in_place;                 /* transfers copy nothing */
    const char *host_memory;       /* of transfers: "in place", "pinned", "pageable", "mixed" */
    bool inputs_vary;              /* from sample to sample */
    double work;                   /* useful work of one run, in the workload's unit */
    double checksum;
    uint64_t nonfinite; /* elements that are NaN or infinite, if the checksum is not finite */
    char answer[160];   /* the answer that the verified result gives, in one line; may be "" */
    gf_verification verification;
    char *png_path, *npy_path, *difference_path; /* NULL: not written; owned */
    gf_kept_picture kept;
};

/* The median of a phase in ns; 0 where it was not measured. */
static inline double gf_result_median_ns(const gf_result *result, gf_phase phase) {
    return (double)result->statistics[phase].median_ns;
}

/* The schedule whose round trips have the smaller median; devices are compared by it. Serial where
 * nothing can overlap. */
gf_schedule gf_result_schedule(const gf_result *result);
/* The statistics of these round trips, and their median; 0 without samples. */
const gf_statistics *gf_result_best(const gf_result *result);
double gf_result_best_ns(const gf_result *result);
/* Of a set of devices, what each of them did in the round trip that the ledger shows; NULL: it is
 * no set, or has no times. */
const gf_shares *gf_result_shares(const gf_result *result);
/* What compiling its program took, the first time where that is known; 0: nothing is compiled. */
double gf_result_cold_build_ns(const gf_result *result);
/* The threads that it computed with, of a kernel that uses what there is: those that a search chose
 * or the user, else all that the device has. */
uint32_t gf_result_threads(const gf_result *result);
/* Whether so many of its samples are disturbed that their median may be. */
bool gf_result_is_disturbed(const gf_result *result);
/* The same of numbers: `disturbed` of `count` samples. */
bool gf_are_disturbed(uint32_t disturbed, uint32_t count);
/* What a round trip takes by the better schedule with `factor` times the computing between the same
 * transfers, if the kernel keeps its rate. */
double gf_result_scaled_ns(const gf_result *result, double factor);

const char *gf_outcome_name(gf_outcome outcome); /* "ok", "unsupported", "failed", "mismatch" */
const char *gf_variant_fate_name(gf_variant_fate fate); /* "timed", "stopped", ... */
/* "cold", "warm"; NULL for GF_BUILD_UNKNOWN. */
const char *gf_build_state_name(gf_build_state state);

/* Computes the statistics and the fare from the samples in the ledger. GF_FAILED without memory. */
gf_status gf_result_summarize(gf_result *result, gf_error *error);
/* Removes every time, those of the build included: a result that is not right has none. */
void gf_result_drop_times(gf_result *result);
/* A device that fails or lacks something is a result, too, which has no times and gets the error:
 * GF_OK. An interruption is none: returned as it is. */
gf_status gf_result_note_failure(gf_result *result, gf_status status, gf_error *error);
/* Accepts NULL. */
void gf_result_destroy(gf_result *result);
