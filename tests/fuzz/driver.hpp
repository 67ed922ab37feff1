#pragma once

#include <span>
#include <string_view>

/// What every fuzz program has in common. A program defines the two functions below; driver.cpp brings
/// main():
///
///   NAME ROUNDS EXTENSION DIRECTORY…   changes each file with that extension below them ROUNDS times, always
///   in
///                                      the same ways
///
/// Built with clang's -fsanitize=fuzzer and LMI_LIBFUZZER defined, LLVMFuzzerTestOneInput is the entry
/// instead.
namespace lmi::fuzz {

/// Tries one input. A promise that does not hold ends in broken().
void check(std::string_view input);

/// Pieces of text that are put in here and there: what the format trips over.
std::span<const std::string_view> pieces();

/// Says what does not hold and for which input, and aborts.
[[noreturn]] void broken(const char* promise, std::string_view input);

}  // namespace lmi::fuzz
