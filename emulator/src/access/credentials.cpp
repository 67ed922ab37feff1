#include "access/credentials.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <fstream>
#include <iterator>
#include <optional>
#include <system_error>
#include <utility>

namespace lmi::emulator::access {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r";
  const std::size_t begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

/// One [profile] on its way in.
struct Profile {
  std::string name;
  std::string key;
  Secret secret;
};

/// Reads line by line; stops at the first problem.
class Reader {
 public:
  std::optional<std::string> line(std::string_view text) {
    const bool continued = !text.empty() && (text.front() == ' ' || text.front() == '\t');
    text = trimmed(text);
    if (text.empty() || text.front() == '#' || text.front() == ';') return std::nullopt;
    if (text.front() == '[') return section(text);
    if (continued) return std::nullopt;  // belongs to a setting with parts of its own, which is none of ours
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) return "is neither [profile] nor NAME = VALUE";
    if (!profile_) return "stands before the first [profile]";
    const std::string_view setting = trimmed(text.substr(0, equals));
    const std::string value{trimmed(text.substr(equals + 1))};
    if (setting == "aws_access_key_id") profile_->key = value;
    if (setting == "aws_secret_access_key") profile_->secret.secret_key = value;
    if (setting == "aws_session_token") profile_->secret.session_token = value;
    return std::nullopt;
  }

  std::optional<std::string> end_of_profile() {
    if (!profile_) return std::nullopt;
    const Profile profile = *std::exchange(profile_, std::nullopt);
    if (profile.key.empty() && profile.secret.secret_key.empty()) return std::nullopt;  // settings only
    if (profile.key.empty()) return "has the profile [" + profile.name + "] without aws_access_key_id";
    if (profile.secret.secret_key.empty())
      return "has the profile [" + profile.name + "] without aws_secret_access_key";
    const auto [at, added] = credentials_.emplace(profile.key, profile.secret);
    const bool same = at->second.secret_key == profile.secret.secret_key &&
                      at->second.session_token == profile.secret.session_token;
    if (!added && !same) return "gives the key " + profile.key + " two different secrets";
    return std::nullopt;
  }

  Credentials take() { return std::move(credentials_); }

 private:
  std::optional<std::string> section(std::string_view text) {
    if (text.back() != ']' || text.size() < 3) return "begins with [ but is no [profile]";
    auto problem = end_of_profile();
    profile_ = Profile{.name = std::string{text.substr(1, text.size() - 2)}, .key = {}, .secret = {}};
    return problem;
  }

  std::optional<Profile> profile_;
  Credentials credentials_;
};

}  // namespace

Credentials well_known_credentials() {
  return {{"test", {"test", ""}}};
}

std::variant<Credentials, CredentialsProblem> parse_credentials(std::string_view text,
                                                                const std::string& name) {
  Reader reader;
  std::size_t number = 0;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    ++number;
    if (auto problem = reader.line(line))
      return CredentialsProblem{name + ", line " + std::to_string(number) + ": " + *problem + "."};
  }
  if (auto problem = reader.end_of_profile()) return CredentialsProblem{name + " " + *problem + "."};
  Credentials credentials = reader.take();
  if (credentials.empty()) {
    return CredentialsProblem{name +
                              " holds no key: it must have aws_access_key_id and aws_secret_access_key "
                              "below a [profile] line, as ~/.aws/credentials has."};
  }
  return credentials;
}

std::variant<Credentials, CredentialsProblem> read_credentials(const std::filesystem::path& file) {
  std::ifstream stream{file, std::ios::binary};
  if (!stream) {
    return CredentialsProblem{"cannot read the credentials file " + file.string() + ": " +
                              std::generic_category().message(errno) + "."};
  }
  const std::string text{std::istreambuf_iterator<char>{stream}, {}};
  if (stream.bad()) return CredentialsProblem{"cannot read the credentials file " + file.string() + "."};
  return parse_credentials(text, file.string());
}

}  // namespace lmi::emulator::access
