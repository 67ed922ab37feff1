#include "observe/endpoints.hpp"

#include "model/utc_time.hpp"
#include "observe/local_request.hpp"
#include "observe/query.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>
#include <variant>

namespace lmi::emulator::observe {
namespace {

using nlohmann::ordered_json;

constexpr std::string_view prefix = "/_lmi/";
constexpr std::chrono::seconds longest_wait{60};

http::Response json_response(unsigned status, const ordered_json& body) {
  // A function may print any bytes; what is not UTF-8 is shown as U+FFFD instead of failing the answer.
  return {.status = status,
          .headers = {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}},
          .body = body.dump(-1, ' ', false, ordered_json::error_handler_t::replace)};
}

http::Response problem(unsigned status, std::string message) {
  return json_response(status, {{"message", std::move(message)}});
}

ordered_json to_json(const LogEvent& event) {
  return {{"seq", event.seq},
          {"time", model::utc_text(event.time)},
          {"functionName", event.function_name},
          {"version", event.version},
          {"environment", event.environment},
          {"source", event.source},
          {"line", event.line}};
}

ordered_json to_json(const LogBatch& batch) {
  ordered_json events = ordered_json::array();
  for (const LogEvent& event : batch.events) events.push_back(to_json(event));
  return {{"events", std::move(events)}, {"next", batch.next}, {"gap", batch.gap}};
}

ordered_json to_json(const EnvironmentSnapshot& environment) {
  return {{"id", environment.id},
          {"functionName", environment.function_name},
          {"version", environment.version},
          {"instanceId", environment.instance_id},
          {"instanceType", environment.instance_type},
          {"availabilityZone", environment.availability_zone},
          {"state", environment.state},
          {"pid", environment.pid},
          {"slots", environment.slots},
          {"inFlight", environment.in_flight},
          {"peakInFlight", environment.peak_in_flight},
          {"invocations", environment.invocations},
          {"tmpEntries", environment.tmp_entries}};
}

ordered_json to_json(const InstanceSnapshot& instance) {
  return {{"id", instance.id},
          {"type", instance.type},
          {"availabilityZone", instance.availability_zone},
          {"capacityProvider", instance.capacity_provider},
          {"state", instance.state},
          {"environments", instance.environments}};
}

ordered_json to_json(const FleetSnapshot& fleet) {
  ordered_json environments = ordered_json::array();
  for (const EnvironmentSnapshot& environment : fleet.environments)
    environments.push_back(to_json(environment));
  ordered_json instances = ordered_json::array();
  for (const InstanceSnapshot& instance : fleet.instances) instances.push_back(to_json(instance));
  return {{"environments", std::move(environments)}, {"instances", std::move(instances)}};
}

std::optional<std::string> refuse_others(const http::Head& head) {
  if (is_local_request(head)) return std::nullopt;
  return "Only programs on this machine may ask: use http://127.0.0.1 or localhost.";
}

/// Reads a whole number; false when `text` is not one.
template <class Number>
bool read_number(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size();
}

struct LogQuestion {
  std::string function;
  std::uint64_t after = 0;
  std::chrono::milliseconds wait{0};
};

/// The question, or what is wrong with it.
std::variant<LogQuestion, std::string> parse_log_question(std::string_view query) {
  const auto parameters = parse_query(query);
  if (!parameters) return std::string{"The query string has a broken percent sequence."};
  LogQuestion question;
  for (const auto& [name, value] : *parameters) {
    double seconds = 0;
    if (name == "function") {
      question.function = value;
    } else if (name == "after") {
      if (!read_number(value, question.after))
        return "'after' must be a sequence number, not '" + value + "'.";
    } else if (name == "wait") {
      if (!read_number(value, seconds) || !(seconds >= 0)) {
        return "'wait' must be a number of seconds, not '" + value + "'.";
      }
      const std::chrono::duration<double> asked{std::min(seconds, static_cast<double>(longest_wait.count()))};
      question.wait = std::chrono::ceil<std::chrono::milliseconds>(asked);
    } else {
      return "There is no parameter '" + name + "'; there are function, after and wait.";
    }
  }
  return question;
}

}  // namespace

Endpoints::Endpoints(Loop& loop, Sources sources, std::string emulator_version)
    : loop_{loop},
      sources_{std::move(sources)},
      version_{std::move(emulator_version)},
      refusal_{refuse_others},
      started_{loop.now()} {}
Endpoints::~Endpoints() = default;

bool Endpoints::owns(std::string_view target) noexcept {
  return target.substr(0, prefix.size()) == prefix;
}

void Endpoints::handle(const http::ExchangePtr& exchange) {
  const http::Head& head = exchange->head();
  const std::string_view target = head.target;
  const std::string_view path = target.substr(0, target.find('?'));
  const std::string_view name = path.substr(std::min(path.size(), prefix.size()));
  if (auto refusal = name == "health" ? refuse_others(head) : refusal_(head)) {
    exchange->respond(problem(403, *std::move(refusal)));
    return;
  }
  if (head.method != "GET") return exchange->respond(change(head, name));
  if (name == "health") {
    exchange->respond(health());
  } else if (name == "environments") {
    exchange->respond(json_response(200, to_json(sources_.fleet())));
  } else if (name == "logs") {
    logs(exchange, path.size() == target.size() ? std::string_view{} : target.substr(path.size() + 1));
  } else {
    exchange->respond(problem(404,
                              "There are /_lmi/health, /_lmi/environments, /_lmi/logs and, for POST, "
                              "/_lmi/instances/ID/lose."));
  }
}

http::Response Endpoints::change(const http::Head& head, std::string_view name) const {
  constexpr std::string_view before = "instances/";
  constexpr std::string_view after = "/lose";
  const bool is_loss =
      name.size() > before.size() + after.size() && name.starts_with(before) && name.ends_with(after);
  if (head.method != "POST" || !is_loss || !sources_.lose_instance) {
    http::Response refused = problem(405, "Only GET is possible here.");
    refused.headers.add("Allow", "GET");
    return refused;
  }
  // A web page cannot send this field to another origin without asking first, which is never answered.
  if (!head.headers.get("Authorization").starts_with("AWS4-HMAC-SHA256 ")) {
    return problem(403, "What changes something must be signed, as requests to AWS are.");
  }
  const std::string id{name.substr(before.size(), name.size() - before.size() - after.size())};
  if (!sources_.lose_instance(id)) return problem(404, "There is no instance '" + id + "'.");
  return json_response(200, {{"lost", id}});
}

http::Response Endpoints::health() const {
  const auto uptime = std::chrono::duration_cast<std::chrono::seconds>(loop_.now() - started_);
  return json_response(200, {{"status", "ok"}, {"version", version_}, {"uptimeSeconds", uptime.count()}});
}

void Endpoints::logs(const http::ExchangePtr& exchange, std::string_view query) {
  auto parsed = parse_log_question(query);
  if (auto* wrong = std::get_if<std::string>(&parsed)) {
    exchange->respond(problem(400, std::move(*wrong)));
    return;
  }
  auto& question = std::get<LogQuestion>(parsed);
  LogStore& store = sources_.logs;
  const auto id = store.wait(
      std::move(question.function), question.after, question.wait,
      [exchange](const LogBatch& batch) { exchange->respond(json_response(200, to_json(batch))); });
  exchange->on_disconnect([&store, id] { store.cancel(id); });
}

}  // namespace lmi::emulator::observe
