/* Broken model files: each is refused in one line, with the line that is wrong and what to do. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/model_read.h"
#include "model_texts.h"

typedef struct broken {
    const char *find, *replace; /* in MODEL_GPU; find "" replaces the whole */
    const char *at;             /* stands in the line that the error must name; NULL: any line */
    const char *wrong, *remedy; /* what the error says */
} broken;

static const broken files[] = {
    {"", "", NULL, "no section", "needs [model]"},
    {"", "title = x\n", "title", "stands before the first section", "write [model]"},
    {"[model]\n", "[model\n", "[model\n", "is no section", "write [kind]"},
    {"[model]\n", "[source a]\ntitle = b\naddress = c\ndate = d\n", "title = A", "is given twice",
     "remove one"},
    {"[model]\n", "[model]\nbroken\n", "broken", "is no entry", "write KEY = VALUE"},
    {"title = A made-up GPU\n", "", "[model]", "has no title", "add title ="},
    {"title = A made-up GPU\n", "titel = A\n", "titel", "has no key titel", "did you mean title?"},
    {"vendor = Nobody\n", "", "[model]", "has no vendor", "add vendor ="},
    {"type = gpu\n", "type = tpu\n", "type = tpu", "tpu is not known", "give gpu or cpu"},
    {"bus = pcie\n", "bus = nvlink\n", "bus = ", "nvlink is not known", "give pcie or shared"},
    {"family = nvidia\n", "family = 3dfx\n", "3dfx", "3dfx is not known", "give nvidia, amd"},
    {"year = 2020\n", "year = twenty\n", "year = ", "twenty is no number", "such as 12"},
    {"year = 2020\n", "year = 20\n", "year = ", "20 is no year", "from 1990 on"},
    {"[source sheet]", "[model]\n[source sheet]", "[model]\n[source", "[model] is given twice",
     "remove one"},
    {"[source sheet]", "[source]", "[source]", "a source has no name", "[source datasheet]"},
    {"title = Its data sheet\n", "", "[source sheet]", "has no title", "add title ="},
    {"address = https://example.org\n", "", "[source sheet]", "has no address", "add address ="},
    {"date = 2020-01\n", "", "[source sheet]", "has no date", "add date ="},
    {"date = 2020-01\n", "date = 2020-01\n[source sheet]\ntitle = b\naddress = c\ndate = d\n",
     "[source sheet]\ntitle = b", "source sheet is given twice", "rename one"},
    {"date = 2020-01\n", "date = yesterday\n", "date = ", "yesterday is no date", "2022-03-22"},
    {"date = 2020-01\n", "date = 2020-13\n", "date = ", "2020-13 is no date", "2022-03-22"},
    {"[pcie-lanes]\nvalue = 4\n", "[pcie-lanes]\nvalue = 17\n", "[pcie-lanes]",
     "no bus has 17 lanes", "12, 16 or 32"},
    {"[pcie-lanes]\nvalue = 4\nsource = sheet: table 1\n",
     "[pcie-lanes]\nlow = 8\nhigh = 13\nsource = sheet: table 1\n", "[pcie-lanes]",
     "no bus has 13 lanes", "12, 16 or 32"},
    {"date = 2020-01\n", "date = 2020-01\nfound = maybe\n", "found", "maybe is not known",
     "yes or no"},
    {"[units]", "[unit]", "[unit]", "no field is called unit", "did you mean [units]?"},
    {"[units]", "[units of all]", "[units of all]", "is no section", "write [kind]"},
    {"[units]", "[units here]", "[units here]", "takes no name", "remove here"},
    {"[units]\nvalue = 10\n", "[units]\n", "[units]", "has no number",
     "add value, or low and high"},
    {"[units]\nvalue = 10\n", "[units]\nvalue = ten\n", "value = ten", "ten is no number",
     "such as 12"},
    {"[units]\nvalue = 10\n", "[units]\nvalue = 10.5\n", "value = 10.5", "10.5 is not acceptable",
     "a whole number from 1"},
    {"[units]\nvalue = 10\n", "[units]\nvalue = 0\n", "value = 0\n", "0 is not acceptable",
     "from 1 to"},
    {"[units]\nvalue = 10\n", "[units]\nvalue = 0x10\n", "value = 0x10", "0x10 is no number",
     "such as 12"},
    {"[units]\nvalue = 10\n", "[units]\nvalue = 1e999\n", "1e999", "1e999 is no number",
     "such as 12"},
    {"[units]\nvalue = 10\n", "[units]\nvalue = 10\nlow = 5\nhigh = 20\n", "value = 10\nlow",
     "a value and a range", "remove value"},
    {"[units]\nvalue = 10\n", "[units]\nlow = 5\n", "[units]", "half a range", "both low and high"},
    {"[units]\nvalue = 10\n", "[units]\nlow = 20\nhigh = 10\n", "high = 10\nsource", "is below low",
     "exchange them"},
    {"[units]\nvalue = 10\n", "[units]\nvalue = 10\nvalue = 11\n", "value = 11", "given twice",
     "remove one"},
    {"[units]\nvalue = 10\n", "[units]\nvalue = 10\nnote = x\n", "note = x", "has no key note",
     "remove it"},
    {"[units]\nvalue = 10\nsource = sheet: table 1\n", "[units]\nvalue = 10\n", "[units]",
     "has no source", "add source = NAME"},
    {"[units]\nvalue = 10\nsource = sheet: table 1\n", "[units]\nlow = 5\nhigh = 10\n", "[units]",
     "neither source nor reason", "why the range is safe"},
    {"[units]\nvalue = 10\nsource = sheet: table 1\n", "[units]\nvalue = 10\nreason = so\n",
     "reason = so", "a single value needs a source", "give low and high"},
    {"[units]\nvalue = 10\nsource = sheet", "[units]\nvalue = 10\nsource = sheat", "sheat",
     "no source is called sheat", "add [source sheat]"},
    {"[units]\nvalue = 10\nsource = sheet: table 1\n", "", "[model]", "the field units is missing",
     "add [units]"},
    {"[units]\n", "[memory]\nvalue = 8\nsource = sheet\n[units]\n",
     "[memory]\nvalue = 8\nsource = "
     "sheet\n[units]",
     "[memory] is given twice", "remove one"},
    {"[pcie-lanes]\nvalue = 4\nsource = sheet: table 1\n", "", "[model]",
     "the field pcie-lanes is missing", "add [pcie-lanes]"},
    {"bus = pcie\n", "bus = shared\n", "[pcie-lanes]", "has no bus", "write bus = pcie"},
    {"[clock-boost]\nvalue = 1000\n", "[clock-boost]\nvalue = 400\n", "[clock-boost]",
     "is below clock-base", "exchange them"},
    {"[clock-boost]\nvalue = 1000\nsource = sheet: table 1\n",
     "[clock-boost]\nlow = 400\nhigh = 1000\nreason = x\n", "[clock-boost]",
     "clock-boost, 400, is below clock-base, 500", "exchange them"},
    {"[f32-add]\nvalue = 128\n", "[f32-add]\nvalue = 0\n", "value = 0\n", "0 is not acceptable",
     "from 0.01 to"},
    {"[f64-multiply]\nvalue = 4\n", "[f64-multiply]\nvalue = 0\n", "[f64-multiply]",
     "f64-add is 4 and f64-multiply 0", "none with 0 for each"},
    {"[units]\n", "[local-memory-rate]\nvalue = 128\nsource = sheet\n[units]\n",
     "[local-memory-rate]", "no field is called local-memory-rate", "remove the section"},
    {"[memory-rate]\nvalue = 100\n", "[memory-rate]\nvalue = 1e11\n", "1e11",
     "1e11 GB/s is not acceptable", "from 1 to 100000"},
};

