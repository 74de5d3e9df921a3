# Language level, warnings, sanitizers, and the faster tools when the machine has them.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo)
endif()

set(SIDEBAND_SANITIZE "" CACHE STRING "Sanitizers: '', 'address,undefined' or 'thread'")

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion
  -Wnon-virtual-dtor -Woverloaded-virtual -Werror -fno-omit-frame-pointer)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  add_compile_options(-Wthread-safety)
else()
  # g++ 12 reports uninitialized reads inside std::variant that are not there (GCC bug 105562).
  add_compile_options(-Wno-maybe-uninitialized -Wno-restrict)
  # A tenth less time: g++ does not collect its garbage below 512 MB.
  add_compile_options("SHELL:--param ggc-min-heapsize=524288")
endif()
if(SIDEBAND_SANITIZE)
  add_compile_options(-fsanitize=${SIDEBAND_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${SIDEBAND_SANITIZE})
endif()

option(SIDEBAND_FUZZ "Build the libFuzzer targets (clang only; tools/fuzz.sh)" OFF)
if(SIDEBAND_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "SIDEBAND_FUZZ needs clang; use the preset clang")
  endif()
  # Everything is instrumented: a fuzzer that does not see the parser's branches does not find much.
  add_compile_options(-fsanitize=fuzzer-no-link,address)
  add_link_options(-fsanitize=address)
endif()

option(SIDEBAND_CCACHE "Compile through ccache when it is installed" ON)
find_program(CCACHE ccache)
if(CCACHE AND SIDEBAND_CCACHE)
  # Paths relative to the source folder, so that two clones share the cache; the sloppiness is what
  # ccache's manual asks for with precompiled headers.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}
    CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${CMAKE_CXX_COMPILER_LAUNCHER})
endif()
find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()
