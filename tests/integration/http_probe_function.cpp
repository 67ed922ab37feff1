// A blocking function with the HTTP client, for the integration tests: {"url": …} in, {"status", "body",
// "reused", "requestId"} out, or the client's error as the function's.

#include <cstdlib>
#include <lmi/http_client.hpp>
#include <lmi/json.hpp>
#include <lmi/lmi.hpp>
#include <string>

namespace {

using nlohmann::json;

lmi::HttpClientOptions options() {
  lmi::HttpClientOptions options;
  options.retries.max_attempts = 1;
  options.idle_timeout = std::chrono::seconds{60};  // the tests count connections, however slow the machine
  options.add_headers = [](const lmi::HttpCall&, const lmi::HttpLimits& limits, lmi::HeaderList& headers) {
    headers.set("X-Request-Id", limits.request_id);
  };
  return options;
}

lmi::HttpClient& client() {
  static lmi::HttpClient shared{options()};
  return shared;
}

json ask(const json& event, lmi::Context& context) {
  lmi::HttpCall call;
  call.url = event.at("url").get<std::string>();
  const auto reply =
      client().send(call, lmi::HttpLimits::of(context, std::chrono::milliseconds{500})).value();
  return {{"status", reply.status},
          {"body", reply.body},
          {"reused", reply.connection_reused},
          {"requestId", std::string{context.request_id()}}};
}

}  // namespace

int main() {
  return lmi::run(ask, {.init = [] { (void)client(); }});
}
