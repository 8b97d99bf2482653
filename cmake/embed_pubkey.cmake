# SPDX-License-Identifier: MIT
# Script of duo_embed_pubkey(): -DOUTPUT=<file.c> -DCONFIGURED=<key file> -DALLOW_PUBLISHED=<bool>
cmake_minimum_required(VERSION 3.25)
set(key "$ENV{DUO_PUBKEY}")
if(key STREQUAL "")
  set(key "${CONFIGURED}")
endif()
if(key STREQUAL "")
  message(FATAL_ERROR "No public key: a bootloader must know whose updates to trust. Make a key pair with "
    "`duoboot keygen --out key.pem --public key.pub.pem` and build with DUO_PUBKEY=<path of key.pub.pem>.")
endif()
get_filename_component(key "${key}" ABSOLUTE)
if(NOT EXISTS "${key}")
  message(FATAL_ERROR "DUO_PUBKEY names ${key}, which does not exist: check the path.")
endif()

# SubjectPublicKeyInfo of an uncompressed P-256 point (RFC 5480): this, then X and Y.
set(prefix "3059301306072a8648ce3d020106082a8648ce3d03010703420004")

file(READ "${key}" hex HEX)
string(LENGTH "${hex}" digits)
if(hex MATCHES "^2d2d2d2d2d") # "-----": PEM
  file(STRINGS "${key}" label REGEX "^-----BEGIN")
  if(label MATCHES "PRIVATE KEY")
    message(FATAL_ERROR "${key} is a private key. The bootloader needs the public half only: "
      "`duoboot keygen --from ${key} --public key.pub.pem`, then DUO_PUBKEY=key.pub.pem. Keep the private key away from builds.")
  endif()
  find_program(openssl openssl)
  if(NOT openssl)
    message(FATAL_ERROR "The program openssl, which reads PEM files, is not installed: apt install openssl.")
  endif()
  set(der ${OUTPUT}.der)
  execute_process(COMMAND ${openssl} pkey -pubin -in ${key} -outform DER -out ${der}
    RESULT_VARIABLE failed ERROR_VARIABLE why)
  if(failed)
    message(FATAL_ERROR "${key} is not a public key in PEM: ${why}")
  endif()
  file(READ ${der} hex HEX)
  file(REMOVE ${der})
  string(LENGTH "${hex}" digits)
endif()
if(digits EQUAL 182 AND hex MATCHES "^${prefix}(.*)$")
  set(hex "${CMAKE_MATCH_1}")
elseif(digits EQUAL 130 AND hex MATCHES "^04(.*)$")
  set(hex "${CMAKE_MATCH_1}")
elseif(NOT digits EQUAL 128)
  message(FATAL_ERROR "${key} is not a P-256 public key: neither PEM nor DER nor 64 bytes X || Y "
    "(`duoboot keygen` makes one).")
endif()

# Keys whose private halves are published: MCUboot's root-ec-p256.pem. By their X coordinate.
set(published "2acb403ce8feed5ba44995a1a91daee8dbbe1937cd14fb2f245737e5953988d9")
string(SUBSTRING "${hex}" 0 64 x)
if(x IN_LIST published AND NOT ALLOW_PUBLISHED)
  message(FATAL_ERROR "${key} is a published test key: anybody can sign updates with it. Make your own with "
    "`duoboot keygen`, or set DUO_ALLOW_PUBLISHED_KEY=ON for an experiment.")
endif()

string(REGEX REPLACE "(..)" "0x\\1, " bytes "${hex}")
string(REGEX REPLACE "((0x.., )(0x.., )(0x.., )(0x.., )(0x.., )(0x.., )(0x.., )(0x.., ))" "\n    \\1" bytes "${bytes}")
set(text "/* Generated from ${key}: do not edit. */\n#include \"core/image/pubkey.h\"\n
const struct duo_pubkey duo_embedded_pubkey = {{${bytes}\n}};\n")
set(old "")
if(EXISTS ${OUTPUT})
  file(READ ${OUTPUT} old)
endif()
if(NOT old STREQUAL text)
  file(WRITE ${OUTPUT} "${text}")
endif()
