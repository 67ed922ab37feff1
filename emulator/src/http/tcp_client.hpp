#pragma once

#include "http/client.hpp"

#include <cstddef>
#include <memory>

namespace lmi::emulator {
class AsioLoop;
}

namespace lmi::emulator::http {

/// Answers with a larger body are failures. Ours: ten SQS messages of the largest kind (1 MiB each) as JSON,
/// in which a byte may take six.
inline constexpr std::size_t max_answer_bytes = 64 * 1024 * 1024;

/// The loop must outlive the client and the calls it gives.
std::unique_ptr<Client> make_client(AsioLoop& loop);

}  // namespace lmi::emulator::http
