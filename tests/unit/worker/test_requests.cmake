# The worker of test_proxy.
add_dependencies(test_requests fake_worker)
target_compile_definitions(test_requests PRIVATE "FAKE_WORKER=\"$<TARGET_FILE:fake_worker>\"")
