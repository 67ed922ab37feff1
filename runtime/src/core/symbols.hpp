#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace lmi::core {

/// Where an address lies. The views stay valid as long as the Symbols they came from.
struct Place {
  std::string_view function{};  ///< As the linker knows it (mangled); empty: unknown.
  std::uintptr_t offset = 0;    ///< From the function's beginning, or the module's when there is none.
  std::string_view module{};    ///< File name of the program or library; empty: unknown.
};

/// Names the functions of this process's program from its own symbol table (complete unless stripped), and
/// those of libraries from what they export.
///
/// Threads: find() from any, also from a signal handler: it neither allocates nor locks, except that the
///          dynamic linker's own look-up for libraries may.
class Symbols {
 public:
  /// Maps the program's file. Without one, or without a symbol table in it, names are fewer.
  Symbols();
  ~Symbols();
  Symbols(const Symbols&) = delete;
  Symbols& operator=(const Symbols&) = delete;

  [[nodiscard]] Place find(std::uintptr_t address) const noexcept;

 private:
  [[nodiscard]] bool find_in_program(std::uintptr_t address, Place& place) const noexcept;

  const char* file_ = nullptr;
  std::size_t size_ = 0;
  std::uintptr_t load_address_ = 0;  ///< What the program's addresses are relative to.
  std::uintptr_t end_ = 0;
};

}  // namespace lmi::core
