// CPU a request, of lmi::HttpClient beside libcurl: the same server in a process of its own, the same
// requests, rounds interleaved. Prints microseconds of user and system time of this process and the ratio of
// their medians.
//
//   http_client_bench [--requests N] [--rounds N]

#include "bench/http_client/plain_server.hpp"
#include "lmi/http_client_async.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>

#include <curl/curl.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace lmi::bench {
namespace {

namespace asio = boost::asio;

void must(bool well, const char* what) {
  if (!well) throw std::runtime_error{what};
}

double cpu_microseconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto of = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
  };
  return of(used.ru_utime) + of(used.ru_stime);
}

void in_threads(unsigned count, const std::function<void(unsigned)>& work) {
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < count; ++i) threads.emplace_back(work, i);
  for (auto& thread : threads) thread.join();
}

/// One easy handle a thread, kept over the rounds: libcurl's own keep-alive.
class Curl {
 public:
  Curl(const std::string& url, unsigned in_flight) {
    for (unsigned i = 0; i < in_flight; ++i) {
      auto* handle = handles_.emplace_back(curl_easy_init(), curl_easy_cleanup).get();
      curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
      curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
      curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, 30'000L);
      curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &append);
    }
  }

  void run(unsigned requests) {
    in_threads(static_cast<unsigned>(handles_.size()), [&](unsigned i) {
      std::string body;
      curl_easy_setopt(handles_[i].get(), CURLOPT_WRITEDATA, &body);
      for (unsigned n = 0; n < requests; ++n) {
        body.clear();
        must(curl_easy_perform(handles_[i].get()) == CURLE_OK && !body.empty(), "curl failed");
      }
    });
  }

 private:
  static std::size_t append(char* bytes, std::size_t, std::size_t count, void* body) {
    static_cast<std::string*>(body)->append(bytes, count);
    return count;
  }

  std::vector<std::unique_ptr<CURL, void (*)(CURL*)>> handles_;
};

void run_blocking(HttpClient& client, const std::string& url, unsigned in_flight, unsigned requests) {
  in_threads(in_flight, [&](unsigned) {
    for (unsigned n = 0; n < requests; ++n)
      must(!client.send({.url = url}).value().body.empty(), "send failed");
  });
}

Task<void> ask(HttpClient& client, std::string url, unsigned requests) {
  HttpCall call;
  call.url = std::move(url);
  for (unsigned n = 0; n < requests; ++n) {
    const auto reply = co_await client.async_send(call);
    must(!reply.value().body.empty(), "async_send failed");
  }
}

void run_coroutines(HttpClient& client, const std::string& url, unsigned in_flight, unsigned requests) {
  asio::io_context io{1};
  for (unsigned i = 0; i < in_flight; ++i) {
    asio::co_spawn(asio::make_strand(io), ask(client, url, requests), [](const std::exception_ptr& failure) {
      if (failure) std::rethrow_exception(failure);
    });
  }
  io.run();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void compare(const std::string& url, unsigned in_flight, unsigned requests, unsigned rounds) {
  Curl curl{url, in_flight};
  HttpClient client{{.max_connections_per_origin = in_flight}};
  const std::vector<std::pair<std::string, std::function<void(unsigned)>>> contenders{
      {"libcurl", [&](unsigned each) { curl.run(each); }},
      {"send()", [&](unsigned each) { run_blocking(client, url, in_flight, each); }},
      {"async_send()", [&](unsigned each) { run_coroutines(client, url, in_flight, each); }}};
  const unsigned each = std::max(1U, requests / in_flight);
  std::map<std::string, std::vector<double>> spent;
  for (const auto& [name, run] : contenders) run(each);  // warm: connections are open from here on
  for (unsigned round = 0; round < rounds; ++round) {
    for (const auto& [name, run] : contenders) {
      const auto before = cpu_microseconds();
      run(each);
      spent[name].push_back((cpu_microseconds() - before) / (each * in_flight));
    }
  }
  const auto peer = median(spent["libcurl"]);
  std::printf("%u in flight, plain HTTP, CPU a request:\n", in_flight);
  for (const auto& [name, run] : contenders) {
    std::printf("  %-14s %6.1f us   %.2f of libcurl\n", name.c_str(), median(spent[name]),
                median(spent[name]) / peer);
  }
}

}  // namespace
}  // namespace lmi::bench

int main(int argc, char** argv) {
  CLI::App app{"CPU a request of lmi::HttpClient beside libcurl"};
  unsigned requests = 20'000;
  unsigned rounds = 5;
  app.add_option("--requests", requests, "a round and contender");
  app.add_option("--rounds", rounds);
  CLI11_PARSE(app, argc, argv);
  try {
    const lmi::bench::PlainServer server;  // first: it forks
    curl_global_init(CURL_GLOBAL_DEFAULT);
    for (const unsigned in_flight : {1U, 16U}) lmi::bench::compare(server.url(), in_flight, requests, rounds);
    return 0;
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "http_client_bench: %s\n", failure.what());
    return 1;
  }
}
