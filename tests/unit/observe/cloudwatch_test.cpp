#include "observe/cloudwatch.hpp"

#include "observe/cbor.hpp"
#include "observe/cloudwatch_endpoint.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lmi::emulator::observe {
namespace {

using nlohmann::json;
using std::chrono::hours;
using std::chrono::minutes;

const MetricTime noon{hours{24 * 20'000 + 12}};
constexpr double noon_seconds = (24.0 * 20'000 + 12) * 3600;

class CloudWatch : public testing::Test {
 protected:
  CloudWatch() {
    for (const double value : {10.0, 20.0, 60.0}) record("Duration", "Milliseconds", value, noon);
    record("Duration", "Milliseconds", 5, noon + minutes{1});
    record("Errors", "Count", 1, noon);
  }
  void record(const char* name, const char* unit, double value, MetricTime when) {
    store_.record({name, {{"FunctionName", "f"}, {"Resource", "f:1"}}}, unit, value, when);
  }
  static json dimensions() {
    return {{{"Name", "Resource"}, {"Value", "f:1"}}, {{"Name", "FunctionName"}, {"Value", "f"}}};
  }
  static json statistics_input() {
    return {{"Namespace", "AWS/Lambda"}, {"MetricName", "Duration"},       {"Dimensions", dimensions()},
            {"StartTime", noon_seconds}, {"EndTime", noon_seconds + 3600}, {"Period", 60},
            {"Statistics", {"Average"}}};
  }
  static json query(const char* id, const char* stat) {
    return {
        {"Id", id},
        {"MetricStat",
         {{"Metric", {{"Namespace", "AWS/Lambda"}, {"MetricName", "Duration"}, {"Dimensions", dimensions()}}},
          {"Period", 60},
          {"Stat", stat}}}};
  }
  static json data_input(json queries) {
    return {{"StartTime", noon_seconds},
            {"EndTime", noon_seconds + 3600},
            {"MetricDataQueries", std::move(queries)}};
  }
  static std::string error_of(const model::Result<json>& result) {
    return result ? "no error: " + result->dump() : result.error().code + ": " + result.error().message;
  }
  std::string statistics_error(const char* member, json value) {
    json input = statistics_input();
    input[member] = std::move(value);
    return error_of(cloudwatch::get_metric_statistics(store_, input));
  }
  std::string data_error(json queries) {
    return error_of(cloudwatch::get_metric_data(store_, data_input(std::move(queries))));
  }

  MetricStore store_;
};

TEST_F(CloudWatch, StatisticsOfEachPeriod) {
  json input = statistics_input();
  input["Statistics"] = {"SampleCount", "Average", "Sum", "Minimum", "Maximum"};
  const auto output = cloudwatch::get_metric_statistics(store_, input);
  ASSERT_TRUE(output) << error_of(output);
  EXPECT_EQ((*output)["Label"], "Duration");
  ASSERT_EQ((*output)["Datapoints"].size(), 2U);
  const json expected = {
      {"Timestamp", noon_seconds}, {"SampleCount", 3.0}, {"Average", 30.0},       {"Sum", 90.0},
      {"Minimum", 10.0},           {"Maximum", 60.0},    {"Unit", "Milliseconds"}};
  EXPECT_EQ((*output)["Datapoints"][0], expected);
}

TEST_F(CloudWatch, PercentilesAreExtendedStatistics) {
  json input = statistics_input();
  input.erase("Statistics");
  input["ExtendedStatistics"] = {"p50", "p99.9"};
  const auto output = cloudwatch::get_metric_statistics(store_, input);
  ASSERT_TRUE(output) << error_of(output);
  const json& shown = (*output)["Datapoints"][0]["ExtendedStatistics"];
  EXPECT_NEAR(shown["p50"].get<double>(), 20, 0.2);
  EXPECT_NEAR(shown["p99.9"].get<double>(), 60, 0.6);
}

TEST_F(CloudWatch, OtherNamespacesMetricsAndUnitsAreEmpty) {
  for (const auto& [member, value] : {std::pair{"Namespace", "AWS/EC2"}, std::pair{"MetricName", "Nothing"},
                                      std::pair{"Unit", "Seconds"}}) {
    json input = statistics_input();
    input[member] = value;
    const auto output = cloudwatch::get_metric_statistics(store_, input);
    ASSERT_TRUE(output) << error_of(output);
    EXPECT_TRUE((*output)["Datapoints"].empty()) << member;
  }
}

TEST_F(CloudWatch, SaysWhatIsWrongWithAQuestionForStatistics) {
  EXPECT_EQ(
      statistics_error("Period", 90),
      "InvalidParameterValueException: The parameter Period must be a multiple of 60 and not over 1296000 "
      "(15 days): there is one data point a minute.");
  EXPECT_EQ(
      statistics_error("EndTime", noon_seconds),
      "InvalidParameterValueException: The parameter StartTime must be less than the parameter EndTime.");
  EXPECT_EQ(
      statistics_error("EndTime", noon_seconds + 86'460),
      "InvalidParameterCombinationException: You have requested up to 1,441 datapoints, which exceeds the "
      "limit of 1,440. You may reduce the datapoints requested by increasing Period, or decreasing the time "
      "range.");
  EXPECT_EQ(statistics_error("EndTime", nullptr),
            "MissingRequiredParameterException: The parameter EndTime is required.");
  EXPECT_NE(statistics_error("Statistics", {"Median"}).find("not 'Median'"), std::string::npos);
  EXPECT_NE(statistics_error("Statistics", json::array()).find("At least one of"), std::string::npos);
  EXPECT_NE(statistics_error("ExtendedStatistics", {"tm90"}).find("percentiles"), std::string::npos);
  EXPECT_NE(statistics_error("StartTime", "yesterday").find("StartTime must be a time"), std::string::npos);
  EXPECT_NE(statistics_error("Dimensions", "f").find("Dimensions must be a list"), std::string::npos);
  EXPECT_NE(statistics_error("Dimensions", {{{"Name", "a"}}}).find("Dimensions.member.1.Value is required"),
            std::string::npos);
  EXPECT_EQ(error_of(cloudwatch::get_metric_statistics(store_, json::array())).find("Invalid"), 0U);
}

TEST_F(CloudWatch, ADayOfMinutesIsJustPossible) {
  json input = statistics_input();
  input["EndTime"] = noon_seconds + 86'400;
  EXPECT_TRUE(cloudwatch::get_metric_statistics(store_, input));
}

TEST_F(CloudWatch, DataComeNewestFirstUnlessAskedOtherwise) {
  json input = data_input({query("a", "Sum"), query("b", "p100")});
  auto output = cloudwatch::get_metric_data(store_, input);
  ASSERT_TRUE(output) << error_of(output);
  const json& results = (*output)["MetricDataResults"];
  ASSERT_EQ(results.size(), 2U);
  EXPECT_EQ(results[0]["Id"], "a");
  EXPECT_EQ(results[0]["Label"], "Duration");
  EXPECT_EQ(results[0]["StatusCode"], "Complete");
  EXPECT_EQ(results[0]["Timestamps"], json({noon_seconds + 60, noon_seconds}));
  EXPECT_EQ(results[0]["Values"], json({5.0, 90.0}));

  input["ScanBy"] = "TimestampAscending";
  output = cloudwatch::get_metric_data(store_, input);
  EXPECT_EQ((*output)["MetricDataResults"][0]["Values"], json({90.0, 5.0}));
}

TEST_F(CloudWatch, ReturnDataFalseHidesAResult) {
  json hidden = query("a", "Sum");
  hidden["ReturnData"] = false;
  const auto output = cloudwatch::get_metric_data(store_, data_input({hidden, query("b", "Sum")}));
  ASSERT_TRUE(output) << error_of(output);
  ASSERT_EQ((*output)["MetricDataResults"].size(), 1U);
  EXPECT_EQ((*output)["MetricDataResults"][0]["Id"], "b");
}

TEST_F(CloudWatch, SaysWhatIsWrongWithAQuestionForData) {
  EXPECT_NE(data_error({{{"Id", "m"}, {"Expression", "SUM(METRICS())"}}}).find("neither metric math"),
            std::string::npos);
  EXPECT_NE(data_error({query("a", "IQM")}).find("The statistic IQM of query a"), std::string::npos);
  EXPECT_NE(data_error({query("a", "Sum"), query("a", "Sum")}).find("must differ: a"), std::string::npos);
  EXPECT_NE(data_error(json::array()).find("1 to 500"), std::string::npos);
  EXPECT_EQ(
      data_error({{{"Id", "m"}}}),
      "MissingRequiredParameterException: The parameter MetricDataQueries.member.1.MetricStat is required.");
  for (const json& wrong : {json(0), json(-1), json(100'801), json("10"), json(1.5)}) {
    json paged = data_input({query("a", "Sum")});
    paged["MaxDatapoints"] = wrong;
    EXPECT_EQ(error_of(cloudwatch::get_metric_data(store_, paged)),
              "InvalidParameterValueException: The parameter MaxDatapoints must be a whole number from 1 to "
              "100800.")
        << wrong;
  }
  json paged = data_input({query("a", "Sum")});
  paged["NextToken"] = "3x";
  EXPECT_NE(error_of(cloudwatch::get_metric_data(store_, paged)).find("token"), std::string::npos);
}

TEST_F(CloudWatch, DataComeInPagesOfMaxDatapoints) {
  json input = data_input({query("a", "Sum"), query("b", "Maximum")});
  input["MaxDatapoints"] = 3;
  const auto first = cloudwatch::get_metric_data(store_, input);
  ASSERT_TRUE(first) << error_of(first);
  EXPECT_EQ((*first)["MetricDataResults"][0]["Values"], json({5.0, 90.0}));
  EXPECT_EQ((*first)["MetricDataResults"][0]["StatusCode"], "Complete");
  EXPECT_EQ((*first)["MetricDataResults"][1]["Values"], json({5.0}));
  EXPECT_EQ((*first)["MetricDataResults"][1]["StatusCode"], "PartialData");

  input["NextToken"] = (*first)["NextToken"];
  const auto second = cloudwatch::get_metric_data(store_, input);
  ASSERT_TRUE(second) << error_of(second);
  EXPECT_EQ((*second)["MetricDataResults"][0]["Values"], json::array());
  EXPECT_EQ((*second)["MetricDataResults"][1]["Values"], json({60.0}));
  EXPECT_EQ((*second)["MetricDataResults"][1]["Timestamps"], json({noon_seconds}));
  EXPECT_EQ((*second)["MetricDataResults"][1]["StatusCode"], "Complete");
  EXPECT_FALSE(second->contains("NextToken"));
}

TEST_F(CloudWatch, HiddenDataTakeNoRoomInAPage) {
  json hidden = query("a", "Sum");
  hidden["ReturnData"] = false;
  json input = data_input({hidden, query("b", "Sum")});
  input["MaxDatapoints"] = 2;
  const auto output = cloudwatch::get_metric_data(store_, input);
  ASSERT_TRUE(output) << error_of(output);
  EXPECT_EQ((*output)["MetricDataResults"][0]["Values"].size(), 2U);
  EXPECT_FALSE(output->contains("NextToken"));
}

TEST_F(CloudWatch, ListsMetricsByNameAndDimensions) {
  const auto names = [this](const json& input) {
    std::string all;
    const auto output = cloudwatch::list_metrics(store_, input, noon);
    if (!output) return error_of(output);
    for (const json& metric : (*output)["Metrics"]) all += metric["MetricName"].get<std::string>() + " ";
    return all;
  };
  EXPECT_EQ(names(json::object()), "Duration Errors ");
  EXPECT_EQ(names({{"Namespace", "AWS/Lambda"}, {"MetricName", "Errors"}}), "Errors ");
  EXPECT_EQ(names({{"Namespace", "AWS/EC2"}}), "");
  EXPECT_EQ(names({{"Dimensions", {{{"Name", "Resource"}}}}}), "Duration Errors ");
  EXPECT_EQ(names({{"Dimensions", {{{"Name", "Resource"}, {"Value", "f:2"}}}}}), "");
  EXPECT_EQ(names({{"RecentlyActive", "PT1H"}}).find("Invalid"), 0U);
}

TEST_F(CloudWatch, ListsOnlyWhatWasRecentlyActiveWhenAsked) {
  const json input{{"RecentlyActive", "PT3H"}};
  EXPECT_EQ((*cloudwatch::list_metrics(store_, input, noon + hours{3}))["Metrics"].size(), 2U);
  EXPECT_EQ((*cloudwatch::list_metrics(store_, input, noon + hours{3} + minutes{1}))["Metrics"].size(), 1U);
  EXPECT_EQ((*cloudwatch::list_metrics(store_, input, noon + hours{4}))["Metrics"].size(), 0U);
}

TEST_F(CloudWatch, ListsInPagesOfFiveHundred) {
  for (int i = 0; i < 1000; ++i) {
    store_.record({"Invocations", {{"FunctionName", std::to_string(i)}}}, "Count", 1, noon);
  }
  json input = json::object();
  std::vector<std::size_t> sizes;
  for (bool more = true; more;) {
    const auto output = cloudwatch::list_metrics(store_, input, noon);
    ASSERT_TRUE(output) << error_of(output);
    sizes.push_back((*output)["Metrics"].size());
    more = output->contains("NextToken");
    if (more) input["NextToken"] = (*output)["NextToken"];
  }
  EXPECT_EQ(sizes, (std::vector<std::size_t>{500, 500, 2}));
  EXPECT_NE(error_of(cloudwatch::list_metrics(store_, {{"NextToken", "x"}}, noon)).find("token"),
            std::string::npos);
}

// ---- The protocols ----

class CloudWatchWire : public CloudWatch {
 protected:
  static http::Head json_head(const std::string& operation) {
    return {"POST", "/", {{"X-Amz-Target", "GraniteServiceVersion20100801." + operation}}};
  }
  static http::Head cbor_head(const std::string& operation) {
    return {"POST", "/service/GraniteServiceVersion20100801/operation/" + operation, {}};
  }

  CloudWatchEndpoint endpoint_{store_, [] { return noon; }};
};

TEST_F(CloudWatchWire, SpeaksAwsJson) {
  const auto response = endpoint_.answer(json_head("GetMetricStatistics"), statistics_input().dump(), "id");
  EXPECT_EQ(response.status, 200U);
  EXPECT_EQ(response.headers.get("Content-Type"), "application/x-amz-json-1.0");
  EXPECT_EQ(response.headers.get("x-amzn-RequestId"), "id");
  EXPECT_EQ(json::parse(response.body)["Datapoints"][0]["Timestamp"], noon_seconds);
}

TEST_F(CloudWatchWire, SpeaksCborWithTaggedTimes) {
  const auto response = endpoint_.answer(cbor_head("GetMetricStatistics"),
                                         cbor::encode(statistics_input(), {"StartTime", "EndTime"}), "id");
  EXPECT_EQ(response.status, 200U) << response.body;
  EXPECT_EQ(response.headers.get("Content-Type"), "application/cbor");
  EXPECT_EQ(response.headers.get("smithy-protocol"), "rpc-v2-cbor");
  EXPECT_EQ(cbor::decode(response.body)->at("Datapoints")[0]["Timestamp"], noon_seconds);
  EXPECT_NE(response.body.find("Timestamp\xc1"), std::string::npos);
}

TEST_F(CloudWatchWire, ErrorsHaveTheCodeOfTheQueryProtocolToo) {
  const auto response = endpoint_.answer(json_head("GetMetricStatistics"), "{}", "id");
  EXPECT_EQ(response.status, 400U);
  EXPECT_EQ(response.headers.get("x-amzn-query-error"), "MissingParameter;Sender");
  EXPECT_EQ(json::parse(response.body)["__type"],
            "com.amazonaws.cloudwatch#MissingRequiredParameterException");
  const auto cbor = CloudWatchEndpoint::refuse(cbor_head("ListMetrics"),
                                               {"MissingAuthenticationTokenException", "Missing"}, "id");
  EXPECT_EQ(cbor.status, 403U);
  EXPECT_EQ(cbor::decode(cbor.body)->at("message"), "Missing");
}

TEST_F(CloudWatchWire, RefusesOtherOperationsAndBodies) {
  const auto other = endpoint_.answer(json_head("PutMetricAlarm"), "{}", "id");
  EXPECT_EQ(other.headers.get("x-amzn-query-error"), "InvalidAction;Sender");
  EXPECT_EQ(endpoint_.answer(json_head("ListMetrics"), "{", "id").status, 400U);
  EXPECT_EQ(endpoint_.answer(json_head("ListMetrics"), "[]", "id").status, 400U);
  EXPECT_EQ(endpoint_.answer(cbor_head("ListMetrics"), "\xff", "id").status, 400U);
}

TEST_F(CloudWatchWire, OwnsItsRequestsOnly) {
  EXPECT_TRUE(CloudWatchEndpoint::owns(json_head("ListMetrics")));
  EXPECT_TRUE(CloudWatchEndpoint::owns(cbor_head("ListMetrics")));
  EXPECT_FALSE(CloudWatchEndpoint::owns({"POST", "/", {}}));
  EXPECT_FALSE(CloudWatchEndpoint::owns({"POST", "/", {{"X-Amz-Target", "AmazonSQS.SendMessage"}}}));
  EXPECT_FALSE(CloudWatchEndpoint::owns({"GET", "/2015-03-31/functions", {}}));
}

}  // namespace
}  // namespace lmi::emulator::observe
