#include "model/names.hpp"

#include "model/runtimes.hpp"

#include <gtest/gtest.h>

#include <ostream>

namespace lmi::emulator::model {
namespace {

const Scope here{"us-east-1", "000000000000"};

struct FunctionForm {
  const char* test;
  const char* text;
  const char* query;
  const char* name;
  const char* qualifier;

  friend void PrintTo(const FunctionForm& form, std::ostream* out) { *out << form.test; }
};

class FunctionName : public testing::TestWithParam<FunctionForm> {};

TEST_P(FunctionName, IsReadInEveryFormOfTheApi) {
  const auto reference = parse_function(GetParam().text, GetParam().query, here);

  ASSERT_TRUE(reference);
  EXPECT_EQ(reference->name, GetParam().name);
  EXPECT_EQ(reference->qualifier, GetParam().qualifier);
}

INSTANTIATE_TEST_SUITE_P(
    Forms, FunctionName,
    testing::Values(FunctionForm{"Bare", "f", "", "f", ""},
                    FunctionForm{"BareWithVersion", "f:7", "", "f", "7"},
                    FunctionForm{"BareWithLatest", "f:$LATEST.PUBLISHED", "", "f", "$LATEST.PUBLISHED"},
                    FunctionForm{"QueryQualifier", "f", "live", "f", "live"},
                    FunctionForm{"SameQualifierTwice", "f:1", "1", "f", "1"},
                    FunctionForm{"Partial", "000000000000:function:f", "", "f", ""},
                    FunctionForm{"PartialWithQualifier", "000000000000:function:f:live", "", "f", "live"},
                    FunctionForm{"AccountAndName", "000000000000:f", "", "f", ""},
                    FunctionForm{"Word", "function:f", "", "f", ""},
                    FunctionForm{"RegionAndAccount", "us-east-1:000000000000:function:f", "", "f", ""},
                    FunctionForm{"RegionAccountAndName", "us-east-1:000000000000:f:1", "", "f", "1"},
                    FunctionForm{"NameLikeARegion", "my-fn-1:2", "", "my-fn-1", "2"},
                    FunctionForm{"NameOfTwelveDigits", "123456789012", "", "123456789012", ""},
                    FunctionForm{"FunctionNamedFunction", "function", "", "function", ""},
                    FunctionForm{"Arn", "arn:aws:lambda:us-east-1:000000000000:function:f", "", "f", ""},
                    FunctionForm{"QualifiedArn", "arn:aws:lambda:us-east-1:000000000000:function:f:$LATEST",
                                 "", "f", "$LATEST"}),
    [](const auto& form) { return std::string{form.param.test}; });

TEST(FunctionName, RefusesTwoQualifiersThatDiffer) {
  const auto reference = parse_function("f:1", "2", here);

  ASSERT_FALSE(reference);
  EXPECT_EQ(reference.error().code, "InvalidParameterValueException");
  EXPECT_EQ(reference.error().message,
            "The derived qualifier from the function name does not match the specified qualifier.");
}

TEST(FunctionName, RefusesAnArnOfAnotherRegion) {
  const auto reference = parse_function("arn:aws:lambda:ap-southeast-1:000000000000:function:f", "", here);

  ASSERT_FALSE(reference);
  EXPECT_EQ(reference.error().code, "ResourceNotFoundException");
  EXPECT_EQ(reference.error().message,
            "Functions from 'ap-southeast-1' are not reachable in this region ('us-east-1')");
}

TEST(FunctionName, RefusesAnotherAccount) {
  for (const char* text : {"111111111111:f", "arn:aws:lambda:us-east-1:111111111111:function:f:1"}) {
    const auto reference = parse_function(text, "", here);
    ASSERT_FALSE(reference) << text;
    EXPECT_EQ(reference.error().code, "AccessDeniedException");
  }
  EXPECT_FALSE(parse_capacity_provider("arn:aws:lambda:us-east-1:111111111111:capacity-provider:cp1", here));
}

TEST(CapacityProviderName, IsReadFromNameAndArn) {
  EXPECT_EQ(*parse_capacity_provider("cp1", here), "cp1");
  EXPECT_EQ(*parse_capacity_provider("arn:aws:lambda:us-east-1:000000000000:capacity-provider:cp1", here),
            "cp1");
  EXPECT_FALSE(parse_capacity_provider("arn:aws:lambda:eu-west-1:000000000000:capacity-provider:cp1", here));
}

TEST(Arns, AreMadeAsAwsMakesThem) {
  EXPECT_EQ(function_arn(here, "f"), "arn:aws:lambda:us-east-1:000000000000:function:f");
  EXPECT_EQ(function_arn(here, "f", "$LATEST.PUBLISHED"),
            "arn:aws:lambda:us-east-1:000000000000:function:f:$LATEST.PUBLISHED");
  EXPECT_EQ(capacity_provider_arn(here, "cp1"),
            "arn:aws:lambda:us-east-1:000000000000:capacity-provider:cp1");
}

TEST(Qualifiers, TellVersionNumbersFromNames) {
  EXPECT_TRUE(is_version_number("12"));
  EXPECT_FALSE(is_version_number(""));
  EXPECT_FALSE(is_version_number("$LATEST"));
  EXPECT_FALSE(is_version_number("v1"));
}

TEST(Runtimes, KnowTheirConcurrencyForEachVcpu) {
  EXPECT_EQ(managed_concurrency_per_vcpu("provided.al2023"), 8U);
  EXPECT_EQ(managed_concurrency_per_vcpu("python3.14"), 16U);
  EXPECT_EQ(managed_concurrency_per_vcpu("java25"), 32U);
  EXPECT_EQ(managed_concurrency_per_vcpu("nodejs22.x"), 64U);
  EXPECT_FALSE(managed_concurrency_per_vcpu("python3.12"));
}

TEST(Runtimes, AreCurrentDeprecatedOrUnknown) {
  EXPECT_EQ(runtime_status("provided.al2023"), RuntimeStatus::current);
  EXPECT_EQ(runtime_status("go1.x"), RuntimeStatus::deprecated);
  EXPECT_EQ(runtime_status("cobol85"), RuntimeStatus::unknown);
}

}  // namespace
}  // namespace lmi::emulator::model
