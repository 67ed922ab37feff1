// Sends spans with everything a span can have to the collector that the environment names. What arrives is
// read by other people's code: tests/clients/test_otlp.py.

#include <iostream>
#include <limits>
#include <lmi/otlp.hpp>

int main() {
  lmi::OtlpExporter exporter;
  {
    const auto caller = lmi::TraceContext::from_w3c("00-12345678901234567890123456789012-1234567890123456-01",
                                                    "vendor=opaque,other=1");
    lmi::Span server{exporter, caller.value(), "orders", lmi::SpanKind::server};
    server.set("text", "\"quoted\" \\ \n ü");
    server.set("bytes", "\xff\xfe");
    server.set("yes", true);
    server.set("least", std::numeric_limits<std::int64_t>::min());
    server.set("share", 0.1);
    server.set("endless", std::numeric_limits<double>::infinity());
    auto client = server.child("query", lmi::SpanKind::client);
    client.add_event("sent", {{"size", 12}, {"retry", false}});
    client.fail("no answer");
    for (int i = 0; i < 130; ++i) client.set("key" + std::to_string(i), i);
    auto sibling = server.child("check");
    sibling.set_ok();
    const lmi::Span root{exporter, lmi::TraceContext::start(true), "alone", lmi::SpanKind::consumer};
  }
  const bool delivered = exporter.shutdown(std::chrono::seconds{30});
  std::cout << (delivered ? "delivered " : "lost, of ") << exporter.counts().delivered << '\n';
  return delivered ? 0 : 1;
}
