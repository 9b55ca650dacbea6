# Drivers that misbehave, for the guard and the diagnosis: libfake_icd_NAME.so. quarrel comes twice.
set(fake_icd_dir "${CMAKE_CURRENT_BINARY_DIR}/fake_icd")
foreach(fake IN ITEMS crash empty hang leave quarrel quarrel2)
  string(REPLACE "2" "" fake_source "${fake}")
  add_library(fake_icd_${fake} MODULE "${support_dir}/fake_icd/common.c"
                                      "${support_dir}/fake_icd/${fake_source}.c")
  set_target_properties(fake_icd_${fake} PROPERTIES LIBRARY_OUTPUT_DIRECTORY "${fake_icd_dir}")
  add_dependencies(test_doctor_drivers fake_icd_${fake})
endforeach()
target_compile_definitions(test_doctor_drivers PRIVATE "FAKE_ICD_DIR=\"${fake_icd_dir}\"")
