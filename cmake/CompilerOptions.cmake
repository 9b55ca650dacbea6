# Language level, warnings, floating-point rules and sanitizers, the same for every target.

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
# gnu17: the POSIX interfaces are declared; -Wpedantic still rejects language extensions.
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

# Contraction would round a*b+c once on one device and twice on another: results must agree to the
# bit, so it is off in every file.
add_compile_options(-Wall -Wextra -Wpedantic -Wconversion -Wshadow -ffp-contract=off)
if(GPUFARE_WERROR)
  add_compile_options(-Werror)
endif()

if(GPUFARE_SANITIZE)
  add_compile_options("-fsanitize=${GPUFARE_SANITIZE}" -fno-omit-frame-pointer)
  # Reports need lines alone, which compile sooner.
  add_compile_options(-g1)
  add_link_options("-fsanitize=${GPUFARE_SANITIZE}")
  if(GPUFARE_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize-recover=undefined)
  endif()
endif()
