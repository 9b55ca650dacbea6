# Install rules, the CMake package and the pkg-config file.
#
# find_package(gpufare) gives gpufare::gpufare, the shared library. COMPONENTS static adds
# gpufare::static, and only then looks for what the static library needs.

include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/gpufare")

set_target_properties(gpufare_shared PROPERTIES EXPORT_NAME gpufare)
set_target_properties(gpufare_static PROPERTIES EXPORT_NAME static)
foreach(form IN ITEMS shared static)
  target_include_directories(gpufare_${form}
                             INTERFACE "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
  install(
    TARGETS gpufare_${form}
    EXPORT gpufare-${form}
    LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}"
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
  install(
    EXPORT gpufare-${form}
    NAMESPACE gpufare::
    DESTINATION "${package_dir}")
endforeach()

install(TARGETS gpufare RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
if(GPUFARE_HELPERS)
  install(TARGETS ${GPUFARE_HELPERS} RUNTIME DESTINATION "${CMAKE_INSTALL_LIBEXECDIR}/gpufare")
endif()
install(TARGETS ${GPUFARE_COMPAT_LIBRARIES} LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}/gpufare")
# The library carries its models; these are for people to read and to copy.
install(FILES ${GPUFARE_MODEL_FILES} DESTINATION "${CMAKE_INSTALL_DATADIR}/gpufare/models")
install(FILES ${GPUFARE_TABLE_FILES} DESTINATION "${CMAKE_INSTALL_DATADIR}/gpufare/models/tables")
install(FILES "${PROJECT_SOURCE_DIR}/host/gpufare.h" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")

set(plot_dependencies "")
if(CAIRO_FOUND)
  string(APPEND plot_dependencies
         "  pkg_check_modules(CAIRO REQUIRED IMPORTED_TARGET cairo-svg cairo-png)\n")
endif()
set(bundle_dependencies "")
if(GPUFARE_BUNDLES)
  string(APPEND bundle_dependencies
         "  pkg_check_modules(ARCHIVE REQUIRED IMPORTED_TARGET libarchive)\n")
endif()
if(NETTLE_FOUND)
  string(APPEND bundle_dependencies
         "  pkg_check_modules(NETTLE REQUIRED IMPORTED_TARGET nettle)\n")
endif()
set(backend_dependencies "")
foreach(package IN LISTS GPUFARE_BACKEND_PACKAGES)
  string(APPEND backend_dependencies "  find_dependency(${package} MODULE)\n")
endforeach()
configure_package_config_file(
  "${PROJECT_SOURCE_DIR}/cmake/gpufare-config.cmake.in" "${GPUFARE_GENERATED_DIR}/gpufare-config.cmake"
  INSTALL_DESTINATION "${package_dir}" NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file("${GPUFARE_GENERATED_DIR}/gpufare-config-version.cmake"
                                 COMPATIBILITY SameMinorVersion)
install(FILES "${GPUFARE_GENERATED_DIR}/gpufare-config.cmake"
              "${GPUFARE_GENERATED_DIR}/gpufare-config-version.cmake"
        DESTINATION "${package_dir}")

# share/man, and share/bash-completion and its like, in the places where the shells look.
if(GPUFARE_SHARE_DIR)
  install(DIRECTORY "${GPUFARE_SHARE_DIR}/man/" DESTINATION "${CMAKE_INSTALL_MANDIR}")
  foreach(shell IN ITEMS bash-completion zsh fish)
    install(DIRECTORY "${GPUFARE_SHARE_DIR}/${shell}" DESTINATION "${CMAKE_INSTALL_DATADIR}")
  endforeach()
endif()

# Relative to the .pc file's own place where the libraries are inside the prefix, so that the tree
# can be moved.
# Flags and not Requires.private, for which `pkg-config --static` would ask for the static closure of
# every dependency, down to libudev.
string(
  REPLACE ";" " " libs_private
          "-lpng;${JANSSON_LDFLAGS};${HWLOC_LDFLAGS};${INIH_LDFLAGS};${CAIRO_LDFLAGS};${ARCHIVE_LDFLAGS};${NETTLE_LDFLAGS};${GPUFARE_BACKEND_LINK_FLAGS};${OpenMP_C_FLAGS};-ldl;-lpthread;-lm"
)
file(RELATIVE_PATH prefix_from_pc "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
string(REGEX REPLACE "/$" "" prefix_from_pc "${prefix_from_pc}")
configure_file("${PROJECT_SOURCE_DIR}/cmake/gpufare.pc.in" "${GPUFARE_GENERATED_DIR}/gpufare.pc"
               @ONLY)
install(FILES "${GPUFARE_GENERATED_DIR}/gpufare.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
