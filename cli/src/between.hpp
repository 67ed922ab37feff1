#pragma once

#include <CLI/CLI.hpp>
#include <limits>
#include <sstream>
#include <string>
#include <type_traits>

namespace lmi::cli {

/// Lets numbers of this range through. Its name in the help is the option's, not the range.
template <class Number>
CLI::Validator between(Number lowest, Number highest) {
  return CLI::Validator{
      [lowest, highest](std::string& text) {
        Number number{};
        if (CLI::detail::lexical_cast(text, number) && number >= lowest && number <= highest)
          return std::string{};
        std::ostringstream says;
        says.precision(10);
        says << "'" << text << "' is not a " << (std::is_integral_v<Number> ? "whole " : "") << "number ";
        if (highest == std::numeric_limits<Number>::max()) {
          says << "of at least " << lowest;
        } else {
          says << "from " << lowest << " to " << highest;
        }
        return says.str();
      },
      ""};
}

}  // namespace lmi::cli
