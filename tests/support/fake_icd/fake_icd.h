/* The functions of a driver library that the ICD loader calls. Each fake misbehaves in one way;
 * of those that survive one offers a platform, without a device. */
#ifndef GF_FAKE_ICD_H
#define GF_FAKE_ICD_H

#define FAKE_EXPORT __attribute__((visibility("default")))

/* CL_PLATFORM_NOT_FOUND_KHR */
enum { FAKE_NO_PLATFORM = -1001 };

FAKE_EXPORT void *clGetExtensionFunctionAddress(const char *name);
FAKE_EXPORT int clIcdGetPlatformIDsKHR(unsigned capacity, void **platforms, unsigned *count);
FAKE_EXPORT int clGetPlatformInfo(void *platform, unsigned parameter, unsigned long bytes,
                                  void *value, unsigned long *needed);

#endif
