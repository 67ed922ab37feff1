# lmi::aws_lambda_compat: what programs written for aws-lambda-cpp include, on lmi::runtime. The programs may
# be C++11, so nothing of the library's own language level or headers reaches them.
set(compat ${CMAKE_CURRENT_LIST_DIR})
add_library(lmi_aws_lambda_compat STATIC
  ${compat}/src/logging.cpp ${compat}/src/run_handler.cpp ${compat}/src/runtime_calls.cpp ${compat}/src/version.cpp)
add_library(lmi::aws_lambda_compat ALIAS lmi_aws_lambda_compat)
target_compile_features(lmi_aws_lambda_compat PRIVATE cxx_std_20 INTERFACE cxx_std_11)
set_target_properties(lmi_aws_lambda_compat PROPERTIES CXX_EXTENSIONS OFF VERIFY_INTERFACE_HEADER_SETS ON)
target_sources(lmi_aws_lambda_compat PUBLIC FILE_SET HEADERS BASE_DIRS ${compat}/include FILES
  ${compat}/include/aws/http/response.h ${compat}/include/aws/lambda-runtime/outcome.h
  ${compat}/include/aws/lambda-runtime/runtime.h ${compat}/include/aws/lambda-runtime/version.h
  ${compat}/include/aws/logging/logging.h)
target_include_directories(lmi_aws_lambda_compat PRIVATE ${compat}/src ${CMAKE_CURRENT_SOURCE_DIR}/src)
target_link_libraries(lmi_aws_lambda_compat PRIVATE lmi_runtime)
lmi_warnings(lmi_aws_lambda_compat)
