// What the examples in the documentation call and leave to whoever copies them.

#include <nlohmann/json.hpp>

#include <cstdio>
#include <lmi/context.hpp>
#include <lmi/trace.hpp>
#include <string>
#include <string_view>

void connect();
std::string call_old_library(std::string_view event);
void abort_query_of(std::string_view request_id);
std::string query(std::string_view event, lmi::Context& context);
void read_configuration();
void warm_up_database();
void flush_metrics();
std::string handle(std::string_view event);
bool signed_by_us(std::string_view event);
std::string handler(std::string_view event);
int add_to_the_book(const nlohmann::json& order);
bool in_stock(std::string_view order, const lmi::TraceContext& trace);

namespace {

void note(std::string_view what) {
  std::printf("%.*s\n", static_cast<int>(what.size()), what.data());
  std::fflush(stdout);
}

}  // namespace

void connect() {
  note("connected");
}
std::string call_old_library(std::string_view event) {
  return R"({"called with":)" + std::string{event} + "}";
}

void abort_query_of(std::string_view request_id) {
  note("aborted " + std::string{request_id});
}
std::string query(std::string_view event, lmi::Context&) {
  return R"({"queried":)" + std::string{event} + "}";
}

void read_configuration() {
  note("configuration read");
}
void warm_up_database() {
  note("database warm");
}
void flush_metrics() {
  note("metrics flushed");
}
std::string handle(std::string_view event) {
  return R"({"handled":)" + std::string{event} + "}";
}

bool signed_by_us(std::string_view event) {
  return event.find("signature") != std::string_view::npos;
}
std::string handler(std::string_view event) {
  return handle(event);
}

int add_to_the_book(const nlohmann::json& order) {
  return order.at("id").get<int>();
}

bool in_stock(std::string_view order, const lmi::TraceContext& trace) {
  return !order.empty() && !trace.headers().empty();
}
