// control-plane.md §7, sentence by sentence, as far as it can be seen without a connection.
#include "control_plane/actions.hpp"
#include "fixture.hpp"
#include "model/api_model.hpp"

#include <cctype>
#include <set>

namespace lmi::emulator::control_plane {
namespace {

using nlohmann::json;

const model::ApiModel& api() {
  static const model::ApiModel model = model::ApiModel::load();
  return model;
}

/// The operation's path with "x" for every label.
std::string target_of(const model::Operation& operation) {
  std::string target;
  for (const std::string& segment : operation.path) target += "/" + (segment.front() == '{' ? "x" : segment);
  char separator = '?';
  for (const auto& [key, value] : operation.fixed_query) {
    target += separator + key + "=" + value;
    separator = '&';
  }
  return target;
}

bool is_uuid_v4(const std::string& text) {
  if (text.size() != 36 || text[14] != '4') return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash != (text[i] == '-')) return false;
    if (!dash && std::isxdigit(static_cast<unsigned char>(text[i])) == 0) return false;
  }
  return true;
}

bool holds_null(const json& value) {
  if (value.is_null()) return true;
  if (!value.is_structured()) return false;
  for (const json& inner : value) {
    if (holds_null(inner)) return true;
  }
  return false;
}

class Wire : public ControlPlaneTest {
 protected:
  void create_one_function() {
    create_provider();
    ASSERT_EQ(create_function().status, 201U);
    settle();
  }
  static std::string configuration_of(const std::string& name) {
    std::string encoded;
    for (const char c : name) {
      encoded += c == ':' ? std::string{"%3A"} : c == '$' ? std::string{"%24"} : std::string{c};
    }
    return "/2015-03-31/functions/" + encoded + "/configuration";
  }
};

TEST_F(Wire, EveryOperationActsOrAnswers501NamingItselfAndWhatIsThere) {
  // 64 of the model, four of layers beside it, and 23 that are known by name only.
  ASSERT_EQ(api().operations().size(), 91U);
  for (const model::Operation& operation : api().operations()) {
    const Answer answer = send(operation.method, target_of(operation));
    const std::string refusal = "This emulator does not support the operation " + operation.name + " yet. ";
    EXPECT_NE(answer.error(), "UnknownOperationException") << operation.name;
    if (action_for(operation.name)) {
      EXPECT_EQ(answer.message().find(refusal), std::string::npos) << operation.name;
    } else {
      EXPECT_EQ(answer.status, 501U) << operation.name;
      EXPECT_EQ(answer.message().rfind(refusal + "It supports CreateCapacityProvider, ", 0), 0U)
          << answer.text;
    }
  }
}

TEST_F(Wire, TheMessagesKeyDependsOnTheCode) {
  for (const char* code :
       {"ResourceNotFoundException", "ServiceException", "NoPublishedVersionException",
        "ResourceInUseException", "CodeSigningConfigNotFoundException", "RecursiveInvocationException",
        "EC2ThrottledException", "ENILimitReachedException", "KMSDisabledException", "EFSIOException",
        "SnapStartException"}) {
    EXPECT_TRUE(api().error_form(code).capital_message) << code;
  }
  for (const char* code :
       {"InvalidParameterValueException", "ResourceConflictException", "TooManyRequestsException",
        "PreconditionFailedException", "InvalidRequestContentException",
        "CapacityProviderLimitExceededException", "FunctionVersionsPerCapacityProviderLimitExceededException",
        "RequestTooLargeException", "ResourceNotReadyException",
        "ProvisionedConcurrencyConfigNotFoundException"}) {
    EXPECT_TRUE(api().error_form(code).declared) << code;
    EXPECT_FALSE(api().error_form(code).capital_message) << code;
  }
}

TEST_F(Wire, ErrorsCarryCodeRequestIdAndType) {
  const Answer missing = send("GET", "/2015-03-31/functions/f");
  EXPECT_EQ(missing.status, 404U);
  EXPECT_EQ(missing.header("x-amzn-ErrorType"), "ResourceNotFoundException");
  EXPECT_EQ(missing.header("Content-Type"), "application/json");
  EXPECT_TRUE(is_uuid_v4(missing.header("x-amzn-RequestId")));
  EXPECT_EQ(missing.body,
            (json{{"Type", "User"},
                  {"Message", "Function not found: arn:aws:lambda:us-east-1:000000000000:function:f"}}));

  const Answer invalid = send("GET", "/2015-03-31/functions/f/aliases?MaxItems=0");
  EXPECT_EQ(invalid.body, (json{{"message",
                                 "1 validation error detected: Value '0' at 'maxItems' failed to satisfy "
                                 "constraint: Member must have value greater than or equal to 1"}}))
      << "no Type: the code is not in the model";
}

