#pragma once

#include "http/exchange.hpp"
#include "model/api_error.hpp"

#include <cstddef>
#include <string>
#include <string_view>

/// The one operation of AWS's Security Token Service that tools ask before anything else: whose key is this?
/// It speaks the query protocol: a form at POST / (or a query at GET /), answered in XML.
namespace lmi::emulator::control_plane::sts {

/// Whether a request is for STS: its path is "/", which Lambda's API does not have.
bool owns(std::string_view target) noexcept;

/// The most bytes a form may have. Ours.
inline constexpr std::size_t body_limit = 64 * 1024;

/// Answers GetCallerIdentity as AWS answers an account's own key; anything else is InvalidAction.
http::Response answer(const http::Head& head, std::string_view body, const std::string& account_id,
                      const std::string& request_id);

/// An error with this service's code for it and in its form.
http::Response refuse(const model::ApiError& error, const std::string& request_id);

}  // namespace lmi::emulator::control_plane::sts
