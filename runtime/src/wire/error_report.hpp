#pragma once

#include "lmi/error.hpp"

#include <cstddef>
#include <exception>
#include <string>
#include <string_view>

namespace lmi::wire {

/// "Function." and the name in UpperCamelCase letters, the only form the platform hands on to the caller:
/// "std::runtime_error" → Function.RuntimeError, "order_not_found" → Function.OrderNotFound,
/// "Function.X" → Function.X. Function.Unknown when no letter is left. Pure.
std::string function_error_type(std::string_view name);

/// The same for what an extension reports: "Extension." and the name.
std::string extension_error_type(std::string_view name);

/// The last part of a C++ type name, without namespaces and template arguments. Pure.
std::string_view unqualified(std::string_view type_name);

/// What an exception says, whatever it is: an lmi::Error is itself; a std::exception gives its class's name
/// and what(); anything else the name of its type. Call with a current exception pointer, never null.
Error describe(const std::exception_ptr& exception);

/// {"errorMessage":…,"errorType":…,"stackTrace":[]}. Longer than `limit` bytes never: the message is cut, at
/// a character.
std::string error_body(const Error& error, std::size_t limit = std::string::npos);

}  // namespace lmi::wire
