#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace lmi::emulator::model {

/// A regular expression of the API model, compiled once.
///
/// Threads: matches() may be called from any thread.
class Pattern {
 public:
  /// Throws std::invalid_argument when `expression` cannot be compiled: the model's data is broken.
  explicit Pattern(std::string expression);
  ~Pattern();
  Pattern(const Pattern&) = delete;
  Pattern& operator=(const Pattern&) = delete;

  /// Whether the whole of `text` matches. Text that is not UTF-8 never does.
  bool matches(std::string_view text) const;

  const std::string& expression() const noexcept { return expression_; }

 private:
  struct Compiled;
  std::string expression_;
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace lmi::emulator::model
