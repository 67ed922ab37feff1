#include "scenarios.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>
#include <functional>
#include <string>
#include <utility>
#include <vector>

int main(int argc, char** argv) {
  lmi::bench::Plan plan;
  std::vector<std::string> wanted;
  const std::vector<std::pair<std::string, std::function<void(const lmi::bench::Plan&)>>> scenarios{
      {"barrier", lmi::bench::barrier}, {"overlap", lmi::bench::overlap},  {"idle", lmi::bench::idle},
      {"start", lmi::bench::start},     {"cost", lmi::bench::cost},        {"fairness", lmi::bench::fairness},
      {"repoll", lmi::bench::repoll},   {"thousand", lmi::bench::thousand}};

  CLI::App app{"Measures the runtime: each number as a ratio or beside its peer, all in one run."};
  app.add_option("--bin", plan.bin, "directory with the built programs")
      ->required()
      ->check(CLI::ExistingDirectory);
  app.add_option("--peer", plan.peer, "aws-lambda-cpp's empty function, to compare with")
      ->check(CLI::ExistingFile);
  app.add_option("--rounds", plan.rounds, "interleaved rounds")->capture_default_str();
  app.add_flag("--brief", plan.brief, "only show that every scenario runs");
  app.add_option("scenario", wanted,
                 "barrier, overlap, idle, start, cost, fairness, repoll, thousand (default: all)");
  CLI11_PARSE(app, argc, argv);
  if (plan.brief) {
    plan.rounds = 1;
    plan.slice = std::chrono::milliseconds{200};
  }

  try {
    for (const auto& [name, run] : scenarios) {
      if (wanted.empty() || std::find(wanted.begin(), wanted.end(), name) != wanted.end()) run(plan);
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "runtime_bench: %s\n", error.what());
    return 1;
  }
  return 0;
}
