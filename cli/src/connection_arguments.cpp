#include "connection_arguments.hpp"

#include <CLI/CLI.hpp>
#include <map>
#include <string>

namespace lmi::cli {

void add_output(CLI::App& command, OutputFormat& output) {
  static const std::map<std::string, OutputFormat> formats{{"text", OutputFormat::text},
                                                           {"json", OutputFormat::json}};
  command.add_option("--output", output, "text for people, json for programs")
      ->transform(CLI::CheckedTransformer(formats).description("{text,json}"));
}

void add_connection(CLI::App& command, ConnectionOptions& connection) {
  command.add_option("--endpoint", connection.endpoint, "Where the emulator (or AWS Lambda) listens")
      ->type_name("URL")
      ->envname("LMI_ENDPOINT")
      ->capture_default_str();
  command.add_option("--region", connection.region, "AWS Region [AWS_REGION, else us-east-1]")
      ->type_name("NAME");
  add_output(command, connection.output);
}

}  // namespace lmi::cli
