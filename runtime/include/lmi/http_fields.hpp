#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lmi {

struct NameValue {
  std::string name{};
  std::string value{};

  friend bool operator==(const NameValue&, const NameValue&) = default;
};

/// Whether "Accept" and "accept" are the same name. ASCII letters only.
enum class NameCase { ignored, significant };

/// Names with values, in order; a name may occur several times, and keeps the spelling it came with.
///
/// A value: copies are independent. Looking up walks the list: requests have a few dozen names.
///
/// Threads:  as a standard container: any number of readers, or one writer.
/// Lifetime: views and references are valid until the object changes.
/// Errors:   none: what cannot be sent is refused by write_http_response().
template <NameCase Case>
class NameValues {
 public:
  NameValues() = default;
  NameValues(std::initializer_list<NameValue> pairs) : pairs_{pairs} {}

  /// One more value; those of the same name stay.
  void add(std::string name, std::string value);
  /// The only value of this name from now on.
  void set(std::string name, std::string value);
  void remove(std::string_view name);

  /// The first value of this name.
  [[nodiscard]] std::optional<std::string_view> get(std::string_view name) const noexcept;
  /// All values of this name, in order.
  [[nodiscard]] std::vector<std::string_view> get_all(std::string_view name) const;
  [[nodiscard]] bool contains(std::string_view name) const noexcept { return get(name).has_value(); }

  [[nodiscard]] auto begin() const noexcept { return pairs_.begin(); }
  [[nodiscard]] auto end() const noexcept { return pairs_.end(); }
  [[nodiscard]] std::size_t size() const noexcept { return pairs_.size(); }
  [[nodiscard]] bool empty() const noexcept { return pairs_.empty(); }

  friend bool operator==(const NameValues&, const NameValues&) = default;

 private:
  std::vector<NameValue> pairs_;
};

extern template class NameValues<NameCase::ignored>;
extern template class NameValues<NameCase::significant>;

using HttpFields = NameValues<NameCase::ignored>;       ///< Header fields.
using HttpQuery = NameValues<NameCase::significant>;    ///< Query parameters, decoded.
using HttpCookies = NameValues<NameCase::significant>;  ///< Cookies of a request, as sent: not decoded.

}  // namespace lmi
