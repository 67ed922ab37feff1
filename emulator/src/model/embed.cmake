# Writes the JSON files into one C++ source as raw strings.
file(READ ${API_MODEL} api_model)
file(READ ${AMENDMENTS} amendments)
file(WRITE ${OUTPUT} "#include \"model/embedded_data.hpp\"

namespace lmi::emulator::model {

const std::string_view embedded_api_model = R\"embedded(${api_model})embedded\";
const std::string_view embedded_amendments = R\"embedded(${amendments})embedded\";

}  // namespace lmi::emulator::model
")
