# The test takes the place of the system where files are made and named.
target_link_options(test_atomic_file PRIVATE -Wl,--wrap=open -Wl,--wrap=linkat -Wl,--wrap=rename)
