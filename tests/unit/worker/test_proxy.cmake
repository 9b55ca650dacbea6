# A worker that fails on purpose.
add_executable(fake_worker "${support_dir}/fake_worker.c")
target_link_libraries(fake_worker PRIVATE gpufare_internal)
target_include_directories(fake_worker PRIVATE "${support_dir}")
add_dependencies(test_proxy fake_worker)
target_compile_definitions(test_proxy PRIVATE "FAKE_WORKER=\"$<TARGET_FILE:fake_worker>\"")
