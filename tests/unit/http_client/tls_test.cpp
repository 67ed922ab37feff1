#include "support/certificates.hpp"
#include "support/http_upstream.hpp"
#include "support/temporary_directory.hpp"
#include "unit/http_client/sending.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

namespace lmi::http_client::test {
namespace {

using lmi::test::CertificateAuthority;
using lmi::test::http_reply;
using lmi::test::HttpUpstream;
using lmi::test::self_signed_certificate;
using lmi::test::ServerCertificate;
using lmi::test::UpstreamReply;
using lmi::test::UpstreamRequest;
using testing::AnyOf;
using testing::HasSubstr;

UpstreamReply describe(const UpstreamRequest& request) {
  return {.bytes = http_reply(200, request.server_name + " " + request.protocol + " " + request.body)};
}

HttpUpstream::Options serving(const ServerCertificate& certificate) {
  return {.script = describe, .tls = certificate};
}

/// Trusts `authority`; every name is on loopback.
HttpClientOptions trusting(const CertificateAuthority& authority) {
  HttpClientOptions options{.tls = {.ca_pem = authority.pem()}};
  options.resolve = [](const std::string&) { return std::vector<std::string>{"127.0.0.1"}; };
  return options;
}

class Tls : public testing::TestWithParam<Kind> {
 protected:
  HttpResult<HttpReply> send(HttpClient& client, const HttpCall& call) const {
    return test::send(GetParam(), client, call);
  }

  void expect_refused(HttpClient& client, const std::string& url, const testing::Matcher<std::string>& why) {
    const auto reply = send(client, {.url = url});
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, HttpErrc::tls_failed);
    EXPECT_EQ(reply.error().phase, HttpPhase::handshake);
    EXPECT_THAT(reply.error().message, why);
    EXPECT_EQ(client.metrics().retries, 0U);
  }

  CertificateAuthority authority_;
};

INSTANTIATE_TEST_SUITE_P(Kinds, Tls, testing::Values(Kind::blocking, Kind::coroutine), [](const auto& kind) {
  return kind.param == Kind::blocking ? "Blocking" : "Coroutine";
});

TEST_P(Tls, ACallSaysWhomItWantsAndSpeaksHttp11) {
  HttpUpstream server{serving(authority_.issue("upstream.example"))};
  HttpClient client{trusting(authority_)};
  const auto reply =
      send(client, {.method = "POST", .url = server.url("/", "upstream.example"), .body = "x"});
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->body, "upstream.example http/1.1 x");
}

TEST_P(Tls, AnAddressIsVerifiedAsAnAddress) {
  HttpUpstream server{serving(authority_.issue("127.0.0.1"))};
  HttpClient client{trusting(authority_)};
  const auto reply = send(client, {.url = server.url()});
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->body, " http/1.1 ");  // no SNI for an address
}

TEST_P(Tls, ConnectionsAreKept) {
  HttpUpstream server{serving(authority_.issue("127.0.0.1"))};
  HttpClient client{trusting(authority_)};
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(send(client, {.url = server.url()}));
  EXPECT_EQ(server.connections(), 1U);
}

TEST_P(Tls, TheNextConnectionResumesTheSession) {
  HttpUpstream server{serving(authority_.issue("127.0.0.1"))};
  HttpClient client{trusting(authority_)};
  EXPECT_FALSE(send(client, {.url = server.url()}).value().tls_session_resumed);
  for (unsigned again = 1; again <= 3; ++again) {
    server.drop_connections();
    ASSERT_TRUE(server.wait_for_no_connections());
    const auto reply = send(client, {.url = server.url()});
    ASSERT_TRUE(reply) << reply.error().message;
    EXPECT_TRUE(reply->tls_session_resumed);
    EXPECT_EQ(server.resumed(), again);
    EXPECT_EQ(client.metrics().tls_sessions_resumed, again);
    EXPECT_EQ(client.metrics().tls_handshakes, again + 1);
  }
}

TEST_P(Tls, LargeBodiesGoBothWays) {
  HttpUpstream server{serving(authority_.issue("127.0.0.1"))};
  HttpClient client{trusting(authority_)};
  const std::string body(2 * 1024 * 1024, 'x');
  const auto reply = send(client, {.method = "PUT", .url = server.url(), .body = body});
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->body.size(), body.size() + 10);
}

