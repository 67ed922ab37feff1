# Writes a JSON file into a C++ source as a raw string.
file(READ ${INPUT} text)
file(WRITE ${OUTPUT} "#include \"app/instance_catalogue.hpp\"

namespace lmi::emulator::app {

const std::string_view embedded_instance_types = R\"embedded(${text})embedded\";

}  // namespace lmi::emulator::app
")
