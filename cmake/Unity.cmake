# What makes a build of everything fast. Nothing here changes what a source means, and each of them
# must also compile alone: tools/clang_pass.sh does that.
option(SIDEBAND_UNITY "Compile several sources of a folder at once: their headers are read once" OFF)
set(SIDEBAND_UNITY_BATCH 8 CACHE STRING "At most so many sources at once; more make a change slower")

# The standard library's and fmt's headers, precompiled for all libraries.
if(SIDEBAND_UNITY)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Where it sees more at once, g++ 12 finds overflows inside std::string that are not there (GCC bugs
    # 105329, 105651). The preset dev still looks for them, and so do the sanitizers.
    add_compile_options(-Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread)
  endif()
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/common_headers.cpp CONTENT "")
  add_library(common_headers STATIC ${CMAKE_BINARY_DIR}/common_headers.cpp)
  target_link_libraries(common_headers PRIVATE fmt::fmt)
  target_precompile_headers(common_headers PRIVATE <algorithm> <array> <chrono> <functional> <map>
    <memory> <optional> <set> <string> <string_view> <utility> <variant> <vector> <fmt/format.h>)
endif()

# sideband_unity(TARGET): batches of equal size, each within one folder, so that names in anonymous
# namespaces are unique in their folder and nowhere else (each driver has its fields.cpp). To be
# called where the target is made.
function(sideband_unity target)
  if(NOT SIDEBAND_UNITY)
    return()
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  get_target_property(sources ${target} SOURCES)
  foreach(source ${sources})
    get_filename_component(path ${source} ABSOLUTE)
    get_filename_component(folder ${path} DIRECTORY)
    list(APPEND folders ${folder})
    list(APPEND "in_${folder}" ${source})
  endforeach()
  list(REMOVE_DUPLICATES folders)
  foreach(folder ${folders})
    get_filename_component(name ${folder} NAME)
    sideband_unity_folder(${name} ${in_${folder}})
  endforeach()
  get_target_property(type ${target} TYPE)
  if(type STREQUAL STATIC_LIBRARY)  # g++ wants the same -fPIC where the headers are used
    target_precompile_headers(${target} REUSE_FROM common_headers)
  endif()
endfunction()

# Batch number i of n sources in k batches has those from i*n/k to (i+1)*n/k.
function(sideband_unity_folder name)
  list(LENGTH ARGN count)
  if(count EQUAL 1)
    return()
  endif()
  math(EXPR batches "(${count} + ${SIDEBAND_UNITY_BATCH} - 1) / ${SIDEBAND_UNITY_BATCH}")
  set(at 0)
  foreach(source ${ARGN})
    math(EXPR batch "${at} * ${batches} / ${count}")
    set_source_files_properties(${source} PROPERTIES UNITY_GROUP ${name}_${batch})
    math(EXPR at "${at} + 1")
  endforeach()
endfunction()

# sideband_runs_seldom(TARGETS...): what runs once a command or at start. A fifth less to compile.
function(sideband_runs_seldom)
  foreach(target ${ARGN})
    target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O1>)
  endforeach()
endfunction()
