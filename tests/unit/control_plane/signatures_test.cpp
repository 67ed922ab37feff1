// Requests to a control plane that verifies signatures.

#include "access/canonical_request.hpp"
#include "access/signature.hpp"
#include "control_plane/url_response.hpp"
#include "fixture.hpp"

namespace lmi::emulator::control_plane {
namespace {

class Signatures : public ControlPlaneTest {
 protected:
  Signatures() {
    verifier_ = &the_verifier_;
    restart();
  }

  struct Asked {
    std::string method = "GET";
    std::string target = functions_path;
    std::string body = {};
    std::string secret = "secret";
    std::string service = "lambda";
    std::string region = "us-east-1";
    std::string host = "lmi.internal:9400";
  };

  static http::Head signed_head(const Asked& asked) {
    http::Head head{asked.method, asked.target, {{"Host", asked.host}, {"X-Amz-Date", "20251125T213702Z"}}};
    const auto credential =
        access::parse_credential("AKIA/20251125/" + asked.region + "/" + asked.service + "/aws4_request");
    const std::string request =
        access::canonical_request(head, {"host", "x-amz-date"}, access::sha256_hex(asked.body));
    head.headers.add("Authorization",
                     "AWS4-HMAC-SHA256 Credential=AKIA/" + credential->scope() +
                         ", SignedHeaders=host;x-amz-date, Signature=" +
                         access::signature_of(request, "20251125T213702Z", *credential, asked.secret));
    return head;
  }
  Answer ask(const Asked& asked, const std::string& sent_body) {
    return send_head(signed_head(asked), sent_body);
  }
  Answer ask(const Asked& asked) { return ask(asked, asked.body); }

  const access::Verifier the_verifier_{{{"AKIA", {"secret", ""}}}, "us-east-1", now};
};

TEST_F(Signatures, AreTakenWhenTheyAreRightWhateverTheHost) {
  EXPECT_EQ(ask({}).status, 200U);
  EXPECT_EQ(ask({.method = "POST", .target = providers_path, .body = provider_request().dump()}).status,
            202U);
}

TEST_F(Signatures, Call40WithAWrongSecretAreRefused) {
  const Answer refused = ask({.secret = "wrong"});

  EXPECT_EQ(refused.status, 403U);
  EXPECT_EQ(refused.error(), "InvalidSignatureException");
  EXPECT_EQ(refused.message(),
            "The request signature we calculated does not match the signature you provided. Check your AWS "
            "Secret Access Key and signing method. Consult the service documentation for details.");
}

TEST_F(Signatures, CoverTheBody) {
  const std::string body = provider_request().dump();
  const Answer refused = ask({.method = "POST", .target = providers_path, .body = body}, body + " ");
  EXPECT_EQ(refused.error(), "InvalidSignatureException");
}

TEST_F(Signatures, CoverALargeBodyToo) {
  // Over the size from which the work is done off the loop.
  const std::string body = function_request({{"Description", std::string(400'000, 'x')}}).dump();
  const Asked asked{.method = "POST", .target = functions_path, .body = body};
  EXPECT_EQ(ask(asked).error(), "ValidationException") << "verified, then found too long a description";
  EXPECT_EQ(ask(asked, body + " ").error(), "InvalidSignatureException");
}

TEST_F(Signatures, OfTheFormAloneAreNotEnough) {
  EXPECT_EQ(send("GET", functions_path).status, 403U);
  EXPECT_EQ(send_head({"GET", functions_path, {{"Host", "localhost"}}}, "").error(),
            "MissingAuthenticationTokenException");
}

TEST_F(Signatures, ForAnotherRegionAreRefused) {
  EXPECT_EQ(ask({.region = "eu-west-1"}).message(),
            "Credential should be scoped to a valid region, not 'eu-west-1'.");
}

TEST_F(Signatures, OfRequestsToAFunctionUrlAreVerifiedToo) {
  verifier_ = nullptr;
  restart();
  create_published_function();
  const std::string url =
      send("POST", "/2021-10-31/functions/f/url", {{"AuthType", "AWS_IAM"}}).body.at("FunctionUrl");
  verifier_ = &the_verifier_;
  restart();
  host_->tell_active(published_key);
  const std::string host = url.substr(7, url.size() - 8);

  const Asked right{.method = "POST", .target = "/", .body = "{}", .host = host};
  Asked wrong = right;
  wrong.secret = "wrong";
  EXPECT_EQ(ask(wrong).text, forbidden_text);
  EXPECT_EQ(ask(right, "{ }").text, forbidden_text);
  EXPECT_TRUE(host_->calls.empty());

  const auto answer = start_head(signed_head(right), right.body);
  loop_.run_until([this] { return !host_->calls.empty(); });
  InvokeReply reply;
  reply.body = "{}";
  host_->calls.front().done(std::move(reply));
  EXPECT_EQ((*answer)->status, 200U);
}

TEST_F(Signatures, OfStsAreForStsAndHaveItsCodes) {
  const Asked sts{.method = "POST", .target = "/", .body = "Action=GetCallerIdentity", .service = "sts"};
  EXPECT_EQ(ask(sts).status, 200U);
  Asked wrong = sts;
  wrong.secret = "wrong";
  const Answer refused = ask(wrong);
  EXPECT_EQ(refused.status, 403U);
  EXPECT_NE(refused.text.find("<Code>SignatureDoesNotMatch</Code>"), std::string::npos) << refused.text;
  wrong = sts;
  wrong.service = "lambda";
  EXPECT_NE(ask(wrong).text.find("Credential should be scoped to correct service: 'sts'"), std::string::npos);
}

TEST_F(Signatures, DoNotOpenTheDoorForABrowser) {
  EXPECT_EQ(send("GET", functions_path, nullptr, {{"Origin", "http://localhost"}}).error(),
            "AccessDeniedException");
}

}  // namespace
}  // namespace lmi::emulator::control_plane
