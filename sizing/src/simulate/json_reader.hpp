#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lmi::sizing::simulate {

/// What is wrong with a file: names the member, what it holds and what was expected.
struct InputError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A JSON value and where it stands in its file. Every getter throws InputError with all three.
class JsonValue {
 public:
  JsonValue(const nlohmann::ordered_json& value, std::string path) : value_{&value}, path_{std::move(path)} {}

  const nlohmann::ordered_json& raw() const noexcept { return *value_; }
  const std::string& path() const noexcept { return path_; }

  double number(double least, double most) const;
  std::uint64_t whole(std::uint64_t least, std::uint64_t most) const;
  bool boolean() const;
  std::string text() const;
  /// One of `names`; its place among them.
  std::size_t choice(const std::vector<std::string_view>& names) const;
  std::vector<JsonValue> items() const;

  [[noreturn]] void fail(std::string_view expected) const;

 private:
  const nlohmann::ordered_json* value_;
  std::string path_;
};

/// An object whose members are all known: finish() refuses what nobody asked for.
class JsonObject {
 public:
  explicit JsonObject(JsonValue value);

  /// A missing one is refused by the getter it is then asked by, which knows what was expected.
  JsonValue required(std::string_view name);
  std::optional<JsonValue> optional(std::string_view name);
  bool has(std::string_view name) const { return value_.raw().contains(name); }
  /// Every member, in the file's order; all count as asked for.
  std::vector<std::pair<std::string, JsonValue>> all();
  const JsonValue& value() const noexcept { return value_; }

  double number_or(std::string_view name, double otherwise, double least, double most);
  std::uint64_t whole_or(std::string_view name, std::uint64_t otherwise, std::uint64_t least,
                         std::uint64_t most);
  std::string text_or(std::string_view name, std::string otherwise);

  void finish() const;

 private:
  std::string path_of(std::string_view name) const;

  JsonValue value_;
  std::set<std::string, std::less<>> known_;
};

/// What `read` returns; what is wrong with the file it reads is said with the member that names the file.
template <class Read>
auto from_file(const JsonValue& member, Read read) {
  try {
    return read();
  } catch (const InputError& error) {
    throw InputError{member.path() + ": " + error.what()};
  }
}

/// Throws InputError for a file that is not there or not JSON, with line and column.
nlohmann::ordered_json parse_json_file(const std::string& file);

}  // namespace lmi::sizing::simulate
