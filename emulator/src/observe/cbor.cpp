#include "observe/cbor.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace lmi::emulator::observe::cbor {
namespace {

using nlohmann::json;

constexpr unsigned deepest = 32;

// Major types, and what the lower five bits may mean (RFC 8949, section 3).
enum Major : std::uint8_t { unsigned_number, negative_number, byte_string, text, array, map, tag, other };
constexpr std::uint8_t one_byte = 24;
constexpr std::uint8_t eight_bytes = 27;
constexpr std::uint8_t indefinite = 31;
constexpr char break_code = '\xFF';

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_{bytes} {}

  std::optional<json> whole() {
    json value;
    if (!item(value, 0) || at_ != bytes_.size()) return std::nullopt;
    return value;
  }

 private:
  struct Head {
    Major major = other;
    std::uint8_t info = 0;
    std::uint64_t argument = 0;  ///< Not of indefinite lengths.
  };

  std::optional<Head> head() {
    if (at_ == bytes_.size()) return std::nullopt;
    const auto first = static_cast<std::uint8_t>(bytes_[at_++]);
    Head head{static_cast<Major>(first >> 5U), static_cast<std::uint8_t>(first & 0x1FU), 0};
    if (head.info < one_byte) {
      head.argument = head.info;
    } else if (head.info <= eight_bytes) {
      const std::size_t size = std::size_t{1} << (head.info - one_byte);
      if (bytes_.size() - at_ < size) return std::nullopt;
      for (std::size_t i = 0; i < size; ++i) {
        head.argument = head.argument << 8U | static_cast<std::uint8_t>(bytes_[at_++]);
      }
    } else if (head.info != indefinite) {
      return std::nullopt;
    }
    return head;
  }

  bool at_break() {
    if (at_ == bytes_.size() || bytes_[at_] != break_code) return false;
    ++at_;
    return true;
  }

  bool item(json& out, unsigned depth) {
    const auto next = head();
    if (!next || depth > deepest) return false;
    switch (next->major) {
      case unsigned_number: out = next->argument; return next->info != indefinite;
      case negative_number: {
        const bool fits = next->argument <= std::numeric_limits<std::int64_t>::max();
        if (fits) out = -1 - static_cast<std::int64_t>(next->argument);
        return fits && next->info != indefinite;
      }
      case byte_string: return false;
      case text: return read_text(*next, out);
      case array: return read_array(*next, out, depth);
      case map: return read_map(*next, out, depth);
      case tag: return next->info != indefinite && item(out, depth + 1);  // only times have one here
      case other: return read_other(*next, out);
    }
    return false;
  }

  bool append_text(const Head& head, std::string& out) {
    if (head.major != text || head.info == indefinite || bytes_.size() - at_ < head.argument) return false;
    out += bytes_.substr(at_, head.argument);
    at_ += head.argument;
    return true;
  }

  bool read_text(const Head& head, json& out) {
    std::string whole;
    if (head.info != indefinite) {
      if (!append_text(head, whole)) return false;
    } else {
      while (!at_break()) {
        const auto chunk = this->head();
        if (!chunk || !append_text(*chunk, whole)) return false;
      }
    }
    out = std::move(whole);
    return true;
  }

  /// Calls `one` for each element. Each takes a byte at least, so that no count leads beyond the input.
  template <class One>
  bool each(const Head& head, One one) {
    if (head.info == indefinite) {
      while (!at_break()) {
        if (!one()) return false;
      }
      return true;
    }
    for (std::uint64_t i = 0; i < head.argument; ++i) {
      if (!one()) return false;
    }
    return true;
  }

  bool read_array(const Head& head, json& out, unsigned depth) {
    out = json::array();
    return each(head, [&] {
      out.push_back(nullptr);
      return item(out.back(), depth + 1);
    });
  }

  bool read_map(const Head& head, json& out, unsigned depth) {
    out = json::object();
    return each(head, [&] {
      json key;
      const auto next = this->head();
      if (!next || next->major != text || !read_text(*next, key)) return false;
      return item(out[key.get_ref<const std::string&>()], depth + 1);
    });
  }

  static bool read_other(const Head& head, json& out) {
    switch (head.info) {
      case 20: out = false; return true;
      case 21: out = true; return true;
      case 22:
      case 23: out = nullptr; return true;  // null, undefined
      case 25: out = half(static_cast<std::uint16_t>(head.argument)); return true;
      case 26:
        out = static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(head.argument)));
        return true;
      case eight_bytes: out = std::bit_cast<double>(head.argument); return true;
      default: return false;
    }
  }

  /// RFC 8949, appendix D.
  static double half(std::uint16_t bits) {
    const int exponent = bits >> 10U & 0x1FU;
    const int mantissa = bits & 0x3FFU;
    double value = 0;
    if (exponent == 0) {
      value = std::ldexp(mantissa, -24);
    } else if (exponent != 31) {
      value = std::ldexp(mantissa + 1024, exponent - 25);
    } else {
      value =
          mantissa == 0 ? std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
    }
    return (bits & 0x8000U) != 0 ? -value : value;
  }

  std::string_view bytes_;
  std::size_t at_ = 0;
};

void write_head(Major major, std::size_t count, std::string& out) {
  const auto type = static_cast<unsigned>(major) << 5U;
  if (count < one_byte) {
    out += static_cast<char>(type | count);
    return;
  }
  out += static_cast<char>(type | eight_bytes);
  for (int shift = 56; shift >= 0; shift -= 8)
    out += static_cast<char>(count >> static_cast<unsigned>(shift));
}

void write(const json& value, bool is_time, const TimeMembers& times, std::string& out) {
  if (value.is_object()) {
    write_head(map, value.size(), out);
    for (const auto& [name, member] : value.items()) {
      write(name, false, times, out);
      write(member, times.contains(name), times, out);
    }
  } else if (value.is_array()) {
    write_head(array, value.size(), out);
    for (const json& element : value) write(element, is_time, times, out);
  } else {
    if (is_time) write_head(tag, 1, out);
    const std::vector<std::uint8_t> leaf = json::to_cbor(value);
    out.append(leaf.begin(), leaf.end());
  }
}

}  // namespace

std::optional<json> decode(std::string_view bytes) {
  return Reader{bytes}.whole();
}

std::string encode(const json& value, const TimeMembers& times) {
  std::string out;
  write(value, false, times, out);
  return out;
}

}  // namespace lmi::emulator::observe::cbor
