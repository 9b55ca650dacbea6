# A library like NVML.
add_library(fake_nvml MODULE "${support_dir}/fake_nvml.c")
add_dependencies(test_power fake_nvml)
target_compile_definitions(test_power PRIVATE "FAKE_NVML_LIBRARY=\"$<TARGET_FILE:fake_nvml>\"")
