#pragma once

#include <optional>
#include <string>
#include <vector>

namespace lmi::emulator::model {

/// Cors of a function URL. A member that was not given is not shown and adds no header.
struct UrlCors {
  std::optional<bool> allow_credentials{};
  std::optional<std::vector<std::string>> allow_headers{};
  std::optional<std::vector<std::string>> allow_methods{};
  std::optional<std::vector<std::string>> allow_origins{};
  std::optional<std::vector<std::string>> expose_headers{};
  std::optional<unsigned> max_age{};  ///< Seconds.
  friend bool operator==(const UrlCors&, const UrlCors&) = default;
};

/// A function URL: an HTTP endpoint of one function, or of one alias of it.
struct FunctionUrl {
  std::string id;                 ///< First label of its host name; never changes.
  std::string qualifier;          ///< An alias, or empty: the function without qualifier.
  bool needs_signature = true;    ///< AuthType AWS_IAM; else NONE.
  bool streams_response = false;  ///< InvokeMode RESPONSE_STREAM; else BUFFERED.
  std::optional<UrlCors> cors{};
  std::string created;        ///< As CreationTime shows it.
  std::string last_modified;  ///< As LastModifiedTime shows it.
  friend bool operator==(const FunctionUrl&, const FunctionUrl&) = default;
};

}  // namespace lmi::emulator::model
