#include <gtest/gtest.h>

#include <cstdlib>
#include <lmi/otlp.hpp>
#include <map>
#include <stdexcept>
#include <string>

namespace lmi {
namespace {

class OtlpEnvironment : public testing::Test {
 protected:
  ~OtlpEnvironment() override {
    for (const auto& [name, value] : set_) ::unsetenv(name.c_str());
  }
  void set(const std::string& name, const std::string& value) {
    set_[name] = value;
    ::setenv(name.c_str(), value.c_str(), 1);
  }

 private:
  std::map<std::string, std::string> set_;
};

std::string resource(const OtlpOptions& options, const std::string& key) {
  for (const auto& each : options.resource) {
    if (each.key != key) continue;
    if (const auto* text = std::get_if<std::string>(&each.value)) return *text;
    return std::to_string(std::get<std::int64_t>(each.value));
  }
  return "none";
}

TEST_F(OtlpEnvironment, WithoutVariablesTheStandardsDefaultsHold) {
  const auto options = OtlpOptions::from_environment();
  EXPECT_EQ(options.endpoint, "http://localhost:4318/v1/traces");
  EXPECT_EQ(options.request_limit, std::chrono::seconds{10});
  EXPECT_EQ(options.queue_size, 2048U);
  EXPECT_EQ(options.batch_size, 512U);
  EXPECT_EQ(resource(options, "service.name"), "unknown_service");
  EXPECT_EQ(resource(options, "cloud.provider"), "none");
}

TEST_F(OtlpEnvironment, TheGeneralEndpointGetsThePathAndTheOneForTracesDoesNot) {
  set("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:1234/base");
  EXPECT_EQ(OtlpOptions::from_environment().endpoint, "http://collector:1234/base/v1/traces");
  set("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:1234/");
  EXPECT_EQ(OtlpOptions::from_environment().endpoint, "http://collector:1234/v1/traces");
  set("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://other/here");
  EXPECT_EQ(OtlpOptions::from_environment().endpoint, "http://other/here");
}

TEST_F(OtlpEnvironment, LambdasVariablesAndTheStandardsMakeTheResource) {
  set("AWS_LAMBDA_FUNCTION_NAME", "orders");
  set("AWS_LAMBDA_FUNCTION_VERSION", "7");
  set("AWS_LAMBDA_LOG_STREAM_NAME", "stream");
  set("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "2048");
  set("AWS_REGION", "eu-central-1");
  auto options = OtlpOptions::from_environment();
  EXPECT_EQ(resource(options, "service.name"), "orders");
  EXPECT_EQ(resource(options, "faas.name"), "orders");
  EXPECT_EQ(resource(options, "faas.version"), "7");
  EXPECT_EQ(resource(options, "faas.instance"), "stream");
  EXPECT_EQ(resource(options, "faas.max_memory"), "2147483648");
  EXPECT_EQ(resource(options, "cloud.provider"), "aws");
  EXPECT_EQ(resource(options, "cloud.region"), "eu-central-1");

  set("OTEL_RESOURCE_ATTRIBUTES", "service.name=from-list, team=a%20b%2Cc");
  options = OtlpOptions::from_environment();
  EXPECT_EQ(resource(options, "service.name"), "from-list");
  EXPECT_EQ(resource(options, "team"), "a b,c");
  set("OTEL_SERVICE_NAME", "shop");
  EXPECT_EQ(resource(OtlpOptions::from_environment(), "service.name"), "shop");
}

TEST_F(OtlpEnvironment, NumbersAndHeadersAreRead) {
  set("OTEL_EXPORTER_OTLP_HEADERS", "x-api-key=k%3D1,x-team=a");
  set("OTEL_EXPORTER_OTLP_TIMEOUT", "250");
  set("OTEL_BSP_SCHEDULE_DELAY", "10");
  set("OTEL_BSP_MAX_QUEUE_SIZE", "20");
  set("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "5");
  const auto options = OtlpOptions::from_environment();
  ASSERT_EQ(options.headers.size(), 2U);
  EXPECT_EQ(options.headers[0], (std::pair<std::string, std::string>{"x-api-key", "k=1"}));
  EXPECT_EQ(options.request_limit.count(), 250);
  EXPECT_EQ(options.batch_delay.count(), 10);
  EXPECT_EQ(options.queue_size, 20U);
  EXPECT_EQ(options.batch_size, 5U);
}

TEST_F(OtlpEnvironment, AMalformedVariableIsNamedWithItsValue) {
  const auto complaint = [this](const std::string& name, const std::string& value) {
    set(name, value);
    try {
      static_cast<void>(OtlpOptions::from_environment());
    } catch (const std::invalid_argument& failure) {
      set(name, "");
      return std::string{failure.what()};
    }
    return std::string{"none"};
  };
  EXPECT_EQ(complaint("OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector:4318").substr(0, 65),
            "OTEL_EXPORTER_OTLP_ENDPOINT is \"https://collector:4318\": expected");
  EXPECT_EQ(complaint("OTEL_BSP_MAX_QUEUE_SIZE", "many"),
            "OTEL_BSP_MAX_QUEUE_SIZE is \"many\": expected a whole number");
  EXPECT_NE(complaint("OTEL_EXPORTER_OTLP_HEADERS", "novalue"), "none");
}

TEST(OtlpExporterOptions, AHeaderThatWouldBreakTheRequestIsRefused) {
  EXPECT_THROW((OtlpExporter{{.headers = {{"x", "a\r\nb: c"}}}}), std::invalid_argument);
  EXPECT_THROW((OtlpExporter{{.headers = {{"x y", "a"}}}}), std::invalid_argument);
  EXPECT_THROW((OtlpExporter{{.endpoint = "https://collector"}}), std::invalid_argument);
}

}  // namespace
}  // namespace lmi
