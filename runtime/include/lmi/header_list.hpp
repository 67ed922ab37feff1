#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lmi {

/// Header fields of a message, in their order: names compared without case, a name any number of times.
///
/// A value: copied and compared like a vector.
///
/// Threads:  as a vector: any number of readers, or one writer.
/// Lifetime: views it returns are valid until it is changed.
/// Errors:   none: what cannot be sent is refused by whoever sends it.
class HeaderList {
 public:
  struct Field {
    std::string name;
    std::string value;
    bool operator==(const Field&) const = default;
  };

  HeaderList() = default;
  HeaderList(std::initializer_list<Field> fields) : fields_{fields} {}

  /// Appends a field, whether or not the name is there already.
  void add(std::string_view name, std::string_view value);

  /// Replaces all fields of that name by one.
  void set(std::string_view name, std::string_view value);

  /// Removes all fields of that name and says how many there were.
  std::size_t remove(std::string_view name);

  /// The first value of that name.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const noexcept;

  /// Every value of that name, in order; not split at commas.
  [[nodiscard]] std::vector<std::string_view> all(std::string_view name) const;

  [[nodiscard]] bool contains(std::string_view name) const noexcept { return find(name).has_value(); }
  [[nodiscard]] auto begin() const noexcept { return fields_.begin(); }
  [[nodiscard]] auto end() const noexcept { return fields_.end(); }
  [[nodiscard]] std::size_t size() const noexcept { return fields_.size(); }
  [[nodiscard]] bool empty() const noexcept { return fields_.empty(); }
  void clear() noexcept { fields_.clear(); }
  bool operator==(const HeaderList&) const = default;

 private:
  std::vector<Field> fields_;
};

}  // namespace lmi
