# What makes a fault in C code end the program instead of serving an attacker, as distributions build
# their programs: checked buffers, guarded stacks, addresses that differ from run to run, tables of the
# linker that can't be written. Sanitizers check the same and more, and don't go together with it.

include(CheckCCompilerFlag)
include(CheckCSourceCompiles)
include(CheckLinkerFlag)
include(CheckPIESupported)

# For CPU kernels: nothing that runs in a loop. They call nothing, read no files, and write buffers
# whose sizes the host has checked; what is timed is to be what a user's own compiler makes.
set(GPUFARE_HARDENING_OFF "")
if(NOT GPUFARE_HARDEN OR GPUFARE_SANITIZE)
  return()
endif()

check_pie_supported(LANGUAGES C) # programs are linked so, too

set(flags "")
set(CMAKE_REQUIRED_FLAGS -Werror) # clang only warns of what it does not know on a machine
set(candidates -fstack-protector-strong -fstack-clash-protection)
string(TOLOWER "${CMAKE_SYSTEM_PROCESSOR}" processor)
if(processor MATCHES "^(x86_64|amd64)$")
  list(APPEND candidates -fcf-protection=full)
elseif(processor MATCHES "^(aarch64|arm64)$")
  list(APPEND candidates -mbranch-protection=standard)
endif()
foreach(flag IN LISTS candidates)
  string(MAKE_C_IDENTIFIER "GPUFARE_HAS${flag}" result)
  check_c_compiler_flag("${flag}" ${result})
  if(${result})
    list(APPEND flags "${flag}")
    if(flag MATCHES "^-fstack-")
      string(REPLACE "-fstack-" "-fno-stack-" off "${flag}")
      string(REPLACE "-strong" "" off "${off}")
      list(APPEND GPUFARE_HARDENING_OFF "${off}")
    endif()
  endif()
endforeach()

# The C library checks buffers only in code that is optimized; level 3 also those whose size is known
# at run time.
set(CMAKE_REQUIRED_FLAGS "-Werror -O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3")
check_c_source_compiles(
  "#include <string.h>
#if !defined(__USE_FORTIFY_LEVEL) || __USE_FORTIFY_LEVEL < 3
#error
#endif
int main(void) { return 0; }" GPUFARE_HAS_FORTIFY_3)
unset(CMAKE_REQUIRED_FLAGS)
set(fortify 2)
if(GPUFARE_HAS_FORTIFY_3)
  set(fortify 3)
endif()

# SHELL: CMake drops what stands in the line already.
list(APPEND GPUFARE_HARDENING_OFF "SHELL:-U_FORTIFY_SOURCE")

add_compile_options(${flags})
add_compile_options("$<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE>"
                    "$<$<NOT:$<CONFIG:Debug>>:-D_FORTIFY_SOURCE=${fortify}>")
foreach(flag IN ITEMS -z,relro -z,now -z,noexecstack)
  string(MAKE_C_IDENTIFIER "GPUFARE_LINKS${flag}" result)
  check_linker_flag(C "LINKER:${flag}" ${result})
  if(${result})
    add_link_options("LINKER:${flag}")
  endif()
endforeach()
list(JOIN flags " " flags)
message(STATUS "Hardening: ${flags} -D_FORTIFY_SOURCE=${fortify}, relro, now, pie")
