// What strangers send to CloudWatch's three operations, in CBOR: any bytes have an answer, and what was
// understood is the same when it is written and read again.

#include "fuzz/driver.hpp"
#include "observe/cbor.hpp"
#include "observe/cloudwatch_endpoint.hpp"

#include <array>
#include <string>

namespace lmi::fuzz {
namespace {

using namespace lmi::emulator;

const observe::MetricTime noon{std::chrono::hours{24 * 20'000 + 12}};

const observe::MetricStore& metrics() {
  static const observe::MetricStore store = [] {
    observe::MetricStore filled;
    filled.record({"Errors", {{"FunctionName", "f"}}}, "Count", 1, noon);
    return filled;
  }();
  return store;
}

}  // namespace

std::span<const std::string_view> pieces() {
  static constexpr std::array<std::string_view, 8> all = {
      "\x9f", "\xbf", "\xff", "\xc1", "\xf9\x7e\x01", "\x7f\x61", "\x81\x81\x81\x81", "\x6aMetricName"};
  return all;
}

void check(std::string_view input) {
  const observe::CloudWatchEndpoint endpoint{metrics(), [] { return noon; }};
  for (const char* operation : {"ListMetrics", "GetMetricStatistics", "GetMetricData"}) {
    const http::Head head{
        "POST", std::string{"/service/GraniteServiceVersion20100801/operation/"} + operation, {}};
    const http::Response response = endpoint.answer(head, input, "id");
    if (response.status != 200 && response.status != 400) broken("an answer is 200 or 400", input);
    if (!observe::cbor::decode(response.body)) broken("an answer is CBOR", input);
  }
  const auto value = observe::cbor::decode(input);
  if (!value) return;
  const std::string written = observe::cbor::encode(*value, {});
  const auto again = observe::cbor::decode(written);
  // By their bytes: a NaN is not equal to itself.
  if (!again || observe::cbor::encode(*again, {}) != written) broken("what is written is read again", input);
}

}  // namespace lmi::fuzz
