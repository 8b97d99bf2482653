# SPDX-License-Identifier: MIT
file(SIZE ${FILE} size)
if(size GREATER MAX)
  file(REMOVE ${FILE}) # or the next build would take it for good
  message(FATAL_ERROR "${FILE} has ${size} bytes, the limit is ${MAX}: shrink it or change the limit where it is declared")
endif()
message(STATUS "${FILE}: ${size} of ${MAX} bytes")
