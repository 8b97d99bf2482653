# SPDX-License-Identifier: MIT
# Target `bearssl`: Debian's library on the host; for firmware the few source files needed, from the
# Debian source package that scripts/setup fetched (or DUO_BEARSSL=<dir>).
if(DUO_CORE STREQUAL "host")
  find_library(DUO_BEARSSL_LIB bearssl REQUIRED)
  find_path(DUO_BEARSSL_INC bearssl.h PATH_SUFFIXES bearssl REQUIRED)
  add_library(bearssl INTERFACE)
  target_include_directories(bearssl SYSTEM INTERFACE ${DUO_BEARSSL_INC})
  target_link_libraries(bearssl INTERFACE ${DUO_BEARSSL_LIB})
else()
  if(DEFINED ENV{DUO_BEARSSL})
    set(DUO_BEARSSL_DIR $ENV{DUO_BEARSSL})
  else()
    set(DUO_BEARSSL_DIR ${PROJECT_SOURCE_DIR}/build/deps/bearssl)
  endif()
  if(NOT EXISTS ${DUO_BEARSSL_DIR}/inc/bearssl.h)
    message(FATAL_ERROR "No BearSSL source in ${DUO_BEARSSL_DIR}: run scripts/setup, or set DUO_BEARSSL to a BearSSL 0.6 source tree")
  endif()
  set(_src ${DUO_BEARSSL_DIR}/src)
  # SHA-256, and ECDSA over P-256 in 31-bit words: what core/image/crypto.c calls, and what that needs.
  set(_files codec/ccopy codec/dec32be codec/enc32be ec/ec_p256_m31 ec/ec_secp256r1 ec/ec_secp384r1 ec/ec_secp521r1
    ec/ecdsa_atr ec/ecdsa_i31_bits ec/ecdsa_i31_vrfy_asn1 ec/ecdsa_i31_vrfy_raw hash/sha2small int/i31_add int/i31_bitlen
    int/i31_decmod int/i31_decode int/i31_encode int/i31_fmont int/i31_iszero int/i31_modpow int/i31_montmul int/i31_muladd
    int/i31_ninv31 int/i31_rshift int/i31_sub int/i31_tmont int/i32_div32)
  list(TRANSFORM _files REPLACE "(.+)" "${_src}/\\1.c")
  # The library is third-party, so our warnings do not apply.
  add_library(bearssl STATIC ${_files})
  # Every boot hashes all of both images and verifies a signature, and waits for it.
  set_source_files_properties(${_src}/hash/sha2small.c PROPERTIES COMPILE_OPTIONS "-O3;-funroll-loops")
  set_source_files_properties(${_src}/ec/ec_p256_m31.c ${_src}/codec/ccopy.c PROPERTIES COMPILE_OPTIONS -O3)
  # Bootloaders leave the FPU off.
  target_compile_options(bearssl PRIVATE -mgeneral-regs-only)
  target_include_directories(bearssl SYSTEM PUBLIC ${DUO_BEARSSL_DIR}/inc PRIVATE ${_src})
endif()
