# SPDX-License-Identifier: MIT
# Run at each build: OUT is a header with the commit that is built, written only when that is another one than last time.
# A folder without a repository of its own (a tarball) has none, even when it was unpacked in somebody's clone.
set(commit "")
find_program(git git)
if(git AND EXISTS ${ROOT}/.git)
  execute_process(COMMAND ${git} -C ${ROOT} rev-parse --short=12 HEAD OUTPUT_VARIABLE commit ERROR_QUIET
    OUTPUT_STRIP_TRAILING_WHITESPACE)
  execute_process(COMMAND ${git} -C ${ROOT} status --porcelain --untracked-files=no OUTPUT_VARIABLE changes ERROR_QUIET)
  if(commit AND changes)
    string(APPEND commit ", changed")
  endif()
endif()
if(commit)
  set(text "commit ${commit}")
else()
  set(text "not built in a clone, so the commit is not known")
endif()
file(CONFIGURE OUTPUT ${OUT} CONTENT [[
/* SPDX-License-Identifier: MIT */
/* Made by cmake/commit.cmake. */
#ifndef DUO_BUILD_COMMIT_H
#define DUO_BUILD_COMMIT_H

#define DUO_BUILD_COMMIT "@text@"

#endif
]] @ONLY)
