#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <variant>

namespace lmi::emulator::access {

/// What belongs to an access key id.
struct Secret {
  std::string secret_key;
  std::string session_token;  ///< Empty: a long-lived key, which has none.
};

/// Access key id → its secret.
using Credentials = std::map<std::string, Secret, std::less<>>;

/// Key and secret "test", which everybody knows: they show that a client signs rightly, and protect nothing.
Credentials well_known_credentials();

/// What is wrong with a credentials file, for people.
struct CredentialsProblem {
  std::string message;
};

/// Reads the form of ~/.aws/credentials: [profile] lines, then aws_access_key_id, aws_secret_access_key and
/// perhaps aws_session_token, one a line; # and ; start comments; other settings are ignored. Each profile
/// gives a key. `name` is for messages.
std::variant<Credentials, CredentialsProblem> parse_credentials(std::string_view text,
                                                                const std::string& name);
std::variant<Credentials, CredentialsProblem> read_credentials(const std::filesystem::path& file);

}  // namespace lmi::emulator::access
