/* The models that gpufare knows, and where each of their numbers comes from. */
#include <stdlib.h>

#include "base/array.h"
#include "base/entry.h"
#include "base/error.h"
#include "base/json.h"
#include "model/model_list.h"
#include "report/table/table.h"

/* ---- The list ---------------------------------------------------------- */

static const gf_column list_columns[] = {
    {"model", "model", GF_CELL_TEXT, "the name to ask for it by"},
    {"device", "title", GF_CELL_TEXT, "the product"},
    {"type", "type", GF_CELL_TEXT, "what kind of device it is"},
    {"year", "year", GF_CELL_COUNT, "when it came out"},
    {"bus", "bus", GF_CELL_TEXT, "what data pass on their way to it"},
    {"memory GiB", "memory_gib", GF_CELL_TEXT, "the device's memory"},
    {"GB/s", "memory_gb_s", GF_CELL_TEXT, "what its memory moves in a second"},
    {"sources", "sources", GF_CELL_COUNT, "data sheets and the like that its numbers come from"},
    {"ranges", "ranges", GF_CELL_COUNT, "numbers that no source tells exactly"},
};

/* Fields that no source tells exactly. */
static size_t count_ranges(const gf_model *model) {
    size_t count = 0;
    for (int i = 0; i < GF_MODEL_FIELDS; i++)
        count += model->values[i].given && model->values[i].low < model->values[i].high;
    return count;
}

typedef struct list_texts {
    char generation[48], lanes[48], bus[112], memory[48], rate[48];
} list_texts;

/* "80", or "1 to 6144" of a range; programs read its high end. */
static const char *format_value(const gf_model *model, gf_model_field field, bool csv, char *text,
                                size_t size) {
    const gf_model_value *value = &model->values[field];
    if (csv || value->low >= value->high)
        snprintf(text, size, "%.10g", value->high);
    else
        snprintf(text, size, "%.10g to %.10g", value->low, value->high);
    return text;
}

/* "PCIe 4 x16" */
static const char *format_bus(const gf_model *model, bool csv, list_texts *texts) {
    if (model->bus == GF_BUS_SHARED)
        return "shared memory";
    format_value(model, GF_MODEL_PCIE_GENERATION, csv, texts->generation, sizeof texts->generation);
    format_value(model, GF_MODEL_PCIE_LANES, csv, texts->lanes, sizeof texts->lanes);
    snprintf(texts->bus, sizeof texts->bus, "PCIe %s x%s", texts->generation, texts->lanes);
    return texts->bus;
}

static gf_status write_list(const gf_models *models, const gf_writer *to, gf_error *error) {
    const bool csv = to->format == GF_FORMAT_CSV;
    list_texts *texts = calloc(models->count + 1, sizeof *texts);
    if (texts == NULL)
        return gf_error_no_memory(error, "a table", (models->count + 1) * sizeof *texts);
    gf_table table = gf_table_begin("Devices known from data sheets; nothing of this is measured",
                                    list_columns, GF_COUNT_OF(list_columns));
    for (size_t i = 0; i < models->count; i++) {
        const gf_model *model = models->items[i];
        list_texts *row = &texts[i];
        gf_table_text(&table, model->name);
        gf_table_text(&table, model->title);
        gf_table_text(&table, gf_model_type_name(model->type));
        gf_table_number(&table, model->year);
        gf_table_text(&table, format_bus(model, csv, row));
        gf_table_text(&table,
                      format_value(model, GF_MODEL_MEMORY, csv, row->memory, sizeof row->memory));
        gf_table_text(&table,
                      format_value(model, GF_MODEL_MEMORY_RATE, csv, row->rate, sizeof row->rate));
        gf_table_number(&table, (double)model->source_count);
        gf_table_number(&table, (double)count_ranges(model));
    }
    const gf_status status = gf_table_write(&table, to, error);
    free(texts);
    return status;
}

/* ---- The fields of one ------------------------------------------------- */

static const gf_column field_columns[] = {
    {"", "model", GF_CELL_TEXT, NULL},
    {"field", "field", GF_CELL_TEXT, "what a file of a model calls the number"},
    {"value", "low", GF_CELL_TEXT, "the number, or the low end of its range"},
    {"to", "high", GF_CELL_TEXT, "the high end of its range"},
    {"unit", "unit", GF_CELL_TEXT, "what it is counted in"},
    {"what", "what", GF_CELL_TEXT, "what the number is"},
    {"source", "source", GF_CELL_TEXT, "where it comes from; the list below has addresses"},
    {"where", "where", GF_CELL_TEXT, "where in that source it stands"},
    {"date", "date", GF_CELL_TEXT, "when the source was read"},
    {"why the range is safe", "reason", GF_CELL_TEXT,
     "why the true number is inside, where it is a range"},
};

/* As data sheets write numbers: "128", "0.93". */
typedef struct number_texts {
    char low[24], high[24];
} number_texts;

static void add_field(gf_table *table, const gf_model *model, gf_model_field field, bool csv,
                      number_texts *texts) {
    const gf_model_value *value = &model->values[field];
    const gf_field_info *info = &gf_field_infos[field];
    const gf_model_source *source =
        value->source == GF_NO_SOURCE ? NULL : &model->sources[value->source];
    snprintf(texts->low, sizeof texts->low, "%.10g", value->low);
    snprintf(texts->high, sizeof texts->high, "%.10g", value->high);
    gf_table_text(table, csv ? model->name : NULL);
    gf_table_text(table, info->name);
    gf_table_text(table, texts->low);
    gf_table_text(table, csv || value->low < value->high ? texts->high : NULL);
    gf_table_text(table, info->unit);
    gf_table_text(table, info->what);
    gf_table_text(table, source == NULL ? NULL : source->name);
    gf_table_text(table, value->place);
    gf_table_text(table, source == NULL ? NULL : source->date);
    gf_table_text(table, value->reason);
}

