#include "app/exposure.hpp"

#include <arpa/inet.h>

namespace lmi::emulator::app {

namespace {

bool is_ip_address(const std::string& text) {
  in6_addr room{};
  return ::inet_pton(AF_INET, text.c_str(), &room) == 1 || ::inet_pton(AF_INET6, text.c_str(), &room) == 1;
}

}  // namespace

bool is_loopback(std::string_view address) {
  const std::string text{address};
  in_addr v4{};
  if (::inet_pton(AF_INET, text.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  in6_addr v6{};
  return ::inet_pton(AF_INET6, text.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6) != 0;
}

std::optional<std::string> forbidden_exposure(const EmulatorConfig& config) {
  if (!config.credentials_file.empty() && !config.verify_signatures) {
    return "--credentials names the keys that signatures are checked with; without --verify-signatures none "
           "is checked.\nGive both: lmi up --verify-signatures --credentials FILE";
  }
  if (!is_ip_address(config.address)) {
    return "--bind " + config.address + ": an IP address is needed, for example 127.0.0.1";
  }
  if (is_loopback(config.address)) return std::nullopt;
  const std::string wanted = "lmi up --bind " + config.address + " --verify-signatures --credentials FILE";
  if (!config.verify_signatures) {
    return "--bind " + config.address +
           " lets other machines run programs here, so who asks must be checked.\nAdd --verify-signatures "
           "and "
           "a file with keys of your own: " +
           wanted;
  }
  if (config.credentials_file.empty()) {
    return "--bind " + config.address +
           " needs keys of your own: without --credentials the key test/test is taken, which everybody "
           "knows.\nGive a file in the form of ~/.aws/credentials: " +
           wanted;
  }
  return std::nullopt;
}

}  // namespace lmi::emulator::app
