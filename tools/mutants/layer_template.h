/* What every OpenCL layer (cl_khr_layers) has: its table of functions, that of the driver below,
 * and the two entries through which the loader finds it. The layer defines LAYER_NAME before it
 * includes this, and layer_begin, which enters its functions in the table. */
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl_layer.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../../host/layer/layer_info.h"

#define LAYER_EXPORT __attribute__((visibility("default")))

static cl_icd_dispatch table;
static const cl_icd_dispatch *below;

static void layer_begin(void);

LAYER_EXPORT cl_int CL_API_CALL clGetLayerInfo(cl_layer_info name, size_t size, void *value,
                                               size_t *size_ret) {
    return gf_answer_layer_info(LAYER_NAME, sizeof LAYER_NAME, name, size, value, size_ret);
}

LAYER_EXPORT cl_int CL_API_CALL clInitLayer(cl_uint entries, const cl_icd_dispatch *target,
                                            cl_uint *entries_ret, const cl_icd_dispatch **layer) {
    static const cl_uint entry_count = sizeof table / sizeof(void *);
    if (target == NULL || entries_ret == NULL || layer == NULL || entries < entry_count)
        return CL_INVALID_VALUE;
    below = target;
    table = *target;
    layer_begin();
    *entries_ret = entry_count;
    *layer = &table;
    return CL_SUCCESS;
}

/* All texts of a program as one, which the caller frees; NULL: no memory. */
static char *join(cl_uint count, const char **texts, const size_t *lengths) {
    size_t size = 1;
    for (cl_uint i = 0; i < count; i++)
        size += lengths == NULL || lengths[i] == 0 ? strlen(texts[i]) : lengths[i];
    char *all = malloc(size), *end = all;
    for (cl_uint i = 0; all != NULL && i < count; i++) {
        const size_t length = lengths == NULL || lengths[i] == 0 ? strlen(texts[i]) : lengths[i];
        memcpy(end, texts[i], length);
        end += length;
    }
    if (all != NULL)
        *end = '\0';
    return all;
}
