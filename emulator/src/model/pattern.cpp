#define PCRE2_CODE_UNIT_WIDTH 8

#include "model/pattern.hpp"

#include <pcre2.h>

#include <stdexcept>
#include <utility>

namespace lmi::emulator::model {
namespace {

struct FreeCode {
  void operator()(pcre2_code* code) const noexcept { pcre2_code_free(code); }
};
struct FreeMatch {
  void operator()(pcre2_match_data* data) const noexcept { pcre2_match_data_free(data); }
};

}  // namespace

struct Pattern::Compiled {
  std::unique_ptr<pcre2_code, FreeCode> code;
};

Pattern::Pattern(std::string expression)
    : expression_{std::move(expression)}, compiled_{std::make_unique<Compiled>()} {
  int error = 0;
  PCRE2_SIZE offset = 0;
  compiled_->code.reset(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(expression_.data()), expression_.size(),
                                      PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_DOLLAR_ENDONLY | PCRE2_UTF,
                                      &error, &offset, nullptr));
  if (!compiled_->code) {
    PCRE2_UCHAR text[160] = {};
    pcre2_get_error_message(error, text, sizeof text);
    throw std::invalid_argument{"pattern '" + expression_ + "' at " + std::to_string(offset) + ": " +
                                reinterpret_cast<const char*>(text)};
  }
  // Failing to compile to machine code only costs speed: the interpreter takes over.
  pcre2_jit_compile(compiled_->code.get(), PCRE2_JIT_COMPLETE);
}

Pattern::~Pattern() = default;

bool Pattern::matches(std::string_view text) const {
  const std::unique_ptr<pcre2_match_data, FreeMatch> data{
      pcre2_match_data_create_from_pattern(compiled_->code.get(), nullptr)};
  const auto* subject = reinterpret_cast<PCRE2_SPTR>(text.empty() ? "" : text.data());
  return pcre2_match(compiled_->code.get(), subject, text.size(), 0, 0, data.get(), nullptr) >= 0;
}

}  // namespace lmi::emulator::model
