# SPDX-License-Identifier: MIT
find_program(DUO_PYTHON NAMES python3 REQUIRED DOC "Python, which writes a bootloader's sums")

set(DUO_FW_DIR ${CMAKE_SOURCE_DIR}/build/fw CACHE PATH "Where linked firmware goes")

# duo_linker_script(<out> <name> <script.ld>): the script after the C preprocessor, so that it can take addresses and sizes
# from the chip's memories and the chosen layout (LAYOUT_HEADER), which stand nowhere else.
function(duo_linker_script out name script)
  set(result ${CMAKE_CURRENT_BINARY_DIR}/${name}.ld)
  add_custom_command(OUTPUT ${result}
    COMMAND ${CMAKE_C_COMPILER} -E -P -undef -x c -I${CMAKE_SOURCE_DIR} "-DLAYOUT_HEADER=\"layouts/${DUO_LAYOUT}.h\""
      -DDUO_LMS=$<BOOL:${DUO_LMS}> -MD -MF ${result}.d -MT ${result} -o ${result} ${script}
    DEPENDS ${script} DEPFILE ${result}.d VERBATIM)
  set(${out} ${result} PARENT_SCOPE)
endfunction()

# duo_firmware(NAME <name> LINKER <script.ld> | SCRIPT <out of duo_linker_script> SOURCES ... [LIBS ...] [DEFINES ...] [SEAL <section,...>...] [DIGEST])
# builds <name>.elf, .hex and .bin in DUO_FW_DIR; SEAL has the sums over these groups of sections stored with them (cmake/seal.py),
# DIGEST a SHA-256 over the whole (cmake/digest.py).
function(duo_firmware)
  cmake_parse_arguments(FW "DIGEST" "NAME;LINKER;SCRIPT" "SOURCES;LIBS;DEFINES;SEAL" ${ARGN})
  set(out ${DUO_FW_DIR})
  set(script ${FW_SCRIPT})
  if(NOT script)
    duo_linker_script(script ${FW_NAME} ${FW_LINKER})
  endif()
  add_executable(${FW_NAME} ${FW_SOURCES} ${script})
  set_target_properties(${FW_NAME} PROPERTIES SUFFIX .elf RUNTIME_OUTPUT_DIRECTORY ${out})
  target_compile_definitions(${FW_NAME} PRIVATE ${FW_DEFINES})
  target_link_libraries(${FW_NAME} PRIVATE duo_flags ${FW_LIBS})
  # noexecstack: newlib has assembler files that do not say, and warnings are errors.
  target_link_options(${FW_NAME} PRIVATE -Wl,-z,noexecstack -T${script} -Wl,-Map=${out}/${FW_NAME}.map)
  set_target_properties(${FW_NAME} PROPERTIES LINK_DEPENDS ${script})
  if(FW_SEAL)
    set(seal ${CMAKE_SOURCE_DIR}/cmake/seal.py)
    set_property(TARGET ${FW_NAME} APPEND PROPERTY LINK_DEPENDS ${seal})
    add_custom_command(TARGET ${FW_NAME} POST_BUILD
      COMMAND ${DUO_PYTHON} ${seal} ${CMAKE_OBJCOPY} ${out}/${FW_NAME}.elf ${FW_SEAL} VERBATIM)
  endif()
  if(FW_DIGEST)
    set(digest ${CMAKE_SOURCE_DIR}/cmake/digest.py)
    set_property(TARGET ${FW_NAME} APPEND PROPERTY LINK_DEPENDS ${digest})
    add_custom_command(TARGET ${FW_NAME} POST_BUILD
      COMMAND ${DUO_PYTHON} ${digest} ${CMAKE_OBJCOPY} ${out}/${FW_NAME}.elf VERBATIM)
  endif()
  add_custom_command(TARGET ${FW_NAME} POST_BUILD
    COMMAND ${CMAKE_OBJCOPY} -O ihex ${out}/${FW_NAME}.elf ${out}/${FW_NAME}.hex
    COMMAND ${CMAKE_OBJCOPY} -O binary ${out}/${FW_NAME}.elf ${out}/${FW_NAME}.bin)
endfunction()
