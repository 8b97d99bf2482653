# SPDX-License-Identifier: MIT
# duoboot inside of an application's project: libduo of one core, as target duoboot::cm7 or duoboot::cm4. The compiler and
# its flags are the project's.
if(NOT DUO_CORE MATCHES "^cm[74]$")
  message(FATAL_ERROR "duoboot: say which core this project is for, before add_subdirectory or FetchContent_MakeAvailable: "
    "set(DUO_CORE cm7 CACHE STRING \"\") or cm4")
endif()
include(cmake/flags.cmake)
include(cmake/bearssl.cmake)
foreach(part core layouts port/stm32h7 proto lib)
  add_subdirectory(${part} EXCLUDE_FROM_ALL)
endforeach()
add_library(duoboot_${DUO_CORE} INTERFACE)
add_library(duoboot::${DUO_CORE} ALIAS duoboot_${DUO_CORE})
add_dependencies(duoboot_${DUO_CORE} duo_archive)
target_include_directories(duoboot_${DUO_CORE} INTERFACE ${PROJECT_SOURCE_DIR}/include)
target_link_libraries(duoboot_${DUO_CORE} INTERFACE ${CMAKE_CURRENT_BINARY_DIR}/lib/libduo_${DUO_CORE}.a)
