# SPDX-License-Identifier: MIT
# duo_pack(<target> <file.elf> <section>...) packs the named sections of a linked firmware into its section .packed,
# which its reset code unpacks (pack/unpack.h), and takes them out of what is loaded. They keep their addresses, symbols
# and lines, so debuggers and traces see the program where it runs. What the linker made stays in the build directory as
# <target>.unpacked.elf, for disassemblers.
#
# The packer is compiled here, by this machine's own compiler, so that building the firmware alone needs nothing else.
function(duo_packer)
  if(TARGET fwpack)
    return()
  endif()
  find_program(DUO_HOST_CC NAMES cc gcc clang DOC "C compiler for programs that run on this machine")
  if(NOT DUO_HOST_CC)
    message(FATAL_ERROR "No C compiler for this machine (cc, gcc or clang), which the firmware's packer is built with: "
      "apt install gcc, or set DUO_HOST_CC to one.")
  endif()
  set(dir ${CMAKE_SOURCE_DIR}/pack)
  set(sources ${dir}/main.c ${dir}/elf.c ${dir}/pack.c ${dir}/unpack.c)
  add_custom_command(OUTPUT ${CMAKE_BINARY_DIR}/fwpack
    COMMAND ${DUO_HOST_CC} -std=c11 -O2 -I${CMAKE_SOURCE_DIR} -o ${CMAKE_BINARY_DIR}/fwpack ${sources}
    DEPENDS ${sources} ${dir}/elf.h ${dir}/pack.h ${dir}/unpack.h
    COMMENT "Packer of the bootloader"
    VERBATIM)
  add_custom_target(fwpack DEPENDS ${CMAKE_BINARY_DIR}/fwpack)
endfunction()

function(duo_pack target elf)
  duo_packer()
  add_dependencies(${target} fwpack)
  set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS ${CMAKE_BINARY_DIR}/fwpack)
  set(linked ${CMAKE_CURRENT_BINARY_DIR}/${target}.unpacked.elf)
  add_custom_command(TARGET ${target} POST_BUILD
    COMMAND ${CMAKE_COMMAND} -E rename ${elf} ${linked}
    COMMAND ${CMAKE_BINARY_DIR}/fwpack ${linked} ${elf} ${ARGN}
    VERBATIM)
endfunction()
