#include "simulate/distribution.hpp"

#include "simulate/json_reader.hpp"
#include "simulate/read_distribution.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <ostream>
#include <string>
#include <vector>

namespace lmi::sizing::simulate {
namespace {

Distribution parse(const std::string& text) {
  const auto json = nlohmann::ordered_json::parse(text);
  return read_distribution(JsonValue{json, "service.cpuMs"});
}

std::string refusal(const std::string& text) {
  try {
    parse(text);
  } catch (const InputError& error) {
    return error.what();
  }
  return "none";
}

struct Form {
  const char* name;
  const char* json;
  double mean;
  double cv;

  friend void PrintTo(const Form& form, std::ostream* out) { *out << form.name; }
};

class Distributions : public testing::TestWithParam<Form> {};

TEST_P(Distributions, SamplesHaveTheMeanAndDeviationItSays) {
  const Form& form = GetParam();
  const Distribution distribution = parse(form.json);
  EXPECT_NEAR(distribution.mean(), form.mean, 1e-6 * form.mean);
  EXPECT_NEAR(std::sqrt(distribution.squared_variation()), form.cv, 1e-3);

  Random random{1, Purpose::cpu};
  constexpr int count = 200'000;
  double sum = 0;
  double squares = 0;
  for (int i = 0; i < count; ++i) {
    const double value = distribution.sample(random);
    ASSERT_GE(value, 0);
    sum += value;
    squares += value * value;
  }
  const double mean = sum / count;
  EXPECT_NEAR(mean / form.mean, 1, 0.02);
  EXPECT_NEAR(std::sqrt(std::max(0.0, squares / count - mean * mean)) / mean, form.cv, 0.05);
}

INSTANTIATE_TEST_SUITE_P(
    Forms, Distributions,
    testing::Values(Form{"Number", "5", 5, 0}, Form{"Constant", R"({"constant":5})", 5, 0},
                    Form{"Uniform", R"({"uniform":{"min":0,"max":10}})", 5, 0.57735},
                    Form{"Exponential", R"({"exponential":{"mean":5}})", 5, 1},
                    Form{"LogNormal", R"({"lognormal":{"mean":5,"cv":0.8}})", 5, 0.8},
                    Form{"GammaNarrow", R"({"gamma":{"mean":5,"cv":0.5}})", 5, 0.5},
                    Form{"GammaWide", R"({"gamma":{"mean":5,"cv":1.5}})", 5, 1.5},
                    Form{"Percentiles", R"({"percentiles":{"0":0,"50":5,"100":10}})", 5, 0.57735},
                    Form{"Histogram", R"({"histogram":[{"upToMs":5,"count":50},{"upToMs":10,"count":50}]})",
                         5, 0.57735}),
    [](const auto& parameter) { return parameter.param.name; });

TEST(DistributionByQuantiles, MeetsThem) {
  for (const char* text :
       {R"({"lognormal":{"median":5,"p99":40}})", R"({"percentiles":{"0":1,"50":5,"99":40,"100":60}})"}) {
    const Distribution distribution = parse(text);
    Random random{3, Purpose::cpu};
    std::vector<double> values(100'001);
    for (double& value : values) value = distribution.sample(random);
    std::sort(values.begin(), values.end());
    EXPECT_NEAR(values[50'000], 5, 0.2) << text;
    EXPECT_NEAR(values[99'000], 40, 3) << text;
  }
}

TEST(Distribution, AWrongOneIsRefusedByNameValueAndExpectation) {
  EXPECT_EQ(refusal("-1"), "service.cpuMs: expected a number from 0 to 86400000, found -1");
  EXPECT_EQ(refusal(R"({"exponential":{"mean":0}})"),
            "service.cpuMs.exponential.mean: expected a number from 1e-06 to 86400000, found 0");
  EXPECT_EQ(refusal(R"({"exponential":{"mean":1,"cv":2}})"),
            "service.cpuMs.exponential.cv: there is no such member; expected one of mean");
  EXPECT_EQ(
      refusal(R"({"percentiles":{"50":5,"99":4}})"),
      "service.cpuMs.percentiles: expected values that grow with the percentage, found {\"50\":5,\"99\":4}");
  EXPECT_EQ(refusal(R"({"percentiles":{"p50":5}})"),
            "service.cpuMs.percentiles.p50: expected a percentage from 0 to 100 as the member's name");
  EXPECT_NE(
      refusal(R"({"normal":{"mean":1}})").find("expected milliseconds, or an object with one of constant"),
      std::string::npos);
}

}  // namespace
}  // namespace lmi::sizing::simulate
