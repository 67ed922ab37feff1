#include "access/credentials.hpp"

#include "support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace lmi::emulator::access {
namespace {

std::string problem_of(std::string_view text) {
  const auto read = parse_credentials(text, "keys");
  const auto* problem = std::get_if<CredentialsProblem>(&read);
  return problem ? problem->message : "(accepted)";
}

TEST(CredentialsFile, GivesTheKeyOfEachProfile) {
  const auto read = parse_credentials(
      "# comment\n"
      "[default]\r\n"
      "aws_access_key_id = AKIA1\r\n"
      "aws_secret_access_key=a/b+c=\n"
      "region = eu-west-1\n"
      "s3 =\n"
      "  max_concurrent_requests = 20\n"
      "\n"
      "[profile with a token]\n"
      "aws_access_key_id=ASIA2\n"
      "aws_secret_access_key=s\n"
      "aws_session_token=t\n"
      "[settings only]\n"
      "region = us-east-1",
      "keys");

  const auto* credentials = std::get_if<Credentials>(&read);
  ASSERT_NE(credentials, nullptr) << std::get<CredentialsProblem>(read).message;
  ASSERT_EQ(credentials->size(), 2U);
  EXPECT_EQ(credentials->at("AKIA1").secret_key, "a/b+c=");
  EXPECT_EQ(credentials->at("AKIA1").session_token, "");
  EXPECT_EQ(credentials->at("ASIA2").session_token, "t");
}

TEST(CredentialsFile, SaysWhatIsWrongAndWhere) {
  EXPECT_EQ(problem_of("aws_access_key_id=A\n"), "keys, line 1: stands before the first [profile].");
  EXPECT_EQ(problem_of("[a]\nnonsense\n"), "keys, line 2: is neither [profile] nor NAME = VALUE.");
  EXPECT_EQ(problem_of("[a\n"), "keys, line 1: begins with [ but is no [profile].");
  EXPECT_EQ(problem_of("[a]\naws_access_key_id=A\n"),
            "keys has the profile [a] without aws_secret_access_key.");
  EXPECT_EQ(problem_of("[a]\naws_secret_access_key=A\n[b]\n"),
            "keys, line 3: has the profile [a] without aws_access_key_id.");
  EXPECT_NE(problem_of("").find("holds no key"), std::string::npos);
  EXPECT_EQ(problem_of("[a]\naws_access_key_id=A\naws_secret_access_key=1\n"
                       "[b]\naws_access_key_id=A\naws_secret_access_key=2\n"),
            "keys gives the key A two different secrets.");
}

TEST(CredentialsFile, IsReadFromDisk) {
  const lmi::test::TemporaryDirectory directory;
  std::ofstream{directory / "keys"} << "[a]\naws_access_key_id=A\naws_secret_access_key=1\n";

  EXPECT_TRUE(std::holds_alternative<Credentials>(read_credentials(directory / "keys")));
  const auto missing = read_credentials(directory / "none");
  ASSERT_TRUE(std::holds_alternative<CredentialsProblem>(missing));
  EXPECT_NE(std::get<CredentialsProblem>(missing).message.find("No such file"), std::string::npos);
}

}  // namespace
}  // namespace lmi::emulator::access
