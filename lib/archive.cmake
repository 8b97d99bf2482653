# SPDX-License-Identifier: MIT
# libduo_cm7.a or libduo_cm4.a: all that an application links, in one object file, in which every name but the
# public ones (exports.txt) is local. So an application may have a flash_read() or a tick_ms() of its own. What must run
# from RAM is in section .RamFunc, which ST's linker scripts copy there.
set(exports ${CMAKE_CURRENT_SOURCE_DIR}/exports.txt)
set(archive ${CMAKE_CURRENT_BINARY_DIR}/libduo_${DUO_CORE}.a)
set(object ${CMAKE_CURRENT_BINARY_DIR}/duo_${DUO_CORE}.o)
file(STRINGS ${exports} names)
list(TRANSFORM names PREPEND "-Wl,-u,")
add_custom_command(OUTPUT ${archive}
  COMMAND ${CMAKE_C_COMPILER} -nostdlib -r -o ${object} -Wl,--gc-sections ${names} -Wl,--start-group
    $<TARGET_FILE:duo> $<TARGET_FILE:duo_proto> $<TARGET_FILE:duo_core> $<TARGET_FILE:duo_port> $<TARGET_FILE:duo_layout> $<TARGET_FILE:bearssl>
    -Wl,--end-group
  COMMAND ${CMAKE_OBJCOPY} --keep-global-symbols=${exports} --rename-section .ramfunc=.RamFunc ${object}
  COMMAND ${CMAKE_COMMAND} -E rm -f ${archive}
  COMMAND ${CMAKE_AR} rcs ${archive} ${object}
  DEPENDS ${exports} duo duo_proto duo_core duo_port duo_layout bearssl VERBATIM)
add_custom_target(duo_archive ALL DEPENDS ${archive})

# cmake --install, for find_package(duoboot); make install does it for both cores and the host.
include(CMakePackageConfigHelpers)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/duobootConfigVersion.cmake
  VERSION ${PROJECT_VERSION} COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES ${archive} DESTINATION lib)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/duo DESTINATION include)
install(FILES ${CMAKE_CURRENT_SOURCE_DIR}/duo_ram.ld DESTINATION share/duoboot)
install(FILES ${PROJECT_SOURCE_DIR}/cmake/duobootConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/duobootConfigVersion.cmake
  DESTINATION lib/cmake/duoboot)