TEST_P(Tls, AnotherHostsCertificateIsRefused) {
  HttpUpstream server{serving(authority_.issue("other.example"))};
  HttpClient client{trusting(authority_)};
  expect_refused(client, server.url("/", "upstream.example"),
                 HasSubstr("certificate verify failed: hostname mismatch"));
  expect_refused(client, server.url(), HasSubstr("certificate verify failed: IP address mismatch"));
  EXPECT_EQ(server.requests(), 0U);
}

TEST_P(Tls, AnExpiredCertificateIsRefused) {
  HttpUpstream server{serving(authority_.issue("127.0.0.1", -10, -5))};
  HttpClient client{trusting(authority_)};
  expect_refused(client, server.url(), HasSubstr("certificate has expired"));
}

TEST_P(Tls, ACertificateOfTheFutureIsRefused) {
  HttpUpstream server{serving(authority_.issue("127.0.0.1", 5, 10))};
  HttpClient client{trusting(authority_)};
  expect_refused(client, server.url(), HasSubstr("certificate is not yet valid"));
}

TEST_P(Tls, ASelfSignedCertificateIsRefused) {
  HttpUpstream server{serving(self_signed_certificate("127.0.0.1"))};
  HttpClient client{trusting(authority_)};
  expect_refused(client, server.url(), HasSubstr("self-signed certificate"));
}

TEST_P(Tls, AnAuthorityTheSystemDoesNotKnowIsRefused) {
  HttpUpstream server{serving(authority_.issue("127.0.0.1"))};
  HttpClient client;
  expect_refused(client, server.url(),
                 AnyOf(HasSubstr("unable to get local issuer certificate"), HasSubstr("self-signed")));
}

TEST_P(Tls, AnAuthorityMayComeFromAFile) {
  const lmi::test::TemporaryDirectory directory;
  const auto file = directory.path() / "ca.pem";
  std::ofstream{file} << authority_.pem();
  HttpUpstream server{serving(authority_.issue("127.0.0.1"))};
  HttpClient client{{.tls = {.ca_file = file.string()}}};
  EXPECT_TRUE(send(client, {.url = server.url()}));
}

TEST_P(Tls, WithoutVerificationAnyCertificateWillDo) {
  HttpUpstream server{serving(self_signed_certificate("other.example"))};
  HttpClient client{{.tls = {.verify = false}}};
  EXPECT_TRUE(send(client, {.url = server.url()}));
}

TEST_P(Tls, APlainServerIsNoTlsServer) {
  HttpUpstream server{
      {.script = describe, .silent_handshake = true, .greeting = "HTTP/1.1 400 Bad Request\r\n\r\n"}};
  HttpClient client{trusting(authority_)};
  expect_refused(client, "https://127.0.0.1:" + std::to_string(server.port()),
                 HasSubstr("wrong version number"));
}

TEST_P(Tls, AnIdempotentRequestIsSentAgainOverANewChannel) {
  CertificateAuthority& authority = authority_;
  HttpUpstream server{{.script =
                           [](const UpstreamRequest& request) {
                             if (request.connection == 1)
                               return UpstreamReply{.bytes = "", .then_reset = true};
                             return UpstreamReply{.bytes = http_reply(200, "")};
                           },
                       .tls = authority.issue("127.0.0.1")}};
  HttpClient client{trusting(authority)};
  EXPECT_EQ(send(client, {.url = server.url()}).value().attempts, 2U);
}

TEST_P(Tls, ABodyWithoutLengthThatIsCutIsNotTakenForWhole) {
  HttpUpstream server{{.script =
                           [](const UpstreamRequest&) {
                             return UpstreamReply{.bytes = "HTTP/1.1 200 OK\r\n\r\nhalf", .then_cut = true};
                           },
                       .tls = authority_.issue("127.0.0.1")}};
  HttpClient client{trusting(authority_)};
  const auto reply = send(client, {.url = server.url()});
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, HttpErrc::connection_lost);
}

TEST(TlsOptions, AnAuthorityThatCannotBeReadIsRefusedAtOnce) {
  EXPECT_THROW(HttpClient(HttpClientOptions{.tls = {.ca_file = "/nowhere/ca.pem"}}), Error);
  EXPECT_THROW(HttpClient(HttpClientOptions{.tls = {.ca_pem = "nonsense"}}), Error);
}

}  // namespace
}  // namespace lmi::http_client::test
