#include "core/base64.hpp"

#include <array>
#include <cstdint>

namespace lmi::core {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

void append_base64(std::string& out, std::string_view bytes) {
  out.reserve(out.size() + (bytes.size() + 2) / 3 * 4);
  while (!bytes.empty()) {
    const auto group = bytes.substr(0, 3);
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 3; ++i)
      bits = bits << 8U | (i < group.size() ? static_cast<unsigned char>(group[i]) : 0U);
    std::array<char, 4> symbols{};
    for (std::size_t i = 0; i < 4; ++i)
      symbols.at(i) = i <= group.size() ? alphabet[bits >> (18U - 6U * i) & 0x3FU] : '=';
    out.append(symbols.data(), symbols.size());
    bytes.remove_prefix(group.size());
  }
}

}  // namespace lmi::core
