# The libraries as they are installed, which the test loads as a client does.
target_compile_definitions(test_compat_libraries PRIVATE "COMPAT_DIR=\"${GPUFARE_COMPAT_DIR}\"")
add_dependencies(test_compat_libraries ${GPUFARE_COMPAT_LIBRARIES})
