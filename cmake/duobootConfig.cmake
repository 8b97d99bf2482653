# SPDX-License-Identifier: MIT
# find_package(duoboot): targets duoboot::cm7 and duoboot::cm4, libduo for applications of either core, and
# DUOBOOT_LINKER_DIR, where the linker fragment duo_ram.ld is. The folder may be moved as a whole.
get_filename_component(duoboot_prefix "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
set(DUOBOOT_LINKER_DIR ${duoboot_prefix}/share/duoboot)
foreach(duoboot_core cm7 cm4)
  set(duoboot_archive ${duoboot_prefix}/lib/libduo_${duoboot_core}.a)
  if(EXISTS ${duoboot_archive} AND NOT TARGET duoboot::${duoboot_core})
    add_library(duoboot::${duoboot_core} STATIC IMPORTED)
    set_target_properties(duoboot::${duoboot_core} PROPERTIES
      IMPORTED_LOCATION ${duoboot_archive}
      INTERFACE_INCLUDE_DIRECTORIES ${duoboot_prefix}/include)
  endif()
endforeach()
unset(duoboot_prefix)
unset(duoboot_core)
unset(duoboot_archive)
