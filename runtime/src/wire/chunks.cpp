#include "wire/chunks.hpp"

#include "lmi/base64.hpp"
#include "wire/error_report.hpp"

#include <array>
#include <charconv>

namespace lmi::wire {
namespace {

constexpr std::size_t error_in_a_trailer =
    16 * 1024;  // common limits for all headers together start at 32 KiB

}  // namespace

void append_chunk_start(std::size_t size, std::string& out) {
  std::array<char, 24> digits{};
  const auto result = std::to_chars(digits.data(), digits.data() + digits.size(), size, 16);
  out.append(digits.data(), result.ptr).append("\r\n");
}

void append_stream_end(const Error* error, std::string& out) {
  out.append("0\r\n");
  if (error != nullptr) {
    out.append("Lambda-Runtime-Function-Error-Type: ")
        .append(function_error_type(error->type))
        .append("\r\n");
    out.append("Lambda-Runtime-Function-Error-Body: ");
    detail::append_base64(out, error_body(*error, error_in_a_trailer));
    out.append("\r\n");
  }
  out.append("\r\n");
}

}  // namespace lmi::wire
