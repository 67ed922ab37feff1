#pragma once

#include <atomic>
#include <cstdint>

namespace lmi::http_client {

/// What HttpClientMetrics shows. Any thread counts.
struct Counters {
  std::atomic<std::uint64_t> calls{0};
  std::atomic<std::uint64_t> attempts{0};
  std::atomic<std::uint64_t> retries{0};
  std::atomic<std::uint64_t> retries_over_budget{0};
  std::atomic<std::uint64_t> connections_opened{0};
  std::atomic<std::uint64_t> connections_reused{0};
  std::atomic<std::uint64_t> stale_connections{0};
  std::atomic<std::uint64_t> tls_handshakes{0};
  std::atomic<std::uint64_t> tls_sessions_resumed{0};
};

}  // namespace lmi::http_client
