/* Command lines: the first byte picks the command, then its words, separated by newlines. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"
#include "memory_files.h"
#include "options/cli.h"
#include "options/settings.h"
#include "verbs/verbs.h"

#define MOST_WORDS 32

int LLVMFuzzerInitialize(int *count, char ***arguments) {
    (void)count;
    (void)arguments;
    fuzz_watch_stdout();
    return 0;
}

static void take_parameters(const cli_command *command, const cli_request *request) {
    gf_error error = GF_ERROR_INIT;
    gf_params *params = NULL;
    const gf_workload *workload = gf_workload_find(request->operands[0], &error);
    if (workload != NULL && gf_params_create(workload, &params, &error) == GF_OK)
        (void)cli_assign(command, request, workload, params, &error);
    if (error.status != GF_OK)
        fuzz_check_error(&error);
    gf_params_destroy(params);
    gf_error_clear(&error);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    const cli_command *const commands[] = {&devices_command, &run_command,       &compare_command,
                                           &advise_command,  &breakeven_command, &calibrate_command,
                                           &doctor_command,  &png_command};
    char text[512];
    char *words[MOST_WORDS + 2] = {NULL};
    gf_error error = GF_ERROR_INIT;
    if (size < 1 || size > sizeof text)
        return 0;
    const cli_command *command = commands[bytes[0] % GF_COUNT_OF(commands)];
    char name[] = "command";
    int count = 0;
    memcpy(text, bytes + 1, size - 1);
    text[size - 1] = '\0';
    words[count++] = name;
    char *rest = text;
    for (char *word; count <= MOST_WORDS && (word = strsep(&rest, "\n")) != NULL;)
        words[count++] = word;
    struct settings settings;
    cli_request request = {0};
    command->defaults(&settings);
    if (cli_parse(command, count, words, &settings, &request, &error) != GF_OK)
        fuzz_check_error(&error);
    else if (!request.answered && command->operands == CLI_WORKLOAD && request.operand_count > 0)
        take_parameters(command, &request);
    cli_request_clear(&request);
    gf_error_clear(&error);
    return 0;
}
