# The page that it compares with the tables of the reader.
target_compile_definitions(test_manifest_page
                           PRIVATE "PAGE=\"${PROJECT_SOURCE_DIR}/docs/your-own-kernel.md\"")
