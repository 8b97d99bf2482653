# SPDX-License-Identifier: MIT
# Each layout has a number of its own: it stands in signed files, and two layouts of one number would take each other's. Its
# name is that of its file: programs are asked for it by that name.

# duo_layout_numbers(<folder> <name>...)
function(duo_layout_numbers folder)
  foreach(name ${ARGN})
    file(STRINGS ${folder}/${name}.h line REGEX "^#define LAYOUT_NUMBER ")
    if(NOT "${line}" MATCHES "^#define LAYOUT_NUMBER +([0-9]+)u?( |$)")
      message(FATAL_ERROR "layouts/${name}.h: there is no line '#define LAYOUT_NUMBER' with a decimal number; add one that no other layout has")
    endif()
    math(EXPR number "${CMAKE_MATCH_1}")
    if(DEFINED layout_${number})
      message(FATAL_ERROR "layouts/${name}.h: its LAYOUT_NUMBER ${number} is that of layouts/${layout_${number}}.h; give the new layout one that no other has")
    endif()
    set(layout_${number} ${name})
    file(STRINGS ${folder}/${name}.h line REGEX "^#define LAYOUT_NAME ")
    if(NOT "${line}" MATCHES "^#define LAYOUT_NAME +\"${name}\"")
      message(FATAL_ERROR "layouts/${name}.h: its LAYOUT_NAME is not that of the file; write: #define LAYOUT_NAME \"${name}\"")
    endif()
  endforeach()
endfunction()
