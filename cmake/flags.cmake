# SPDX-License-Identifier: MIT
# Every target links duo_flags: one place for warnings, include path and sanitizers.
add_library(duo_flags INTERFACE)
target_include_directories(duo_flags INTERFACE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR})
target_compile_options(duo_flags INTERFACE
  -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wundef -Wpointer-arith
  -Wwrite-strings -Wimplicit-fallthrough)
if(PROJECT_IS_TOP_LEVEL) # not in somebody else's project, whose compiler we do not know
  target_compile_options(duo_flags INTERFACE -Werror)
endif()

# Host unit tests run under sanitizers; programs users run do not.
add_library(duo_sanitize INTERFACE)
if(DUO_CORE STREQUAL "host" AND NOT DUO_COVERAGE)
  target_compile_options(duo_sanitize INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(duo_sanitize INTERFACE -fsanitize=address,undefined)
else()
  # Lines, for debuggers and the doctor; they are no part of what is flashed.
  target_compile_options(duo_flags INTERFACE -g)
endif()

# tests/fuzz/run configures a tree of its own with it.
option(DUO_FUZZ "Fuzz targets in place of the tests; with clang" OFF)
if(DUO_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link -O1 -g -w)
endif()

# scripts/coverage configures a tree of its own with it; sanitizers would only add branches.
option(DUO_COVERAGE "Count lines and branches that tests reach; with gcc" OFF)
if(DUO_COVERAGE)
  add_compile_options(--coverage -O0)
  add_link_options(--coverage)
endif()

# The preset asan: everything of the host with sanitizers, for a developer who hunts a fault.
option(DUO_SANITIZE "Host programs with sanitizers" OFF)
if(DUO_SANITIZE)
  target_link_libraries(duo_flags INTERFACE duo_sanitize)
endif()
