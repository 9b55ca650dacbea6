# Files that the library carries, as byte arrays: kernels_cl/*.cl and *.h in the table
# gf_kernel_sources (host/device/kernel_sources.h), templates/saxpy/* in gf_template_files
# (host/manifest/template.h), the program that calls a twin under sanitizers in gf_twin_files
# (host/user/twin_sanitize.h), the style of HTML reports in gf_page_files
# (host/report/table/page_style.h), models/*.ini and models/tables/*.ini in gf_model_files and
# gf_table_files (host/model/model_files.h).

# gpufare_embed(TABLE HEADER NAME FILE...): makes TABLE, a C file with NAMEs and NAME_count.
function(gpufare_embed table header name)
  set(script "${PROJECT_SOURCE_DIR}/cmake/EmbedFiles.cmake")
  # The list reaches the script in a file: a list in a command line loses its semicolons, and a
  # change of the list must rebuild the table.
  string(REGEX REPLACE "\\.c$" ".list" list_file "${table}")
  string(REPLACE ";" "\n" list_text "${ARGN}")
  file(CONFIGURE OUTPUT "${list_file}" CONTENT "${list_text}\n" @ONLY)
  add_custom_command(
    OUTPUT "${table}"
    COMMAND "${CMAKE_COMMAND}" "-DLIST=${list_file}" "-DOUTPUT=${table}" "-DHEADER=${header}"
            "-DNAME=${name}" -P "${script}"
    DEPENDS ${ARGN} "${list_file}" "${script}"
    COMMENT "Embedding files: ${name}s"
    VERBATIM)
endfunction()

file(GLOB GPUFARE_KERNEL_FILES CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/kernels_cl/*.cl"
     "${PROJECT_SOURCE_DIR}/kernels_cl/*.h")
set(GPUFARE_KERNEL_TABLE "${GPUFARE_GENERATED_DIR}/kernel_sources.c")
gpufare_embed("${GPUFARE_KERNEL_TABLE}" device/kernel_sources.h gf_kernel_source
              ${GPUFARE_KERNEL_FILES})

file(GLOB template_files CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/templates/saxpy/*")
set(GPUFARE_TEMPLATE_TABLE "${GPUFARE_GENERATED_DIR}/template_files.c")
gpufare_embed("${GPUFARE_TEMPLATE_TABLE}" manifest/template.h gf_template_file ${template_files})

set(GPUFARE_TWIN_TABLE "${GPUFARE_GENERATED_DIR}/twin_files.c")
gpufare_embed("${GPUFARE_TWIN_TABLE}" user/twin_sanitize.h gf_twin_file
              "${PROJECT_SOURCE_DIR}/templates/twin/run_twin.c")

set(GPUFARE_PAGE_TABLE "${GPUFARE_GENERATED_DIR}/page_files.c")
gpufare_embed("${GPUFARE_PAGE_TABLE}" report/table/page_style.h gf_page_file
              "${PROJECT_SOURCE_DIR}/templates/page/page.css")

file(GLOB GPUFARE_MODEL_FILES CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/models/*.ini")
set(GPUFARE_MODEL_TABLE "${GPUFARE_GENERATED_DIR}/model_files.c")
gpufare_embed("${GPUFARE_MODEL_TABLE}" model/model_files.h gf_model_file ${GPUFARE_MODEL_FILES})

file(GLOB GPUFARE_TABLE_FILES CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/models/tables/*.ini")
if(NOT GPUFARE_TABLE_FILES)
  message(FATAL_ERROR "models/tables/*.ini are missing: bounds from data sheets need them")
endif()
set(GPUFARE_TABLE_TABLE "${GPUFARE_GENERATED_DIR}/table_files.c")
gpufare_embed("${GPUFARE_TABLE_TABLE}" model/model_files.h gf_table_file ${GPUFARE_TABLE_FILES})
