#include "http_client/resolver.hpp"

#include <arpa/inet.h>
#include <netdb.h>

#include <condition_variable>
#include <cstring>
#include <exception>
#include <optional>
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

Addresses ask(const Origin& origin, const Resolver::Lookup& lookup) {
  if (!lookup) return ask_system(origin);
  try {
    std::vector<Address> addresses;
    for (const auto& text : lookup(origin.host)) {
      const auto address = numeric(text, origin.port);
      if (!address) return failed(origin, "the resolve function gave something that is no address");
      addresses.push_back(*address);
    }
    return addresses;
  } catch (const std::exception& failure) {
    return failed(origin, failure.what());
  }
}

}  // namespace

struct Resolver::Flight {
  std::mutex mutex;
  std::condition_variable_any landed;
  std::optional<Addresses> result;
};

Addresses Resolver::resolve(SteadyTime until, const std::stop_token& stop) {
  if (const auto address = numeric(origin_.host, origin_.port)) return std::vector{*address};

  std::shared_ptr<Flight> flight;
  {
    const std::lock_guard lock{mutex_};
    if (!flight_) {
      flight_ = std::make_shared<Flight>();
      // By value: the thread may outlive this resolver.
      std::thread{[origin = origin_, lookup = lookup_, mine = flight_] {
        auto result = ask(origin, lookup);
        if (result && result->empty()) result = failed(origin, "no address");
        const std::lock_guard landing{mine->mutex};
        mine->result = std::move(result);
        mine->landed.notify_all();
      }}.detach();
    }
    flight = flight_;
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
