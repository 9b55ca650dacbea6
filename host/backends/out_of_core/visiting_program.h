/* A problem on a device that it visits band by band: the slots of its programs. */
#pragma once

#include "device/backend.h"

/* Sets the slots; those that the inner backend lacks stay NULL. */
void gf_visiting_program_slots(const gf_backend *inner, gf_backend *table);
