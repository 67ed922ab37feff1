#include "control_plane/sts.hpp"

#include "fixture.hpp"

namespace lmi::emulator::control_plane {
namespace {

class Sts : public ControlPlaneTest {
 protected:
  Answer ask(const std::string& form, http::Headers headers = signed_headers()) {
    return send_head({"POST", "/", std::move(headers)}, form);
  }
};

TEST_F(Sts, TellsWhoseKeyItIs) {
  const Answer answer = ask("Action=GetCallerIdentity&Version=2011-06-15");

  EXPECT_EQ(answer.status, 200U);
  EXPECT_EQ(answer.header("Content-Type"), "text/xml");
  EXPECT_EQ(answer.text,
            "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"
            "<GetCallerIdentityResult><Arn>arn:aws:iam::000000000000:root</Arn><UserId>000000000000</UserId>"
            "<Account>000000000000</Account></GetCallerIdentityResult><ResponseMetadata><RequestId>" +
                answer.header("x-amzn-RequestId") +
                "</RequestId></ResponseMetadata></GetCallerIdentityResponse>");
}

TEST_F(Sts, IsAskedByGetToo) {
  const Answer answer =
      send_head({"GET", "/?Action=GetCallerIdentity&Version=2011-06-15", signed_headers()}, "");
  EXPECT_EQ(answer.status, 200U);
}

TEST_F(Sts, RefusesOtherActionsInItsOwnForm) {
  const Answer answer = ask("Action=Assume<Role>&Version=2011-06-15");

  EXPECT_EQ(answer.status, 400U);
  EXPECT_NE(
      answer.text.find("<Code>InvalidAction</Code><Message>Could not find operation Assume&lt;Role&gt; for "
                       "version 2011-06-15</Message>"),
      std::string::npos)
      << answer.text;
}

TEST_F(Sts, WantsASignature) {
  const Answer answer = ask("Action=GetCallerIdentity", {{"Host", "localhost"}});

  EXPECT_EQ(answer.status, 403U);
  EXPECT_NE(answer.text.find("<Code>MissingAuthenticationToken</Code>"), std::string::npos) << answer.text;
}

TEST_F(Sts, IsNotForWebPages) {
  http::Headers headers = signed_headers();
  headers.add("Origin", "null");
  EXPECT_EQ(ask("Action=GetCallerIdentity", headers).status, 403U);
}

}  // namespace
}  // namespace lmi::emulator::control_plane
