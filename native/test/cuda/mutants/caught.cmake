# PROGRAM, built with a planted fault, must not pass.
if(NOT EXISTS ${PROGRAM})
  message(FATAL_ERROR "${PROGRAM} was not built")
endif()
execute_process(COMMAND ${PROGRAM} short RESULT_VARIABLE status OUTPUT_QUIET ERROR_QUIET TIMEOUT 120)
if(status EQUAL 0)
  message(FATAL_ERROR "${PROGRAM} passes with its fault")
endif()
