# Each folder of host/backends/ is a backend. Its optional backend.cmake may set
#   BACKEND_MISSING            why it can't be built here; the folder is then left out
#   BACKEND_LIBRARIES          what it links
#   BACKEND_FIND_DEPENDENCIES  packages that find_dependency must find for the static library
#   BACKEND_LINK_FLAGS         the same for pkg-config: linker flags
# A file NAME_main.c in the folder, or in one below it, becomes the helper program gpufare-NAME.

set(GPUFARE_BACKENDS "")
set(GPUFARE_BACKEND_FILES "")
set(GPUFARE_BACKEND_MAINS "")
set(GPUFARE_BACKEND_LIBRARIES "")
set(GPUFARE_BACKEND_PACKAGES "")
set(GPUFARE_BACKEND_LINK_FLAGS "")

# Listed so that CMake notices a new one.
file(GLOB settings CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/host/backends/*/backend.cmake")
file(GLOB folders CONFIGURE_DEPENDS LIST_DIRECTORIES true "${PROJECT_SOURCE_DIR}/host/backends/*")
foreach(folder IN LISTS folders)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS "${folder}/*.c")
  if(NOT IS_DIRECTORY "${folder}" OR NOT files)
    continue()
  endif()
  get_filename_component(name "${folder}" NAME)
  unset(BACKEND_MISSING)
  unset(BACKEND_LIBRARIES)
  unset(BACKEND_FIND_DEPENDENCIES)
  unset(BACKEND_LINK_FLAGS)
  if("${folder}/backend.cmake" IN_LIST settings)
    include("${folder}/backend.cmake")
  endif()
  if(BACKEND_MISSING)
    message(STATUS "Backend ${name}: left out: ${BACKEND_MISSING}")
    continue()
  endif()
  message(STATUS "Backend ${name}: built")
  set(mains ${files})
  list(FILTER mains INCLUDE REGEX "_main\\.c$")
  list(FILTER files EXCLUDE REGEX "_main\\.c$")
  list(APPEND GPUFARE_BACKENDS "${name}")
  list(APPEND GPUFARE_BACKEND_FILES ${files})
  list(APPEND GPUFARE_BACKEND_MAINS ${mains})
  list(APPEND GPUFARE_BACKEND_LIBRARIES ${BACKEND_LIBRARIES})
  list(APPEND GPUFARE_BACKEND_PACKAGES ${BACKEND_FIND_DEPENDENCIES})
  list(APPEND GPUFARE_BACKEND_LINK_FLAGS ${BACKEND_LINK_FLAGS})
endforeach()
