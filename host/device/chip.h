/* What devices compute on: one chip may be listed several times, by several drivers or by one
 * driver that is installed twice. */
#pragma once

#include "gpufare.h"

/* Bytes that hold every gf_device_info.chip. */
#define GF_CHIP_TEXT 400

/* gf_device_info.chip of the native device and of every CPU that a driver presents. */
#define GF_CHIP_HOST "the host's CPU"

/* Whether both are listings of one chip, of which a verdict must not say that one beats the other:
 * one of the parts of gf_device_info.chip is equal, and the number of the part, if there is one.
 * The native device is not a listing of that kind: it is this library's own way to use the CPU, and
 * drivers are compared with it. */
bool gf_chip_is_shared(const gf_device_info *a, const gf_device_info *b);
/* The same of two devices that are not one. */
bool gf_is_other_listing(const gf_device_info *a, const gf_device_info *b);

/* Bytes that hold every text of gf_device_words. */
#define GF_DEVICE_WORDS 96

/* What a device is, for whoever does not know its id: "this CPU, without OpenCL", "this CPU through
 * OpenCL", "the GPU NVIDIA H200". */
void gf_device_words(const gf_device_info *info, char *text, size_t size);
