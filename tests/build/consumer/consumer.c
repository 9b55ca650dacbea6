#include <gpufare.h>

int main(void) {
    gf_error error = GF_ERROR_INIT;
    gf_session *session = NULL;
    gf_params *params = NULL;
    gf_comparison *comparison = NULL;
    gf_target_list list = {NULL, 0, NULL, 0};
    const gf_report_style style = {false, false, "gpufare.compare/1", NULL, false, 0, NULL};
    const gf_workload *julia = gf_workload_find("julia", &error);
    bool good =
        julia != NULL && gf_session_open(NULL, &session, &error) == GF_OK &&
        gf_params_create(julia, &params, &error) == GF_OK &&
        gf_params_set(params, "size", "320x200", &error) == GF_OK &&
        gf_comparison_create(session, params, NULL, &comparison, &error) == GF_OK &&
        gf_session_select(session, julia, NULL, GF_PICK_MANY, &list, &error) == GF_OK &&
        gf_comparison_resolve_targets(comparison, &list, &error) == GF_OK;
    const gf_result *result = NULL;
    for (size_t i = 0; good && i < list.count; i++)
        good = gf_comparison_run(comparison, &list.targets[i], &result, &error) == GF_OK;
    good = good &&
           gf_comparison_report(comparison, GF_FORMAT_TEXT, &style, stdout, &error) == GF_OK;
    if (!good || gf_comparison_status(comparison, &error) != GF_OK)
        fprintf(stderr, "%s: %s\n", gf_status_name(error.status), error.text);
    const int status = (int)error.status;
    gf_target_list_clear(&list);
    gf_comparison_destroy(comparison);
    gf_params_destroy(params);
    gf_session_close(session);
    gf_error_clear(&error);
    return status;
}
