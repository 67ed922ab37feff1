#include "supervisor/line_splitter.hpp"

#include <algorithm>
#include <utility>

namespace lmi::emulator::supervisor {

void LineSplitter::feed(std::string_view bytes, std::vector<std::string>& lines) {
  while (!bytes.empty()) {
    const std::size_t newline = bytes.find('\n');
    const bool ends_here = newline != std::string_view::npos;
    const std::size_t length = ends_here ? newline : bytes.size();
    const std::size_t room = max_line - partial_.size();
    if (length > room) {
      partial_.append(bytes.substr(0, room));
      bytes.remove_prefix(room);
      lines.push_back(std::exchange(partial_, {}));
      continue;
    }
    partial_.append(bytes.substr(0, length));
    bytes.remove_prefix(length + (ends_here ? 1 : 0));
    if (ends_here) lines.push_back(std::exchange(partial_, {}));
  }
}

void LineSplitter::finish(std::vector<std::string>& lines) {
  if (!partial_.empty()) lines.push_back(std::exchange(partial_, {}));
}

}  // namespace lmi::emulator::supervisor