/// A host that fails where it must not.
class FaultyHost final : public VersionHost {
 public:
  void put_provider(const ProviderDeployment&) override {}
  void remove_provider(const std::string&) override {}
  void deploy(VersionDeployment) override {}
  void scale(const VersionKey&, unsigned, std::optional<unsigned>) override {}
  void retire(const VersionKey&) override {}
  void invoke(const VersionKey&, InvokeCall, std::function<void(InvokeReply)>) override {
    throw std::runtime_error{"a fault of the host"};
  }
  void on_notice(std::function<void(const VersionNotice&)> notice) override { notice_ = std::move(notice); }
  void tell_active(const VersionKey& key) { notice_({key, VersionState::active, {}, {}}); }

 private:
  std::function<void(const VersionNotice&)> notice_;
};

TEST_F(Wire, AFaultWithinAnOperationCostsItsRequestOnly) {
  create_published_function();
  FaultyHost host;
  ControlPlaneConfig config;
  config.warn = [this](const std::string& line) { warnings_.push_back(line); };
  control_plane_.reset();
  store_.reset();
  store_ = std::move(std::get<0>(store::Store::open(loop_, directory_ / "state.db")));
  control_plane_ = std::make_unique<ControlPlane>(loop_, *store_, host, config);
  control_plane_->restore();
  host.tell_active(published_key);
  const Answer failed = send("POST", "/2015-03-31/functions/f/invocations", {{"x", 1}});
  EXPECT_EQ(failed.status, 500U);
  EXPECT_EQ(failed.error(), "ServiceException");
  EXPECT_EQ(failed.message(), "internal error: a fault of the host");
  ASSERT_EQ(warnings_.size(), 1U);
  EXPECT_TRUE(warnings_[0].starts_with("request.failed operation=Invoke request_id=")) << warnings_[0];
  EXPECT_EQ(configuration()["FunctionName"], "f");
  control_plane_.reset();  // before its host
}

TEST_F(Wire, EveryAnswerHasARequestIdOfItsOwn) {
  std::set<std::string> ids;
  for (int i = 0; i < 3; ++i) {
    for (const char* target : {functions_path, "/2015-03-31/functions/none", "/no/such/route"}) {
      const std::string id = send("GET", target).header("x-amzn-RequestId");
      EXPECT_TRUE(is_uuid_v4(id)) << id;
      ids.insert(id);
    }
  }
  EXPECT_EQ(ids.size(), 9U);
}

TEST_F(Wire, AnUnknownRouteIsJsonToo) {
  const Answer answer = send("GET", "/2015-03-31/nothing");
  EXPECT_EQ(answer.status, 404U);
  EXPECT_EQ(answer.error(), "UnknownOperationException");
  EXPECT_TRUE(answer.body.is_object());
}

TEST_F(Wire, DatesAreTextWithMilliseconds) {
  create_one_function();
  EXPECT_EQ(configuration().at("LastModified"), "2025-11-25T21:37:02.007+0000");
  EXPECT_EQ(send("GET", "/2025-11-30/capacity-providers/cp1").body.at("CapacityProvider").at("LastModified"),
            "2025-11-25T21:37:02.007+0000");
}

TEST_F(Wire, AbsentValuesAreLeftOutAndEmptyOnesKept) {
  create_provider();
  create_function({{"Environment", json::object()}});
  settle();
  const json function = send("GET", "/2015-03-31/functions/f").body;
  EXPECT_FALSE(holds_null(function)) << function;
  EXPECT_EQ(function.at("Configuration").at("Environment"), (json{{"Variables", json::object()}}));
  EXPECT_FALSE(holds_null(send("GET", "/2025-11-30/capacity-providers/cp1").body));
}

TEST_F(Wire, UnknownMembersAreIgnoredAndNullIsAbsence) {
  create_provider();
  EXPECT_EQ(create_function({{"SomethingNew", {{"a", {1, 2}}}}, {"Description", "x"}}).status, 201U);
  settle();
  const auto answer = start("PUT", "/2015-03-31/functions/f/configuration?New=1",
                            R"({"MemorySize":null,"Timeout":7.0,"Newer":[null]})");
  loop_.run_until([&answer] { return answer->has_value(); });
  ASSERT_EQ((*answer)->status, 200U) << (*answer)->text;
  EXPECT_EQ((*answer)->body.at("Timeout"), 7);
  EXPECT_EQ((*answer)->body.at("MemorySize"), 2048);
}

TEST_F(Wire, DeletionsWithStatus204HaveNoBody) {
  create_one_function();
  const Answer answer = send("DELETE", "/2015-03-31/functions/f/aliases/none");
  EXPECT_EQ(answer.status, 204U);
  EXPECT_EQ(answer.text, "");
  EXPECT_EQ(answer.header("Content-Type"), "");
}

