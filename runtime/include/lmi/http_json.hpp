#pragma once

// JSON bodies of HTTP requests and answers. Shows nlohmann, as <lmi/json.hpp> does.
//
// Threads: any. Lifetime: the results own what they hold.

#include "lmi/http.hpp"
#include "lmi/json.hpp"

#include <string>

namespace lmi {

/// The body as JSON of this type. Throws HttpError 400 when it is not: below a Router that is the answer.
template <class T = nlohmann::json>
[[nodiscard]] T json_body(const HttpRequest& request) {
  try {
    return Codec<T>::decode(request.body, {});
  } catch (const Error& error) {
    throw HttpError{.status = 400, .message = "the body is not what this route takes: " + error.message};
  }
}

/// Any value nlohmann::json converts, as application/json.
template <class T>
[[nodiscard]] HttpResponse json_response(const T& value, int status = 200) {
  Payload written;
  Codec<T>::encode(value, written);
  return HttpResponse::json_text(std::move(written.data), status);
}

}  // namespace lmi
