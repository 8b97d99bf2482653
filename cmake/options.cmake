# SPDX-License-Identifier: MIT
# What a product chooses: `cmake --preset cm7 -DDUO_HARDWARE_ID=0x1234 ...`, then build. docs/porting.md explains each.
set(DUO_HARDWARE_ID 0x00000745 CACHE STRING "Bundles made for another id are refused (duoboot bundle --hardware-id)")
set(DUO_TRIAL_BOOTS 0 CACHE STRING "Boots in which a set must be confirmed, 1 to 15; 0: as its manifest says")
set(DUO_TRIAL_TIME_S 0 CACHE STRING "Watchdog time of a trial in seconds, 1 to 32; 0: as its manifest says")
set(DUO_START_WINDOW_MS 0 CACHE STRING "Time after reset in which a key enters recovery, in ms; 0: none")
set(DUO_UART_BAUD 115200 CACHE STRING "Baud rate of recovery, up to 3000000")
option(DUO_USB "Recovery takes files by USB DFU, too (OTG_FS: PA11, PA12)" ON)
option(DUO_DFUSE "USB speaks DfuSe, ST's DFU by address, and no other: for STM32CubeProgrammer and dfu-util -s" OFF)
set(DUO_USB_ID 0x12090001 CACHE STRING "USB vendor and product id; default: pid.codes' id for tests, not for products")
set(DUO_USB_MAKER "duoboot" CACHE STRING "USB string: manufacturer")
set(DUO_USB_PRODUCT "duoboot recovery" CACHE STRING "USB string: product")
option(DUO_ROM_LOADER "Recovery starts ST's ROM loader, which reads and writes all of the chip at read protection level 0" ON)
option(DUO_REPAIR_OPTIONS "Option bytes that the flash map does not allow are programmed at boot; else recovery says which" OFF)
option(DUO_NEED_HARDWARE_ID "Images that name no hardware id are refused, too (stock imgtool names none)" OFF)
option(DUO_PRODUCTION "For devices that leave the house: development keys are refused" OFF)
option(DUO_LMS "Sets need a second signature, which a quantum computer cannot forge either: LMS, RFC 8554" OFF)
option(DUO_UPLOAD "Recovery hands out images and banks to whoever asks" ON)

function(duo_number name from to)
  if(NOT "${${name}}" MATCHES "^(0x[0-9a-fA-F]+|[0-9]+)$")
    message(FATAL_ERROR "${name} is '${${name}}': give a number")
  endif()
  math(EXPR value "${${name}}")
  if(value LESS from OR value GREATER to)
    message(FATAL_ERROR "${name} is ${${name}}: it must be ${from} to ${to}")
  endif()
endfunction()

duo_number(DUO_HARDWARE_ID 0 4294967295)
duo_number(DUO_TRIAL_BOOTS 0 15)
duo_number(DUO_TRIAL_TIME_S 0 32)
duo_number(DUO_START_WINDOW_MS 0 60000)
duo_number(DUO_UART_BAUD 1200 3000000)
duo_number(DUO_USB_ID 65536 4294967295)

add_library(duo_options INTERFACE)
target_compile_definitions(duo_options INTERFACE
  DUO_HARDWARE_ID=${DUO_HARDWARE_ID}u
  DUO_NEED_HARDWARE_ID=$<BOOL:${DUO_NEED_HARDWARE_ID}>
  DUO_TRIAL_BOOTS=${DUO_TRIAL_BOOTS}
  DUO_TRIAL_TIME_S=${DUO_TRIAL_TIME_S}
  DUO_START_WINDOW_MS=${DUO_START_WINDOW_MS}
  DUO_UART_BAUD=${DUO_UART_BAUD}u
  DUO_USB=$<BOOL:${DUO_USB}>
  DUO_DFUSE=$<BOOL:${DUO_DFUSE}>
  DUO_USB_ID=${DUO_USB_ID}u
  DUO_USB_MAKER="${DUO_USB_MAKER}"
  DUO_USB_PRODUCT="${DUO_USB_PRODUCT}"
  DUO_ROM_LOADER=$<BOOL:${DUO_ROM_LOADER}>
  DUO_REPAIR_OPTIONS=$<BOOL:${DUO_REPAIR_OPTIONS}>
  DUO_PRODUCTION=$<BOOL:${DUO_PRODUCTION}>
  DUO_UPLOAD=$<BOOL:${DUO_UPLOAD}>)
target_link_libraries(duo_options INTERFACE duo_version)
