# SPDX-License-Identifier: MIT
include(cmake/pack.cmake)

set(DUO_FW_DIR ${CMAKE_SOURCE_DIR}/build/fw CACHE PATH "Where linked firmware goes")

# duo_firmware(NAME <name> LINKER <script.ld> SOURCES ... [LIBS ...] [DEFINES ...] [PACK <section>...] [MAX_BYTES n])
# builds <name>.elf, .hex and .bin in DUO_FW_DIR; PACK has these sections packed (duo_pack); MAX_BYTES makes a larger image
# a build error.
function(duo_firmware)
  cmake_parse_arguments(FW "" "NAME;LINKER;MAX_BYTES" "SOURCES;LIBS;DEFINES;PACK" ${ARGN})
  set(out ${DUO_FW_DIR})
  add_executable(${FW_NAME} ${FW_SOURCES})
  set_target_properties(${FW_NAME} PROPERTIES SUFFIX .elf RUNTIME_OUTPUT_DIRECTORY ${out})
  target_compile_definitions(${FW_NAME} PRIVATE ${FW_DEFINES})
  target_link_libraries(${FW_NAME} PRIVATE duo_flags ${FW_LIBS})
  # noexecstack: newlib has assembler files that do not say, and warnings are errors.
  target_link_options(${FW_NAME} PRIVATE -Wl,-z,noexecstack -T${FW_LINKER} -Wl,-Map=${out}/${FW_NAME}.map)
  set_target_properties(${FW_NAME} PROPERTIES LINK_DEPENDS ${FW_LINKER})
  if(FW_PACK)
    duo_pack(${FW_NAME} ${out}/${FW_NAME}.elf ${FW_PACK})
  endif()
  add_custom_command(TARGET ${FW_NAME} POST_BUILD
    COMMAND ${CMAKE_OBJCOPY} -O ihex ${out}/${FW_NAME}.elf ${out}/${FW_NAME}.hex
    COMMAND ${CMAKE_OBJCOPY} -O binary ${out}/${FW_NAME}.elf ${out}/${FW_NAME}.bin)
  if(FW_MAX_BYTES)
    add_custom_command(TARGET ${FW_NAME} POST_BUILD
      COMMAND ${CMAKE_COMMAND} -DFILE=${out}/${FW_NAME}.bin -DMAX=${FW_MAX_BYTES} -P ${CMAKE_SOURCE_DIR}/cmake/check_size.cmake)
  endif()
endfunction()