TEST_F(Wire, AFunctionIsFoundUnderEveryFormOfItsName) {
  create_one_function();
  for (const char* name :
       {"f", "function:f", "000000000000:f", "000000000000:function:f", "us-east-1:000000000000:function:f",
        "us-east-1:000000000000:f", "arn:aws:lambda:us-east-1:000000000000:function:f", "f:$LATEST",
        "000000000000:function:f:$LATEST", "arn:aws:lambda:us-east-1:000000000000:function:f:$LATEST"}) {
    const Answer answer = send("GET", configuration_of(name));
    EXPECT_EQ(answer.body.value("FunctionName", ""), "f") << name << ": " << answer.text;
  }
  EXPECT_EQ(send("GET", "/2015-03-31/functions/arn%3aaws%3alambda%3aus-east-1%3a000000000000%3afunction%3af")
                .status,
            200U)
      << "escapes in lower case";
  EXPECT_EQ(send("GET", "/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f").status,
            200U)
      << "colons need no escape";
}

TEST_F(Wire, QualifiersInNameAndQueryMustAgree) {
  create_one_function();
  EXPECT_EQ(send("GET", configuration_of("f:$LATEST") + "?Qualifier=%24LATEST").status, 200U);
  EXPECT_EQ(send("GET", configuration_of("f:1") + "?Qualifier=2").message(),
            "The derived qualifier from the function name does not match the specified qualifier.");
}

TEST_F(Wire, OtherRegionsAndAccountsAreNotReachable) {
  create_one_function();
  EXPECT_EQ(send("GET", configuration_of("arn:aws:lambda:ap-southeast-1:000000000000:function:f")).message(),
            "Functions from 'ap-southeast-1' are not reachable in this region ('us-east-1')");
  const Answer foreign = send("GET", configuration_of("arn:aws:lambda:us-east-1:111111111111:function:f"));
  EXPECT_EQ(foreign.status, 403U);
  EXPECT_EQ(foreign.error(), "AccessDeniedException");
}

TEST_F(Wire, TheRegionIsThatOfTheSignature) {
  http::Head head{"POST", providers_path, signed_headers()};
  head.headers = {
      {"Host", "127.0.0.1:9400"},
      {"Authorization",
       "AWS4-HMAC-SHA256 Credential=AKID/20251125/eu-west-1/lambda/aws4_request, SignedHeaders=host, "
       "Signature=00"}};
  const Answer answer = send_head(head, provider_request().dump());
  EXPECT_EQ(answer.body.at("CapacityProvider").at("CapacityProviderArn"),
            "arn:aws:lambda:eu-west-1:000000000000:capacity-provider:cp1");
}

TEST_F(Wire, TrailingSlashesDoNotMatter) {
  create_one_function();
  EXPECT_EQ(send("GET", "/2015-03-31/functions/").body.at("Functions").size(), 1U);
  EXPECT_EQ(send("GET", "/2015-03-31/functions/f/").status, 200U);
  EXPECT_EQ(send("GET", "/2016-08-19/account-settings/").status, 200U);
}

TEST_F(Wire, PagesGoOnUntilThereIsNoMarker) {
  create_provider();
  for (const char* name : {"a", "b", "c"}) {
    create_function({{"FunctionName", name}, {"CapacityProviderConfig", nullptr}});
  }
  std::vector<std::string> names;
  std::string marker;
  do {
    const json page =
        send("GET", std::string{functions_path} + "?MaxItems=2" + (marker.empty() ? "" : "&Marker=" + marker))
            .body;
    for (const json& function : page.at("Functions")) names.push_back(function.at("FunctionName"));
    marker = page.value("NextMarker", "");
  } while (!marker.empty());
  EXPECT_EQ(names, (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(send("GET", std::string{functions_path} + "?MaxItems=10000").body.at("Functions").size(), 3U);
  EXPECT_EQ(send("GET", std::string{functions_path} + "?MaxItems=10001").error(), "ValidationException");
  EXPECT_EQ(send("GET", std::string{functions_path} + "?Marker=%21").error(),
            "InvalidParameterValueException");
  EXPECT_EQ(send("GET", std::string{providers_path} + "?MaxItems=51").error(), "ValidationException");
}

TEST_F(Wire, ListsLeaveStatesOut) {
  create_provider();
  create_function({{"Publish", true}});
  for (const char* target :
       {"/2015-03-31/functions?FunctionVersion=ALL", "/2015-03-31/functions/f/versions"}) {
    const json body = send("GET", target).body;
    const json& items = body.contains("Functions") ? body.at("Functions") : body.at("Versions");
    ASSERT_EQ(items.size(), 2U) << target;
    for (const json& item : items) {
      for (const char* member :
           {"State", "StateReason", "StateReasonCode", "LastUpdateStatus", "LastUpdateStatusReason",
            "LastUpdateStatusReasonCode", "RuntimeVersionConfig"}) {
        EXPECT_FALSE(item.contains(member)) << target << " " << member;
      }
    }
    EXPECT_EQ(items[1].at("FunctionArn"), "arn:aws:lambda:us-east-1:000000000000:function:f:1");
  }
}

}  // namespace
}  // namespace lmi::emulator::control_plane
