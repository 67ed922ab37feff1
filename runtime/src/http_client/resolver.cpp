#include "http_client/resolver.hpp"

#include <arpa/inet.h>
#include <netdb.h>

#include <condition_variable>
#include <cstring>
#include <exception>
#include <optional>
#include <system_error>
#include <thread>

namespace lmi::http_client {
namespace {

using Addresses = HttpResult<std::vector<Address>>;

HttpCallError failed(const Origin& origin, const std::string& why) {
  return {.code = HttpErrc::resolve_failed,
          .phase = HttpPhase::resolving,
          .message = "resolving " + origin.host + ": " + why};
}

std::optional<Address> numeric(const std::string& host, std::uint16_t port) {
  Address address;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&address.bytes);
  if (::inet_pton(AF_INET, host.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    address.size = sizeof *v4;
    return address;
  }
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&address.bytes);
  if (::inet_pton(AF_INET6, host.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    address.size = sizeof *v6;
    return address;
  }
  return std::nullopt;
}

Addresses ask_system(const Origin& origin) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* found = nullptr;
  const auto port = std::to_string(origin.port);
  if (const int code = ::getaddrinfo(origin.host.c_str(), port.c_str(), &hints, &found); code != 0) {
    return failed(origin, ::gai_strerror(code));
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> list{found, ::freeaddrinfo};
  std::vector<Address> addresses;
  for (const auto* each = found; each != nullptr; each = each->ai_next) {
    Address& address = addresses.emplace_back();
    std::memcpy(&address.bytes, each->ai_addr, each->ai_addrlen);
    address.size = each->ai_addrlen;
  }
  return addresses;
}

Addresses ask_function(const Origin& origin, const Resolver::Lookup& lookup) {
  std::vector<Address> addresses;
  for (const auto& text : lookup(origin.host)) {
    const auto address = numeric(text, origin.port);
    if (!address) return failed(origin, "the resolve function gave something that is no address");
    addresses.push_back(*address);
  }
  return addresses;
}

/// On a thread of its own: nothing may leave it.
Addresses ask(const Origin& origin, const Resolver::Lookup& lookup) {
  try {
    auto addresses = lookup ? ask_function(origin, lookup) : ask_system(origin);
    if (addresses && addresses->empty()) return failed(origin, "no address");
    return addresses;
  } catch (const std::exception& failure) {
    return failed(origin, failure.what());
  } catch (...) {
    return failed(origin, "the resolve function threw something that is no std::exception");
  }
}

}  // namespace

struct Resolver::Flight {
  std::mutex mutex;
  std::condition_variable_any landed;
  std::optional<Addresses> result;
  SteadyTime landed_at;  ///< Once there is a result.
};

std::shared_ptr<Resolver::Flight> Resolver::join_flight() {
  const std::lock_guard lock{mutex_};
  if (flight_) {
    const std::lock_guard looking{flight_->mutex};
    const auto& result = flight_->result;
    const bool of_use = !result || (*result && now_() - flight_->landed_at < kept);
    if (of_use) return flight_;
  }
  auto flight = std::make_shared<Flight>();
  // By value: the thread may outlive this resolver.
  std::thread{[origin = origin_, lookup = lookup_, now = now_, flight] {
    auto result = ask(origin, lookup);
    const std::lock_guard landing{flight->mutex};
    flight->result = std::move(result);
    flight->landed_at = now();
    flight->landed.notify_all();
  }}.detach();
  return flight_ = flight;  // only now: without a thread it would never land
}

Addresses Resolver::resolve(SteadyTime until, const std::stop_token& stop) {
  if (const auto address = numeric(origin_.host, origin_.port)) return std::vector{*address};

  std::shared_ptr<Flight> flight;
  try {
    flight = join_flight();
  } catch (const std::system_error& failure) {
    return failed(origin_, failure.what());
  }
  std::unique_lock lock{flight->mutex};
  const auto landed = [&] { return flight->result.has_value(); };
  if (!flight->landed.wait_until(lock, stop, until, landed)) {
    return HttpCallError{.code = HttpErrc::timed_out,
                         .phase = HttpPhase::resolving,
                         .message = "resolving " + origin_.host + " took too long"};
  }
  const auto result = *flight->result;
  lock.unlock();
  const std::lock_guard clearing{mutex_};
  if (flight_ == flight) flight_.reset();  // the next one asks anew
  return result;
}

}  // namespace lmi::http_client
