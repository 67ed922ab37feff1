#include "simulate/read_scenario.hpp"

#include "fleet/parameter_table.hpp"
#include "simulate/json_reader.hpp"
#include "simulate/read_arrivals.hpp"
#include "simulate/read_distribution.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace lmi::sizing::simulate {
namespace {

constexpr double longest_seconds = 400.0 * 86400;
constexpr double most_mb = 1e6;

/// The API's limits (AWS API reference): memory, concurrency of an environment, environments, vCPUs.
constexpr unsigned least_memory_mb = 2048;
constexpr unsigned most_memory_mb = 32'768;
constexpr unsigned most_concurrency = 1600;
constexpr unsigned most_environments = 15'000;
constexpr unsigned most_vcpus = 1'000'000;  // AWS's quota is 15,000; larger fleets may be asked about

fleet::Time fleet_seconds(double value) {
  return std::chrono::duration_cast<fleet::Time>(from_seconds(value));
}

void read_service_members(JsonObject& object, Service& service) {
  if (const auto found = object.optional("cpuMs")) service.cpu_ms = read_distribution(*found);
  if (const auto found = object.optional("waitMs")) service.wait_ms = read_distribution(*found);
  if (const auto found = object.optional("overheadMs")) service.overhead_ms = read_distribution(*found);
  service.cpu_before_wait = object.number_or("cpuBeforeWait", service.cpu_before_wait, 0, 1);
  service.memory_mb_base = object.number_or("memoryMbBase", service.memory_mb_base, 0, most_mb);
  service.memory_mb_per_call = object.number_or("memoryMbPerCall", service.memory_mb_per_call, 0, most_mb);
  service.tmp_mb_per_call = object.number_or("tmpMbPerCall", service.tmp_mb_per_call, 0, most_mb);
}

Service read_service(const JsonValue& value, const std::filesystem::path& directory) {
  Service service;
  JsonObject object{value};
  if (const auto profile = object.optional("profile")) {
    const std::string file = (directory / profile->text()).string();
    const auto json = from_file(*profile, [&] { return parse_json_file(file); });
    JsonObject measured{JsonValue{json, file}};
    measured.optional("measured");  // how it was measured: for people
    read_service_members(measured, service);
    measured.finish();
  }
  read_service_members(object, service);
  object.finish();
  return service;
}

fleet::ScalingBounds read_bounds(JsonObject& object) {
  fleet::ScalingBounds bounds;
  bounds.min_environments = static_cast<unsigned>(
      object.whole_or("minEnvironments", bounds.min_environments, 0, most_environments));
  if (const auto most = object.optional("maxEnvironments")) {
    bounds.max_environments = static_cast<unsigned>(most->whole(bounds.min_environments, most_environments));
    if (bounds.min_environments == 0 && *bounds.max_environments != 0) {
      most->fail("0 when minEnvironments is 0 (deactivated)");
    }
  } else if (bounds.min_environments == 0) {
    object.value().fail("maxEnvironments 0 with minEnvironments 0 (deactivated)");
  }
  return bounds;
}

/// What CreateFunction refuses (AWS documentation: whole vCPUs, 2, 4 or 8 GiB each, 64 calls on each) cannot
/// be simulated either: it would win rankings.
void check_deployable(JsonObject& object, const Function& function) {
  const auto refuse = [&](const char* member, const std::string& expected) {
    object.optional(member).value_or(object.value()).fail(expected);
  };
  const double ratio = function.gib_per_vcpu;
  if (ratio != 2 && ratio != 4 && ratio != 8) refuse("gibPerVcpu", "2, 4 or 8");
  const auto mb_per_vcpu = static_cast<unsigned>(ratio * 1024);
  if (function.memory_mb % mb_per_vcpu != 0) {
    const std::string multiples = "memory that is whole vCPUs, multiples of " + std::to_string(mb_per_vcpu);
    // The default, 2048, may be what does not fit.
    refuse(object.has("memoryMb") ? "memoryMb" : "gibPerVcpu",
           object.has("memoryMb") ? multiples + ", as Lambda wants"
                                  : multiples + ", with it, not the default 2048");
  }
  if (const unsigned most = function.memory_mb / mb_per_vcpu * 64; function.concurrency > most) {
    refuse("concurrency", "at most " + std::to_string(most) + ": Lambda takes 64 for a vCPU");
  }
}

Function read_function(const JsonValue& value) {
  Function function;
  JsonObject object{value};
  function.memory_mb =
      static_cast<unsigned>(object.whole_or("memoryMb", 2048, least_memory_mb, most_memory_mb));
  function.gib_per_vcpu = object.number_or("gibPerVcpu", 2, 2, 8);
  function.concurrency = static_cast<unsigned>(object.required("concurrency").whole(1, most_concurrency));
  check_deployable(object, function);
  function.scaling = read_bounds(object);
  if (function.scaling.min_environments == 0) {
    value.fail("minEnvironments of at least 1 at the beginning (the schedule may pause it)");
  }
  if (const auto found = object.optional("initMs")) function.init_ms = read_distribution(*found);
  function.timeout_seconds = object.number_or("timeoutSeconds", function.timeout_seconds, 0.001, 5400);
  function.tmp_mb = object.number_or("tmpMb", function.tmp_mb, 512, 10'240);
  if (const auto schedule = object.optional("schedule")) {
    for (const auto& item : schedule->items()) {
      JsonObject entry{item};
      fleet::ScheduledScaling scaling;
      scaling.at = fleet_seconds(entry.required("atSeconds").number(0, longest_seconds));
      scaling.every = fleet_seconds(entry.number_or("everySeconds", 0, 0, longest_seconds));
      scaling.scaling = read_bounds(entry);
      entry.finish();
      function.schedule.push_back(scaling);
    }
  }
  object.finish();
  return function;
}

std::vector<std::string> read_texts(const JsonValue& value) {
  std::vector<std::string> texts;
  for (const auto& item : value.items()) texts.push_back(item.text());
  return texts;
}

fleet::ProviderConfig read_provider(JsonObject object) {
  fleet::ProviderConfig provider;
  provider.name = "provider";
  const auto architecture = object.optional("architecture");
  provider.architecture = architecture && architecture->choice({"x86_64", "arm64"}) == 1 ? "arm64" : "x86_64";
  const auto zones = object.whole_or("zones", 3, 1, 16);
  for (std::uint64_t i = 0; i < zones; ++i) provider.zones.push_back("zone-" + std::to_string(i + 1));
  provider.max_vcpus = static_cast<unsigned>(object.whole_or("maxVCpuCount", 400, 2, most_vcpus));
  if (const auto types = object.optional("allowedInstanceTypes")) provider.allowed_types = read_texts(*types);
  if (const auto types = object.optional("excludedInstanceTypes"))
    provider.excluded_types = read_texts(*types);
  if (object.has("allowedInstanceTypes") && object.has("excludedInstanceTypes")) {
    object.required("excludedInstanceTypes").fail("either allowedInstanceTypes or this, as Lambda does");
  }
  if (const auto target = object.optional("cpuTargetPercent"))
    provider.cpu_target_percent = target->number(1, 100);
  object.finish();
  return provider;
}

void read_parameters(const JsonValue& value, fleet::Parameters& parameters) {
  JsonObject object{value};
  for (const auto& [name, member] : object.all()) {
    const std::string text = member.raw().is_string() ? member.text() : member.raw().dump();
    if (const auto wrong = fleet::set_parameter(parameters, name, text)) {
      throw InputError{member.path() + ": " + *wrong};
    }
  }
  if (const auto wrong = fleet::inconsistency(parameters)) throw InputError{value.path() + ": " + *wrong};
}

Retries read_retries(const JsonValue& value) {
  Retries retries;
  JsonObject object{value};
  retries.attempts = static_cast<unsigned>(object.required("attempts").whole(1, 1'000'000));
  retries.base_ms = object.number_or("baseMs", retries.base_ms, 0, 1e9);
  retries.longest_ms = object.number_or("longestMs", retries.longest_ms, 0, 1e9);
  object.finish();
  return retries;
}

Prices read_prices(const JsonValue& value) {
  Prices prices;
  JsonObject object{value};
  prices.usd_per_million_requests =
      object.number_or("usdPerMillionRequests", prices.usd_per_million_requests, 0, 1000);
  prices.management_fee_percent =
      object.number_or("managementFeePercent", prices.management_fee_percent, 0, 100);
  prices.instance_discount_percent =
      object.number_or("instanceDiscountPercent", prices.instance_discount_percent, 0, 100);
  object.finish();
  return prices;
}

std::vector<Published> read_published(const JsonValue& value) {
  std::vector<Published> all;
  for (const auto& item : value.items()) {
    JsonObject object{item};
    Published published;
    published.metric = object.required("metric").text();
    published.value = object.required("value").number(-1e15, 1e15);
    published.note = object.text_or("note", "");
    object.finish();
    all.push_back(std::move(published));
  }
  return all;
}

/// A function with its clients: members of the scenario itself, or of an item of `functions`.
void read_workload(JsonObject& object, Workload& workload, Time duration,
                   const std::filesystem::path& directory) {
  workload.arrivals = read_arrivals(object.required("arrival"), duration, directory);
  const JsonValue service = object.required("service");
  if (!service.raw().is_object()) service.fail("an object with cpuMs, waitMs or a profile");
  workload.service = read_service(service, directory);
  const JsonValue function = object.required("function");
  if (!function.raw().is_object()) function.fail("an object with concurrency, at least");
  workload.function = read_function(function);
  if (const auto found = object.optional("retries")) workload.retries = read_retries(*found);
  if (workload.service.cpu_ms.is_zero() && workload.service.wait_ms.is_zero()) {
    throw InputError{service.path() + ": expected cpuMs or waitMs above 0, found neither"};
  }
}

void read_functions(JsonObject& object, const JsonValue& list, Scenario& scenario,
                    const std::filesystem::path& directory) {
  constexpr std::size_t most_functions = 100;  // versions of one provider (AWS quota)
  for (const char* member : {"arrival", "service", "function", "retries"}) {
    if (const auto found = object.optional(member))
      found->fail("nothing beside functions: it belongs into each of them");
  }
  const auto items = list.items();
  if (items.empty() || items.size() > most_functions) list.fail("1 to 100 functions");
  std::set<std::string> names;
  for (const auto& item : items) {
    JsonObject function{item};
    Workload workload;
    const JsonValue name = function.required("name");
    workload.function_name = name.text();
    if (!names.insert(workload.function_name).second) name.fail("a name no other function has");
    read_workload(function, workload, scenario.duration, directory);
    function.finish();
    if (names.size() == 1) {
      static_cast<Workload&>(scenario) = std::move(workload);
    } else {
      scenario.others.push_back(std::move(workload));
    }
  }
}

Faults read_faults(const JsonValue& value) {
  constexpr double once_a_second = 3600;
  Faults faults;
  JsonObject object{value};
  faults.environment_crashes_per_hour = object.number_or("environmentCrashesPerHour", 0, 0, once_a_second);
  faults.instance_losses_per_hour = object.number_or("instanceLossesPerHour", 0, 0, once_a_second);
  object.finish();
  return faults;
}

Scenario read(JsonObject object, const std::filesystem::path& directory) {
  Scenario scenario;
  scenario.name = object.text_or("name", "");
  scenario.description = object.text_or("description", "");
  scenario.source = object.text_or("source", "");
  scenario.duration = from_seconds(object.required("durationSeconds").number(0.001, longest_seconds));
  scenario.seed = object.whole_or("seed", 1, 0, ~std::uint64_t{0});
  if (const auto functions = object.optional("functions")) {
    read_functions(object, *functions, scenario, directory);
  } else {
    read_workload(object, scenario, scenario.duration, directory);
  }
  static const nlohmann::ordered_json nothing = nlohmann::ordered_json::object();
  scenario.provider =
      read_provider(JsonObject{object.optional("provider").value_or(JsonValue{nothing, "provider"})});
  if (const auto found = object.optional("fleet")) read_parameters(*found, scenario.parameters);
  if (const auto found = object.optional("faults")) scenario.faults = read_faults(*found);
  if (const auto found = object.optional("prices")) scenario.prices = read_prices(*found);
  if (const auto found = object.optional("published")) scenario.published = read_published(*found);
  object.finish();
  return scenario;
}

}  // namespace

Checked<nlohmann::ordered_json> read_json(const std::filesystem::path& file) {
  try {
    return Checked<nlohmann::ordered_json>{boost::system::in_place_value, parse_json_file(file.string())};
  } catch (const InputError& error) {
    return BadInput{error.what()};
  }
}

Checked<Scenario> read_scenario(const nlohmann::ordered_json& json, const std::filesystem::path& directory) {
  try {
    return read(JsonObject{JsonValue{json, ""}}, directory);
  } catch (const InputError& error) {
    return BadInput{error.what()};
  }
}

}  // namespace lmi::sizing::simulate
