#include "backends/opencl/runtime/stage/cl_signature.h"
#include "base/array.h"
#include "base/error.h"
#include "base/text.h"
#include "problem/problem.h"

#include <ctype.h>
#include <string.h>

bool gf_cl_parameter_name(cl_kernel kernel, cl_uint index, char name[GF_CL_NAME]) {
    const char *const prefix = "_cl_"; /* PoCL's, of names that are also built-in functions */
    name[0] = '\0';
    const cl_int code =
        clGetKernelArgInfo(kernel, index, CL_KERNEL_ARG_NAME, GF_CL_NAME - 1, name, NULL);
    name[GF_CL_NAME - 1] = '\0';
    if (code == CL_INVALID_VALUE)
        snprintf(name, GF_CL_NAME, "(a very long name)");
    if (strncmp(name, prefix, strlen(prefix)) == 0)
        memmove(name, name + strlen(prefix), strlen(name + strlen(prefix)) + 1);
    return code == CL_SUCCESS || code == CL_INVALID_VALUE;
}

/* What the driver says of a parameter. */
typedef struct parameter {
    char name[GF_CL_NAME], type[GF_CL_NAME]; /* "" where it says nothing */
    bool has_space;
    cl_kernel_arg_address_qualifier space;
} parameter;

static parameter ask(cl_kernel kernel, cl_uint index) {
    parameter found = {.has_space = false};
    (void)gf_cl_parameter_name(kernel, index, found.name);
    if (clGetKernelArgInfo(kernel, index, CL_KERNEL_ARG_TYPE_NAME, sizeof found.type - 1,
                           found.type, NULL) != CL_SUCCESS)
        found.type[0] = '\0';
    found.has_space = clGetKernelArgInfo(kernel, index, CL_KERNEL_ARG_ADDRESS_QUALIFIER,
                                         sizeof found.space, &found.space, NULL) == CL_SUCCESS;
    return found;
}

/* ---- Types ------------------------------------------------------------- */

static const struct {
    const char *name;
    gf_type type;
} scalar_types[] = {
    {"char", GF_TYPE_I8},
    {"signed char", GF_TYPE_I8},
    {"uchar", GF_TYPE_U8},
    {"unsigned char", GF_TYPE_U8},
    {"short", GF_TYPE_I16},
    {"ushort", GF_TYPE_U16},
    {"unsigned short", GF_TYPE_U16},
    {"int", GF_TYPE_I32},
    {"uint", GF_TYPE_U32},
    {"unsigned int", GF_TYPE_U32},
    {"unsigned", GF_TYPE_U32},
    {"long", GF_TYPE_I64},
    {"ulong", GF_TYPE_U64},
    {"unsigned long", GF_TYPE_U64},
    {"float", GF_TYPE_F32},
    {"double", GF_TYPE_F64},
};

/* The scalar type of "float", "float4" or "const float4 *". false: another type, such as one that
 * the source has defined. */
static bool scalar_of(const char *text, gf_type *type) {
    while (strncmp(text, "const ", 6) == 0)
        text += 6;
    size_t length = strcspn(text, "*");
    while (length > 0 &&
           (isspace((unsigned char)text[length - 1]) || isdigit((unsigned char)text[length - 1])))
        length--;
    for (size_t i = 0; i < GF_COUNT_OF(scalar_types); i++) {
        if (strlen(scalar_types[i].name) == length &&
            strncmp(text, scalar_types[i].name, length) == 0) {
            *type = scalar_types[i].type;
            return true;
        }
    }
    return false;
}

static bool is_image(const char *type) {
    return strncmp(type, "image", 5) == 0 || strncmp(type, "sampler_t", 9) == 0;
}

/* ---- Comparing --------------------------------------------------------- */

/* In words, for messages. */
static const char *passing_words(gf_passing passing) {
    return passing == GF_PASS_BUFFER  ? "a buffer"
           : passing == GF_PASS_VALUE ? "a value"
                                      : "local memory";
}

static bool space_fits(gf_passing passing, cl_kernel_arg_address_qualifier space) {
    switch (passing) {
    case GF_PASS_BUFFER:
        return space == CL_KERNEL_ARG_ADDRESS_GLOBAL || space == CL_KERNEL_ARG_ADDRESS_CONSTANT;
    case GF_PASS_LOCAL_MEMORY:
        return space == CL_KERNEL_ARG_ADDRESS_LOCAL;
    case GF_PASS_VALUE:
        break;
    }
    return space == CL_KERNEL_ARG_ADDRESS_PRIVATE;
}

static gf_status check_one(const gf_ndrange_plan *plan, cl_uint index, const parameter *found,
                           gf_error *error) {
    const gf_ndrange_argument *passed = &plan->arguments[index];
    gf_type type = GF_TYPE_COUNT;
    if (is_image(found->type))
        return gf_error_set(error, GF_UNSUPPORTED,
                            "parameter %u (%s) of kernel %s is an %s; images and samplers can't be "
                            "passed: use a buffer",
                            index, found->name, plan->kernel, found->type);
    if (found->has_space && !space_fits(passed->passing, found->space))
        return gf_error_set(error, GF_FAILED,
                            "parameter %u (%s, %s) of kernel %s is not what the manifest passes "
                            "there: %s, %s; make the two agree",
                            index, found->name, found->type, plan->kernel, passed->name,
                            passing_words(passed->passing));
    if (passed->passing != GF_PASS_LOCAL_MEMORY && scalar_of(found->type, &type) &&
        type != passed->type)
        return gf_error_set(error, GF_FAILED,
                            "parameter %u (%s) of kernel %s has the type %s, and the manifest "
                            "passes %s there, of %s; make the two agree",
                            index, found->name, plan->kernel, found->type, passed->name,
                            gf_type_name(passed->type));
    return GF_OK;
}

/* An argument whose name another parameter has is in the wrong place, unless it is passed there,
 * too. Names that no parameter has are the manifest's own. */
static gf_status check_order(const gf_ndrange_plan *plan, const parameter *found, cl_uint count,
                             gf_error *error) {
    for (cl_uint i = 0; i < count; i++) {
        const char *name = plan->arguments[i].name;
        for (cl_uint k = 0; strcmp(found[i].name, name) != 0 && k < count; k++) {
            if (k != i && strcmp(found[k].name, name) == 0 &&
                strcmp(plan->arguments[k].name, name) != 0)
                return gf_error_set(error, GF_FAILED,
                                    "the manifest passes %s as argument %u of kernel %s, whose "
                                    "parameter %u is %s; %s is parameter %u",
                                    name, i, plan->kernel, i, found[i].name, name, k);
        }
    }
    return GF_OK;
}

gf_status gf_cl_check_signature(cl_kernel kernel, const gf_ndrange_plan *plan, cl_uint count,
                                gf_error *error) {
    parameter found[GF_MAX_ARGUMENTS];
    gf_status status = GF_OK;
    if (count != plan->argument_count)
        return gf_error_set(error, GF_FAILED,
                            "kernel %s has %u parameters, and the manifest passes %u arguments; "
                            "make the two agree",
                            plan->kernel, count, plan->argument_count);
    for (cl_uint i = 0; status == GF_OK && i < count; i++) {
        found[i] = ask(kernel, i);
        status = check_one(plan, i, &found[i], error);
    }
    return status == GF_OK ? check_order(plan, found, count, error) : status;
}
