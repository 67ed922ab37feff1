#include "sigv4.hpp"

#include "endpoint.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace lmi::cli {
namespace {

// The cases of AWS's published Signature Version 4 test suite: 2015-08-30T12:36:00Z, service "service".
const Credentials example{"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", ""};
const SigningScope scope{"us-east-1", "service", std::chrono::system_clock::from_time_t(1440938160)};

std::string signature(const SignedRequest& request) {
  const auto authorization = sign_v4(request, scope, example).at("Authorization");
  return authorization.substr(authorization.rfind('=') + 1);
}

TEST(SigV4, SignsAwsGetVanilla) {
  const auto fields = sign_v4({"GET", "example.amazonaws.com", "/", "", ""}, scope, example);
  EXPECT_EQ(fields.at("X-Amz-Date"), "20150830T123600Z");
  EXPECT_EQ(fields.at("Authorization"),
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
            "SignedHeaders=host;x-amz-date, "
            "Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
}

TEST(SigV4, SignsAwsPostVanilla) {
  EXPECT_EQ(signature({"POST", "example.amazonaws.com", "/", "", ""}),
            "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b");
}

TEST(SigV4, SignsAwsGetVanillaQueryOrderKeyCase) {
  EXPECT_EQ(signature({"GET", "example.amazonaws.com", "/", "Param2=value2&Param1=value1", ""}),
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500");
}

TEST(SigV4, BodyPathAndQueryAllCount) {
  const SignedRequest plain{"POST", "h", "/a", "q=1", "body"};
  SignedRequest changed = plain;
  changed.body = "bodz";
  EXPECT_NE(signature(plain), signature(changed));
  changed = plain;
  changed.path = "/b";
  EXPECT_NE(signature(plain), signature(changed));
  changed = plain;
  changed.query = "q=2";
  EXPECT_NE(signature(plain), signature(changed));
}

TEST(SigV4, ASessionTokenIsSentAndSigned) {
  const Credentials temporary{example.access_key, example.secret_key, "token"};
  const auto fields = sign_v4({"GET", "h", "/", "", ""}, scope, temporary);
  EXPECT_EQ(fields.at("X-Amz-Security-Token"), "token");
  EXPECT_NE(fields.at("Authorization").find("SignedHeaders=host;x-amz-date;x-amz-security-token"),
            std::string::npos);
}

TEST(PercentEncode, KeepsOnlyUnreservedCharacters) {
  EXPECT_EQ(percent_encode("aZ09-_.~"), "aZ09-_.~");
  EXPECT_EQ(percent_encode("$LATEST.PUBLISHED"), "%24LATEST.PUBLISHED");
  EXPECT_EQ(percent_encode("a b/c:ü"), "a%20b%2Fc%3A%C3%BC");
}

}  // namespace
}  // namespace lmi::cli
