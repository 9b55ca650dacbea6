/* Models as text: a made-up GPU with round numbers, so that bounds can be worked out by hand. */
#pragma once

#define MODEL_FIELD(name, number)                                                                  \
    "[" name "]\n"                                                                                 \
    "value = " number "\n"                                                                         \
    "source = sheet: table 1\n"
#define MODEL_RANGE(name, least, most)                                                             \
    "[" name "]\n"                                                                                 \
    "low = " least "\n"                                                                            \
    "high = " most "\n"                                                                            \
    "reason = made up\n"

#define MODEL_HEAD                                                                                 \
    "[model]\n"                                                                                    \
    "title = A made-up GPU\n"                                                                      \
    "vendor = Nobody\n"                                                                            \
    "family = nvidia\n"                                                                            \
    "type = gpu\n"
#define MODEL_SOURCE                                                                               \
    "year = 2020\n"                                                                                \
    "[source sheet]\n"                                                                             \
    "title = Its data sheet\n"                                                                     \
    "address = https://example.org\n"                                                              \
    "date = 2020-01\n"

/* 10 units of 32 lanes at 1 GHz; 100 GB/s of memory; 4 lanes of PCIe 4 are 7.877 GB/s. */
#define MODEL_CORE                                                                                 \
    MODEL_RANGE("launch-time", "5", "10")                                                          \
    MODEL_FIELD("memory", "8")                                                                     \
    MODEL_FIELD("memory-rate", "100")                                                              \
    MODEL_FIELD("units", "10")                                                                     \
    MODEL_FIELD("clock-base", "500")                                                               \
    MODEL_FIELD("clock-boost", "1000")                                                             \
    MODEL_FIELD("lanes", "32")                                                                     \
    MODEL_FIELD("issue", "128")                                                                    \
    MODEL_FIELD("f32-add", "128")                                                                  \
    MODEL_FIELD("f32-multiply", "128")                                                             \
    MODEL_FIELD("f32-fma", "128")                                                                  \
    MODEL_FIELD("f64-add", "4")                                                                    \
    MODEL_FIELD("f64-multiply", "4")                                                               \
    MODEL_FIELD("f64-fma", "4")                                                                    \
    MODEL_FIELD("i32-add", "64")                                                                   \
    MODEL_FIELD("i32-multiply", "64")                                                              \
    MODEL_RANGE("i64-remainder", "0.5", "2")                                                       \
    MODEL_FIELD("local-memory", "64")                                                              \
    MODEL_FIELD("l2", "1024")
#define MODEL_BUS                                                                                  \
    MODEL_FIELD("pcie-generation", "4")                                                            \
    MODEL_FIELD("pcie-lanes", "4")                                                                 \
    MODEL_RANGE("bus-share-pinned", "0.5", "1")                                                    \
    MODEL_RANGE("bus-share-pageable", "0.25", "0.5")                                               \
    MODEL_RANGE("transfer-latency", "10", "20")

#define MODEL_GPU    MODEL_HEAD "bus = pcie\n" MODEL_SOURCE MODEL_BUS MODEL_CORE
#define MODEL_SHARED MODEL_HEAD "bus = shared\n" MODEL_SOURCE MODEL_CORE
