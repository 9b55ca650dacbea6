/* A model: a device described by what is published about it, each number with its source. Nothing
 * is measured, and the device need not be here. models/README.md describes the files. */
#pragma once

#include "manifest/pool.h"

typedef enum gf_model_type { GF_MODEL_GPU, GF_MODEL_CPU } gf_model_type;
typedef enum gf_model_bus {
    GF_BUS_PCIE,  /* memory of its own, behind PCI Express */
    GF_BUS_SHARED /* one memory with the host */
} gf_model_bus;

/* Whose compiler makes its kernels: counts of instructions are for each. */
typedef enum gf_model_family {
    GF_FAMILY_NVIDIA,
    GF_FAMILY_AMD,
    GF_FAMILY_INTEL,
    GF_FAMILY_CPU,
    GF_FAMILIES
} gf_model_family;

const char *gf_model_type_name(gf_model_type type);       /* "gpu" */
const char *gf_model_bus_name(gf_model_bus bus);          /* "pcie" */
const char *gf_model_family_name(gf_model_family family); /* "nvidia" */

/* A unit is a multiprocessor, a compute unit, an Xe core or a core. */
typedef enum gf_model_field {
    GF_MODEL_PCIE_GENERATION,
    GF_MODEL_PCIE_LANES,
    GF_MODEL_BUS_SHARE_PINNED, /* of the payload rate; with shared memory of the memory's rate */
    GF_MODEL_BUS_SHARE_PAGEABLE,
    GF_MODEL_TRANSFER_LATENCY,
    GF_MODEL_LAUNCH_TIME,
    GF_MODEL_MEMORY,
    GF_MODEL_MEMORY_RATE,
    GF_MODEL_UNITS,
    GF_MODEL_CLOCK_BASE,
    GF_MODEL_CLOCK_BOOST,
    GF_MODEL_LANES,
    GF_MODEL_ISSUE, /* instructions of lanes, a clock and unit, of a CPU of lanes of 64 bits; so are
                       the following */
    GF_MODEL_F32_ADD,
    GF_MODEL_F32_MULTIPLY,
    GF_MODEL_F32_FMA,
    GF_MODEL_F64_ADD,
    GF_MODEL_F64_MULTIPLY,
    GF_MODEL_F64_FMA,
    GF_MODEL_I32_ADD,
    GF_MODEL_I32_MULTIPLY,
    GF_MODEL_I64_REMAINDER,
    GF_MODEL_LOCAL_MEMORY,
    GF_MODEL_REGISTERS,
    GF_MODEL_L1,
    GF_MODEL_L2,
    GF_MODEL_L2_RATE,
    GF_MODEL_FIELDS
} gf_model_field;

/* When a field must be given. */
typedef enum gf_field_need { GF_FIELD_REQUIRED, GF_FIELD_OPTIONAL, GF_FIELD_PCIE } gf_field_need;

typedef struct gf_field_info {
    const char *name; /* of its section: "memory-rate" */
    const char *unit; /* in the file; "" for a plain number */
    double scale;     /* from that unit to ns, bytes, bytes/s or 1/s */
    double min, max;  /* in the unit of the file */
    bool whole;
    gf_field_need need;
    const char *what; /* "rate of the memory" */
} gf_field_info;

extern const gf_field_info gf_field_infos[GF_MODEL_FIELDS];

typedef struct gf_model_source {
    const char *name, *title, *address, *date;
    bool unseen; /* it is cited, and was not read again for this file */
    uint32_t line;
} gf_model_source;

typedef struct gf_model_value {
    bool given;
    double low, high;   /* in the unit of the file; equal unless it is a range */
    size_t source;      /* its index; GF_NO_SOURCE: `reason` says why the range is safe */
    const char *place;  /* NULL, or where in the source: "table 2" */
    const char *reason; /* NULL, or of a range */
    uint32_t line;
} gf_model_value;

#define GF_NO_SOURCE SIZE_MAX

typedef struct gf_model {
    const char *name; /* of its file: "h100-pcie" */
    const char *path; /* for messages */
    const char *title, *vendor;
    gf_model_type type;
    gf_model_bus bus;
    gf_model_family family;
    uint32_t year;
    gf_model_source *sources;
    size_t source_count;
    gf_model_value values[GF_MODEL_FIELDS];
    gf_pool *pool; /* owns all this */
} gf_model;

/* In ns, bytes, bytes/s, Hz, or numbers a clock; `otherwise` where the field is not given. */
double gf_model_low(const gf_model *model, gf_model_field field, double otherwise);
double gf_model_high(const gf_model *model, gf_model_field field, double otherwise);
/* Bytes a second in one direction after line coding, at the fast ends of ranges or at the slow
 * ones; 0: shared memory. */
double gf_model_bus_rate(const gf_model *model, bool best);

/* Accepts NULL. */
void gf_model_destroy(gf_model *model);
