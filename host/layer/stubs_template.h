/* The functions of one loader's table; LOADER is its number. */
#define HERE            (&gf_loaders[LOADER])
#define JOIN_(a, b)     a##_##b
#define JOIN(a, b)      JOIN_(a, b)
#define NAME_HERE(name) JOIN(name, LOADER)
#define STUB(result, name, parameters, arguments)                                                  \
    static result CL_API_CALL NAME_HERE(name) parameters {                                         \
        return gf_watch_##name(HERE, GF_PARTS arguments);                                          \
    }
GF_WATCHED(STUB)

static void CL_API_CALL NAME_HERE(clSVMFree)(cl_context context, void *memory) {
    gf_watch_clSVMFree(HERE, context, memory);
}

#define ENTER(result, name, parameters, arguments)                                                 \
    if (HERE->below.name != NULL)                                                                  \
        table->name = NAME_HERE(name);
static void NAME_HERE(fill)(cl_icd_dispatch *table) {
    GF_WATCHED(ENTER)
    if (HERE->below.clSVMFree != NULL)
        table->clSVMFree = NAME_HERE(clSVMFree);
}

#undef HERE
#undef JOIN_
#undef JOIN
#undef NAME_HERE
#undef STUB
#undef ENTER
#undef LOADER
