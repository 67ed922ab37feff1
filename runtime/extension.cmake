# lmi::extension: external and internal extensions, and what the Telemetry API sends.
set(LMI_EXTENSION_HEADERS extension.hpp extension_error.hpp telemetry.hpp telemetry_json.hpp)
list(TRANSFORM LMI_EXTENSION_HEADERS PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/include/lmi/)

lmi_add_library(lmi_extension
  PUBLIC_HEADERS ${LMI_EXTENSION_HEADERS}
  INCLUDE_ROOT include
  PRIVATE_ROOT src
  SOURCES
    src/extension/batch_listener.cpp src/extension/client.cpp src/extension/messages.cpp
    src/extension/run_extension.cpp src/extension/stop_timer.cpp src/extension/telemetry_batch.cpp src/extension/telemetry_subscriber.cpp
    src/wire/request_parser.cpp
  DEPENDS lmi_runtime)
add_library(lmi::extension ALIAS lmi_extension)
