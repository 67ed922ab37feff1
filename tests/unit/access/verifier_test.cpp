#include "access/verifier.hpp"

#include "access/canonical_request.hpp"
#include "access/signature.hpp"

#include <gtest/gtest.h>

namespace lmi::emulator::access {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::time_t noon = 1440938160;  // 2015-08-30T12:36:00Z

/// A request as a client makes it, each part of which a test can spoil.
struct Signer {
  std::string key = "AKIA";
  std::string secret = "secret";
  std::string token = {};
  std::string date = "20150830T123600Z";
  std::string scope = "20150830/us-east-1/lambda/aws4_request";
  std::vector<std::string> names = {"host", "x-amz-date"};
  http::Headers extra = {};
  std::string body = {};
  std::string payload_hash = {};  // "": that of the body

  http::Head head() const {
    http::Head made{"POST", "/2015-03-31/functions/f/invocations?Qualifier=%24LATEST", extra};
    made.headers.add("Host", "127.0.0.1:9400");
    made.headers.add("X-Amz-Date", date);
    if (!token.empty()) made.headers.add("X-Amz-Security-Token", token);
    const auto credential = parse_credential(key + "/" + scope);
    const std::string request =
        canonical_request(made, names, payload_hash.empty() ? sha256_hex(body) : payload_hash);
    std::string list;
    for (const auto& name : names) list += (list.empty() ? "" : ";") + name;
    made.headers.add("Authorization", "AWS4-HMAC-SHA256 Credential=" + key + "/" + scope +
                                          ", SignedHeaders=" + list +
                                          ", Signature=" + signature_of(request, date, *credential, secret));
    return made;
  }
};

class VerifierTest : public testing::Test {
 protected:
  /// "code: message" of the refusal, "(accepted)" without one.
  std::string outcome(const http::Head& head, const std::string& body = {}) const {
    const auto claim = verifier_.examine(head, "lambda");
    if (!claim) return claim.error().code + ": " + claim.error().message;
    const auto problem = Verifier::refute(*claim, head, sha256_hex(body));
    return problem ? problem->code + ": " + problem->message : "(accepted)";
  }
  std::string outcome(const Signer& signer) const { return outcome(signer.head(), signer.body); }

