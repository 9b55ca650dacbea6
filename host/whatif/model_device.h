/* A device that is known from its data sheet, to be put under a trace. */
#pragma once

#include "model/model.h"
#include "model/model_tables.h"
#include "trace/other_device.h"

void gf_other_device_of_model(const gf_tables *tables, const gf_model *model,
                              gf_other_device *device);
