#include "app/names.hpp"

#include <time.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <iterator>
#include <set>

namespace lmi::emulator::app {
namespace {

constexpr std::string_view letters = "abcdef";

/// FNV-1a: the same everywhere, unlike std::hash.
std::size_t hash(std::string_view text) {
  std::uint64_t value = 0xcbf29ce484222325U;
  for (const char c : text) {
    value ^= static_cast<unsigned char>(c);
    value *= 0x100000001b3U;
  }
  return static_cast<std::size_t>(value);
}

}  // namespace

std::string NameSource::hex(std::size_t digits) {
  constexpr std::string_view alphabet = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < digits; ++i) text += alphabet[random_() & 0xfU];
  return text;
}

std::vector<std::string> zones_of_subnets(const std::vector<std::string>& subnet_ids,
                                          std::string_view region) {
  // In sorted order, so that a collision is resolved alike whatever the order of the request.
  const std::set<std::string> distinct{subnet_ids.begin(), subnet_ids.end()};
  std::map<std::string, char> letter_of;
  std::set<char> taken;
  for (const std::string& subnet : distinct) {
    std::size_t index = hash(subnet) % letters.size();
    while (taken.size() < letters.size() && taken.count(letters[index]) > 0)
      index = (index + 1) % letters.size();
    taken.insert(letters[index]);
    letter_of[subnet] = letters[index];
  }
  std::vector<std::string> zones;
  std::transform(subnet_ids.begin(), subnet_ids.end(), std::back_inserter(zones),
                 [&](const std::string& subnet) { return std::string{region} + letter_of.at(subnet); });
  return zones;
}

std::string log_stream(std::chrono::system_clock::time_point day, std::string_view version,
                       std::string_view environment_id) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(day);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 16> date{};
  std::strftime(date.data(), date.size(), "%Y/%m/%d", &parts);
  return std::string{date.data()} + "/[" + std::string{version} + "]" + std::string{environment_id};
}

ArnParts parts_of_arn(std::string_view arn) {
  std::vector<std::string_view> fields;
  while (!arn.empty() && fields.size() < 5) {
    const auto colon = arn.find(':');
    fields.push_back(arn.substr(0, colon));
    arn = colon == std::string_view::npos ? std::string_view{} : arn.substr(colon + 1);
  }
  fields.resize(5);
  return {std::string{fields[3]}, std::string{fields[4]}};
}

}  // namespace lmi::emulator::app
