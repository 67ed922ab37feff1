#pragma once

// HttpClient::async_send for coroutine handlers. Shows Asio's awaitable, like <lmi/async.hpp>.
//
// Threads:  resumes on the coroutine's own executor (in a handler: the invocation's strand).
// Lifetime: the client must outlive the coroutine, which keeps copies of call and limits.
// Errors:   as HttpClient::send(); cancelled, HttpErrc::stopped.

#include "lmi/async.hpp"
#include "lmi/http_client.hpp"

#include <type_traits>

namespace lmi::http_client {

/// What HttpClient::async_send returns; call that.
Task<HttpResult<HttpReply>> start_call(std::integral_constant<int, 1>, Core& core, HttpCall call,
                                       HttpLimits limits);

}  // namespace lmi::http_client
