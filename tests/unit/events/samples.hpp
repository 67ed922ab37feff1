#pragma once

#include "lmi/codec.hpp"
#include "lmi/error.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

namespace lmi::test {

/// A file of tests/data/events.
inline std::string sample(const std::string& name) {
  std::ifstream file{std::string{LMI_EVENT_SAMPLES "/"} + name};
  EXPECT_TRUE(file) << name;
  return {std::istreambuf_iterator<char>{file}, {}};
}

/// The message of the InvalidEvent that reading `text` as E throws; empty when it throws none.
template <class E>
std::string problem_of(std::string_view text) {
  try {
    static_cast<void>(Codec<E>::decode(text, {}));
    return {};
  } catch (const Error& error) {
    EXPECT_EQ(error.type, "InvalidEvent");
    return error.message;
  }
}

}  // namespace lmi::test
