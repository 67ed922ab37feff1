#include "access/canonical_request.hpp"

#include "model/uri.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <utility>

namespace lmi::emulator::access {
namespace {

bool is_unreserved(unsigned char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
         c == '.' || c == '~';
}

std::string encoded(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string result;
  result.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (is_unreserved(byte)) {
      result += c;
    } else {
      result += '%';
      result += digits[byte >> 4];
      result += digits[byte & 0xF];
    }
  }
  return result;
}

/// A key or value of the query in the one form AWS gives it. A broken escape stands for itself.
std::string recoded(std::string_view text) {
  const auto decoded = model::percent_decode(text, true);
  return encoded(decoded ? *decoded : std::string{text});
}

bool same_name(std::string_view left, std::string_view right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); });
}

std::string collapsed(std::string_view value) {
  std::string result;
  for (const char c : value) {
    const bool blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
    if (!blank) {
      result += c;
    } else if (!result.empty() && result.back() != ' ') {
      result += ' ';
    }
  }
  if (!result.empty() && result.back() == ' ') result.pop_back();
  return result;
}

}  // namespace

std::string canonical_path(std::string_view path) {
  std::vector<std::string_view> segments;
  bool ends_in_slash = false;
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view segment = path.substr(begin, end - begin);
    ends_in_slash = segment.empty() || segment == "." || segment == "..";
    if (segment == "..") {
      if (!segments.empty()) segments.pop_back();
    } else if (!ends_in_slash) {
      segments.push_back(segment);
    }
    begin = end + 1;
  }
  std::string result;
  for (const std::string_view segment : segments) result += "/" + encoded(segment);
  if (ends_in_slash || result.empty()) result += '/';
  return result;
}

std::string canonical_query(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> parameters;
  while (!query.empty()) {
    const std::string_view part = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(part.size() + 1, query.size()));
    if (part.empty()) continue;
    const std::size_t equals = part.find('=');
    parameters.emplace_back(recoded(part.substr(0, equals)),
                            equals == std::string_view::npos ? "" : recoded(part.substr(equals + 1)));
  }
  std::sort(parameters.begin(), parameters.end());
  std::string result;
  for (const auto& [key, value] : parameters) {
    if (!result.empty()) result += '&';
    result += key + "=" + value;
  }
  return result;
}

std::string canonical_value(const http::Headers& headers, std::string_view name) {
  std::string result;
  bool found = false;
  for (const auto& [field, value] : headers) {
    if (!same_name(field, name)) continue;
    if (std::exchange(found, true)) result += ',';
    result += collapsed(value);
  }
  return result;
}

std::string canonical_request(const http::Head& head, const std::vector<std::string>& signed_headers,
                              std::string_view payload_hash) {
  const std::string_view target = head.target;
  const std::size_t question = target.find('?');
  const std::string_view query = question == std::string_view::npos ? "" : target.substr(question + 1);
  std::string fields;
  std::string names;
  for (const std::string& name : signed_headers) {
    fields += name + ":" + canonical_value(head.headers, name) + "\n";
    if (!names.empty()) names += ';';
    names += name;
  }
  return head.method + "\n" + canonical_path(target.substr(0, question)) + "\n" + canonical_query(query) +
         "\n" + fields + "\n" + names + "\n" + std::string{payload_hash};
}

}  // namespace lmi::emulator::access
