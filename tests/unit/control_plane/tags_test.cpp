#include "fixture.hpp"

namespace lmi::emulator::control_plane {
namespace {

using nlohmann::json;

const std::string account = "arn:aws:lambda:us-east-1:000000000000:";

std::string encoded(const std::string& arn) {
  std::string text;
  for (const char c : arn)
    text += c == ':' ? std::string{"%3A"} : c == '$' ? std::string{"%24"} : std::string{c};
  return text;
}

class TagsOf : public ControlPlaneTest {
 protected:
  Answer tag(const std::string& arn, const json& tags) {
    return send("POST", "/2017-03-31/tags/" + encoded(arn), {{"Tags", tags}});
  }
  Answer untag(const std::string& arn, const std::string& query) {
    return send("DELETE", "/2017-03-31/tags/" + encoded(arn) + query);
  }
  Answer list(const std::string& arn) { return send("GET", "/2017-03-31/tags/" + encoded(arn)); }
  void expect_refused(const Answer& answer, const std::string& code, const std::string& message) {
    EXPECT_EQ(answer.error(), code) << answer.text;
    EXPECT_EQ(answer.message(), message);
  }
};

TEST_F(TagsOf, Call10_ACapacityProviderAreSetListedAndRemoved) {
  create_provider();
  const std::string arn = account + "capacity-provider:cp1";

  EXPECT_EQ(tag(arn, {{"a", "b"}, {"c d", "ü"}}).status, 204U);
  EXPECT_EQ(list(arn).body, (json{{"Tags", {{"a", "b"}, {"c d", "ü"}}}}));
  EXPECT_EQ(untag(arn, "?tagKeys=a&tagKeys=c%20d").status, 204U);
  EXPECT_EQ(list(arn).body, (json{{"Tags", json::object()}}));
}

TEST_F(TagsOf, AFunctionAreMergedKeptAndShownByGetFunction) {
  create_provider();
  create_function({{"Tags", {{"from", "creation"}}}});
  settle();
  const std::string arn = account + "function:f";
  const json before = configuration().at("RevisionId");

  EXPECT_EQ(tag(arn, {{"a", "1"}, {"from", "later"}}).status, 204U);
  restart();

  const json expected = {{"a", "1"}, {"from", "later"}};
  EXPECT_EQ(list(arn).body.at("Tags"), expected);
  EXPECT_EQ(send("GET", "/2015-03-31/functions/f").body.at("Tags"), expected);
  EXPECT_NE(configuration().at("RevisionId"), before);
  EXPECT_EQ(untag(arn, "?tagKeys=a&tagKeys=nothing").status, 204U);
  EXPECT_EQ(list(arn).body.at("Tags"), (json{{"from", "later"}}));
}

TEST_F(TagsOf, AnEventSourceMappingAreThoseOfItsCreationAndWhatCameLater) {
  create_published_function();
  const Answer created = send("POST", "/2015-03-31/event-source-mappings",
                              {{"FunctionName", "f"},
                               {"EventSourceArn", "arn:aws:kinesis:us-east-1:000000000000:stream/s"},
                               {"StartingPosition", "LATEST"},
                               {"Tags", {{"from", "creation"}, {"gone", "soon"}}}});
  ASSERT_EQ(created.status, 202U) << created.text;
  EXPECT_FALSE(created.body.contains("Tags"));
  const std::string arn = created.body.at("EventSourceMappingArn");
  settle();

  EXPECT_EQ(tag(arn, {{"a", "1"}}).status, 204U);
  EXPECT_EQ(untag(arn, "?tagKeys=gone").status, 204U);
  const json expected = {{"Tags", {{"a", "1"}, {"from", "creation"}}}};
  EXPECT_EQ(list(arn).body, expected);
  restart();
  EXPECT_EQ(list(arn).body, expected);

  send("DELETE", "/2015-03-31/event-source-mappings/" + created.body.at("UUID").get<std::string>());
  EXPECT_EQ(tag(arn, {{"b", "2"}}).error(), "ResourceInUseException");
  restart();
  EXPECT_EQ(list(arn).status, 404U);
}

TEST_F(TagsOf, AnEventSourceMappingAreFiftyAtMost) {
  create_published_function();
  json many = json::object();
  for (int i = 0; i <= 50; ++i) many["key" + std::to_string(i)] = "x";
  const Answer refused = send("POST", "/2015-03-31/event-source-mappings",
                              {{"FunctionName", "f"},
                               {"EventSourceArn", "arn:aws:kinesis:us-east-1:000000000000:stream/s"},
                               {"StartingPosition", "LATEST"},
                               {"Tags", many}});
  expect_refused(refused, "InvalidParameterValueException", "Number of tags exceeds resource tag limit.");
}

TEST_F(TagsOf, Call11_UnknownResourcesAreNotFound) {
  const std::string mapping = account + "event-source-mapping:01234567-0123-0123-0123-0123456789ab";
  const std::string missing = "ResourceNotFoundException";
  expect_refused(list(account + "capacity-provider:none"), missing,
                 "Capacity provider not found: " + account + "capacity-provider:none");
  expect_refused(tag(account + "function:doesnotexist", {{"a", "b"}}), missing,
                 "Function not found: " + account + "function:doesnotexist");
  expect_refused(untag(mapping, "?tagKeys=a"), missing, "Event source mapping not found: " + mapping);
  const std::string signing = account + "code-signing-config:csc-0123456789abcdef0";
  expect_refused(list(signing), missing,
                 "The Lambda code signing configuration " + signing + " can not be found.");
}

TEST_F(TagsOf, Call12_AnArnOfAnAliasOrAnotherKindIsNoResource) {
  const std::string pattern =
      R"(arn:(aws[a-zA-Z-]*):lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:(function:[a-zA-Z0-9-_]+(:(\$LATEST|[a-zA-Z0-9-_]+))?|layer:([a-zA-Z0-9-_]+)|code-signing-config:csc-[a-z0-9]{17}|event-source-mapping:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|capacity-provider:[a-zA-Z0-9-_]+))";
  for (const std::string& arn : {account + "capacity-provider:cp1:alias", account + "foobar:x"}) {
    expect_refused(tag(arn, {{"a", "b"}}), "ValidationException",
                   "1 validation error detected: Value '" + arn +
                       "' at 'resource' failed to satisfy constraint: Member must satisfy regular expression "
                       "pattern: " +
                       pattern);
  }
}

TEST_F(TagsOf, AreRefusedAsRecorded) {
  create_provider();
  create_function();
  const std::string arn = account + "function:f";
  const std::string invalid = "InvalidParameterValueException";

  expect_refused(tag(arn, json::object()), invalid, "An error occurred and the request cannot be processed.");
  expect_refused(tag(arn + ":v1", {{"a", "b"}}), invalid,
                 "Tags on function aliases and versions are not supported. Please specify a function ARN.");
  expect_refused(
      untag(arn, ""), "ValidationException",
      "1 validation error detected: Value null at 'tagKeys' failed to satisfy constraint: Member must "
      "not be null");
  json many = json::object();
  for (int i = 0; i < 50; ++i) many["key" + std::to_string(i)] = "x";
  EXPECT_EQ(tag(arn, many).status, 204U);
  EXPECT_EQ(tag(arn, {{"key0", "y"}}).status, 204U) << "no new one";
  expect_refused(tag(arn, {{"one more", "x"}}), invalid, "Number of tags exceeds resource tag limit.");
}

TEST_F(TagsOf, AResourceThatIsBeingDeletedAreReadOnly) {
  create_provider();
  const std::string arn = account + "capacity-provider:cp1";
  send("DELETE", "/2025-11-30/capacity-providers/cp1");

  EXPECT_EQ(tag(arn, {{"a", "b"}}).error(), "ResourceConflictException");
  EXPECT_EQ(list(arn).status, 200U);
  restart();
  EXPECT_EQ(list(arn).status, 404U);
}

}  // namespace
}  // namespace lmi::emulator::control_plane
