#include <gtest/gtest.h>

#include <aws/http/response.h>
#include <aws/lambda-runtime/outcome.h>
#include <aws/lambda-runtime/runtime.h>
#include <aws/lambda-runtime/version.h>

#include <memory>
#include <string>
#include <type_traits>

namespace aws::lambda_runtime {
namespace {

// What programs may name.
static_assert(std::is_same_v<decltype(invocation_request::deadline),
                             std::chrono::time_point<std::chrono::system_clock>>);
static_assert(std::is_same_v<decltype(&run_handler),
                             void (*)(std::function<invocation_response(invocation_request const&)> const&)>);
static_assert(std::is_same_v<runtime::next_outcome, outcome<invocation_request, http::response_code>>);
static_assert(std::is_same_v<runtime::post_outcome, outcome<no_result, http::response_code>>);
static_assert(std::is_constructible_v<runtime, std::string> &&
              std::is_constructible_v<runtime, std::string, std::string>);
static_assert(std::is_base_of_v<runtime_response, invocation_response>);

TEST(Outcome, HoldsOneOfTwoAndMovesIt) {
  using Text = outcome<std::string, http::response_code>;
  Text good{std::string(100, 'x')};
  const Text moved{std::move(good)};
  EXPECT_TRUE(moved.is_success());
  EXPECT_EQ(moved.get_result(), std::string(100, 'x'));

  const Text bad{http::response_code::GONE};
  EXPECT_FALSE(bad.is_success());
  EXPECT_EQ(bad.get_failure(), http::response_code::GONE);
}

TEST(Outcome, DestroysWhatItHolds) {
  const auto owned = std::make_shared<int>(1);
  {
    outcome<std::shared_ptr<int>, int> first{owned};
    const outcome<std::shared_ptr<int>, int> second{std::move(first)};
    EXPECT_EQ(owned.use_count(), 2);
  }
  EXPECT_EQ(owned.use_count(), 1);
}

TEST(InvocationResponse, SaysWhatItWasMadeOf) {
  const auto success = invocation_response::success("payload", "type");
  EXPECT_TRUE(success.is_success());
  EXPECT_EQ(success.get_payload(), "payload");
  EXPECT_EQ(success.get_content_type(), "type");
  EXPECT_EQ(success.get_xray_response(), "");

  const auto failure = invocation_response::failure("a \"b\"\n", "T", "{}");
  EXPECT_FALSE(failure.is_success());
  EXPECT_EQ(failure.get_payload(), R"({"errorMessage":"a \"b\"\n","errorType":"T","stackTrace":[]})");
  EXPECT_EQ(failure.get_content_type(), "application/json");
  EXPECT_EQ(failure.get_xray_response(), "{}");
}

TEST(HttpResponse, KeepsHeadersWhateverTheirCase) {
  http::response response;
  response.add_header("X-Name", "Value");
  response.append_body("ab", 2);
  response.append_body("c", 1);
  EXPECT_TRUE(response.has_header("x-name"));
  EXPECT_FALSE(response.has_header("other"));
  EXPECT_EQ(response.get_header("x-name"), "Value");
  EXPECT_EQ(response.get_body(), "abc");
}

TEST(Version, IsTheOneWhoseInterfaceThisIs) {
  EXPECT_EQ(std::to_string(get_version_major()) + "." + std::to_string(get_version_minor()) + "." +
                std::to_string(get_version_patch()),
            get_version());
}

}  // namespace
}  // namespace aws::lambda_runtime
