include_guard()

# lmi_add_library(<name> SOURCES … [PUBLIC_HEADERS …] [INCLUDE_ROOT dir] [PRIVATE_ROOT dir] [DEPENDS …])
# A static library with the project's language level and warnings. Public headers are compiled on
# their own by the target all_verify_interface_header_sets.
function(lmi_add_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "INCLUDE_ROOT;PRIVATE_ROOT" "SOURCES;PUBLIC_HEADERS;DEPENDS")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "lmi_add_library(${name}): unknown arguments ${arg_UNPARSED_ARGUMENTS}")
  endif()

  add_library(${name} STATIC ${arg_SOURCES})
  target_compile_features(${name} PUBLIC cxx_std_20)
  set_target_properties(${name} PROPERTIES CXX_EXTENSIONS OFF VERIFY_INTERFACE_HEADER_SETS ON)
  if(arg_PUBLIC_HEADERS)
    target_sources(${name} PUBLIC FILE_SET HEADERS BASE_DIRS ${arg_INCLUDE_ROOT} FILES ${arg_PUBLIC_HEADERS})
  endif()
  if(arg_PRIVATE_ROOT)
    target_include_directories(${name} PRIVATE ${arg_PRIVATE_ROOT})
  endif()
  target_link_libraries(${name} PUBLIC ${arg_DEPENDS})
  lmi_warnings(${name})
endfunction()

# lmi_add_emulator_layer(<name> SOURCES … [DEPENDS …])
# One layer of the emulator: headers are included as "<layer>/file.hpp" from emulator/src.
function(lmi_add_emulator_layer name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;DEPENDS")
  lmi_add_library(${name} SOURCES ${arg_SOURCES} DEPENDS ${arg_DEPENDS})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR}/emulator/src)
endfunction()

function(lmi_warnings name)
  target_compile_options(${name} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor)
endfunction()

# lmi_add_test(<name> SOURCES … LABEL unit|contract|integration [ROOTS …] [DEPENDS …])
# One GoogleTest program; every TEST in it becomes a ctest test.
function(lmi_add_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "LABEL" "SOURCES;DEPENDS;ROOTS")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "lmi_add_test(${name}): unknown arguments ${arg_UNPARSED_ARGUMENTS}")
  endif()
  add_executable(${name} ${arg_SOURCES})
  target_compile_features(${name} PRIVATE cxx_std_20)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests ${arg_ROOTS})
  target_link_libraries(${name} PRIVATE GTest::gmock GTest::gtest_main ${arg_DEPENDS})
  lmi_warnings(${name})
  # The time-out is a net for what hangs, wide enough for any machine.
  gtest_discover_tests(${name} PROPERTIES LABELS ${arg_LABEL} TIMEOUT 600 DISCOVERY_TIMEOUT 120)
endfunction()
