# SPDX-License-Identifier: MIT
# The version, given once in the project() command: for C files as "duo_build_version.h", for CMake as DUO_VERSION.
set(DUO_VERSION ${PROJECT_VERSION}${DUO_VERSION_SUFFIX})
configure_file(cmake/duo_build_version.h.in ${CMAKE_BINARY_DIR}/generated/duo_build_version.h)
add_library(duo_version INTERFACE)
target_include_directories(duo_version INTERFACE ${CMAKE_BINARY_DIR}/generated)
