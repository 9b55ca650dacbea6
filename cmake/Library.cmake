# The library, compiled once, in two forms: libgpufare.a, which the tool and the tests link because
# they may see what is inside, and libgpufare.so, which shows only what GF_API marks.

# Every folder of host/, further files of a workload in the folder of its name among them. The files
# of a backend come from Backends.cmake, which may leave them out.
file(GLOB_RECURSE core_files CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/host/*.c")
list(FILTER core_files EXCLUDE REGEX "/host/(backends|layer|ranks/mpi)/")
list(REMOVE_ITEM core_files ${GPUFARE_WORKLOAD_FILES})
if(NOT CAIRO_FOUND)
  list(FILTER core_files EXCLUDE REGEX "/plot_(cairo|canvas)\\.c$")
endif()
if(GPUFARE_BUNDLES)
  list(FILTER core_files EXCLUDE REGEX "/bundle/archive_missing\\.c$")
else()
  list(FILTER core_files EXCLUDE REGEX "/bundle/archive\\.c$")
endif()
if(NETTLE_FOUND)
  list(FILTER core_files EXCLUDE REGEX "/os/files/digest_missing\\.c$")
else()
  list(FILTER core_files EXCLUDE REGEX "/os/files/digest\\.c$")
endif()
set(library_files ${core_files} ${GPUFARE_WORKLOAD_FILES} ${GPUFARE_BACKEND_FILES}
                  "${GPUFARE_REGISTRY}" "${GPUFARE_KERNEL_TABLE}" "${GPUFARE_TEMPLATE_TABLE}"
                  "${GPUFARE_TWIN_TABLE}" "${GPUFARE_PAGE_TABLE}"
                  "${GPUFARE_MODEL_TABLE}" "${GPUFARE_TABLE_TABLE}"
                  "${GPUFARE_CPU_TABLE}"
                  "${GPUFARE_CPU_HASH}")

# "folder/name.h" is a header of host/; "cpu/name.h" one of what the kernels share with it.
set(GPUFARE_INCLUDE_DIRS "${PROJECT_SOURCE_DIR}/host" "${PROJECT_SOURCE_DIR}")
set(GPUFARE_LINK_LIBRARIES
    ${GPUFARE_BACKEND_LIBRARIES}
    PNG::PNG
    PkgConfig::JANSSON
    PkgConfig::HWLOC
    PkgConfig::INIH
    OpenMP::OpenMP_C
    Threads::Threads
    ${CMAKE_DL_LIBS}
    m)
if(CAIRO_FOUND)
  list(APPEND GPUFARE_LINK_LIBRARIES PkgConfig::CAIRO)
endif()

# Loading them takes 2 ms, which helper programs that need neither should not spend.
if(NETTLE_FOUND)
  set(archive "")
  if(GPUFARE_BUNDLES)
    set(archive PkgConfig::ARCHIVE)
  endif()
  list(APPEND GPUFARE_LINK_LIBRARIES "-Wl,--push-state,--as-needed" ${archive} PkgConfig::NETTLE
       "-Wl,--pop-state")
endif()

add_library(gpufare_objects OBJECT ${library_files})
target_include_directories(gpufare_objects PUBLIC ${GPUFARE_INCLUDE_DIRS})
target_link_libraries(gpufare_objects PRIVATE ${GPUFARE_LINK_LIBRARIES})
if(CAIRO_FOUND)
  target_compile_definitions(gpufare_objects PRIVATE GF_CAIRO)
endif()
set_property(
  SOURCE "${PROJECT_SOURCE_DIR}/host/trace/launch.c"
  APPEND PROPERTY COMPILE_DEFINITIONS
                  "GF_TRACE_LAYER_PATH=\"${GPUFARE_LIBEXEC_DIR}/gpufare-trace.so\"")
set_property(
  SOURCE "${PROJECT_SOURCE_DIR}/host/ranks/plugin.c"
  APPEND PROPERTY COMPILE_DEFINITIONS "GF_LIBEXEC_DIR=\"${GPUFARE_LIBEXEC_DIR}\"")
foreach(main IN LISTS GPUFARE_BACKEND_MAINS)
  get_filename_component(name "${main}" NAME_WE)
  string(REGEX REPLACE "_main$" "" name "${name}")
  string(TOUPPER "${name}" NAME)
  # For these files alone, so that a backend that drops out leaves the others as they are.
  set_property(
    SOURCE ${GPUFARE_BACKEND_FILES}
    APPEND PROPERTY COMPILE_DEFINITIONS
                    "GF_${NAME}_PATH=\"${GPUFARE_LIBEXEC_DIR}/gpufare-${name}\"")
endforeach()

foreach(form IN ITEMS STATIC SHARED)
  string(TOLOWER "gpufare_${form}" target)
  add_library(${target} ${form} $<TARGET_OBJECTS:gpufare_objects> ${GPUFARE_CPU_OBJECTS})
  set_target_properties(
    ${target} PROPERTIES OUTPUT_NAME gpufare VERSION "${PROJECT_VERSION}"
                         SOVERSION "${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}"
                         LINKER_LANGUAGE C)
  target_link_libraries(${target} PRIVATE ${GPUFARE_LINK_LIBRARIES})
  list(APPEND GPUFARE_INSTALLED_LIBRARIES ${target})
endforeach()

# Of the libraries that are linked in, nothing is shown either.
if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
  target_link_options(gpufare_shared PRIVATE "LINKER:--version-script=${GPUFARE_EXPORTS}")
  set_property(TARGET gpufare_shared APPEND PROPERTY LINK_DEPENDS "${GPUFARE_EXPORTS}")
endif()

# A symbol that nothing defines must stop the build, not the user. (Sanitizers leave some open.)
if(CMAKE_SYSTEM_NAME STREQUAL "Linux" AND NOT GPUFARE_SANITIZE)
  target_link_options(gpufare_shared PRIVATE "LINKER:-z,defs")
endif()

# Everything inside, for the tool and the tests.
add_library(gpufare_internal INTERFACE)
target_include_directories(gpufare_internal INTERFACE ${GPUFARE_INCLUDE_DIRS})
target_link_libraries(gpufare_internal INTERFACE gpufare_static ${GPUFARE_LINK_LIBRARIES})
