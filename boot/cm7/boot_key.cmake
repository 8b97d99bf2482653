# Converts the key file KEY (PEM) to the DER SubjectPublicKeyInfo DER that is linked into the
# bootloader. A P-256 key is always 91 bytes long in that form.
if(NOT KEY)
  message(FATAL_ERROR "The M7 bootloader needs the public key whose images it shall run: configure with "
    "-DDUO_PUBKEY=<file.pem> or set DUO_PUBKEY in the environment (make a key pair with: duoboot keygen)")
endif()
execute_process(COMMAND openssl pkey -pubin -in ${KEY} -outform DER -out ${DER}
  RESULT_VARIABLE failed OUTPUT_QUIET ERROR_QUIET)
if(failed)
  execute_process(COMMAND openssl pkey -in ${KEY} -pubout -outform DER -out ${DER}
    RESULT_VARIABLE failed ERROR_VARIABLE why)
endif()
if(failed)
  message(FATAL_ERROR "${KEY} is not a key openssl can read: ${why}")
endif()
file(SIZE ${DER} size)
if(NOT size EQUAL 91)
  file(REMOVE ${DER})
  message(FATAL_ERROR "${KEY} is not a P-256 (prime256v1) key: make one with: duoboot keygen")
endif()
