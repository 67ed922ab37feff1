#include "access/authorization.hpp"

#include "access/canonical_request.hpp"

#include <gtest/gtest.h>

namespace lmi::emulator::access {
namespace {

std::string refusal(std::string_view header) {
  const auto read = parse_authorization(header);
  if (read) return "(accepted)";
  EXPECT_EQ(read.error().code, "IncompleteSignatureException");
  return read.error().message;
}

TEST(Authorization, IsReadWithCommasBlanksOrBoth) {
  for (const char* header : {
           "AWS4-HMAC-SHA256 Credential=A/20251125/eu-west-1/lambda/aws4_request, "
           "SignedHeaders=host;x-amz-date, "
           "Signature=ab",
           "AWS4-HMAC-SHA256 "
           "Credential=A/20251125/eu-west-1/lambda/aws4_request,SignedHeaders=host;x-amz-date,"
           "Signature=ab",
           "AWS4-HMAC-SHA256   Signature=ab SignedHeaders=host;x-amz-date "
           "Credential=A/20251125/eu-west-1/lambda/aws4_request",
       }) {
    const auto read = parse_authorization(header);
    ASSERT_TRUE(read) << header << ": " << read.error().message;
    EXPECT_EQ(read->credential.access_key, "A");
    EXPECT_EQ(read->credential.scope(), "20251125/eu-west-1/lambda/aws4_request");
    EXPECT_EQ(read->signed_headers, (std::vector<std::string>{"host", "x-amz-date"}));
    EXPECT_EQ(read->signature, "ab");
  }
}

TEST(Authorization, MayHaveAKeyWithSlashes) {
  const auto credential = parse_credential("a/b/c/20251125/eu-west-1/lambda/aws4_request");
  ASSERT_TRUE(credential);
  EXPECT_EQ(credential->access_key, "a/b/c");
  EXPECT_EQ(credential->date, "20251125");
}

TEST(Authorization, NamesEveryParameterThatIsMissing) {
  EXPECT_EQ(refusal("AWS4-HMAC-SHA256 x"),
            "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' "
            "parameter. Authorization header requires 'SignedHeaders' parameter. "
            "Authorization=AWS4-HMAC-SHA256");
  EXPECT_EQ(refusal("AWS4-HMAC-SHA256 Credential=A/1/2/3/4, SignedHeaders=host"),
            "Authorization header requires 'Signature' parameter. Authorization=AWS4-HMAC-SHA256");
}

TEST(Authorization, OfAnotherAlgorithmIsRefused) {
  EXPECT_EQ(refusal("AWS4-ECDSA-P256-SHA256 Credential=A"),
            "Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256'.");
}

TEST(Authorization, NeedsTheFivePartsOfACredential) {
  EXPECT_EQ(
      refusal("AWS4-HMAC-SHA256 Credential=A/eu-west-1, SignedHeaders=host, Signature=0"),
      "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got "
      "'A/eu-west-1'");
}

TEST(CanonicalRequest, EncodesThePathOnceMore) {
  EXPECT_EQ(canonical_path("/2015-03-31/functions/arn%3Aaws%3Alambda/invocations"),
            "/2015-03-31/functions/arn%253Aaws%253Alambda/invocations");
  EXPECT_EQ(canonical_path(""), "/");
  EXPECT_EQ(canonical_path("/a//b/./c/../"), "/a/b/");
}

TEST(CanonicalRequest, GivesAQueryOneForm) {
  EXPECT_EQ(canonical_query("Qualifier=%24LATEST.PUBLISHED&b&a=%7e&a=1"),
            "Qualifier=%24LATEST.PUBLISHED&a=1&a=~&b=");
  EXPECT_EQ(canonical_query("tagKeys=a+b&tagKeys=a%20b"), "tagKeys=a%20b&tagKeys=a%20b")
      << "what the operation reads as the same is signed as the same";
  EXPECT_EQ(canonical_query("broken=%zz"), "broken=%25zz");
}

}  // namespace
}  // namespace lmi::emulator::access
