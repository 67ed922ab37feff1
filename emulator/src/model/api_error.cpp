#include "model/api_error.hpp"

#include <stdexcept>

namespace lmi::emulator::model {

void throw_exception_from_error(const ApiError& error, const boost::source_location& where) {
  throw std::logic_error{std::string{where.file_name()} + ":" + std::to_string(where.line()) +
                         ": value of a failed result: " + error.code + ": " + error.message};
}

ApiError invalid_parameter(std::string message) {
  return {"InvalidParameterValueException", std::move(message)};
}
ApiError not_found(std::string message) {
  return {"ResourceNotFoundException", std::move(message)};
}
ApiError conflict(std::string message) {
  return {"ResourceConflictException", std::move(message)};
}
ApiError validation(std::string message) {
  return {"ValidationException", std::move(message)};
}
ApiError not_implemented(std::string what) {
  return {"NotImplementedException", std::move(what)};
}
ApiError without_type(ApiError error) {
  error.typed = false;
  return error;
}
ApiError service_error(std::string message) {
  return {"ServiceException", std::move(message)};
}

}  // namespace lmi::emulator::model