#define COUNT (sizeof files / sizeof files[0])

/* MODEL_GPU with one change; freed by the caller. */
static char *change(const broken *file) {
    const char *place = file->find[0] == '\0' ? NULL : strstr(MODEL_GPU, file->find);
    char *text = calloc(1, sizeof MODEL_GPU + 512);
    cr_assert_not_null(text);
    cr_assert(file->find[0] == '\0' || place != NULL, "%s is not in the model", file->find);
    const size_t before = place == NULL ? 0 : (size_t)(place - MODEL_GPU);
    memcpy(text, MODEL_GPU, before);
    strcpy(text + before, file->replace);
    if (place != NULL)
        strcat(text, place + strlen(file->find));
    return text;
}

/* The number of the line in which `at` begins. */
static unsigned line_of(const char *text, const char *at) {
    const char *place = strstr(text, at);
    unsigned line = 1;
    cr_assert_not_null(place, "%s is not in the changed model", at);
    for (const char *c = text; c < place; c++)
        line += *c == '\n';
    return line;
}

Test(model_broken, is_refused_in_one_line) {
    cr_assert(COUNT >= 30);
    for (size_t i = 0; i < COUNT; i++) {
        const broken *file = &files[i];
        char *text = change(file), place[64] = "made.ini:";
        gf_model *model = NULL;
        gf_error error = GF_ERROR_INIT;
        cr_expect_eq(gf_model_parse("made.ini", text, &model, &error), GF_USAGE, "%zu: %s -> %s", i,
                     file->find, file->replace);
        cr_expect_null(model);
        if (file->at != NULL)
            snprintf(place, sizeof place, "made.ini:%u: ", line_of(text, file->at));
        cr_expect(strstr(error.text, place) == error.text, "%zu: %s, not at %s", i, error.text,
                  place);
        cr_expect(strstr(error.text, file->wrong) != NULL, "%zu: %s lacks %s", i, error.text,
                  file->wrong);
        cr_expect(strstr(error.text, file->remedy) != NULL, "%zu: %s lacks %s", i, error.text,
                  file->remedy);
        cr_expect_null(strchr(error.text, '\n'));
        gf_error_clear(&error);
        free(text);
    }
}

Test(model_broken, a_file_that_cannot_be_read_is_no_model) {
    gf_model *model = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_expect_eq(gf_model_read("/nonexistent/gpu.ini", &model, &error), GF_FAILED);
    cr_expect(strstr(error.text, "/nonexistent/gpu.ini") != NULL);
    cr_expect_neq(gf_model_read("/dev/null", &model, &error), GF_OK);
    cr_expect_null(model);
    gf_error_clear(&error);
}
