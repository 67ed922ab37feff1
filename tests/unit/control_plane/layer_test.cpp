#include "fixture.hpp"
#include "model/base64.hpp"
#include "support/zip_builder.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>

namespace lmi::emulator::control_plane {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* versions_path = "/2018-10-31/layers/tools/versions";
constexpr const char* arn = "arn:aws:lambda:us-east-1:000000000000:layer:";

class Layers : public ControlPlaneTest {
 protected:
  static std::string zipped(const std::vector<test::ZipFile>& files) {
    const auto zip = test::make_zip(files);
    return model::base64_encode({reinterpret_cast<const char*>(zip.data()), zip.size()});
  }
  Answer publish(const std::string& name, const std::vector<test::ZipFile>& files,
                 json more = json::object()) {
    more["Content"] = {{"ZipFile", zipped(files)}};
    return send("POST", "/2018-10-31/layers/" + name + "/versions", more);
  }
  Answer create_with(const json& layers) {
    const Answer answer = create_function({{"CapacityProviderConfig", nullptr}, {"Layers", layers}});
    if (answer.status == 201U) settle();
    return answer;
  }
  static std::string text_of(const fs::path& file) {
    std::ifstream in{file};
    return {std::istreambuf_iterator<char>(in), {}};
  }
};

TEST_F(Layers, VersionsAreNumberedAndReadBack) {
  const Answer first = publish("tools", {{"bin/tool", "1"}},
                               {{"Description", "d"},
                                {"LicenseInfo", "MIT"},
                                {"CompatibleRuntimes", {"provided.al2023"}},
                                {"CompatibleArchitectures", {"x86_64"}}});
  ASSERT_EQ(first.status, 201U) << first.text;
  EXPECT_EQ(first.body.at("Version"), 1);
  EXPECT_EQ(first.body.at("LayerArn"), std::string{arn} + "tools");
  EXPECT_EQ(first.body.at("LayerVersionArn"), std::string{arn} + "tools:1");
  EXPECT_EQ(first.body.at("LicenseInfo"), "MIT");
  EXPECT_EQ(first.body.at("CreatedDate"), "2025-11-25T21:37:02.007+0000");
  EXPECT_GT(first.body.at("Content").at("CodeSize"), 0);
  EXPECT_EQ(publish("tools", {{"bin/tool", "2"}}).body.at("Version"), 2);

  EXPECT_EQ(send("GET", std::string{versions_path} + "/1").body, first.body);
  EXPECT_EQ(send("GET", "/2018-10-31/layers?find=LayerVersion&Arn=" + std::string{arn} + "tools:1").body,
            first.body);
}

TEST_F(Layers, AreListedNewestFirstAndByWhatTheyFit) {
  publish("tools", {{"a", "1"}}, {{"CompatibleRuntimes", {"python3.14"}}});
  publish("tools", {{"a", "2"}}, {{"CompatibleArchitectures", {"arm64"}}});
  publish("other", {{"a", "3"}});

  const json versions = send("GET", versions_path).body.at("LayerVersions");
  ASSERT_EQ(versions.size(), 2U);
  EXPECT_EQ(versions[0].at("Version"), 2);
  EXPECT_FALSE(versions[0].contains("Content"));
  const json layers = send("GET", "/2018-10-31/layers").body.at("Layers");
  ASSERT_EQ(layers.size(), 2U);
  EXPECT_EQ(layers[1].at("LayerName"), "tools");
  EXPECT_EQ(layers[1].at("LatestMatchingVersion").at("Version"), 2);
  const json fit = send("GET", "/2018-10-31/layers?CompatibleRuntime=python3.14").body.at("Layers");
  ASSERT_EQ(fit.size(), 1U);
  EXPECT_EQ(fit[0].at("LatestMatchingVersion").at("Version"), 1);
  const Answer page = send("GET", std::string{versions_path} + "?MaxItems=1");
  ASSERT_TRUE(page.body.contains("NextMarker"));
  EXPECT_EQ(
      send("GET", std::string{versions_path} + "?Marker=" + page.body.at("NextMarker").get<std::string>())
          .body.at("LayerVersions")[0]
          .at("Version"),
      1);
}

TEST_F(Layers, ADeletedVersionIsGoneAndItsNumberIsNotUsedAgain) {
  publish("tools", {{"a", "1"}});
  EXPECT_EQ(send("DELETE", std::string{versions_path} + "/1").status, 204U);
  EXPECT_EQ(send("DELETE", std::string{versions_path} + "/1").status, 204U);
  EXPECT_EQ(send("GET", std::string{versions_path} + "/1").status, 404U);
  EXPECT_TRUE(send("GET", "/2018-10-31/layers").body.at("Layers").empty());
  restart();
  EXPECT_EQ(publish("tools", {{"a", "1"}}).body.at("Version"), 2);
}

TEST_F(Layers, RefusalsHaveTheRecordedTexts) {
  EXPECT_EQ(send("GET", std::string{versions_path} + "/0").message(), "Layer Version Cannot be less than 1");
  const Answer invalid =
      publish("tools", {{"a", "1"}},
              {{"CompatibleRuntimes", {"invalidruntime"}}, {"CompatibleArchitectures", {"invalidarch"}}});
  EXPECT_EQ(invalid.error(), "ValidationException");
  EXPECT_EQ(
      invalid.message(),
      "2 validation errors detected: Value '[invalidruntime]' at 'compatibleRuntimes' failed to satisfy "
      "constraint: Member must satisfy enum value set: [nodejs20.x, python3.14, provided.al2023, "
      "python3.12, python3.13, nodejs24.x, nodejs22.x, java25, python3.10, python3.11, java21, ruby3.3, "
      "ruby3.4, ruby3.2, python3.8, python3.9, java17, nodejs16.x, dotnet10, dotnet8, java11, dotnet6, "
      "nodejs18.x, provided.al2, java8.al2]; Value '[invalidarch]' at 'compatibleArchitectures' failed to "
      "satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, "
      "arm64], Member must not be null]");
  EXPECT_EQ(send("GET", "/2018-10-31/layers?find=LayerVersion&Arn=" + std::string{arn} + "tools").error(),
            "ValidationException");
}

TEST_F(Layers, OneLayerIsWhatStandsForOpt) {
  publish("tools", {{"bin/tool", "tool", 0100755}});
  ASSERT_EQ(create_with({std::string{arn} + "tools:1"}).status, 201U);
  const VersionDeployment& deployment = host_->deployed.at(0);
  EXPECT_EQ(text_of(deployment.opt_root / "bin/tool"), "tool");
  const json layers = configuration().at("Layers");
  ASSERT_EQ(layers.size(), 1U);
  EXPECT_EQ(layers[0].at("Arn"), std::string{arn} + "tools:1");
  EXPECT_GT(layers[0].at("CodeSize"), 0);
}

TEST_F(Layers, SeveralAreLaidOverEachOtherInTheirOrder) {
  publish("a", {{"lib/x", "x of a"}, {"lib/both", "of a"}});
  publish("b", {{"lib/both", "of b"}, {"extensions/e", "#!/bin/sh", 0100755}});
  ASSERT_EQ(create_with({std::string{arn} + "a:1", std::string{arn} + "b:1"}).status, 201U);
  const fs::path opt = host_->deployed.at(0).opt_root;
  EXPECT_EQ(text_of(opt / "lib/x"), "x of a");
  EXPECT_EQ(text_of(opt / "lib/both"), "of b");
  EXPECT_TRUE(fs::exists(opt / "extensions/e"));

  send("PUT", "/2015-03-31/functions/f/configuration",
       {{"Layers", {std::string{arn} + "b:1", std::string{arn} + "a:1"}}});
  settle();
  EXPECT_EQ(text_of(host_->deployed.at(1).opt_root / "lib/both"), "of a");
  send("PUT", "/2015-03-31/functions/f/configuration", {{"Layers", json::array()}});
  settle();
  EXPECT_TRUE(host_->deployed.at(2).opt_root.empty());
  EXPECT_FALSE(configuration().contains("Layers"));
}

TEST_F(Layers, StayWithTheFunctionWhenTheyAreDeletedAlsoAfterARestart) {
  publish("tools", {{"bin/tool", "tool"}});
  create_with({std::string{arn} + "tools:1"});
  send("DELETE", std::string{versions_path} + "/1");
  flush();
  EXPECT_TRUE(fs::exists(host_->deployed.at(0).opt_root / "bin/tool"));
  restart();
  flush();
  EXPECT_TRUE(fs::exists(host_->deployed.at(0).opt_root / "bin/tool"));

  const fs::path opt = host_->deployed.at(0).opt_root;
  send("DELETE", "/2015-03-31/functions/f");
  for (const VersionDeployment& deployment : host_->deployed) {
    host_->tell({deployment.key, VersionState::ended, {}, {}, deployment.number});
  }
  flush();
  EXPECT_FALSE(fs::exists(opt)) << "nobody needs it any more";
  EXPECT_TRUE(fs::exists(directory_ / "state.db"));
}

TEST_F(Layers, AFunctionCannotHaveAnyLayerItLikes) {
  std::vector<std::string> six;
  for (int i = 0; i < 6; ++i) {
    const std::string name = "l" + std::to_string(i);
    publish(name, {{"a", "1"}});
    six.push_back(arn + name + ":1");
  }
  EXPECT_EQ(create_with(six).message(), "Cannot reference more than 5 layers.");
  EXPECT_EQ(create_with({std::string{arn} + "l0:9"}).message(),
            "Layer version " + std::string{arn} + "l0:9 does not exist.");
  EXPECT_EQ(
      create_with({"arn:aws:lambda:eu-west-1:000000000000:layer:l0:1"}).message(),
      "Layers are not in the same region as the function. Layers are expected to be in region us-east-1.");
  publish("l0", {{"a", "2"}});
  EXPECT_EQ(
      create_with({std::string{arn} + "l0:1", std::string{arn} + "l0:2"}).message(),
      "Two different versions of the same layer are not allowed to be referenced in the same function. " +
          std::string{arn} + "l0:1 and " + arn + "l0:2 are versions of the same layer.");
}

TEST_F(Layers, AnythingThatIsAZipFileCanBeALayer) {
  EXPECT_EQ(publish("data", {{"model.bin", "bytes"}}).status, 201U);
  const Answer broken = send("POST", versions_path, {{"Content", {{"ZipFile", "bm90IGEgemlw"}}}});
  EXPECT_EQ(broken.error(), "InvalidParameterValueException");
}

TEST_F(Layers, AreThereForManagedFunctionsToo) {
  publish("tools", {{"bin/tool", "tool"}});
  create_provider();
  ASSERT_EQ(create_function({{"Layers", {std::string{arn} + "tools:1"}}}).status, 201U);
  settle();
  send("POST", "/2015-03-31/functions/f/versions");
  ASSERT_EQ(host_->deployed.size(), 1U);
  EXPECT_EQ(text_of(host_->deployed[0].opt_root / "bin/tool"), "tool");
}

}  // namespace
}  // namespace lmi::emulator::control_plane
