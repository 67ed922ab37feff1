# cmake -D WAY=package|subdirectory … -P build_consumer.cmake

function(must)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "failed (${result}): ${ARGN}")
  endif()
endfunction()

file(REMOVE_RECURSE ${WORK})
set(options -G ${GENERATOR} -D CMAKE_CXX_COMPILER=${COMPILER} -D CMAKE_BUILD_TYPE=Debug)
if(LAUNCHER)
  list(APPEND options -D CMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER})
endif()

if(WAY STREQUAL "package")
  must(${CMAKE_COMMAND} --install ${LMI_BINARY} --component lmi_runtime --prefix ${WORK}/prefix)
  list(APPEND options -D CMAKE_PREFIX_PATH=${WORK}/prefix)
else()
  list(APPEND options -D LMI_SOURCE=${LMI_SOURCE})
endif()

must(${CMAKE_COMMAND} -S ${CONSUMER} -B ${WORK}/build ${options})
must(${CMAKE_COMMAND} --build ${WORK}/build --parallel 2 --target function extension compat)
foreach(program function extension compat)
  must(${WORK}/build/${program})
endforeach()
file(REMOVE_RECURSE ${WORK})
