#include "wire/error_report.hpp"

#include "core/json_text.hpp"

#include <cxxabi.h>

#include <cstdlib>
#include <memory>
#include <typeinfo>

namespace lmi::wire {
namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
char to_upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

std::string demangled(const std::type_info& type) {
  int failed = 0;
  const std::unique_ptr<char, decltype(&std::free)> name{
      abi::__cxa_demangle(type.name(), nullptr, nullptr, &failed), &std::free};
  return failed == 0 && name ? std::string{name.get()} : std::string{type.name()};
}

/// boost::throw_exception wraps what it throws; the wrapped class is the one a reader knows.
std::string class_name(const std::type_info& type) {
  constexpr std::string_view wrapper = "boost::wrapexcept<";
  auto name = demangled(type);
  if (name.starts_with(wrapper) && name.ends_with('>'))
    name = name.substr(wrapper.size(), name.size() - wrapper.size() - 1);
  return name;
}

}  // namespace

std::string_view unqualified(std::string_view type_name) {
  int depth = 0;
  std::size_t start = 0;
  std::size_t end = type_name.size();
  for (std::size_t at = 0; at < type_name.size(); ++at) {
    const char c = type_name[at];
    if (c == '<' && depth == 0) end = at;
    if (c == '<' || c == '(') ++depth;
    if (c == '>' || c == ')') --depth;
    if (c == ':' && depth == 0) {
      start = at + 1;
      end = type_name.size();
    }
  }
  return type_name.substr(start, end - start);
}

namespace {

std::string type_of_category(std::string_view prefix, std::string_view name) {
  if (name.starts_with(prefix)) name.remove_prefix(prefix.size());
  std::string type{prefix};
  bool begins_word = true;
  for (const char c : unqualified(name)) {
    if (is_letter(c)) type.push_back(begins_word ? to_upper(c) : c);
    begins_word = !is_letter(c);
  }
  // One letter is not enough for the platform's pattern [A-Z][a-zA-Z]+.
  if (type.size() < prefix.size() + 2) type.assign(prefix).append("Unknown");
  return type;
}

}  // namespace

std::string function_error_type(std::string_view name) {
  return type_of_category("Function.", name);
}

std::string extension_error_type(std::string_view name) {
  return type_of_category("Extension.", name);
}

Error describe(const std::exception_ptr& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const Error& error) {
    return error;
  } catch (const std::exception& failure) {
    return {.type = class_name(typeid(failure)), .message = failure.what()};
  } catch (...) {
    const auto* type = abi::__cxa_current_exception_type();
    const auto name = type != nullptr ? class_name(*type) : std::string{"Unknown"};
    return {.type = name, .message = "the handler threw a " + name};
  }
}

std::string error_body(const Error& error, std::size_t limit) {
  constexpr std::size_t longest_type = 1024;
  std::string ending = "\",\"errorType\":\"";
  core::append_json_text(ending, std::string_view{error.type}.substr(0, longest_type));
  ending.append("\",\"stackTrace\":[]}");

  std::string body = "{\"errorMessage\":\"";
  const auto room = limit > ending.size() ? limit - ending.size() : 0;
  core::append_json_text(body, error.message, room);
  return body.append(ending);
}

}  // namespace lmi::wire
