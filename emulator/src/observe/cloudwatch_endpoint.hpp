#pragma once

#include "http/exchange.hpp"
#include "model/api_error.hpp"
#include "observe/metric_store.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace lmi::emulator::observe {

/// CloudWatch on the emulator's own port, in the two protocols its clients speak: AWS JSON 1.0 (X-Amz-Target;
/// boto3, the AWS CLI) and Smithy RPC v2 CBOR (/service/…; newer SDKs of other languages). The older query
/// protocol is not spoken.
///
/// Threads:  loop thread only.
/// Lifetime: the store must outlive it.
class CloudWatchEndpoint {
 public:
  /// `now` in the time that the metrics are recorded in.
  CloudWatchEndpoint(const MetricStore& metrics, std::function<MetricTime()> now)
      : metrics_{metrics}, now_{std::move(now)} {}

  /// Whether a request is for CloudWatch.
  static bool owns(const http::Head& head);
  /// The service in the scope of a signature.
  static constexpr std::string_view signing_name = "monitoring";
  /// The most bytes a request may have: 500 queries with 30 dimensions are less. Ours.
  static constexpr std::size_t body_limit = 1U << 20U;

  http::Response answer(const http::Head& head, std::string_view body, const std::string& request_id) const;

  /// An error in the form of the protocol that was spoken.
  static http::Response refuse(const http::Head& head, const model::ApiError& error,
                               const std::string& request_id);

 private:
  const MetricStore& metrics_;
  std::function<MetricTime()> now_;
};

}  // namespace lmi::emulator::observe
