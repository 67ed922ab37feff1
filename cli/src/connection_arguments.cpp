#include "connection_arguments.hpp"

#include <CLI/CLI.hpp>
#include <string>

namespace lmi::cli {

void add_output(CLI::App& command, OutputFormat& output) {
  command
      .add_option_function<std::string>(
          "--output",
          [&output](const std::string& text) {
            if (text != "text" && text != "json")
              throw CLI::ValidationError{"--output", "'" + text + "' is neither text nor json"};
            output = text == "json" ? OutputFormat::json : OutputFormat::text;
          },
          "text for people, json for programs [text]")
      ->type_name("text|json");
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