  std::chrono::system_clock::time_point now_ = std::chrono::system_clock::from_time_t(noon);
  Verifier verifier_{
      {{"AKIA", {"secret", ""}}, {"ASIA", {"secret", "the token"}}}, "us-east-1", [this] { return now_; }};
};

constexpr const char* mismatch =
    "InvalidSignatureException: The request signature we calculated does not match the signature you "
    "provided. "
    "Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";

TEST_F(VerifierTest, TakesWhatIsSignedRightly) {
  EXPECT_EQ(outcome(Signer{}), "(accepted)");
  EXPECT_EQ(outcome(Signer{.body = "{}"}), "(accepted)");
}

TEST_F(VerifierTest, Call40AWrongSecretIsRefused) {
  EXPECT_EQ(outcome(Signer{.secret = "wrong"}), mismatch);
}

TEST_F(VerifierTest, RefusesWhatWasChangedOnTheWay) {
  const http::Head good = Signer{.body = "{}"}.head();
  http::Head changed = good;
  changed.target = "/2015-03-31/functions/g/invocations?Qualifier=%24LATEST";
  EXPECT_EQ(outcome(changed, "{}"), mismatch);
  changed = good;
  changed.target = "/2015-03-31/functions/f/invocations?Qualifier=1";
  EXPECT_EQ(outcome(changed, "{}"), mismatch);
  changed = good;
  changed.method = "DELETE";
  EXPECT_EQ(outcome(changed, "{}"), mismatch);
  EXPECT_EQ(outcome(good, "[]"), mismatch);
}

TEST_F(VerifierTest, RefusesAnUnknownKey) {
  EXPECT_EQ(outcome(Signer{.key = "AKIB"}),
            "UnrecognizedClientException: The security token included in the request is invalid.");
}

TEST_F(VerifierTest, WantsTheSessionTokenOfAKeyThatHasOne) {
  constexpr const char* refused =
      "UnrecognizedClientException: The security token included in the request is invalid.";
  const std::vector<std::string> names{"host", "x-amz-date", "x-amz-security-token"};
  EXPECT_EQ(outcome(Signer{.key = "ASIA", .token = "the token", .names = names}), "(accepted)");
  EXPECT_EQ(outcome(Signer{.key = "ASIA", .token = "another", .names = names}), refused);
  EXPECT_EQ(outcome(Signer{.key = "ASIA"}), refused);
  EXPECT_EQ(outcome(Signer{.key = "AKIA", .token = "the token", .names = names}), refused);
}

TEST_F(VerifierTest, RefusesARequestThatIsTooOldOrTooNew) {
  const Signer signer;
  now_ += minutes{5};
  EXPECT_EQ(outcome(signer), "(accepted)");
  now_ += seconds{1};
  EXPECT_EQ(outcome(signer),
            "InvalidSignatureException: Signature expired: 20150830T123600Z is now earlier than "
            "20150830T123601Z (20150830T124101Z - 5 min.)");
  now_ -= minutes{10} + seconds{1};
  EXPECT_EQ(outcome(signer), "(accepted)");
  now_ -= seconds{1};
  EXPECT_EQ(outcome(signer),
            "InvalidSignatureException: Signature not yet current: 20150830T123600Z is still later than "
            "20150830T123559Z (20150830T123059Z + 5 min.)");
}

TEST_F(VerifierTest, NamesEachPartOfTheScopeThatIsWrong) {
  EXPECT_EQ(outcome(Signer{.scope = "20150830/eu-west-1/lambda/aws4_request"}),
            "InvalidSignatureException: Credential should be scoped to a valid region, not 'eu-west-1'.");
  EXPECT_EQ(outcome(Signer{.scope = "20150830/us-east-1/s3/aws4_request"}),
            "InvalidSignatureException: Credential should be scoped to correct service: 'lambda'.");
  EXPECT_EQ(
      outcome(Signer{.scope = "20150830/us-east-1/lambda/aws5_request"}),
      "InvalidSignatureException: Credential should be scoped with a valid terminator: 'aws4_request', not "
      "'aws5_request'.");
  EXPECT_EQ(
      outcome(Signer{.scope = "20150829/us-east-1/lambda/aws4_request"}),
      "InvalidSignatureException: Date in Credential scope does not match YYYYMMDD from ISO-8601 version of "
      "date from HTTP: '20150829' != '20150830', from '20150830T123600Z'.");
}

TEST_F(VerifierTest, WantsADateInAwsForm) {
  EXPECT_EQ(outcome(Signer{.date = "2015-08-30"}),
            "IncompleteSignatureException: Date must be in ISO-8601 'basic format'. Got '2015-08-30'. See "
            "http://en.wikipedia.org/wiki/ISO_8601");
  EXPECT_EQ(
      outcome({"GET",
               "/",
               {{"Authorization",
                 "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host, "
                 "Signature=0"}}}),
      "IncompleteSignatureException: Authorization header requires existence of either a 'X-Amz-Date' or a "
      "'Date' header. Authorization=AWS4-HMAC-SHA256");
}

TEST_F(VerifierTest, TakesTheDateFieldOfHttpToo) {
  http::Head head = Signer{}.head();
  http::Headers fields;
  for (const auto& [name, value] : head.headers) {
    if (name != "X-Amz-Date" && name != "Authorization") fields.add(name, value);
  }
  fields.add("Date", "Sun, 30 Aug 2015 12:36:00 GMT");
  head.headers = fields;
  const auto credential = parse_credential("AKIA/20150830/us-east-1/lambda/aws4_request");
  const std::string request = canonical_request(head, {"date", "host"}, sha256_hex(""));
  head.headers.add("Authorization",
                   "AWS4-HMAC-SHA256 Credential=AKIA/20150830/us-east-1/lambda/aws4_request, "
                   "SignedHeaders=date;host, Signature=" +
                       signature_of(request, "20150830T123600Z", *credential, "secret"));
  EXPECT_EQ(outcome(head), "(accepted)");
}

TEST_F(VerifierTest, WantsTheHostAndEveryFieldOfAwsSigned) {
  EXPECT_EQ(outcome(Signer{.names = {"x-amz-date"}}),
            "InvalidSignatureException: 'Host' or ':authority' must be a 'SignedHeader' in the AWS "
            "Authorization.");
  EXPECT_EQ(outcome(Signer{.extra = {{"X-Amz-Invocation-Type", "Event"}}}),
            "InvalidSignatureException: 'x-amz-invocation-type' must be a 'SignedHeader' in the AWS "
            "Authorization.");
  EXPECT_EQ(outcome(Signer{.names = {"host", "x-amz-date", "x-amz-invocation-type"},
                           .extra = {{"X-Amz-Invocation-Type", "Event"}}}),
            "(accepted)");
}

TEST_F(VerifierTest, BelievesAPayloadHashOnlyWhenItIsTheBodys) {
  const std::vector<std::string> names{"host", "x-amz-content-sha256", "x-amz-date"};
  const auto with_hash = [&names](const std::string& hash) {
    return Signer{
        .names = names, .extra = {{"X-Amz-Content-Sha256", hash}}, .body = "{}", .payload_hash = hash};
  };
  EXPECT_EQ(outcome(with_hash(sha256_hex("{}"))), "(accepted)");
  EXPECT_EQ(outcome(with_hash("UNSIGNED-PAYLOAD")), "(accepted)");
  EXPECT_EQ(
      outcome(with_hash(sha256_hex("[]"))),
      "InvalidSignatureException: The value of the header 'x-amz-content-sha256' is not the SHA-256 of the "
      "request's body.");
}

TEST_F(VerifierTest, RefusesWhatIsNotSignedAtAll) {
  for (const char* header : {"", "Bearer x", "Basic dGVzdA=="}) {
    EXPECT_EQ(outcome({"GET", "/", {{"Authorization", header}}}),
              "MissingAuthenticationTokenException: Missing Authentication Token");
  }
}

TEST(SameSecret, ComparesContentAndLength) {
  EXPECT_TRUE(same_secret("", ""));
  EXPECT_TRUE(same_secret("abc", "abc"));
  EXPECT_FALSE(same_secret("abc", "abd"));
  EXPECT_FALSE(same_secret("abc", "ab"));
}

}  // namespace
}  // namespace lmi::emulator::access