static void write_source(const gf_model_source *source, const gf_writer *to) {
    fprintf(to->stream, "%s%s: %s, %s, %s%s\n", to->format == GF_FORMAT_MARKDOWN ? "- " : "  ",
            source->name, source->title, source->date, source->address,
            source->unseen ? " (cited; not read again)" : "");
}

static gf_status write_fields(const gf_model *model, const gf_writer *to, gf_error *error) {
    const bool csv = to->format == GF_FORMAT_CSV;
    char title[320];
    number_texts texts[GF_MODEL_FIELDS];
    snprintf(title, sizeof title, "%s: %.120s, of %.60s, %u (%s, %s); nothing of this is measured",
             model->name, model->title, model->vendor, model->year, gf_model_type_name(model->type),
             gf_model_bus_name(model->bus));
    gf_table table = gf_table_begin(title, field_columns, GF_COUNT_OF(field_columns));
    table.key_count = 2; /* the first of which people do not see */
    for (gf_model_field i = 0; i < GF_MODEL_FIELDS; i++) {
        if (model->values[i].given)
            add_field(&table, model, i, csv, &texts[i]);
    }
    const gf_status status =
        csv ? gf_table_write(&table, to, error) : gf_table_write_apart(&table, to, error);
    for (size_t i = 0; status == GF_OK && !csv && i < model->source_count; i++)
        write_source(&model->sources[i], to);
    return status;
}

static gf_status write_all_fields(const gf_models *models, const gf_writer *to, gf_error *error) {
    gf_status status = GF_OK;
    for (size_t i = 0; status == GF_OK && i < models->count; i++) {
        if (i > 0)
            fputc('\n', to->stream);
        const gf_writer once = gf_writer_explaining_once(to, i == 0);
        status = write_fields(models->items[i], &once, error);
    }
    return status;
}

/* ---- JSON -------------------------------------------------------------- */

static json_t *field_json(const gf_model *model, gf_model_field field, bool *bad) {
    const gf_model_value *value = &model->values[field];
    json_t *object = json_object();
    gf_json_put_text(object, "field", gf_field_infos[field].name, bad);
    gf_json_put_text(object, "unit", gf_field_infos[field].unit, bad);
    gf_json_put_real(object, "low", value->low, bad);
    gf_json_put_real(object, "high", value->high, bad);
    gf_json_put_text(object, "source",
                     value->source == GF_NO_SOURCE ? NULL : model->sources[value->source].name,
                     bad);
    gf_json_put_text(object, "where", value->place, bad);
    gf_json_put_text(object, "reason", value->reason, bad);
    return object;
}

static json_t *model_json(const gf_model *model, bool *bad) {
    json_t *object = json_object(), *sources = json_array(), *fields = json_array();
    gf_json_put_text(object, "model", model->name, bad);
    gf_json_put_text(object, "title", model->title, bad);
    gf_json_put_text(object, "vendor", model->vendor, bad);
    gf_json_put_text(object, "type", gf_model_type_name(model->type), bad);
    gf_json_put_text(object, "bus", gf_model_bus_name(model->bus), bad);
    gf_json_put_text(object, "family", gf_model_family_name(model->family), bad);
    gf_json_put_count(object, "year", model->year, bad);
    for (size_t i = 0; i < model->source_count; i++) {
        json_t *source = json_object();
        gf_json_put_text(source, "name", model->sources[i].name, bad);
        gf_json_put_text(source, "title", model->sources[i].title, bad);
        gf_json_put_text(source, "address", model->sources[i].address, bad);
        gf_json_put_text(source, "date", model->sources[i].date, bad);
        gf_json_put_bool(source, "found", !model->sources[i].unseen, bad);
        gf_json_append(sources, source, bad);
    }
    for (gf_model_field i = 0; i < GF_MODEL_FIELDS; i++) {
        if (model->values[i].given)
            gf_json_append(fields, field_json(model, i, bad), bad);
    }
    gf_json_put(object, "sources", sources, bad);
    gf_json_put(object, "fields", fields, bad);
    return object;
}

static gf_status write_json(const gf_models *models, const gf_writer *to, gf_error *error) {
    bool bad = false;
    json_t *root = json_object(), *array = json_array();
    gf_json_put_text(root, "schema", to->schema == NULL ? "gpufare.models/1" : to->schema, &bad);
    for (size_t i = 0; i < models->count; i++)
        gf_json_append(array, model_json(models->items[i], &bad), &bad);
    gf_json_put(root, "models", array, &bad);
    return gf_json_dump(root, bad, to->stream, error);
}

gf_status gf_models_report(const gf_models *models, bool fields, gf_format format,
                           const gf_report_style *style, FILE *stream, gf_error *error) {
    GF_ENTER(error);
    gf_writer to;
    gf_status status = gf_writer_begin(stream, format, style, &to, error);
    if (status != GF_OK)
        return status;
    if (format == GF_FORMAT_JSON)
        status = write_json(models, &to, error);
    else
        status = fields ? write_all_fields(models, &to, error) : write_list(models, &to, error);
    return gf_writer_end(&to, status, error);
}
