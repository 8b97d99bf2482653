# SPDX-License-Identifier: MIT
# The version, given once in the project() command: for C files as "duo_build_version.h", for CMake as DUO_VERSION.
set(DUO_VERSION ${PROJECT_VERSION}${DUO_VERSION_SUFFIX})
configure_file(cmake/duo_build_version.h.in ${CMAKE_BINARY_DIR}/generated/duo_build_version.h)
add_library(duo_version INTERFACE)
target_include_directories(duo_version INTERFACE ${CMAKE_BINARY_DIR}/generated)

# For the programs of the host, which show it by --version: "duo_build_commit.h", looked at by every build.
if(DUO_CORE STREQUAL "host")
  set(duo_commit_header ${CMAKE_BINARY_DIR}/generated/commit/duo_build_commit.h)
  add_custom_target(duo_find_commit BYPRODUCTS ${duo_commit_header}
    COMMAND ${CMAKE_COMMAND} -DROOT=${CMAKE_SOURCE_DIR} -DOUT=${duo_commit_header} -P ${CMAKE_SOURCE_DIR}/cmake/commit.cmake)
  add_library(duo_commit INTERFACE)
  target_include_directories(duo_commit INTERFACE ${CMAKE_BINARY_DIR}/generated/commit)
  add_dependencies(duo_commit duo_find_commit)
endif()
