/* Pieces of JSON documents that several reports share. */
#ifndef GF_JSON_OBJECTS_H
#define GF_JSON_OBJECTS_H

#include "problem/workload.h"

json_t *gf_json_machine(bool *bad);
json_t *gf_json_device(const gf_device_info *info, bool *bad);

/* A workload with the parameters of a problem. */
json_t *gf_json_workload(const gf_problem *problem, bool *bad);

#endif
