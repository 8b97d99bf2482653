# SPDX-License-Identifier: MIT
# duo_embed_pubkey(<target>) compiles the update key's public half into a bootloader, as
# `duo_embedded_keys` (core/image/pubkey.h).
#
# DUO_PUBKEY (environment, or -DDUO_PUBKEY=) names the key file: public PEM, DER (SubjectPublicKeyInfo), or
# 64 raw bytes X || Y; or a list of keys (docs/howto/keys.md). The environment wins, and is looked at in each build, so a bootloader cannot be left with
# the key of an earlier one. There is no default: a bootloader without a key of its own is a build error.
set(DUO_PUBKEY "" CACHE FILEPATH "Public key that the bootloader trusts, or a list of keys")
option(DUO_ALLOW_PUBLISHED_KEY "Allow a key whose private half is public (for experiments only)" OFF)

function(duo_embed_pubkey target)
  set(source ${CMAKE_CURRENT_BINARY_DIR}/${target}_pubkey.c)
  add_custom_target(${target}_pubkey
    COMMAND ${CMAKE_COMMAND} -DOUTPUT=${source} "-DCONFIGURED=${DUO_PUBKEY}"
      -DPRODUCTION=${DUO_PRODUCTION} -DLMS=$<BOOL:${DUO_LMS}> -DALLOW_PUBLISHED=${DUO_ALLOW_PUBLISHED_KEY} -P ${CMAKE_SOURCE_DIR}/cmake/embed_pubkey.cmake
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
    BYPRODUCTS ${source}
    COMMENT "Public key of ${target}"
    VERBATIM)
  add_dependencies(${target} ${target}_pubkey)
  set_source_files_properties(${source} PROPERTIES GENERATED TRUE)
  target_sources(${target} PRIVATE ${source})
endfunction()
